//! The ways a call can fail.

use dika_contract::{ErrorCode, Problem};

/// Why a call failed. Never shown as it is: the texts are in `src/text/fault.rs`.
#[derive(Clone, Debug, PartialEq)]
pub enum Fault {
    /// No connection. The request may have arrived.
    Offline,
    /// No reply in time. The request may have arrived.
    Timeout,
    /// A reply that the API did not send, such as a gateway's error page, or JSON of another shape. With the
    /// HTTP status.
    Unreadable(u16),
    /// The API refused the request.
    Refused(Box<Problem>),
}

impl Fault {
    /// The API's error code, if there is one.
    pub fn code(&self) -> Option<ErrorCode> {
        match self {
            Self::Refused(problem) => Some(problem.code),
            _ => None,
        }
    }

    /// Whether the API refused with this code.
    pub fn is(&self, code: ErrorCode) -> bool {
        self.code() == Some(code)
    }

    /// Whether a retry of the same call can succeed.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Offline | Self::Timeout | Self::Unreadable(_) => true,
            Self::Refused(problem) => {
                problem.status >= 500 || problem.code == ErrorCode::RateLimited
            }
        }
    }

    /// Whether it is unknown if the call took effect.
    pub fn is_outcome_unknown(&self) -> bool {
        match self {
            Self::Offline | Self::Timeout | Self::Unreadable(_) => true,
            Self::Refused(problem) => problem.status >= 500,
        }
    }
}
