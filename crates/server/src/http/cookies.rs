use axum::http::{HeaderMap, HeaderValue, header};
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};
use dika_core::ids::is_token;
use dika_store::hidden_cards::DEVICE_LASTS_S;
use dika_store::users::NewSession;

use crate::http::problem::ApiError;
use crate::services::sign_in::SESSION_LASTS_S;
use crate::settings::Settings;

/// The cookie that carries the session, where people reach this server by plain HTTP.
pub const COOKIE: &str = "dika_session";

/// The same by https: browsers take such a name from this host alone, not from another one of the school's domain.
pub const HOST_COOKIE: &str = "__Host-dika_session";

/// Tells the page's script, which can't see the session's cookie, that there is one: what a student needs
/// is then asked for together with the app's code. It opens nothing.
pub(crate) const HINT: &str = "dika_student";

/// Tells the browser that asked for a code from others, so that wrong tries are counted apart. It opens nothing.
pub(crate) const CODE_BROWSER: &str = "dika_code";
/// Says that WeChat was tried in this browser a moment ago and signed nobody in. It opens nothing.
pub const WECHAT_TRIED: &str = "dika_wechat_tried";
const CODE_BROWSER_LASTS_S: i64 = 3_600;

/// Names the browser for good: in one where all cards were shown before, passwords are asked for later
/// than in a new one. It opens nothing by itself.
const DEVICE: &str = "dika_device";

/// Who may read a cookie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Readers {
    /// The server alone.
    Server,
    /// The page's scripts, too.
    Scripts,
}

/// A cookie of the whole site that lasts so many seconds; 0 takes it away.
pub fn cookie(
    settings: &Settings,
    name: &'static str,
    value: &str,
    lasts_s: i64,
    readers: Readers,
) -> Cookie<'static> {
    // An app on another origin gets its cookie only with SameSite=None, which asks for Secure; over
    // plain HTTP the other origin is another port of this machine, which is the same site.
    let elsewhere = settings.is_encrypted() && !settings.allowed_origins.is_empty();
    let mut cookie = Cookie::build((name, value.to_owned()))
        .path("/")
        .max_age(time::Duration::seconds(lasts_s))
        .same_site(if elsewhere {
            SameSite::None
        } else {
            SameSite::Lax
        })
        .build();
    if readers == Readers::Server {
        cookie.set_http_only(true);
    }
    if settings.is_encrypted() {
        cookie.set_secure(true);
    }
    cookie
}

/// Adds a cookie to an answer.
///
/// # Errors
/// Never in practice: tokens are plain text.
pub fn set(headers: &mut HeaderMap, cookie: &Cookie<'_>) -> Result<(), ApiError> {
    let value = HeaderValue::from_str(&cookie.to_string()).map_err(ApiError::internal)?;
    headers.append(header::SET_COOKIE, value);
    Ok(())
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
    let (token, there, lasts_s) = match new {
        Some(new) => (new.token.as_str(), "1", SESSION_LASTS_S),
        None => ("", "", 0),
    };
    let name = session_cookie(settings);
    set(
        headers,
        &cookie(settings, name, token, lasts_s, Readers::Server),
    )?;
    set(
        headers,
        &cookie(settings, HINT, there, lasts_s, Readers::Scripts),
    )?;
    if name != COOKIE {
        // The name of the release before.
        set(headers, &cookie(settings, COOKIE, "", 0, Readers::Server))?;
    }
    Ok(())
}

/// The cookie that tells the browser which asked for a code from others.
pub fn code_browser_cookie(settings: &Settings, browser: &str) -> Cookie<'static> {
    let lasts_s = CODE_BROWSER_LASTS_S;
    cookie(settings, CODE_BROWSER, browser, lasts_s, Readers::Server)
}

/// The cookie that names the browser.
pub fn device_cookie(settings: &Settings, device: &str) -> Cookie<'static> {
    cookie(settings, DEVICE, device, DEVICE_LASTS_S, Readers::Server)
}

/// What the session's cookie is called here.
fn session_cookie(settings: &Settings) -> &'static str {
    if settings.is_encrypted() {
        HOST_COOKIE
    } else {
        COOKIE
    }
}

/// The session's token in the request's cookies. By https the name of the release before is read, too, for one release.
pub fn session_token(settings: &Settings, headers: &HeaderMap) -> Option<String> {
    cookie_named(headers, session_cookie(settings)).or_else(|| cookie_named(headers, COOKIE))
}

/// The browser's name in the request's cookies. `None` if this server did not make it.
pub fn device(headers: &HeaderMap) -> Option<String> {
    cookie_named(headers, DEVICE).filter(|device| is_token(device))
}

/// The value of a cookie, where it has one.
pub fn cookie_named(headers: &HeaderMap, wanted: &str) -> Option<String> {
    let value = CookieJar::from_headers(headers)
        .get(wanted)?
        .value()
        .to_owned();
    Some(value).filter(|value| !value.is_empty())
}
