use crate::{
    rust::{Kind, RustFile, Token, sources, words_among},
    tree::{assert_none, packages},
};

/// Where the browser is touched. The parts at the end move the focus: in handlers and effects, never while
/// drawing, with the element types that leptos hands them.
const EDGE: [&str; 7] = [
    "src/api/transport.rs",
    "src/platform/",
    "src/wechat/",
    "src/main.rs",
    "src/ui/button.rs",
    "src/ui/error_summary.rs",
    "src/ui/sheet.rs",
];

/// Crates and functions that only work in a browser, leptos's own among them.
const BROWSER: [&str; 20] = [
    "web_sys",
    "js_sys",
    "wasm_bindgen",
    "wasm_bindgen_futures",
    "gloo",
    "gloo_net",
    "gloo_timers",
    "leptos_dom",
    "leptos_use",
    "window",
    "document",
    "set_timeout",
    "set_interval",
    "request_animation_frame",
    "request_idle_callback",
    "window_event_listener",
    "window_event_listener_untyped",
    "queue_microtask",
    "spawn_local",
    "location_hash",
];

fn browser(file: &RustFile) -> Vec<String> {
    let tokens = file.tokens();
    let named = |at: usize, token: &Token| {
        let function = ["window", "document"].contains(&token.text.as_str());
        // A local variable or a field of that name touches nothing.
        let called = tokens.get(at + 1).is_some_and(|it| it.is("("));
        let field = at > 0 && tokens[at - 1].is(".");
        !function || (called && !field)
    };
    tokens
        .iter()
        .enumerate()
        .filter(|(at, token)| {
            token.kind == Kind::Word && BROWSER.contains(&token.text.as_str()) && named(*at, token)
        })
        .map(|(_, token)| format!("{}: {}", file.place(token.line), token.text))
        .collect()
}

#[test]
fn only_the_edge_touches_the_browser() {
    let broken = sources("src")
        .iter()
        .filter(|file| !EDGE.iter().any(|edge| file.path.starts_with(edge)))
        .flat_map(browser)
        .collect();
    assert_none("what renders runs natively too", broken);
}

#[test]
fn touching_the_browser_is_caught() {
    for broken in [
        "use web_sys::Window;",
        "use leptos::{prelude::*, web_sys as w};",
        "fn a() { window().location(); }",
        "fn a() { leptos::prelude::document(); }",
        "fn a() { view! { <p>{gloo_timers::x()}</p> } }",
        "fn a() { set_timeout(|| (), d) }",
    ] {
        assert_eq!(
            browser(&RustFile::parse("x.rs", broken)).len(),
            1,
            "missed: {broken}"
        );
    }
    let fine = "/// window\nfn a(window: u8) { self.document(); window }";
    assert!(browser(&RustFile::parse("x.rs", fine)).is_empty());
}

/// Float types and float literals.
fn floats(file: &RustFile) -> Vec<String> {
    file.tokens()
        .iter()
        .filter(|token| match token.kind {
            Kind::Word => token.text == "f32" || token.text == "f64",
            Kind::Literal => matches!(
                syn::parse_str::<syn::Lit>(&token.text),
                Ok(syn::Lit::Float(_))
            ),
            _ => false,
        })
        .map(|token| format!("{}: {}", file.place(token.line), token.text))
        .collect()
}

/// Text formatted by `Debug`.
fn debug_formats(file: &RustFile) -> Vec<String> {
    file.tokens()
        .iter()
        .filter(|token| token.kind == Kind::Text)
        .filter(|token| token.text.contains(":?}") || token.text.contains(":#?}"))
        .map(|token| format!("{}: {}", file.place(token.line), token.text))
        .collect()
}

#[test]
fn nothing_that_ships_is_written_by_debug() {
    let broken = [
        "src",
        "crates/contract/src",
        "crates/json/src",
        "crates/markup/src",
    ]
    .into_iter()
    .flat_map(sources)
    .filter(|file| !file.path.ends_with("/tests.rs"))
    .flat_map(|file| debug_formats(&file))
    .collect();
    assert_none("`{:?}` writes nothing in the shipped app", broken);
}

#[test]
fn debug_formats_are_caught() {
    for broken in [
        "fn a() { format!(\"{:?}\", b); }",
        "fn a() { write!(f, \"{b:?}\"); }",
        "fn a() { panic!(\"{b:#?}\"); }",
    ] {
        assert_eq!(
            debug_formats(&RustFile::parse("x.rs", broken)).len(),
            1,
            "missed: {broken}"
        );
    }
    let fine = "fn a() { format!(\"{}?\", b); }\n#[cfg(test)]\nfn t() { panic!(\"{b:?}\") }";
    assert!(debug_formats(&RustFile::parse("x.rs", fine)).is_empty());
}

/// Tools that measure and build; no money passes through them.
const WITHOUT_MONEY: [&str; 2] = ["crates/xtask", "crates/ship"];

#[test]
fn no_float_holds_money() {
    let mut broken = Vec::new();
    for package in packages() {
        if WITHOUT_MONEY.contains(&package.as_str()) {
            continue;
        }
        let folder = if package.is_empty() {
            "src".to_owned()
        } else {
            format!("{package}/src")
        };
        broken.extend(sources(&folder).iter().flat_map(floats));
    }
    assert_none("amounts are whole fen", broken);
}

#[test]
fn floats_are_caught() {
    for broken in [
        "fn a(b: f64) {}",
        "const A: u8 = 1.5 as u8;",
        "fn a() { m!(b as f32) }",
        "type A = Vec<f64>;",
        "const A: X = 1e3;",
    ] {
        assert_eq!(
            floats(&RustFile::parse("x.rs", broken)).len(),
            1,
            "missed: {broken}"
        );
    }
    assert!(
        floats(&RustFile::parse(
            "x.rs",
            "fn a() { b.0.1; \"1.5\"; 1_500; 0xf64 }"
        ))
        .is_empty()
    );
}

/// What shows a server's own sentence: `title` of a problem is for developers; the app has its own words.
fn server_sentences(file: &RustFile) -> Vec<String> {
    let tokens = file.tokens();
    let mut broken = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        if token.kind != Kind::Word || !["title", "detail"].contains(&token.text.as_str()) {
            continue;
        }
        let is = |at: Option<usize>, text: &str| {
            at.and_then(|at| tokens.get(at))
                .is_some_and(|it| it.is(text))
        };
        let field = is(at.checked_sub(1), ".") && !is(Some(at + 1), "(");
        // The words of a fault and of a page, from `src/text/`.
        let own = at > 1
            && ["words", "message", "t", "page", "self"].contains(&tokens[at - 2].text.as_str());
        let open = tokens[..at].iter().rposition(|it| it.is("{"));
        let taken_apart = open
            .and_then(|at| at.checked_sub(1))
            .is_some_and(|at| tokens[at].is("Problem"));
        if field && !own || taken_apart {
            broken.push(format!("{}: {}", file.place(token.line), token.text));
        }
    }
    broken
}

#[test]
fn no_server_sentence_is_shown() {
    let broken = sources("src")
        .iter()
        // Where our words for each code are.
        .filter(|file| !file.path.starts_with("src/text/"))
        .flat_map(server_sentences)
        .collect();
    assert_none("users see our text for a code", broken);
}

#[test]
fn showing_a_servers_sentence_is_caught() {
    for broken in [
        "fn a() { problem.title }",
        "fn a() { refusal.title.clone() }",
        "fn a() { view! { <p>{fault.problem().title}</p> } }",
        "fn a() { let Problem { code, title, .. } = p; }",
        "fn a() { problem.detail }",
    ] {
        assert_eq!(
            server_sentences(&RustFile::parse("x.rs", broken)).len(),
            1,
            "missed: {broken}"
        );
    }
    let fine = "fn a() { words.title; titles.title(&r); Load { title: words.title } }";
    assert!(server_sentences(&RustFile::parse("x.rs", fine)).is_empty());
}

/// A page with `<Suspense>` does not hydrate from what was rendered synchronously.
const ASYNCHRONOUS: [&str; 7] = [
    "Suspense",
    "Transition",
    "Await",
    "Resource",
    "OnceResource",
    "ArcResource",
    "ArcOnceResource",
];

#[test]
fn pages_hydrate_without_suspense() {
    let broken = sources("src")
        .iter()
        .flat_map(|file| words_among(file, &ASYNCHRONOUS))
        .collect();
    assert_none("pages are rendered synchronously", broken);
    let file = RustFile::parse(
        "x.rs",
        "fn a() { view! { <leptos::Suspense/> }; Resource::new() }",
    );
    assert_eq!(words_among(&file, &ASYNCHRONOUS).len(), 2);
    let fine = RustFile::parse("x.rs", "fn a() { LocalResource::new(\"Suspense\") }");
    assert!(words_among(&fine, &ASYNCHRONOUS).is_empty());
}

/// `allow` in an attribute, unless it gives a reason: in macros and shared test code some uses need it and some
/// don't, so that `expect` would not do.
fn allowances(file: &RustFile) -> Vec<String> {
    let tokens = file.tokens();
    let mut broken = Vec::new();
    // For each open bracket, whether it is an attribute's.
    let mut open: Vec<bool> = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        match token.kind {
            Kind::Open => {
                let hash = at > 0
                    && (tokens[at - 1].is("#")
                        || at > 1 && tokens[at - 1].is("!") && tokens[at - 2].is("#"));
                open.push(token.is("[") && hash || open.last() == Some(&true));
            }
            Kind::Close => {
                open.pop();
            }
            Kind::Word if token.text == "allow" && open.last() == Some(&true) => {
                let mut depth = 0;
                let inside: Vec<&Token> = tokens[at + 1..]
                    .iter()
                    .take_while(|it| {
                        depth +=
                            i32::from(it.kind == Kind::Open) - i32::from(it.kind == Kind::Close);
                        depth > 0
                    })
                    .collect();
                if !inside.iter().any(|it| it.is("reason")) {
                    broken.push(file.place(token.line));
                }
            }
            _ => {}
        }
    }
    broken
}

#[test]
fn lints_are_expected_not_allowed() {
    let broken = ["src", "crates", "tests"]
        .iter()
        .flat_map(|folder| sources(folder))
        .flat_map(|file| allowances(&file))
        .collect();
    assert_none(
        "#[expect(…, reason)] says when it is needed no more",
        broken,
    );
}

#[test]
fn allowances_are_caught() {
    for broken in [
        "#[allow(dead_code)] fn a() {}",
        "#![allow(dead_code)]",
        "#[cfg_attr(test, allow(dead_code))] fn a() {}",
        "macro_rules! m { () => { #[allow(dead_code)] fn a() {} } }",
        "fn a() { #[allow(unused)] let b = c; }",
    ] {
        assert_eq!(
            allowances(&RustFile::parse("x.rs", broken)).len(),
            1,
            "missed: {broken}"
        );
    }
    let fine = "#[allow(dead_code, reason = \"r\")] fn a() { allow(b); vec![allow(c)] }";
    assert!(allowances(&RustFile::parse("x.rs", fine)).is_empty());
}
