//! `docs/connector-openapi.json` says what the Rust types read and write.

use std::collections::BTreeSet;

use dika_connector::callback;
use dika_connector::error::ErrorBody;
use dika_connector::host::{self, Question};
use dika_connector::protocol::cards::VerifyOutcome;
use dika_connector::protocol::credits::CreditOutcome;
use dika_connector::protocol::{
    ChangeCode, ChangeOutcome, CreditRefusal, Op, Operation, TerminalCondition, TransactionKind,
};
use dika_connector::replay::ReplayGuard;
use dika_connector::{ErrorCode, Keyring, Secret};
use dika_contract::{Campus, CardStatus, Issuer, TerminalKind, Timestamp, WalletKind};
use serde_json::Value;

fn document() -> Value {
    let text = include_str!("../../../docs/connector-openapi.json");
    serde_json::from_str(text).expect("JSON")
}

fn keys() -> Keyring {
    Keyring::new(Secret::from_bytes(&[7; 32]).expect("long enough"))
}

fn example<'a>(document: &'a Value, pointer: &str, op: Op) -> &'a Value {
    document
        .pointer(&format!(
            "{pointer}/content/application~1json/examples/{op}/value"
        ))
        .unwrap_or_else(|| panic!("{pointer} has no example of {op}"))
}

fn known_ops() -> impl Iterator<Item = Op> {
    Op::ALL.iter().copied().filter(|op| *op != Op::Other)
}

/// Reads an answer, checks it against its question, and writes it again: nothing may be lost or added.
fn answered<O: Operation>(question: &O, value: &Value) -> Value {
    let answer: O::Answer = dika_connector::json::read(value.to_string().as_bytes())
        .unwrap_or_else(|fault| panic!("{}: {fault}", O::OP));
    question
        .check(&answer)
        .unwrap_or_else(|fault| panic!("{}: {fault}", O::OP));
    serde_json::to_value(&answer).expect("writes")
}

fn asked<O: Operation>(question: &O) -> Value {
    let body = dika_connector::protocol::body(question, Issuer::Gdut, false).expect("writes");
    serde_json::from_slice(&body).expect("JSON")
}

#[test]
fn every_example_is_read_and_written_back() {
    let document = document();
    let now = Timestamp::from_unix(1_790_000_000);
    for op in known_ops() {
        let request = example(&document, "/paths/~1/post/requestBody", op);
        let answer = example(&document, "/paths/~1/post/responses/200", op);
        let body = request.to_string();
        let headers = keys().sign("msg_1", now, body.as_bytes());
        let pairs = headers.pairs();
        let find = |name: &str| pairs.iter().find(|pair| pair.0 == name).map(|pair| pair.1);
        let call = host::read(find, body.as_bytes(), &keys(), Issuer::Gdut, now)
            .unwrap_or_else(|fault| panic!("{op}: {}", String::from_utf8_lossy(&fault.body)));
        macro_rules! both {
            ($question:expr) => {
                (asked($question), answered($question, answer))
            };
        }
        let (request_again, answer_again) = match &call.question {
            Question::Capabilities(question) => both!(question),
            Question::Verify(question) => both!(question),
            Question::Card(question) => both!(question),
            Question::Balances(question) => both!(question),
            Question::Credit(question) => both!(question),
            Question::CreditStatus(question) => both!(question),
            Question::Reopen(question) => both!(question),
            Question::Transactions(question) => both!(question),
            Question::ReportLoss(question) => both!(question),
            Question::UndoLoss(question) => both!(question),
            Question::ChangePassword(question) => both!(question),
            Question::Terminals(question) => both!(question),
            Question::DayStatement(question) => both!(question),
        };
        assert_eq!(&request_again, request, "{op}");
        assert_eq!(&answer_again, answer, "{op}");
    }
}

#[test]
fn requests_and_answers_have_the_fields_of_their_schemas() {
    let document = document();
    let keys = |value: &Value| -> BTreeSet<String> {
        value
            .as_object()
            .expect("an object")
            .keys()
            .cloned()
            .collect()
    };
    for op in known_ops() {
        let mapping =
            "/paths/~1/post/requestBody/content/application~1json/schema/discriminator/mapping";
        let request = example(&document, "/paths/~1/post/requestBody", op);
        let answer = example(&document, "/paths/~1/post/responses/200", op);
        for (pointer, example) in [
            (format!("{mapping}/{op}"), request),
            (format!("/paths/~1/post/x-answers/{op}"), answer),
        ] {
            let reference = document.pointer(&pointer).and_then(Value::as_str);
            let reference = reference.unwrap_or_else(|| panic!("{pointer} is missing"));
            let schema = document.pointer(&reference[1..]).expect("a schema");
            let properties = keys(&schema["properties"]);
            assert!(keys(example).is_subset(&properties), "{op}: {example}");
            let required = schema["required"].as_array().into_iter().flatten();
            for field in required.filter_map(Value::as_str) {
                assert!(keys(example).contains(field), "{op}: {field}");
            }
        }
    }
}

#[test]
fn each_callback_example_is_read() {
    let document = document();
    let hooks = document["webhooks"].as_object().expect("webhooks");
    let now = Timestamp::from_unix(1_790_000_000);
    let seen = ReplayGuard::new();
    assert_eq!(hooks.len(), 4);
    for (name, hook) in hooks {
        let example =
            &hook["post"]["requestBody"]["content"]["application/json"]["examples"][name]["value"];
        let body = example.to_string();
        let headers = keys().sign(name, now, body.as_bytes());
        let received = callback::receive(&headers, body.as_bytes(), &keys(), &seen, now)
            .unwrap_or_else(|fault| panic!("{name}: {fault}"));
        assert!(
            !matches!(received.callback, callback::Callback::Other(_)),
            "{name}"
        );
        let again = callback::body(&received.callback, received.timestamp).expect("writes");
        let again: Value = serde_json::from_slice(&again).expect("JSON");
        assert_eq!(&again, example, "{name}");
    }
}

#[test]
fn words_are_those_of_the_types() {
    let document = document();
    let schemas = &document["components"]["schemas"];
    macro_rules! same {
        ($($name:ident),+) => {
            $(
                let known: Vec<&str> = $name::ALL
                    .iter()
                    .map(|word| word.as_str())
                    .filter(|word| *word != "other")
                    .collect();
                assert_eq!(schemas[stringify!($name)]["x-known-values"], serde_json::json!(known), stringify!($name));
            )+
        };
    }
    same!(
        Op,
        Issuer,
        WalletKind,
        CardStatus,
        TerminalKind,
        Campus,
        VerifyOutcome,
        CreditOutcome,
        CreditRefusal,
        ChangeOutcome,
        ChangeCode,
        TransactionKind,
        TerminalCondition,
        ErrorCode
    );
}

#[test]
fn each_error_stands_under_its_status() {
    let document = document();
    let responses = document["paths"]["/"]["post"]["responses"]
        .as_object()
        .expect("responses");
    let mut found = BTreeSet::new();
    for (status, response) in responses.iter().filter(|(status, _)| *status != "200") {
        let examples = response["content"]["application/json"]["examples"].as_object();
        for example in examples.expect("examples").values() {
            let body: ErrorBody =
                serde_json::from_value(example["value"].clone()).expect("an error");
            assert_eq!(
                body.error.code.status().to_string(),
                *status,
                "{}",
                body.error.code
            );
            found.insert(body.error.code);
        }
    }
    let all: BTreeSet<_> = ErrorCode::ALL
        .iter()
        .copied()
        .filter(|code| *code != ErrorCode::Other)
        .collect();
    assert_eq!(found, all);
}
