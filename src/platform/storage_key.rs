//! The keys of stored values.

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
