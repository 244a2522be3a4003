use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, header};
use dika_contract::{ErrorCode, endpoint};
use dika_store::audit::{self, Actor};
use dika_store::users::Visitor;
use subtle::ConstantTimeEq;

use crate::http::cookies::session_token;
use crate::http::problem::ApiError;
use crate::http::state::HttpState;
use crate::services::sign_in;
use crate::settings::Settings;

/// What browsers say of a request's page: `same-origin`, `same-site`, `cross-site`, or `none` for the person themselves.
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

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
        Ok(Self(acting(visitor.ok_or(ErrorCode::SessionExpired)?)))
    }
}

/// Whatever moves from now on moves because of this student.
fn acting(visitor: Visitor) -> Visitor {
    audit::acting(Actor::Student(visitor.user_id.clone()));
    visitor
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
        Ok(Self(acting(visitor.ok_or(ErrorCode::SessionExpired)?)))
    }
}

/// Whether a write may come from where it says it comes from. Browsers say so: with every write in `Origin`, else in
/// `Referer` or `Sec-Fetch-Site`. Who says nothing at all is no browser and has no cookies to abuse.
fn origin_is_allowed(headers: &HeaderMap, settings: &Settings) -> bool {
    let mut origins = headers.get_all(header::ORIGIN).iter();
    match (origins.next(), origins.next()) {
        (Some(origin), None) => origin
            .to_str()
            .is_ok_and(|origin| is_ours(origin, headers, settings)),
        (Some(_), Some(_)) => false,
        (None, _) => page_is_allowed(headers, settings),
    }
}

/// The same by what older browsers, and those that were told to leave the origin out, still say.
fn page_is_allowed(headers: &HeaderMap, settings: &Settings) -> bool {
    if let Some(page) = headers.get(header::REFERER) {
        let origin = page
            .to_str()
            .ok()
            .and_then(|page| url::Url::parse(page).ok())
            .map(|page| page.origin().ascii_serialization());
        return origin.is_some_and(|origin| is_ours(&origin, headers, settings));
    }
    headers
        .get(SEC_FETCH_SITE)
        .is_none_or(|site| site == "same-origin" || site == "none")
}

/// Whether pages of this origin may write: the server's own, scheme included, and those listed.
fn is_ours(origin: &str, headers: &HeaderMap, settings: &Settings) -> bool {
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
