//! The two languages of the app and its pages.

/// The cookie that holds the chosen language's [tag](Language::tag). The app writes it, and the server where a page is
/// asked for with `?lang=`.
pub const COOKIE: &str = "dika_lang";

/// A language that every text exists in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// Simplified Chinese.
    #[default]
    Chinese,
    /// English.
    English,
}

impl Language {
    /// Both.
    pub const ALL: &'static [Self] = &[Self::Chinese, Self::English];

    /// As in `<html lang>`, the cookie and `?lang=` (BCP 47).
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Chinese => "zh-CN",
            Self::English => "en",
        }
    }

    /// The language with exactly this tag. Returns `None` for any other text.
    pub fn from_tag(tag: &str) -> Option<Self> {
        match tag {
            "zh-CN" => Some(Self::Chinese),
            "en" => Some(Self::English),
            _ => None,
        }
    }
}
