//! The browser's edge: the only room, beside the API's transport and WeChat's bridge, that touches
//! the browser. Natively, where pages are prerendered, each function has a stand-in that does
//! nothing, and none of them is called while a page renders.

use dika_contract::Timestamp;

/// In the browser.
#[cfg(target_arch = "wasm32")]
mod browser;
/// Natively.
#[cfg(not(target_arch = "wasm32"))]
mod native;

#[cfg(target_arch = "wasm32")]
pub use browser::*;
#[cfg(not(target_arch = "wasm32"))]
pub use native::*;

/// Something kept on the device. Never a secret, never an identity: those are the server's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Key {
    /// `light` or `dark`; absent follows the system. Kept for good.
    Theme,
    /// `care` for large type. Kept for good.
    TextSize,
    /// What the home page showed last, with its time and whose it was; [`SIGNED_IN`] before it has
    /// shown anything and after anything was changed. Kept until sign-out.
    Home,
    /// An amount being entered for a card and wallet, with its idempotency key. Kept for the tab.
    TopUpDraft(String),
    /// The phone number and the time of the last code, so that a reload keeps the countdown. Kept
    /// for the tab.
    SignInDraft,
    /// When the page last left for WeChat to be signed in, so that it does not go in a circle. Kept
    /// for the tab, until somebody is signed in.
    WechatTry,
}

/// Stands at [`Key::Home`] while all that is known is that somebody is signed in: the next visit begins
/// with a student's skeleton.
pub const SIGNED_IN: &str = "-";

impl Key {
    /// The name under which it is kept.
    pub fn name(&self) -> String {
        match self {
            Self::Theme => "dika.theme".into(),
            Self::TextSize => "dika.text".into(),
            Self::Home => "dika.home".into(),
            Self::TopUpDraft(which) => format!("dika.top-up.{which}"),
            Self::SignInDraft => "dika.sign-in".into(),
            Self::WechatTry => "dika.wechat".into(),
        }
    }

    /// Whether it outlives the tab.
    pub const fn lasts(&self) -> bool {
        matches!(self, Self::Theme | Self::TextSize | Self::Home)
    }
}

/// Seconds from now until then; zero where it is over.
pub fn seconds_until(then: Timestamp) -> i64 {
    then.since(now()).max(0)
}
