//! What a school's side written in Rust needs, whatever its web framework: hand over the headers and
//! the body, get the question; write an [`Answer`] back.

use dika_contract::{Issuer, Timestamp};

use crate::error::{ErrorBody, ErrorCode, ErrorDetail};
use crate::protocol::{
    Balances, Capabilities, Card, ChangePassword, Credit, CreditStatus, DayStatement, Head, Op,
    Operation, PROTOCOL, Reopen, ReportLoss, Terminals, Transactions, UndoLoss, Verify,
};
use crate::signature::{Keyring, SignatureFault, SignedHeaders};
use crate::{Malformed, json};

/// A call that Dika signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// Whether it is a test: then it may only touch test accounts.
    pub test: bool,
    /// What is asked.
    pub question: Question,
}

/// Every operation with its fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Question {
    /// `capabilities`
    Capabilities(Capabilities),
    /// `verify`
    Verify(Verify),
    /// `card`
    Card(Card),
    /// `balances`
    Balances(Balances),
    /// `credit`
    Credit(Credit),
    /// `credit_status`
    CreditStatus(CreditStatus),
    /// `reopen`
    Reopen(Reopen),
    /// `transactions`
    Transactions(Transactions),
    /// `report_loss`
    ReportLoss(ReportLoss),
    /// `undo_loss`
    UndoLoss(UndoLoss),
    /// `change_password`
    ChangePassword(ChangePassword),
    /// `terminals`
    Terminals(Terminals),
    /// `day_statement`
    DayStatement(DayStatement),
}

/// What goes back: an HTTP status and a JSON body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// JSON, to be sent as `application/json`.
    pub body: Vec<u8>,
}

impl Answer {
    /// The answer to a question of this operation.
    pub fn to<O: Operation>(answer: &O::Answer) -> Self {
        match serde_json::to_vec(answer) {
            Ok(body) => Self { status: 200, body },
            Err(_) => Self::error(ErrorCode::Internal),
        }
    }

    /// A call that was not carried out.
    pub fn error(code: ErrorCode) -> Self {
        Self::detailed(code, None, None)
    }

    fn detailed(code: ErrorCode, field: Option<String>, message: Option<String>) -> Self {
        let error = ErrorDetail {
            code,
            field,
            message,
        };
        Self {
            status: code.status(),
            body: serde_json::to_vec(&ErrorBody { error }).unwrap_or_default(),
        }
    }
}

impl From<Malformed> for Answer {
    fn from(fault: Malformed) -> Self {
        Self::detailed(ErrorCode::Malformed, Some(fault.field), Some(fault.problem))
    }
}

impl From<SignatureFault> for Answer {
    fn from(fault: SignatureFault) -> Self {
        let code = match fault {
            SignatureFault::Stale => ErrorCode::StaleTimestamp,
            SignatureFault::Missing(_) | SignatureFault::Timestamp | SignatureFault::Wrong => {
                ErrorCode::BadSignature
            }
        };
        Self::detailed(code, None, Some(fault.to_string()))
    }
}

/// Reads a call: checks the signature, the protocol's version, the issuer and the fields.
///
/// # Errors
/// The [`Answer`] to give.
pub fn read<'a>(
    header: impl Fn(&str) -> Option<&'a str>,
    body: &[u8],
    keys: &Keyring,
    issuer: Issuer,
    now: Timestamp,
) -> Result<Call, Answer> {
    let headers = SignedHeaders::from_lookup(header)?;
    keys.verify(&headers, now, body)?;
    let head: Head = json::read(body)?;
    if head.protocol != PROTOCOL {
        return Err(Malformed::new("protocol", "this version is not spoken here").into());
    }
    if head.issuer != issuer {
        return Err(Malformed::new("issuer", "another issuer's").into());
    }
    let question = match head.op {
        Op::Capabilities => Question::Capabilities(json::read(body)?),
        Op::Verify => Question::Verify(json::read(body)?),
        Op::Card => Question::Card(json::read(body)?),
        Op::Balances => Question::Balances(json::read(body)?),
        Op::Credit => Question::Credit(json::read(body)?),
        Op::CreditStatus => Question::CreditStatus(json::read(body)?),
        Op::Reopen => Question::Reopen(json::read(body)?),
        Op::Transactions => Question::Transactions(json::read(body)?),
        Op::ReportLoss => Question::ReportLoss(json::read(body)?),
        Op::UndoLoss => Question::UndoLoss(json::read(body)?),
        Op::ChangePassword => Question::ChangePassword(json::read(body)?),
        Op::Terminals => Question::Terminals(json::read(body)?),
        Op::DayStatement => Question::DayStatement(json::read(body)?),
        Op::Other => return Err(Answer::error(ErrorCode::UnsupportedOp)),
    };
    Ok(Call {
        test: head.test,
        question,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signature::Secret;

    fn keys() -> Keyring {
        Keyring::new(Secret::from_bytes(&[7; 32]).expect("long enough"))
    }

    fn asked(body: &str) -> Result<Call, Answer> {
        let now = Timestamp::from_unix(1_790_000_000);
        let headers = keys().sign("msg_1", now, body.as_bytes());
        let pairs = headers.pairs();
        let find = |name: &str| pairs.iter().find(|pair| pair.0 == name).map(|pair| pair.1);
        read(find, body.as_bytes(), &keys(), Issuer::Gdut, now)
    }

    #[test]
    fn a_call_is_read_with_fields_of_a_later_version() {
        let call = asked(
            r#"{"protocol":"1","op":"credit","issuer":"gdut","test":true,"order_id":"o1","card_ref":"c1",
               "wallet":"main","amount_fen":2000,"waits":true,"colour":{"deep":[1]}}"#,
        );
        let Ok(Call {
            test: true,
            question: Question::Credit(credit),
        }) = call
        else {
            panic!("{call:?}");
        };
        assert_eq!(credit.amount_fen.get(), 2000);
        assert!(credit.waits && credit.cap_fen.is_none());
    }

    #[test]
    fn each_fault_has_its_code_and_field() {
        for (body, status, holds) in [
            (
                r#"{"protocol":"2","op":"card","issuer":"gdut"}"#,
                400,
                r#""field":"protocol""#,
            ),
            (
                r#"{"protocol":"1","op":"card","issuer":"hemc"}"#,
                400,
                r#""field":"issuer""#,
            ),
            (
                r#"{"protocol":"1","op":"card","issuer":"gdut"}"#,
                400,
                r#""field":"card_ref""#,
            ),
            (
                r#"{"protocol":"1","op":"dance","issuer":"gdut"}"#,
                501,
                "unsupported_op",
            ),
            (
                r#"{"protocol":"1","op":"credit","issuer":"gdut","order_id":"o1","card_ref":"c1","wallet":"main","amount_fen":"2000"}"#,
                400,
                r#""field":"amount_fen""#,
            ),
            ("<html>", 400, "malformed"),
        ] {
            let answer = asked(body).expect_err(body);
            let text = String::from_utf8_lossy(&answer.body).into_owned();
            assert_eq!(answer.status, status, "{body}");
            assert!(text.contains(holds), "{body}: {text}");
        }
    }

    #[test]
    fn an_unsigned_or_old_call_is_refused() {
        let body = br#"{"protocol":"1","op":"capabilities","issuer":"gdut"}"#;
        let now = Timestamp::from_unix(1_790_000_000);
        let none = read(|_| None, body, &keys(), Issuer::Gdut, now).expect_err("unsigned");
        assert_eq!(none.status, 401);
        let headers = keys().sign("msg_1", now.plus(-360), body);
        let pairs = headers.pairs();
        let find = |name: &str| pairs.iter().find(|pair| pair.0 == name).map(|pair| pair.1);
        let old = read(find, body, &keys(), Issuer::Gdut, now).expect_err("old");
        assert_eq!(
            String::from_utf8_lossy(&old.body),
            r#"{"error":{"code":"stale_timestamp","message":"webhook-timestamp is more than five minutes away"}}"#
        );
    }
}
