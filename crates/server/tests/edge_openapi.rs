//! The OpenAPI document against the router: everything documented is mounted, and what is answered
//! has the documented shape. `DIKA_BLESS=1` writes the committed copy anew.

#[path = "../../sandbox/tests/support/mod.rs"]
mod support;

use std::collections::BTreeSet;
use std::path::PathBuf;

use axum::http::StatusCode;
use dika_contract::{ErrorCode, endpoint};
use dika_sandbox::testing::sandbox_app;
use dika_server::http::openapi::{OPERATIONS, document};
use serde_json::{Value, json};
use support::{Answer, Client, people, with_note};

fn committed() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi.json")
}

#[test]
fn the_committed_document_is_the_server_s() {
    let now = document();
    if std::env::var_os("DIKA_BLESS").is_some() {
        // Whether objects keep their order depends on what else is built: sorted, a change is seen as what it is.
        let mut sorted = now.clone();
        sorted.sort_all_objects();
        let text = serde_json::to_string_pretty(&sorted).expect("JSON") + "\n";
        std::fs::write(committed(), text).expect("docs/openapi.json is written");
    }
    let text = std::fs::read_to_string(committed()).expect("docs/openapi.json is there");
    let then: Value = serde_json::from_str(&text).expect("JSON");
    assert!(
        now == then,
        "docs/openapi.json is not what the server says; run this test with DIKA_BLESS=1"
    );
}

#[tokio::test]
async fn the_server_serves_it() {
    let (app, _, _folder) = sandbox_app().await;
    let answer = Client::new(&app).get("/api/v1/openapi.json").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.json(), document());
}

/// Every reference leads somewhere, and every operation has its own name.
#[test]
fn the_document_holds_together() {
    fn references(value: &Value, found: &mut BTreeSet<String>) {
        match value {
            Value::Object(map) => {
                if let Some(Value::String(to)) = map.get("$ref") {
                    found.insert(to.clone());
                }
                map.values().for_each(|value| references(value, found));
            }
            Value::Array(list) => list.iter().for_each(|value| references(value, found)),
            _ => {}
        }
    }
    let document = document();
    assert_eq!(document["openapi"], "3.1.0");
    let mut found = BTreeSet::new();
    references(&document, &mut found);
    assert!(!found.is_empty());
    for reference in found {
        let pointer = reference.strip_prefix('#').expect("inside the document");
        assert!(document.pointer(pointer).is_some(), "{reference}");
    }
    let mut ids = BTreeSet::new();
    for operation in document["paths"].as_object().expect("paths").values() {
        for described in operation.as_object().expect("methods").values() {
            assert!(ids.insert(described["operationId"].to_string()));
            assert!(
                described["summary"]
                    .as_str()
                    .is_some_and(|text| !text.is_empty())
            );
        }
    }
}

/// Every pattern of the contract is documented, and nothing else.
#[test]
fn every_address_of_the_contract_is_documented() {
    let documented: BTreeSet<&str> = OPERATIONS.iter().map(|operation| operation.path).collect();
    let contract = BTreeSet::from([
        endpoint::SESSION,
        endpoint::SESSION_CODE,
        endpoint::SESSION_START_CLEAN,
        endpoint::SESSION_JOIN,
        endpoint::DIRECTORY,
        endpoint::BINDINGS,
        endpoint::BINDING,
        endpoint::BINDING_CONFIRM,
        endpoint::BINDING_REJECT,
        endpoint::CARDS,
        endpoint::CARD,
        endpoint::CARD_DEFAULT,
        endpoint::TOP_UPS,
        endpoint::TOP_UP,
        endpoint::TOP_UP_CANCEL,
        endpoint::TOP_UP_CONTINUE,
        endpoint::TOP_UP_CONFIRM_CLAIM,
        endpoint::TOP_UP_CALENDAR,
        endpoint::WECHAT_NOTIFY,
        endpoint::WECHAT_JS_CONFIG,
        endpoint::CONNECTOR_CALLBACK,
        endpoint::MACHINE_TAPS,
        endpoint::HEALTH,
        endpoint::READY,
        endpoint::OPENAPI,
    ]);
    assert_eq!(documented, contract);
}

#[test]
fn every_refusal_is_documented_somewhere() {
    let named: BTreeSet<ErrorCode> = OPERATIONS
        .iter()
        .flat_map(|operation| operation.named_codes())
        .collect();
    let all: BTreeSet<ErrorCode> = ErrorCode::ALL.iter().copied().collect();
    assert_eq!(named, all);
}

/// A documented method is mounted; the other methods of its path are not.
#[tokio::test]
async fn what_is_documented_is_mounted_and_the_reverse() {
    let (app, _, _folder) = sandbox_app().await;
    let mut client = Client::new(&app);
    for operation in OPERATIONS {
        let path = format!(
            "{}{}",
            endpoint::BASE,
            operation.path.replace("{id}", "none")
        );
        for method in ["get", "post", "put", "patch", "delete"] {
            let documented = OPERATIONS
                .iter()
                .any(|other| other.path == operation.path && other.method == method);
            let answer = client.call(method, &path, None).await;
            let mounted = answer.status != StatusCode::METHOD_NOT_ALLOWED;
            assert_eq!(mounted, documented, "{method} {path}: {}", answer.status);
            // Nobody is signed in, so only an address that is not mounted is not found.
            assert_ne!(answer.status, StatusCode::NOT_FOUND, "{method} {path}");
        }
    }
}

/// Checks answers against the document as they come by.
struct Witness {
    document: Value,
    seen: BTreeSet<(String, &'static str, u16)>,
}

impl Witness {
    fn check(&mut self, method: &'static str, pattern: &str, answer: &Answer) {
        let status = answer.status.as_u16();
        let responses = &self.document["paths"][pattern][method]["responses"];
        let described = responses.get(status.to_string()).unwrap_or_else(|| {
            panic!(
                "{method} {pattern} {status} is documented: {}",
                answer.text()
            )
        });
        self.seen.insert((pattern.to_owned(), method, status));
        let Some(content) = described.get("content") else {
            return;
        };
        let media_type = answer.header("content-type").expect("a content type");
        let schema = content
            .get(media_type)
            .unwrap_or_else(|| panic!("{method} {pattern} {status}: {media_type}"))["schema"]
            .clone();
        if !media_type.contains("json") {
            return;
        }
        let mut whole = schema;
        whole["components"] = self.document["components"].clone();
        let body = answer.json();
        let validator = jsonschema::validator_for(&whole).expect("a good schema");
        let faults: Vec<String> = validator
            .iter_errors(&body)
            .map(|fault| format!("{fault} at {}", fault.instance_path()))
            .collect();
        assert!(
            faults.is_empty(),
            "{method} {pattern} {status}: {faults:?}\n{body:#}"
        );
        if status >= 400 {
            let code = body["code"].as_str().expect("a code").to_owned();
            let codes = described["x-codes"].as_array().expect("codes");
            assert!(
                codes.iter().any(|known| *known == code),
                "{method} {pattern} {status} {code}"
            );
            assert_eq!(body["status"], status);
        }
    }
}

#[tokio::test]
async fn a_whole_journey_answers_as_documented() {
    let (app, _, _folder) = sandbox_app().await;
    let mut client = Client::new(&app);
    let mut witness = Witness {
        document: document(),
        seen: BTreeSet::new(),
    };
    let all = people(&mut client).await;
    let (person, lost) = (&all[0], with_note(&all, "lost"));
    macro_rules! step {
        ($method:literal, $pattern:expr, $answer:expr) => {{
            let answer = $answer;
            witness.check($method, $pattern, &answer);
            answer
        }};
    }
    let base = |path: &str| format!("{}{path}", endpoint::BASE);
    let at = |pattern: &str, id: &str| base(&endpoint::with_id(pattern, id));

    step!(
        "get",
        endpoint::HEALTH,
        client.get(&base(endpoint::HEALTH)).await
    );
    step!(
        "get",
        endpoint::READY,
        client.get(&base(endpoint::READY)).await
    );
    step!(
        "get",
        endpoint::DIRECTORY,
        client.get(&base(endpoint::DIRECTORY)).await
    );
    step!(
        "get",
        endpoint::DIRECTORY,
        client
            .get_with(&base(endpoint::DIRECTORY), &[("if-none-match", "*")])
            .await
    );
    step!(
        "get",
        endpoint::SESSION,
        client.get(&base(endpoint::SESSION)).await
    );
    step!(
        "get",
        endpoint::CARDS,
        client.get(&base(endpoint::CARDS)).await
    );
    let phone = &person["phone"];
    let code = step!(
        "post",
        endpoint::SESSION_CODE,
        client
            .post(&base(endpoint::SESSION_CODE), json!({ "phone": phone }))
            .await
    );
    assert_eq!(code.status, StatusCode::ACCEPTED);
    step!(
        "post",
        endpoint::SESSION_CODE,
        client
            .post(&base(endpoint::SESSION_CODE), json!({ "phone": phone }))
            .await
    );
    step!(
        "post",
        endpoint::SESSION_CODE,
        client
            .post(&base(endpoint::SESSION_CODE), json!({ "phone": "1" }))
            .await
    );
    step!(
        "post",
        endpoint::SESSION,
        client
            .post(
                &base(endpoint::SESSION),
                json!({ "phone": phone, "code": "x" })
            )
            .await
    );
    client
        .post("/sandbox/clock", json!({ "advance_s": 61 }))
        .await;
    client.sign_in(phone.as_str().expect("a phone")).await;
    step!(
        "get",
        endpoint::SESSION,
        client.get(&base(endpoint::SESSION)).await
    );
    step!(
        "post",
        endpoint::SESSION_START_CLEAN,
        client
            .post(&base(endpoint::SESSION_START_CLEAN), json!({}))
            .await
    );
    step!(
        "post",
        endpoint::SESSION_JOIN,
        client
            .post(
                &base(endpoint::SESSION_JOIN),
                json!({ "same_person": true })
            )
            .await
    );
    step!(
        "get",
        endpoint::CARDS,
        client.get(&base(endpoint::CARDS)).await
    );

    let card = &person["hemc"];
    let wish = |password: &Value| json!({ "issuer": "hemc", "card_no": card["card_no"], "password": password });
    step!(
        "post",
        endpoint::BINDINGS,
        client
            .post(&base(endpoint::BINDINGS), wish(&json!("000000")))
            .await
    );
    let binding = step!(
        "post",
        endpoint::BINDINGS,
        client
            .post(&base(endpoint::BINDINGS), wish(&card["password"]))
            .await
    )
    .json();
    let id = binding["id"].as_str().expect("an id");
    step!(
        "get",
        endpoint::BINDING,
        client.get(&at(endpoint::BINDING, id)).await
    );
    step!(
        "get",
        endpoint::BINDING,
        client.get(&at(endpoint::BINDING, "none")).await
    );
    let bound = step!(
        "post",
        endpoint::BINDING_CONFIRM,
        client
            .call("POST", &at(endpoint::BINDING_CONFIRM, id), None)
            .await
    )
    .json();
    step!(
        "post",
        endpoint::BINDING_REJECT,
        client
            .post(
                &at(endpoint::BINDING_REJECT, id),
                json!({ "reason": "not_me" })
            )
            .await
    );
    let hemc = bound["card_id"].as_str().expect("a card").to_owned();
    let gdut = client.bind("gdut", person).await;
    let second = client
        .post(&base(endpoint::BINDINGS), wish(&card["password"]))
        .await;
    if second.status == StatusCode::CREATED {
        let id = second.json()["id"].as_str().expect("an id").to_owned();
        step!(
            "post",
            endpoint::BINDING_REJECT,
            client
                .post(
                    &at(endpoint::BINDING_REJECT, &id),
                    json!({ "reason": "cannot_tell" })
                )
                .await
        );
    }
    step!(
        "get",
        endpoint::CARDS,
        client.get(&base(endpoint::CARDS)).await
    );
    step!(
        "get",
        endpoint::CARD,
        client.get(&at(endpoint::CARD, &hemc)).await
    );
    step!(
        "put",
        endpoint::CARD_DEFAULT,
        client
            .call("PUT", &at(endpoint::CARD_DEFAULT, &gdut), None)
            .await
    );

    // Refusals of an order, then the order itself.
    let top_ups = endpoint::TOP_UPS;
    let no_key = json!({ "card_id": hemc, "wallet": "main", "amount_fen": 2_000 });
    step!("post", top_ups, client.post(&base(top_ups), no_key).await);
    step!(
        "post",
        top_ups,
        client.top_up(&hemc, "main", 1, "k-small").await
    );
    step!(
        "post",
        top_ups,
        client.top_up(&hemc, "roof", 2_000, "k-roof").await
    );
    step!(
        "post",
        top_ups,
        client.top_up("none", "main", 2_000, "k-none").await
    );
    let order = step!(
        "post",
        top_ups,
        client.top_up(&hemc, "utilities", 2_000, "k-1").await
    )
    .json();
    step!(
        "post",
        top_ups,
        client.top_up(&hemc, "utilities", 2_000, "k-1").await
    );
    step!(
        "post",
        top_ups,
        client.top_up(&hemc, "utilities", 3_000, "k-1").await
    );
    step!(
        "post",
        top_ups,
        client.top_up(&hemc, "utilities", 2_000, "k-2").await
    );
    let id = order["id"].as_str().expect("an id");
    step!(
        "post",
        endpoint::TOP_UP_CONTINUE,
        client
            .post(
                &at(endpoint::TOP_UP_CONTINUE, id),
                json!({ "channel": "auto" })
            )
            .await
    );
    step!(
        "get",
        endpoint::TOP_UP,
        client.get(&at(endpoint::TOP_UP, id)).await
    );
    client
        .post(
            &format!("/sandbox/payments/{id}"),
            json!({ "outcome": "paid" }),
        )
        .await;
    step!(
        "get",
        endpoint::TOP_UP,
        client.get(&at(endpoint::TOP_UP, id)).await
    );
    step!(
        "post",
        endpoint::TOP_UP_CANCEL,
        client
            .call("POST", &at(endpoint::TOP_UP_CANCEL, id), None)
            .await
    );
    step!(
        "post",
        endpoint::TOP_UP_CONFIRM_CLAIM,
        client
            .call("POST", &at(endpoint::TOP_UP_CONFIRM_CLAIM, id), None)
            .await
    );
    client
        .post("/sandbox/clock", json!({ "advance_s": 21_700 }))
        .await;
    let again = step!(
        "post",
        endpoint::TOP_UP_CONFIRM_CLAIM,
        client
            .call("POST", &at(endpoint::TOP_UP_CONFIRM_CLAIM, id), None)
            .await
    );
    assert_eq!(again.json()["claim"], "waiting", "{}", again.text());
    step!(
        "get",
        endpoint::TOP_UP_CALENDAR,
        client.get(&at(endpoint::TOP_UP_CALENDAR, id)).await
    );
    let unpaid = client.top_up(&gdut, "main", 2_000, "k-3").await.json();
    let id = unpaid["id"].as_str().expect("an id");
    step!(
        "post",
        endpoint::TOP_UP_CANCEL,
        client
            .call("POST", &at(endpoint::TOP_UP_CANCEL, id), None)
            .await
    );
    step!(
        "post",
        endpoint::TOP_UP_CONTINUE,
        client
            .post(&at(endpoint::TOP_UP_CONTINUE, id), json!({}))
            .await
    );
    let first = step!("get", top_ups, client.get(&base("/top-ups?limit=1")).await).json();
    let cursor = first["next_cursor"].as_str().expect("more than one");
    step!(
        "get",
        top_ups,
        client
            .get(&base(&format!("/top-ups?limit=1&cursor={cursor}")))
            .await
    );
    step!(
        "get",
        top_ups,
        client.get(&base("/top-ups?open=true")).await
    );
    step!(
        "get",
        top_ups,
        client.get(&base("/top-ups?limit=many")).await
    );
    step!(
        "delete",
        endpoint::CARD,
        client
            .call("DELETE", &at(endpoint::CARD, &gdut), None)
            .await
    );
    step!(
        "get",
        endpoint::CARD,
        client.get(&at(endpoint::CARD, &gdut)).await
    );
    step!(
        "delete",
        endpoint::SESSION,
        client.call("DELETE", &base(endpoint::SESSION), None).await
    );

    let mut other = Client::new(&app);
    other
        .sign_in(lost["phone"].as_str().expect("a phone"))
        .await;
    let card = other.bind("gdut", lost).await;
    let refused = step!(
        "post",
        top_ups,
        other.top_up(&card, "main", 2_000, "k-4").await
    );
    assert_eq!(refused.json()["code"], "card_lost");

    // Every operation gave at least one good answer that was checked.
    for operation in OPERATIONS {
        // WeChat's two need its side there: `wechat_flows` sees them. Connectors and machines: `rehearsal`.
        let elsewhere = [
            endpoint::CONNECTOR_CALLBACK,
            endpoint::MACHINE_TAPS,
            endpoint::OPENAPI,
            endpoint::SESSION,
            endpoint::WECHAT_NOTIFY,
            endpoint::WECHAT_JS_CONFIG,
        ];
        if elsewhere.contains(&operation.path) {
            continue;
        }
        for status in operation.good_statuses() {
            let key = (operation.path.to_owned(), operation.method, status);
            let sent_elsewhere = key == (endpoint::CARDS.to_owned(), "get", 200);
            assert!(
                sent_elsewhere || witness.seen.contains(&key),
                "{key:?} was not seen"
            );
        }
    }
}
