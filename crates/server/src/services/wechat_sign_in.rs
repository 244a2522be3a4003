//! Sign-in by WeChat: begun here, proven there, ended here. A sign-in is tied to one browser, and its
//! code is exchanged once; a repeated callback gets what the first one got.

use std::time::Duration;

use dika_contract::ErrorCode;
use dika_core::ids::is_token;
use dika_store::users::{NewSession, Visitor};
use dika_wechat::oauth::{Code, State as OAuthState};
use url::Url;

use crate::adapters::wechat::Wechat;
use crate::services::context::Services;
use crate::services::error::ServiceError;
use crate::services::{sign_in, wechat_accounts};

/// Seconds that somebody may take between the two addresses.
pub const LIVES_S: i64 = 10 * 60;
const HOUR_S: i64 = 3_600;
/// Sign-ins begun per hour from one net, which a whole campus may share: each is a row, and anybody may begin one.
const BEGUN_PER_NET: i64 = 5_000;
/// How long the callback, fetched a second time, may still give the session that the first one gave:
/// one of the two answers is thrown away, and nobody knows which.
const TWICE_WITHIN_S: i64 = 30;
/// How often a callback checks whether its twin has finished, and for how long.
const TWIN_CHECKS: u32 = 30;
const TWIN_CHECK_EVERY: Duration = Duration::from_millis(100);

/// A sign-in that was begun.
pub struct Begun {
    /// Where WeChat says who somebody is.
    pub url: String,
    /// The name of the browser that began it; a secret for its cookie.
    pub browser: String,
}

/// What WeChat sends back.
#[derive(Clone, Copy)]
pub struct Callback<'a> {
    /// Proves who came back.
    pub code: Option<&'a str>,
    /// Names the sign-in.
    pub state: Option<&'a str>,
    /// The browser's name, by its cookie.
    pub browser: Option<&'a str>,
    /// The token of the session that the browser has.
    pub old_session: Option<&'a str>,
}

/// How a callback ended.
pub enum Ended {
    /// This browser did not begin it: forged, from another browser, or forgotten.
    NotBegunHere,
    /// Signed in; a new session for the browser, unless it has one already.
    SignedIn(Option<NewSession>),
    /// WeChat did not say who it is: by phone instead.
    ByPhone,
}

/// Begins a sign-in that returns to one of the app's own paths. `browser` is what the browser calls
/// itself; that name is only taken over while a sign-in of this browser waits.
///
/// # Errors
/// `rate_limited`, or a database failure.
pub async fn begin(
    services: &Services,
    wechat: &Wechat,
    callback: &str,
    browser: Option<&str>,
    net: Option<&str>,
    return_to: &str,
) -> Result<Begun, ServiceError> {
    let redirect_uri =
        Url::parse(&format!("{}{callback}", wechat.origin)).map_err(ServiceError::internal)?;
    let secret = OAuthState::random().map_err(ServiceError::internal)?;
    let now = services.clock.now();
    if let Some(net) = net {
        let bucket = format!("wechat-sign-in/from/{net}");
        let wait = services
            .store
            .count_call(&bucket, now, HOUR_S, BEGUN_PER_NET)
            .await?;
        if let Some(wait) = wait {
            return Err(ServiceError::new(ErrorCode::RateLimited).retry_after(wait));
        }
    }
    // Several tabs of one browser share the cookie; each has a state of its own.
    let browser = match browser.filter(|browser| is_token(browser)) {
        Some(browser) if services.store.wechat_browser_waits(browser, now).await? => {
            browser.to_owned()
        }
        _ => services.ids.token(),
    };
    services
        .store
        .begin_wechat_sign_in(secret.as_str(), &browser, return_to, now, LIVES_S)
        .await?;
    Ok(Begun {
        url: wechat.oauth.authorize_url(&redirect_uri, &secret),
        browser,
    })
}

/// Ends a sign-in. `return_to` becomes the path that the browser is on its way to as soon as that is
/// known, also where the rest fails.
///
/// # Errors
/// Any database failure.
pub async fn end(
    services: &Services,
    wechat: &Wechat,
    visitor: Option<&Visitor>,
    callback: Callback<'_>,
    return_to: &mut String,
) -> Result<Ended, ServiceError> {
    let secret = callback.state.and_then(OAuthState::parse);
    let now = services.clock.now();
    let begun = match (&secret, callback.browser) {
        (Some(secret), Some(browser)) => {
            services
                .store
                .wechat_sign_in(secret.as_str(), browser, now)
                .await?
        }
        _ => None,
    };
    let (Some(secret), Some(browser), Some(begun)) = (secret, callback.browser, begun) else {
        tracing::info!("a sign-in that this browser did not begin");
        return Ok(Ended::NotBegunHere);
    };
    return_to.clone_from(&begun.return_to);
    if !services.store.take_wechat_sign_in(secret.as_str()).await? {
        return repeat(services, visitor, &secret, browser).await;
    }
    let signed_in = exchange(services, wechat, visitor, callback.code).await;
    let known = signed_in.as_ref().ok().and_then(Option::as_ref);
    let (user_id, openid) = match known {
        Some((user_id, openid)) => (Some(user_id.as_str()), openid.as_deref()),
        None => (None, None),
    };
    services
        .store
        .end_wechat_sign_in(secret.as_str(), user_id, openid, services.clock.now())
        .await?;
    match signed_in? {
        Some((user_id, openid)) => {
            // What was known about the session before opens nothing.
            if let Some(old) = callback.old_session {
                services.store.end_session(old).await?;
            }
            let new = begin_session(services, &user_id, openid.as_deref()).await?;
            Ok(Ended::SignedIn(Some(new)))
        }
        None => Ok(Ended::ByPhone),
    }
}

/// Begins a session, in which the account that the WeChat user has, where it is another one, is asked about.
async fn begin_session(
    services: &Services,
    user_id: &str,
    openid: Option<&str>,
) -> Result<NewSession, ServiceError> {
    let (new, visitor) = sign_in::begin_session(services, user_id, openid).await?;
    if let (Some(visitor), Some(openid)) = (visitor, openid) {
        wechat_accounts::meet_by_openid(services, &visitor.session, openid, user_id).await?;
    }
    Ok(new)
}

/// Exchanges the code, and finds out who that is here. `None` if WeChat does not say.
async fn exchange(
    services: &Services,
    wechat: &Wechat,
    visitor: Option<&Visitor>,
    code: Option<&str>,
) -> Result<Option<(String, Option<String>)>, ServiceError> {
    let Some(code) = code.and_then(Code::parse) else {
        tracing::info!("WeChat sent no code");
        return Ok(None);
    };
    match wechat.oauth.exchange(&code).await {
        Ok(user) => wechat_accounts::signed_in(services, visitor, &user)
            .await
            .map(Some),
        Err(reason) => {
            tracing::warn!(%reason, "a code could not be swapped");
            Ok(None)
        }
    }
}

/// The same callback once more: its code is not read.
async fn repeat(
    services: &Services,
    visitor: Option<&Visitor>,
    secret: &OAuthState,
    browser: &str,
) -> Result<Ended, ServiceError> {
    for _ in 0..TWIN_CHECKS {
        let now = services.clock.now();
        let Some(row) = services
            .store
            .wechat_sign_in(secret.as_str(), browser, now)
            .await?
        else {
            break;
        };
        if row.phase == "swapping" {
            tokio::time::sleep(TWIN_CHECK_EVERY).await;
            continue;
        }
        if visitor.is_some() {
            return Ok(Ended::SignedIn(None));
        }
        let soon = row
            .done_at
            .is_some_and(|at| now.unix() < at + TWICE_WITHIN_S);
        return match row.user_id.filter(|_| soon) {
            Some(user_id) => {
                let openid = row.openid.as_deref();
                let new = begin_session(services, &user_id, openid).await?;
                Ok(Ended::SignedIn(Some(new)))
            }
            None => Ok(Ended::ByPhone),
        };
    }
    Ok(Ended::ByPhone)
}
