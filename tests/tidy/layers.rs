use std::collections::BTreeMap;

use crate::{
    modules::{Arrow, crates},
    rust::{Kind, RustFile, sources, words_among},
    tree::{assert_none, packages, read},
};

/// The workspace's own crates that a manifest names, dependencies for tests aside; and all other dependencies.
fn dependencies(manifest: &str, workspace: &[String]) -> (Vec<String>, Vec<String>) {
    let manifest: toml::Table = manifest.parse().expect("a manifest");
    let mut tables = vec![&manifest];
    let targets = manifest.get("target").and_then(toml::Value::as_table);
    tables.extend(
        targets
            .into_iter()
            .flat_map(|it| it.values())
            .filter_map(toml::Value::as_table),
    );
    let (mut own, mut others) = (Vec::new(), Vec::new());
    for table in tables {
        for kind in ["dependencies", "build-dependencies"] {
            let named = table.get(kind).and_then(toml::Value::as_table);
            for (name, value) in named.into_iter().flatten() {
                let optional = value.get("optional").and_then(toml::Value::as_bool) == Some(true);
                if workspace.contains(name) {
                    own.push(name.clone());
                } else if !optional {
                    others.push(name.clone());
                }
            }
        }
    }
    own.sort();
    own.dedup();
    others.sort();
    (own, others)
}

/// The names of the workspace's packages.
fn names() -> Vec<String> {
    packages()
        .iter()
        .map(|package| name_of(&read(manifest_of(package))))
        .collect()
}

fn manifest_of(package: &str) -> String {
    if package.is_empty() {
        "Cargo.toml".to_owned()
    } else {
        format!("{package}/Cargo.toml")
    }
}

fn name_of(manifest: &str) -> String {
    let manifest: toml::Table = manifest.parse().expect("a manifest");
    let name = manifest["package"]["name"].as_str().expect("a name");
    name.to_owned()
}

/// The table of crates in `docs/architecture.md`: each crate with those that it may know.
fn table(document: &str) -> BTreeMap<String, Vec<String>> {
    let quoted = |cell: &str| -> Vec<String> {
        cell.split('`')
            .skip(1)
            .step_by(2)
            .map(str::to_owned)
            .collect()
    };
    document
        .lines()
        .filter(|line| line.starts_with("| `crates/") || line.starts_with("| `src/`"))
        .filter_map(|line| {
            let cells: Vec<&str> = line.trim_matches('|').split('|').collect();
            let [of, knows, ..] = cells[..] else {
                return None;
            };
            Some((quoted(of).first()?.clone(), quoted(knows)))
        })
        .collect()
}

#[test]
fn crates_know_what_the_architecture_says() {
    let (table, names) = (table(&read("docs/architecture.md")), names());
    let mut broken = Vec::new();
    for package in packages() {
        let row = if package.is_empty() {
            "src/"
        } else {
            &*package
        };
        let Some(allowed) = table.get(row) else {
            broken.push(format!("docs/architecture.md has no row for {row}"));
            continue;
        };
        let manifest = manifest_of(&package);
        let (own, _) = dependencies(&read(&manifest), &names);
        if own != *allowed {
            broken.push(format!(
                "{manifest} names {own:?}, docs/architecture.md {allowed:?}"
            ));
        }
    }
    for row in table.keys() {
        if row != "src/" && !packages().contains(row) {
            broken.push(format!(
                "docs/architecture.md has a row for {row}, which is no crate"
            ));
        }
    }
    assert_none("docs/architecture.md, \"Crates\"", broken);
}

#[test]
fn the_contract_depends_on_serde_alone() {
    let (own, others) = dependencies(&read("crates/contract/Cargo.toml"), &names());
    // The normal forms of Unicode are for the server and for tests alone: the browser brings its own.
    let natively = ["serde".to_owned(), "unicode-normalization".to_owned()];
    assert_eq!((own, others), (vec![], natively.to_vec()));
    let manifest = read("crates/contract/Cargo.toml");
    let (everywhere, native) = manifest
        .split_once("[target.'cfg(not(target_arch = \"wasm32\"))'.dependencies]")
        .expect("a part for native builds");
    assert!(
        !everywhere.contains("unicode-normalization") && native.contains("unicode-normalization")
    );
    let impure = [
        "fs", "net", "io", "env", "process", "thread", "tokio", "leptos", "sqlx", "axum",
    ];
    let broken = sources("crates/contract/src")
        .iter()
        .flat_map(|file| words_among(file, &impure))
        .collect();
    assert_none("the contract does nothing", broken);
}

#[test]
fn dependencies_are_found_wherever_a_manifest_has_them() {
    let manifest = "[dependencies]\nserde.workspace = true\na = { version = \"1\", optional = true }\n\
        [dependencies.tokio]\nversion = \"1\"\n[target.'cfg(unix)'.dependencies]\nlibc = \"1\"\n\
        [build-dependencies]\ndika-b.workspace = true\n[dev-dependencies]\nc = \"1\"";
    let (own, others) = dependencies(manifest, &["dika-b".to_owned(), "c".to_owned()]);
    assert_eq!(own, ["dika-b"]);
    assert_eq!(others, ["libc", "serde", "tokio"]);
    let row = "| crate | knows | holds |\n| --- | --- | --- |\n| `crates/a` | | `x` |\n| `crates/b` | `dika-c`, `dika-d` | things |\n| `src/` | `dika-c` | `x` |";
    let rows = table(row);
    assert!(rows["crates/a"].is_empty());
    assert_eq!(rows["crates/b"], ["dika-c", "dika-d"]);
    assert_eq!(rows["src/"], ["dika-c"]);
}

/// Modules of one crate that may not know others: those that begin with the first, those with any of the second.
const ONE_WAY: [(&str, &[&str]); 8] = [
    (
        "dika::ui",
        &[
            "dika::api",
            "dika::route",
            "dika::pages",
            "dika::session",
            "dika::app",
            "dika::query",
        ],
    ),
    (
        "dika::text",
        &["dika::ui", "dika::pages", "dika::app", "dika::session"],
    ),
    (
        "dika::api",
        &["dika::ui", "dika::pages", "dika::app", "dika::text"],
    ),
    (
        "dika::platform",
        &[
            "dika::ui",
            "dika::pages",
            "dika::app",
            "dika::text",
            "dika::api",
            "dika::route",
        ],
    ),
    (
        "server::adapters",
        &["server::services", "server::http", "server::web"],
    ),
    ("server::services", &["server::http", "server::web"]),
    ("server::http", &["server::web", "server::config"]),
    // The plumbing of `http` is for both: cookies, the kind of browser, the mark of a read for a page.
    (
        "server::web",
        &[
            "server::services",
            "server::adapters",
            "server::http::bindings",
            "server::http::cards",
            "server::http::directory",
            "server::http::router",
            "server::http::session",
            "server::http::state",
            "server::http::top_ups",
            "server::http::wechat",
        ],
    ),
];

fn is_in(module: &str, parent: &str) -> bool {
    module == parent
        || module
            .strip_prefix(parent)
            .is_some_and(|rest| rest.starts_with("::"))
}

fn upward(arrows: &[Arrow], from: &str, forbidden: &[&str]) -> Vec<String> {
    arrows
        .iter()
        .filter(|it| is_in(&it.from, from) && forbidden.iter().any(|to| is_in(&it.to, to)))
        .map(|it| format!("{} → {} ({})", it.from, it.to, it.place))
        .collect()
}

#[test]
fn parts_of_a_crate_know_each_other_one_way() {
    let arrows: Vec<Arrow> = crates().iter().flat_map(|it| it.arrows()).collect();
    let mut broken = Vec::new();
    for (from, forbidden) in ONE_WAY {
        assert!(
            arrows.iter().any(|it| is_in(&it.from, from)),
            "no module {from}"
        );
        for to in forbidden {
            assert!(
                arrows
                    .iter()
                    .any(|it| is_in(&it.to, to) || is_in(&it.from, to)),
                "no module {to}"
            );
        }
        broken.extend(upward(&arrows, from, forbidden));
    }
    assert_none(
        "src/ui draws what it is given; texts and the API know no page",
        broken,
    );
}

#[test]
fn an_arrow_upward_is_caught() {
    let arrow = |from: &str, to: &str| Arrow {
        from: from.to_owned(),
        to: to.to_owned(),
        place: "x.rs:1".to_owned(),
    };
    let arrows = [
        arrow("a::ui::b", "a::route"),
        arrow("a::uix", "a::route"),
        arrow("a::ui", "a::routes"),
    ];
    assert_eq!(
        upward(&arrows, "a::ui", &["a::route"]),
        ["a::ui::b → a::route (x.rs:1)"]
    );
}

/// Strings that are SQL, and the crate that runs it; its error may pass through.
fn sql(file: &RustFile) -> Vec<String> {
    let tokens = file.tokens();
    let mut broken = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let error = tokens.get(at + 3).is_some_and(|it| it.is("Error"));
        if token.is("sqlx") && !error {
            broken.push(format!("{}: sqlx", file.place(token.line)));
        }
    }
    for token in tokens.into_iter().filter(|it| it.kind == Kind::Text) {
        let text = token.text.to_lowercase();
        let words: Vec<&str> = text.split_whitespace().collect();
        let statement = match words[..] {
            ["select" | "delete", ..] => words.contains(&"from"),
            ["insert" | "replace", ..] => words.contains(&"into"),
            ["update", _, "set", ..] | ["with", _, "as", ..] => true,
            ["create" | "drop" | "alter", "table" | "index" | "view", ..] => true,
            ["from" | "where" | "values" | "order" | "returning", _, ..] => {
                text.contains('$') || text.contains('=')
            }
            _ => false,
        };
        if statement {
            broken.push(format!("{}: {}", file.place(token.line), words[0]));
        }
    }
    broken
}

#[test]
fn handlers_hold_no_sql_and_the_store_no_http() {
    let mut broken = Vec::new();
    for file in sources("crates/store/src") {
        broken.extend(words_among(
            &file,
            &["axum", "StatusCode", "HeaderMap", "http"],
        ));
    }
    for folder in ["crates/core/src", "crates/server/src"] {
        for file in sources(folder) {
            broken.extend(sql(&file));
        }
    }
    assert_none("SQL lives in the store, HTTP outside of it", broken);
}

#[test]
fn services_hold_no_http() {
    let broken = sources("crates/server/src/services")
        .iter()
        .flat_map(|file| words_among(file, &["axum", "StatusCode", "HeaderMap"]))
        .collect();
    assert_none("services decide, HTTP parses and answers", broken);
}

#[test]
fn sql_is_caught() {
    for broken in [
        "const A: &str = \"SELECT a FROM b\";",
        "fn a() { query(\"select a\\n  from b where c = $1\") }",
        "fn a() { q(concat!(\"SELECT a \", \"FROM b WHERE c = $1\")) }",
        "fn a() { q(\" insert into b values ($1)\") }",
        "fn a() { q(\"WITH a AS (SELECT 1) DELETE FROM b\") }",
        "fn a() { q(r\"UPDATE b SET c = 1\") }",
        "use sqlx::AnyPool;",
    ] {
        assert_eq!(
            sql(&RustFile::parse("x.rs", broken)).len(),
            1,
            "missed: {broken}"
        );
    }
    let fine = "fn a(_: sqlx::Error) { \"select a card\"; \"update the page\"; \"from here on\"; \"delete\" }";
    assert_eq!(sql(&RustFile::parse("x.rs", fine)), Vec::<String>::new());
}

#[test]
fn the_state_machines_are_pure() {
    let broken = sources("crates/core/src/order")
        .iter()
        .flat_map(|file| words_among(file, &["axum", "sqlx", "Store", "tokio", "async"]))
        .collect();
    assert_none("the state machines do nothing", broken);
}
