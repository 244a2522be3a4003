//! The code: one WASM module as the linker wrote it becomes a main module, one chunk for each lazy
//! page, and one script.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use super::{ASSETS, hashed, replace_once};
use crate::{css, paths, process, tools};

/// All that engines since Chrome 85 and iOS 15 take, and nothing more. Never `--all-features`: it
/// emits encodings that browsers refuse.
pub const FEATURES: [&str; 6] = [
    "--mvp-features",
    "--enable-bulk-memory",
    "--enable-bulk-memory-opt",
    "--enable-nontrapping-float-to-int",
    "--enable-sign-ext",
    "--enable-mutable-globals",
];

/// The linker's marks of a place to cut; without one the module stays whole.
const SPLIT_MARK: &[u8] = b"__wasm_split_placeholder__";

/// Addresses of the finished code.
pub struct Code {
    /// The script module that starts the app.
    pub script: String,
    /// The main WASM module.
    pub wasm: String,
    /// Lazy pages' modules: name of the split point in the source, addresses of what it needs.
    #[expect(dead_code, reason = "lazy pages are next")]
    pub chunks: Vec<(String, Vec<String>)>,
}

/// Makes the shipped code from the linked module.
pub fn finish(scratch: &Path, assets: &Path) -> Result<Code> {
    let linked = paths::linked_wasm();
    let bytes = std::fs::read(&linked)
        .with_context(|| format!("{} is missing: Trunk compiles it", linked.display()))?;
    let bound = scratch.join("bound");
    std::fs::create_dir_all(&bound)?;

    let is_split = bytes
        .windows(SPLIT_MARK.len())
        .any(|part| part == SPLIT_MARK);
    let mut parts = Parts::default();
    if is_split {
        parts = split(&linked, &bound)?;
        bind(&bound.join("app.wasm"), &bound, true)?;
    } else {
        bind(&linked, &bound, false)?;
    }

    let mut glue = std::fs::read_to_string(bound.join("app.js"))?;
    let wasm = optimised(&bound.join("app_bg.wasm"), "app", assets)?;
    glue = replace_once(&glue, "'app_bg.wasm'", &format!("'{}'", file_name(&wasm)))?;
    std::fs::write(bound.join("app.js"), glue)?;

    let mut addresses = std::collections::BTreeMap::new();
    if is_split {
        let link = bound.join("__wasm_split.js");
        let mut script = std::fs::read_to_string(&link)?;
        for part in &parts.files {
            let stem = part
                .file_stem()
                .context("a chunk without a name")?
                .to_string_lossy()
                .into_owned();
            let address = optimised(part, "page", assets)?;
            script = script.replace(
                &format!("\"./{stem}.wasm\""),
                &format!("\"./{}\"", file_name(&address)),
            );
            addresses.insert(stem, address);
        }
        std::fs::write(&link, script)?;
    }
    let chunks = parts
        .needs
        .into_iter()
        .map(|(page, stems)| {
            (
                page,
                stems
                    .iter()
                    .filter_map(|stem| addresses.get(stem).cloned())
                    .collect(),
            )
        })
        .collect();

    std::fs::write(bound.join("start.js"), include_str!("start.js"))?;
    let script = process::output(
        process::command(tools::npm_bin().join("esbuild"))
            .arg(bound.join("start.js"))
            .args([
                "--bundle",
                "--format=esm",
                "--minify",
                "--charset=utf8",
                "--legal-comments=none",
            ])
            .args(["--log-level=error"])
            // Top-level await and the like would be refused here.
            .arg(format!("--target={}", css::FLOOR)),
    )
    .context("the script could not be bundled")?;
    Ok(Code {
        script: hashed(assets, "app", "js", script.as_bytes())?,
        wasm,
        chunks,
    })
}

/// What the splitter left beside the main module.
#[derive(Default)]
struct Parts {
    files: Vec<PathBuf>,
    /// Split point → stems of the files that it needs.
    needs: Vec<(String, Vec<String>)>,
}

fn split(linked: &Path, bound: &Path) -> Result<Parts> {
    process::output(
        process::command(tools::split()?.join("wasm-split-cli"))
            .arg(linked)
            .arg(bound)
            .args(["--target", "web", "--out-name", "app"]),
    )
    .context("the module could not be split")?;
    let mut files: Vec<PathBuf> = std::fs::read_dir(bound)?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| {
            path.extension().is_some_and(|ext| ext == "wasm") && !path.ends_with("app.wasm")
        })
        .collect();
    files.sort();
    Ok(Parts {
        files,
        needs: Vec::new(),
    })
}

fn bind(wasm: &Path, into: &Path, is_split: bool) -> Result<()> {
    let mut bindgen = process::command(tools::bindgen()?.join("wasm-bindgen"));
    bindgen
        .args([
            "--target",
            "web",
            "--no-typescript",
            "--out-name",
            "app",
            "--out-dir",
        ])
        .arg(into)
        .arg(wasm);
    if is_split {
        bindgen.arg("--keep-lld-exports");
    }
    process::output(&mut bindgen)
        .context("the glue between WASM and browser could not be written")?;
    Ok(())
}

/// `wasm-opt` with the features that ship.
pub fn wasm_opt() -> Command {
    let mut command = process::command(tools::npm_bin().join("wasm-opt"));
    command.args(FEATURES);
    command
}

fn optimised(module: &Path, stem: &str, assets: &Path) -> Result<String> {
    let small = module.with_extension("opt.wasm");
    process::output(
        wasm_opt()
            .args(["-Oz", "--strip-producers", "--strip-target-features"])
            .arg(module)
            .arg("-o")
            .arg(&small),
    )
    .with_context(|| format!("{} could not be optimised", module.display()))?;
    hashed(assets, stem, "wasm", &std::fs::read(small)?)
}

/// The last part of an address in the assets' folder.
fn file_name(address: &str) -> &str {
    address.trim_start_matches(&format!("/{ASSETS}/")[..])
}
