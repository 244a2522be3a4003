use std::{
    io::Write,
    net::TcpStream,
    sync::{
        Arc,
        atomic::{AtomicU8, Ordering},
    },
    thread,
    time::Duration,
};

use serde_json::json;
use thirtyfour::{By, Key};

use crate::harness::{App, Options, artefacts, body_of, journey, journey_with, line};

/// A page of each kind: in the app's own module, in a chunk, and one with an id in its address; as it was built, which
/// the server gives to strangers, too.
const PAGES: [(&str, &str); 3] = [
    ("/", "home"),
    ("/service-points", "service-points"),
    ("/orders/a1b2c3?shell", "order"),
];

/// What becomes of the app's code on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
enum Way {
    /// It comes.
    Clear,
    /// It is not there.
    Missing,
    /// Nor is what the notice says.
    Wordless,
    /// The connection ends half-way.
    CutOff,
    /// All of it seems to come, and half does.
    Half,
    /// It begins and never ends.
    Stalled,
    /// The script around it is in a language that the browser doesn't know.
    Foreign,
    /// The script around it throws at its start: it asks for what the browser lacks.
    Thrown,
}

impl Way {
    /// What comes in place of the script around the code.
    fn script(way: u8) -> Option<&'static str> {
        if way == Self::Foreign as u8 {
            Some("let 1 := a;\n")
        } else if way == Self::Thrown as u8 {
            Some("document.none()\n")
        } else {
            None
        }
    }
}

/// A line between browser and server on which WebAssembly gets lost.
struct Line {
    base: String,
    way: Arc<AtomicU8>,
}

impl Line {
    /// Lays one to a server.
    fn to(server: &str) -> Self {
        let way = Arc::new(AtomicU8::new(Way::Clear as u8));
        let shared = Arc::clone(&way);
        let base = line(server, move |path, answer, browser| {
            hand_on(path, answer, browser, &shared)
        });
        Self { base, way }
    }

    fn is(&self, way: Way) {
        self.way.store(way as u8, Ordering::Relaxed);
    }
}

fn hand_on(
    path: &str,
    answer: &[u8],
    browser: &mut TcpStream,
    shared: &AtomicU8,
) -> std::io::Result<()> {
    let is_script = path.starts_with("/assets/") && path.ends_with(".js");
    let is_code = path.ends_with(".wasm");
    let is_words = path.starts_with("/assets/rescue-");
    let way = shared.load(Ordering::Relaxed);
    if way == Way::Wordless as u8 && (is_code || is_words) {
        return Ok(());
    }
    let script = Way::script(way);
    if let Some(script) = script.filter(|_| is_script) {
        let head = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: text/javascript\r\ncache-control: no-store\r\n\
             content-length: {}\r\nconnection: close\r\n\r\n",
            script.len()
        );
        browser.write_all([&head, script].concat().as_bytes())?;
    } else if !is_code || way == Way::Clear as u8 || script.is_some() {
        browser.write_all(answer)?;
    } else if way == Way::Missing as u8 {
        browser.write_all(
            b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
        )?;
    } else if way == Way::Half as u8 {
        let body = &answer[body_of(answer)..];
        let half = &body[..body.len() / 2];
        // Without its packing, which would not open: the compiler itself has to find out.
        let head = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/wasm\r\ncache-control: no-store\r\n\
             content-length: {}\r\nconnection: close\r\n\r\n",
            half.len()
        );
        browser.write_all(head.as_bytes())?;
        browser.write_all(half)?;
    } else {
        browser.write_all(&answer[..answer.len() / 2])?;
        browser.flush()?;
        // Hangs for as long as the line is so: a browser opens few connections to one place.
        while shared.load(Ordering::Relaxed) == Way::Stalled as u8 {
            thread::sleep(Duration::from_millis(50));
        }
    }
    Ok(())
}

/// Opens an address by the line.
async fn open(app: &App, line: &Line, path: &str) {
    let went = app.driver().goto(&format!("{}{path}", line.base)).await;
    went.unwrap_or_else(|why| panic!("{path} did not open: {why}"));
    want(app).await;
}

/// Asks for the app, which a page to be read brings no sooner.
async fn want(app: &App) {
    app.ask("dispatchEvent(new Event('dika:wanted'))", json!([]))
        .await;
}

/// The help that stands in for the app: what is wrong, guide, phones, another try; and the page that
/// came ready-made is still there.
async fn is_rescued(app: &App, kind: &str, page: &str, name: &str) {
    app.shows(&format!("[data-rescue={kind}]")).await;
    for way_on in [
        "[data-action=reload]",
        "a[href='/guide']",
        "a[href='/service-points']",
    ] {
        app.shows(&format!("[data-rescue] {way_on}")).await;
    }
    app.shows(&format!("main[data-page={page}]")).await;
    // In reach: on the screen as it is.
    let seen = "const box = document.querySelector('[data-rescue]').getBoundingClientRect();
        return box.bottom <= innerHeight + 1 && box.top >= 0 && box.height < innerHeight * .7
            && document.documentElement.scrollWidth <= innerWidth;";
    assert_eq!(
        app.ask(seen, json!([])).await,
        true,
        "{name}: the help is not in sight"
    );
    if page == "service-points" {
        assert!(app.count("main a[href^='tel:']").await >= 7, "every phone");
    }
    let picture = app.driver().screenshot_as_png().await;
    let path = artefacts("rescue").join(format!("{name}-{page}.png"));
    std::fs::write(path, picture.expect("a picture")).expect("the picture is kept");
}

/// What the browser says of files that did not come is what the journey is about.
async fn forget_complaints(app: &App) {
    drop(app.driver().browser_log().await);
}

/// On each page: the help comes, its links lead to what can be read, and a reload mends it all.
fn code_is_lost(options: Options, way: Way, kind: &str) {
    journey_with(options, async |app| {
        let line = Line::to(app.base());
        if way == Way::Stalled {
            // A quarter of a minute is long for a test.
            app.before_every_page(
                "const real = window.setTimeout;
                window.setTimeout = (call, ms, ...rest) =>
                    real(call, ms === 15000 ? 1500 : ms, ...rest);",
            )
            .await;
        }
        for (path, page) in PAGES {
            line.is(way);
            open(app, &line, path).await;
            is_rescued(app, kind, page, &format!("{way:?}").to_lowercase()).await;
            app.tap("[data-rescue] a[href='/service-points']").await;
            app.shows("main[data-page=service-points] a[href^='tel:']")
                .await;
            open(app, &line, path).await;
            app.shows("[data-rescue]").await;
            line.is(Way::Clear);
            app.tap("[data-rescue] [data-action=reload]").await;
            app.awake().await;
            assert_eq!(app.count("[data-rescue]").await, 0);
        }
        forget_complaints(app).await;
    });
}

#[test]
fn broken_wasm_missing_shows_the_way_on() {
    code_is_lost(Options::default(), Way::Missing, "failed");
}

#[test]
fn broken_wasm_without_its_words_the_notice_says_that_not_all_came() {
    code_is_lost(Options::default(), Way::Wordless, "failed");
    journey(async |app| {
        let line = Line::to(app.base());
        line.is(Way::Wordless);
        app.before_every_page("delete window.WebAssembly").await;
        for (path, page) in PAGES {
            open(app, &line, path).await;
            is_rescued(app, "missing", page, "wordless").await;
            let said = "return document.querySelector('[data-rescue] p').textContent";
            let said = app.ask(said, json!([])).await;
            assert_eq!(said, "页面没有加载完整。请检查网络，再重新加载。");
        }
        forget_complaints(app).await;
    });
}

#[test]
fn broken_wasm_missing_or_without_words_in_webkit_shows_the_way_on() {
    code_is_lost(Options::WEBKIT, Way::Missing, "failed");
    code_is_lost(Options::WEBKIT, Way::Wordless, "failed");
}

#[test]
fn broken_wasm_cut_off_shows_the_way_on() {
    code_is_lost(Options::default(), Way::CutOff, "failed");
}

#[test]
fn broken_wasm_half_shows_the_way_on() {
    code_is_lost(Options::default(), Way::Half, "failed");
}

#[test]
fn broken_wasm_stalled_shows_the_way_on() {
    code_is_lost(Options::default(), Way::Stalled, "slow");
}

#[test]
fn broken_wasm_whose_script_throws_at_its_start_shows_the_way_on() {
    for (path, page) in PAGES {
        // Each in a browser of its own: what came once is kept.
        journey(async |app| {
            let line = Line::to(app.base());
            script_throws(app, &line, path, page).await;
            line.is(Way::Clear);
            app.tap("[data-rescue] [data-action=reload]").await;
            app.awake().await;
            assert_eq!(app.count("[data-rescue]").await, 0);
            forget_complaints(app).await;
        });
        // WebKit keeps that script over a reload, whatever its headers say.
        journey_with(Options::WEBKIT, async |app| {
            script_throws(app, &Line::to(app.base()), path, page).await;
        });
    }
}

async fn script_throws(app: &App, line: &Line, path: &str, page: &str) {
    line.is(Way::Thrown);
    open(app, line, path).await;
    is_rescued(app, "crashed", page, "thrown").await;
}

#[test]
fn broken_wasm_without_webassembly_the_way_on_is_shown() {
    journey(async |app| {
        app.before_every_page("delete window.WebAssembly").await;
        for (path, page) in PAGES {
            app.goto(path).await;
            is_rescued(app, "missing", page, "none").await;
        }
        app.tap("[data-rescue] a[href='/guide']").await;
        app.shows("main[data-page=guide]").await;
        app.shows("[data-rescue=missing]").await;
        forget_complaints(app).await;
    });
}

/// On an iPhone no other browser has it either.
#[test]
fn broken_wasm_lockdown_mode_says_which_setting() {
    for (language, words, other) in [
        (
            "zh-CN",
            ["锁定模式", "Safari", "对本网站关闭", "微信", "服务点"],
            "请换一个浏览器",
        ),
        (
            "en",
            [
                "Lockdown Mode",
                "Safari",
                "for this website",
                "WeChat",
                "service point",
            ],
            "use another browser",
        ),
    ] {
        for wechat in ["", " MicroMessenger/8.0.50"] {
            let options = Options {
                language,
                ..Options::default()
            };
            journey_with(options, async |app| {
                app.before_every_page(&format!(
                    "delete window.WebAssembly;
                    const agent = navigator.userAgent + '{wechat}';
                    Object.defineProperty(navigator, 'userAgent', {{ get: () => agent }});
                    Object.defineProperty(navigator, 'vendor', {{ get: () => 'Apple Computer, Inc.' }});"
                ))
                .await;
                for (path, page) in PAGES {
                    app.goto(path).await;
                    is_rescued(app, "missing", page, &format!("lockdown-{language}")).await;
                    let said = "return document.querySelector('[data-rescue]').textContent";
                    let said = app.ask(said, json!([])).await;
                    let said = said.as_str().unwrap_or_default();
                    for words in words {
                        assert!(said.contains(words), "{words} is not in: {said}");
                    }
                    assert!(!said.contains(other), "{said}");
                }
                forget_complaints(app).await;
            });
        }
    }
}

/// What was typed stays, the button does not pretend to work, and no secret gets into an address.
async fn swallows_nothing(app: &App, kind: &str) {
    for way in ["tap", "enter"] {
        app.type_into("account", "3124001234").await;
        app.type_into("password", "s3cret!").await;
        if way == "tap" {
            app.tap("[data-action=bind]").await;
        } else {
            let field = app.driver().find(By::Css("input[name=password]")).await;
            let sent = field.expect("the field").send_keys(Key::Enter + "").await;
            sent.expect("it takes the key");
        }
        tokio::time::sleep(Duration::from_millis(300)).await;
        assert_eq!(app.value("password").await, "s3cret!", "{kind}, {way}");
        assert_eq!(app.path().await, "/bind/gdut?shell", "{kind}, {way}");
        let busy =
            "main [data-action=bind][aria-busy=true], main [data-action=bind][aria-disabled=true]";
        assert_eq!(
            app.count(busy).await,
            0,
            "{kind}, {way}: the button pretends to work"
        );
    }
    // A tap is answered by the notice.
    app.tap("[data-action=bind]").await;
    let focused = "return !!document.activeElement.closest('[data-rescue]')";
    assert_eq!(app.ask(focused, json!([])).await, true, "{kind}");
}

#[test]
fn broken_wasm_a_typed_password_is_not_swallowed() {
    for way in [Way::Foreign, Way::Missing, Way::CutOff] {
        // Each in a browser of its own: what came once is kept.
        journey(async |app| {
            let line = Line::to(app.base());
            line.is(way);
            open(app, &line, "/bind/gdut?shell").await;
            app.shows("[data-rescue]").await;
            swallows_nothing(app, &format!("{way:?}")).await;
            forget_complaints(app).await;
        });
    }
    journey(async |app| {
        app.before_every_page("delete window.WebAssembly").await;
        app.goto("/bind/gdut?shell").await;
        // Tapped before the notice came, too.
        app.shows("[data-rescue=missing]").await;
        swallows_nothing(app, "none").await;
        forget_complaints(app).await;
    });
    // The app was there and has crashed.
    journey(async |app| {
        let me = app.sandbox.ordinary().await;
        app.sign_in(&me).await;
        app.open_page("/bind/gdut?shell", "bind").await;
        app.ask("dispatchEvent(new CustomEvent('dika:panic'))", json!([]))
            .await;
        app.shows("[data-rescue=crashed]").await;
        swallows_nothing(app, "crashed").await;
        // Links lead on without it.
        app.tap("nav a[href='/guide']").await;
        app.page("guide").await;
        assert_eq!(app.count("[data-rescue]").await, 0);
        forget_complaints(app).await;
    });
}

#[test]
fn broken_wasm_a_script_that_does_not_parse_is_an_old_browser() {
    journey(async |app| {
        let line = Line::to(app.base());
        // Also for a student, whose skeleton is shown before the app comes: it would stay.
        app.before_every_page("document.cookie = 'dika_student=1; path=/'")
            .await;
        line.is(Way::Foreign);
        open(app, &line, "/").await;
        is_rescued(app, "missing", "home", "foreign").await;
        assert_eq!(app.count("html[data-known]").await, 0);
        app.shows(".first-visit").await;
        line.is(Way::Clear);
        app.tap("[data-rescue] [data-action=reload]").await;
        app.awake().await;
        assert_eq!(app.count("[data-rescue]").await, 0);
        forget_complaints(app).await;
    });
}

#[test]
fn broken_wasm_in_wechat_the_way_to_another_browser_is_told() {
    journey(async |app| {
        app.before_every_page(
            "delete window.WebAssembly;
            const agent = navigator.userAgent + ' MicroMessenger/8.0';
            Object.defineProperty(navigator, 'userAgent', { get: () => agent });",
        )
        .await;
        for (path, page) in PAGES {
            app.goto(path).await;
            is_rescued(app, "missing", page, "wechat").await;
            let words = "return document.querySelector('[data-rescue]').textContent";
            let words = app.ask(words, json!([])).await;
            let words = words.as_str().unwrap_or_default();
            assert!(words.contains("在浏览器打开"), "{words}");
        }
        forget_complaints(app).await;
    });
}

#[test]
fn broken_wasm_a_panic_at_the_start_shows_the_way_on() {
    for touched in ["", "document.querySelector('main > h1').before('more');"] {
        journey(async |app| {
            // Whatever the app draws, and however often, the browser refuses it; and what it would have taken
            // over is not as it came.
            app.before_every_page(&format!(
                "document.createTextNode = () => {{ throw new Error('no'); }};
                Node.prototype.cloneNode = () => {{ throw new Error('no'); }};
                addEventListener('DOMContentLoaded', () => {{ {touched} }});
                let real;
                Object.defineProperty(window, 'dikaTakeOver', {{
                    get: () => real && (anew => {{
                        const taken = real(anew);
                        document.querySelector('nav')?.remove();
                        return taken;
                    }}),
                    set: it => {{ real = it; }},
                }});"
            ))
            .await;
            for (path, page) in PAGES {
                app.goto(path).await;
                want(app).await;
                is_rescued(app, "crashed", page, "panic").await;
            }
            // What was asked for ahead is not used any more, and the browser says so later.
            app.driver().goto("about:blank").await.expect("it leaves");
            forget_complaints(app).await;
        });
    }
}

#[test]
fn broken_wasm_a_panic_later_shows_the_way_on() {
    journey(async |app| {
        app.open_page("/guide", "guide").await;
        // Whatever the next page is made of, the browser refuses it.
        app.ask(
            "Node.prototype.cloneNode = () => { throw new Error('no'); };",
            json!([]),
        )
        .await;
        app.tap("nav a[href='/orders']").await;
        app.shows("[data-rescue=crashed]").await;
        let words = app
            .ask(
                "return document.querySelector('[data-rescue]').textContent",
                json!([]),
            )
            .await;
        assert!(
            words
                .as_str()
                .is_some_and(|words| words.contains("不要重复付款")),
            "{words}"
        );
        app.tap("[data-rescue] [data-action=reload]").await;
        app.awake().await;
        assert_eq!(app.count("[data-rescue]").await, 0);
        forget_complaints(app).await;
    });
}
