//! A transport whose replies the test holds and releases. Replies after a fixed delay make flaky tests.

use std::{
    future::poll_fn,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Poll, Waker},
};

use dika::api::{Fault, LocalFuture, Method, Reply, Request, Transport};
use gloo_timers::future::TimeoutFuture;
use serde_json::Value;

type Answer = Result<(u16, String), Fault>;

/// A request of the page, which waits for the reply.
#[derive(Clone)]
pub struct Call {
    /// The HTTP method.
    pub method: Method,
    /// Path and query below the API's base.
    pub path: String,
    /// The JSON body.
    pub body: Option<Value>,
    headers: Vec<(&'static str, String)>,
    slot: Arc<Mutex<Slot>>,
}

#[derive(Default)]
struct Slot {
    taken: bool,
    answer: Option<Answer>,
    waker: Option<Waker>,
}

/// The requests so far, and the replies that are sent at once.
#[derive(Clone, Default)]
pub struct ScriptedTransport {
    calls: Arc<Mutex<Vec<Call>>>,
    status: Arc<Mutex<Vec<(Method, String, Value)>>>,
}

fn open<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl ScriptedTransport {
    /// From now on replies to such requests at once, with status 200 and this body.
    pub fn always(&self, method: Method, path: &str, body: Value) {
        let mut status = open(&self.status);
        status.retain(|(m, p, _)| (*m, p.as_str()) != (method, path));
        status.push((method, path.to_owned(), body));
    }

    /// The number of such requests, replied to or not.
    pub fn count(&self, method: Method, path: &str) -> usize {
        open(&self.calls)
            .iter()
            .filter(|call| (call.method, call.path.as_str()) == (method, path))
            .count()
    }

    /// Waits for the next such request.
    ///
    /// # Panics
    /// If there is none within five seconds.
    pub async fn next(&self, method: Method, path: &str) -> Call {
        for _ in 0..500 {
            let found = open(&self.calls)
                .iter()
                .filter(|call| (call.method, call.path.as_str()) == (method, path))
                .find(|call| !std::mem::replace(&mut open(&call.slot).taken, true))
                .cloned();
            if let Some(call) = found {
                return call;
            }
            TimeoutFuture::new(10).await;
        }
        let made: Vec<String> = open(&self.calls)
            .iter()
            .map(|call| format!("{} {}", call.method.as_str(), call.path))
            .collect();
        panic!("no {} {path}; there were {made:?}", method.as_str());
    }
}

impl Call {
    /// Replies with a status and JSON.
    pub fn answer(&self, status: u16, body: &Value) {
        self.release(Ok((status, body.to_string())));
    }

    /// Fails without a reply.
    pub fn fail(&self, fault: Fault) {
        self.release(Err(fault));
    }

    /// A header of the request.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(header, _)| *header == name)
            .map(|(_, value)| value.as_str())
    }

    fn release(&self, answer: Answer) {
        let mut slot = open(&self.slot);
        slot.answer = Some(answer);
        if let Some(waker) = slot.waker.take() {
            waker.wake();
        }
    }
}

impl Transport for ScriptedTransport {
    fn send(&self, request: Request) -> LocalFuture<Result<Reply, Fault>> {
        let slot = Arc::new(Mutex::new(Slot::default()));
        let status = open(&self.status)
            .iter()
            .find(|(method, path, _)| (*method, path) == (request.method, &request.path))
            .map(|(_, _, body)| body.to_string());
        if let Some(body) = status {
            let mut slot = open(&slot);
            slot.answer = Some(Ok((200, body)));
            slot.taken = true;
        }
        open(&self.calls).push(Call {
            method: request.method,
            path: request.path,
            body: request
                .body
                .and_then(|body| serde_json::from_str(&body).ok()),
            headers: request.headers,
            slot: Arc::clone(&slot),
        });
        Box::pin(poll_fn(move |context| {
            let mut slot = open(&slot);
            match slot.answer.take() {
                Some(answer) => Poll::Ready(answer.map(|(status, body)| Reply {
                    status,
                    body,
                    server_time_ms: None,
                })),
                None => {
                    slot.waker = Some(context.waker().clone());
                    Poll::Pending
                }
            }
        }))
    }
}
