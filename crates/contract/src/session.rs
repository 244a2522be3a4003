use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::{Fen, Issuer, Phone, SmsCode};

/// Who is here, and how this deployment works. `GET /session`; also the answer to signing in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Session {
    /// The signed-in student; absent where nobody is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<User>,
    /// Sent back as the `x-csrf-token` header with every write of a signed-in student.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub csrf_token: Option<String>,
    /// Whether all money and people here are invented; every page then says so.
    #[serde(default)]
    pub sandbox: bool,
    /// Whether sign-in by WeChat is set up.
    #[serde(default)]
    pub wechat: bool,
    /// Whether sign-in by a code in an SMS is set up. Absent in answers of older servers, which always offered it.
    #[serde(default = "yes")]
    pub sms: bool,
}

const fn yes() -> bool {
    true
}

/// A signed-in student.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct User {
    /// Opaque; tells one user's stored things from another's.
    pub id: String,
    /// `138****1234`; absent for one who came by WeChat and has not proven a phone number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone_masked: Option<String>,
    /// Came by a WeChat snapshot page: may look, not bind.
    #[serde(default)]
    pub snapshot: bool,
    /// Cards that were bound with this phone number and are not shown, because the number may have
    /// changed hands: by issuer, no more is told. Binding such a card again, with its password, shows
    /// it; `POST /session/start-clean` parts with them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hidden_cards: Vec<Issuer>,
    /// Another account that was found in this WeChat and may be the same student's. They are asked: nothing moves before
    /// they said yes. `POST /session/join` answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub other_account: Option<OtherAccount>,
}

/// What would move into the student's account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OtherAccount {
    /// The cards bound in it.
    #[serde(default)]
    pub cards: Vec<OtherCard>,
    /// How many top-ups it has.
    #[serde(default)]
    pub orders: u32,
    /// Paid money of it that waits to be collected.
    pub waiting_fen: Fen,
}

/// A card of the other account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OtherCard {
    /// Whose card.
    pub issuer: Issuer,
    /// `**** 5678`.
    pub card_no_masked: String,
    /// The holder's name, masked: `王*`.
    pub holder: String,
}

/// Answers whether the other account is the student's, too. `POST /session/join`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AnswerJoin {
    /// Whether both accounts are the same person's.
    pub same_person: bool,
}

/// Asks for a code by SMS. `POST /session/code`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RequestCode {
    /// Where the code goes.
    pub phone: Phone,
}

/// The code is on its way, or may be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CodeSent {
    /// Seconds until another code may be asked for.
    pub resend_after_s: u32,
    /// Seconds for which the code is good.
    pub expires_in_s: u32,
    /// Whether the SMS provider's answer was lost: the message may arrive or not, and is not sent a second time.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub unconfirmed: bool,
}

/// Signs in. `POST /session`; while signed in without a phone number, adds the proven number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SignIn {
    /// The number that the code went to.
    pub phone: Phone,
    /// The code.
    pub code: SmsCode,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_of_older_servers_are_read() {
        let session: Session = serde_json::from_str("{}").expect("every field may be left out");
        assert!(session.sms && !session.wechat);
        let sent: CodeSent = serde_json::from_str(r#"{"resend_after_s":60,"expires_in_s":300}"#)
            .expect("what older servers send");
        assert!(!sent.unconfirmed);
    }
}
