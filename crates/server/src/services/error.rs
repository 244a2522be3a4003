use dika_contract::{CardStatus, ErrorCode, Fen, Issuer, OrderId};
use dika_core::card_system::CardSystemFault;

/// A refusal: the code, which names the status, and the facts that go with it.
///
/// What went wrong inside (a database error, say) is logged with the request's id and never told.
#[derive(Debug)]
pub struct ServiceError {
    /// What apps go by.
    pub code: ErrorCode,
    pub(crate) retry_after_s: Option<u32>,
    pub(crate) order_id: Option<OrderId>,
    pub(crate) min_fen: Option<Fen>,
    pub(crate) max_fen: Option<Fen>,
    pub(crate) issuer: Option<Issuer>,
    pub(crate) attempts_left: Option<u32>,
    pub(crate) cause: Option<anyhow::Error>,
}

/// Seconds after which to try again what is unavailable, where nothing more exact is known. A payment provider or card
/// system is mostly back within moments; maintenance takes longer. `None` for refusals that time does not change.
const fn usual_wait_s(code: ErrorCode) -> Option<u32> {
    match code {
        ErrorCode::PaymentUnavailable => Some(30),
        ErrorCode::CardSystemUnavailable => Some(60),
        ErrorCode::SmsUnavailable => Some(300),
        ErrorCode::Maintenance => Some(600),
        ErrorCode::Busy => Some(5),
        _ => None,
    }
}

impl ServiceError {
    /// A refusal without further facts; where something is unavailable, with the usual time to wait.
    pub fn new(code: ErrorCode) -> Self {
        Self {
            code,
            retry_after_s: usual_wait_s(code),
            order_id: None,
            min_fen: None,
            max_fen: None,
            issuer: None,
            attempts_left: None,
            cause: None,
        }
    }

    /// Something failed here; the cause goes to the log only.
    pub fn internal(cause: impl Into<anyhow::Error>) -> Self {
        Self::new(ErrorCode::Internal).because(cause)
    }

    /// The refusal that goes with a card that takes no money.
    pub fn card_status(status: CardStatus) -> Self {
        Self::new(match status {
            CardStatus::Lost => ErrorCode::CardLost,
            CardStatus::Expired => ErrorCode::CardExpired,
            CardStatus::Replaced => ErrorCode::CardReplaced,
            CardStatus::Closed => ErrorCode::CardClosed,
            // A card in a state that nobody here knows takes no money, as a frozen one.
            CardStatus::Frozen | CardStatus::Active | CardStatus::Other => ErrorCode::CardFrozen,
        })
    }

    /// What becomes of a fault of this issuer's card system: the refusal names the issuer.
    pub fn card_system(issuer: Issuer) -> impl FnOnce(CardSystemFault) -> Self {
        move |fault| {
            let mut error = Self::from(fault);
            error.issuer = (error.code == ErrorCode::CardSystemUnavailable).then_some(issuer);
            error
        }
    }

    /// Seconds after which trying again makes sense; at least one.
    pub fn retry_after(mut self, seconds: i64) -> Self {
        self.retry_after_s = Some(u32::try_from(seconds.max(1)).unwrap_or(u32::MAX));
        self
    }

    /// The order that the refusal is about.
    pub fn order(mut self, id: OrderId) -> Self {
        self.order_id = Some(id);
        self
    }

    /// The smallest amount that would be taken.
    pub fn min(mut self, amount: Fen) -> Self {
        self.min_fen = Some(amount);
        self
    }

    /// The largest amount that would be taken.
    pub fn max(mut self, amount: Fen) -> Self {
        self.max_fen = Some(amount);
        self
    }

    /// Wrong passwords that may still follow.
    pub fn attempts_left(mut self, attempts: u32) -> Self {
        self.attempts_left = Some(attempts);
        self
    }

    /// What is kept of an order's payments can't be read or written now, for this cause.
    pub fn unkept(cause: anyhow::Error) -> Self {
        match cause.downcast::<dika_store::Error>() {
            Ok(fault) => fault.into(),
            Err(cause) => Self::internal(cause),
        }
    }

    /// What went wrong inside. Logged, never told.
    pub fn because(mut self, cause: impl Into<anyhow::Error>) -> Self {
        self.cause = Some(cause.into());
        self
    }
}

impl From<ErrorCode> for ServiceError {
    fn from(code: ErrorCode) -> Self {
        Self::new(code)
    }
}

/// A database failure is ours, whatever it says. One that passes says that too much is asked at once.
impl From<dika_store::Error> for ServiceError {
    fn from(cause: dika_store::Error) -> Self {
        match cause {
            // Said to many at once, where it is said: no line for each.
            dika_store::Error::PoolTimedOut => Self::new(ErrorCode::Busy),
            cause if dika_store::is_passing(&cause) => Self::new(ErrorCode::Busy).because(cause),
            cause => Self::internal(cause),
        }
    }
}

impl From<CardSystemFault> for ServiceError {
    fn from(fault: CardSystemFault) -> Self {
        match fault {
            CardSystemFault::NoSuchCard => ErrorCode::CardClosed.into(),
            CardSystemFault::Unavailable(cause) => {
                Self::new(ErrorCode::CardSystemUnavailable).because(cause)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[test]
    fn a_card_system_that_does_not_answer_is_named_and_a_card_that_is_gone_names_none() {
        let silent = CardSystemFault::Unavailable(anyhow::anyhow!("silent"));
        for (fault, code, issuer) in [
            (silent, ErrorCode::CardSystemUnavailable, Some(Issuer::Hemc)),
            (CardSystemFault::NoSuchCard, ErrorCode::CardClosed, None),
        ] {
            let error = ServiceError::card_system(Issuer::Hemc)(fault);
            assert_eq!((error.code, error.issuer), (code, issuer));
        }
    }

    #[test]
    fn a_database_failure_that_passes_asks_to_try_again() {
        let cut = dika_store::Error::Io(io::Error::from(io::ErrorKind::ConnectionReset));
        for (fault, code) in [
            (cut, ErrorCode::Busy),
            (dika_store::Error::PoolTimedOut, ErrorCode::Busy),
            (dika_store::Error::RowNotFound, ErrorCode::Internal),
        ] {
            assert_eq!(ServiceError::from(fault).code, code);
        }
    }
}
