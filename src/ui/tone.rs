//! The tones and their shapes.

use super::art::Icon;

/// How something is meant. Never told by colour alone: each tone has its own shape.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tone {
    /// Good to know.
    Info,
    /// It worked.
    Success,
    /// Something waits, for the user or for the machine.
    Wait,
    /// Look out.
    Warn,
    /// It failed, or must not go on.
    Danger,
    /// Over, or of no weight.
    #[default]
    Quiet,
}

impl Tone {
    /// The tone's shape.
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
            Self::Info => "notice notice-info",
            Self::Success => "notice notice-success",
            Self::Wait => "notice notice-wait",
            Self::Warn => "notice notice-warn",
            Self::Danger => "notice notice-danger",
            Self::Quiet => "notice notice-quiet",
        }
    }

    /// The class of a tag in this tone.
    #[must_use]
    pub const fn tag_class(self) -> &'static str {
        match self {
            Self::Info => "tag tag-info",
            Self::Success => "tag tag-success",
            Self::Wait => "tag tag-wait",
            Self::Warn => "tag tag-warn",
            Self::Danger => "tag tag-danger",
            Self::Quiet => "tag tag-quiet",
        }
    }

    /// The class of an outcome in this tone.
    #[must_use]
    pub const fn outcome_class(self) -> &'static str {
        match self {
            Self::Info => "outcome outcome-info",
            Self::Success => "outcome outcome-success",
            Self::Wait => "outcome outcome-wait",
            Self::Warn => "outcome outcome-warn",
            Self::Danger => "outcome outcome-danger",
            Self::Quiet => "outcome outcome-quiet",
        }
    }
}
