//! What can go wrong between a phone and the server. Phones without a network: `tests/e2e/offline.rs`.

/// A fault at a phone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// The connection breaks before the server has the request.
    NeverSent,
    /// The server does it; nothing comes back.
    AnswerLost,
    /// The answer takes its time, and the student taps again.
    Late,
    /// The server does it; half of the answer comes back.
    CutOff,
    /// The server does it; a gateway answers with a page of its own.
    Html,
    /// A newer server says more than this app knows.
    UnknownFields,
    /// The server has ended the session; the browser doesn't know.
    SessionEnded,
    /// The tab is closed while the answer is on its way.
    TabKilled,
}

impl Fault {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::NeverSent,
        Self::AnswerLost,
        Self::Late,
        Self::CutOff,
        Self::Html,
        Self::UnknownFields,
        Self::SessionEnded,
        Self::TabKilled,
    ];

    /// As the table names it.
    pub const fn words(self) -> &'static str {
        match self {
            Self::NeverSent => "request never sent",
            Self::AnswerLost => "answer lost",
            Self::Late => "late, tapped again",
            Self::CutOff => "cut off",
            Self::Html => "page of HTML",
            Self::UnknownFields => "unknown fields",
            Self::SessionEnded => "session ended",
            Self::TabKilled => "tab killed",
        }
    }

    /// The sandbox's fault that makes it: its kind, whether the call is carried out first, and how late the answer is.
    pub const fn in_sandbox(self) -> Option<(&'static str, bool, u32)> {
        match self {
            Self::NeverSent => Some(("drop", false, 0)),
            Self::AnswerLost => Some(("drop", true, 0)),
            Self::Late => Some(("delay", false, 1_500)),
            Self::CutOff => Some(("cut", true, 0)),
            Self::Html => Some(("html", true, 0)),
            Self::UnknownFields => Some(("extra", true, 0)),
            // Longer than it takes to close a tab.
            Self::TabKilled => Some(("delay", true, 20_000)),
            Self::SessionEnded => None,
        }
    }
}
