use std::collections::BTreeSet;
use std::path::Path;

use crate::{
    rust::{Kind, RustFile, sources},
    tree::{assert_none, files, read, root},
    views::{Part, parts},
};

/// The documents: `docs/`, and those beside `README.md`.
fn documents() -> Vec<String> {
    let mut all = files("docs", ".md");
    let mut beside: Vec<String> = std::fs::read_dir(root())
        .expect("the root")
        .flatten()
        .filter_map(|it| it.file_name().into_string().ok())
        .filter(|name| name.ends_with(".md"))
        .collect();
    beside.sort();
    all.extend(beside);
    all
}

/// Paths that a document names in back quotes or links.
fn named_paths(document: &str, text: &str) -> Vec<String> {
    const TOPS: [&str; 11] = [
        "src/", "crates/", "tests/", "docs/", "style/", "public/", ".cargo/", ".ci/", "deploy/",
        "scripts/", "assets/",
    ];
    const ENDINGS: [&str; 6] = [".toml", ".lock", ".html", ".json", ".md", ".editorconfig"];
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
            // A file of the root by its name; what a host or a build has is named with its folder, or not here.
            let of_root = !path.contains('/')
                && ENDINGS.iter().any(|ending| path.ends_with(ending))
                && !["dika.toml", "version.json", "simulator.json"].contains(&path)
                && path.starts_with(|it: char| it.is_alphabetic() || it == '.');
            if (TOPS.iter().any(|top| path.starts_with(top)) || of_root)
                && !path.contains(['<', '{', '…', ' ', '$'])
            {
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
    let (mut broken, mut count) = (Vec::new(), 0);
    for document in documents() {
        for path in named_paths(&document, &read(&document)) {
            count += 1;
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
    assert!(count > 40, "only {count} paths were found");
    assert_none("documents rot unless they are checked", broken);
}

#[test]
fn paths_in_documents_are_found() {
    let text = "See `src/app.rs`, [here](../x.md#y) and `Cargo.toml`.\n```\n`src/no.rs`\n```\n`src/{a}` [w](https://x) `cargo`";
    assert_eq!(
        named_paths("docs/a.md", text),
        ["src/app.rs", "Cargo.toml", "docs/../x.md"]
    );
}

/// The names of actions that a source gives to what can be pressed.
fn actions(file: &RustFile) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for part in parts(file) {
        if let Part::Attribute { name, value, .. } = part
            && ["action", "data-action", "attr:data-action"].contains(&name.as_str())
        {
            found.extend(
                value
                    .into_iter()
                    .filter(|it| it.kind == Kind::Text)
                    .map(|it| (it.line, it.text)),
            );
        }
    }
    found
}

#[test]
fn hooks_are_written_down() {
    let written = read("docs/hooks.md");
    let (mut broken, mut count) = (Vec::new(), 0);
    for file in sources("src") {
        for (line, name) in actions(&file) {
            count += 1;
            let gallery = file.path.starts_with("src/pages/gallery/");
            if !gallery && !written.contains(&format!("`{name}`")) {
                broken.push(format!("{}: {name}", file.place(line)));
            }
        }
    }
    assert!(count > 40, "only {count} actions were found");
    assert_none("docs/hooks.md lists every data-action", broken);
}

#[test]
fn actions_are_found_however_they_are_given() {
    let file = RustFile::parse(
        "x.rs",
        "fn a() { view! { <B action=\"b\"/> <p data-action=move || if c() { \"d\" } else { \"e\" }/> } }",
    );
    let names: Vec<String> = actions(&file).into_iter().map(|it| it.1).collect();
    assert_eq!(names, ["b", "d", "e"]);
}

#[test]
fn the_project_names_no_machine() {
    let machine = ["/work", "/"].concat();
    let (mut broken, mut count) = (Vec::new(), 0);
    for ending in [
        ".rs", ".toml", ".md", ".html", ".css", ".js", ".json", ".yml", ".sh", "run", ".svg",
    ] {
        for folder in [
            "src", "crates", "tests", "docs", "style", "public", ".cargo", ".ci",
        ] {
            for path in files(folder, ending) {
                count += 1;
                if read(&path).contains(&machine) {
                    broken.push(path);
                }
            }
        }
    }
    for path in documents()
        .into_iter()
        .filter(|it| !it.starts_with("docs/"))
    {
        if read(&path).contains(&machine) {
            broken.push(path);
        }
    }
    assert!(count > 300, "only {count} files were read");
    assert_none("a clone may lie anywhere", broken);
}

/// The name of the test target that a file below a `tests` folder belongs to.
fn test_target(path: &str) -> Option<&str> {
    let (_, inside) = path.split_once("tests/")?;
    Some(inside.split('/').next()?.trim_end_matches(".rs"))
}

#[test]
fn what_opens_a_database_is_tested_on_postgresql_as_well() {
    let xtask = read("crates/xtask/src/test.rs");
    let list = xtask
        .split_once("ON_POSTGRES: ")
        .and_then(|(_, rest)| rest.split_once("= ["))
        .and_then(|(_, rest)| rest.split_once(']'))
        .map(|(list, _)| list)
        .expect("the list");
    let listed: BTreeSet<&str> = list
        .split(',')
        .map(|it| it.trim().trim_matches('"'))
        .filter(|it| !it.is_empty())
        .collect();
    let opens = [
        "dika_sandbox::testing",
        "testing::sandbox",
        "DIKA_TEST_POSTGRES",
    ];
    let sources: Vec<String> = files("crates", ".rs")
        .into_iter()
        .chain(["tests/contract.rs".to_owned()])
        .filter(|path| path.contains("tests/"))
        .collect();
    let found: BTreeSet<&str> = sources
        .iter()
        .filter(|path| {
            let text = read(path);
            opens.iter().any(|it| text.contains(it))
        })
        .filter_map(|path| test_target(path))
        .collect();
    let missing: Vec<String> = found.difference(&listed).map(ToString::to_string).collect();
    assert_none("ON_POSTGRES in crates/xtask/src/test.rs lacks", missing);
    assert!(found.len() > 6, "{found:?}");
}
