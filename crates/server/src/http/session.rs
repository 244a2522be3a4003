use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use dika_contract::session::{AnswerJoin, OtherAccount, OtherCard, RequestCode, SignIn};
use dika_contract::{Phone, Session, User, endpoint};
use dika_core::ids::is_token;
use dika_store::cards::CardRow;
use dika_store::users::Visitor;

use crate::http::cookies::{
    self, CODE_BROWSER, HINT, code_browser_cookie, cookie_named, device, device_cookie,
    put_cookies, session_token,
};
use crate::http::problem::ApiError;
use crate::http::request::{ClientIp, Json};
use crate::http::state::HttpState;
use crate::http::visitor::{MayWrite, MaybeSignedIn, Writer};
use crate::services::error::ServiceError;
use crate::services::sign_in::{self, CodeClient, EarlierTokens};
use crate::services::wechat_accounts;
use crate::settings::Deployment;

/// Where one signs in and out.
pub fn router() -> Router<HttpState> {
    Router::new()
        .route(endpoint::SESSION, get(show).post(sign_in).delete(sign_out))
        .route(endpoint::SESSION_CODE, post(send_code))
        .route(endpoint::SESSION_START_CLEAN, post(start_clean))
        .route(endpoint::SESSION_JOIN, post(answer_join))
}

async fn show(
    State(state): State<HttpState>,
    MaybeSignedIn(visitor): MaybeSignedIn,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let mut response = axum::Json(session(&state, visitor.as_ref()).await?).into_response();
    // The session ended without the browser's doing.
    let had_cookie = cookie_named(&headers, HINT).or(session_token(&state.settings, &headers));
    if visitor.is_none() && had_cookie.is_some() {
        put_cookies(&state.settings, response.headers_mut(), None)?;
    }
    Ok(response)
}

async fn send_code(
    State(state): State<HttpState>,
    _: MayWrite,
    client: ClientIp,
    headers: HeaderMap,
    Json(body): Json<RequestCode>,
) -> Result<Response, ApiError> {
    let browser = cookie_named(&headers, CODE_BROWSER)
        .filter(|token| is_token(token))
        .unwrap_or_else(|| state.services.ids.token());
    let net = client.net();
    let client = CodeClient {
        browser: Some(&browser),
        net: net.as_deref(),
    };
    let sent = sign_in::send_code(&state.services, &body.phone, client).await?;
    let mut response = (StatusCode::ACCEPTED, axum::Json(sent)).into_response();
    // The browser that asks for a code is the one that signs in with it.
    let device = device(&headers).unwrap_or_else(|| state.services.ids.token());
    for cookie in [
        code_browser_cookie(&state.settings, &browser),
        device_cookie(&state.settings, &device),
    ] {
        cookies::set(response.headers_mut(), &cookie)?;
    }
    Ok(response)
}

async fn sign_in(
    State(state): State<HttpState>,
    MayWrite(visitor): MayWrite,
    client: ClientIp,
    headers: HeaderMap,
    Json(body): Json<SignIn>,
) -> Result<Response, ApiError> {
    let (net, browser) = (client.net(), cookie_named(&headers, CODE_BROWSER));
    let client = CodeClient {
        browser: browser.as_deref(),
        net: net.as_deref(),
    };
    let (session_before, device) = (session_token(&state.settings, &headers), device(&headers));
    let earlier = EarlierTokens {
        session: session_before.as_deref(),
        device: device.as_deref(),
    };
    let limits = state.settings.sign_in;
    let (new, visitor) =
        sign_in::sign_in(&state.services, visitor, client, earlier, limits, &body).await?;
    let mut response = axum::Json(session(&state, visitor.as_ref()).await?).into_response();
    put_cookies(&state.settings, response.headers_mut(), Some(&new))?;
    Ok(response)
}

async fn start_clean(
    State(state): State<HttpState>,
    Writer(visitor): Writer,
    headers: HeaderMap,
) -> Result<axum::Json<Session>, ApiError> {
    sign_in::start_clean(&state.services, &visitor).await?;
    session_now(&state, &headers).await
}

async fn answer_join(
    State(state): State<HttpState>,
    Writer(visitor): Writer,
    headers: HeaderMap,
    Json(body): Json<AnswerJoin>,
) -> Result<axum::Json<Session>, ApiError> {
    wechat_accounts::answer(&state.services, &visitor, body.same_person).await?;
    session_now(&state, &headers).await
}

/// The session as a write has left it.
async fn session_now(
    state: &HttpState,
    headers: &HeaderMap,
) -> Result<axum::Json<Session>, ApiError> {
    let visitor = match session_token(&state.settings, headers) {
        Some(token) => sign_in::visitor(&state.services, &token).await?,
        None => None,
    };
    Ok(axum::Json(session(state, visitor.as_ref()).await?))
}

async fn sign_out(
    State(state): State<HttpState>,
    _: MayWrite,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    if let Some(token) = session_token(&state.settings, &headers) {
        sign_in::sign_out(&state.services, &token).await?;
    }
    let mut response = StatusCode::NO_CONTENT.into_response();
    put_cookies(&state.settings, response.headers_mut(), None)?;
    Ok(response)
}

async fn session(state: &HttpState, visitor: Option<&Visitor>) -> Result<Session, ServiceError> {
    let other_account = match visitor {
        Some(visitor) => wechat_accounts::question(&state.services, visitor).await?,
        None => None,
    };
    Ok(Session {
        user: visitor.map(|visitor| User {
            id: visitor.user_id.clone(),
            phone_masked: visitor
                .phone
                .as_deref()
                .and_then(Phone::parse)
                .map(|phone| phone.masked()),
            snapshot: visitor.snapshot,
            hidden_cards: {
                let bound = visitor.hidden.iter().filter(|card| !card.unbound);
                bound.map(|card| card.issuer).collect()
            },
            other_account: other_account.map(|other| OtherAccount {
                orders: u32::try_from(other.orders).unwrap_or(u32::MAX),
                waiting_fen: other.waiting,
                cards: other.cards.into_iter().map(other_card).collect(),
            }),
        }),
        csrf_token: visitor.map(|visitor| visitor.csrf_token.clone()),
        sandbox: state.settings.deployment == Deployment::Sandbox,
        wechat: state.settings.wechat,
        sms: state.services.sms.is_connected(),
    })
}

fn other_card(card: CardRow) -> OtherCard {
    OtherCard {
        issuer: card.issuer,
        card_no_masked: card.card_no_masked,
        holder: card.identity.name,
    }
}
