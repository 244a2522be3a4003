use axum::Router;
use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use dika_contract::session::{CodeSent, RequestCode, SignIn};
use dika_contract::{ErrorCode, Phone, Session, SmsCode, User, endpoint};
use subtle::ConstantTimeEq;

use crate::error::ApiError;
use crate::request::{ClientIp, Json};
use crate::state::{AppState, Settings};
use dika_core::digest::digest;
use dika_store::users::{NewSession, Visitor};

/// The cookie that carries the session.
pub const COOKIE: &str = "dika_session";

/// Tells the page's script, which can't see the session's cookie, that there is one: what a student needs
/// is then asked for together with the app's code. It opens nothing.
const HINT: &str = "dika_student";

const SESSION_LASTS_S: i64 = 30 * 86_400;
const RESEND_AFTER_S: u32 = 60;
const CODE_LIVES_S: u32 = 5 * 60;
const CODE_TRIES: i64 = 5;
const HOUR_S: i64 = 3_600;
/// Codes per hour from one address (a dormitory shares one) and to one phone.
const CODES_PER_ADDRESS: i64 = 30;
const CODES_PER_PHONE: i64 = 10;

/// Where one signs in and out.
pub fn router() -> Router<AppState> {
    Router::new()
        .route(endpoint::SESSION, get(look).post(sign_in).delete(sign_out))
        .route(endpoint::SESSION_CODE, post(send_code))
}

async fn look(
    State(state): State<AppState>,
    MaybeSignedIn(visitor): MaybeSignedIn,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let mut response = axum::Json(session(&state, visitor.as_ref())).into_response();
    // The session ended without the browser's doing.
    if visitor.is_none() && cookie_named(&headers, HINT).is_some() {
        put_cookies(&state.settings, response.headers_mut(), None)?;
    }
    Ok(response)
}

async fn send_code(
    State(state): State<AppState>,
    _: MayWrite,
    ClientIp(address): ClientIp,
    Json(body): Json<RequestCode>,
) -> Result<Response, ApiError> {
    let (phone, now) = (body.phone.as_str(), state.clock.now());
    let code = state.ids.six_digits();
    if let Some(wait) = state
        .store
        .put_code(
            phone,
            &code,
            now,
            RESEND_AFTER_S.into(),
            CODE_LIVES_S.into(),
        )
        .await?
    {
        return Err(ApiError::new(ErrorCode::RateLimited).retry_after(wait));
    }
    if !state.settings.sandbox {
        let address = address.map(|address| (format!("sms/from/{address}"), CODES_PER_ADDRESS));
        let to = (format!("sms/to/{}", digest(&[phone])), CODES_PER_PHONE);
        for (bucket, most) in address.into_iter().chain([to]) {
            if let Some(wait) = state.store.count_call(&bucket, now, HOUR_S, most).await? {
                state.store.drop_code(phone).await?;
                return Err(ApiError::new(ErrorCode::RateLimited).retry_after(wait));
            }
        }
    }
    let code = SmsCode::parse(&code).ok_or(ErrorCode::Internal)?;
    if let Err(cause) = state.sms.send(&body.phone, &code).await {
        // Nothing was sent, so nobody has to wait for the next try.
        state.store.drop_code(phone).await?;
        return Err(ApiError::internal(cause));
    }
    let sent = CodeSent {
        resend_after_s: RESEND_AFTER_S,
        expires_in_s: CODE_LIVES_S,
    };
    Ok((StatusCode::ACCEPTED, axum::Json(sent)).into_response())
}

async fn sign_in(
    State(state): State<AppState>,
    MayWrite(visitor): MayWrite,
    headers: HeaderMap,
    Json(body): Json<SignIn>,
) -> Result<Response, ApiError> {
    let (phone, now) = (body.phone.as_str(), state.clock.now());
    match state
        .store
        .try_code(phone, body.code.as_str(), now, CODE_TRIES)
        .await?
    {
        None => return Err(ErrorCode::CodeExpired.into()),
        Some(false) => return Err(ErrorCode::CodeWrong.into()),
        Some(true) => {}
    }
    let openid = visitor.as_ref().and_then(|visitor| visitor.openid.clone());
    let user_id = match visitor {
        // Came by WeChat and proves a number now: the same person. Where the number has an account,
        // that one stays and takes over what the other had. A snapshot's user proves nothing.
        Some(visitor) if visitor.phone.is_none() && !visitor.snapshot => {
            let user_id = state
                .store
                .attach_identity(&visitor.user_id, "phone", phone, now)
                .await?;
            if user_id != visitor.user_id {
                state.store.join_users(&visitor.user_id, &user_id).await?;
            }
            user_id
        }
        _ => {
            state
                .store
                .user_by_identity("phone", phone, false, now)
                .await?
        }
    };
    // A new sign-in is a new session: what was known about the old one opens nothing.
    if let Some(old) = cookie(&headers) {
        state.store.end_session(old).await?;
    }
    let (new, visitor) = begin_with(&state, &user_id, openid.as_deref()).await?;
    let mut response = axum::Json(session(&state, visitor.as_ref())).into_response();
    put_cookies(&state.settings, response.headers_mut(), Some(&new))?;
    Ok(response)
}

async fn sign_out(
    State(state): State<AppState>,
    _: MayWrite,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    if let Some(token) = cookie(&headers) {
        state.store.end_session(token).await?;
    }
    let mut response = StatusCode::NO_CONTENT.into_response();
    put_cookies(&state.settings, response.headers_mut(), None)?;
    Ok(response)
}

/// Begins a session for a user.
///
/// # Errors
/// Any database failure.
pub async fn begin(
    state: &AppState,
    user_id: &str,
) -> Result<(NewSession, Option<Visitor>), ApiError> {
    begin_with(state, user_id, None).await
}

/// As [`begin`], in a browser that has proven this openid.
///
/// # Errors
/// Any database failure.
pub async fn begin_with(
    state: &AppState,
    user_id: &str,
    openid: Option<&str>,
) -> Result<(NewSession, Option<Visitor>), ApiError> {
    let now = state.clock.now();
    let new = state
        .store
        .begin_session(user_id, openid, now, SESSION_LASTS_S)
        .await?;
    let visitor = state.store.visitor(&new.token, now).await?;
    Ok((new, visitor))
}

/// Sets the cookies of a new session, or takes those of the last one away.
///
/// # Errors
/// Never in practice: tokens are plain text.
pub fn put_cookies(
    settings: &Settings,
    headers: &mut HeaderMap,
    new: Option<&NewSession>,
) -> Result<(), ApiError> {
    let encrypted = settings
        .public_origin
        .as_deref()
        .is_some_and(|origin| origin.starts_with("https://"));
    // An app on another origin gets its cookie only with SameSite=None, which asks for Secure; over
    // plain HTTP the other origin is another port of this machine, which is the same site.
    let rest = match (encrypted, settings.allowed_origins.is_empty()) {
        (true, false) => "SameSite=None; Secure",
        (true, true) => "SameSite=Lax; Secure",
        (false, _) => "SameSite=Lax",
    };
    let (token, there, lasts_s) = match new {
        Some(new) => (new.token.as_str(), "1", SESSION_LASTS_S),
        None => ("", "", 0),
    };
    for cookie in [
        format!("{COOKIE}={token}; Path=/; HttpOnly; Max-Age={lasts_s}; {rest}"),
        format!("{HINT}={there}; Path=/; Max-Age={lasts_s}; {rest}"),
    ] {
        let cookie = HeaderValue::from_str(&cookie).map_err(ApiError::internal)?;
        headers.append(header::SET_COOKIE, cookie);
    }
    Ok(())
}

fn session(state: &AppState, visitor: Option<&Visitor>) -> Session {
    Session {
        user: visitor.map(|visitor| User {
            id: visitor.user_id.clone(),
            phone_masked: visitor
                .phone
                .as_deref()
                .and_then(Phone::parse)
                .map(|phone| phone.masked()),
            snapshot: visitor.snapshot,
        }),
        csrf_token: visitor.map(|visitor| visitor.csrf_token.clone()),
        sandbox: state.settings.sandbox,
        wechat: state.settings.wechat,
    }
}

/// The session's token in the request's cookies.
pub fn cookie(headers: &HeaderMap) -> Option<&str> {
    cookie_named(headers, COOKIE)
}

/// The value of a cookie, where it has one.
pub fn cookie_named<'a>(headers: &'a HeaderMap, wanted: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, token)| *name == wanted && !token.is_empty())
        .map(|(_, token)| token)
}

/// Whoever is here, if anybody.
pub struct MaybeSignedIn(pub Option<Visitor>);

/// A signed-in student, who reads.
pub struct SignedIn(pub Visitor);

/// Whoever is here and may write: from an allowed origin and, where signed in, with the CSRF token.
pub struct MayWrite(pub Option<Visitor>);

/// A signed-in student, who writes.
pub struct Writer(pub Visitor);

impl FromRequestParts<AppState> for MaybeSignedIn {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        Ok(Self(match cookie(&parts.headers) {
            Some(token) => state.store.visitor(token, state.clock.now()).await?,
            None => None,
        }))
    }
}

impl FromRequestParts<AppState> for SignedIn {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        let MaybeSignedIn(visitor) = MaybeSignedIn::from_request_parts(parts, state).await?;
        Ok(Self(visitor.ok_or(ErrorCode::SessionExpired)?))
    }
}

impl FromRequestParts<AppState> for MayWrite {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        let MaybeSignedIn(visitor) = MaybeSignedIn::from_request_parts(parts, state).await?;
        let token = parts.headers.get(endpoint::CSRF_HEADER);
        let token_fits = visitor.as_ref().is_none_or(|visitor| {
            token.is_some_and(|token| {
                bool::from(token.as_bytes().ct_eq(visitor.csrf_token.as_bytes()))
            })
        });
        if !token_fits || !origin_is_allowed(&parts.headers, &state.settings) {
            return Err(ErrorCode::CsrfRejected.into());
        }
        Ok(Self(visitor))
    }
}

impl FromRequestParts<AppState> for Writer {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        let MayWrite(visitor) = MayWrite::from_request_parts(parts, state).await?;
        Ok(Self(visitor.ok_or(ErrorCode::SessionExpired)?))
    }
}

/// Whether a write may come from where it says it comes from. Browsers say so with every write;
/// who sends no `Origin` is no browser and has no cookies to abuse.
fn origin_is_allowed(headers: &HeaderMap, settings: &Settings) -> bool {
    let Some(origin) = headers.get(header::ORIGIN) else {
        return true;
    };
    let Ok(origin) = origin.to_str() else {
        return false;
    };
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    let same = origin
        .split_once("://")
        .is_some_and(|(_, origin_host)| Some(origin_host) == host);
    same || settings.public_origin.as_deref() == Some(origin)
        || settings
            .allowed_origins
            .iter()
            .any(|allowed| allowed == origin)
}
