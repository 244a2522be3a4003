//! From what the compiler wrote to what ships, step by step: split, bind, optimise, bundle, hash,
//! prerender, compress. Trunk calls it as a hook, and what it leaves in the folder becomes `dist/`.

mod frame;
pub mod module;
pub mod worker;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use base64::Engine as _;
use sha2::Digest as _;

use crate::{compress, css, fingerprint, native, paths, process, say, tools, web_build};

/// The folder of hashed files: everything in it may be kept forever by whoever fetched it.
pub const ASSETS: &str = "assets";

/// The file in `dist/` that says what stands in the pages themselves, as the policy of their server must
/// name it: for `style` and `script` the source expression (Content Security Policy Level 3, 2.3.1).
const INLINE: &str = "inline.txt";

/// The parts of the boot script, below `public/`.
const BOOT: [&str; 3] = ["boot.js", "rescue.js", "offline.js"];

/// Trunk's `post_build` hook. A debug build stays as Trunk made it, for daily work.
///
/// # Errors
/// When Trunk's variables are missing or a step fails.
pub fn as_trunk_hook() -> Result<()> {
    let staging =
        std::env::var_os("TRUNK_STAGING_DIR").context("only Trunk calls this: see Trunk.toml")?;
    if std::env::var("TRUNK_PROFILE").is_ok_and(|profile| profile == "release") {
        let version = match std::env::var(web_build::SOURCES) {
            Ok(version) => version,
            Err(_) => fingerprint::of_sources()?,
        };
        run(&paths::linked_wasm(), &version, &PathBuf::from(staging))?;
    }
    Ok(())
}

/// Makes the finished app of the module `linked`, in place of what lies in `staging`.
///
/// # Errors
/// When a step fails.
pub fn run(linked: &Path, version: &str, staging: &Path) -> Result<()> {
    let scratch = paths::scratch().join("finish");
    empty(&scratch)?;
    empty(staging)?;
    let assets = staging.join(ASSETS);
    std::fs::create_dir_all(&assets)?;

    say::note("    splitting, binding, optimising");
    let code = module::finish(linked, &scratch, &assets)?;

    let source = std::fs::read_to_string(paths::root().join("index.html"))
        .context("index.html is missing")?;
    let frame = frame::Frame::read(&source)?;
    let sheet = css::bundle(&frame.sheets, &scratch)?;
    let sheet = inline(&sheet, "style")?;
    let boot = boot_script(&scratch)?;
    let boot = inline(&boot, "script")?;
    std::fs::write(
        staging.join(INLINE),
        format!("style {}\nscript {}\n", source_of(sheet), source_of(boot)),
    )?;
    let icon = std::fs::read_to_string(paths::root().join("public/icon.svg"))
        .context("public/icon.svg is missing")?;
    copy_public(staging)?;
    std::fs::write(
        staging.join(web_build::VERSION_FILE),
        web_build::version_file(version),
    )?;

    say::note("    prerendering");
    let template = scratch.join("frame.html");
    std::fs::write(
        &template,
        frame.with_assets(&frame::Assets {
            sheet,
            boot,
            icon: &icon,
            code: &code,
        }),
    )?;
    let chunks = scratch.join("chunks.txt");
    let lines: String = code
        .chunks
        .iter()
        .map(|(name, files)| format!("{name} {}\n", files.join(" ")))
        .collect();
    std::fs::write(&chunks, lines)?;
    prerender(&[&template, staging, &chunks])?;

    say::note("    compressing");
    compress::all_below(staging)?;
    worker::write(staging, &scratch)
}

/// Copies what ships under its own name.
fn copy_public(staging: &Path) -> Result<()> {
    let public = paths::root().join("public");
    for file in fingerprint::files_below(&public)? {
        let name = file.strip_prefix(&public)?;
        // These are in the boot script.
        if BOOT.iter().any(|bundled| name == Path::new(bundled)) {
            continue;
        }
        let to = staging.join(name);
        if let Some(folder) = to.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::copy(&file, to)?;
    }
    Ok(())
}

/// Writes every page, by a program that has the app compiled in natively.
fn prerender(arguments: &[&Path]) -> Result<()> {
    if std::env::var_os(web_build::PRERENDER_READY).is_none() {
        native::build(false)?;
    }
    process::output(process::command(paths::native_bin("dika-prerender")).args(arguments))
        .context("the pages could not be prerendered")?;
    Ok(())
}

/// What runs before the first paint, and what helps when the app can't: one small old-style script.
fn boot_script(scratch: &Path) -> Result<String> {
    let mut all = String::new();
    for name in BOOT {
        let path = paths::root().join("public").join(name);
        all +=
            &std::fs::read_to_string(&path).with_context(|| format!("public/{name} is missing"))?;
    }
    let joined = scratch.join("boot.js");
    std::fs::write(&joined, all)?;
    // The target makes esbuild refuse anything that isn't ES5.
    process::output(
        process::command(tools::npm_bin().join("esbuild"))
            .arg(joined)
            .args([
                "--minify",
                "--charset=utf8",
                "--target=es5",
                "--log-level=error",
            ]),
    )
    .context("a part of the boot script isn't plain ES5")
}

/// A text that can stand inside an element of this name.
fn inline<'a>(text: &'a str, element: &str) -> Result<&'a str> {
    let text = text.trim();
    if text.to_ascii_lowercase().contains(&format!("</{element}")) {
        bail!("a {element} in the pages would end early");
    }
    Ok(text)
}

/// The source expression that allows just this text.
fn source_of(text: &str) -> String {
    let digest = sha2::Sha256::digest(text.as_bytes());
    let encoded = base64::engine::general_purpose::STANDARD.encode(digest);
    format!("'sha256-{encoded}'")
}

/// Writes a file whose name tells its content; returns its address.
fn hashed(assets: &Path, stem: &str, extension: &str, bytes: &[u8]) -> Result<String> {
    let name = format!("{stem}-{}.{extension}", fingerprint::of_bytes(bytes));
    std::fs::write(assets.join(&name), bytes)?;
    Ok(format!("/{ASSETS}/{name}"))
}

fn empty(dir: &Path) -> Result<()> {
    if dir.exists() {
        std::fs::remove_dir_all(dir)
            .with_context(|| format!("{} can't be emptied", dir.display()))?;
    }
    std::fs::create_dir_all(dir)?;
    Ok(())
}

/// Replaces a text that must be there exactly once: tools change what they write.
fn replace_once(text: &str, from: &str, to: &str) -> Result<String> {
    if text.matches(from).count() != 1 {
        bail!("expected `{from}` exactly once: a tool writes something new");
    }
    Ok(text.replace(from, to))
}
