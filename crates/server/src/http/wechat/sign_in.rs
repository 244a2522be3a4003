//! Sign-in inside WeChat: `/wechat/authorize` → WeChat (`snsapi_base`, silent) → `/wechat/callback`.
//! The page never sees a code: it comes back to a clean address with its session in a cookie.
//!
//! A sign-in is tied to one browser by a short-lived cookie, and its code is swapped once. WeChat is known to fetch the callback twice, and people go back: a
//! repeated callback leads on to where the first one led.

use std::time::Duration;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use dika_wechat::oauth::{Code, State as OAuthState};
use serde::Deserialize;
use url::Url;

use super::{Wechat, who};
use crate::AppState;
use crate::error::ApiError;
use crate::session::{self, MaybeSignedIn};
use crate::state::Settings;
use dika_store::users::Visitor;

/// Sends the browser to WeChat; `?return_to=` names one of the app's own paths.
pub const AUTHORIZE: &str = "/wechat/authorize";
/// Where WeChat sends it back to.
pub const CALLBACK: &str = "/wechat/callback";

/// Ties a sign-in to the browser that began it.
const BROWSER_COOKIE: &str = "dika_wechat";
/// The same where the app is reached by https: browsers take such a name from this host alone, not
/// from another one of the school's domain.
const HOST_COOKIE: &str = "__Host-dika_wechat";
/// How long somebody may take between the two addresses.
const LIVES_S: i64 = 10 * 60;
/// How long the callback, fetched a second time, may still give the session that the first one gave:
/// one of the two answers is thrown away, and nobody knows which.
const TWICE_WITHIN_S: i64 = 30;
/// How often a callback looks whether its twin has finished, and for how long.
const TWIN_LOOKS: u32 = 30;
const TWIN_LOOK_EVERY: Duration = Duration::from_millis(100);
/// Longer than any of the app's own paths.
const LONGEST_PATH: usize = 512;

/// Where to go in the end.
#[derive(Deserialize)]
pub(super) struct Begin {
    #[serde(default)]
    return_to: String,
}

/// What WeChat sends along.
#[derive(Deserialize)]
pub(super) struct Back {
    code: Option<String>,
    state: Option<String>,
}

/// Sends the browser to WeChat to say who it is.
pub(super) async fn authorize(
    State(state): State<AppState>,
    visitor: Result<MaybeSignedIn, ApiError>,
    headers: HeaderMap,
    query: Result<Query<Begin>, QueryRejection>,
) -> Result<Response, ApiError> {
    let wanted = query
        .map(|Query(begin)| begin.return_to)
        .unwrap_or_default();
    let return_to = own_path(&wanted);
    let begun = match visitor {
        Ok(MaybeSignedIn(visitor)) => begin(&state, visitor, &headers, return_to).await,
        Err(fault) => Err(fault),
    };
    begun.or_else(|fault| failed(&fault, return_to))
}

async fn begin(
    state: &AppState,
    visitor: Option<Visitor>,
    headers: &HeaderMap,
    return_to: &str,
) -> Result<Response, ApiError> {
    let Some(wechat) = &state.wechat else {
        return by_phone(return_to);
    };
    // Whoever comes here by the back button has been to WeChat already.
    if visitor.is_some_and(|visitor| visitor.openid.is_some()) {
        return go(return_to);
    }
    let redirect_uri =
        Url::parse(&format!("{}{CALLBACK}", wechat.origin)).map_err(ApiError::internal)?;
    let secret = OAuthState::random().map_err(ApiError::internal)?;
    // Several tabs of one browser share the cookie; each has a state of its own.
    let browser = waiting_browser(state, headers)
        .await?
        .unwrap_or_else(|| state.ids.token());
    state
        .store
        .begin_wechat_sign_in(
            secret.as_str(),
            &browser,
            return_to,
            state.clock.now(),
            LIVES_S,
        )
        .await?;
    let mut response = go(&wechat.oauth.authorize_url(&redirect_uri, &secret))?;
    response.headers_mut().append(
        header::SET_COOKIE,
        browser_cookie(&state.settings, &browser)?,
    );
    Ok(response)
}

/// The name that this browser got for a sign-in that still waits; whatever else it may call itself is
/// not taken over.
async fn waiting_browser(
    state: &AppState,
    headers: &HeaderMap,
) -> Result<Option<String>, ApiError> {
    let Some(browser) = browser_of(&state.settings, headers) else {
        return Ok(None);
    };
    let waits = state
        .store
        .wechat_browser_waits(browser, state.clock.now())
        .await?;
    Ok(waits.then(|| browser.to_owned()))
}

/// Something failed here: the log says what, and whoever came signs in by phone instead.
fn failed(fault: &ApiError, return_to: &str) -> Result<Response, ApiError> {
    tracing::error!(?fault, "a sign-in by WeChat failed");
    by_phone(return_to)
}

/// Takes the browser back from WeChat.
pub(super) async fn callback(
    State(state): State<AppState>,
    visitor: Result<MaybeSignedIn, ApiError>,
    headers: HeaderMap,
    query: Result<Query<Back>, QueryRejection>,
) -> Result<Response, ApiError> {
    let Some(wechat) = state.wechat.clone() else {
        return by_phone("/");
    };
    let back = query.map(|Query(back)| back).unwrap_or(Back {
        code: None,
        state: None,
    });
    // Where the browser was on its way to, as soon as that is known.
    let mut return_to = "/".to_owned();
    let ended = match visitor {
        Ok(MaybeSignedIn(visitor)) => {
            end(&state, &wechat, visitor, &headers, back, &mut return_to).await
        }
        Err(fault) => Err(fault),
    };
    ended.or_else(|fault| failed(&fault, &return_to))
}

async fn end(
    state: &AppState,
    wechat: &Wechat,
    visitor: Option<Visitor>,
    headers: &HeaderMap,
    back: Back,
    return_to: &mut String,
) -> Result<Response, ApiError> {
    let browser = browser_of(&state.settings, headers);
    let secret = back.state.as_deref().and_then(OAuthState::parse);
    let now = state.clock.now();
    let begun = match (&secret, browser) {
        (Some(secret), Some(browser)) => {
            state
                .store
                .wechat_sign_in(secret.as_str(), browser, now)
                .await?
        }
        _ => None,
    };
    let (Some(secret), Some(browser), Some(begun)) = (secret, browser, begun) else {
        // Forged, begun in another browser, or so old that nobody remembers.
        tracing::info!("a sign-in that this browser did not begin");
        return if visitor.is_some() {
            go("/")
        } else {
            by_phone("/")
        };
    };
    return_to.clone_from(&begun.return_to);
    if !state.store.take_wechat_sign_in(secret.as_str()).await? {
        return again(state, visitor, &secret, browser, return_to).await;
    }
    let signed_in = swap(state, wechat, visitor.as_ref(), back.code.as_deref()).await;
    let known = signed_in.as_ref().ok().and_then(Option::as_ref);
    let (user_id, openid) = match known {
        Some((user_id, openid)) => (Some(user_id.as_str()), openid.as_deref()),
        None => (None, None),
    };
    state
        .store
        .end_wechat_sign_in(secret.as_str(), user_id, openid, state.clock.now())
        .await?;
    match signed_in? {
        Some((user_id, openid)) => {
            // What was known about the session before opens nothing.
            if let Some(old) = session::cookie(headers) {
                state.store.end_session(old).await?;
            }
            with_session(state, &user_id, openid.as_deref(), return_to).await
        }
        None => by_phone(return_to),
    }
}

/// Swaps the code, and finds out who that is here. Nothing where WeChat does not say.
async fn swap(
    state: &AppState,
    wechat: &Wechat,
    visitor: Option<&Visitor>,
    code: Option<&str>,
) -> Result<Option<(String, Option<String>)>, ApiError> {
    let Some(code) = code.and_then(Code::parse) else {
        tracing::info!("WeChat sent no code");
        return Ok(None);
    };
    match wechat.oauth.exchange(&code).await {
        Ok(user) => who::signed_in(state, visitor, &user).await.map(Some),
        Err(reason) => {
            tracing::warn!(%reason, "a code could not be swapped");
            Ok(None)
        }
    }
}

/// The same callback once more: its code is not looked at.
async fn again(
    state: &AppState,
    visitor: Option<Visitor>,
    secret: &OAuthState,
    browser: &str,
    return_to: &str,
) -> Result<Response, ApiError> {
    for _ in 0..TWIN_LOOKS {
        let now = state.clock.now();
        let Some(row) = state
            .store
            .wechat_sign_in(secret.as_str(), browser, now)
            .await?
        else {
            break;
        };
        if row.phase == "swapping" {
            tokio::time::sleep(TWIN_LOOK_EVERY).await;
            continue;
        }
        if visitor.is_some() {
            return go(&row.return_to);
        }
        let soon = row
            .done_at
            .is_some_and(|at| now.unix() < at + TWICE_WITHIN_S);
        return match row.user_id.filter(|_| soon) {
            Some(user_id) => {
                with_session(state, &user_id, row.openid.as_deref(), &row.return_to).await
            }
            None => by_phone(&row.return_to),
        };
    }
    by_phone(return_to)
}

async fn with_session(
    state: &AppState,
    user_id: &str,
    openid: Option<&str>,
    return_to: &str,
) -> Result<Response, ApiError> {
    let (new, _) = session::begin_with(state, user_id, openid).await?;
    let mut response = go(return_to)?;
    session::put_cookies(&state.settings, response.headers_mut(), Some(&new))?;
    Ok(response)
}

/// One of the app's own paths; the first page where it is something else.
fn own_path(wanted: &str) -> &str {
    let own = wanted.starts_with('/')
        && !wanted.starts_with("//")
        && !wanted.contains('\\')
        && wanted.len() <= LONGEST_PATH
        && wanted.bytes().all(|byte| byte.is_ascii_graphic())
        // These two would go in a circle.
        && !["/wechat", "/sign-in", "/api"]
            .iter()
            .any(|path| wanted.strip_prefix(path).is_some_and(|rest| {
                rest.is_empty() || rest.starts_with(['/', '?', '#'])
            }));
    if own { wanted } else { "/" }
}

/// On to an address. 303: whatever this was, that is fetched with GET. No cache keeps it.
fn go(to: &str) -> Result<Response, ApiError> {
    let to = HeaderValue::from_str(to).map_err(ApiError::internal)?;
    let headers = [
        (header::LOCATION, to),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (
            header::REFERRER_POLICY,
            HeaderValue::from_static("no-referrer"),
        ),
    ];
    Ok((StatusCode::SEE_OTHER, headers).into_response())
}

/// To the sign-in page. `by=phone` tells it that WeChat was tried: it must not try by itself again.
fn by_phone(return_to: &str) -> Result<Response, ApiError> {
    let to = return_to
        .replace('%', "%25")
        .replace('&', "%26")
        .replace('#', "%23")
        .replace('+', "%2B");
    go(&format!("/sign-in?to={to}&by=phone"))
}

/// What this browser calls itself, where that looks like a name of our making.
fn browser_of<'a>(settings: &Settings, headers: &'a HeaderMap) -> Option<&'a str> {
    session::cookie_named(headers, cookie_of(settings).0)
        .filter(|browser| dika_core::ids::is_token(browser))
}

/// The cookie's name, and what goes with it.
fn cookie_of(settings: &Settings) -> (&'static str, &'static str) {
    let encrypted = settings
        .public_origin
        .as_deref()
        .is_some_and(|origin| origin.starts_with("https://"));
    // Lax: coming back from WeChat is a navigation from another site.
    if encrypted {
        (HOST_COOKIE, "SameSite=Lax; Secure")
    } else {
        (BROWSER_COOKIE, "SameSite=Lax")
    }
}

fn browser_cookie(settings: &Settings, browser: &str) -> Result<HeaderValue, ApiError> {
    let (name, rest) = cookie_of(settings);
    HeaderValue::from_str(&format!(
        "{name}={browser}; Path=/; HttpOnly; Max-Age={LIVES_S}; {rest}"
    ))
    .map_err(ApiError::internal)
}

#[cfg(test)]
mod tests {
    use dika_contract::Directory;
    use dika_core::ids::Ids;

    use super::*;
    use crate::adapters::os_random::OsRandom;
    use crate::state::Deployment;

    #[test]
    fn by_https_only_this_host_can_set_the_browser_s_name() {
        let mut settings = Settings::on_this_machine(
            Deployment::Production,
            serde_json::from_str(Directory::SEED_JSON).expect("the seed"),
        );
        let name = OsRandom.token();
        let plain = browser_cookie(&settings, &name).expect("text");
        assert_eq!(
            plain.to_str().expect("text"),
            format!("dika_wechat={name}; Path=/; HttpOnly; Max-Age=600; SameSite=Lax")
        );
        settings.public_origin = Some("https://dika.example.edu".to_owned());
        let host = browser_cookie(&settings, &name).expect("text");
        assert_eq!(
            host.to_str().expect("text"),
            format!(
                "__Host-dika_wechat={name}; Path=/; HttpOnly; Max-Age=600; SameSite=Lax; Secure"
            )
        );
        let told = |cookie: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::COOKIE, cookie.parse().expect("text"));
            browser_of(&settings, &headers).map(str::to_owned)
        };
        assert_eq!(
            told(&format!("__Host-dika_wechat={name}")),
            Some(name.clone())
        );
        assert_eq!(told(&format!("dika_wechat={name}")), None);
        assert_eq!(told("__Host-dika_wechat=chosen-by-somebody"), None);
    }

    #[test]
    fn only_own_paths_are_returned_to() {
        for own in [
            "/",
            "/cards/abc",
            "/bind/hemc?step=2",
            "/orders?open=true#top",
        ] {
            assert_eq!(own_path(own), own);
        }
        for other in [
            "",
            "https://evil.example/",
            "//evil.example/",
            "/\\evil.example/",
            "/a\r\nset-cookie: x=1",
            "/wechat/authorize?return_to=/",
            "/sign-in?to=/",
            "/api/v1/session",
            "javascript:alert(1)",
            "/你好",
        ] {
            assert_eq!(own_path(other), "/", "{other}");
        }
        assert_eq!(own_path("/wechatting"), "/wechatting");
    }
}
