use async_trait::async_trait;
use dika_contract::{Phone, SmsCode};

/// What became of a request to send a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The provider took the message.
    Sent,
    /// No answer within the time limit, or one that can't be read: the message may be on its way. Sending it again, by
    /// this provider or another, could deliver it twice.
    MaybeSent,
    /// The provider did not take the message: nothing was sent.
    Refused(Refusal),
}

/// Why a message was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// The provider says that this is no mobile number.
    NumberIllegal,
    /// The provider's own limit for this number is used up.
    LimitPerNumber,
    /// The signature (the sender's name) or the template is unknown, not approved, or doesn't fit the parameters.
    SignatureOrTemplate,
    /// The account has no money or no messages left.
    Balance,
    /// The key is unknown, lacks a right, or signed wrongly; also a clock that is minutes off.
    Auth,
    /// The number asked not to get messages.
    Blacklist,
    /// The provider could not be reached at all.
    Unreachable,
    /// Any other refusal, by the provider's code. For logs.
    Other(String),
}

/// Sends the code that proves a phone number.
#[async_trait]
pub trait SmsSender: Send + Sync {
    /// Whether there is a provider at all.
    fn is_connected(&self) -> bool {
        true
    }

    /// Asks the provider to send the message, once.
    async fn send(&self, phone: &Phone, code: &SmsCode) -> Outcome;
}
