//! Which addresses there are, and who may do what at each.

use std::collections::{BTreeMap, BTreeSet};

use axum::http::{Method, StatusCode};
use dika_contract::{
    Binding, BindingId, BindingState, CardId, Issuer, OrderId, TopUp, WalletKind, endpoint,
};
use dika_core::ids::Ids;
use dika_server::adapters::os_random::OsRandom;
use dika_store::sql;
use serde_json::{Value, json};

use crate::client::{Client, Reply, api, person};

/// Who may use an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Anybody, and it changes nothing.
    Read,
    /// Anybody; who is signed in sends the CSRF token. From this server's pages alone.
    Write,
    /// The signed-in student.
    OwnRead,
    /// The signed-in student, with the CSRF token, from this server's pages alone.
    OwnWrite,
    /// Whoever signs the request with the right key; nobody's session counts.
    Signed,
    /// A browser on its way to WeChat or back: led on, whatever comes.
    Passage,
}

/// What stands for `{id}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Names {
    Nothing,
    Binding,
    Card,
    Order,
    Issuer,
    Machine,
}

/// One address and method.
#[derive(Clone, Copy, Debug)]
pub struct Door {
    pub method: &'static str,
    pub path: &'static str,
    pub access: Access,
    pub names: Names,
    /// A body that would be taken; the card is for what names one.
    pub body: Option<fn(&str) -> Value>,
}

const fn door(method: &'static str, path: &'static str, access: Access, names: Names) -> Door {
    Door {
        method,
        path,
        access,
        names,
        body: None,
    }
}

impl Door {
    const fn taking(self, body: fn(&str) -> Value) -> Self {
        Self {
            body: Some(body),
            ..self
        }
    }

    /// Whether it changes something for a student, or for whoever signs in.
    pub fn writes(&self) -> bool {
        matches!(self.access, Access::Write | Access::OwnWrite)
    }

    /// The address from the root on, for this id.
    pub fn at(&self, id: &str) -> String {
        let path = endpoint::with_id(self.path, id);
        if self.access == Access::Passage {
            path
        } else {
            api(&path)
        }
    }

    /// Calls it with a body that fits.
    pub async fn open(
        &self,
        client: &Client,
        id: &str,
        card: &str,
        more: &[(&str, &str)],
    ) -> Reply {
        let method: Method = self.method.parse().expect("a method");
        let key = OsRandom.id();
        let mut headers = vec![(endpoint::IDEMPOTENCY_HEADER, key.as_str())];
        headers.extend(more);
        let body = self.body.map(|body| body(card));
        client.call(method, &self.at(id), body, &headers).await
    }
}

use Access::{OwnRead, OwnWrite, Passage, Read, Signed, Write};

/// Every address of the server.
pub const DOORS: &[Door] = &[
    door("GET", endpoint::SESSION, Read, Names::Nothing),
    door("POST", endpoint::SESSION, Write, Names::Nothing)
        .taking(|_| json!({ "phone": "13800000000", "code": "123456" })),
    door("DELETE", endpoint::SESSION, Write, Names::Nothing),
    door("POST", endpoint::SESSION_CODE, Write, Names::Nothing)
        .taking(|_| json!({ "phone": "13800000000" })),
    door(
        "POST",
        endpoint::SESSION_START_CLEAN,
        OwnWrite,
        Names::Nothing,
    ),
    door("POST", endpoint::SESSION_JOIN, OwnWrite, Names::Nothing)
        .taking(|_| json!({ "same_person": true })),
    door("GET", endpoint::DIRECTORY, Read, Names::Nothing),
    door("POST", endpoint::BINDINGS, OwnWrite, Names::Nothing).taking(|_| {
        let known = person("");
        json!({
            "issuer": "gdut", "account": known.student_no,
            "password": known.gdut_password().expect("a password"),
        })
    }),
    door("GET", endpoint::BINDING, OwnRead, Names::Binding),
    door("POST", endpoint::BINDING_CONFIRM, OwnWrite, Names::Binding),
    door("POST", endpoint::BINDING_REJECT, OwnWrite, Names::Binding)
        .taking(|_| json!({ "reason": "not_me" })),
    door("GET", endpoint::CARDS, OwnRead, Names::Nothing),
    door("GET", endpoint::CARD, OwnRead, Names::Card),
    door("DELETE", endpoint::CARD, OwnWrite, Names::Card),
    door("PUT", endpoint::CARD_DEFAULT, OwnWrite, Names::Card),
    door("GET", endpoint::TOP_UPS, OwnRead, Names::Nothing),
    door("POST", endpoint::TOP_UPS, OwnWrite, Names::Nothing)
        .taking(|card| json!({ "card_id": card, "wallet": "main", "amount_fen": 1_000 })),
    door("GET", endpoint::TOP_UP, OwnRead, Names::Order),
    door("POST", endpoint::TOP_UP_CANCEL, OwnWrite, Names::Order),
    door("POST", endpoint::TOP_UP_CONTINUE, OwnWrite, Names::Order).taking(|_| json!({})),
    door(
        "POST",
        endpoint::TOP_UP_CONFIRM_CLAIM,
        OwnWrite,
        Names::Order,
    ),
    door("GET", endpoint::TOP_UP_CALENDAR, OwnRead, Names::Order),
    door("POST", endpoint::WECHAT_NOTIFY, Signed, Names::Nothing).taking(|_| json!({})),
    door("GET", endpoint::WECHAT_JS_CONFIG, Read, Names::Nothing),
    door("POST", endpoint::CONNECTOR_CALLBACK, Signed, Names::Issuer).taking(|_| json!({})),
    door("POST", endpoint::MACHINE_TAPS, Signed, Names::Machine)
        .taking(|_| json!({ "card_no": "60240101" })),
    door("GET", endpoint::HEALTH, Read, Names::Nothing),
    door("GET", endpoint::READY, Read, Names::Nothing),
    door("GET", endpoint::OPENAPI, Read, Names::Nothing),
    door("GET", endpoint::WECHAT_AUTHORIZE, Passage, Names::Nothing),
    door("GET", "/wechat/callback", Passage, Names::Nothing),
    door("GET", endpoint::WECHAT_REMIND, Passage, Names::Order),
    door("GET", "/wechat/reminded", Passage, Names::Nothing),
];

/// A student with things in every state, in a browser at a server reached by `https://dika.test`.
pub struct Owner {
    pub client: Client,
    pub bindings: Vec<String>,
    pub cards: Vec<String>,
    pub orders: Vec<String>,
}

impl Owner {
    pub async fn new() -> Self {
        let who = person("");
        let mut client = Client::new().await.with(|state| {
            let mut settings = (*state.settings).clone();
            settings.public_origin = Some("https://dika.test".to_owned());
            state.settings = settings.into();
        });
        client.sign_in(who.phone).await;
        let mut bindings: Vec<BindingId> = Vec::new();
        let mut cards: Vec<CardId> = Vec::new();
        for issuer in [Issuer::Gdut, Issuer::Hemc] {
            let asked: Binding = client.ask_binding(who, issuer).await.good();
            let yes = endpoint::with_id(endpoint::BINDING_CONFIRM, asked.id.as_str());
            let bound: Binding = client.post(&yes, json!({})).await.good();
            bindings.push(asked.id);
            cards.push(bound.card_id.expect("bound"));
        }
        let refused: Binding = client.ask_binding(who, Issuer::Hemc).await.good();
        let no = endpoint::with_id(endpoint::BINDING_REJECT, refused.id.as_str());
        let body = json!({ "reason": "cannot_tell" });
        let refused: Binding = client.post(&no, body).await.good();
        assert_eq!(refused.state, BindingState::Rejected);
        let waits: Binding = client.ask_binding(who, Issuer::Hemc).await.good();
        bindings.extend([refused.id, waits.id]);

        let (gdut, hemc) = (cards[0].clone(), cards[1].clone());
        let closed = client.order(&gdut, WalletKind::Main, 1_000).await;
        client.on_top_up(endpoint::TOP_UP_CANCEL, &closed.id).await;
        let collected = client.paid(&gdut, WalletKind::Main, 1_100).await;
        client
            .tap(who.gdut.expect("a card").card_no, "gdut_top_up")
            .await;
        let waiting = client.paid(&hemc, WalletKind::Utilities, 1_200).await;
        let open = client.order(&hemc, WalletKind::Main, 1_300).await;
        let orders: Vec<OrderId> = [closed, collected, waiting, open]
            .into_iter()
            .map(|order: TopUp| order.id)
            .collect();
        Self {
            client,
            bindings: bindings.iter().map(ToString::to_string).collect(),
            cards: cards.iter().map(ToString::to_string).collect(),
            orders: orders.iter().map(ToString::to_string).collect(),
        }
    }

    /// What the owner has that a door's address can name; for the rest one name that fits.
    pub fn ids(&self, door: &Door) -> Vec<String> {
        match door.names {
            Names::Nothing => vec![String::new()],
            Names::Binding => self.bindings.clone(),
            Names::Card => self.cards.clone(),
            Names::Order => self.orders.clone(),
            Names::Issuer => vec!["gdut".to_owned()],
            Names::Machine => vec!["canteen-2".to_owned()],
        }
    }

    /// All that the tables say about money, cards and who is who. Two that are equal: nothing happened in between.
    pub async fn kept(&self) -> Vec<String> {
        const TABLES: [&str; 7] = [
            "SELECT 'order ' || id || ' ' || user_id || ' ' || card_id || ' ' || payment || ' ' || claim || ' ' \
             || CAST(version AS TEXT) AS line FROM orders ORDER BY line",
            "SELECT 'binding ' || id || ' ' || user_id || ' ' || state AS line FROM bindings ORDER BY line",
            "SELECT 'card ' || id || ' ' || user_id || ' ' || CAST(is_default AS TEXT) || ' ' \
             || COALESCE(CAST(unbound_at AS TEXT), 'bound') AS line FROM cards ORDER BY line",
            "SELECT 'entry ' || transfer_id || ' ' || account || ' ' || CAST(amount_fen AS TEXT) AS line \
             FROM ledger_entries ORDER BY line",
            "SELECT 'identity ' || kind || ' ' || subject || ' ' || user_id AS line FROM identities ORDER BY line",
            "SELECT 'session ' || token_hash || ' ' || user_id AS line FROM sessions ORDER BY line",
            "SELECT 'code ' || phone || ' ' || code_hash AS line FROM sign_in_codes ORDER BY line",
        ];
        let mut lines = Vec::new();
        for table in TABLES {
            let found: Vec<String> = sql::query_scalar(table)
                .fetch_all(self.client.state.store.pool())
                .await
                .expect("a table");
            lines.extend(found);
        }
        lines
    }
}

/// A door's answer without what differs from call to call.
pub fn told(reply: &Reply) -> (StatusCode, Value) {
    let mut body: Value = serde_json::from_slice(&reply.body).unwrap_or(Value::Null);
    if let Some(fields) = body.as_object_mut() {
        fields.remove("request_id");
    }
    (reply.status, body)
}

/// The patterns that a router mounts, as its `Debug` names them. Should another version of axum say it in another way,
/// nothing is found, and the test below fails.
fn mounted(router: &axum::Router) -> BTreeSet<String> {
    let text = format!("{router:?}");
    let own = text.split("fallback_router").next().expect("a beginning");
    let paths = own.split("paths: {").nth(1).expect("patterns");
    paths
        .split("RouteId(")
        .skip(1)
        .filter_map(|one| Some(one.split('"').nth(1)?.to_owned()))
        .collect()
}

/// What is mounted at a pattern: methods that are not answered 405.
async fn methods_at(client: &Client, path: &str) -> BTreeSet<&'static str> {
    let mut found = BTreeSet::new();
    for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
        let parsed: Method = method.parse().expect("a method");
        let reply = client.call(parsed, path, None, &[]).await;
        if reply.status == StatusCode::METHOD_NOT_ALLOWED {
            assert!(reply.headers.contains_key("allow"), "{method} {path}");
        } else {
            found.insert(method);
        }
    }
    found
}

#[tokio::test]
async fn the_table_names_every_address_and_method() {
    let client = Client::new().await;
    let services = client.state.services();
    let server = dika_server::app(services, client.state.settings.clone());
    let mut table: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for door in DOORS {
        let methods = table.entry(door.at("{id}")).or_default();
        assert!(methods.insert(door.method), "{door:?} stands here twice");
    }
    let named: BTreeSet<String> = table.keys().cloned().collect();
    assert_eq!(mounted(&server), named);
    for (pattern, methods) in &table {
        let path = pattern.replace("{id}", "none");
        assert_eq!(&methods_at(&client, &path).await, methods, "{pattern}");
    }
    // What a sandbox adds lies apart, and pages of other sites change nothing there.
    let sandbox = dika_sandbox::app(&client.state);
    for added in mounted(&sandbox).difference(&named) {
        assert!(added.starts_with("/sandbox"), "{added}");
        let path = added.replace(['{', '}'], "");
        for method in [Method::POST, Method::PUT, Method::DELETE] {
            let from = [("origin", "https://evil.example"), ("host", "dika.test")];
            let reply = client.call(method, &path, Some(json!({})), &from).await;
            assert_eq!(reply.status, StatusCode::FORBIDDEN, "{path}");
        }
    }
}

#[tokio::test]
async fn an_address_takes_no_other_method_and_no_disguised_one() {
    let owner = Owner::new().await;
    let kept = owner.kept().await;
    for door in DOORS {
        for id in owner.ids(door) {
            for method in ["PATCH", "TRACE", "OPTIONS", "QUERY"] {
                let parsed: Method = method.parse().expect("a method");
                let reply = owner.client.call(parsed, &door.at(&id), None, &[]).await;
                assert_eq!(reply.status, 405, "{method} {}", door.path);
            }
            if matches!(door.access, OwnRead | Read) {
                for disguise in [
                    "x-http-method-override",
                    "x-method-override",
                    "x-http-method",
                ] {
                    let reply = door
                        .open(&owner.client, &id, "", &[(disguise, "DELETE")])
                        .await;
                    assert_ne!(reply.status, StatusCode::NO_CONTENT, "{}", door.path);
                }
            }
        }
    }
    assert_eq!(owner.kept().await, kept);
}
