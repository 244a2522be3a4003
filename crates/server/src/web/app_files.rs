//! Serves the built app: prerendered pages in two languages, hashed assets, a few public files.
//!
//! Files are read when they are asked for, so that a deploy can swap the folder under a running
//! server. Only paths made of plain segments ever reach the file system.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use futures_util::{StreamExt, stream};
use sha2::{Digest, Sha256};

use crate::language::{self, weighted};
use crate::settings::{Operator, Settings};
use crate::web::addresses::{SHELLS_FILE, shell, without_trailing_signs};
use crate::web::compress::{self, Packer, Page};
use crate::web::legal;
use crate::web::page_headers::{INLINE_FILE, Inline, PageHeaders};
use crate::web::student_pages::{Answer, StudentPages};
use dika_contract::Language;

/// Folders of the built app that are no addresses of the app.
const INNER_FOLDERS: [&str; 3] = ["en", "legal", "shells"];

/// The app's service worker, and what stands in for it where it is switched off.
const WORKER: &str = "/sw.js";
const WORKER_OFF: &[u8] = include_bytes!("../../../../public/sw-off.js");

/// Where browsers look for an icon before a page's script has told them of it, and where it is.
const DEFAULT_ICON: &str = "/favicon.ico";
const ICON: &str = "/icon.svg";

/// Ways in which a file may lie compressed beside itself, the smallest first.
const ENCODINGS: [(&str, &str); 2] = [("br", "br"), ("gzip", "gz")];

/// The media type of pages.
const PAGE_MEDIA: &str = "text/html; charset=utf-8";
/// The media type of a file whose name tells none.
const UNKNOWN_MEDIA: &str = "application/octet-stream";

/// Where the app's files are and how its pages are dressed.
#[derive(Clone)]
pub struct AppFiles {
    root: Option<Arc<Path>>,
    verify_dir: Option<Arc<Path>>,
    page_headers: PageHeaders,
    operator: Option<Arc<Operator>>,
    service_worker: bool,
    student_pages: Option<StudentPages>,
    packer: Packer,
}

/// A file's bytes, and the encoding that they are in.
struct Found {
    bytes: Vec<u8>,
    encoding: Option<&'static str>,
}

/// The app's files as the fallback of a router: everything that no other route takes. Where `student_pages` are
/// there, students' own pages come with their data.
pub fn router(settings: &Settings, student_pages: Option<StudentPages>) -> Router {
    let files = AppFiles {
        root: settings.app_dir.as_deref().map(Into::into),
        verify_dir: settings.verify_dir.as_deref().map(Into::into),
        page_headers: PageHeaders::of(settings),
        operator: settings.operator.clone().map(Arc::new),
        service_worker: settings.service_worker,
        student_pages,
        packer: Packer::default(),
    };
    Router::new().fallback(move |request: Request| {
        let files = files.clone();
        async move { files.answer(request).await }
    })
}

impl AppFiles {
    /// Answers a request for a page or file.
    pub async fn answer(&self, request: Request) -> Response {
        let (method, uri, headers) = (request.method(), request.uri(), request.headers());
        if method == Method::POST && is_plain(uri.path()) && !Self::is_no_page(uri.path()) {
            // A form sent by the browser itself, where no scripts run: what was typed is left unread, and
            // the page is shown again, which says what it needs.
            return language::redirect(StatusCode::SEE_OTHER, uri.path());
        }
        if method != Method::GET && method != Method::HEAD {
            return (
                StatusCode::METHOD_NOT_ALLOWED,
                [(header::ALLOW, "GET, HEAD")],
            )
                .into_response();
        }
        let path = uri.path();
        if path == DEFAULT_ICON {
            return (StatusCode::FOUND, [(header::LOCATION, ICON)]).into_response();
        }
        let file = if has_dot(path) {
            self.file(path, headers).await
        } else {
            None
        };
        let mut response = match file {
            Some(response) => response,
            None if Self::is_no_page(path) || wants_file(path, headers) => missing(),
            None => self.page(uri, headers).await,
        };
        if method == Method::HEAD {
            *response.body_mut() = Body::empty();
        }
        response
    }

    /// Addresses that an app's page must never answer: assets that are gone, machines' addresses.
    fn is_no_page(path: &str) -> bool {
        let first = path.trim_start_matches('/').split('/').next();
        matches!(first, Some("api" | "assets" | "sandbox"))
    }

    async fn page(&self, uri: &Uri, headers: &HeaderMap) -> Response {
        let Some(root) = &self.root else {
            return missing();
        };
        let path = uri.path();
        if let Some(response) = language::switch(uri, self.page_headers.encrypted()) {
            return response;
        }
        let plain = path.trim_end_matches('/');
        if plain.len() != path.len() && !plain.is_empty() && is_plain(plain) {
            return moved(uri, plain);
        }
        // Read anew each time, as the pages are.
        let shells = tokio::fs::read_to_string(root.join(SHELLS_FILE)).await;
        let shells = shells.unwrap_or_default();
        if let Some(kept) = without_trailing_signs(path)
            && is_address(root, &shells, kept).await
        {
            return moved(uri, kept);
        }
        let language = language::of(headers);
        let folder = match language {
            Language::Chinese => root.to_path_buf(),
            Language::English => root.join("en"),
        };
        let mut candidates = Vec::new();
        if plain.is_empty() {
            candidates.push((StatusCode::OK, folder.join("index.html")));
            candidates.push((StatusCode::OK, root.join("index.html")));
        } else if let Some(file) = legal::file(plain) {
            candidates.push((StatusCode::OK, folder.join(file)));
        } else if is_page_path(plain) {
            candidates.push((StatusCode::OK, folder.join(&plain[1..]).join("index.html")));
            if let Some(shell) = shell(&shells, plain) {
                let file = folder.join("shells").join(format!("{shell}.html"));
                candidates.push((StatusCode::OK, file));
            }
        }
        candidates.push((StatusCode::NOT_FOUND, folder.join("404.html")));
        // An app that was built without its pages finds them in the browser.
        candidates.push((StatusCode::OK, folder.join("index.html")));
        candidates.push((StatusCode::OK, root.join("index.html")));
        // A page that is to be filled in is read as it is, not compressed.
        let operator = self
            .operator
            .as_deref()
            .filter(|_| legal::file(plain).is_some());
        let plain_headers = HeaderMap::new();
        let file_headers = operator.map_or(headers, |_| &plain_headers);
        let mut cookies = Vec::new();
        for (status, candidate) in candidates {
            let mut drawn = None;
            if let Some(pages) = &self.student_pages
                && status == StatusCode::OK
                && pages.concerns(uri)
                && let Ok(built) = tokio::fs::read_to_string(&candidate).await
            {
                let answered = pages.answer(uri, headers, language, built).await;
                cookies = answered.cookies;
                match answered.answer {
                    Answer::AsBuilt => {}
                    Answer::Drawn(html) => drawn = Some(html),
                    Answer::SignIn(to) => return with_cookies(sign_in(&to), cookies),
                }
            }
            let inline = drawn.as_deref().map(Inline::of);
            let page = match drawn {
                Some(html) => self.packed(html, headers).await.map(Some),
                None => find(&candidate, file_headers).await.map(|found| {
                    let mut found = found?;
                    if let Some(operator) = operator {
                        let page = String::from_utf8_lossy(&found.bytes);
                        found.bytes = legal::filled(&page, language, operator).into_bytes();
                    }
                    Some(found.into_response(PAGE_MEDIA))
                }),
            };
            match page {
                Ok(Some(mut response)) => {
                    *response.status_mut() = status;
                    let inline = match inline {
                        Some(inline) => inline,
                        None => inline_of(root, &candidate).await,
                    };
                    self.page_headers
                        .dress_app(response.headers_mut(), &inline, headers);
                    response.headers_mut().insert(
                        header::CONTENT_LANGUAGE,
                        HeaderValue::from_static(language.tag()),
                    );
                    return with_cookies(response, cookies);
                }
                Ok(None) => {}
                Err(error) => return unreadable(&candidate, &error),
            }
        }
        tracing::error!(root = %root.display(), "the app's folder holds no index.html");
        (
            StatusCode::SERVICE_UNAVAILABLE,
            [(header::CACHE_CONTROL, "no-store")],
            "The app is not built, or its folder is not where the settings say.\n",
        )
            .into_response()
    }

    /// A page that was drawn for one request, in the best encoding that the client takes. With Brotli, what is seen first
    /// is on its way while the rest is packed.
    async fn packed(&self, html: String, headers: &HeaderMap) -> io::Result<Response> {
        let encoding = encodings(headers).next().map(|(encoding, _)| encoding);
        let body = match encoding {
            Some("br") => {
                let page = Arc::new(Page::new(html));
                let (packer, beginning) = (self.packer.clone(), page.clone());
                let beginning = off_thread(move || packer.beginning(&beginning)).await;
                let packer = self.packer.clone();
                let rest = off_thread(move || packer.rest(&page));
                Body::from_stream(stream::iter([beginning]).chain(stream::once(rest)))
            }
            Some(_) => Body::from(off_thread(move || compress::gzip(&html)).await?),
            None => Body::from(html),
        };
        let mut response = body.into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(PAGE_MEDIA));
        if let Some(encoding) = encoding {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
        }
        Ok(response)
    }

    /// Answers with the file at a path, if there is one that is public.
    async fn file(&self, path: &str, headers: &HeaderMap) -> Option<Response> {
        if !is_plain(path) || path.ends_with(".html") || is_packed(path) {
            return None;
        }
        let verify = path[1..].starts_with("MP_verify_");
        let folder = if verify {
            self.verify_dir
                .as_ref()
                .filter(|_| is_verify_file(&path[1..]))
        } else {
            self.root.as_ref()
        };
        let file = folder?.join(&path[1..]);
        let found = if path == WORKER && !self.service_worker {
            Found {
                bytes: WORKER_OFF.to_vec(),
                encoding: None,
            }
        } else {
            match find(&file, headers).await {
                Ok(Some(found)) => found,
                Ok(None) => return None,
                Err(error) => return Some(unreadable(&file, &error)),
            }
        };
        let hashed = path.starts_with("/assets/");
        let tag = (!hashed).then(|| found.tag());
        let known = tag.as_ref().is_some_and(|tag| {
            headers
                .get(header::IF_NONE_MATCH)
                .and_then(|value| value.to_str().ok())
                .is_some_and(|seen| {
                    seen.split(',')
                        .any(|one| one.trim() == tag || one.trim() == "*")
                })
        });
        let mut response = if known {
            StatusCode::NOT_MODIFIED.into_response()
        } else {
            found.into_response(media_type(path))
        };
        let dress = response.headers_mut();
        dress.insert(
            header::CACHE_CONTROL,
            HeaderValue::from_static(if hashed {
                "public, max-age=31536000, immutable"
            } else {
                "no-cache"
            }),
        );
        dress.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
        dress.insert(
            header::X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        );
        if let Some(tag) = tag.and_then(|tag| HeaderValue::from_str(&tag).ok()) {
            dress.insert(header::ETAG, tag);
        }
        Some(response)
    }
}

impl Found {
    /// Differs between encodings, as strong tags must.
    fn tag(&self) -> String {
        let digest = Sha256::digest(&self.bytes);
        let start = digest
            .iter()
            .take(8)
            .fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
        format!("\"{start:016x}\"")
    }

    fn into_response(self, media_type: &'static str) -> Response {
        let length = self.bytes.len();
        let mut response = Body::from(self.bytes).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
        headers.insert(header::CONTENT_LENGTH, length.into());
        if let Some(encoding) = self.encoding {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
        }
        response
    }
}

/// Runs what keeps a processor busy where it holds up nobody.
async fn off_thread(
    work: impl FnOnce() -> io::Result<Vec<u8>> + Send + 'static,
) -> io::Result<Vec<u8>> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(io::Error::other)?
}

/// What a built page's policy must let in. Read with the page, so that both are of one release.
async fn inline_of(root: &Path, page: &Path) -> Inline {
    let inline = tokio::fs::read_to_string(root.join(INLINE_FILE)).await;
    let file = page.strip_prefix(root).unwrap_or(page);
    Inline::read(&inline.unwrap_or_default(), file)
}

/// The file in the best encoding that the client takes and that lies there.
async fn find(file: &Path, headers: &HeaderMap) -> io::Result<Option<Found>> {
    for (name, suffix) in encodings(headers) {
        let mut packed = file.as_os_str().to_owned();
        packed.push(".");
        packed.push(suffix);
        if let Some(bytes) = read(&PathBuf::from(packed)).await? {
            return Ok(Some(Found {
                bytes,
                encoding: Some(name),
            }));
        }
    }
    Ok(read(file).await?.map(|bytes| Found {
        bytes,
        encoding: None,
    }))
}

/// The encodings that the client takes, with the ending of files in them; the best first.
fn encodings(headers: &HeaderMap) -> impl Iterator<Item = (&'static str, &'static str)> + use<> {
    let accepted = headers
        .get(header::ACCEPT_ENCODING)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let mut wanted: Vec<(u16, &'static str, &'static str)> = ENCODINGS
        .into_iter()
        .map(|(name, suffix)| (encoding_weight(accepted, name), name, suffix))
        .filter(|(weight, ..)| *weight > 0)
        .collect();
    // Stable: of two that are wanted alike, the smaller one stays first.
    wanted.sort_by_key(|(weight, ..)| core::cmp::Reverse(*weight));
    wanted.into_iter().map(|(_, name, suffix)| (name, suffix))
}

/// Leads to where one signs in. Who that is, and so where to, no cache may decide.
fn sign_in(to: &str) -> Response {
    let mut response = language::redirect(StatusCode::SEE_OTHER, to);
    let vary = HeaderValue::from_static("Cookie, User-Agent");
    response.headers_mut().insert(header::VARY, vary);
    response
}

fn with_cookies(mut response: Response, cookies: Vec<HeaderValue>) -> Response {
    for cookie in cookies {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

async fn read(file: &Path) -> io::Result<Option<Vec<u8>>> {
    use io::ErrorKind::{IsADirectory, NotADirectory, NotFound};
    match tokio::fs::read(file).await {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if matches!(error.kind(), NotFound | NotADirectory | IsADirectory) => Ok(None),
        Err(error) => Err(error),
    }
}

fn encoding_weight(accepted: &str, encoding: &str) -> u16 {
    let mut named = None;
    let mut wildcard = 0;
    for (name, weight) in weighted(accepted) {
        if name.eq_ignore_ascii_case(encoding) {
            named = Some(weight);
        } else if name == "*" {
            wildcard = weight;
        }
    }
    named.unwrap_or(wildcard)
}

/// Whether a path is made of segments that can only name something below a folder.
fn is_plain(path: &str) -> bool {
    path.strip_prefix('/').is_some_and(|rest| {
        rest.split('/').all(|segment| {
            !segment.is_empty()
                && !segment.starts_with('.')
                && segment
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
        })
    })
}

/// Pages have no dot in their addresses, files have.
fn has_dot(path: &str) -> bool {
    path.contains('.')
}

/// Whether a path names a file and is not asked for by somebody who wants a page: a script or picture that is gone
/// must not be answered by one. A browser that opens an address asks for HTML by name.
fn wants_file(path: &str, headers: &HeaderMap) -> bool {
    let opened = headers
        .get_all(header::ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .any(|accepted| accepted.contains("text/html"));
    !opened && (media_type(path) != UNKNOWN_MEDIA || path.ends_with(".html") || is_packed(path))
}

/// Whether a path may be one of a page: plain, no file, and not a folder of the build.
fn is_page_path(path: &str) -> bool {
    is_plain(path) && !has_dot(path) && !is_inner(path)
}

/// Whether the app has a page at an address.
async fn is_address(root: &Path, shells: &str, path: &str) -> bool {
    if path == "/" {
        return true;
    }
    if !is_page_path(path) || AppFiles::is_no_page(path) {
        return false;
    }
    let page = root.join(&path[1..]).join("index.html");
    shell(shells, path).is_some() || tokio::fs::try_exists(page).await.unwrap_or(false)
}

/// Leads to another path of the app, query kept.
fn moved(uri: &Uri, path: &str) -> Response {
    let query = uri.query().map_or(String::new(), |text| format!("?{text}"));
    language::redirect(StatusCode::PERMANENT_REDIRECT, &format!("{path}{query}"))
}

fn is_inner(path: &str) -> bool {
    let first = path[1..].split('/').next();
    INNER_FOLDERS.iter().any(|folder| first == Some(folder))
}

/// `.br` and `.gz` lie beside the files and are no addresses.
fn is_packed(path: &str) -> bool {
    ENCODINGS.iter().any(|(_, suffix)| {
        path.rsplit_once('.')
            .is_some_and(|(_, ending)| ending == *suffix)
    })
}

fn is_verify_file(name: &str) -> bool {
    name.strip_prefix("MP_verify_")
        .and_then(|rest| rest.strip_suffix(".txt"))
        .is_some_and(|code| {
            !code.is_empty() && code.bytes().all(|byte| byte.is_ascii_alphanumeric())
        })
}

fn media_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map_or("", |(_, ending)| ending) {
        "css" => "text/css; charset=utf-8",
        "gif" => "image/gif",
        "ico" => "image/x-icon",
        "jpg" | "jpeg" => "image/jpeg",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "json" | "map" => "application/json",
        "png" => "image/png",
        "svg" => "image/svg+xml; charset=utf-8",
        "txt" => "text/plain; charset=utf-8",
        "wasm" => "application/wasm",
        "webmanifest" => "application/manifest+json",
        "webp" => "image/webp",
        "woff2" => "font/woff2",
        "xml" => "application/xml",
        _ => UNKNOWN_MEDIA,
    }
}

fn missing() -> Response {
    (
        StatusCode::NOT_FOUND,
        [
            (header::CACHE_CONTROL, "no-store"),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        ],
        "Not found\n",
    )
        .into_response()
}

fn unreadable(file: &Path, error: &io::Error) -> Response {
    tracing::error!(file = %file.display(), %error, "a file of the app cannot be read");
    StatusCode::INTERNAL_SERVER_ERROR.into_response()
}
