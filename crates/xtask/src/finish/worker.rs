//! The service worker of one release: its source, with the lists of what it keeps in front.

use std::path::Path;

use anyhow::{Context, Result, bail};

use super::ASSETS;
use crate::{css, fingerprint, process, tools};

/// The worker's address below `dist/`, and the browser's question for whether there is a new one.
const FILE: &str = "sw.js";

/// Addresses at which the pages with an id in their address are fetched, as `Route::shells` has them.
/// The worker reads any such address as one of these.
const SHELLS: [&str; 4] = [
    "/bindings/shell",
    "/cards/shell",
    "/cards/shell/top-up/main",
    "/orders/shell",
];

/// Writes the worker for what lies in `dist`. It is never compressed beside itself, so that
/// switching it off is copying one file over it.
///
/// # Errors
/// When the source is no script, or `dist` lacks what the worker keeps.
pub fn write(dist: &Path, scratch: &Path) -> Result<()> {
    let source = scratch.join("worker.js");
    std::fs::write(&source, include_str!("worker.js"))?;
    let script = process::output(
        process::command(tools::npm_bin().join("esbuild"))
            .arg(source)
            .args(["--minify", "--format=iife", "--log-level=error"])
            .arg(format!("--target={}", css::FLOOR)),
    )
    .context("the service worker is no script")?;
    put(dist, &script)
}

/// Writes the worker anew after pages in `dist` were changed; without a tool.
///
/// # Errors
/// When there is none yet, or `dist` lacks what it keeps.
pub fn renew(dist: &Path) -> Result<()> {
    let old = std::fs::read_to_string(dist.join(FILE)).context("there is no service worker")?;
    // Switched off: it stays so.
    let Some((_, script)) = old
        .split_once(";\n")
        .filter(|_| old.starts_with("const RELEASE="))
    else {
        return Ok(());
    };
    put(dist, script)
}

fn put(dist: &Path, script: &str) -> Result<()> {
    let lists = lists(dist, script)?;
    std::fs::write(dist.join(FILE), lists + script)?;
    Ok(())
}

/// One statement that names the release, the app's script, the pages and the files.
fn lists(dist: &Path, script: &str) -> Result<String> {
    let (mut pages, mut files, mut shells) = (Vec::new(), Vec::new(), 0);
    // Whatever changes, the release has another name, and browsers fetch it.
    let mut content = script.as_bytes().to_vec();
    for file in fingerprint::files_below(dist)? {
        let name = file
            .strip_prefix(dist)?
            .to_str()
            .context("a file with an odd name")?;
        if name.ends_with(".br") || name.ends_with(".gz") {
            continue;
        }
        let top = name.split('/').next().unwrap_or_default();
        let kept = match top {
            "en" => false,
            "shells" => {
                shells += 1;
                false
            }
            ASSETS | "art" | "icon.svg" | "manifest.webmanifest" => {
                files.push(format!("/{name}"));
                true
            }
            _ => match name.strip_suffix("index.html") {
                Some(folder) => {
                    let path = format!("/{}", folder.trim_end_matches('/'));
                    pages.push(path);
                    true
                }
                None => false,
            },
        };
        // Pages of the other language and of the shells count too.
        if kept || name.ends_with(".html") {
            content.extend(std::fs::read(&file)?);
        }
    }
    if shells != SHELLS.len() {
        bail!(
            "the service worker knows {} addresses with an id, the app has {shells} pages for such",
            SHELLS.len()
        );
    }
    pages.extend(SHELLS.map(str::to_owned));
    let app = files
        .iter()
        .find(|name| name.starts_with(&format!("/{ASSETS}/app-")) && name.ends_with(".js"))
        .context("the app's script is missing")?;
    Ok(format!(
        "const RELEASE=\"{}\",SCRIPT=\"{app}\",PAGES={},FILES={};\n",
        fingerprint::of_bytes(&content),
        list(&pages),
        list(&files)
    ))
}

/// As a list of a script; no address holds a quotation mark.
fn list(addresses: &[String]) -> String {
    let quoted: Vec<String> = addresses.iter().map(|one| format!("\"{one}\"")).collect();
    format!("[{}]", quoted.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dist() -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        for name in [
            "index.html",
            "index.html.br",
            "404.html",
            "guide/index.html",
            "guide/password/index.html",
            "en/index.html",
            "shells/order.html",
            "shells/card.html",
            "shells/top-up.html",
            "shells/confirm-identity.html",
            "assets/app-1.js",
            "assets/app-1.js.br",
            "assets/app-2.wasm",
            "art/pictures.svg",
            "icon.svg",
            "icon-192.png",
            "manifest.webmanifest",
            "version.json",
            "sw-off.js",
        ] {
            let file = folder.path().join(name);
            std::fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
            std::fs::write(file, name).expect("a file");
        }
        folder
    }

    #[test]
    fn keeps_pages_assets_and_drawings_and_nothing_else() {
        let dist = dist();
        let lists = lists(dist.path(), "script").expect("the lists");
        assert!(lists.ends_with(
            "SCRIPT=\"/assets/app-1.js\",\
             PAGES=[\"/guide\",\"/guide/password\",\"/\",\
             \"/bindings/shell\",\"/cards/shell\",\"/cards/shell/top-up/main\",\"/orders/shell\"],\
             FILES=[\"/art/pictures.svg\",\"/assets/app-1.js\",\"/assets/app-2.wasm\",\"/icon.svg\",\"/manifest.webmanifest\"];\n"
        ), "{lists}");
    }

    #[test]
    fn every_change_of_a_page_is_another_release() {
        let dist = dist();
        let before = lists(dist.path(), "script").expect("the lists");
        assert_eq!(before, lists(dist.path(), "script").expect("the lists"));
        assert_ne!(before, lists(dist.path(), "other").expect("the lists"));
        std::fs::write(dist.path().join("en/index.html"), "changed").expect("a file");
        assert_ne!(before, lists(dist.path(), "script").expect("the lists"));
    }

    #[test]
    fn a_page_with_an_id_that_the_worker_does_not_know_stops_the_build() {
        let dist = dist();
        std::fs::write(dist.path().join("shells/more.html"), "").expect("a file");
        assert!(lists(dist.path(), "").is_err());
    }

    #[test]
    fn is_renewed_without_its_source_and_stays_off() {
        let dist = dist();
        put(dist.path(), "code\n").expect("written");
        let read = || std::fs::read_to_string(dist.path().join(FILE)).expect("the worker");
        let before = read();
        std::fs::write(dist.path().join("index.html"), "changed").expect("a file");
        renew(dist.path()).expect("written");
        assert_ne!(before, read());
        assert!(read().ends_with(";\ncode\n") && read().matches("RELEASE").count() == 1);
        std::fs::write(dist.path().join(FILE), "off; \n").expect("a file");
        renew(dist.path()).expect("left alone");
        assert_eq!(read(), "off; \n");
    }
}
