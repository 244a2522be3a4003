use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use http::Method;
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;

use crate::{
    api::{self, ApiError},
    clock,
    config::{Config, ConfigError, is_this_machine},
    http::Http,
    key,
    lenient::if_readable,
    oauth::client,
    secret::Secret,
};

/// After a failure the same answer is given for this long: those who wait in line do not each wait for a time-out.
const FAILURE_KEPT: Duration = Duration::from_secs(2);

/// How long a token or ticket is kept whose life can't be read, in seconds: Tencent's live for two hours.
const UNTOLD_LIFE_S: u64 = 600;

/// What `wx.config` needs from the server; the field names are the JS-SDK's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct JsConfig {
    /// The official account.
    pub app_id: String,
    /// Unix seconds.
    pub timestamp: i64,
    /// Random text.
    pub nonce_str: String,
    /// SHA-1 in hexadecimal.
    pub signature: String,
}

/// How signing a page failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Not an http(s) address.
    #[error("the page's address is not an http or https address")]
    Address,
    /// No ticket could be had.
    #[error(transparent)]
    Api(#[from] ApiError),
    /// The system gave no randomness.
    #[error(transparent)]
    Random(#[from] key::SignFault),
}

/// A value with its end.
struct Kept {
    value: Secret,
    until: Instant,
}

#[derive(Default)]
struct Cache {
    token: Option<Kept>,
    ticket: Option<Kept>,
    failure: Option<(ApiError, Instant)>,
}

/// Signs pages for `wx.config`. Clones share one token and one ticket.
#[derive(Clone)]
pub struct Js {
    config: Config,
    http: Http,
    /// Held over the calls: whoever comes second waits for the first one's ticket instead of asking for another.
    cache: Arc<Mutex<Cache>>,
}

#[derive(Deserialize)]
struct TokenAnswer {
    access_token: String,
    #[serde(default, deserialize_with = "if_readable")]
    expires_in: Option<u64>,
}

#[derive(Deserialize)]
struct TicketAnswer {
    ticket: String,
    #[serde(default, deserialize_with = "if_readable")]
    expires_in: Option<u64>,
}

impl Js {
    /// Builds the client with an empty cache.
    ///
    /// # Errors
    /// If the system's TLS roots can't be loaded.
    pub fn new(config: &Config) -> Result<Self, ConfigError> {
        let http = client(config, is_this_machine(&config.0.api_host))?;
        Ok(Self {
            config: config.clone(),
            http,
            cache: Arc::default(),
        })
    }

    /// Signs the page at `url`: the whole address with its query; a fragment is cut off, as Tencent demands. Whether the
    /// address is one of ours is the caller's to check.
    ///
    /// # Errors
    /// [`Error`]; after a network fault the caller may try again at once, it is answered from memory for two seconds.
    pub async fn sign(&self, url: &str) -> Result<JsConfig, Error> {
        let page = url.split('#').next().unwrap_or_default();
        if !(page.starts_with("https://") || page.starts_with("http://"))
            || page.contains(char::is_whitespace)
        {
            return Err(Error::Address);
        }
        let ticket = self.ticket().await?;
        Ok(sign_with(
            ticket.expose(),
            &self.config.0.appid,
            clock::unix_s(),
            key::random_hex()?,
            page,
        ))
    }

    /// Fetches a token and a ticket, and keeps them: shows that the account's id, its secret and its list of
    /// addresses are right.
    ///
    /// # Errors
    /// [`ApiError`], with Tencent's number where it refused.
    pub async fn check(&self) -> Result<(), ApiError> {
        self.ticket().await.map(drop)
    }

    /// The account's access token, from memory while it lasts.
    pub(crate) async fn access_token(&self) -> Result<Secret, ApiError> {
        let mut cache = self.cache.lock().await;
        self.token(&mut cache).await
    }

    /// Forgets an access token that was refused, so that the next call fetches another.
    pub(crate) async fn forget_token(&self, refused: &Secret) {
        let mut cache = self.cache.lock().await;
        if cache
            .token
            .as_ref()
            .is_some_and(|kept| kept.value == *refused)
        {
            cache.token = None;
        }
    }

    async fn ticket(&self) -> Result<Secret, ApiError> {
        let mut cache = self.cache.lock().await;
        let now = Instant::now();
        if let Some(kept) = cache.ticket.as_ref().filter(|kept| now < kept.until) {
            return Ok(kept.value.clone());
        }
        if let Some((error, _)) = cache.failure.as_ref().filter(|(_, until)| now < *until) {
            return Err(error.clone());
        }
        match self.fetch_ticket(&mut cache).await {
            Ok(ticket) => Ok(ticket),
            Err(error) => {
                cache.failure = Some((error.clone(), Instant::now() + FAILURE_KEPT));
                Err(error)
            }
        }
    }

    async fn fetch_ticket(&self, cache: &mut Cache) -> Result<Secret, ApiError> {
        for last_try in [false, true] {
            let token = self.token(cache).await?;
            let mut url = self.config.0.api_host.clone();
            url.set_path("/cgi-bin/ticket/getticket");
            url.query_pairs_mut()
                .append_pair("access_token", token.expose())
                .append_pair("type", "jsapi");
            let asked = Instant::now();
            match api::call::<TicketAnswer>(&self.http, self.http.request(Method::GET, url)).await {
                Ok(answer) => {
                    let value = Secret::new(answer.ticket);
                    cache.ticket = Some(Kept {
                        value: value.clone(),
                        until: asked + safe_life(answer.expires_in.unwrap_or(UNTOLD_LIFE_S)),
                    });
                    cache.failure = None;
                    return Ok(value);
                }
                // Someone else fetched a new token, so ours died early: one new try with a new token.
                Err(error)
                    if !last_try && matches!(error.errcode(), Some(40001 | 40014 | 42001)) =>
                {
                    cache.token = None
                }
                Err(error) => return Err(error),
            }
        }
        Err(ApiError::Malformed("a new token was refused"))
    }

    async fn token(&self, cache: &mut Cache) -> Result<Secret, ApiError> {
        let now = Instant::now();
        if let Some(kept) = cache.token.as_ref().filter(|kept| now < kept.until) {
            return Ok(kept.value.clone());
        }
        let checked = &self.config.0;
        let mut url = checked.api_host.clone();
        // The stable form does not end the token of another server of the same school.
        url.set_path("/cgi-bin/stable_token");
        let body = serde_json::json!({
            "grant_type": "client_credential", "appid": checked.appid, "secret": checked.app_secret.expose(),
        });
        let request = self
            .http
            .request(Method::POST, url)
            .header(http::header::CONTENT_TYPE, "application/json")
            .body(body.to_string());
        let answer: TokenAnswer = api::call(&self.http, request).await?;
        let value = Secret::new(answer.access_token);
        cache.token = Some(Kept {
            value: value.clone(),
            until: now + safe_life(answer.expires_in.unwrap_or(UNTOLD_LIFE_S)),
        });
        Ok(value)
    }
}

/// A tenth, and at most five minutes, before the end is as good as the end: a value must outlive the page it signs for.
fn safe_life(expires_in_s: u64) -> Duration {
    let life = Duration::from_secs(expires_in_s.min(24 * 3600));
    life.saturating_sub((life / 10).min(Duration::from_secs(300)))
}

fn sign_with(ticket: &str, appid: &str, timestamp: i64, nonce: String, page: &str) -> JsConfig {
    let text = format!("jsapi_ticket={ticket}&noncestr={nonce}&timestamp={timestamp}&url={page}");
    JsConfig {
        app_id: appid.to_owned(),
        timestamp,
        nonce_str: nonce,
        signature: key::sha1_hex(&text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tencents_own_example_is_signed_alike() {
        let config = sign_with(
            "sM4AOVdWfPE4DxkXGEs8VMCPGGVi4C3VM0P37wVUCFvkVAy_90u5h9nbSlYy3-Sl-HhTdfl2fzFy1AOcHKP7qg",
            "wx0000000000000000",
            1_414_587_457,
            "Wm3WZYTPz0wzccnW".to_owned(),
            "http://mp.weixin.qq.com?params=value",
        );
        assert_eq!(config.signature, "0f9de62fce790f9a083d5c99e95740ceb90c27ed");
    }

    #[test]
    fn a_value_is_given_up_before_its_end() {
        assert_eq!(safe_life(7200), Duration::from_secs(6900));
        assert_eq!(safe_life(10), Duration::from_secs(9));
        assert_eq!(safe_life(0), Duration::ZERO);
    }
}
