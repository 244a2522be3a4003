//! A client in process: keeps cookies and the CSRF token as a browser with the app would.
#![allow(dead_code, reason = "each test file uses its part")]

use std::collections::BTreeMap;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;

/// An answer, read to its end.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("JSON, not {}", self.text()))
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

/// A browser of one person.
pub struct Client {
    app: Router,
    cookies: BTreeMap<String, String>,
    csrf: Option<String>,
}

impl Client {
    pub fn new(app: &Router) -> Self {
        Self {
            app: app.clone(),
            cookies: BTreeMap::new(),
            csrf: None,
        }
    }

    /// Sends a request as it is, cookies added.
    pub async fn send(&mut self, mut request: Request<Body>) -> Answer {
        if !self.cookies.is_empty() && !request.headers().contains_key(header::COOKIE) {
            let jar: Vec<String> = self
                .cookies
                .iter()
                .map(|(name, value)| format!("{name}={value}"))
                .collect();
            request.headers_mut().insert(
                header::COOKIE,
                jar.join("; ").parse().expect("a header value"),
            );
        }
        let response = self
            .app
            .clone()
            .oneshot(request)
            .await
            .expect("the router always answers");
        let (parts, body) = response.into_parts();
        for cookie in parts.headers.get_all(header::SET_COOKIE) {
            let text = cookie.to_str().expect("plain text");
            let (name, value) = text
                .split(';')
                .next()
                .and_then(|pair| pair.split_once('='))
                .expect("a pair");
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        let body = body
            .collect()
            .await
            .expect("a whole body")
            .to_bytes()
            .to_vec();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body,
        }
    }

    pub async fn get(&mut self, path: &str) -> Answer {
        self.get_with(path, &[]).await
    }

    /// Keeps a cookie that the page's script sets.
    pub fn keep_cookie(&mut self, name: &str, value: &str) {
        self.cookies.insert(name.to_owned(), value.to_owned());
    }

    pub async fn get_with(&mut self, path: &str, headers: &[(&str, &str)]) -> Answer {
        let mut request = Request::get(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(Body::empty()).expect("a request"))
            .await
    }

    /// A call with a JSON body and the CSRF token.
    pub async fn call(&mut self, method: &str, path: &str, body: Option<Value>) -> Answer {
        self.call_with(method, path, body, &[]).await
    }

    pub async fn call_with(
        &mut self,
        method: &str,
        path: &str,
        body: Option<Value>,
        headers: &[(&str, &str)],
    ) -> Answer {
        let method: Method = method.to_uppercase().parse().expect("a method");
        let mut request = Request::builder().method(method).uri(path);
        if let Some(token) = &self.csrf {
            request = request.header("x-csrf-token", token);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = match body {
            Some(body) => {
                request = request.header(header::CONTENT_TYPE, "application/json");
                Body::from(body.to_string())
            }
            None => Body::empty(),
        };
        self.send(request.body(body).expect("a request")).await
    }

    pub async fn post(&mut self, path: &str, body: Value) -> Answer {
        self.call("POST", path, Some(body)).await
    }

    /// Signs in by SMS.
    pub async fn sign_in(&mut self, phone: &str) {
        let sent = self
            .post("/api/v1/session/code", json!({ "phone": phone }))
            .await;
        assert_eq!(sent.status, StatusCode::ACCEPTED, "{}", sent.text());
        let sms = self
            .get(&format!("/sandbox/sms?phone={phone}"))
            .await
            .json();
        let session = self
            .post(
                "/api/v1/session",
                json!({ "phone": phone, "code": sms["code"] }),
            )
            .await;
        assert_eq!(session.status, StatusCode::OK, "{}", session.text());
        self.csrf = session.json()["csrf_token"].as_str().map(str::to_owned);
    }

    /// Binds a card of a person of `GET /sandbox/people` and confirms it; gives the card's id.
    pub async fn bind(&mut self, issuer: &str, person: &Value) -> String {
        let card = &person[issuer];
        let mut wish = json!({ "issuer": issuer, "password": card["password"] });
        let key = if issuer == "gdut" {
            "account"
        } else {
            "card_no"
        };
        wish[key] = card[key].clone();
        let binding = self.post("/api/v1/bindings", wish).await;
        assert_eq!(binding.status, StatusCode::CREATED, "{}", binding.text());
        let id = binding.json()["id"].as_str().expect("an id").to_owned();
        let path = format!("/api/v1/bindings/{id}/confirm");
        let bound = self.call("POST", &path, None).await;
        assert_eq!(bound.status, StatusCode::OK, "{}", bound.text());
        bound.json()["card_id"].as_str().expect("a card").to_owned()
    }

    /// Stores an order.
    pub async fn top_up(&mut self, card: &str, wallet: &str, fen: i64, key: &str) -> Answer {
        let wish = json!({ "card_id": card, "wallet": wallet, "amount_fen": fen });
        self.call_with(
            "POST",
            "/api/v1/top-ups",
            Some(wish),
            &[("idempotency-key", key)],
        )
        .await
    }
}

/// Everybody, as the sandbox lists them.
pub async fn people(client: &mut Client) -> Vec<Value> {
    let people = client.get("/sandbox/people").await.json();
    people.as_array().expect("a list").clone()
}

/// The one whose note holds the word.
pub fn with_note<'a>(people: &'a [Value], word: &str) -> &'a Value {
    people
        .iter()
        .find(|person| {
            person["note"]
                .as_str()
                .is_some_and(|note| note.contains(word))
        })
        .unwrap_or_else(|| panic!("somebody with {word}"))
}
