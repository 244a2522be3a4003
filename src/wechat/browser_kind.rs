//! The kind of browser, from its user agent. Never read while rendering.

use dika_contract::{PayChannel, top_up::is_wechat};

use crate::platform;

/// Whether the page is shown in WeChat, on a phone or a desktop, so that sign-in by WeChat works.
pub fn is_wechat_browser() -> bool {
    is_wechat(&platform::user_agent())
}

/// The kind of browser.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BrowserKind {
    /// WeChat on a phone.
    WeChat,
    /// An ordinary browser on a phone.
    MobileBrowser,
    /// A desktop, including WeChat for desktops, whose bridge can't pay.
    Desktop,
}

impl BrowserKind {
    /// The browser that shows this page.
    pub fn current() -> Self {
        Self::of_browser(&platform::user_agent(), platform::takes_touches())
    }

    /// The kind of browser with this user agent, whose screen takes touches or not.
    pub fn of_browser(agent: &str, takes_touches: bool) -> Self {
        match PayChannel::of_browser(agent, takes_touches) {
            PayChannel::Jsapi => Self::WeChat,
            PayChannel::H5 => Self::MobileBrowser,
            PayChannel::Native | PayChannel::Auto => Self::Desktop,
        }
    }

    /// The payment channel for this kind.
    pub const fn channel(self) -> PayChannel {
        match self {
            Self::WeChat => PayChannel::Jsapi,
            Self::MobileBrowser => PayChannel::H5,
            Self::Desktop => PayChannel::Native,
        }
    }

    /// The other way to pay here, for one that doesn't work or isn't what the student wants: a code to be
    /// scanned by another device, or the payment on this one. `None` in WeChat for desktops, which shows
    /// neither its own cashier nor a browser's.
    pub fn other_channel(self, agent: &str) -> Option<PayChannel> {
        match self {
            Self::WeChat | Self::MobileBrowser => Some(PayChannel::Native),
            Self::Desktop if is_wechat(agent) => None,
            Self::Desktop => Some(PayChannel::H5),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_are_told_apart() {
        for (agent, place) in [
            (
                "Mozilla/5.0 (Linux; Android 14) Chrome/138.0 XWEB/1380215 MMWEBSDK/2025 MicroMessenger/8.0.60",
                BrowserKind::WeChat,
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5) Mobile/15E148 MicroMessenger/8.0.50",
                BrowserKind::WeChat,
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0) Chrome/132.0 MicroMessenger/7.0.20 UnifiedPCWindowsWechat",
                BrowserKind::Desktop,
            ),
            (
                "Mozilla/5.0 (Macintosh) Chrome/132.0 MicroMessenger/6.8 MacWechat/4.0 UnifiedPCMacWechat",
                BrowserKind::Desktop,
            ),
            (
                "Mozilla/5.0 (Linux; Android 10; K) Chrome/120.0 Mobile Safari/537.36",
                BrowserKind::MobileBrowser,
            ),
            (
                "Mozilla/5.0 (X11; Linux x86_64) Chrome/156.0 Safari/537.36",
                BrowserKind::Desktop,
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5) Mobile/15E148 wxwork/4.1.22 MicroMessenger/7.0.1",
                BrowserKind::MobileBrowser,
            ),
            (
                "Mozilla/5.0 (Linux; Android 14) Chrome/138.0 micromessenger/8.0.60",
                BrowserKind::WeChat,
            ),
        ] {
            let found = BrowserKind::of_browser(agent, false);
            assert_eq!(found, place, "{agent}");
            assert_eq!(PayChannel::of_user_agent(agent), found.channel(), "{agent}");
            // Where the bridge pays, sign-in by WeChat works too.
            assert!(found != BrowserKind::WeChat || is_wechat(agent), "{agent}");
        }
    }

    #[test]
    fn what_takes_touches_is_no_desktop_whatever_it_calls_itself() {
        let (mobile, desktop) = (BrowserKind::MobileBrowser, BrowserKind::Desktop);
        for (agent, touched, untouched) in [
            // An iPad, and a Mac.
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/17.5 Safari/605.1.15",
                mobile,
                desktop,
            ),
            // Android and HarmonyOS with desktop pages asked for.
            (
                "Mozilla/5.0 (X11; Linux x86_64) Chrome/138.0 Safari/537.36",
                mobile,
                desktop,
            ),
            (
                "Mozilla/5.0 (Tablet; OpenHarmony 5.0) ArkWeb/4.1 Safari/537.36",
                mobile,
                mobile,
            ),
            (
                "Mozilla/5.0 (Linux; Android 13; SM-X700) Chrome/138.0 Safari/537.36",
                mobile,
                mobile,
            ),
            // Laptops whose screens take touches.
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Edg/138.0",
                desktop,
                desktop,
            ),
            (
                "Mozilla/5.0 (X11; CrOS x86_64 15633.69.0) Chrome/138.0",
                desktop,
                desktop,
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0) MicroMessenger/7.0.20 UnifiedPCWindowsWechat",
                desktop,
                desktop,
            ),
        ] {
            assert_eq!(BrowserKind::of_browser(agent, true), touched, "{agent}");
            assert_eq!(BrowserKind::of_browser(agent, false), untouched, "{agent}");
        }
    }
}
