use axum::http::{HeaderMap, HeaderValue, header};
use dika_core::ids::is_token;
use dika_store::hidden_cards::DEVICE_LASTS_S;
use dika_store::users::NewSession;

use crate::http::problem::ApiError;
use crate::services::sign_in::SESSION_LASTS_S;
use crate::settings::Settings;

/// The cookie that carries the session.
pub const COOKIE: &str = "dika_session";

/// Tells the page's script, which can't see the session's cookie, that there is one: what a student needs
/// is then asked for together with the app's code. It opens nothing.
pub(crate) const HINT: &str = "dika_student";

/// Tells the browser that asked for a code from others, so that wrong tries are counted apart. It opens nothing.
pub(crate) const CODE_BROWSER: &str = "dika_code";
const CODE_BROWSER_LASTS_S: i64 = 3_600;

/// Names the browser for good: in one where all cards were shown before, passwords are asked for later
/// than in a new one. It opens nothing by itself.
const DEVICE: &str = "dika_device";

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

/// The cookie that tells the browser which asked for a code from others.
///
/// # Errors
/// Never in practice: tokens are plain text.
pub fn code_browser_cookie(settings: &Settings, browser: &str) -> Result<HeaderValue, ApiError> {
    HeaderValue::from_str(&format!(
        "{CODE_BROWSER}={browser}; Path=/; HttpOnly; Max-Age={CODE_BROWSER_LASTS_S}; {}",
        cookie_rules(settings)
    ))
    .map_err(ApiError::internal)
}

/// The cookie that names the browser.
///
/// # Errors
/// Never in practice: tokens are plain text.
pub fn device_cookie(settings: &Settings, device: &str) -> Result<HeaderValue, ApiError> {
    HeaderValue::from_str(&format!(
        "{DEVICE}={device}; Path=/; HttpOnly; Max-Age={DEVICE_LASTS_S}; {}",
        cookie_rules(settings)
    ))
    .map_err(ApiError::internal)
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

/// The session's token in the request's cookies.
pub fn session_token(headers: &HeaderMap) -> Option<&str> {
    cookie_named(headers, COOKIE)
}

/// The browser's name in the request's cookies. `None` if this server did not make it.
pub fn device(headers: &HeaderMap) -> Option<&str> {
    cookie_named(headers, DEVICE).filter(|device| is_token(device))
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
