use std::time::Duration;

use axum::Router;
use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderName, HeaderValue, Request as HttpRequest};
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use dika_contract::OrderId;
use dika_core::ids::Ids;
use dika_store::audit::{Cause, caused_by};
use tower_http::request_id::{
    MakeRequestId, PropagateRequestIdLayer, RequestId, SetRequestIdLayer,
};
use tower_http::trace::TraceLayer;

use crate::adapters::os_random::OsRandom;

/// Names the request in the answer; the log and problems carry the same name.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

tokio::task_local! {
    static CURRENT: String;
}

/// The id of the request that this task answers.
pub fn current_request_id() -> Option<String> {
    CURRENT.try_with(String::clone).ok()
}

/// The outermost layers: every request gets an id, a span in the log, and the id in its answer.
///
/// The span says method, path, order, outcome and how long it took: no query, no body, no header. The path is the route's,
/// because one that was mistyped may hold anything.
pub fn identified(root: Router) -> Router {
    let trace = TraceLayer::new_for_http()
        .make_span_with(|request: &HttpRequest<_>| {
            let route = request.extensions().get::<MatchedPath>();
            let path = route.map(MatchedPath::as_str);
            let order = path.and_then(|path| order_of(path, request.uri().path()));
            tracing::info_span!("request", id = id_of(request), method = %request.method(), path, order)
        })
        .on_request(())
        .on_failure(())
        .on_response(|response: &Response, took: Duration, _: &_| {
            let ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
            tracing::info!(status = response.status().as_u16(), ms, "answered");
        });
    // The last one is the outermost.
    root.layer(from_fn(in_scope))
        .layer(PropagateRequestIdLayer::new(REQUEST_ID))
        .layer(trace)
        .layer(SetRequestIdLayer::new(REQUEST_ID, OwnIds))
        .layer(from_fn(unnamed))
}

/// The order that a path of this route names.
fn order_of<'a>(route: &str, path: &'a str) -> Option<&'a str> {
    let (before, _) = route.split_once("/top-ups/{id}")?;
    let named = path.strip_prefix(before)?.strip_prefix("/top-ups/")?;
    let named = named.split('/').next()?;
    OrderId::parse(named).map(|_| named)
}

/// Always our own: a name from outside could be anything.
async fn unnamed(mut request: Request, next: Next) -> Response {
    request.headers_mut().remove(REQUEST_ID);
    next.run(request).await
}

/// Makes the id known to whatever answers, problems above all, and to the audit of what is moved meanwhile.
async fn in_scope(request: Request, next: Next) -> Response {
    let id = id_of(&request).to_owned();
    let cause = Cause {
        request_id: Some(id.clone()),
        ..Cause::default()
    };
    let answered = caused_by(cause, next.run(request));
    CURRENT.scope(id, answered).await
}

fn id_of<B>(request: &HttpRequest<B>) -> &str {
    let id = request.headers().get(REQUEST_ID);
    id.and_then(|id| id.to_str().ok()).unwrap_or_default()
}

#[derive(Clone, Copy)]
struct OwnIds;

impl MakeRequestId for OwnIds {
    fn make_request_id<B>(&mut self, _: &HttpRequest<B>) -> Option<RequestId> {
        let id = HeaderValue::from_str(&OsRandom.id()).ok()?;
        Some(RequestId::new(id))
    }
}

#[cfg(test)]
mod tests {
    use super::order_of;

    #[test]
    fn a_route_about_an_order_names_it() {
        let route = "/api/v1/top-ups/{id}/cancel";
        assert_eq!(order_of(route, "/api/v1/top-ups/0abc/cancel"), Some("0abc"));
        assert_eq!(
            order_of(route, "/api/v1/top-ups/1380000%200001/cancel"),
            None
        );
        assert_eq!(order_of("/api/v1/top-ups", "/api/v1/top-ups"), None);
        assert_eq!(order_of("/api/v1/cards/{id}", "/api/v1/cards/0abc"), None);
    }
}
