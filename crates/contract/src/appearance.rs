//! How the app looks on a device, as chosen in its settings. Without a choice, there is neither cookie nor attribute.

/// A choice on the appearance of all pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Appearance {
    /// Light or dark; without a choice, as the system is.
    Theme,
    /// Large text; without a choice, the usual size.
    TextSize,
}

impl Appearance {
    /// All choices.
    pub const ALL: &'static [Self] = &[Self::Theme, Self::TextSize];

    /// The cookie that holds what was chosen. The app writes it, beside the browser's storage, and the server draws a
    /// student's page by it.
    pub const fn cookie(self) -> &'static str {
        match self {
            Self::Theme => "dika_theme",
            Self::TextSize => "dika_text",
        }
    }

    /// The attribute of the document's root that holds it.
    pub const fn attribute(self) -> &'static str {
        match self {
            Self::Theme => "data-theme",
            Self::TextSize => "data-text",
        }
    }

    /// What can be chosen.
    pub const fn values(self) -> &'static [&'static str] {
        match self {
            Self::Theme => &["light", "dark"],
            Self::TextSize => &["care"],
        }
    }
}
