//! The OpenAPI 3.1 document: schemas from the contract's own types, operations from one table. A test
//! compares it with what the router mounts and with real answers.

use axum::Router;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use dika_contract::session::{AnswerJoin, CodeSent, RequestCode, SignIn};
use dika_contract::top_up::ContinueTopUp;
use dika_contract::{
    Binding, Card, CreateBinding, CreateTopUp, Directory, ErrorCode, Problem, RejectBinding,
    Session, TopUp, TopUpPage, endpoint,
};
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value, json};

use crate::http::state::HttpState;

/// One call of the API.
pub struct Operation {
    /// HTTP method in lower case.
    pub method: &'static str,
    /// Pattern below the base path.
    pub path: &'static str,
    id: &'static str,
    summary: &'static str,
    request: Option<TypeSchema>,
    /// Status and body of the answers that are no refusals.
    answers: &'static [(u16, &'static str, Option<TypeSchema>)],
    /// What it may be refused with, besides what every call may be refused with.
    codes: &'static [ErrorCode],
    access: Access,
    query: &'static [(&'static str, &'static str, &'static str)],
    idempotent: bool,
}

/// Who may call.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Access {
    /// Anybody.
    Open,
    /// Anybody; one who is signed in sends the CSRF token.
    OpenWrite,
    /// The signed-in student.
    Read,
    /// The signed-in student, with the CSRF token.
    Write,
}

type TypeSchema = fn(&mut SchemaGenerator) -> schemars::Schema;

fn of<T: JsonSchema>(schemas: &mut SchemaGenerator) -> schemars::Schema {
    schemas.subschema_for::<T>()
}

use Access::{Open, OpenWrite, Read, Write};
use ErrorCode as E;

const CARD_CODES: [ErrorCode; 5] = [
    E::CardLost,
    E::CardFrozen,
    E::CardClosed,
    E::CardExpired,
    E::CardReplaced,
];

/// Every call of the API.
pub const OPERATIONS: &[Operation] = &[
    Operation {
        method: "get",
        path: endpoint::SESSION,
        id: "getSession",
        summary: "Who is signed in, and how this deployment works.",
        request: None,
        answers: &[(200, "Also where nobody is signed in.", Some(of::<Session>))],
        codes: &[],
        access: Open,
        query: &[],
        idempotent: false,
    },
    Operation {
        method: "post",
        path: endpoint::SESSION,
        id: "signIn",
        summary: "Sign in with the code that came by SMS; while signed in without a phone number, add it.",
        request: Some(of::<SignIn>),
        answers: &[(
            200,
            "Signed in; the session cookie is set.",
            Some(of::<Session>),
        )],
        codes: &[E::CodeWrong, E::CodeExpired],
        access: OpenWrite,
        query: &[],
        idempotent: false,
    },
    Operation {
        method: "delete",
        path: endpoint::SESSION,
        id: "signOut",
        summary: "Sign out.",
        request: None,
        answers: &[(204, "Nobody is signed in any more.", None)],
        codes: &[],
        access: OpenWrite,
        query: &[],
        idempotent: false,
    },
    Operation {
        method: "post",
        path: endpoint::SESSION_CODE,
        id: "requestCode",
        summary: "Ask for a code by SMS.",
        request: Some(of::<RequestCode>),
        answers: &[(
            202,
            "The code is on its way, or may be.",
            Some(of::<CodeSent>),
        )],
        codes: &[E::PhoneUnreachable, E::SmsUnavailable],
        access: OpenWrite,
        query: &[],
        idempotent: false,
    },
    Operation {
        method: "post",
        path: endpoint::SESSION_START_CLEAN,
        id: "startClean",
        summary: "The hidden cards are another person's: the phone number parts with them.",
        request: None,
        answers: &[(200, "Who is here now.", Some(of::<Session>))],
        codes: &[],
        access: Write,
        query: &[],
        idempotent: false,
    },
    Operation {
        method: "post",
        path: endpoint::SESSION_JOIN,
        id: "answerJoin",
        summary: "Whether the other account that was found in this WeChat is the same student's.",
        request: Some(of::<AnswerJoin>),
        answers: &[(200, "Who is here now.", Some(of::<Session>))],
        codes: &[],
        access: Write,
        query: &[],
        idempotent: false,
    },
    Operation {
        method: "get",
        path: endpoint::DIRECTORY,
        id: "getDirectory",
        summary: "Issuers, campuses, wallets, limits, hours, terminals, service points.",
        request: None,
        answers: &[(200, "The directory.", Some(of::<Directory>))],
        codes: &[],
        access: Open,
        query: &[],
        idempotent: false,
    },
    Operation {
        method: "post",
        path: endpoint::BINDINGS,
        id: "createBinding",
        summary: "Ask for a card with its password; the answer shows the masked identity.",
        request: Some(of::<CreateBinding>),
        answers: &[(201, "Waits for the student's answer.", Some(of::<Binding>))],
        codes: &[
            E::WrongAccountOrPassword,
            E::BindingLocked,
            E::SnapshotUser,
            E::PhoneRequired,
            E::IdentityNotConfirmed,
            E::CardSystemUnavailable,
        ],
        access: Write,
        query: &[],
        idempotent: false,
    },
    Operation {
        method: "get",
        path: endpoint::BINDING,
        id: "getBinding",
        summary: "A binding of the signed-in student.",
        request: None,
        answers: &[(200, "The binding.", Some(of::<Binding>))],
        codes: &[E::NotFound, E::IdentityNotConfirmed],
        access: Read,
        query: &[],
        idempotent: false,
    },
    Operation {
        method: "post",
        path: endpoint::BINDING_CONFIRM,
        id: "confirmBinding",
        summary: "Yes, this is me: the card is bound.",
        request: None,
        answers: &[(200, "Bound; `card_id` names the card.", Some(of::<Binding>))],
        codes: &[
            E::NotFound,
            E::IdentityNotConfirmed,
            E::BindingExpired,
            E::BindingAnswered,
        ],
        access: Write,
        query: &[],
        idempotent: false,
    },
    Operation {
        method: "post",
        path: endpoint::BINDING_REJECT,
        id: "rejectBinding",
        summary: "No, or I cannot tell: nothing is bound.",
        request: Some(of::<RejectBinding>),
        answers: &[(200, "Rejected.", Some(of::<Binding>))],
        codes: &[E::NotFound, E::BindingExpired, E::BindingAnswered],
        access: Write,
        query: &[],
        idempotent: false,
    },
    Operation {
        method: "get",
        path: endpoint::CARDS,
        id: "listCards",
        summary: "The student's cards with their balances, the default one first.",
        request: None,
        answers: &[(200, "All cards.", Some(of::<Vec<Card>>))],
        codes: &[],
        access: Read,
        query: &[],
        idempotent: false,
    },
    Operation {
        method: "get",
        path: endpoint::CARD,
        id: "getCard",
        summary: "A card with its balances.",
        request: None,
        answers: &[(200, "The card.", Some(of::<Card>))],
        codes: &[E::NotFound, E::IdentityNotConfirmed],
        access: Read,
        query: &[],
        idempotent: false,
    },
    Operation {
        method: "delete",
        path: endpoint::CARD,
        id: "unbindCard",
        summary: "Unbind a card. Money that waits stays the card's and can still be collected.",
        request: None,
        answers: &[(204, "Unbound.", None)],
        codes: &[E::NotFound, E::IdentityNotConfirmed],
        access: Write,
        query: &[],
        idempotent: false,
    },
    Operation {
        method: "put",
        path: endpoint::CARD_DEFAULT,
        id: "setDefaultCard",
        summary: "Show this card first.",
        request: None,
        answers: &[(200, "The card.", Some(of::<Card>))],
        codes: &[E::NotFound, E::IdentityNotConfirmed],
        access: Write,
        query: &[],
        idempotent: false,
    },
    Operation {
        method: "get",
        path: endpoint::TOP_UPS,
        id: "listTopUps",
        summary: "Orders, newest first, page by page. Never judge an outcome by a list.",
        request: None,
        answers: &[(200, "A page.", Some(of::<TopUpPage>))],
        codes: &[],
        access: Read,
        query: &[
            ("cursor", "string", "`next_cursor` of the page before."),
            ("limit", "integer", "At most so many."),
            (
                "open",
                "boolean",
                "Only orders that still want something of the student.",
            ),
            ("card_id", "string", "Only this card's orders."),
        ],
        idempotent: false,
    },
    Operation {
        method: "post",
        path: endpoint::TOP_UPS,
        id: "createTopUp",
        summary: "Store an order. The same key with the same body gives the same order.",
        request: Some(of::<CreateTopUp>),
        answers: &[
            (
                200,
                "The key was seen before: the same order.",
                Some(of::<TopUp>),
            ),
            (201, "Stored; `prompt` says how to pay.", Some(of::<TopUp>)),
        ],
        codes: &[
            E::IdempotencyKeyMissing,
            E::IdempotencyKeyReused,
            E::SnapshotUser,
            E::IdentityNotConfirmed,
            CARD_CODES[0],
            CARD_CODES[1],
            CARD_CODES[2],
            CARD_CODES[3],
            CARD_CODES[4],
            E::WalletUnknown,
            E::AmountOutOfLimits,
            E::WalletCapExceeded,
            E::DailyLimitReached,
            E::OutsideServiceHours,
            E::UnpaidOrderExists,
            E::OrderUndecided,
            E::CardSystemUnavailable,
            E::PaymentUnavailable,
        ],
        access: Write,
        query: &[],
        idempotent: true,
    },
    Operation {
        method: "get",
        path: endpoint::TOP_UP,
        id: "getTopUp",
        summary: "An order. Asks the payment provider where the outcome is still open.",
        request: None,
        answers: &[(200, "The order.", Some(of::<TopUp>))],
        codes: &[E::NotFound, E::IdentityNotConfirmed],
        access: Read,
        query: &[],
        idempotent: false,
    },
    Operation {
        method: "post",
        path: endpoint::TOP_UP_CANCEL,
        id: "cancelTopUp",
        summary: "Give up an unpaid order.",
        request: None,
        answers: &[(200, "The order.", Some(of::<TopUp>))],
        codes: &[
            E::NotFound,
            E::IdentityNotConfirmed,
            E::OrderAlreadyPaid,
            E::OrderClosed,
            E::OrderUndecided,
            E::PaymentUnavailable,
        ],
        access: Write,
        query: &[],
        idempotent: false,
    },
    Operation {
        method: "post",
        path: endpoint::TOP_UP_CONTINUE,
        id: "continueTopUp",
        summary: "Go on with an unpaid order: a fresh prompt.",
        request: Some(of::<ContinueTopUp>),
        answers: &[(200, "The order with its prompt.", Some(of::<TopUp>))],
        codes: &[
            E::NotFound,
            E::OrderAlreadyPaid,
            E::OrderClosed,
            E::OrderUndecided,
            E::PaymentUnavailable,
        ],
        access: Write,
        query: &[],
        idempotent: false,
    },
    Operation {
        method: "get",
        path: endpoint::TOP_UP_CALENDAR,
        id: "getTopUpCalendar",
        summary: "A calendar file (RFC 5545) that reminds of the end of the time to collect.",
        request: None,
        answers: &[(200, "The file, `text/calendar`.", None)],
        codes: &[E::NotFound, E::IdentityNotConfirmed],
        access: Read,
        query: &[],
        idempotent: false,
    },
    Operation {
        method: "post",
        path: endpoint::TOP_UP_CONFIRM_CLAIM,
        id: "confirmClaim",
        summary: "The time to collect went by: let the money wait again.",
        request: None,
        answers: &[(200, "The order, waiting again.", Some(of::<TopUp>))],
        codes: &[
            E::NotFound,
            E::IdentityNotConfirmed,
            E::ClaimNotConfirmable,
            E::CardSystemUnavailable,
        ],
        access: Write,
        query: &[],
        idempotent: false,
    },
    Operation {
        method: "post",
        path: endpoint::WECHAT_NOTIFY,
        id: "wechatNotify",
        summary: "For WeChat Pay alone: tells of a payment or a refund, signed and sealed. Refused with 401 where the signature does not hold.",
        request: None,
        answers: &[(204, "Booked, or known before.", None)],
        codes: &[E::InvalidRequest, E::NotFound, E::PaymentUnavailable],
        access: Open,
        query: &[],
        idempotent: false,
    },
    Operation {
        method: "get",
        path: endpoint::WECHAT_JS_CONFIG,
        id: "wechatJsConfig",
        summary: "What `wx.config` needs on one of the app's own pages.",
        request: None,
        answers: &[(
            200,
            "Signed for that address.",
            Some(of::<crate::http::wechat::js_config::SignedPage>),
        )],
        codes: &[E::NotFound],
        access: Open,
        query: &[(
            "url",
            "string",
            "The page's whole address; what follows a # is left out.",
        )],
        idempotent: false,
    },
    Operation {
        method: "post",
        path: endpoint::CONNECTOR_CALLBACK,
        id: "connectorCallback",
        summary: "For connectors alone: tells that something happened at the card system, signed. Refused with 401 where the signature does not hold. `docs/connect-a-card-system.md`.",
        request: None,
        answers: &[(204, "Heard; the card system is asked about it.", None)],
        codes: &[E::InvalidRequest],
        access: Open,
        query: &[],
        idempotent: false,
    },
    Operation {
        method: "post",
        path: endpoint::MACHINE_TAPS,
        id: "machineTap",
        summary: "For machines of the built-in ledger alone: a card was laid on one, signed. Refused with 401 where the signature does not hold.",
        request: Some(of::<crate::http::machines::CardLaid>),
        answers: &[(
            200,
            "What went onto the card.",
            Some(of::<crate::http::machines::TapAnswer>),
        )],
        codes: &[E::InvalidRequest, E::CardSystemUnavailable],
        access: Open,
        query: &[],
        idempotent: false,
    },
    Operation {
        method: "get",
        path: endpoint::HEALTH,
        id: "getHealth",
        summary: "Whether the server and its database work.",
        request: None,
        answers: &[(200, "They do.", None)],
        codes: &[],
        access: Open,
        query: &[],
        idempotent: false,
    },
    Operation {
        method: "get",
        path: endpoint::READY,
        id: "getReadiness",
        summary: "Whether the server works and keeps up: for a load balancer.",
        request: None,
        answers: &[(200, "It does.", None)],
        codes: &[],
        access: Open,
        query: &[],
        idempotent: false,
    },
    Operation {
        method: "get",
        path: endpoint::OPENAPI,
        id: "getOpenApi",
        summary: "This document.",
        request: None,
        answers: &[(200, "OpenAPI 3.1.", None)],
        codes: &[],
        access: Open,
        query: &[],
        idempotent: false,
    },
];

/// Serves the document.
pub fn router() -> Router<HttpState> {
    // Made once: it is the same for the whole life of the server.
    let text: std::sync::Arc<str> = document().to_string().into();
    Router::new().route(
        endpoint::OPENAPI,
        get(move || {
            let text = text.clone();
            async move { served(&text) }
        }),
    )
}

fn served(text: &str) -> Response {
    (
        [
            (
                header::CONTENT_TYPE,
                HeaderValue::from_static("application/json"),
            ),
            (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
        ],
        text.to_owned(),
    )
        .into_response()
}

/// The whole document.
pub fn document() -> Value {
    let mut schemas = SchemaSettings::draft2020_12()
        .with(|settings| settings.definitions_path = "/components/schemas".into())
        .into_generator();
    schemas.subschema_for::<Problem>();
    let mut paths = Map::new();
    for operation in OPERATIONS {
        let described = operation.describe(&mut schemas);
        let entry = paths.entry(operation.path).or_insert_with(|| json!({}));
        entry[operation.method] = described;
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Dika",
            "version": env!("CARGO_PKG_VERSION"),
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
            "description": "Money onto campus cards. Amounts are whole fen, moments are RFC 3339 in UTC; \
                clients accept fields and words that they do not know. docs/api.md tells the rules \
                that all calls share.",
        },
        "servers": [{ "url": endpoint::BASE }],
        "paths": paths,
        "components": {
            "schemas": schemas.take_definitions(true),
            "securitySchemes": {
                "session": {
                    "type": "apiKey",
                    "in": "cookie",
                    "name": crate::http::cookies::COOKIE,
                    "description": "Set by signing in; HttpOnly, SameSite=Lax.",
                },
                "csrf": {
                    "type": "apiKey",
                    "in": "header",
                    "name": endpoint::CSRF_HEADER,
                    "description": "`csrf_token` of the session; goes with every write of a signed-in student.",
                },
            },
        },
    })
}

impl Operation {
    fn describe(&self, schemas: &mut SchemaGenerator) -> Value {
        let mut answers = Map::new();
        for (status, description, body) in self.answers {
            let mut answer = json!({ "description": description });
            if let Some(schema) = body {
                answer["content"] = json!({ "application/json": { "schema": schema(schemas) } });
            }
            answers.insert(status.to_string(), answer);
        }
        for (status, codes) in self.refusals() {
            let words: Vec<&str> = codes.iter().map(|code| code.as_str()).collect();
            answers.insert(
                status.to_string(),
                json!({
                    "description": format!("Refused: `{}`.", words.join("`, `")),
                    "content": { "application/problem+json": {
                        "schema": { "$ref": "#/components/schemas/Problem" }
                    } },
                    "x-codes": words,
                }),
            );
        }
        let mut described = json!({
            "operationId": self.id,
            "summary": self.summary,
            "responses": answers,
        });
        let parameters = self.parameters();
        if !parameters.is_empty() {
            described["parameters"] = Value::Array(parameters);
        }
        if let Some(schema) = self.request {
            described["requestBody"] = json!({
                "required": true,
                "content": { "application/json": { "schema": schema(schemas) } },
            });
        }
        match self.access {
            Access::Open => {}
            Access::OpenWrite => {
                described["security"] = json!([{}, { "session": [], "csrf": [] }]);
            }
            Access::Read => described["security"] = json!([{ "session": [] }]),
            Access::Write => described["security"] = json!([{ "session": [], "csrf": [] }]),
        }
        described
    }

    fn parameters(&self) -> Vec<Value> {
        let mut parameters = Vec::new();
        if self.path.contains("{id}") {
            parameters.push(json!({
                "name": "id", "in": "path", "required": true, "schema": { "type": "string" },
            }));
        }
        for (name, kind, description) in self.query {
            parameters.push(json!({
                "name": name, "in": "query", "required": false,
                "description": description, "schema": { "type": kind },
            }));
        }
        if self.idempotent {
            parameters.push(json!({
                "name": endpoint::IDEMPOTENCY_HEADER, "in": "header", "required": true,
                "description": "Made once per intent to pay; 1 to 36 of A-Z a-z 0-9 - _.",
                "schema": { "type": "string", "pattern": "^[A-Za-z0-9_-]{1,36}$" },
            }));
        }
        parameters
    }

    /// Everything that this call may be refused with, by status.
    fn refusals(&self) -> Vec<(u16, Vec<ErrorCode>)> {
        let mut codes = self.codes.to_vec();
        if self.request.is_some() || !self.query.is_empty() {
            codes.push(E::InvalidRequest);
        }
        if matches!(self.access, Access::Read | Access::Write) {
            codes.push(E::SessionExpired);
        }
        if matches!(self.access, Access::Write | Access::OpenWrite) {
            codes.extend([E::CsrfRejected, E::RateLimited]);
        }
        codes.push(E::Internal);
        codes.push(E::Busy);
        codes.push(E::Maintenance);
        let mut by_status: Vec<(u16, Vec<ErrorCode>)> = Vec::new();
        for code in codes {
            match by_status
                .iter_mut()
                .find(|(status, _)| *status == code.status())
            {
                Some((_, list)) => list.push(code),
                None => by_status.push((code.status(), vec![code])),
            }
        }
        by_status.sort_by_key(|(status, _)| *status);
        by_status
    }

    /// The codes that the document names for this call.
    pub fn named_codes(&self) -> Vec<ErrorCode> {
        self.refusals()
            .into_iter()
            .flat_map(|(_, codes)| codes)
            .collect()
    }

    /// The statuses of answers that are no refusals.
    pub fn good_statuses(&self) -> Vec<u16> {
        self.answers.iter().map(|(status, ..)| *status).collect()
    }
}
