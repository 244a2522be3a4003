//! *Remind me in WeChat*: the order's page leads to [`dika_contract::endpoint::WECHAT_REMIND`], which leads to WeChat, where the
//! student allows one message; WeChat leads back to [`REMINDED`], which leads to the order.

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use dika_contract::OrderId;
use serde::Deserialize;

use crate::http::problem::ApiError;
use crate::http::request::Id;
use crate::http::state::HttpState;
use crate::http::visitor::MaybeSignedIn;
use crate::language::redirect;
use crate::services::remind;

/// Where WeChat sends it back to.
pub const REMINDED: &str = "/wechat/reminded";

/// What WeChat sends along.
#[derive(Deserialize)]
pub(super) struct Answer {
    #[serde(default)]
    openid: String,
    #[serde(default)]
    action: String,
    #[serde(default)]
    scene: String,
    #[serde(default)]
    reserved: String,
}

/// Sends the browser to WeChat.
pub(super) async fn ask(
    State(state): State<HttpState>,
    visitor: Result<MaybeSignedIn, ApiError>,
    id: Result<Id<OrderId>, ApiError>,
) -> Response {
    let Ok(Id(id)) = id else {
        return redirect(StatusCode::SEE_OTHER, "/orders");
    };
    // Where nothing can be asked, the order's page says what there is instead.
    let to = match permission_url(&state, visitor, &id).await {
        Ok(Some(url)) => url,
        Ok(None) => format!("/orders/{id}"),
        Err(fault) => {
            tracing::error!(?fault, "a student could not be asked to allow a message");
            format!("/orders/{id}")
        }
    };
    redirect(StatusCode::SEE_OTHER, &to)
}

async fn permission_url(
    state: &HttpState,
    visitor: Result<MaybeSignedIn, ApiError>,
    id: &OrderId,
) -> Result<Option<String>, ApiError> {
    let MaybeSignedIn(Some(visitor)) = visitor? else {
        return Ok(None);
    };
    let url = remind::permission_url(&state.services, &visitor, id, REMINDED).await?;
    Ok(url)
}

/// Takes the browser back from WeChat.
pub(super) async fn answered(
    State(state): State<HttpState>,
    answer: Result<Query<Answer>, QueryRejection>,
) -> Response {
    let order = match answer {
        Ok(Query(answer)) => keep(&state, &answer).await.unwrap_or_else(|fault| {
            tracing::error!(?fault, "a student's permission could not be kept");
            None
        }),
        Err(_) => None,
    };
    let to = order.map_or_else(|| "/orders".to_owned(), |id| format!("/orders/{id}"));
    redirect(StatusCode::SEE_OTHER, &to)
}

async fn keep(state: &HttpState, answer: &Answer) -> Result<Option<OrderId>, ApiError> {
    let Ok(scene) = answer.scene.parse() else {
        return Ok(None);
    };
    let fits = (1..=128).contains(&answer.openid.len())
        && answer.openid.bytes().all(|byte| byte.is_ascii_graphic());
    let granted_by = (fits && answer.action == "confirm").then_some(answer.openid.as_str());
    let order = remind::answer(&state.services, &answer.reserved, scene, granted_by).await?;
    Ok(order)
}
