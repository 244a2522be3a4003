//! WeChat's page scripts want each page signed. Only the app's own pages are: a signature for a
//! stranger's page would let it speak in the school's name.

use axum::extract::State;
use dika_contract::ErrorCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::http::problem::ApiError;
use crate::http::request::Query;
use crate::http::state::HttpState;

/// Longer than any address of the app.
const LONGEST_ADDRESS: usize = 2_048;

/// What `wx.config` needs from the server.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SignedPage {
    /// The official account.
    app_id: String,
    /// Seconds since 1970.
    timestamp: i64,
    /// Random.
    nonce_str: String,
    /// SHA-1 as hexadecimal digits.
    signature: String,
}

/// Which page.
#[derive(Deserialize)]
pub(super) struct Page {
    url: String,
}

/// Signs a page of the app.
pub(super) async fn sign(
    State(state): State<HttpState>,
    Query(page): Query<Page>,
) -> Result<axum::Json<SignedPage>, ApiError> {
    let wechat = state.services.wechat.clone().ok_or(ErrorCode::NotFound)?;
    let own = std::iter::once(&wechat.origin)
        .chain(&state.settings.allowed_origins)
        .any(|origin| lies_at(&page.url, origin));
    if !own || page.url.len() > LONGEST_ADDRESS {
        return Err(ErrorCode::InvalidRequest.into());
    }
    let signed = wechat
        .js
        .sign(&page.url)
        .await
        .map_err(|fault| match fault {
            dika_wechat::js::Error::Address => ErrorCode::InvalidRequest.into(),
            other => ApiError::internal(other),
        })?;
    Ok(axum::Json(SignedPage {
        app_id: signed.app_id,
        timestamp: signed.timestamp,
        nonce_str: signed.nonce_str,
        signature: signed.signature,
    }))
}

/// Whether an address lies at this origin, and not at one whose name only begins like it.
fn lies_at(url: &str, origin: &str) -> bool {
    url.strip_prefix(origin)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?', '#']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_own_pages() {
        let own = "https://dika.example.edu";
        assert!(lies_at("https://dika.example.edu/cards/1?x=%E5", own));
        assert!(lies_at("https://dika.example.edu", own));
        for other in [
            "https://dika.example.edu.evil.example/",
            "https://dika.example.edu@evil.example/",
            "https://dika.example.edu:8443/",
            "http://dika.example.edu/",
            "//dika.example.edu/",
        ] {
            assert!(!lies_at(other, own), "{other}");
        }
    }
}
