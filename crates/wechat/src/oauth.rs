use std::fmt;

use http::Method;
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use crate::{
    api::{self, ApiError},
    config::{Config, ConfigError, Finding, Severity, is_this_machine},
    http::{Http, NetworkFault},
    id::{OpenId, UnionId},
    key,
    lenient::if_readable,
    secret::Secret,
};

/// The text that ties a sign-in to one browser (`state`): 1 to 128 letters and digits.
#[derive(Clone, PartialEq, Eq)]
pub struct State(String);

impl State {
    /// Checks a state that came back, or one made elsewhere.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let ok = (1..=128).contains(&text.len()) && text.chars().all(|c| c.is_ascii_alphanumeric());
        ok.then(|| Self(text.to_owned()))
    }

    /// 128 random bits.
    ///
    /// # Errors
    /// If the system gives no randomness.
    pub fn random() -> Result<Self, key::SignFault> {
        key::random_hex().map(Self)
    }

    /// The text, for the cookie or the store it is compared with.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("State(…)")
    }
}

/// What WeChat hands the browser for us to swap: used once, within five minutes.
#[derive(Debug, Clone)]
pub struct Code(Secret);

impl Code {
    /// Checks a code that came back: 1 to 512 visible characters.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let ok = (1..=512).contains(&text.len()) && text.chars().all(|c| c.is_ascii_graphic());
        ok.then(|| Self(Secret::new(text)))
    }
}

/// Who signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebUser {
    /// The user as this official account sees them; of no use when `is_snapshot`.
    pub openid: OpenId,
    /// Across the owner's accounts, where Tencent says it.
    pub unionid: Option<UnionId>,
    /// A snapshot page's virtual user (`is_snapshotuser`): may look, must not bind, pay or be remembered.
    pub is_snapshot: bool,
}

/// How the swap of a code failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// 40163: this code was swapped before. A reload or a callback called twice.
    #[error("the code was used before")]
    CodeUsed,
    /// 40029: not a code of ours.
    #[error("the code is invalid")]
    CodeInvalid,
    /// 42003: older than five minutes.
    #[error("the code has expired")]
    CodeExpired,
    /// Anything else.
    #[error(transparent)]
    Api(#[from] ApiError),
}

impl From<NetworkFault> for Error {
    fn from(fault: NetworkFault) -> Self {
        Self::Api(fault.into())
    }
}

/// Web sign-in with `snsapi_base`: silent, openid only.
#[derive(Debug, Clone)]
pub struct OAuth {
    config: Config,
    http: Http,
}

impl OAuth {
    /// Builds the client.
    ///
    /// # Errors
    /// If the system's TLS roots can't be loaded.
    pub fn new(config: &Config) -> Result<Self, ConfigError> {
        let http = client(config, is_this_machine(&config.0.api_host))?;
        Ok(Self {
            config: config.clone(),
            http,
        })
    }

    /// Where to send the browser. `redirect_uri` must lie on the registered domain; the browser comes back to it with
    /// `code` and `state`. The order of the parameters and the suffix are as Tencent demands.
    #[must_use]
    pub fn authorize_url(&self, redirect_uri: &Url, state: &State) -> String {
        let encoded: String =
            url::form_urlencoded::byte_serialize(redirect_uri.as_str().as_bytes()).collect();
        // `connect_redirect=1` keeps some clients from fetching the callback twice.
        format!(
            "{}connect/oauth2/authorize?appid={}&redirect_uri={encoded}&response_type=code&scope=snsapi_base&state={}\
             &connect_redirect=1#wechat_redirect",
            self.config.0.open_host,
            self.config.0.appid,
            state.as_str(),
        )
    }

    /// Swaps a code for who signed in. The token that comes along is not kept: nothing here needs it.
    ///
    /// # Errors
    /// [`Error::CodeUsed`], [`Error::CodeInvalid`] and [`Error::CodeExpired`] mean: start again from
    /// [`OAuth::authorize_url`]. After a network fault the code may be spent or not.
    pub async fn exchange(&self, code: &Code) -> Result<WebUser, Error> {
        let checked = &self.config.0;
        let mut url = checked.api_host.clone();
        url.set_path("/sns/oauth2/access_token");
        url.query_pairs_mut()
            .append_pair("appid", &checked.appid)
            .append_pair("secret", checked.app_secret.expose())
            .append_pair("code", code.0.expose())
            .append_pair("grant_type", "authorization_code");
        let answer: Answer = api::call(&self.http, self.http.request(Method::GET, url))
            .await
            .map_err(|error| match error.errcode() {
                Some(40163) => Error::CodeUsed,
                Some(40029) => Error::CodeInvalid,
                Some(42003) => Error::CodeExpired,
                _ => Error::Api(error),
            })?;
        Ok(answer.into())
    }
}

/// What a code is swapped for. Only the openid must be readable.
#[derive(Deserialize)]
struct Answer {
    openid: OpenId,
    #[serde(default, deserialize_with = "if_readable")]
    unionid: Option<UnionId>,
    #[serde(default)]
    is_snapshotuser: Value,
}

impl From<Answer> for WebUser {
    fn from(answer: Answer) -> Self {
        // A virtual user must not be taken for a real one: whatever is told and is not plainly "no" means that it is one.
        let is_real = match &answer.is_snapshotuser {
            Value::Null | Value::Bool(false) => true,
            Value::String(text) => text.is_empty() || text == "0",
            value => value.as_i64() == Some(0),
        };
        Self {
            openid: answer.openid,
            unionid: answer.unionid,
            is_snapshot: !is_real,
        }
    }
}

/// An HTTP client with the configured time limit.
pub(crate) fn client(config: &Config, direct: bool) -> Result<Http, ConfigError> {
    Http::new(config.0.time_limit, direct).map_err(|error| {
        ConfigError(vec![Finding {
            setting: "tls".to_owned(),
            severity: Severity::Error,
            message: format!("can't be set up on this machine: {error}"),
        }])
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn user(name: &str, value: Value) -> Option<WebUser> {
        let mut answer = json!({
            "access_token": "t", "expires_in": 7200, "refresh_token": "r", "openid": "oUpF8uMuAJO",
            "scope": "snsapi_base", "unionid": "o6_bmasdasdsad6_2sgVt7hMZOPfL",
        });
        answer[name] = value;
        serde_json::from_value::<Answer>(answer)
            .ok()
            .map(WebUser::from)
    }

    #[test]
    fn only_the_openid_must_be_readable() {
        for odd in [
            Value::Null,
            json!(""),
            json!(7),
            json!([]),
            json!({}),
            json!("多"),
        ] {
            for name in [
                "access_token",
                "expires_in",
                "refresh_token",
                "scope",
                "unionid",
                "new",
            ] {
                let user = user(name, odd.clone()).expect(name);
                assert!(!user.is_snapshot, "{name}: {odd}");
            }
            assert!(user("openid", odd).is_none());
        }
    }

    #[test]
    fn a_virtual_user_is_not_taken_for_a_real_one() {
        for no in [Value::Null, json!(0), json!("0"), json!(""), json!(false)] {
            assert!(
                !user("is_snapshotuser", no.clone())
                    .expect("read")
                    .is_snapshot,
                "{no}"
            );
        }
        for yes in [
            json!(1),
            json!("1"),
            json!(true),
            json!(2),
            json!([0]),
            json!("yes"),
            json!(0.5),
        ] {
            assert!(
                user("is_snapshotuser", yes.clone())
                    .expect("read")
                    .is_snapshot,
                "{yes}"
            );
        }
    }
}
