use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use dika_contract::{ErrorCode, endpoint};
use dika_core::clock::Clock;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::timeout::TimeoutLayer;

use crate::http::page_read;
use crate::http::problem::{ApiError, PROBLEM};
use crate::http::state::HttpState;
use crate::settings::Settings;

/// More than any body of the contract.
pub const MOST_BODY: usize = 16 * 1024;
/// How long an answer may take, its request's body included: longer than all that is waited for inside.
pub const ANSWER_WITHIN: Duration = Duration::from_secs(25);

/// What every call of the API passes.
pub fn layers(api: Router<HttpState>, state: &HttpState) -> Router<HttpState> {
    bounded(api.layer(from_fn(page_read::in_time)), ANSWER_WITHIN)
        .layer(from_fn_with_state(state.settings.clone(), maintenance))
        .layer(from_fn_with_state(state.services.clock.clone(), not_stored))
}

/// Limits bodies and the time that an answer may take.
pub fn bounded<S: Clone + Send + Sync + 'static>(router: Router<S>, within: Duration) -> Router<S> {
    router
        .layer(RequestBodyLimitLayer::new(MOST_BODY))
        .layer(TimeoutLayer::with_status_code(
            StatusCode::SERVICE_UNAVAILABLE,
            within,
        ))
        .layer(from_fn(explained))
}

/// While closed for maintenance, only health and readiness answer as usual.
async fn maintenance(
    State(settings): State<Arc<Settings>>,
    request: Request,
    next: Next,
) -> Response {
    let path = request.uri().path();
    let asked_by_machines = path.ends_with(endpoint::HEALTH) || path.ends_with(endpoint::READY);
    if settings.maintenance && !asked_by_machines {
        return ApiError::new(ErrorCode::Maintenance).into_response();
    }
    next.run(request).await
}

/// Gives the refusals of the layers inside, which have no words, the problem that goes with their status.
async fn explained(request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    let status = response.status();
    let code = match status {
        StatusCode::SERVICE_UNAVAILABLE => ErrorCode::Busy,
        StatusCode::PAYLOAD_TOO_LARGE => ErrorCode::InvalidRequest,
        _ => return response,
    };
    if response.headers().get(header::CONTENT_TYPE) == Some(&PROBLEM) {
        return response;
    }
    ApiError::new(code).with_status(status).into_response()
}

/// Answers of the API are one student's, or change: no cache keeps them, unless the handler says so. Those that no
/// cache keeps carry the server's time; in a kept one it would be the time of another answer.
async fn not_stored(State(clock): State<Arc<dyn Clock>>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let no_store = HeaderValue::from_static("no-store");
    let kept = headers
        .entry(header::CACHE_CONTROL)
        .or_insert_with(|| no_store.clone());
    if *kept == no_store {
        headers.insert(
            HeaderName::from_static(endpoint::SERVER_TIME_HEADER),
            (clock.now_micros() / 1_000).into(),
        );
    }
    response
}

/// The API has no such address.
pub async fn no_such_address() -> ApiError {
    ErrorCode::NotFound.into()
}

/// The address exists, but not with this method.
pub async fn no_such_method() -> ApiError {
    ApiError::new(ErrorCode::InvalidRequest).with_status(StatusCode::METHOD_NOT_ALLOWED)
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::routing::{get, post};
    use dika_contract::Problem;
    use http_body_util::BodyExt;
    use tower::ServiceExt;

    use super::*;

    async fn answer(request: Request) -> (StatusCode, Problem) {
        let router = Router::new()
            .route("/slow", get(std::future::pending::<()>))
            .route("/read", post(async |_: axum::body::Bytes| ()));
        let router = bounded(router, Duration::from_millis(20));
        let response = router.oneshot(request).await.expect("never fails");
        let status = response.status();
        let body = response.into_body().collect().await.expect("a body");
        let problem = serde_json::from_slice(&body.to_bytes()).expect("a problem");
        (status, problem)
    }

    #[tokio::test]
    async fn an_answer_that_takes_too_long_is_a_problem_that_says_when_to_come_back() {
        let request = Request::get("/slow").body(Body::empty()).expect("fits");
        let (status, problem) = answer(request).await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(problem.code, ErrorCode::Busy);
        assert!(problem.retry_after_s.is_some());
    }

    #[tokio::test]
    async fn a_body_that_never_ends_is_not_waited_for() {
        let body = Body::from_stream(futures_util::stream::pending::<
            Result<String, std::io::Error>,
        >());
        let request = Request::post("/read").body(body).expect("fits");
        let (status, problem) = answer(request).await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(problem.code, ErrorCode::Busy);
    }

    #[tokio::test]
    async fn a_large_body_is_refused_before_it_is_read() {
        let request = Request::post("/read")
            .header(header::CONTENT_LENGTH, MOST_BODY + 1)
            .body(Body::from(vec![0; MOST_BODY + 1]))
            .expect("fits");
        let (status, problem) = answer(request).await;
        assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
        assert_eq!(problem.code, ErrorCode::InvalidRequest);
    }
}
