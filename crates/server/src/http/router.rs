use axum::Router;
use axum::middleware::from_fn;

use crate::http::state::HttpState;
use crate::http::{
    again, bindings, cards, connectors, directory, health, layers, machines, openapi, session,
    top_ups, wechat,
};

/// The API below its base path, and the addresses that WeChat sends browsers to.
pub fn router(state: HttpState) -> Router {
    let students = Router::new()
        .merge(session::router())
        .merge(bindings::router())
        .merge(cards::router())
        .merge(top_ups::router())
        .layer(from_fn(again::on_conflict));
    let api = Router::new()
        .merge(students)
        .merge(directory::router())
        .merge(wechat::api_router())
        .merge(connectors::router())
        .merge(machines::router())
        .merge(health::router())
        .merge(openapi::router())
        .fallback(layers::no_such_address)
        .method_not_allowed_fallback(layers::no_such_method);
    let api = layers::layers(api, &state);
    Router::new()
        .nest(dika_contract::endpoint::BASE, api)
        .merge(layers::bounded(
            wechat::page_router(),
            layers::ANSWER_WITHIN,
        ))
        .with_state(state)
}
