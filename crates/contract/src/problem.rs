use alloc::string::String;

use serde::{Deserialize, Serialize};

use crate::{Fen, Issuer, OrderId};

wire_enum!(
    /// Why a call is refused. Stable; the app has its own words for each.
    pub enum ErrorCode {
        /// The request is not of the agreed shape. 400.
        InvalidRequest = "invalid_request",
        /// Nobody is signed in, or the session ended. 401.
        SessionExpired = "session_expired",
        /// The `x-csrf-token` header is missing or wrong, or the origin is not allowed. 403.
        CsrfRejected = "csrf_rejected",
        /// No such thing, or not this student's. 404.
        NotFound = "not_found",
        /// Too many calls; `retry_after_s`. 429.
        RateLimited = "rate_limited",
        /// The SMS code is wrong. 422.
        CodeWrong = "code_wrong",
        /// The SMS code is too old, was used, or was tried too often. 422.
        CodeExpired = "code_expired",
        /// Messages can't be sent to this number, so the SMS provider says. 422.
        PhoneUnreachable = "phone_unreachable",
        /// No code can be sent to anybody: no SMS provider is connected, or it takes no messages. 503.
        SmsUnavailable = "sms_unavailable",
        /// One answer for both, so that accounts cannot be probed. 422.
        WrongAccountOrPassword = "wrong_account_or_password",
        /// Five wrong passwords: locked for everyone; `retry_after_s`. 423.
        BindingLocked = "binding_locked",
        /// The ten minutes to say yes are over. 410.
        BindingExpired = "binding_expired",
        /// The binding was answered before. 409.
        BindingAnswered = "binding_answered",
        /// A WeChat snapshot page may look, not bind. 403.
        SnapshotUser = "snapshot_user",
        /// `hemc` asks for a proven phone number once. 403.
        PhoneRequired = "phone_required",
        /// No top-up to a card whose identity the student has not confirmed. 403.
        IdentityNotConfirmed = "identity_not_confirmed",
        /// The card was reported lost. 409.
        CardLost = "card_lost",
        /// The card is frozen. 409.
        CardFrozen = "card_frozen",
        /// The account was closed. 409.
        CardClosed = "card_closed",
        /// The card has expired. 409.
        CardExpired = "card_expired",
        /// Another card took its place. 409.
        CardReplaced = "card_replaced",
        /// The card or issuer has no such wallet. 422.
        WalletUnknown = "wallet_unknown",
        /// Below or above what the wallet takes; `min_fen`, `max_fen`. 422.
        AmountOutOfLimits = "amount_out_of_limits",
        /// The wallet would hold more than it may; `max_fen` is what still fits. 422.
        WalletCapExceeded = "wallet_cap_exceeded",
        /// The day's limit would be passed; `max_fen` is what is left today. 422.
        DailyLimitReached = "daily_limit_reached",
        /// Outside the hours in which top-ups are taken; `retry_after_s`. 409.
        OutsideServiceHours = "outside_service_hours",
        /// Paid already; `order_id`. 409.
        OrderAlreadyPaid = "order_already_paid",
        /// Closed, failed or refunded: cannot be continued; `order_id`. 409.
        OrderClosed = "order_closed",
        /// Its outcome is not known yet, so it can be neither paid again nor cancelled; `order_id`. 409.
        OrderUndecided = "order_undecided",
        /// An unpaid order for this card and wallet exists: continue or cancel it; `order_id`. 409.
        UnpaidOrderExists = "unpaid_order_exists",
        /// The claim does not wait to be confirmed. 409.
        ClaimNotConfirmable = "claim_not_confirmable",
        /// The `Idempotency-Key` header is missing or malformed. 400.
        IdempotencyKeyMissing = "idempotency_key_missing",
        /// The key was used with another body. 409.
        IdempotencyKeyReused = "idempotency_key_reused",
        /// The card system does not answer. 503.
        CardSystemUnavailable = "card_system_unavailable",
        /// The payment provider does not answer. 503.
        PaymentUnavailable = "payment_unavailable",
        /// Too much is asked of the server at once; `retry_after_s`. 503.
        Busy = "busy",
        /// Closed for maintenance. 503.
        Maintenance = "maintenance",
    } else {
        /// Something failed at the server; also any code that this version does not know. 500.
        Internal = "internal",
    }
);

/// The body of every refusal, `application/problem+json` (RFC 9457).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Problem {
    /// What apps go by.
    pub code: ErrorCode,
    /// The HTTP status, repeated.
    pub status: u16,
    /// For developers, in English; the app never shows it.
    #[serde(default)]
    pub title: String,
    /// Seconds after which trying again makes sense.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_s: Option<u32>,
    /// The order that the refusal is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_id: Option<OrderId>,
    /// The smallest amount that would be taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_fen: Option<Fen>,
    /// The largest amount that would be taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_fen: Option<Fen>,
    /// Whose card system it is about; the other card is not affected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issuer: Option<Issuer>,
    /// Wrong passwords that may still follow before the card is locked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempts_left: Option<u32>,
    /// Names the request in the server's log; part of the evidence a student can copy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

impl ErrorCode {
    /// The HTTP status that goes with the code.
    pub const fn status(self) -> u16 {
        match self {
            Self::InvalidRequest | Self::IdempotencyKeyMissing => 400,
            Self::SessionExpired => 401,
            Self::CsrfRejected
            | Self::SnapshotUser
            | Self::PhoneRequired
            | Self::IdentityNotConfirmed => 403,
            Self::NotFound => 404,
            Self::BindingAnswered
            | Self::CardLost
            | Self::CardFrozen
            | Self::CardClosed
            | Self::CardExpired
            | Self::CardReplaced
            | Self::OutsideServiceHours
            | Self::OrderAlreadyPaid
            | Self::OrderClosed
            | Self::OrderUndecided
            | Self::UnpaidOrderExists
            | Self::ClaimNotConfirmable
            | Self::IdempotencyKeyReused => 409,
            Self::BindingExpired => 410,
            Self::CodeWrong
            | Self::CodeExpired
            | Self::PhoneUnreachable
            | Self::WrongAccountOrPassword
            | Self::WalletUnknown
            | Self::AmountOutOfLimits
            | Self::WalletCapExceeded
            | Self::DailyLimitReached => 422,
            Self::BindingLocked => 423,
            Self::RateLimited => 429,
            Self::SmsUnavailable
            | Self::CardSystemUnavailable
            | Self::PaymentUnavailable
            | Self::Busy
            | Self::Maintenance => 503,
            Self::Internal => 500,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lean_problem_is_enough() {
        let problem: Problem =
            serde_json::from_str(r#"{"code":"binding_locked","status":423,"retry_after_s":900}"#)
                .expect("title and the rest are optional");
        assert_eq!(problem.code, ErrorCode::BindingLocked);
        assert_eq!(problem.retry_after_s, Some(900));
    }

    #[test]
    fn unknown_codes_are_internal() {
        assert_eq!(ErrorCode::from_word("volcano"), ErrorCode::Internal);
        for code in ErrorCode::ALL {
            assert_eq!(ErrorCode::from_word(code.as_str()), *code);
        }
    }
}
