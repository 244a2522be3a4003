use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use dika_contract::{ErrorCode, endpoint};
use dika_store::users::Visitor;
use subtle::ConstantTimeEq;

use crate::http::cookies::session_token;
use crate::http::problem::ApiError;
use crate::http::state::HttpState;
use crate::services::sign_in;
use crate::settings::Settings;

/// Whoever is here, if anybody.
pub struct MaybeSignedIn(pub Option<Visitor>);

/// A signed-in student, who reads.
pub struct SignedIn(pub Visitor);

/// Whoever is here and may write: from an allowed origin and, where signed in, with the CSRF token.
pub struct MayWrite(pub Option<Visitor>);

/// A signed-in student, who writes.
pub struct Writer(pub Visitor);

impl FromRequestParts<HttpState> for MaybeSignedIn {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &HttpState) -> Result<Self, ApiError> {
        Ok(Self(match session_token(&state.settings, &parts.headers) {
            Some(token) => sign_in::visitor(&state.services, &token).await?,
            None => None,
        }))
    }
}

impl FromRequestParts<HttpState> for SignedIn {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &HttpState) -> Result<Self, ApiError> {
        let MaybeSignedIn(visitor) = MaybeSignedIn::from_request_parts(parts, state).await?;
        Ok(Self(visitor.ok_or(ErrorCode::SessionExpired)?))
    }
}

impl FromRequestParts<HttpState> for MayWrite {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &HttpState) -> Result<Self, ApiError> {
        let MaybeSignedIn(visitor) = MaybeSignedIn::from_request_parts(parts, state).await?;
        let token = parts.headers.get(endpoint::CSRF_HEADER);
        let token_fits = visitor.as_ref().is_none_or(|visitor| {
            token.is_some_and(|token| {
                bool::from(token.as_bytes().ct_eq(visitor.csrf_token.as_bytes()))
            })
        });
        if !token_fits || !origin_is_allowed(&parts.headers, &state.settings) {
            return Err(ErrorCode::CsrfRejected.into());
        }
        Ok(Self(visitor))
    }
}

impl FromRequestParts<HttpState> for Writer {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &HttpState) -> Result<Self, ApiError> {
        let MayWrite(visitor) = MayWrite::from_request_parts(parts, state).await?;
        Ok(Self(visitor.ok_or(ErrorCode::SessionExpired)?))
    }
}

/// Whether a write may come from where it says it comes from. Browsers say so with every write;
/// who sends no `Origin` is no browser and has no cookies to abuse.
fn origin_is_allowed(headers: &HeaderMap, settings: &Settings) -> bool {
    let Some(origin) = headers.get(header::ORIGIN) else {
        return true;
    };
    let Ok(origin) = origin.to_str() else {
        return false;
    };
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    // A page that came by plain HTTP is no page of a server that people reach by https.
    let scheme = if settings.is_encrypted() {
        "https"
    } else {
        "http"
    };
    let same = origin
        .split_once("://")
        .is_some_and(|(by, origin_host)| by == scheme && Some(origin_host) == host);
    same || settings.public_origin.as_deref() == Some(origin)
        || settings
            .allowed_origins
            .iter()
            .any(|allowed| allowed == origin)
}
