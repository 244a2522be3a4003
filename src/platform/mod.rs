//! The browser: page lifecycle, storage, clipboard, clock, address bar. Only this module, the HTTP
//! transport and WeChat's bridge call the browser. Natively, where pages are prerendered, each function
//! has a stand-in that does nothing. Rendering calls none of them.

use dika_contract::Timestamp;

/// The functions in a browser.
#[cfg(target_arch = "wasm32")]
mod browser;
/// The stand-ins outside of a browser.
#[cfg(not(target_arch = "wasm32"))]
mod native;

#[cfg(target_arch = "wasm32")]
pub use browser::*;
#[cfg(not(target_arch = "wasm32"))]
pub use native::*;

/// The key of a value in the browser's storage. Secrets and identities are never stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StorageKey {
    /// `light` or `dark`; absent follows the system. Persistent.
    Theme,
    /// `care` for large type. Persistent.
    TextSize,
    /// What the home page showed last, with its time and its student. Persistent until something
    /// changes, at most until sign-out.
    Home,
    /// An amount being entered for a card and wallet, with its idempotency key. For this tab.
    TopUpDraft(String),
    /// The phone number and when another code may be requested. For this tab.
    SignInDraft,
    /// When the page last left for WeChat's sign-in, to prevent a loop. For this tab, until sign-in.
    WechatTry,
}

/// The attribute of `<html>` that says that a student is signed in on this device, or was last time.
/// `public/boot.js` sets it before the first paint; it is removed at sign-out.
pub const KNOWN_STUDENT: &str = "data-known";

impl StorageKey {
    /// The key as stored.
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

    /// Whether the value outlives the tab.
    pub const fn is_persistent(&self) -> bool {
        matches!(self, Self::Theme | Self::TextSize | Self::Home)
    }
}

/// Seconds until a moment; 0 if it has passed.
pub fn seconds_until(then: Timestamp) -> i64 {
    then.since(now()).max(0)
}

/// Lets the browser run what is queued: effects of views that were just drawn, above all.
pub async fn next_task() {
    sleep(0).await;
}

/// Waits until the address bar shows an expected address, for at most a second. The router changes it
/// only after the page is shown, and a redirect before that would lead back to the previous page.
pub async fn wait_for_address(is_shown: impl Fn() -> bool) {
    const INTERVAL_MS: u32 = 20;
    const TRIES: u32 = 50;
    for _ in 0..TRIES {
        if is_shown() {
            break;
        }
        sleep(INTERVAL_MS).await;
    }
}
