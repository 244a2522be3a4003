//! Sign-in inside WeChat: `/wechat/authorize` → WeChat (`snsapi_base`, silent) → `/wechat/callback`.
//! The page never sees a code: it comes back to a clean address with its session in a cookie.

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum_extra::extract::cookie::{Cookie, SameSite};
use dika_contract::ErrorCode;
use dika_core::ids::is_token;
use dika_store::users::Visitor;
use serde::Deserialize;

use crate::http::cookies::{self, Readers, cookie_named, put_cookies, session_token};
use crate::http::problem::ApiError;
use crate::http::request::ClientIp;
use crate::http::state::HttpState;
use crate::http::visitor::MaybeSignedIn;
use crate::services::wechat_sign_in::{self, Callback, Ended, LIVES_S};
use crate::settings::Settings;

/// Where WeChat sends it back to.
pub const CALLBACK: &str = "/wechat/callback";

/// Ties a sign-in to the browser that began it.
const BROWSER_COOKIE: &str = "dika_wechat";
/// The same where the app is reached by https: browsers take such a name from this host alone, not
/// from another one of the school's domain.
const HOST_COOKIE: &str = "__Host-dika_wechat";
/// As long as the app itself waits (`src/wechat/sign_in.rs`).
const TRY_AGAIN_AFTER_S: i64 = 60;
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
    State(state): State<HttpState>,
    visitor: Result<MaybeSignedIn, ApiError>,
    client: ClientIp,
    headers: HeaderMap,
    query: Result<Query<Begin>, QueryRejection>,
) -> Result<Response, ApiError> {
    let wanted = query
        .map(|Query(begin)| begin.return_to)
        .unwrap_or_default();
    let return_to = own_path(&wanted);
    let begun = match visitor {
        Ok(MaybeSignedIn(visitor)) => {
            begin(
                &state,
                visitor,
                client.net().as_deref(),
                &headers,
                return_to,
            )
            .await
        }
        Err(fault) => Err(fault),
    };
    begun.or_else(|fault| failed(&state.settings, &fault, return_to))
}

async fn begin(
    state: &HttpState,
    visitor: Option<Visitor>,
    net: Option<&str>,
    headers: &HeaderMap,
    return_to: &str,
) -> Result<Response, ApiError> {
    let Some(wechat) = &state.services.wechat else {
        return by_phone(&state.settings, return_to);
    };
    // Whoever comes here by the back button has been to WeChat already.
    if visitor.is_some_and(|visitor| visitor.openid.is_some()) {
        return go(return_to);
    }
    let browser = browser_of(&state.settings, headers);
    let browser = browser.as_deref();
    let begun =
        wechat_sign_in::begin(&state.services, wechat, CALLBACK, browser, net, return_to).await?;
    let mut response = go(&begun.url)?;
    let cookie = browser_cookie(&state.settings, &begun.browser);
    cookies::set(response.headers_mut(), &cookie)?;
    Ok(response)
}

/// Something failed here, or was asked for too often: the log says what, and whoever came signs in by phone instead.
fn failed(settings: &Settings, fault: &ApiError, return_to: &str) -> Result<Response, ApiError> {
    if fault.code() == ErrorCode::RateLimited {
        tracing::warn!("too many sign-ins by WeChat from one net");
    } else {
        tracing::error!(?fault, "a sign-in by WeChat failed");
    }
    by_phone(settings, return_to)
}

/// Takes the browser back from WeChat.
pub(super) async fn callback(
    State(state): State<HttpState>,
    visitor: Result<MaybeSignedIn, ApiError>,
    headers: HeaderMap,
    query: Result<Query<Back>, QueryRejection>,
) -> Result<Response, ApiError> {
    let back = query.map(|Query(back)| back).unwrap_or(Back {
        code: None,
        state: None,
    });
    // Where the browser was on its way to, as soon as that is known.
    let mut return_to = "/".to_owned();
    let ended = match visitor {
        Ok(MaybeSignedIn(visitor)) => end(&state, visitor, &headers, &back, &mut return_to).await,
        Err(fault) => Err(fault),
    };
    ended.or_else(|fault| failed(&state.settings, &fault, &return_to))
}

async fn end(
    state: &HttpState,
    visitor: Option<Visitor>,
    headers: &HeaderMap,
    back: &Back,
    return_to: &mut String,
) -> Result<Response, ApiError> {
    let Some(wechat) = &state.services.wechat else {
        return by_phone(&state.settings, "/");
    };
    let browser = browser_of(&state.settings, headers);
    let old_session = session_token(&state.settings, headers);
    let callback = Callback {
        code: back.code.as_deref(),
        state: back.state.as_deref(),
        browser: browser.as_deref(),
        old_session: old_session.as_deref(),
    };
    let ended = wechat_sign_in::end(
        &state.services,
        wechat,
        visitor.as_ref(),
        callback,
        return_to,
    )
    .await?;
    match ended {
        Ended::NotBegunHere if visitor.is_some() => go("/"),
        Ended::NotBegunHere => by_phone(&state.settings, "/"),
        Ended::ByPhone => by_phone(&state.settings, return_to),
        Ended::SignedIn(new) => {
            let mut response = go(return_to)?;
            if new.is_some() {
                put_cookies(&state.settings, response.headers_mut(), new.as_ref())?;
            }
            Ok(response)
        }
    }
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

/// To the sign-in page. `by=phone` tells it that WeChat was tried: it must not try by itself again. The cookie tells the
/// same to pages that lead to sign in before they are drawn.
fn by_phone(settings: &Settings, return_to: &str) -> Result<Response, ApiError> {
    let to = return_to
        .replace('%', "%25")
        .replace('&', "%26")
        .replace('#', "%23")
        .replace('+', "%2B");
    let mut response = go(&format!("/sign-in?to={to}&by=phone"))?;
    let tried = cookies::cookie(
        settings,
        cookies::WECHAT_TRIED,
        "1",
        TRY_AGAIN_AFTER_S,
        Readers::Server,
    );
    cookies::set(response.headers_mut(), &tried)?;
    Ok(response)
}

/// What this browser calls itself, where that looks like a name of our making.
fn browser_of(settings: &Settings, headers: &HeaderMap) -> Option<String> {
    cookie_named(headers, cookie_name(settings)).filter(|browser| is_token(browser))
}

fn cookie_name(settings: &Settings) -> &'static str {
    if settings.is_encrypted() {
        HOST_COOKIE
    } else {
        BROWSER_COOKIE
    }
}

fn browser_cookie(settings: &Settings, browser: &str) -> Cookie<'static> {
    let name = cookie_name(settings);
    let mut cookie = cookies::cookie(settings, name, browser, LIVES_S, Readers::Server);
    // Coming back from WeChat is a navigation from another site, and this cookie is for that alone.
    cookie.set_same_site(SameSite::Lax);
    cookie
}

#[cfg(test)]
mod tests {
    use dika_contract::Directory;
    use dika_core::ids::Ids;

    use super::*;
    use crate::adapters::os_random::OsRandom;
    use crate::settings::Deployment;

    #[test]
    fn by_https_only_this_host_can_set_the_browser_s_name() {
        let mut settings = Settings::on_this_machine(
            Deployment::Production,
            serde_json::from_str(Directory::SEED_JSON).expect("the seed"),
        );
        let name = OsRandom.token();
        // In whatever order the rules stand.
        let rules = |text: &str| {
            let mut rules: Vec<String> = text.split("; ").map(str::to_owned).collect();
            rules.sort();
            rules
        };
        let plain = browser_cookie(&settings, &name);
        assert_eq!(
            rules(&plain.to_string()),
            rules(&format!(
                "dika_wechat={name}; Path=/; HttpOnly; Max-Age=600; SameSite=Lax"
            ))
        );
        settings.public_origin = Some("https://dika.example.edu".to_owned());
        let host = browser_cookie(&settings, &name);
        assert_eq!(
            rules(&host.to_string()),
            rules(&format!(
                "__Host-dika_wechat={name}; Path=/; HttpOnly; Max-Age=600; SameSite=Lax; Secure"
            ))
        );
        let told = |cookie: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::COOKIE, cookie.parse().expect("text"));
            browser_of(&settings, &headers)
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
