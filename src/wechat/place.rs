//! Read from the user agent once per need; never while rendering.

use dika_contract::PayChannel;

use crate::platform;

/// Whether the page is in WeChat, on a phone or a desktop: there it can say who somebody is.
pub fn knows_who() -> bool {
    platform::user_agent().contains("MicroMessenger")
}

/// Where the app is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// WeChat on a phone.
    WeChat,
    /// An ordinary browser on a phone.
    MobileBrowser,
    /// A desktop, WeChat for desktops included: its bridge does not pay.
    Desktop,
}

impl Place {
    /// Where this page is shown.
    pub fn here() -> Self {
        Self::from_user_agent(&platform::user_agent())
    }

    /// Reads it from a user agent.
    pub fn from_user_agent(agent: &str) -> Self {
        let has = |mark: &str| agent.contains(mark);
        if has("WindowsWechat") || has("MacWechat") {
            Self::Desktop
        } else if has("MicroMessenger") {
            Self::WeChat
        } else if has("Mobile") || has("Android") || has("iPhone") {
            Self::MobileBrowser
        } else {
            Self::Desktop
        }
    }

    /// How a payment is started here.
    pub const fn channel(self) -> PayChannel {
        match self {
            Self::WeChat => PayChannel::Jsapi,
            Self::MobileBrowser => PayChannel::H5,
            Self::Desktop => PayChannel::Native,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_told_apart() {
        for (agent, place) in [
            (
                "Mozilla/5.0 (Linux; Android 14) Chrome/138.0 XWEB/1380215 MMWEBSDK/2025 MicroMessenger/8.0.60",
                Place::WeChat,
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5) Mobile/15E148 MicroMessenger/8.0.50",
                Place::WeChat,
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0) Chrome/132.0 MicroMessenger/7.0.20 UnifiedPCWindowsWechat",
                Place::Desktop,
            ),
            (
                "Mozilla/5.0 (Macintosh) Chrome/132.0 MicroMessenger/6.8 MacWechat/4.0 UnifiedPCMacWechat",
                Place::Desktop,
            ),
            (
                "Mozilla/5.0 (Linux; Android 10; K) Chrome/120.0 Mobile Safari/537.36",
                Place::MobileBrowser,
            ),
            (
                "Mozilla/5.0 (X11; Linux x86_64) Chrome/156.0 Safari/537.36",
                Place::Desktop,
            ),
        ] {
            assert_eq!(Place::from_user_agent(agent), place, "{agent}");
        }
    }
}
