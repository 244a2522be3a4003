//! The service worker of one release: its source, with the lists of what it keeps in front.

use std::path::Path;

use anyhow::{Context, Result};

use crate::files::{ASSETS, content_hash, files_below};
use crate::programs::{OLDEST_BROWSERS, Programs};

/// The worker's address below `dist/`, and the browser's question for whether there is a new one.
const FILE: &str = "sw.js";

/// The file in the built app with the addresses that contain parameters, a line each: a pattern such as
/// `/cards/{id}/top-up/{main|utilities}` and the name of the page in the folder `shells`. The prerenderer writes it.
pub const SHELLS_FILE: &str = "shells/addresses.txt";

/// What [`SHELLS_FILE`] says of one page.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Shell {
    /// A regular expression for the page's addresses, as a script writes it.
    pattern: String,
    /// The address at which the page without anybody's data is fetched.
    address: String,
}

impl Shell {
    fn read(line: &str) -> Option<Self> {
        let (path, _) = line.split_once(' ')?;
        let (mut pattern, mut address) = (String::new(), String::new());
        for part in path.strip_prefix('/')?.split('/') {
            let parameter = part
                .strip_prefix('{')
                .and_then(|part| part.strip_suffix('}'));
            pattern += "\\/";
            address += "/";
            match parameter {
                // As the contract has ids.
                Some("id") => {
                    pattern += "[\\w-]{1,36}";
                    address += "shell";
                }
                Some(words) => {
                    pattern += &format!("({words})");
                    address += words.split('|').next().unwrap_or_default();
                }
                None => {
                    pattern += part;
                    address += part;
                }
            }
        }
        Some(Self {
            pattern: format!("/^{pattern}$/"),
            address,
        })
    }
}

/// Writes the worker for what lies in `dist`. It is never compressed beside itself, so that
/// switching it off is copying one file over it.
///
/// # Errors
/// When the source is no script, or `dist` lacks what the worker keeps.
pub fn write(dist: &Path, programs: &Programs<'_>, scratch: &Path) -> Result<()> {
    let source = scratch.join("worker.js");
    std::fs::write(&source, include_str!("worker.js"))?;
    let script = (programs.run)(
        programs
            .esbuild()
            .arg(source)
            .args(["--minify", "--format=iife"])
            .arg(format!("--target={OLDEST_BROWSERS}")),
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
    let (mut pages, mut files) = (Vec::new(), Vec::new());
    // Whatever changes, the release has another name, and browsers fetch it.
    let mut content = script.as_bytes().to_vec();
    for file in files_below(dist)? {
        let name = file
            .strip_prefix(dist)?
            .to_str()
            .context("a file with an odd name")?;
        if name.ends_with(".br") || name.ends_with(".gz") {
            continue;
        }
        let top = name.split('/').next().unwrap_or_default();
        let kept = match top {
            "en" | "shells" => false,
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
    let shells = std::fs::read_to_string(dist.join(SHELLS_FILE))
        .with_context(|| format!("{SHELLS_FILE} is missing"))?;
    let shells: Vec<Shell> = shells
        .lines()
        .map(|line| Shell::read(line).with_context(|| format!("{SHELLS_FILE}: `{line}`")))
        .collect::<Result<_>>()?;
    pages.extend(shells.iter().map(|shell| shell.address.clone()));
    let shells: Vec<String> = shells
        .iter()
        .map(|shell| format!("[{},\"{}\"]", shell.pattern, shell.address))
        .collect();
    let app = files
        .iter()
        .find(|name| name.starts_with(&format!("/{ASSETS}/app-")) && name.ends_with(".js"))
        .context("the app's script is missing")?;
    Ok(format!(
        "const RELEASE=\"{}\",SCRIPT=\"{app}\",PAGES={},SHELLS=[{}],FILES={};\n",
        content_hash(&content),
        list(&pages),
        shells.join(","),
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
        std::fs::write(
            folder.path().join(SHELLS_FILE),
            "/cards/{id}/top-up/{main|utilities} top-up\n/orders/{id} order\n",
        )
        .expect("a file");
        folder
    }

    #[test]
    fn keeps_pages_assets_and_drawings_and_nothing_else() {
        let dist = dist();
        let lists = lists(dist.path(), "script").expect("the lists");
        assert!(lists.ends_with(
            "SCRIPT=\"/assets/app-1.js\",\
             PAGES=[\"/guide\",\"/guide/password\",\"/\",\
             \"/cards/shell/top-up/main\",\"/orders/shell\"],\
             SHELLS=[[/^\\/cards\\/[\\w-]{1,36}\\/top-up\\/(main|utilities)$/,\"/cards/shell/top-up/main\"],\
             [/^\\/orders\\/[\\w-]{1,36}$/,\"/orders/shell\"]],\
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
    fn a_list_of_addresses_that_is_missing_or_malformed_stops_the_build() {
        let dist = dist();
        std::fs::write(dist.path().join(SHELLS_FILE), "orders/{id}").expect("a file");
        assert!(lists(dist.path(), "").is_err());
        std::fs::remove_file(dist.path().join(SHELLS_FILE)).expect("a file");
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
