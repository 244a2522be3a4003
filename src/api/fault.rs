//! The closed list of ways a call can fail.

use dika_contract::{ErrorCode, Problem};

/// Why a call brought nothing. Nothing of it is shown as it is: the words for each are in `text`.
#[derive(Clone, Debug, PartialEq)]
pub enum Fault {
    /// No connection; the request may or may not have arrived.
    Offline,
    /// No answer in time; the request may or may not have arrived.
    Timeout,
    /// An answer that is not the API's: a dead gateway's page, or JSON of another shape. Carries the
    /// HTTP status.
    Unreadable(u16),
    /// The API says no, and why.
    Refused(Box<Problem>),
}

impl Fault {
    /// The API's code, where it gave one.
    pub fn code(&self) -> Option<ErrorCode> {
        match self {
            Self::Refused(problem) => Some(problem.code),
            _ => None,
        }
    }

    /// Whether this is a refusal with that code.
    pub fn is(&self, code: ErrorCode) -> bool {
        self.code() == Some(code)
    }

    /// Whether the same call, made again, could fare better without the user changing anything.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Offline | Self::Timeout | Self::Unreadable(_) => true,
            Self::Refused(problem) => {
                problem.status >= 500 || problem.code == ErrorCode::RateLimited
            }
        }
    }

    /// Whether nobody can say if the call took effect.
    pub fn is_outcome_unknown(&self) -> bool {
        match self {
            Self::Offline | Self::Timeout | Self::Unreadable(_) => true,
            Self::Refused(problem) => problem.status >= 500,
        }
    }
}
