use http::Method;
use serde::Deserialize;
use url::{Url, form_urlencoded::byte_serialize};

use crate::{
    OpenId,
    api::{self, ApiError},
    config::{Config, ConfigError, is_this_machine},
    http::Http,
    js::Js,
    oauth::client,
};

/// A number that tells one permission from a user's others: 0 to 10000. WeChat allows one message per user and scene,
/// however often the user agrees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scene(u16);

impl Scene {
    /// The largest number.
    pub const MAX: u16 = 10_000;

    /// Checks a number.
    #[must_use]
    pub fn new(number: u16) -> Option<Self> {
        (number <= Self::MAX).then_some(Self(number))
    }

    /// The number.
    #[must_use]
    pub fn get(self) -> u16 {
        self.0
    }
}

/// Text that comes back with the user, to know the request by: 1 to 128 letters or digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reserved(String);

impl Reserved {
    /// Checks a text.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let fits =
            (1..=128).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric());
        fits.then(|| Self(text.to_owned()))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What a message says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Who gets it.
    pub openid: OpenId,
    /// The scene that this user allowed it for.
    pub scene: Scene,
    /// Up to 15 characters; more are cut off.
    pub title: String,
    /// Up to 200 characters; more are cut off.
    pub content: String,
    /// What a tap on it opens.
    pub url: Url,
}

/// How sending a message failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// 43101: the user refused, or the one message of this scene was sent already.
    #[error("the user allows no message, or the one that was allowed was sent")]
    NotAllowed,
    /// 43004: the account may write to followers only, and the user is none.
    #[error("the user does not follow the account")]
    NotFollowing,
    /// 40037: WeChat does not know the template.
    #[error("WeChat does not know the template")]
    WrongTemplate,
    /// 47003: a field is empty, too long or of a wrong kind.
    #[error("a field of the message is not accepted")]
    WrongField,
    /// 45009: the account's messages of the day are used up.
    #[error("the account's quota is used up")]
    Quota,
    /// 48001: the account has no right to this call.
    #[error("the account has no right to send these messages")]
    NoRight,
    /// Anything else. After a network fault the message may be on its way.
    #[error(transparent)]
    Api(#[from] ApiError),
}

impl Error {
    /// Whether the same message may be accepted later.
    #[must_use]
    pub fn is_temporary(&self) -> bool {
        match self {
            Self::Quota => true,
            Self::Api(ApiError::Refused { errcode, .. }) => *errcode == -1,
            Self::Api(_) => true,
            Self::NotAllowed
            | Self::NotFollowing
            | Self::WrongTemplate
            | Self::WrongField
            | Self::NoRight => false,
        }
    }
}

/// One-time subscription messages. Source: "一次性订阅消息" of the official account's documentation.
#[derive(Clone)]
pub struct Subscribe {
    config: Config,
    template_id: String,
    http: Http,
    js: Js,
}

impl Subscribe {
    /// Builds the client; `None` if the settings name no template. Shares the access token with `js`.
    ///
    /// # Errors
    /// If the system's TLS roots can't be loaded.
    pub fn new(config: &Config, js: &Js) -> Result<Option<Self>, ConfigError> {
        let Some(template_id) = config.0.subscribe_template_id.clone() else {
            return Ok(None);
        };
        Ok(Some(Self {
            template_id,
            http: client(config, is_this_machine(&config.0.api_host))?,
            config: config.clone(),
            js: js.clone(),
        }))
    }

    /// Where to send the browser so that WeChat asks the user. It comes back to `redirect_url`, which must lie on the
    /// registered business domain, with `openid`, `template_id`, `action` (`confirm` or `cancel`), `scene` and
    /// `reserved`.
    #[must_use]
    pub fn confirm_url(&self, scene: Scene, redirect_url: &Url, reserved: &Reserved) -> String {
        let encode = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
        format!(
            "{}mp/subscribemsg?action=get_confirm&appid={}&scene={}&template_id={}&redirect_url={}&reserved={}\
             #wechat_redirect",
            self.config.0.mp_host,
            self.config.0.appid,
            scene.get(),
            encode(&self.template_id),
            encode(redirect_url.as_str()),
            reserved.as_str(),
        )
    }

    /// Sends a message, once; asks for a new access token where the one at hand was refused.
    ///
    /// # Errors
    /// [`Error`]; after a network fault the message may be on its way.
    pub async fn send(&self, message: &Message) -> Result<(), Error> {
        #[derive(Deserialize)]
        struct Answer {}
        let cut = |text: &str, most: usize| text.chars().take(most).collect::<String>();
        let body = serde_json::json!({
            "touser": message.openid.as_str(),
            "template_id": self.template_id,
            "url": message.url.as_str(),
            "scene": message.scene.get().to_string(),
            "title": cut(&message.title, 15),
            "data": { "content": { "value": cut(&message.content, 200) } },
        })
        .to_string();
        for last_try in [false, true] {
            let token = self.js.access_token().await?;
            let mut url = self.config.0.api_host.clone();
            url.set_path("/cgi-bin/message/template/subscribe");
            url.query_pairs_mut()
                .append_pair("access_token", token.expose());
            let request = self
                .http
                .request(Method::POST, url)
                .header(http::header::CONTENT_TYPE, "application/json")
                .body(body.clone());
            let error = match api::call::<Answer>(&self.http, request).await {
                Ok(Answer {}) => return Ok(()),
                Err(error) => error,
            };
            return Err(match error.errcode() {
                // A refused token: nothing was sent.
                Some(40001 | 40014 | 42001) if !last_try => {
                    self.js.forget_token(&token).await;
                    continue;
                }
                Some(43101) => Error::NotAllowed,
                Some(43004) => Error::NotFollowing,
                Some(40037) => Error::WrongTemplate,
                Some(47003) => Error::WrongField,
                Some(45009) => Error::Quota,
                Some(48001) => Error::NoRight,
                _ => Error::Api(error),
            });
        }
        Err(Error::Api(ApiError::Malformed("a new token was refused")))
    }
}
