//! The code: one WASM module as the linker wrote it becomes a main module, one chunk for each lazy
//! page, and one script.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::{ASSETS, hashed, replace_once};
use crate::{css, linked_module, process, say, tools};

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
    /// Chunks by the names in the app's sources, each with the addresses of all that it needs.
    pub chunks: Vec<(String, Vec<String>)>,
}

/// Makes the shipped code from the linked module.
pub fn finish(linked: &Path, scratch: &Path, assets: &Path) -> Result<Code> {
    let bytes = std::fs::read(linked)
        .with_context(|| format!("{} is missing: compile it first", linked.display()))?;
    let bound = scratch.join("bound");
    std::fs::create_dir_all(&bound)?;

    let (bytes, cut) =
        linked_module::cut(&bytes, is_unused).context("the linked module can't be read")?;
    say::note(&format!(
        "    cut {} kB of code that is never called",
        cut / 1000
    ));
    let is_split = bytes
        .windows(SPLIT_MARK.len())
        .any(|part| part == SPLIT_MARK);
    let lean = bound.join("linked.wasm");
    let mut parts = Parts::default();
    if is_split {
        std::fs::write(&lean, &bytes)?;
        parts = split(&lean, &bound)?;
        bind(&bound.join("app.wasm"), &bound, true)?;
    } else {
        std::fs::write(&lean, linked_module::without_relocations(&bytes)?)?;
        bind(&lean, &bound, false)?;
    }

    // The main module takes as long as all the others.
    let stems: BTreeSet<String> = parts
        .needs
        .iter()
        .flat_map(|(_, stems)| stems)
        .cloned()
        .collect();
    let (wasm, pages) = std::thread::scope(|scope| {
        let pages = scope.spawn(|| {
            let one = |stem: &String| {
                optimised(&bound.join(format!("{stem}.wasm")), "page", assets)
                    .map(|(address, _)| address)
            };
            stems
                .iter()
                .map(|stem| Ok((stem.clone(), one(stem)?)))
                .collect::<Result<BTreeMap<_, _>>>()
        });
        let wasm = optimised(&bound.join("app_bg.wasm"), "app", assets);
        (wasm, pages.join())
    });
    let ((wasm, imported), addresses) = (
        wasm?,
        pages.unwrap_or_else(|panic| std::panic::resume_unwind(panic))?,
    );

    let glue = short_glue(&std::fs::read_to_string(bound.join("app.js"))?, &imported)?;
    let glue = replace_once(&glue, "'app_bg.wasm'", &format!("'{}'", file_name(&wasm)))?;
    std::fs::write(bound.join("app.js"), glue)?;
    if is_split {
        let link = bound.join("__wasm_split.js");
        let mut script = std::fs::read_to_string(&link)?;
        for (stem, address) in &addresses {
            script = script.replace(
                &format!("\"./{stem}.wasm\""),
                &format!("\"./{}\"", file_name(address)),
            );
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

/// Whether a function is of a kind that never runs.
///
/// The app waits for the opened page's code and then hydrates in one go. Each erased view carries its
/// other, asynchronous way to hydrate all the same: a function that makes a state machine, the closure
/// that polls it, and the code that drops it. Streams between Rust and JavaScript come with a dependency
/// of Leptos and are exported, so no other tool may drop them; nothing here makes such a stream.
fn is_unused(symbol: &str) -> bool {
    if symbol.contains("intounderlying") {
        return true;
    }
    if let Some(path) = symbol.strip_prefix("_R") {
        // As nightly compilers name things: a closure (`NC`), or a function of one (`INv`), with whole types.
        const METHOD: &str = "10RenderHtml13hydrate_async0";
        let of_kind = path.starts_with("NC") || path.starts_with("INv");
        // A function inside of the closure has a name, a digit first: those are merged with live ones.
        let of_method = path
            .split_once(METHOD)
            .is_some_and(|(_, rest)| !rest.starts_with(|first: char| first.is_ascii_digit()));
        return of_kind && (of_method || path.contains("8into_any13hydrate_async"));
    }
    [
        "13hydrate_async28_$u7b$$u7b$closure$u7d$$u7d$17h",
        "8into_any13hydrate_async17h",
        "drop_in_place$LT$$LT$T$u20$as$u20$tachys..view..any_view..IntoAny$GT$..into_any..hydrate_async$LT$",
    ]
    .iter()
    .any(|kind| symbol.contains(kind))
}

/// What the splitter left beside the main module.
#[derive(Default)]
struct Parts {
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
    let link = std::fs::read_to_string(bound.join("__wasm_split.js"))?;
    Ok(Parts {
        needs: needs(&link),
    })
}

/// Reads the splitter's script: for each chunk that the app names, the stems of the files it needs.
fn needs(link: &str) -> Vec<(String, Vec<String>)> {
    // One statement for each file: `const X = makeLoad(… "./FILE.wasm" …, [Y, Z])…;`, where Y and Z
    // are such constants too.
    let mut statements = Vec::new();
    let link = link.replace("\nexport const ", "\nconst ");
    for statement in link.split("\nconst ").skip(1) {
        let Some((name, rest)) = statement.split_once(" = ") else {
            continue;
        };
        let Some(call) = rest.find("makeLoad(").map(|at| &rest[at..]) else {
            continue;
        };
        let file = call
            .split("\"./")
            .nth(1)
            .and_then(|rest| rest.split(".wasm\"").next());
        let others = call
            .rsplit_once('[')
            .and_then(|(_, list)| list.split_once(']'))
            .map_or("", |(list, _)| list);
        let others: Vec<&str> = others
            .split(',')
            .map(str::trim)
            .filter(|name| !name.is_empty())
            .collect();
        statements.push((name.trim(), file.map(str::to_owned), others));
    }
    let file_of = |wanted: &str| {
        statements
            .iter()
            .find(|(name, ..)| *name == wanted)
            .and_then(|(_, file, _)| file.clone())
    };
    statements
        .iter()
        .filter_map(|(name, file, others)| {
            let chunk = name.strip_prefix("__wasm_split_load_")?;
            let files = others
                .iter()
                .filter_map(|other| file_of(other))
                .chain(file.clone())
                .collect();
            Some((chunk.to_owned(), files))
        })
        .collect()
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

/// The script's name in the modules that import from it.
const GLUE: &str = "./app_bg.js";

/// A module as small as it gets: its address, and the glue's functions that it imports, by the names that the
/// script gives them, in the order of their short ones.
fn optimised(module: &Path, stem: &str, assets: &Path) -> Result<(String, Vec<String>)> {
    let small = module.with_extension("opt.wasm");
    process::output(
        wasm_opt()
            .args(["-Oz", "--strip-producers", "--strip-target-features"])
            // Compressors do better on functions that are not merged, and lie beside their like.
            .args([
                "--one-caller-inline-max-function-size=0",
                "--reorder-functions-by-name",
            ])
            .arg(module)
            .arg("-o")
            .arg(&small),
    )
    .with_context(|| format!("{} could not be optimised", module.display()))?;
    let (bytes, imported) = linked_module::with_short_imports(&std::fs::read(small)?, GLUE)?;
    Ok((hashed(assets, stem, "wasm", &bytes)?, imported))
}

/// The glue with the short names for its functions, and without those that no module imports any more.
fn short_glue(glue: &str, imported: &[String]) -> Result<String> {
    let (start, end) = ("\n    const import0 = {\n", "\n    };\n");
    let (before, rest) = glue
        .split_once(start)
        .context("the glue has no object of imports")?;
    let (entries, after) = rest
        .split_once(end)
        .context("the glue's imports don't end")?;
    let mut kept = String::new();
    let mut found = 0;
    // One entry begins on each line that is indented by eight and holds a name.
    let mut keeps = true;
    for line in entries.lines() {
        let name = line
            .strip_prefix("        ")
            .filter(|rest| !rest.starts_with([' ', '}']))
            .and_then(|rest| rest.split_once(':'));
        match name {
            Some(("__proto__", _)) => keeps = true,
            Some((name, function)) => {
                let short = imported.iter().position(|imported| imported == name);
                keeps = short.is_some();
                if let Some(short) = short {
                    found += 1;
                    kept += &linked_module::short_name(short);
                    kept += ":";
                    kept += function;
                    kept += "\n";
                }
                continue;
            }
            None => {}
        }
        if keeps {
            kept += line;
            kept += "\n";
        }
    }
    if found != imported.len() {
        bail!("the glue lacks {} of its imports", imported.len() - found);
    }
    Ok([before, start, &kept, end, after].concat())
}

/// The last part of an address in the assets' folder.
fn file_name(address: &str) -> &str {
    address.trim_start_matches(&format!("/{ASSETS}/")[..])
}

#[cfg(test)]
mod tests {
    use super::{needs, short_glue};

    #[test]
    fn reads_which_files_a_chunk_needs() {
        let link = "let x;\n/* a, b */\nconst __chunk_1 = makeLoad(() => {\n    \
                    const src = fetch(new URL(\"./chunk_1.wasm\", import.meta.url));\n    return 1;\n}\n, []);\n\
                    export const __wasm_split_load_b = wrapAsyncCb(makeLoad(() => {\n    \
                    const src = fetch(new URL(\"./split_b.wasm\", import.meta.url));\n}\n, [__chunk_1]));\n\
                    export const __wasm_split_load_c = wrapAsyncCb(makeLoad(() => async (_imp) => ({}), [__chunk_1]));\n";
        let found = needs(link);
        assert_eq!(
            found[0],
            (
                "b".to_owned(),
                vec!["chunk_1".to_owned(), "split_b".to_owned()]
            )
        );
        assert_eq!(found[1], ("c".to_owned(), vec!["chunk_1".to_owned()]));
    }

    #[test]
    fn the_glue_keeps_what_is_imported() {
        let glue = "a\n    const import0 = {\n        __proto__: null,\n        __wbg_one_1: function(x) {\n            \
                    return 1;\n        },\n        __wbg_two_2: function() {\n            return { a: 2 };\n        \
                    },\n    };\n    rest";
        let short = short_glue(glue, &["__wbg_two_2".to_owned()]).expect("glue");
        assert!(short.contains("a: function() {\n            return { a: 2 };\n        },\n"));
        assert!(short.contains("__proto__: null") && short.ends_with("rest"));
        assert!(!short.contains("one"));
        assert!(short_glue(glue, &["__wbg_three_3".to_owned()]).is_err());
    }
}
