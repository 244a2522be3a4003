use serde::de::DeserializeOwned;

use crate::http::{Http, NetworkFault};
use crate::lenient;

/// How a call to the public platform's host failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApiError {
    /// No whole answer came.
    #[error("WeChat's API was not reached: {0}")]
    Network(#[from] NetworkFault),
    /// An answer with another status than 200.
    #[error("WeChat's API answered with status {0}")]
    Status(u16),
    /// An answer that is not what Tencent documents.
    #[error("WeChat's API answered something unreadable: {0}")]
    Malformed(&'static str),
    /// Tencent's own refusal.
    #[error("WeChat's API refused with {errcode}: {errmsg}")]
    Refused {
        /// Tencent's number, e.g. 40013 for an unknown appid.
        errcode: i64,
        /// Tencent's words, for logs only.
        errmsg: String,
    },
}

impl ApiError {
    /// Tencent's number, where it refused.
    #[must_use]
    pub fn errcode(&self) -> Option<i64> {
        match self {
            Self::Refused { errcode, .. } => Some(*errcode),
            _ => None,
        }
    }
}

/// The part that every refusal has and most good answers lack.
#[derive(serde::Deserialize)]
struct Verdict {
    #[serde(default, deserialize_with = "lenient::number")]
    errcode: i64,
    #[serde(default, deserialize_with = "lenient::text")]
    errmsg: String,
}

/// Sends and reads one answer. The content type is not looked at: Tencent sends JSON as `text/plain`.
pub(crate) async fn call<T: DeserializeOwned>(
    http: &Http,
    request: reqwest::RequestBuilder,
) -> Result<T, ApiError> {
    let reply = http.send(request).await?;
    if reply.status != 200 {
        return Err(ApiError::Status(reply.status));
    }
    let verdict: Verdict =
        serde_json::from_slice(&reply.body).map_err(|_| ApiError::Malformed("not JSON"))?;
    if verdict.errcode != 0 {
        return Err(ApiError::Refused {
            errcode: verdict.errcode,
            errmsg: verdict.errmsg,
        });
    }
    serde_json::from_slice(&reply.body).map_err(|_| ApiError::Malformed("a field is missing"))
}
