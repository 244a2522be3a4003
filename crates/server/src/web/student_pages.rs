//! Pages that arrive with their student's data: drawn here with replies of the API, which are read in this process.
//! Whatever is late or fails is left out, and the app asks for it as it does everywhere.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, HeaderValue, Request, StatusCode, Uri, header};
use dika_contract::{PayChannel, Session, endpoint};
use futures_util::FutureExt;
use futures_util::future::join_all;
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout_at};
use tower::ServiceExt;

use crate::http::channel::channel_of;
use crate::http::cookies::{WECHAT_TRIED, cookie_named, session_token};
use crate::http::page_read::PageRead;
use crate::settings::Settings;
use crate::web::pages::{Audience, Drawn, Known, Pages};
use crate::web::{appearance, style_sheet};
use dika_contract::Language;

/// How long a page may take in all. What has not come by then is left out.
const PATIENCE: Duration = Duration::from_millis(200);
/// How long the card systems may take of it: cards are then shown without amounts.
const CARD_PATIENCE: Duration = Duration::from_millis(120);
/// How often a page is drawn: what a page shows may want more to be read.
const MOST_ROUNDS: usize = 3;
/// The most bytes of replies that travel with a page.
const MOST_BYTES: usize = 32 * 1024;
/// Asks for a page as it was built, whoever asks: the service worker keeps those.
const BARE: &str = "shell";

/// Draws pages with data. Clones share everything.
#[derive(Clone)]
pub struct StudentPages {
    pages: Arc<dyn Pages>,
    api: Router,
    turns: Arc<Semaphore>,
    settings: Arc<Settings>,
}

/// How a request for a page is answered.
#[derive(Debug, PartialEq, Eq)]
pub enum Answer {
    /// With the page as it was built.
    AsBuilt,
    /// With this document.
    Drawn(String),
    /// By the way to sign in, which is at this address.
    SignIn(String),
}

/// An answer, and the cookies that the API set on the way.
#[derive(Debug)]
pub struct Answered {
    /// The answer.
    pub answer: Answer,
    /// `Set-Cookie` headers.
    pub cookies: Vec<HeaderValue>,
}

/// A reply of the API with status 200.
struct Reply {
    body: String,
    time_ms: Option<i64>,
    cookies: Vec<HeaderValue>,
    /// Whether it came so late that card systems were waited for no more.
    is_cut_short: bool,
}

impl StudentPages {
    /// `api` answers the reads: the API at its own addresses.
    pub fn new(pages: Arc<dyn Pages>, api: Router, settings: Arc<Settings>) -> Self {
        // Half of the machine: the API's own answers come first.
        let at_once = std::thread::available_parallelism().map_or(1, |it| (it.get() / 2).max(1));
        Self {
            pages,
            api,
            turns: Arc::new(Semaphore::new(at_once)),
            settings,
        }
    }

    /// Whether the page at an address may be another one for a student.
    pub fn concerns(&self, uri: &Uri) -> bool {
        let is_bare = uri
            .query()
            .is_some_and(|query| query.split('&').any(|pair| pair == BARE));
        !is_bare && self.pages.audience(uri.path()) != Audience::Everybody
    }

    /// Answers a request for such a page. `built` is the page as it was built for everybody.
    pub async fn answer(
        &self,
        uri: &Uri,
        headers: &HeaderMap,
        language: Language,
        built: String,
    ) -> Answered {
        let until = Instant::now() + PATIENCE;
        let for_nobody = || match self.pages.audience(uri.path()) {
            Audience::Student => Answer::SignIn(self.sign_in(uri, headers)),
            Audience::Anyone | Audience::Everybody => Answer::AsBuilt,
        };
        if session_token(&self.settings, headers).is_none() {
            return for_nobody().into();
        }
        let Some(reply) = self.read(endpoint::SESSION, headers, until).await else {
            return Answer::AsBuilt.into();
        };
        let (Ok(mut session), Some(time_ms)) =
            (serde_json::from_str::<Session>(&reply.body), reply.time_ms)
        else {
            return Answer::AsBuilt.into();
        };
        let mut cookies = reply.cookies;
        if session.user.is_none() {
            let answer = for_nobody();
            return Answered { answer, cookies };
        }
        // Compressed beside text that others choose, a secret can be guessed by the page's length (BREACH).
        session.csrf_token = None;
        let mut known = Known {
            time_ms,
            ..Known::default()
        };
        if let Ok(session) = serde_json::to_string(&session) {
            known.replies.insert(endpoint::SESSION.to_owned(), session);
            let drawn = self
                .draw(uri, headers, language, known, built, until, &mut cookies)
                .await;
            if let Some(html) = drawn {
                let answer = Answer::Drawn(html);
                return Answered { answer, cookies };
            }
        }
        Answered {
            answer: Answer::AsBuilt,
            cookies,
        }
    }

    /// Draws the page, reads what it wants to know, and draws it again.
    #[expect(clippy::too_many_arguments, reason = "one request and its limits")]
    async fn draw(
        &self,
        uri: &Uri,
        headers: &HeaderMap,
        language: Language,
        mut known: Known,
        built: String,
        until: Instant,
        cookies: &mut Vec<HeaderValue>,
    ) -> Option<String> {
        let address = uri.path_and_query()?.as_str().to_owned();
        let built = appearance::drawn_in(&built, headers).unwrap_or(built);
        let built: Arc<str> = style_sheet::linked(&built, headers).unwrap_or(built).into();
        let mut asked: Vec<String> = Vec::new();
        let mut html = None;
        for round in 1..=MOST_ROUNDS {
            let drawn = self.drawn(&address, language, &known, &built, until).await;
            let Some(drawn) = drawn else { break };
            html = Some(drawn.html);
            let wanted: Vec<String> = drawn
                .missing
                .into_iter()
                .filter(|path| !asked.contains(path))
                .collect();
            if wanted.is_empty() || round == MOST_ROUNDS {
                break;
            }
            let replies = join_all(wanted.iter().map(|path| self.read(path, headers, until))).await;
            let before = known.replies.len();
            for (path, reply) in wanted.iter().zip(replies) {
                let Some(reply) = reply else { continue };
                let bytes: usize = known.replies.values().map(String::len).sum();
                if bytes + reply.body.len() > MOST_BYTES {
                    continue;
                }
                cookies.extend(reply.cookies);
                known.again |= reply.is_cut_short;
                known.replies.insert(path.clone(), reply.body);
            }
            asked.extend(wanted);
            if known.replies.len() == before {
                break;
            }
        }
        html
    }

    /// Draws once, on a thread of its own.
    async fn drawn(
        &self,
        address: &str,
        language: Language,
        known: &Known,
        built: &Arc<str>,
        until: Instant,
    ) -> Option<Drawn> {
        let turn = timeout_at(until, self.turns.clone().acquire_owned()).await;
        let turn = turn.ok()?.ok()?;
        let (pages, address) = (self.pages.clone(), address.to_owned());
        let (known, built) = (known.clone(), built.clone());
        let drawing = tokio::task::spawn_blocking(move || {
            let drawn = pages.draw(&address, language, &known, &built);
            drop(turn);
            drawn
        });
        match timeout_at(until, drawing).await.ok()? {
            Ok(drawn) => drawn,
            Err(fault) => {
                tracing::error!(%fault, "a page could not be drawn");
                None
            }
        }
    }

    /// Reads from the API with the request's cookies. `None` where there is no good reply in time.
    async fn read(&self, path: &str, headers: &HeaderMap, until: Instant) -> Option<Reply> {
        let mut request = Request::get([endpoint::BASE, path].concat());
        for name in [header::COOKIE, header::USER_AGENT, header::ACCEPT_LANGUAGE] {
            for value in headers.get_all(&name) {
                request = request.header(&name, value);
            }
        }
        let card_system_until = until - (PATIENCE - CARD_PATIENCE);
        let request = request
            .extension(PageRead { card_system_until })
            .body(Body::empty())
            .ok()?;
        // A handler that panics takes its own request down, not this page.
        let answer = AssertUnwindSafe(async {
            let Ok(response) = self.api.clone().oneshot(request).await;
            if response.status() != StatusCode::OK {
                return None;
            }
            let (parts, body) = response.into_parts();
            let body = to_bytes(body, MOST_BYTES).await.ok()?;
            let time = parts.headers.get(endpoint::SERVER_TIME_HEADER);
            Some(Reply {
                body: String::from_utf8(body.to_vec()).ok()?,
                time_ms: time.and_then(|time| time.to_str().ok()?.parse().ok()),
                cookies: parts
                    .headers
                    .get_all(header::SET_COOKIE)
                    .iter()
                    .cloned()
                    .collect(),
                is_cut_short: Instant::now() >= card_system_until,
            })
        });
        timeout_at(until, answer.catch_unwind()).await.ok()?.ok()?
    }

    /// Where somebody who is not signed in goes first.
    fn sign_in(&self, uri: &Uri, headers: &HeaderMap) -> String {
        let wanted = uri.path_and_query().map_or("/", |wanted| wanted.as_str());
        if self.settings.wechat && channel_of(headers) == PayChannel::Jsapi {
            if cookie_named(headers, WECHAT_TRIED).is_some() {
                return self.pages.sign_in(wanted) + "&by=phone";
            }
            let wanted: String = url::form_urlencoded::byte_serialize(wanted.as_bytes()).collect();
            return [endpoint::WECHAT_AUTHORIZE, "?return_to=", &wanted].concat();
        }
        self.pages.sign_in(wanted)
    }
}

impl From<Answer> for Answered {
    fn from(answer: Answer) -> Self {
        Self {
            answer,
            cookies: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use axum::routing::get;
    use dika_contract::Directory;

    use super::*;
    use crate::settings::Deployment;

    /// Pages that want these replies, each once those before it are there; says what was known when.
    #[derive(Default)]
    struct Wanting {
        one_by_one: Vec<&'static str>,
        drawn: Mutex<Vec<Known>>,
    }

    impl Pages for Wanting {
        fn audience(&self, _: &str) -> Audience {
            Audience::Student
        }

        fn sign_in(&self, wanted: &str) -> String {
            format!("/in?to={wanted}")
        }

        fn draw(&self, _: &str, _: Language, known: &Known, _: &str) -> Option<Drawn> {
            self.drawn.lock().expect("a lock").push(known.clone());
            let missing = |path: &&&str| !known.replies.contains_key(**path);
            Some(Drawn {
                html: known.replies.keys().cloned().collect::<Vec<_>>().join(" "),
                missing: self
                    .one_by_one
                    .iter()
                    .filter(missing)
                    .take(1)
                    .map(|path| (*path).to_owned())
                    .collect(),
            })
        }
    }

    async fn fallen() -> &'static str {
        panic!("a handler that falls")
    }

    fn api() -> Router {
        let session = "{\"user\":{\"id\":\"me\"},\"csrf_token\":\"secret\"}";
        let timed = |body: &str| ([(endpoint::SERVER_TIME_HEADER, "1000")], body.to_owned());
        let session = timed(session);
        Router::new()
            .route("/api/v1/session", get(async || session))
            .route("/api/v1/small", get(async || "1"))
            .route("/api/v1/other", get(async || "2"))
            .route("/api/v1/third", get(async || "3"))
            .route("/api/v1/large", get(async || "9".repeat(MOST_BYTES)))
            .route("/api/v1/gone", get(async || StatusCode::NOT_FOUND))
            .route("/api/v1/fallen", get(fallen))
            .route("/api/v1/silent", get(std::future::pending::<()>))
    }

    async fn drawn_with(one_by_one: &[&'static str]) -> (Answer, Vec<Known>) {
        let pages = Arc::new(Wanting {
            one_by_one: one_by_one.to_vec(),
            ..Wanting::default()
        });
        let directory = serde_json::from_str(Directory::SEED_JSON).expect("the seed");
        let settings = Settings::on_this_machine(Deployment::Production, directory);
        let student_pages = StudentPages::new(pages.clone(), api(), Arc::new(settings));
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, HeaderValue::from_static("dika_session=x"));
        let uri = Uri::from_static("/orders");
        let language = Language::Chinese;
        let answered = student_pages
            .answer(&uri, &headers, language, String::new())
            .await;
        let drawn = pages.drawn.lock().expect("a lock").clone();
        (answered.answer, drawn)
    }

    #[tokio::test]
    async fn a_page_is_drawn_until_it_knows_all_but_not_for_ever() {
        let (answer, drawn) = drawn_with(&[]).await;
        assert_eq!(answer, Answer::Drawn("/session".to_owned()));
        assert_eq!(drawn.len(), 1);
        let (answer, drawn) = drawn_with(&["/small", "/other"]).await;
        assert_eq!(answer, Answer::Drawn("/other /session /small".to_owned()));
        assert_eq!(drawn.len(), 3);
        let (answer, drawn) = drawn_with(&["/small", "/other", "/third"]).await;
        assert_eq!(answer, Answer::Drawn("/other /session /small".to_owned()));
        assert_eq!(drawn.len(), MOST_ROUNDS);
    }

    #[tokio::test]
    async fn the_token_for_writes_stays_here() {
        let (_, drawn) = drawn_with(&["/small"]).await;
        for known in drawn {
            assert_eq!(known.time_ms, 1_000);
            assert!(known.replies["/session"].contains("\"me\""));
            assert!(!known.replies["/session"].contains("secret"));
        }
    }

    #[tokio::test]
    async fn what_is_too_large_refused_fallen_or_late_is_left_out() {
        for path in ["/large", "/gone", "/fallen", "/silent"] {
            let start = Instant::now();
            let (answer, _) = drawn_with(&[path]).await;
            assert_eq!(answer, Answer::Drawn("/session".to_owned()), "{path}");
            // 200 ms, and what a busy machine adds.
            assert!(start.elapsed() < Duration::from_secs(2), "{path}");
        }
    }
}
