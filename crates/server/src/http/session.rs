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
use crate::state::{AppState, Deployment, Settings};
use dika_core::digest::digest;
use dika_core::ids::is_token;
use dika_core::sms::{Outcome, Refusal};
use dika_store::sign_in_codes::{Asker, CodeRules, CodeTry, NewCode};
use dika_store::users::{NewSession, Visitor};

/// The cookie that carries the session.
pub const COOKIE: &str = "dika_session";

/// Tells the page's script, which can't see the session's cookie, that there is one: what a student needs
/// is then asked for together with the app's code. It opens nothing.
const HINT: &str = "dika_student";

const SESSION_LASTS_S: i64 = 30 * 86_400;
const RESEND_AFTER_S: u32 = 60;
const CODE_LIVES_S: u32 = 5 * 60;
const CODE_RULES: CodeRules = CodeRules {
    resend_s: RESEND_AFTER_S as i64,
    lives_s: CODE_LIVES_S as i64,
    tries: 5,
    stranger_tries: 20,
};
const HOUR_S: i64 = 3_600;
/// Codes per hour from one net (a dormitory shares one) and to one phone.
const CODES_PER_NET: i64 = 30;
const CODES_PER_PHONE: i64 = 10;
/// Codes tried per hour from one net.
const SIGN_INS_PER_NET: i64 = 150;

/// Tells the browser that asked for a code from others, so that wrong tries are counted apart. It opens nothing.
const CODE_BROWSER: &str = "dika_code";

/// Minutes for which a code is good.
pub const CODE_MINUTES: u32 = CODE_LIVES_S / 60;

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
    client: ClientIp,
    headers: HeaderMap,
    Json(body): Json<RequestCode>,
) -> Result<Response, ApiError> {
    if !state.sms.is_connected() {
        return Err(ErrorCode::SmsUnavailable.into());
    }
    let (phone, now) = (body.phone.as_str(), state.clock.now());
    let browser = cookie_named(&headers, CODE_BROWSER)
        .filter(|token| is_token(token))
        .map_or_else(|| state.ids.token(), str::to_owned);
    let asker = Asker {
        browser: Some(digest(&[&browser])),
        ..asker(&headers, &client)
    };
    let code = state.ids.six_digits();
    let kept = state
        .store
        .keep_sign_in_code(phone, &code, &asker, now, CODE_RULES)
        .await?;
    let id = match kept {
        NewCode::Kept { id } => id,
        NewCode::Wait { seconds } => {
            return Err(ApiError::new(ErrorCode::RateLimited).retry_after(seconds));
        }
    };
    // From here on a refusal forgets this code and no other: those sent before stay good.
    if !state.settings.deployment == Deployment::Sandbox {
        let from = client
            .net()
            .map(|net| (format!("sms/from/{net}"), CODES_PER_NET));
        let to = (format!("sms/to/{}", digest(&[phone])), CODES_PER_PHONE);
        for (bucket, most) in from.into_iter().chain([to]) {
            if let Some(wait) = state.store.count_call(&bucket, now, HOUR_S, most).await? {
                state.store.drop_sign_in_code(&id).await?;
                return Err(ApiError::new(ErrorCode::RateLimited).retry_after(wait));
            }
        }
    }
    let code = SmsCode::parse(&code).ok_or(ErrorCode::Internal)?;
    let unconfirmed = match state.sms.send(&body.phone, &code).await {
        Outcome::Sent => false,
        Outcome::MaybeSent => {
            tracing::warn!("the SMS provider's answer was lost; the message may arrive");
            true
        }
        Outcome::Refused(refusal) => {
            state.store.drop_sign_in_code(&id).await?;
            return Err(not_sent(&refusal));
        }
    };
    let sent = CodeSent {
        resend_after_s: RESEND_AFTER_S,
        expires_in_s: CODE_LIVES_S,
        unconfirmed,
    };
    let mut response = (StatusCode::ACCEPTED, axum::Json(sent)).into_response();
    let cookie = format!(
        "{CODE_BROWSER}={browser}; Path=/; HttpOnly; Max-Age={HOUR_S}; {}",
        cookie_rules(&state.settings)
    );
    let cookie = HeaderValue::from_str(&cookie).map_err(ApiError::internal)?;
    response.headers_mut().append(header::SET_COOKIE, cookie);
    Ok(response)
}

/// Who asks for a code or tries one, as far as the request tells.
fn asker(headers: &HeaderMap, client: &ClientIp) -> Asker {
    Asker {
        browser: cookie_named(headers, CODE_BROWSER).map(|token| digest(&[token])),
        net: digest(&["net", &client.net().unwrap_or_default()]),
    }
}

/// The provider took no message: what the student is told, and what the operator finds in the log.
fn not_sent(refusal: &Refusal) -> ApiError {
    match refusal {
        Refusal::NumberIllegal | Refusal::Blacklist => ErrorCode::PhoneUnreachable.into(),
        // Providers don't say which of their windows is full; the shortest that ours does not keep is an hour.
        Refusal::LimitPerNumber => ApiError::new(ErrorCode::RateLimited).retry_after(HOUR_S),
        Refusal::SignatureOrTemplate
        | Refusal::Balance
        | Refusal::Auth
        | Refusal::Unreachable
        | Refusal::Other(_) => ApiError::new(ErrorCode::SmsUnavailable)
            .because(anyhow::anyhow!("the SMS provider refused: {refusal:?}")),
    }
}

async fn sign_in(
    State(state): State<AppState>,
    MayWrite(visitor): MayWrite,
    client: ClientIp,
    headers: HeaderMap,
    Json(body): Json<SignIn>,
) -> Result<Response, ApiError> {
    let (phone, now) = (body.phone.as_str(), state.clock.now());
    if !state.settings.deployment == Deployment::Sandbox
        && let Some(net) = client.net()
    {
        let bucket = format!("sign-in/from/{net}");
        let wait = state
            .store
            .count_call(&bucket, now, HOUR_S, SIGN_INS_PER_NET)
            .await?;
        if let Some(wait) = wait {
            return Err(ApiError::new(ErrorCode::RateLimited).retry_after(wait));
        }
    }
    let asker = asker(&headers, &client);
    match state
        .store
        .try_sign_in_code(phone, body.code.as_str(), &asker, now, CODE_RULES)
        .await?
    {
        CodeTry::Expired => return Err(ErrorCode::CodeExpired.into()),
        CodeTry::Wrong => return Err(ErrorCode::CodeWrong.into()),
        CodeTry::Right => {}
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
    let rest = cookie_rules(settings);
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

/// The attributes of every cookie that say where it is sent.
fn cookie_rules(settings: &Settings) -> &'static str {
    let encrypted = settings
        .public_origin
        .as_deref()
        .is_some_and(|origin| origin.starts_with("https://"));
    // An app on another origin gets its cookie only with SameSite=None, which asks for Secure; over
    // plain HTTP the other origin is another port of this machine, which is the same site.
    match (encrypted, settings.allowed_origins.is_empty()) {
        (true, false) => "SameSite=None; Secure",
        (true, true) => "SameSite=Lax; Secure",
        (false, _) => "SameSite=Lax",
    }
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
        sandbox: state.settings.deployment == Deployment::Sandbox,
        wechat: state.settings.wechat,
        sms: state.sms.is_connected(),
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
