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
    /// What the home page showed last, with its time and whose it was. Kept until something is changed,
    /// at most until sign-out.
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

/// The attribute of `<html>` that says, from before the first paint on, that a student is signed in here
/// or was the last time: set by `public/boot.js`, gone when nobody is.
pub const KNOWN: &str = "data-known";

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
