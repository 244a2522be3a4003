use std::net::SocketAddr;

use anyhow::{Context, Result, bail};
use dika_contract::endpoint;
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::{ACCEPT_ENCODING, CONTENT_TYPE, COOKIE, HOST, SET_COOKIE};
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// One connection that stays open, with the cookies of one browser.
#[derive(Debug)]
pub struct Phone {
    address: SocketAddr,
    host: String,
    connection: Option<SendRequest<Full<Bytes>>>,
    cookies: Vec<(String, String)>,
    cookie_header: String,
    csrf_token: Option<String>,
    takes_brotli: bool,
}

/// An answer.
#[derive(Debug)]
pub struct Reply {
    /// How it went.
    pub status: StatusCode,
    /// What was said.
    pub body: Bytes,
}

impl Reply {
    /// The body as JSON.
    ///
    /// # Errors
    /// Where it is something else.
    pub fn json<'a, T: serde::Deserialize<'a>>(&'a self) -> Result<T> {
        serde_json::from_slice(&self.body).context("the answer is not as agreed")
    }

    /// The reply, where it is good.
    ///
    /// # Errors
    /// What the server refused, with its words: nothing in a sandbox is private.
    pub fn good(self) -> Result<Self> {
        if !self.status.is_success() {
            bail!(
                "{}: {}",
                self.status,
                String::from_utf8_lossy(&self.body[..self.body.len().min(300)])
            );
        }
        Ok(self)
    }
}

impl Phone {
    /// A phone that nobody has signed in with.
    pub fn new(address: SocketAddr) -> Self {
        Self {
            address,
            host: address.to_string(),
            connection: None,
            cookies: Vec::new(),
            cookie_header: String::new(),
            csrf_token: None,
            takes_brotli: false,
        }
    }

    /// Another student takes the connection over.
    pub fn hand_over(&mut self) {
        self.cookies.clear();
        self.cookie_header.clear();
        self.csrf_token = None;
    }

    /// Signs in with a session that is there already.
    pub fn resume(&mut self, token: &str, csrf_token: &str) {
        self.hand_over();
        self.keep_cookie("dika_session", token);
        self.csrf_token = Some(csrf_token.to_owned());
    }

    /// What writes carry from now on.
    pub fn set_csrf_token(&mut self, token: Option<String>) {
        self.csrf_token = token;
    }

    fn keep_cookie(&mut self, name: &str, value: &str) {
        self.cookies.retain(|(kept, _)| kept != name);
        if !value.is_empty() {
            self.cookies.push((name.to_owned(), value.to_owned()));
        }
        let all = self.cookies.iter();
        let all: Vec<String> = all.map(|(name, value)| format!("{name}={value}")).collect();
        self.cookie_header = all.join("; ");
    }

    /// Reads.
    ///
    /// # Errors
    /// Where no answer comes.
    pub async fn get(&mut self, path: &str) -> Result<Reply> {
        self.call(Method::GET, path, None, None).await
    }

    /// Reads as a browser does: what may be packed comes packed with Brotli, and stays so.
    ///
    /// # Errors
    /// Where no answer comes.
    pub async fn get_packed(&mut self, path: &str) -> Result<Reply> {
        self.takes_brotli = true;
        let reply = self.get(path).await;
        self.takes_brotli = false;
        reply
    }

    /// Writes.
    ///
    /// # Errors
    /// Where no answer comes.
    pub async fn post(&mut self, path: &str, body: &impl serde::Serialize) -> Result<Reply> {
        let body = serde_json::to_vec(body)?;
        self.call(Method::POST, path, Some(body), None).await
    }

    /// Writes under a key.
    ///
    /// # Errors
    /// Where no answer comes.
    pub async fn post_once(
        &mut self,
        path: &str,
        key: &str,
        body: &impl serde::Serialize,
    ) -> Result<Reply> {
        let body = serde_json::to_vec(body)?;
        self.call(Method::POST, path, Some(body), Some(key)).await
    }

    async fn call(
        &mut self,
        method: Method,
        path: &str,
        body: Option<Vec<u8>>,
        key: Option<&str>,
    ) -> Result<Reply> {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(HOST, &self.host);
        if self.takes_brotli {
            request = request.header(ACCEPT_ENCODING, "br");
        }
        if !self.cookie_header.is_empty() {
            request = request.header(COOKIE, &self.cookie_header);
        }
        if let (Some(_), Some(token)) = (&body, &self.csrf_token) {
            request = request.header(endpoint::CSRF_HEADER, token);
        }
        if let Some(key) = key {
            request = request.header(endpoint::IDEMPOTENCY_HEADER, key);
        }
        if body.is_some() {
            request = request.header(CONTENT_TYPE, "application/json");
        }
        let request = request.body(Full::new(Bytes::from(body.unwrap_or_default())))?;
        let mut connection = match self.connection.take() {
            Some(connection) if !connection.is_closed() => connection,
            _ => connect(self.address).await?,
        };
        let reply = connection.send_request(request).await?;
        let (head, body) = reply.into_parts();
        let body = body.collect().await?.to_bytes();
        connection.ready().await.ok();
        self.connection = Some(connection);
        for cookie in head.headers.get_all(SET_COOKIE) {
            let pair = cookie.to_str().unwrap_or_default().split(';').next();
            if let Some((name, value)) = pair.and_then(|pair| pair.split_once('=')) {
                self.keep_cookie(name, value);
            }
        }
        Ok(Reply {
            status: head.status,
            body,
        })
    }
}

async fn connect(address: SocketAddr) -> Result<SendRequest<Full<Bytes>>> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let (send, connection) = handshake(TokioIo::new(stream)).await?;
    tokio::spawn(async move {
        // The next call on it says what is wrong.
        let _ = connection.await;
    });
    Ok(send)
}
