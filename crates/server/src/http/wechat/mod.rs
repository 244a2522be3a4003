//! WeChat around the app: sign-in, notifications of payments, signed pages.

/// Pages signed for the JS-SDK.
pub mod js_config;
/// Notifications from WeChat Pay.
mod notify;
/// Asking a student to allow one message about an order.
mod remind;
/// Sign-in inside WeChat.
mod sign_in;

use axum::Router;
use axum::routing::{get, post};
use dika_contract::endpoint;

use crate::http::state::HttpState;

/// What lies below the API's base path.
pub fn api_router() -> Router<HttpState> {
    Router::new()
        .route(endpoint::WECHAT_NOTIFY, post(notify::receive))
        .route(endpoint::WECHAT_JS_CONFIG, get(js_config::sign))
}

/// What a browser is sent to.
pub fn page_router() -> Router<HttpState> {
    Router::new()
        .route(endpoint::WECHAT_AUTHORIZE, get(sign_in::authorize))
        .route(sign_in::CALLBACK, get(sign_in::callback))
        .route(endpoint::WECHAT_REMIND, get(remind::ask))
        .route(remind::REMINDED, get(remind::answered))
}
