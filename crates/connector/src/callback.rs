//! A callback says that something happened, so that Dika asks at once instead of later. Dika books
//! nothing because of one: it asks the connector, whose answer counts. So a callback that is lost,
//! late, doubled or out of order changes nothing but the delay.

use dika_contract::{CardStatus, OrderId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::protocol::{CardRef, CreditAnswer, TerminalCondition};
use crate::replay::ReplayGuard;
use crate::signature::{Keyring, SignatureFault, SignedHeaders};
use crate::{Malformed, json};

/// What a callback says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Callback {
    /// Waiting money went onto the card. `credit.claimed`.
    CreditClaimed(CreditClaimed),
    /// An undecided credit is decided. `credit.decided`.
    CreditDecided(CreditAnswer),
    /// A card was lost, found, frozen, replaced and so on. `card.status_changed`.
    CardStatusChanged(CardStatusChanged),
    /// A machine broke down or works again. `terminal.status_changed`.
    TerminalStatusChanged(TerminalStatusChanged),
    /// A type that this version does not know. It is acknowledged and ignored.
    Other(String),
}

/// Waiting money went onto the card.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreditClaimed {
    /// The order.
    pub order_id: OrderId,
}

/// A card's status changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardStatusChanged {
    /// The account.
    pub card_ref: CardRef,
    /// Its status now.
    pub status: CardStatus,
    /// The card that took its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaced_by: Option<CardRef>,
}

/// A machine's condition changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TerminalStatusChanged {
    /// The machine's number.
    pub id: String,
    /// Its condition now.
    pub condition: TerminalCondition,
}

/// A callback and when the school's side made it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// When it happened.
    pub timestamp: Timestamp,
    /// What happened.
    pub callback: Callback,
}

/// Why a callback is not acted on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallbackFault {
    /// It is not the school's, or too old. Answer 401.
    #[error(transparent)]
    Signature(#[from] SignatureFault),
    /// It was delivered before. Answer 204: the school need not send it again.
    #[error("delivered before")]
    Repeated,
    /// It cannot be read. Answer 400.
    #[error(transparent)]
    Malformed(#[from] Malformed),
}

impl CallbackFault {
    /// The HTTP status to answer with.
    pub const fn status(&self) -> u16 {
        match self {
            Self::Signature(_) => 401,
            Self::Repeated => 204,
            Self::Malformed(_) => 400,
        }
    }
}

#[derive(Deserialize)]
struct Head {
    r#type: String,
    timestamp: Timestamp,
}

#[derive(Serialize, Deserialize)]
struct Envelope<T> {
    r#type: String,
    timestamp: Timestamp,
    data: T,
}

/// Reads a callback: checks its signature, that it was not delivered before, and its fields.
///
/// `now` is this machine's clock, never one that was moved for a test.
///
/// # Errors
/// A [`CallbackFault`].
pub fn receive(
    headers: &SignedHeaders,
    body: &[u8],
    keys: &Keyring,
    seen: &ReplayGuard,
    now: Timestamp,
) -> Result<Received, CallbackFault> {
    keys.verify(headers, now, body)?;
    let received = read(body)?;
    if !seen.is_new(&headers.id, now) {
        return Err(CallbackFault::Repeated);
    }
    Ok(received)
}

fn read(body: &[u8]) -> Result<Received, Malformed> {
    fn data<T: serde::de::DeserializeOwned>(body: &[u8]) -> Result<T, Malformed> {
        json::read::<Envelope<T>>(body).map(|envelope| envelope.data)
    }
    let head: Head = json::read(body)?;
    let callback = match head.r#type.as_str() {
        "credit.claimed" => Callback::CreditClaimed(data(body)?),
        "credit.decided" => Callback::CreditDecided(data(body)?),
        "card.status_changed" => Callback::CardStatusChanged(data(body)?),
        "terminal.status_changed" => Callback::TerminalStatusChanged(data(body)?),
        _ => Callback::Other(head.r#type),
    };
    Ok(Received {
        timestamp: head.timestamp,
        callback,
    })
}

/// The body of a callback, for a school's side written in Rust.
///
/// # Errors
/// None in practice: every type here can be written as JSON.
pub fn body(callback: &Callback, timestamp: Timestamp) -> Result<Vec<u8>, serde_json::Error> {
    fn write<T: Serialize>(
        name: &str,
        timestamp: Timestamp,
        data: T,
    ) -> Result<Vec<u8>, serde_json::Error> {
        serde_json::to_vec(&Envelope {
            r#type: name.to_owned(),
            timestamp,
            data,
        })
    }
    match callback {
        Callback::CreditClaimed(data) => write("credit.claimed", timestamp, data),
        Callback::CreditDecided(data) => write("credit.decided", timestamp, data),
        Callback::CardStatusChanged(data) => write("card.status_changed", timestamp, data),
        Callback::TerminalStatusChanged(data) => write("terminal.status_changed", timestamp, data),
        Callback::Other(name) => write(name, timestamp, serde_json::Map::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::CreditState;
    use crate::signature::Secret;
    use dika_contract::Fen;

    fn keys() -> Keyring {
        Keyring::new(Secret::from_bytes(&[7; 32]).expect("long enough"))
    }

    fn now() -> Timestamp {
        Timestamp::from_unix(1_790_000_000)
    }

    fn order() -> OrderId {
        OrderId::parse("order1").expect("an id")
    }

    fn every() -> Vec<Callback> {
        vec![
            Callback::CreditClaimed(CreditClaimed { order_id: order() }),
            Callback::CreditDecided(CreditAnswer {
                order_id: order(),
                amount: Fen::new(2000),
                state: CreditState::OnCard,
                reference: None,
            }),
            Callback::CardStatusChanged(CardStatusChanged {
                card_ref: CardRef::parse("c1").expect("a reference"),
                status: CardStatus::Replaced,
                replaced_by: CardRef::parse("c2"),
            }),
            Callback::TerminalStatusChanged(TerminalStatusChanged {
                id: "t1".to_owned(),
                condition: TerminalCondition::OutOfOrder,
            }),
            Callback::Other("card.painted".to_owned()),
        ]
    }

    #[test]
    fn each_callback_is_read_back_once() {
        let seen = ReplayGuard::new();
        for (number, callback) in every().into_iter().enumerate() {
            let body = body(&callback, now()).expect("writes");
            let headers = keys().sign(&format!("msg_{number}"), now(), &body);
            let received = receive(&headers, &body, &keys(), &seen, now());
            assert_eq!(
                received,
                Ok(Received {
                    timestamp: now(),
                    callback
                })
            );
            let again = receive(&headers, &body, &keys(), &seen, now());
            assert_eq!(again, Err(CallbackFault::Repeated));
        }
    }

    #[test]
    fn a_forged_or_broken_callback_does_not_use_up_the_id() {
        let seen = ReplayGuard::new();
        let good = body(&every()[0], now()).expect("writes");
        let headers = keys().sign("msg_1", now(), &good);
        let forged = receive(&headers, b"{}", &keys(), &seen, now());
        assert_eq!(forged, Err(CallbackFault::Signature(SignatureFault::Wrong)));
        let broken = br#"{"type":"credit.claimed","timestamp":"2026-11-26T00:00:00Z","data":{}}"#;
        let headers = keys().sign("msg_1", now(), broken);
        let fault = receive(&headers, broken, &keys(), &seen, now()).expect_err("broken");
        assert_eq!(
            fault,
            CallbackFault::Malformed(Malformed::new("data.order_id", "missing field `order_id`"))
        );
        assert_eq!(fault.status(), 400);
        let headers = keys().sign("msg_1", now(), &good);
        assert!(receive(&headers, &good, &keys(), &seen, now()).is_ok());
    }

    #[test]
    fn a_call_to_the_school_sent_back_is_no_callback() {
        let body = br#"{"protocol":"1","op":"credit","issuer":"gdut"}"#;
        let headers = keys().sign("msg_1", now(), body);
        let fault = receive(&headers, body, &keys(), &ReplayGuard::new(), now());
        assert_eq!(fault.map_err(|fault| fault.status()), Err(400));
    }
}
