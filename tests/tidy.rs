//! The house rules of `docs/architecture.md`, "What is never so", and of `docs/glossary.md`, as tests over
//! the source tree.
//!
//! A rule that is broken on purpose is changed here first, with its reason.
#![cfg(not(target_arch = "wasm32"))]

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    fs::read_to_string(&path).unwrap_or_else(|why| panic!("{}: {why}", path.display()))
}

/// Every file below a folder whose name ends so, as paths from the root, sorted.
fn files(folder: &str, ending: &str) -> Vec<String> {
    fn walk(folder: &Path, ending: &str, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            let name = entry.file_name();
            if path.is_dir() {
                if !matches!(name.to_str(), Some("target" | "node_modules" | "dist")) {
                    walk(&path, ending, found);
                }
            } else if name.to_string_lossy().ends_with(ending) {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    walk(&root().join(folder), ending, &mut found);
    let mut names: Vec<String> = found
        .iter()
        .filter_map(|path| path.strip_prefix(root()).ok()?.to_str().map(str::to_owned))
        .collect();
    names.sort();
    names
}

/// A Rust file taken apart: its code without comments and text, and the text it holds.
struct Source {
    path: String,
    /// Line by line.
    code: Vec<String>,
    /// Line number and text of each string.
    strings: Vec<(usize, String)>,
}

impl Source {
    /// Takes a file apart. What follows `#[cfg(test)]` is left out: tests may name everything.
    fn of(path: &str) -> Self {
        let whole = read(path);
        let text = whole.split("#[cfg(test)]").next().unwrap_or_default();
        let mut code = vec![String::new()];
        let mut strings = Vec::new();
        let mut rest = text;
        while let Some(letter) = rest.chars().next() {
            let line = code.len();
            if rest.starts_with("//") {
                rest = rest.find('\n').map_or("", |end| &rest[end..]);
            } else if rest.starts_with("/*") {
                let end = rest.find("*/").map_or(rest.len(), |end| end + 2);
                code.extend(rest[..end].matches('\n').map(|_| String::new()));
                rest = &rest[end..];
            } else if let Some((held, length)) = string_at(rest) {
                code.extend(rest[..length].matches('\n').map(|_| String::new()));
                strings.push((line, held.to_owned()));
                rest = &rest[length..];
            } else if let Some(length) = character_at(rest) {
                rest = &rest[length..];
            } else {
                if letter == '\n' {
                    code.push(String::new());
                } else if let Some(current) = code.last_mut() {
                    current.push(letter);
                }
                rest = &rest[letter.len_utf8()..];
            }
        }
        Self {
            path: path.to_owned(),
            code,
            strings,
        }
    }

    /// The lines whose code has one of these words in it.
    fn lines_with<'a>(&'a self, words: &'a [&str]) -> impl Iterator<Item = String> + 'a {
        self.code.iter().enumerate().filter_map(|(number, line)| {
            let word = words.iter().find(|word| has_word(line, word))?;
            Some(format!("{}:{}: {word}", self.path, number + 1))
        })
    }
}

/// A string that starts here: what it holds and how long it is with its quotes.
fn string_at(text: &str) -> Option<(&str, usize)> {
    if let Some(inner) = text.strip_prefix('"') {
        let mut escaped = false;
        for (at, letter) in inner.char_indices() {
            match letter {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                '"' => return Some((&inner[..at], at + 2)),
                _ => {}
            }
        }
        return None;
    }
    let hashes = text.strip_prefix('r')?;
    let count = hashes.len() - hashes.trim_start_matches('#').len();
    let inner = hashes[count..].strip_prefix('"')?;
    let close = format!("\"{}", "#".repeat(count));
    let end = inner.find(&close)?;
    Some((&inner[..end], 1 + count + 1 + end + close.len()))
}

/// A character literal that starts here: its length. A lifetime is none.
fn character_at(text: &str) -> Option<usize> {
    let inner = text.strip_prefix('\'')?;
    if let Some(escape) = inner.strip_prefix('\\') {
        // The escaped character itself may be a quote.
        return escape[1..].find('\'').map(|end| end + 4);
    }
    let letter = inner.chars().next()?;
    inner[letter.len_utf8()..]
        .starts_with('\'')
        .then(|| letter.len_utf8() + 2)
}

/// Whether the word stands in the line, not as a part of a longer one.
fn has_word(line: &str, word: &str) -> bool {
    let part = |letter: char| letter.is_alphanumeric() || letter == '_';
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + word.len()..].chars().next();
        !(before.is_some_and(part) && word.starts_with(part)
            || after.is_some_and(part) && word.ends_with(part))
    })
}

fn has_han(text: &str) -> bool {
    text.chars()
        .any(|letter| ('\u{4e00}'..='\u{9fff}').contains(&letter))
}

/// Fails with the broken places, if there are any.
#[track_caller]
fn none(rule: &str, broken: Vec<String>) {
    assert!(broken.is_empty(), "{rule}\n{}", broken.join("\n"));
}

fn sources(folder: &str) -> Vec<Source> {
    let found = files(folder, ".rs");
    assert!(!found.is_empty(), "{folder} has no Rust files");
    found.iter().map(|path| Source::of(path)).collect()
}

fn lines_with(folder: &str, words: &[&str]) -> Vec<String> {
    sources(folder)
        .iter()
        .flat_map(|source| source.lines_with(words).collect::<Vec<_>>())
        .collect()
}

#[test]
fn parts_know_neither_the_api_nor_the_addresses() {
    let broken = lines_with(
        "src/ui",
        &["Api", "Route", "crate::api", "crate::route", "crate::pages"],
    );
    none("src/ui draws what it is given", broken);
}

#[test]
fn pages_hold_no_sentence_path_or_colour() {
    let mut broken = Vec::new();
    for source in sources("src/pages") {
        for (line, text) in &source.strings {
            let words = text.split_whitespace().count();
            let starts_large = text.starts_with(|letter: char| letter.is_ascii_uppercase());
            let colour = text.strip_prefix('#').is_some_and(|rest| {
                rest.len() >= 3 && rest.chars().all(|letter| letter.is_ascii_hexdigit())
            });
            let what = if has_han(text) || (words > 1 && starts_large) || text.ends_with(". ") {
                "a sentence (src/text says it)"
            } else if text.starts_with('/') && text.len() > 1 {
                "a path (src/route.rs says it)"
            } else if colour || text.contains("rgb(") || text.contains("style:") {
                "a colour or style (style/tokens.css says it)"
            } else {
                continue;
            };
            broken.push(format!("{}:{line}: {text:?} is {what}", source.path));
        }
    }
    none("a page arranges; others say", broken);
}

#[test]
fn parts_and_the_frame_hold_no_sentence() {
    let mut broken = Vec::new();
    let mut all = sources("src/ui");
    all.push(Source::of("src/app.rs"));
    for source in &all {
        for (line, text) in &source.strings {
            let words = text.split_whitespace().count();
            let drawing = text.starts_with('<') || text.starts_with('M');
            let starts_large = text.starts_with(|letter: char| letter.is_ascii_uppercase());
            if has_han(text) || (words > 1 && starts_large && !drawing) || text.ends_with(". ") {
                broken.push(format!("{}:{line}: {text:?}", source.path));
            }
        }
    }
    none("a part says what it is given", broken);
}

/// What the glossary rules out.
const NEVER_IN_CHINESE: [&str; 9] = [
    "您",
    "订单",
    "下单",
    "领款",
    "充值指南",
    "广州大学一卡通",
    "学（工）号",
    "学号/工号",
    "“嘀”",
];
const NEVER_IN_ENGLISH: [&str; 7] = [
    "go on paying",
    "order",
    "orders",
    "recharge",
    "recharging",
    "help desk",
    "help desks",
];

#[test]
fn words_are_those_of_the_glossary() {
    let mut said: Vec<(String, String)> = Vec::new();
    for source in sources("src/text") {
        for (line, text) in source.strings {
            said.push((format!("{}:{line}", source.path), text));
        }
    }
    // What runs beside the app.
    for path in files("public", ".js") {
        for (line, text) in script_strings(&read(&path)) {
            said.push((format!("{path}:{line}"), text));
        }
    }
    assert!(
        said.iter()
            .any(|(place, _)| place.starts_with("public/boot.js")),
        "the scripts beside the app are read, too"
    );
    let mut broken = Vec::new();
    for (place, text) in said {
        let lower = text.to_lowercase();
        // A sentence, not a name of the machinery.
        let sentence = lower.contains(' ');
        let chinese = NEVER_IN_CHINESE.iter().filter(|word| text.contains(**word));
        let english = NEVER_IN_ENGLISH
            .iter()
            .filter(|word| sentence && has_word(&lower, word));
        broken.extend(
            chinese
                .chain(english)
                .map(|word| format!("{place}: {word}")),
        );
    }
    none("docs/glossary.md says it otherwise", broken);
}

/// The strings of a plain script: line number and what it holds.
fn script_strings(script: &str) -> Vec<(usize, String)> {
    let mut strings = Vec::new();
    for (number, line) in script.lines().enumerate() {
        let mut rest = line;
        // No string of these files holds a comment's beginning; a comment may hold an apostrophe.
        if let Some((code, _)) = rest.split_once("// ") {
            rest = code;
        }
        for quote in ['\'', '"'] {
            for text in rest.split(quote).skip(1).step_by(2) {
                strings.push((number + 1, text.to_owned()));
            }
        }
    }
    strings
}

/// The fields of the Chinese or the English value in a file of texts: line, name, strings.
fn values(source: &Source, which: &str) -> Vec<(usize, String, Vec<String>)> {
    let start = format!("static {which}: ");
    let mut fields: Vec<(usize, String, Vec<String>)> = Vec::new();
    let mut inside = false;
    for (number, line) in source.code.iter().enumerate() {
        if line.starts_with(&start) {
            inside = true;
        } else if line.starts_with('}') {
            inside = false;
        }
        if !inside {
            continue;
        }
        let name = line
            .strip_prefix("    ")
            .and_then(|line| line.split_once(':'))
            .map(|(name, _)| name)
            .filter(|name| name.starts_with(|letter: char| letter.is_ascii_lowercase()));
        if let Some(name) = name {
            fields.push((number + 1, name.to_owned(), Vec::new()));
        }
        if let Some((_, _, strings)) = fields.last_mut() {
            let here = source
                .strings
                .iter()
                .filter(|(line, _)| *line == number + 1);
            strings.extend(here.map(|(_, text)| text.clone()));
        }
    }
    fields
}

#[test]
fn every_text_is_said_in_both_languages() {
    // Names of languages are in their own; a map knows the place by its Chinese name.
    const ALIKE: [(&str, &str); 3] = [
        ("src/text/settings.rs", "chinese"),
        ("src/text/settings.rs", "english"),
        ("src/text/service_points.rs", "map_keyword"),
    ];
    let mut broken = Vec::new();
    let mut compared = 0;
    for source in sources("src/text") {
        let (chinese, english) = (values(&source, "ZH"), values(&source, "EN"));
        let names = |fields: &[(usize, String, Vec<String>)]| {
            fields.iter().map(|it| it.1.clone()).collect::<Vec<_>>()
        };
        assert_eq!(
            names(&chinese),
            names(&english),
            "{}: the order of fields",
            source.path
        );
        for ((_, name, zh), (line, _, en)) in chinese.iter().zip(&english) {
            let place = format!("{}:{line}: {name}", source.path);
            assert_eq!(zh.len(), en.len(), "{place}: as many texts");
            for (zh, en) in zh.iter().zip(en) {
                compared += 1;
                let letters = fill_out(en).chars().any(char::is_alphabetic);
                if zh == en && letters && !ALIKE.contains(&(source.path.as_str(), name.as_str())) {
                    broken.push(format!("{place}: {en:?} is the same in both"));
                }
                if en.contains(['，', '。', '；', '：', '？', '！', '（', '）']) {
                    broken.push(format!("{place}: {en:?} has Chinese marks"));
                }
                if halved(zh) {
                    broken.push(format!("{place}: {zh:?} has Western marks"));
                }
                for text in [zh, en] {
                    // A short one, such as " or ", stands between two others.
                    if text.trim() != text && text.trim().chars().count() > 2 {
                        broken.push(format!("{place}: {text:?} has a space at its end"));
                    }
                }
            }
        }
    }
    assert!(compared > 600, "only {compared} texts were found");
    none("a text has two languages and belongs to one", broken);
}

/// A text without its blanks.
fn fill_out(text: &str) -> String {
    text.split('{')
        .enumerate()
        .map(|(at, part)| match part.split_once('}') {
            Some((_, behind)) if at > 0 => behind,
            _ => part,
        })
        .collect()
}

/// Whether a Western comma, semicolon, colon, question or exclamation mark follows a Chinese character.
fn halved(text: &str) -> bool {
    let letters: Vec<char> = text.chars().collect();
    letters.windows(2).any(|pair| {
        ('\u{4e00}'..='\u{9fff}').contains(&pair[0]) && [',', ';', ':', '?', '!'].contains(&pair[1])
    })
}

#[test]
fn the_gallery_shows_every_part() {
    let parts: Vec<String> = sources("src/ui")
        .iter()
        .flat_map(|source| source.code.clone())
        .collect::<Vec<_>>()
        .windows(2)
        .filter(|lines| lines[0].trim() == "#[component]")
        .filter_map(|lines| {
            let name = lines[1].trim().strip_prefix("pub fn ")?;
            let name = name.split(['(', '<']).next()?;
            Some(name.to_owned())
        })
        .collect();
    assert!(parts.len() > 30, "only {} parts were found", parts.len());
    let shown: Vec<String> = sources("src/pages/gallery")
        .iter()
        .flat_map(|source| source.code.clone())
        .collect();
    let missing = parts
        .into_iter()
        .filter(|part| {
            let tag = format!("<{part}");
            !shown.iter().any(|line| has_word(line, &tag))
        })
        .collect();
    none("src/pages/gallery shows what there is", missing);
}

#[test]
fn only_the_edge_touches_the_browser() {
    // The parts at the end move the focus: in handlers and effects, never while drawing, with the
    // element types that leptos hands them.
    const EDGE: [&str; 7] = [
        "src/api/transport.rs",
        "src/platform/",
        "src/wechat/",
        "src/main.rs",
        "src/ui/button.rs",
        "src/ui/error_summary.rs",
        "src/ui/sheet.rs",
    ];
    let browser = [
        "web_sys",
        "js_sys",
        "wasm_bindgen",
        "gloo_net",
        "gloo_timers",
        "gloo",
    ];
    let broken = lines_with("src", &browser)
        .into_iter()
        .filter(|line| !EDGE.iter().any(|edge| line.starts_with(edge)))
        .collect();
    none("what renders runs natively too", broken);
}

#[test]
fn no_float_holds_money() {
    let mut broken = Vec::new();
    for folder in [
        "src",
        "crates/contract/src",
        "crates/server/src",
        "crates/wechat/src",
    ] {
        broken.extend(lines_with(folder, &["f32", "f64"]));
    }
    none("amounts are whole fen", broken);
}

#[test]
fn no_fake_lives_in_the_app() {
    let mut broken = Vec::new();
    for source in sources("src") {
        for (number, line) in source.code.iter().enumerate() {
            for word in ["Fake", "Mock", "Dummy", "fixture"] {
                if line.contains(word) {
                    broken.push(format!("{}:{}: {word}", source.path, number + 1));
                }
            }
        }
    }
    none("fakes live in tests", broken);
}

#[test]
fn sentences_live_in_the_text_room() {
    let mut broken = Vec::new();
    for source in sources("src") {
        if source.path.starts_with("src/text/") {
            continue;
        }
        for (line, text) in &source.strings {
            if has_han(text) {
                broken.push(format!("{}:{line}: {text:?}", source.path));
            }
        }
    }
    none("Chinese outside of src/text", broken);
}

#[test]
fn no_server_sentence_is_shown() {
    // `title` of a problem is for developers; the app has its own words for each code.
    let broken = lines_with("src", &["problem.title"]);
    none("users see our text for a code", broken);
}

#[test]
fn pages_hydrate_without_suspense() {
    let broken = lines_with(
        "src",
        &[
            "Suspense",
            "Transition",
            "Await",
            "Resource",
            "OnceResource",
        ],
    );
    none(
        "a page with <Suspense> does not hydrate from what was rendered synchronously",
        broken,
    );
}

#[test]
fn expectations_are_expected() {
    let mut broken = Vec::new();
    for folder in ["src", "crates", "tests"] {
        for source in sources(folder) {
            for (number, line) in source.code.iter().enumerate() {
                // In macros and shared test code some uses need it and some don't: with a reason.
                if (line.contains("#[allow(") || line.contains("#![allow("))
                    && !line.contains("reason =")
                {
                    broken.push(format!("{}:{}", source.path, number + 1));
                }
            }
        }
    }
    none(
        "#[expect(…, reason)] says when it is needed no more",
        broken,
    );
}

#[test]
fn the_contract_depends_on_serde_alone() {
    let manifest = read("crates/contract/Cargo.toml");
    let dependencies = manifest
        .split("\n[dependencies]\n")
        .nth(1)
        .and_then(|rest| rest.split("\n[").next())
        .expect("the contract names its dependencies");
    let broken = dependencies
        .lines()
        .filter(|line| !line.trim().is_empty() && !line.trim_start().starts_with('#'))
        .filter(|line| !line.starts_with("serde.") && !line.contains("optional = true"))
        .map(str::to_owned)
        .collect();
    none(
        "the contract is what crosses the network, nothing more",
        broken,
    );
    let broken = lines_with(
        "crates/contract/src",
        &[
            "std::fs", "std::net", "std::io", "std::env", "tokio", "leptos", "sqlx", "axum",
        ],
    );
    none("the contract does nothing", broken);
}

#[test]
fn handlers_hold_no_sql_and_the_store_no_http() {
    let mut broken = Vec::new();
    for source in sources("crates/server/src") {
        let store = source.path.starts_with("crates/server/src/store");
        if store {
            broken.extend(source.lines_with(&["axum", "StatusCode", "HeaderMap", "http"]));
            continue;
        }
        for (line, text) in &source.strings {
            let start = text.trim_start();
            for verb in [
                "SELECT ",
                "INSERT INTO ",
                "UPDATE ",
                "DELETE FROM ",
                "CREATE TABLE ",
            ] {
                if start.starts_with(verb) {
                    broken.push(format!("{}:{line}: {verb}", source.path));
                }
            }
        }
    }
    none("SQL lives in the store, HTTP outside of it", broken);
    let broken = lines_with(
        "crates/server/src/order",
        &["axum", "sqlx", "Store", "tokio", "async"],
    );
    none("the state machines are pure", broken);
}

#[test]
fn colours_live_in_the_tokens() {
    const NAMED: [&str; 16] = [
        "white", "black", "red", "green", "blue", "grey", "gray", "orange", "yellow", "silver",
        "pink", "purple", "gold", "navy", "teal", "brown",
    ];
    let mut broken = Vec::new();
    for path in files("style", ".css") {
        if path.ends_with("/tokens.css") {
            continue;
        }
        let css = without_css_comments(&read(&path));
        for (number, line) in css.lines().enumerate() {
            let Some((_, value)) = line.split_once(':') else {
                continue;
            };
            let hex = value.match_indices('#').any(|(at, _)| {
                let digits = value[at + 1..]
                    .chars()
                    .take_while(char::is_ascii_hexdigit)
                    .count();
                digits >= 3
            });
            let function = ["rgb(", "rgba(", "hsl(", "hsla(", "oklch(", "lab("]
                .iter()
                .any(|function| value.contains(function));
            let named =
                !value.contains("url(") && NAMED.iter().any(|name| has_css_word(value, name));
            if hex || function || named {
                broken.push(format!("{path}:{}: {}", number + 1, line.trim()));
            }
        }
    }
    none("style/tokens.css holds every colour", broken);
}

fn has_css_word(value: &str, word: &str) -> bool {
    let part = |letter: char| letter.is_alphanumeric() || letter == '-' || letter == '_';
    value.match_indices(word).any(|(at, _)| {
        !value[..at].chars().next_back().is_some_and(part)
            && !value[at + word.len()..].chars().next().is_some_and(part)
    })
}

/// Comments become blank; lines stay where they are.
fn without_css_comments(css: &str) -> String {
    let mut plain = String::new();
    let mut rest = css;
    while let Some(start) = rest.find("/*") {
        plain.push_str(&rest[..start]);
        let end = rest[start..]
            .find("*/")
            .map_or(rest.len(), |end| start + end + 2);
        plain.extend(rest[start..end].matches('\n'));
        rest = &rest[end..];
    }
    plain + rest
}

#[test]
fn parts_and_their_styles_stand_in_the_same_order() {
    let parts: Vec<String> = read("src/ui/mod.rs")
        .lines()
        .filter_map(|line| {
            let line = line
                .trim()
                .trim_start_matches("pub ")
                .trim_start_matches("pub(crate) ");
            line.strip_prefix("mod ")?
                .strip_suffix(';')
                .map(str::to_owned)
        })
        .collect();
    let blocks: Vec<String> = read("style/ui.css")
        .lines()
        .filter_map(|line| {
            let name = line.strip_prefix("/* ")?.strip_suffix(" */")?;
            let is_name = name
                .chars()
                .all(|letter| letter.is_ascii_lowercase() || letter == '_');
            is_name.then(|| name.to_owned())
        })
        .collect();
    let known: BTreeSet<&String> = parts.iter().collect();
    let unknown: Vec<&String> = blocks.iter().filter(|name| !known.contains(name)).collect();
    assert!(
        unknown.is_empty(),
        "style/ui.css dresses parts that src/ui lacks: {unknown:?}"
    );
    let dressed: Vec<&String> = parts.iter().filter(|name| blocks.contains(name)).collect();
    assert_eq!(
        dressed,
        blocks.iter().collect::<Vec<_>>(),
        "style/ui.css has its blocks in the order of src/ui/mod.rs"
    );
}

#[test]
fn styles_in_markup_are_none() {
    // The content security policy refuses them, and the tokens could not reach them.
    let mut broken = Vec::new();
    for source in sources("src") {
        for (number, line) in source.code.iter().enumerate() {
            if has_word(line, "style=") || line.contains(" style:") {
                broken.push(format!("{}:{}", source.path, number + 1));
            }
        }
    }
    for path in ["index.html"]
        .map(str::to_owned)
        .into_iter()
        .chain(files("public", ".html"))
    {
        let html = read(&path);
        if html.contains(" style=") || html.contains("<style") || html.contains(" onclick=") {
            broken.push(path);
        }
    }
    none("looks come from classes and attributes", broken);
}

/// Paths that documents name in back quotes or links, with the document's own folder.
fn named_paths(document: &str) -> Vec<String> {
    const TOPS: [&str; 11] = [
        "src/", "crates/", "tests/", "docs/", "style/", "public/", ".cargo/", ".ci/", "deploy/",
        "scripts/", "assets/",
    ];
    const ROOT_FILES: [&str; 8] = [
        "Cargo.toml",
        "Cargo.lock",
        "Trunk.toml",
        "index.html",
        "package.json",
        "package-lock.json",
        "rust-toolchain.toml",
        "README.md",
    ];
    let text = read(document);
    let mut fenced = false;
    let mut named = Vec::new();
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        }
        if fenced {
            continue;
        }
        for quoted in line.split('`').skip(1).step_by(2) {
            let path = quoted.trim_end_matches(['.', ',']);
            let is_path =
                TOPS.iter().any(|top| path.starts_with(top)) || ROOT_FILES.contains(&path);
            if is_path && !path.contains(['<', '{', '…', ' ', '$']) {
                named.push(path.to_owned());
            }
        }
        for link in line.split("](").skip(1) {
            let target = link.split([')', '#', ' ']).next().unwrap_or_default();
            if target.is_empty() || target.contains(':') || target.starts_with('/') {
                continue;
            }
            let folder = Path::new(document).parent().unwrap_or(Path::new(""));
            named.push(folder.join(target).to_string_lossy().into_owned());
        }
    }
    named
}

#[test]
fn documents_name_only_what_exists() {
    let mut broken = Vec::new();
    let documents = files("docs", ".md");
    let readme = root()
        .join("README.md")
        .is_file()
        .then(|| "README.md".to_owned());
    for document in documents.into_iter().chain(readme) {
        for path in named_paths(&document) {
            let plain = path.split("::").next().unwrap_or_default();
            // A pattern stands for the folder it begins in.
            let plain = plain.split('*').next().unwrap_or_default();
            // `cargo xtask` writes these.
            let written = ["dist", "artefacts", "target"]
                .iter()
                .any(|top| plain.starts_with(top));
            if !written && !root().join(plain).exists() {
                broken.push(format!("{document}: {path}"));
            }
        }
    }
    none("documents rot unless they are checked", broken);
}

#[test]
fn hooks_are_written_down() {
    let written = read("docs/hooks.md");
    let mut broken = Vec::new();
    for source in sources("src") {
        let whole = read(&source.path);
        let whole = whole.split("#[cfg(test)]").next().unwrap_or_default();
        for mark in ["action=\"", "data-action=\""] {
            for (at, _) in whole.match_indices(mark) {
                let name = whole[at + mark.len()..]
                    .split('"')
                    .next()
                    .unwrap_or_default();
                if !written.contains(&format!("`{name}`")) {
                    broken.push(format!("{}: {name}", source.path));
                }
            }
        }
    }
    broken.sort();
    broken.dedup();
    none("docs/hooks.md lists every data-action", broken);
}

#[test]
fn the_project_names_no_machine() {
    let machine = ["/work", "/"].concat();
    let mut broken = Vec::new();
    for ending in [
        ".rs", ".toml", ".md", ".html", ".css", ".js", ".json", ".yml", ".sh",
    ] {
        for folder in [
            "src", "crates", "tests", "docs", "style", "public", ".cargo", ".ci",
        ] {
            for path in files(folder, ending) {
                if read(&path).contains(&machine) {
                    broken.push(path);
                }
            }
        }
    }
    none("a clone may lie anywhere", broken);
}

#[test]
fn taking_a_source_apart_works() {
    let sample = "a \"b // c\" d // \"e\"\nr#\"f \" g\"# 'h' '\\'' &'static str /* \" */ i";
    let folder = std::env::temp_dir().join(format!("dika-tidy-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("a folder");
    let path = folder.join("sample.rs");
    fs::write(&path, sample).expect("a file");
    let source = Source::of(path.to_str().expect("plain letters"));
    fs::remove_dir_all(&folder).expect("gone again");
    assert_eq!(source.code, ["a  d ", "   &'static str  i"]);
    assert_eq!(
        source.strings,
        [(1, "b // c".to_owned()), (2, "f \" g".to_owned())]
    );
    assert!(has_word("let x: f64 = y;", "f64"));
    assert!(!has_word("let leaf64 = y;", "f64"));
}

#[test]
fn taking_words_apart_works() {
    assert_eq!(fill_out("{0} · {1}"), " · ");
    assert_eq!(fill_out("{0} of {1}."), " of .");
    assert!(halved("卡,机器") && !halved("卡，机器 a: b, c"));
    let script = "a('您好', \"x\"); // it's\nb = 'c';";
    let held: Vec<_> = script_strings(script).into_iter().map(|it| it.1).collect();
    assert_eq!(held, ["您好", "x", "c"]);
}
