use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::{Next, from_fn};
use dika_core::ids::Ids;
use tracing::Instrument;

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

/// The outermost layer: every request gets an id, a span in the log, and the id in its answer.
///
/// The span says method, path pattern and outcome: no query, no body, no header.
pub fn identified(root: Router) -> Router {
    root.layer(from_fn(async |request: Request, next: Next| {
        // Always our own: a name from outside could be anything.
        let id = OsRandom.id();
        let span = tracing::info_span!("request", id, method = %request.method());
        CURRENT
            .scope(
                id.clone(),
                async {
                    let mut response = next.run(request).await;
                    if let Ok(value) = HeaderValue::from_str(&id) {
                        response.headers_mut().insert(REQUEST_ID, value);
                    }
                    tracing::info!(status = response.status().as_u16(), "answered");
                    response
                }
                .instrument(span),
            )
            .await
    }))
}
