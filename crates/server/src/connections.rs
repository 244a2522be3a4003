//! Takes connections and serves them. In place of `axum::serve`, which knows no limit for the time that the headers of a
//! request may take: one who sends them byte by byte would hold a connection for ever.

use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::TcpListener;
use tower::ServiceExt;

/// How long the headers of a request may take, the pause since the one before included: a little longer than proxies
/// keep a connection without use, a minute as a rule.
pub const HEADERS_WITHIN: Duration = Duration::from_secs(75);
/// How long to wait where the system gives no more connections.
const AGAIN_AFTER: Duration = Duration::from_millis(200);

/// When a request's connection was taken.
#[derive(Clone, Copy, Debug)]
pub struct TakenAt(pub Instant);

/// Serves until `stop` is done, then lets requests that are under way end.
pub async fn serve(
    listener: TcpListener,
    app: Router,
    headers_within: Duration,
    stop: impl Future<Output = ()>,
) {
    let connections = GracefulShutdown::new();
    let mut stop = std::pin::pin!(stop);
    loop {
        let (stream, address) = tokio::select! {
            () = &mut stop => break,
            accepted = listener.accept() => match accepted {
                Ok(accepted) => accepted,
                Err(fault) => {
                    tracing::warn!(%fault, "a connection could not be taken");
                    tokio::time::sleep(AGAIN_AFTER).await;
                    continue;
                }
            },
        };
        // The second piece of a page would wait until the first has been acknowledged.
        if let Err(fault) = stream.set_nodelay(true) {
            tracing::debug!(%fault, "a connection's small packets will be late");
        }
        let app = app.clone();
        let taken_at = TakenAt(Instant::now());
        let service = service_fn(move |request: hyper::Request<Incoming>| {
            let mut request: Request = request.map(Body::new);
            request.extensions_mut().insert(ConnectInfo(address));
            request.extensions_mut().insert(taken_at);
            app.clone().oneshot(request)
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(headers_within)
            .serve_connection(TokioIo::new(stream), service);
        let connection = connections.watch(connection);
        tokio::spawn(async move {
            if let Err(fault) = connection.await {
                tracing::debug!(%fault, "a connection ended");
            }
        });
    }
    drop(listener);
    connections.shutdown().await;
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use axum::routing::get;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpStream;

    use super::*;

    async fn server(within: Duration) -> (SocketAddr, tokio::sync::oneshot::Sender<()>) {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let app = Router::new().route(
            "/",
            get(async |ConnectInfo(from): ConnectInfo<SocketAddr>| from.ip().to_string()),
        );
        tokio::spawn(serve(listener, app, within, async {
            let _ = stopped.await;
        }));
        (address, stop)
    }

    #[tokio::test]
    async fn headers_that_never_end_are_not_waited_for() {
        let (address, _stop) = server(Duration::from_millis(200)).await;
        let mut stream = TcpStream::connect(address).await.expect("connects");
        stream
            .write_all(b"GET / HTTP/1.1\r\nhost: dika\r\nx-slow: ")
            .await
            .expect("sent");
        let mut told = Vec::new();
        let ended = tokio::time::timeout(Duration::from_secs(5), stream.read_to_end(&mut told));
        ended.await.expect("it ends").expect("read");
        assert!(!told.starts_with(b"HTTP/1.1 200"));
    }

    #[tokio::test]
    async fn requests_are_answered_and_know_where_they_come_from() {
        let (address, stop) = server(Duration::from_secs(5)).await;
        let mut stream = TcpStream::connect(address).await.expect("connects");
        stream
            .write_all(b"GET / HTTP/1.1\r\nhost: dika\r\nconnection: close\r\n\r\n")
            .await
            .expect("sent");
        let mut told = String::new();
        stream.read_to_string(&mut told).await.expect("read");
        assert!(
            told.starts_with("HTTP/1.1 200") && told.ends_with("127.0.0.1"),
            "{told}"
        );
        stop.send(()).expect("it listens");
    }
}
