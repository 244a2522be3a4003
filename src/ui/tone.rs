//! Tones: what a colour means.

use super::art::Icon;

/// The meaning of a colour. Each tone has an icon too, so that colour alone never carries it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tone {
    /// Information.
    Info,
    /// Success.
    Success,
    /// Something waits, for the user or for the machine.
    Wait,
    /// A warning.
    Warn,
    /// Failed, or must stop.
    Danger,
    /// Closed, or not important.
    #[default]
    Quiet,
}

impl Tone {
    /// The tone's icon.
    #[must_use]
    pub const fn icon(self) -> Icon {
        match self {
            Self::Info => Icon::Info,
            Self::Success => Icon::CheckRound,
            Self::Wait => Icon::Clock,
            Self::Warn => Icon::Warn,
            Self::Danger => Icon::Stop,
            Self::Quiet => Icon::Dot,
        }
    }

    /// The class of a notice in this tone.
    #[must_use]
    pub const fn notice_class(self) -> &'static str {
        match self {
            Self::Info => "notice tone-info",
            Self::Success => "notice tone-success",
            Self::Wait => "notice tone-wait",
            Self::Warn => "notice tone-warn",
            Self::Danger => "notice tone-danger",
            Self::Quiet => "notice tone-quiet",
        }
    }

    /// The class of a tag in this tone.
    #[must_use]
    pub const fn tag_class(self) -> &'static str {
        match self {
            Self::Info => "tag tone-info",
            Self::Success => "tag tone-success",
            Self::Wait => "tag tone-wait",
            Self::Warn => "tag tone-warn",
            Self::Danger => "tag tone-danger",
            Self::Quiet => "tag tone-quiet",
        }
    }

    /// The class of an outcome in this tone.
    #[must_use]
    pub const fn outcome_class(self) -> &'static str {
        match self {
            Self::Info => "outcome tone-info",
            Self::Success => "outcome tone-success",
            Self::Wait => "outcome tone-wait",
            Self::Warn => "outcome tone-warn",
            Self::Danger => "outcome tone-danger",
            Self::Quiet => "outcome tone-quiet",
        }
    }
}
