//! Faults on demand: the API answers late, wrongly or not at all, so that a person or a test sees
//! what the app makes of it.

use std::collections::{HashSet, VecDeque};
use std::net::SocketAddr;
use std::panic::resume_unwind;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{Method, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use dika_contract::{ErrorCode, endpoint};
use futures_util::{StreamExt, stream};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use dika_server::connections::TakenAt;
use dika_server::http::page_read::PageRead;
use dika_server::http::problem::ApiError;
use dika_server::services::error::ServiceError;

const DEFAULT_DELAY_MS: u64 = 3_000;
/// Longer than any client waits.
const LONGEST_DELAY_MS: u64 = 120_000;
/// How soon a browser repeats a request by itself.
const REPEAT_WITHIN: Duration = Duration::from_millis(500);
/// A connection that brings its first request later than this was opened beforehand, and lay idle.
const IDLE_AFTER: Duration = Duration::from_millis(20);
/// How long the half of an answer has to go out.
const PAUSE_BEFORE_CUT: Duration = Duration::from_millis(50);
/// Connections that are remembered.
const MOST_CONNECTIONS: usize = 4_096;

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// The answer comes late.
    Delay,
    /// A problem document; 503 where no code is asked for.
    Error,
    /// 502 with a page, as a dead gateway answers.
    Html,
    /// The connection closes without an answer.
    Drop,
    /// The call is carried out; the connection closes in the middle of the answer.
    Cut,
    /// The call is carried out; each object of the answer has a field that no version knows.
    Extra,
}

impl FaultKind {
    /// Whether it makes something of the real answer.
    const fn takes_answer(self) -> bool {
        matches!(self, Self::Cut | Self::Extra)
    }
}

/// A fault that waits for its request. The body of `POST /sandbox/faults`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Fault {
    /// The API path, with or without `/api/v1`. A segment in braces stands for any, and a `*` at
    /// the end for anything that follows.
    pub path: String,
    /// The method; nothing or `*` for any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// What goes wrong.
    pub kind: FaultKind,
    /// How often; nothing for every time until the next reset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u32>,
    /// Whether the request is carried out first and only its answer is spoilt.
    #[serde(default)]
    pub after_commit: bool,
    /// How late a delayed answer comes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ms: Option<u64>,
    /// Which problem an `error` is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<ErrorCode>,
    /// The problem's `retry_after_s`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_s: Option<u32>,
}

/// The faults that wait. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct Faults(Arc<Mutex<Waiting>>);

#[derive(Debug, Default)]
struct Waiting {
    faults: Vec<Fault>,
    seen: HashSet<SocketAddr>,
    order_seen: VecDeque<SocketAddr>,
    dropped: Option<Dropped>,
}

/// A request that was dropped, which a browser will repeat by itself.
#[derive(Debug)]
struct Dropped {
    method: Method,
    path: String,
    at: Instant,
}

impl Fault {
    /// What is wrong with the fault itself, in plain words.
    pub fn complaint(&self) -> Option<&'static str> {
        if !self.path.starts_with('/') && self.path != "*" {
            return Some("path must start with / or be *");
        }
        if self.path.starts_with("/sandbox") {
            return Some("the sandbox's own addresses have no faults");
        }
        let method = self.method.as_deref().unwrap_or("*");
        if method != "*" && !method.bytes().all(|byte| byte.is_ascii_alphabetic()) {
            return Some("method must be an HTTP method or *");
        }
        if self.times == Some(0) {
            return Some("times must be at least 1; leave it out for every time");
        }
        (self.ms.unwrap_or(0) > LONGEST_DELAY_MS).then_some("ms must be at most 120000")
    }

    fn fits(&self, method: &Method, path: &str) -> bool {
        let right_method = match self.method.as_deref() {
            None | Some("*" | "") => true,
            Some(wanted) => wanted.eq_ignore_ascii_case(method.as_str()),
        };
        let wanted = self.path.strip_prefix(endpoint::BASE).unwrap_or(&self.path);
        let given = path.strip_prefix(endpoint::BASE).unwrap_or(path);
        right_method && fits_pattern(wanted, given)
    }

    fn spoil(&self) -> Response {
        match self.kind {
            FaultKind::Html => (
                StatusCode::BAD_GATEWAY,
                [(header::CONTENT_TYPE, "text/html; charset=utf-8")],
                "<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head>\
                 <body><h1>502 Bad Gateway</h1></body></html>",
            )
                .into_response(),
            FaultKind::Error
            | FaultKind::Delay
            | FaultKind::Drop
            | FaultKind::Cut
            | FaultKind::Extra => {
                let code = self.code.unwrap_or(ErrorCode::Maintenance);
                let refusal = ServiceError::new(code);
                let refusal = match self.retry_after_s {
                    Some(seconds) => refusal.retry_after(seconds.into()),
                    None => refusal,
                };
                ApiError::from(refusal).into_response()
            }
        }
    }
}

fn fits_pattern(wanted: &str, given: &str) -> bool {
    let (start, open) = match wanted.strip_suffix('*') {
        Some(start) => (start, true),
        None => (wanted, false),
    };
    let mut given = given.split('/');
    let mut wanted = start.split('/').peekable();
    while let Some(segment) = wanted.next() {
        let last = wanted.peek().is_none();
        let Some(found) = given.next() else {
            return false;
        };
        let any = segment.starts_with('{') && segment.ends_with('}') && !found.is_empty();
        if !(any || segment == found || (last && open && found.starts_with(segment))) {
            return false;
        }
    }
    open || given.next().is_none()
}

impl Waiting {
    fn find(&self, method: &Method, path: &str) -> Option<usize> {
        self.faults
            .iter()
            .position(|fault| fault.fits(method, path))
    }
}

impl Faults {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        // A panic in between leaves nothing half done here.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a fault behind those that wait.
    pub fn add(&self, fault: Fault) {
        self.lock().faults.push(fault);
    }

    /// Takes all faults away.
    pub fn clear(&self) {
        let mut waiting = self.lock();
        waiting.faults.clear();
        waiting.dropped = None;
    }

    /// The faults that wait.
    pub fn list(&self) -> Vec<Fault> {
        self.lock().faults.clone()
    }

    /// The fault for a request, counted down.
    fn take(&self, method: &Method, path: &str) -> Option<Fault> {
        let mut waiting = self.lock();
        let at = waiting.find(method, path)?;
        let fault = waiting.faults[at].clone();
        match waiting.faults[at].times.as_mut() {
            None => {}
            Some(times) if *times > 1 => *times -= 1,
            Some(_) => {
                waiting.faults.remove(at);
            }
        }
        Some(fault)
    }

    /// The fault for a request, which goes on waiting for the next.
    fn peek(&self, method: &Method, path: &str) -> Option<Fault> {
        let waiting = self.lock();
        let at = waiting.find(method, path)?;
        Some(waiting.faults[at].clone())
    }

    fn note_drop(&self, method: Method, path: String) {
        self.lock().dropped = Some(Dropped {
            method,
            path,
            at: Instant::now(),
        });
    }

    /// Notes a request's connection and says whether it had served before.
    fn served_before(&self, peer: SocketAddr) -> bool {
        let mut waiting = self.lock();
        if !waiting.seen.insert(peer) {
            return true;
        }
        waiting.order_seen.push_back(peer);
        if waiting.order_seen.len() > MOST_CONNECTIONS
            && let Some(oldest) = waiting.order_seen.pop_front()
        {
            waiting.seen.remove(&oldest);
        }
        false
    }

    /// Whether a browser repeats, by itself, a request that was just dropped. Other requests may come in between.
    fn is_repeat(&self, method: &Method, path: &str) -> bool {
        self.lock()
            .dropped
            .take_if(|dropped| dropped.method == method && dropped.path == path)
            .is_some_and(|dropped| dropped.at.elapsed() < REPEAT_WITHIN)
    }
}

/// Puts faults around everything, so that they see every connection.
pub fn layer(root: Router, faults: Faults) -> Router {
    root.layer(from_fn_with_state(faults, inject))
}

async fn inject(State(faults): State<Faults>, request: Request, next: Next) -> Response {
    let parts = request.extensions();
    let reused = parts
        .get::<ConnectInfo<SocketAddr>>()
        .is_some_and(|ConnectInfo(peer)| faults.served_before(*peer));
    let idle = parts
        .get::<TakenAt>()
        .is_some_and(|TakenAt(at)| at.elapsed() >= IDLE_AFTER);
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    if !path.starts_with(endpoint::BASE) || method == Method::OPTIONS {
        return next.run(request).await;
    }
    let browser = request
        .headers()
        .get(header::USER_AGENT)
        .is_some_and(|agent| agent.as_bytes().starts_with(b"Mozilla/"));
    // A browser sends a request again, unasked, when a connection that it kept or opened beforehand
    // closes on it. The person would see no fault at all, so the repetition is dropped too.
    let is_repeated = browser && (reused || idle);
    if browser && faults.is_repeat(&method, &path) {
        close(&faults, method, path, is_repeated);
    }
    // What a page reads before it goes out fails as the student's own request would, which is what counts.
    let fault = if request.extensions().get::<PageRead>().is_some() {
        faults.peek(&method, &path)
    } else {
        faults.take(&method, &path)
    };
    let Some(fault) = fault else {
        return next.run(request).await;
    };
    tracing::info!(%method, path, kind = ?fault.kind, after_commit = fault.after_commit, "sandbox fault");
    let late = Duration::from_millis(fault.ms.unwrap_or(match fault.kind {
        FaultKind::Delay => DEFAULT_DELAY_MS,
        _ => 0,
    }));
    let answer = if fault.kind == FaultKind::Delay && !fault.after_commit {
        tokio::time::sleep(late).await;
        return next.run(request).await;
    } else if fault.after_commit || fault.kind.takes_answer() {
        Some(next.run(request).await)
    } else {
        None
    };
    tokio::time::sleep(late).await;
    match (fault.kind, answer) {
        (FaultKind::Delay, Some(answer)) => answer,
        (FaultKind::Cut, Some(answer)) => cut(answer).await,
        (FaultKind::Extra, Some(answer)) => with_more_fields(answer).await,
        (FaultKind::Drop, _) => close(&faults, method, path, is_repeated),
        _ => fault.spoil(),
    }
}

/// What an answer says, and the rest of it.
async fn taken_apart(answer: Response) -> (axum::http::response::Parts, Vec<u8>) {
    let (parts, body) = answer.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap_or_default();
    (parts, body.to_vec())
}

/// Half of an answer that says how long the whole would be. The connection ends after it.
async fn cut(answer: Response) -> Response {
    let (mut parts, mut body) = taken_apart(answer).await;
    let whole = body.len().max(2);
    body.truncate(whole / 2);
    let half = stream::once(async move { Ok(body) });
    let end = stream::once(async {
        // What came before is sent while this is waited for.
        tokio::time::sleep(PAUSE_BEFORE_CUT).await;
        Err(std::io::Error::from(std::io::ErrorKind::ConnectionAborted))
    });
    parts.headers.insert(header::CONTENT_LENGTH, whole.into());
    Response::from_parts(parts, Body::from_stream(half.chain(end)))
}

/// An answer as a newer server gives it.
async fn with_more_fields(answer: Response) -> Response {
    let (mut parts, body) = taken_apart(answer).await;
    let body = match serde_json::from_slice::<Value>(&body) {
        Ok(mut value) => {
            add_field(&mut value);
            parts.headers.remove(header::CONTENT_LENGTH);
            value.to_string().into_bytes()
        }
        Err(_) => body,
    };
    Response::from_parts(parts, Body::from(body))
}

fn add_field(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.values_mut().for_each(add_field);
            fields.insert(
                "of_a_newer_version".to_owned(),
                json!({ "list": [1, null] }),
            );
        }
        Value::Array(items) => items.iter_mut().for_each(add_field),
        _ => {}
    }
}

/// Ends the connection without an answer: the task that serves it unwinds, and with it the socket
/// closes. Nothing is printed, since no panic is raised.
fn close(faults: &Faults, method: Method, path: String, is_repeated: bool) -> ! {
    if is_repeated {
        faults.note_drop(method, path);
    }
    resume_unwind(Box::new("a connection closed by the sandbox"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(json: &str) -> Fault {
        serde_json::from_str(json).expect(json)
    }

    #[test]
    fn paths_fit_exactly_by_prefix_and_by_segment() {
        for (wanted, given, fits) in [
            ("/api/v1/cards", "/api/v1/cards", true),
            ("/cards", "/api/v1/cards", true),
            ("/cards", "/api/v1/cards/7", false),
            ("/cards/*", "/api/v1/cards/7", true),
            ("/cards*", "/api/v1/cards", true),
            ("/api/v1/*", "/api/v1/top-ups/7/cancel", true),
            ("/api/v1*", "/api/v1/top-ups", true),
            ("/top-ups/{id}", "/api/v1/top-ups/7", true),
            ("/top-ups/{id}", "/api/v1/top-ups/7/cancel", false),
            ("/top-ups/{id}/cancel", "/api/v1/top-ups/7/cancel", true),
            ("*", "/api/v1/session", true),
        ] {
            let fault = fault(&format!(r#"{{"path":"{wanted}","kind":"error"}}"#));
            assert_eq!(fault.fits(&Method::GET, given), fits, "{wanted} {given}");
        }
    }

    #[test]
    fn a_repetition_is_known_whatever_is_asked_in_between() {
        let faults = Faults::default();
        faults.note_drop(Method::POST, "/api/v1/top-ups".to_owned());
        assert!(!faults.is_repeat(&Method::GET, "/api/v1/session"));
        assert!(!faults.is_repeat(&Method::GET, "/api/v1/top-ups"));
        assert!(faults.is_repeat(&Method::POST, "/api/v1/top-ups"));
        // What comes next is the person's own.
        assert!(!faults.is_repeat(&Method::POST, "/api/v1/top-ups"));
    }

    #[test]
    fn times_count_down_and_none_stays() {
        let faults = Faults::default();
        faults.add(fault(
            r#"{"path":"/cards","method":"get","kind":"html","times":2,"after_commit":false}"#,
        ));
        faults.add(fault(r#"{"path":"/session","kind":"drop","times":null}"#));
        assert!(faults.take(&Method::POST, "/api/v1/cards").is_none());
        assert!(faults.take(&Method::GET, "/api/v1/cards").is_some());
        assert!(faults.take(&Method::GET, "/api/v1/cards").is_some());
        assert!(faults.take(&Method::GET, "/api/v1/cards").is_none());
        for _ in 0..5 {
            assert!(faults.take(&Method::GET, "/api/v1/session").is_some());
        }
        faults.clear();
        assert!(faults.take(&Method::GET, "/api/v1/session").is_none());
    }

    #[test]
    fn nonsense_is_refused() {
        for json in [
            r#"{"path":"cards","kind":"error"}"#,
            r#"{"path":"/sandbox/reset","kind":"error"}"#,
            r#"{"path":"/cards","kind":"error","times":0}"#,
            r#"{"path":"/cards","kind":"delay","ms":99999999}"#,
            r#"{"path":"/cards","kind":"error","method":"G T"}"#,
        ] {
            assert!(fault(json).complaint().is_some(), "{json}");
        }
        assert!(serde_json::from_str::<Fault>(r#"{"path":"/cards","kind":"fire"}"#).is_err());
    }
}
