use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use dika_contract::{ErrorCode, Problem};

use crate::http::request_id::current_request_id;
use crate::services::error::ServiceError;

/// The media type of problems.
pub const PROBLEM: HeaderValue = HeaderValue::from_static("application/problem+json");

/// A refused call: an RFC 9457 problem.
#[derive(Debug)]
pub struct ApiError {
    error: ServiceError,
    status: Option<StatusCode>,
}

impl ApiError {
    /// A refusal without further facts.
    pub fn new(code: ErrorCode) -> Self {
        ServiceError::new(code).into()
    }

    /// Something failed here; the cause goes to the log only.
    pub fn internal(cause: impl Into<anyhow::Error>) -> Self {
        ServiceError::internal(cause).into()
    }

    /// What apps go by.
    pub fn code(&self) -> ErrorCode {
        self.error.code
    }

    /// What went wrong inside. Logged, never told.
    pub fn because(self, cause: impl Into<anyhow::Error>) -> Self {
        Self {
            error: self.error.because(cause),
            ..self
        }
    }

    /// Another status than the code's own; for what HTTP itself refuses (405, 413, 415).
    pub fn with_status(mut self, status: StatusCode) -> Self {
        self.status = Some(status);
        self
    }

    /// The body that travels.
    pub fn problem(&self) -> Problem {
        Problem {
            code: self.error.code,
            status: self.status().as_u16(),
            title: title(self.error.code).to_owned(),
            retry_after_s: self.error.retry_after_s,
            order_id: self.error.order_id.clone(),
            min_fen: self.error.min_fen,
            max_fen: self.error.max_fen,
            issuer: self.error.issuer,
            attempts_left: self.error.attempts_left,
            request_id: current_request_id(),
        }
    }

    /// The status of the answer.
    pub fn status(&self) -> StatusCode {
        self.status.unwrap_or_else(|| {
            StatusCode::from_u16(self.error.code.status())
                .unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
        })
    }
}

impl From<ServiceError> for ApiError {
    fn from(error: ServiceError) -> Self {
        Self {
            error,
            status: None,
        }
    }
}

impl From<ErrorCode> for ApiError {
    fn from(code: ErrorCode) -> Self {
        Self::new(code)
    }
}

impl From<dika_store::Error> for ApiError {
    fn from(cause: dika_store::Error) -> Self {
        ServiceError::from(cause).into()
    }
}

/// Marks an answer: the call failed only because another change was in its way. It may be made again at once.
#[derive(Clone, Copy, Debug)]
pub struct Conflicted;

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let cause = self.error.cause.as_ref();
        let conflicted = cause
            .and_then(|cause| cause.downcast_ref())
            .is_some_and(dika_store::is_conflict);
        if let Some(cause) = cause {
            tracing::error!(code = %self.error.code, cause = format!("{cause:#}"), "call failed");
        } else {
            tracing::info!(code = %self.error.code, "call refused");
        }
        let mut response = (self.status(), Json(self.problem())).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, PROBLEM);
        if let Some(seconds) = self.error.retry_after_s {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        if conflicted {
            response.extensions_mut().insert(Conflicted);
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
        ErrorCode::Busy => "Too much at once.",
        ErrorCode::Maintenance => "Closed for maintenance.",
        ErrorCode::Internal => "Something failed at the server.",
    }
}
