use alloc::string::String;

use serde::{Deserialize, Serialize};

use crate::{
    AccountNo, BindingId, CardId, CardNo, CardPassword, CardStatus, Issuer, MaskedIdentity,
    Timestamp,
};

wire_enum!(
    /// How far a binding is.
    pub enum BindingState {
        /// Waits for the student to say whose card this is.
        Pending = "pending",
        /// The student said yes; the card is bound.
        Confirmed = "confirmed",
        /// The student said no, or could not tell.
        Rejected = "rejected",
        /// Ten minutes went by without an answer.
        Expired = "expired",
    } else {
        /// A state that this version does not know.
        Other = "other",
    }
);

wire_enum!(
    /// Why a student does not take the shown identity as theirs.
    pub enum RejectReason {
        /// It is somebody else.
        NotMe = "not_me",
        /// What is shown is not enough to tell (seed: ask at a service point, do not pay).
        CannotTell = "cannot_tell",
    } else {
        /// A reason that this version does not know.
        Other = "other",
    }
);

/// Asks for a binding. `POST /bindings`. `gdut` wants `account`, `hemc` wants `card_no`.
///
/// Wrong account and wrong password give one answer, `wrong_account_or_password`, in the same time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(transform = one_number_by_issuer)
)]
pub struct CreateBinding {
    /// Whose card.
    pub issuer: Issuer,
    /// The account of a `gdut` card.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<AccountNo>,
    /// The number printed on a `hemc` card.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card_no: Option<CardNo>,
    /// The card's password.
    pub password: CardPassword,
}

/// Says in the schema which number goes with which issuer.
#[cfg(feature = "schema")]
fn one_number_by_issuer(schema: &mut schemars::Schema) {
    let by = |issuer: Issuer, given: &str, absent: &str| {
        schemars::json_schema!({
            "properties": {
                "issuer": { "const": issuer.as_str() },
                given: { "type": "string" },
                absent: { "type": "null" },
            },
            "required": [given],
        })
    };
    let gdut = by(Issuer::Gdut, "account", "card_no");
    let hemc = by(Issuer::Hemc, "card_no", "account");
    let either = schemars::json_schema!({ "oneOf": [gdut, hemc] });
    if let Some(either) = either.get("oneOf") {
        schema.insert("oneOf".into(), either.clone());
    }
}

/// A binding and the identity to look at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Binding {
    /// Which binding.
    pub id: BindingId,
    /// Whose card.
    pub issuer: Issuer,
    /// How far it is.
    pub state: BindingState,
    /// Whom the card belongs to, masked.
    pub identity: MaskedIdentity,
    /// `**** 5678`.
    pub card_no_masked: String,
    /// Whether the card works; a lost or frozen one can be bound but not topped up.
    pub card_status: CardStatus,
    /// Until when the student may answer; ten minutes after it was asked for.
    pub expires_at: Timestamp,
    /// The bound card, once confirmed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card_id: Option<CardId>,
}

/// Says why not. `POST /bindings/{id}/reject`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RejectBinding {
    /// No, or cannot tell.
    #[cfg_attr(
        feature = "schema",
        schemars(extend("enum" = ["not_me", "cannot_tell"]))
    )]
    pub reason: RejectReason,
}
