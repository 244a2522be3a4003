//! The OpenAPI 3.1 document: schemas from the contract's own types, operations from one table. A test
//! compares it with what the router mounts and with real answers; `cargo xtask test` tries it out with a fuzzer.

/// What to call after which answer.
mod links;
/// How a call is described.
mod operation;
/// Every call.
mod table;

use axum::Router;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use dika_contract::{Problem, endpoint};
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

pub use crate::http::openapi::operation::Operation;
pub use crate::http::openapi::table::OPERATIONS;
use crate::http::state::HttpState;

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
                    "description": "Set by signing in; HttpOnly, SameSite=Lax. By https its name begins with `__Host-`.",
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

#[cfg(test)]
mod tests {
    use super::links::LINKS;
    use super::*;

    #[test]
    fn every_link_starts_and_ends_at_an_operation() {
        for link in LINKS {
            for (id, status) in link.from {
                let from = OPERATIONS.iter().find(|operation| operation.id == *id);
                let statuses = from.map(Operation::good_statuses);
                assert!(statuses.is_some_and(|known| known.contains(status)), "{id}");
            }
            for id in link.to {
                let to = OPERATIONS.iter().find(|operation| operation.id == *id);
                assert!(to.is_some(), "{id}");
            }
        }
    }
}
