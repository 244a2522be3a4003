//! Students' own pages as the joined program gives them out: with their data, for them alone.

/// Ports that are slow, or that count.
mod ports;
#[path = "../../../sandbox/tests/support/mod.rs"]
mod support;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::http::StatusCode;
use dika_sandbox::testing::sandbox;
use dika_sandbox::{Sandbox, app_with};
use dika_server::settings::Settings;
use dika_server::web::page_headers::Inline;
use dika_site::Chunks;
use dika_site::pages::SitePages;
use ports::{Counted, Slow};
use serde_json::{Value, json};
use support::{Answer, Client, people, with_note};
use tempfile::TempDir;

const FRAME: &str = "<!doctype html><html lang=\"zh-CN\"><head><title>x</title>\
                     <script>early()</script><style id=\"first\"></style></head>\
                     <body><div hidden id=\"fold\"><meta name=\"description\" content=\"y\">\
                     <style>h1{top:0}.tabs{margin:0}</style>\
                     <style id=\"own\" data-sheet=\"/assets/style-0a.css\">.none{margin:0}</style>\
                     <script data-file=\"/assets/boot-0c.js\">boot()</script></div></body></html>";
const WECHAT: &str = "Mozilla/5.0 (Linux; Android 14) MicroMessenger/8.0.50 Mobile";

/// A program with the app built from the same sources, and a student with a card.
struct Stage {
    app: Router,
    client: Client,
    me: Value,
    folder: TempDir,
}

impl Stage {
    async fn open() -> Self {
        Self::open_with(|_| ()).await
    }

    async fn open_with(set: impl FnOnce(&mut Settings)) -> Self {
        Self::open_around(set, |_| ()).await
    }

    /// With other ports in the program than the sandbox's own.
    async fn open_around(
        set: impl FnOnce(&mut Settings),
        change: impl FnOnce(&mut Sandbox),
    ) -> Self {
        let folder = TempDir::new().expect("a folder");
        let dist = folder.path().join("dist");
        for (name, text) in dika_site::files(FRAME, &Chunks::new()).expect("pages") {
            let file = dist.join(name);
            std::fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
            std::fs::write(file, text).expect("a file");
        }
        let mut settings = dika_sandbox::settings();
        settings.app_dir = Some(dist);
        set(&mut settings);
        let mut sandbox = sandbox(folder.path(), settings).await;
        change(&mut sandbox);
        let app = app_with(&sandbox, Some(Arc::new(SitePages::default())));
        let mut client = Client::new(&app);
        let me = people(&mut client).await[0].clone();
        Self {
            app,
            client,
            me,
            folder,
        }
    }

    async fn signed_in() -> Self {
        Self::open().await.with_somebody().await
    }

    async fn with_somebody(self) -> Self {
        let mut stage = self;
        let phone = stage.me["phone"].as_str().expect("a phone").to_owned();
        stage.client.sign_in(&phone).await;
        stage
    }

    /// A page that is drawn in time. On a busy machine one may be too late for its data: then it is asked for again.
    async fn page(&mut self, path: &str) -> Answer {
        for _ in 0..20 {
            let page = self.client.get(path).await;
            assert_eq!(page.status, StatusCode::OK, "{path}");
            if !is_skeleton(&page) {
                return page;
            }
        }
        panic!("{path} came without data again and again");
    }

    /// The service points, drawn once the student's cards were there in time.
    async fn points_with_campus(&mut self, query: &str) -> Answer {
        for _ in 0..20 {
            let page = self.page(&format!("/service-points{query}")).await;
            if seeds(&page)["/cards"].is_array() {
                return page;
            }
        }
        panic!("the service points came without a campus again and again");
    }

    async fn fault(&mut self, fault: Value) {
        let added = self.client.post("/sandbox/faults", fault).await;
        assert_eq!(added.status, StatusCode::NO_CONTENT, "{}", added.text());
    }
}

/// Whether something is still to be loaded.
fn is_skeleton(page: &Answer) -> bool {
    let text = page.text();
    !text.contains("id=\"seeds\"") || text.contains("class=\"skeleton\"")
}

/// All that can be read on the page.
fn words(page: &Answer) -> String {
    let text = page.text();
    let (_, body) = text.split_once("<body>").expect("a body");
    let (app, _) = body.split_once("<script").expect("an end");
    let mut pieces = app.split('<');
    let mut words = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        words += piece.split_once('>').map_or("", |(_, words)| words);
    }
    words
}

/// What the page brings along.
fn seeds(page: &Answer) -> Value {
    let text = page.text();
    let (_, rest) = text.split_once("id=\"seeds\">").expect("seeds");
    let (json, _) = rest.split_once("</script>").expect("an end");
    serde_json::from_str(json).expect("JSON")
}

/// Cards without the moments at which their systems were asked: between two reads a second may end.
fn timeless(cards: &Value) -> Value {
    let mut cards = cards.clone();
    for wallet in cards[0]["wallets"].as_array_mut().expect("wallets") {
        for place in ["on_card", "waiting"] {
            assert!(wallet[place]["as_of"].take().is_string(), "{wallet}");
        }
    }
    cards
}

#[tokio::test]
async fn home_comes_with_the_amounts_and_without_the_token() {
    let mut stage = Stage::signed_in().await;
    let me = stage.me.clone();
    let card = stage.client.bind("gdut", &me).await;
    let page = stage.page("/").await;
    let cards = stage.client.get("/api/v1/cards").await.json();
    let fen = cards[0]["wallets"][0]["on_card"]["amount_fen"].as_i64();
    let fen = fen.expect("an amount");
    let amount = format!("{}.{:02}", fen / 100, fen % 100);
    let text = page.text();
    assert!(words(&page).contains(&amount), "no {amount}");
    assert!(text.contains(&format!("data-card=\"{card}\"")));
    let seeds = seeds(&page);
    assert_eq!(timeless(&seeds["/cards"]), timeless(&cards));
    assert!(seeds["/session"]["user"].is_object() && seeds["time"].is_i64());
    assert_eq!(seeds["/session"]["csrf_token"], Value::Null);
    let token = stage.client.get("/api/v1/session").await.json();
    let token = token["csrf_token"].as_str().expect("a token");
    assert!(!text.contains(token), "the CSRF token is in the page");
    assert_eq!(page.header("cache-control"), Some("no-store"));
    let vary = page.header("vary").expect("vary");
    assert!(vary.contains("Cookie"), "{vary}");
}

/// Such a page needs its part of the app only later, and says so together with what it says.
#[tokio::test]
async fn a_home_page_on_which_nothing_is_late_is_whole() {
    let mut stage = Stage::signed_in().await;
    let empty = seeds(&stage.page("/").await);
    assert!(empty["whole"].is_i64(), "{empty}");
    let me = stage.me.clone();
    stage.client.bind("gdut", &me).await;
    let page = stage.page("/").await;
    let text = page.text();
    let (_, content) = text.split_once("<main ").expect("a page");
    let (_, content) = content.split_once('>').expect("content");
    let (content, _) = content.split_once("</main>").expect("an end");
    // The page's first script takes the fold away.
    let (beginning, rest) = content
        .split_once("<div hidden id=\"fold\">")
        .expect("a fold");
    let (_, rest) = rest.split_once("</script></div>").expect("its end");
    let content = [beginning, rest].concat();
    assert_eq!(seeds(&page)["whole"], dika_site::nodes::said(&content));
    assert_ne!(seeds(&page)["whole"], empty["whole"]);
    for path in ["/orders", "/settings", "/service-points"] {
        let page = stage.page(path).await;
        assert!(seeds(&page)["whole"].is_null(), "{path}");
    }
}

#[tokio::test]
async fn every_page_of_a_student_comes_with_its_data_in_both_languages() {
    let mut stage = Stage::signed_in().await;
    let me = stage.me.clone();
    let card = stage.client.bind("gdut", &me).await;
    let order = stage.client.top_up(&card, "main", 1_234, "key-1").await;
    let order = order.json()["id"].as_str().expect("an id").to_owned();
    let mut wish = json!({ "issuer": "hemc" });
    wish["card_no"] = me["hemc"]["card_no"].clone();
    wish["password"] = me["hemc"]["password"].clone();
    let binding = stage.client.post("/api/v1/bindings", wish).await.json();
    let binding = binding["id"].as_str().expect("an id").to_owned();
    for (path, mark) in [
        ("/".to_owned(), format!("data-order=\"{order}\"")),
        (format!("/cards/{card}"), format!("data-card=\"{card}\"")),
        (
            format!("/cards/{card}/top-up/main"),
            format!("/orders/{order}"),
        ),
        ("/orders".to_owned(), format!("/orders/{order}")),
        (format!("/orders/{order}"), "data-payment=".to_owned()),
        (
            format!("/bindings/{binding}"),
            "data-action=\"identity-yes\"".to_owned(),
        ),
        (
            "/settings".to_owned(),
            "data-action=\"sign-out\"".to_owned(),
        ),
    ] {
        for language in ["zh-CN", "en"] {
            let switched = stage.client.get(&format!("{path}?lang={language}")).await;
            assert_eq!(switched.status, StatusCode::SEE_OTHER);
            let page = stage.page(&path).await;
            let text = page.text();
            let (shown, _) = text.split_once("id=\"seeds\"").expect("seeds");
            assert!(shown.contains(&mark), "{path} {language} has no {mark}");
            let amount = words(&page).contains("12.34");
            let shows_the_order = path == "/" || path.contains(&order) || path == "/orders";
            assert!(
                amount || !shows_the_order,
                "{path} {language} has no amount"
            );
            assert!(text.contains(&format!("lang=\"{language}\"")));
            assert_eq!(page.header("content-language"), Some(language));
        }
    }
}

/// The filters of the service points are answered before the app is there: so the page holds all of them.
#[tokio::test]
async fn service_points_come_with_the_student_s_campus_and_hold_the_others() {
    let mut stage = Stage::signed_in().await;
    let me = stage.me.clone();
    stage.client.bind("gdut", &me).await;
    for (query, shown, hidden, numbers) in [
        (
            "",
            "daxuecheng",
            &["longdong", "dongfenglu", "panyu"][..],
            7,
        ),
        ("?campus=panyu", "panyu", &["daxuecheng", "longdong"], 7),
        ("?card=hemc", "daxuecheng", &["panyu"], 2),
        ("?campus=panyu&card=gdut", "panyu", &["daxuecheng"], 5),
    ] {
        let text = stage.points_with_campus(query).await.text();
        let (shown_text, _) = text.split_once("id=\"seeds\"").expect("seeds");
        let points: Vec<&str> = shown_text
            .split("<article ")
            .skip(1)
            .filter_map(|rest| rest.split('>').next())
            .collect();
        assert_eq!(points.len(), 5, "{query}");
        for point in points {
            let of = |campus: &&str| point.contains(&format!("data-campus=\"{campus}\""));
            let is_hidden = point.contains(" hidden");
            assert!(!of(&shown) || !is_hidden, "{query}: {point}");
            assert!(!hidden.iter().any(of) || is_hidden, "{query}: {point}");
        }
        let numbers_there = shown_text.matches("href=\"tel:").count();
        assert_eq!(numbers_there, numbers, "{query}");
    }
}

#[tokio::test]
async fn whoever_is_not_signed_in_is_led_to_sign_in() {
    let mut stage = Stage::open().await;
    for (path, to) in [
        ("/orders", "/sign-in?to=/orders"),
        ("/cards/7?a=1&b=2", "/sign-in?to=/cards/7?a=1%26b=2"),
        ("/bind/gdut", "/sign-in?to=/bind/gdut"),
    ] {
        let answer = stage.client.get(path).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{path}");
        assert_eq!(answer.header("location"), Some(to));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert!(answer.header("vary").expect("vary").contains("Cookie"));
    }
    for path in [
        "/",
        "/settings",
        "/guide",
        "/sign-in",
        "/bind",
        "/orders?shell",
    ] {
        assert_eq!(
            stage.client.get(path).await.status,
            StatusCode::OK,
            "{path}"
        );
    }
    let mut stage = Stage::open_with(|settings| settings.wechat = true).await;
    let answer = stage.client.get_with("/orders", &[("user-agent", WECHAT)]);
    assert_eq!(
        answer.await.header("location"),
        Some("/wechat/authorize?return_to=%2Forders")
    );
    // Not again right after it has signed nobody in.
    let tried = [("user-agent", WECHAT), ("cookie", "dika_wechat_tried=1")];
    let answer = stage.client.get_with("/orders", &tried).await;
    assert_eq!(
        answer.header("location"),
        Some("/sign-in?to=/orders&by=phone")
    );
    assert_eq!(
        stage.client.get("/orders").await.header("location"),
        Some("/sign-in?to=/orders")
    );
}

#[tokio::test]
async fn a_session_that_has_ended_leaves_no_cookie_and_the_page_for_everybody() {
    let mut stage = Stage::open().await;
    let gone = [("cookie", "dika_session=not-a-session")];
    let built = stage.client.get("/").await.text();
    let answer = stage.client.get_with("/", &gone).await;
    assert_eq!(answer.text(), built);
    let cleared = |answer: &Answer| {
        let set = answer.headers.get_all("set-cookie").iter();
        let set: Vec<String> = set
            .map(|it| it.to_str().expect("text").to_owned())
            .collect();
        set.iter()
            .any(|set| set.starts_with("dika_session=;") && set.contains("Max-Age=0"))
    };
    assert!(cleared(&answer), "{:?}", answer.headers);
    let answer = stage.client.get_with("/orders", &gone).await;
    assert_eq!(answer.header("location"), Some("/sign-in?to=/orders"));
    assert!(cleared(&answer));
}

#[tokio::test]
async fn two_students_behind_one_proxy_see_their_own() {
    let mut stage = Stage::signed_in().await;
    let me = stage.me.clone();
    let mine = stage.client.bind("gdut", &me).await;
    let mut other = Client::new(&stage.app);
    let everybody = people(&mut other).await;
    let them = everybody
        .iter()
        .find(|it| it["phone"] != me["phone"] && it["gdut"].is_object() && it["note"].is_null())
        .expect("another one");
    other
        .sign_in(them["phone"].as_str().expect("a phone"))
        .await;
    let theirs = other.bind("gdut", them).await;
    for _ in 0..10 {
        let (one, two) = (stage.page("/").await.text(), other.get("/").await.text());
        assert!(one.contains(&mine) && !one.contains(&theirs));
        assert!(!two.contains(&mine));
    }
    // And nobody, behind the same proxy, sees nothing.
    let nobody = Client::new(&stage.app).get("/").await.text();
    assert!(!nobody.contains(&mine) && !nobody.contains("id=\"seeds\""));
}

#[tokio::test]
async fn a_worker_gets_the_page_without_data_whoever_asks() {
    let mut stage = Stage::signed_in().await;
    let me = stage.me.clone();
    stage.client.bind("gdut", &me).await;
    for path in ["/", "/orders", "/settings", "/cards/shell", "/orders/shell"] {
        let bare = stage.client.get(&format!("{path}?shell")).await;
        assert_eq!(bare.status, StatusCode::OK, "{path}");
        assert!(!bare.text().contains("id=\"seeds\""), "{path}");
        let stranger = Client::new(&stage.app).get(&format!("{path}?shell")).await;
        assert_eq!(bare.text(), stranger.text(), "{path}");
    }
}

/// What is seen first comes ahead of the styles of the rest, with its own, and the policy lets in what stands in the page.
#[tokio::test]
async fn the_beginning_of_a_page_comes_with_its_own_styles() {
    let mut stage = Stage::signed_in().await;
    let me = stage.me.clone();
    stage.client.bind("gdut", &me).await;
    let page = stage.page("/").await;
    let html = page.text();
    let (before, after) = html.split_once("<div hidden id=\"fold\">").expect("a fold");
    assert!(
        before.contains("<style id=\"first\">h1{top:0}</style>"),
        "{before}"
    );
    assert!(
        before.contains("data-card=") && before.contains("</article>"),
        "{before}"
    );
    assert!(
        after.contains("<style data-sheet") && after.contains("class=\"tabs\""),
        "{after}"
    );
    let policy = page.headers["content-security-policy"]
        .to_str()
        .expect("text");
    let inline = Inline::of(&html);
    for line in inline.lines(Path::new("home")).lines() {
        let source = line.rsplit(' ').next().expect("a source");
        assert!(policy.contains(source), "{line}: {policy}");
    }
    // printf %s 'h1{top:0}' | openssl dgst -sha256 -binary | base64
    assert!(
        policy.contains("'sha256-Ntc7KiAS5R5jtr2RK1oTAUepxcot/HBLz1OKPSBUyLs='"),
        "{policy}"
    );
}

/// Half of a page is its styles: a browser that keeps them as a file, as its cookie says, gets a link to it.
#[tokio::test]
async fn a_browser_that_keeps_the_styles_is_not_sent_them_with_a_student_s_page() {
    const LINK: &str = "<link rel=\"stylesheet\" data-sheet href=\"/assets/style-0a.css\">";
    let mut stage = Stage::signed_in().await;
    for (kept, is_linked) in [
        ("style-0a.css", true),
        // Of another release, and of a browser that did not keep it.
        ("style-0b.css", false),
        ("0", false),
    ] {
        stage.client.keep_cookie("dika_style", kept);
        for path in ["/", "/orders", "/bind/gdut"] {
            let page = stage.page(path).await.text();
            assert_eq!(page.contains(LINK), is_linked, "{path}: {kept}");
            assert_eq!(page.contains("<style"), !is_linked, "{path}: {kept}");
            let script = page.contains("<script data-kept src=\"/assets/boot-0c.js\"></script>");
            assert_eq!(script, is_linked, "{path}: {kept}");
        }
    }
    // The worker keeps pages with all that they need, and others' pages come from any cache.
    let with_cookie = [("cookie", "dika_style=style-0a.css")];
    stage.client.keep_cookie("dika_style", "style-0a.css");
    let bare = stage.client.get("/?shell").await.text();
    let home = Client::new(&stage.app).get_with("/", &with_cookie).await;
    for page in [bare, home.text()] {
        assert!(
            page.contains("<style data-sheet") && !page.contains(LINK),
            "{page}"
        );
    }
}

#[tokio::test]
async fn an_api_that_is_down_or_slow_leaves_the_page_as_it_was_built() {
    let mut stage = Stage::signed_in().await;
    let built = stage.client.get("/?shell").await.text();
    for fault in [
        json!({ "path": "/session", "kind": "error" }),
        json!({ "path": "/session", "kind": "html" }),
        json!({ "path": "/session", "kind": "drop" }),
        json!({ "path": "/session", "kind": "delay", "ms": 5_000 }),
    ] {
        stage.fault(fault.clone()).await;
        let start = Instant::now();
        let page = stage.client.get("/").await;
        let took = start.elapsed();
        assert_eq!(page.status, StatusCode::OK, "{fault}");
        assert_eq!(page.text(), built, "{fault}");
        // 250 ms, and what a busy machine adds.
        assert!(took < Duration::from_millis(1_000), "{fault}: {took:?}");
        let cleared = stage.client.call("DELETE", "/sandbox/faults", None).await;
        assert!(cleared.status.is_success(), "{}", cleared.text());
    }
}

#[tokio::test]
async fn one_reply_that_fails_or_is_late_leaves_its_own_place_empty() {
    let mut stage = Stage::signed_in().await;
    let me = stage.me.clone();
    stage.client.bind("gdut", &me).await;
    stage
        .fault(json!({ "path": "/cards", "kind": "delay", "ms": 5_000 }))
        .await;
    let start = Instant::now();
    let page = stage.client.get("/").await;
    assert!(start.elapsed() < Duration::from_millis(1_000));
    if page.text().contains("id=\"seeds\"") {
        assert_eq!(seeds(&page)["/cards"], Value::Null);
        assert!(is_skeleton(&page));
    }
}

#[tokio::test]
async fn a_slow_card_system_leaves_cards_without_amounts() {
    let slow = Slow::default();
    let mut stage = Stage::open_around(
        |_| (),
        |sandbox| sandbox.cards = slow.around(&sandbox.cards),
    )
    .await
    .with_somebody()
    .await;
    let me = stage.me.clone();
    let card = stage.client.bind("gdut", &me).await;
    stage.client.bind("hemc", &me).await;
    slow.wait(Duration::from_secs(2));
    let start = Instant::now();
    let page = stage.page("/").await;
    assert!(start.elapsed() < Duration::from_secs(10));
    assert!(page.text().contains(&format!("data-card=\"{card}\"")));
    let seeds = seeds(&page);
    let wallets = &seeds["/cards"][0]["wallets"];
    assert!(wallets.is_array() && wallets[0]["on_card"].is_null());
    // The app is to read them again at once.
    assert_eq!(seeds["again"], true);
    assert!(seeds["whole"].is_null());
}

#[tokio::test]
async fn no_provider_is_asked_before_an_order_s_page_goes_out() {
    let gateway = Counted::default();
    let mut stage = Stage::open_around(
        |_| (),
        |sandbox| sandbox.gateway = gateway.around(&sandbox.gateway),
    )
    .await
    .with_somebody()
    .await;
    let me = stage.me.clone();
    let card = stage.client.bind("gdut", &me).await;
    let order = stage.client.top_up(&card, "main", 1_000, "key-1").await;
    let order = order.json()["id"].as_str().expect("an id").to_owned();
    let before = gateway.queries();
    let page = stage.page(&format!("/orders/{order}")).await;
    assert!(page.text().contains("data-payment=\"paying\""));
    assert_eq!(gateway.queries(), before, "the page asked the provider");
    stage.client.get(&format!("/api/v1/top-ups/{order}")).await;
    assert!(gateway.queries() > before, "the app's own read asks it");
}

#[tokio::test]
async fn an_app_from_other_sources_goes_out_as_it_was_built() {
    let mut stage = Stage::signed_in().await;
    let file = stage.folder.path().join("dist/index.html");
    let text = std::fs::read_to_string(&file).expect("the page");
    let other = text.replacen("<main ", "<main data-other=\"\" ", 1);
    assert_ne!(other, text);
    std::fs::write(&file, &other).expect("written");
    assert_eq!(stage.client.get("/").await.text(), other);
    std::fs::write(&file, &text).expect("written");
    assert!(stage.page("/").await.text().contains("id=\"seeds\""));
}

/// Text that others chose, a card holder's name say, must not end the element that carries it.
#[tokio::test]
async fn what_travels_with_the_page_ends_no_element() {
    let mut stage = Stage::signed_in().await;
    let me = stage.me.clone();
    stage.client.bind("gdut", &me).await;
    let text = stage.page("/").await.text();
    let (_, rest) = text.split_once("id=\"seeds\">").expect("seeds");
    assert!(rest.ends_with("}</script></body></html>"));
    assert_eq!(rest.matches('<').count(), 3);
}

#[tokio::test]
async fn hidden_cards_stay_hidden() {
    let mut stage = Stage::open().await;
    let everybody = people(&mut stage.client).await;
    let lost = with_note(&everybody, "lost");
    stage
        .client
        .sign_in(lost["phone"].as_str().expect("a phone"))
        .await;
    let page = stage.page("/").await;
    assert_eq!(seeds(&page)["/cards"], json!([]));
}

/// What rendering leaves behind would grow with every page. Run by hand over more:
/// `DIKA_PAGES=100000 cargo test --profile server -p dika-site --test with_data memory -- --nocapture`.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn memory_stays_flat_over_many_pages() {
    let count: u32 = std::env::var("DIKA_PAGES")
        .ok()
        .and_then(|count| count.parse().ok())
        .unwrap_or(1_000);
    let mut stage = Stage::signed_in().await;
    let me = stage.me.clone();
    stage.client.bind("gdut", &me).await;
    let resident_kb = || -> u64 {
        let status = std::fs::read_to_string("/proc/self/status").expect("status");
        let line = status.lines().find(|line| line.starts_with("VmRSS:"));
        let kb = line.and_then(|line| line.split_whitespace().nth(1));
        kb.and_then(|kb| kb.parse().ok()).expect("a number")
    };
    let draw = async |stage: &mut Stage, count: u32| {
        let start = Instant::now();
        for _ in 0..count {
            stage.page("/").await;
        }
        start.elapsed() / count.max(1)
    };
    draw(&mut stage, count / 4).await;
    // A page of 40 kB that stayed would be 40 MB here, each time. Other tests of this program take memory, too, until they end.
    let mut left_kb = u64::MAX;
    for _ in 0..5 {
        let before = resident_kb();
        let each = draw(&mut stage, count).await;
        let after = resident_kb();
        println!("{count} pages, {each:?} each: {before} kB before, {after} kB after");
        left_kb = after.saturating_sub(before);
        if left_kb < 8 * 1_024 {
            break;
        }
    }
    assert!(
        left_kb < 8 * 1_024,
        "{count} pages left {left_kb} kB behind"
    );
}
