use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use dika_contract::{CardStatus, ErrorCode, Fen, OrderId, Problem};

use crate::request::current_request_id;

/// A refusal: the code, which names the status, and the facts that go with it.
///
/// Becomes an RFC 9457 problem. What went wrong inside (a database error, say) is logged with the
/// request's id and never told.
#[derive(Debug)]
pub struct ApiError {
    /// What apps go by.
    pub code: ErrorCode,
    retry_after_s: Option<u32>,
    order_id: Option<OrderId>,
    min_fen: Option<Fen>,
    max_fen: Option<Fen>,
    attempts_left: Option<u32>,
    status: Option<StatusCode>,
    cause: Option<anyhow::Error>,
}

impl ApiError {
    /// A refusal without further facts.
    pub fn new(code: ErrorCode) -> Self {
        Self {
            code,
            retry_after_s: None,
            order_id: None,
            min_fen: None,
            max_fen: None,
            attempts_left: None,
            status: None,
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

    /// Another status than the code's own; for what HTTP itself refuses (405, 413, 415).
    pub fn with_status(mut self, status: StatusCode) -> Self {
        self.status = Some(status);
        self
    }

    /// What went wrong inside. Logged, never told.
    pub fn because(mut self, cause: impl Into<anyhow::Error>) -> Self {
        self.cause = Some(cause.into());
        self
    }

    /// The body that travels.
    pub fn problem(&self) -> Problem {
        Problem {
            code: self.code,
            status: self.status().as_u16(),
            title: title(self.code).to_owned(),
            retry_after_s: self.retry_after_s,
            order_id: self.order_id.clone(),
            min_fen: self.min_fen,
            max_fen: self.max_fen,
            attempts_left: self.attempts_left,
            request_id: current_request_id(),
        }
    }

    /// The status of the answer.
    pub fn status(&self) -> StatusCode {
        self.status.unwrap_or_else(|| {
            StatusCode::from_u16(self.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
        })
    }
}

impl From<ErrorCode> for ApiError {
    fn from(code: ErrorCode) -> Self {
        Self::new(code)
    }
}

/// A database failure is ours, whatever it says.
impl From<sqlx::Error> for ApiError {
    fn from(cause: sqlx::Error) -> Self {
        Self::internal(cause)
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        if let Some(cause) = &self.cause {
            tracing::error!(code = %self.code, cause = format!("{cause:#}"), "call failed");
        } else {
            tracing::info!(code = %self.code, "call refused");
        }
        let mut response = (self.status(), Json(self.problem())).into_response();
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        if let Some(seconds) = self.retry_after_s {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}

/// One English line for developers. The app never shows it.
const fn title(code: ErrorCode) -> &'static str {
    match code {
        ErrorCode::InvalidRequest => "The request is not of the agreed shape.",
        ErrorCode::SessionExpired => "Nobody is signed in.",
        ErrorCode::CsrfRejected => {
            "The CSRF token is missing or wrong, or the origin is not allowed."
        }
        ErrorCode::NotFound => "No such thing here.",
        ErrorCode::RateLimited => "Too many calls.",
        ErrorCode::CodeWrong => "The SMS code is wrong.",
        ErrorCode::CodeExpired => "The SMS code is no longer good.",
        ErrorCode::PhoneUnreachable => "Messages can't be sent to this number.",
        ErrorCode::SmsUnavailable => "No SMS can be sent.",
        ErrorCode::WrongAccountOrPassword => "Wrong account or password.",
        ErrorCode::BindingLocked => "Too many wrong passwords.",
        ErrorCode::BindingExpired => "The binding was not answered in time.",
        ErrorCode::BindingAnswered => "The binding was answered before.",
        ErrorCode::SnapshotUser => "A snapshot user may look, not bind.",
        ErrorCode::PhoneRequired => "A proven phone number is needed first.",
        ErrorCode::IdentityNotConfirmed => "The card's identity was not confirmed by this student.",
        ErrorCode::CardLost => "The card was reported lost.",
        ErrorCode::CardFrozen => "The card takes no money.",
        ErrorCode::CardClosed => "The account was closed.",
        ErrorCode::CardExpired => "The card has expired.",
        ErrorCode::CardReplaced => "Another card took its place.",
        ErrorCode::WalletUnknown => "The card has no such wallet.",
        ErrorCode::AmountOutOfLimits => "The amount is outside the wallet's limits.",
        ErrorCode::WalletCapExceeded => "The wallet would hold more than it may.",
        ErrorCode::DailyLimitReached => "The day's limit would be passed.",
        ErrorCode::OutsideServiceHours => "Top-ups are not taken at this hour.",
        ErrorCode::OrderAlreadyPaid => "The order is paid.",
        ErrorCode::OrderClosed => "The order is closed.",
        ErrorCode::OrderUndecided => "The order's outcome is not known yet.",
        ErrorCode::UnpaidOrderExists => "An unpaid order for this card and wallet exists.",
        ErrorCode::ClaimNotConfirmable => "The claim does not wait to be confirmed.",
        ErrorCode::IdempotencyKeyMissing => "The Idempotency-Key header is missing or malformed.",
        ErrorCode::IdempotencyKeyReused => "The key was used with another body.",
        ErrorCode::CardSystemUnavailable => "The card system does not answer.",
        ErrorCode::PaymentUnavailable => "The payment provider does not answer.",
        ErrorCode::Maintenance => "Closed for maintenance.",
        ErrorCode::Internal => "Something failed at the server.",
    }
}
