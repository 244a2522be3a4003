//! Reads that this program makes of its own API, to draw a page with what they say.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use tokio::time::Instant;

use crate::services::time_limits;

/// Marks a request as such a read, among its extensions: somebody waits for the page's first byte. No provider is
/// asked for it, and a card system only briefly.
#[derive(Clone, Copy, Debug)]
pub struct PageRead {
    /// Until when the card systems are waited for.
    pub card_system_until: Instant,
}

/// Holds such a read to its time.
pub async fn in_time(request: Request, next: Next) -> Response {
    let page_read = request.extensions().get::<PageRead>().copied();
    match page_read {
        Some(read) => time_limits::until(read.card_system_until, next.run(request)).await,
        None => next.run(request).await,
    }
}
