//! The app's code: the linked module becomes a main module, chunks of pages, and one script.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context, Result, anyhow};

use crate::files::{ASSETS, write_hashed};
use crate::programs::{OLDEST_BROWSERS, Programs};
use crate::{scripts, wasm};

/// Addresses of the finished code.
#[derive(Clone, Debug)]
pub struct Code {
    /// The script module that starts the app.
    pub script: String,
    /// The main WebAssembly module.
    pub wasm: String,
    /// Split points by the names in the app's sources, each with the addresses of the files that it needs.
    pub chunks: Vec<(String, Vec<String>)>,
}

/// The glue's name in the modules that import from it.
const GLUE: &str = "./app_bg.js";

/// Makes the shipped code from the linked module and writes it into the folder `assets`.
///
/// # Errors
/// When a step fails, or a tool writes something else than this build expects.
pub fn build(
    linked: &Path,
    programs: &Programs<'_>,
    scratch: &Path,
    assets: &Path,
) -> Result<Code> {
    let folder = scratch.join("code");
    std::fs::create_dir_all(&folder)?;

    let linked = std::fs::read(linked)
        .with_context(|| format!("{} is missing: compile it first", linked.display()))?;
    for (name, text) in [
        ("start.js", include_str!("start.js")),
        ("offline.js", include_str!("offline.js")),
        ("style_sheet.js", include_str!("style_sheet.js")),
        ("take_over.js", include_str!("take_over.js")),
        ("texts.js", include_str!("texts.js")),
    ] {
        std::fs::write(folder.join(name), text)?;
    }
    // Once to see what the script doesn't call, and once without that.
    split_and_bind(&linked, &folder, programs)?;
    let glue = std::fs::read_to_string(folder.join("app.js"))?;
    let script = bundled(&folder, programs, &[])?;
    let unused = scripts::unused_exports(&glue, &script);
    let linked = wasm::without_exports(&linked, |export| unused.contains(name_in_glue(export)))?;
    let needs = split_and_bind(&linked, &folder, programs)?;
    shorten_exports(&folder, programs)?;

    // The main module takes as long as all chunks together.
    let stems: BTreeSet<&String> = needs.values().flatten().collect();
    let (main, chunks) = std::thread::scope(|scope| {
        let chunks = scope.spawn(|| {
            stems
                .iter()
                .map(|stem| {
                    let bytes = optimised(&folder.join(format!("{stem}.wasm")), programs)?;
                    Ok((
                        (*stem).clone(),
                        write_hashed(assets, "page", "wasm", &bytes)?,
                    ))
                })
                .collect::<Result<BTreeMap<_, _>>>()
        });
        let main = optimised(&folder.join("app_bg.wasm"), programs);
        (main, chunks.join())
    });
    let chunks = chunks.unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
    let (main, imported) = wasm::short_imports(&main?, GLUE)?;
    let main = write_hashed(assets, "app", "wasm", &main)?;

    change(&folder.join("app.js"), |glue| {
        let glue = scripts::import_names(&glue, &imported)?;
        scripts::main_module_address(&glue, &main)
    })?;
    change(&folder.join(LINK), |link| {
        scripts::chunk_addresses(&link, &chunks)
    })?;
    let script = bundled(&folder, programs, &["--minify"])?;
    let script = write_hashed(assets, "app", "js", script.as_bytes())?;

    let address = |file: &str| format!("/{ASSETS}/{file}");
    Ok(Code {
        script: address(&script),
        wasm: address(&main),
        chunks: needs
            .into_iter()
            .map(|(point, stems)| {
                let files = stems.iter().filter_map(|stem| chunks.get(stem));
                (point, files.map(|file| address(file)).collect())
            })
            .collect(),
    })
}

/// The script that the splitter writes, which fetches the chunks.
const LINK: &str = "__wasm_split.js";

/// The name under which the glue calls an export of the linked module. The linker's name of an exported
/// function ends with a hash of its crate; the function that describes it to wasm-bindgen has a prefix too.
fn name_in_glue(export: &str) -> &str {
    const HASH: usize = 16;
    let name = export
        .strip_prefix("__wbindgen_describe_")
        .unwrap_or(export);
    match name.rsplit_once('_') {
        Some((name, hash))
            if hash.len() == HASH && hash.bytes().all(|digit| digit.is_ascii_hexdigit()) =>
        {
            name
        }
        _ => name,
    }
}

/// Splits the linked module and writes the glue. Returns for each split point the files that it needs, without
/// their extension.
fn split_and_bind(
    linked: &[u8],
    folder: &Path,
    programs: &Programs<'_>,
) -> Result<BTreeMap<String, Vec<String>>> {
    let needs = split(linked, folder)?;
    bind(folder, programs)?;
    change(&folder.join("app.js"), |glue| {
        scripts::removable_registries(&scripts::with_trusted_html(&scripts::with_end(&glue)?)?)
    })?;
    Ok(needs)
}

/// Splits the linked module into `app.wasm` and chunks, all in `folder`.
fn split(module: &[u8], folder: &Path) -> Result<BTreeMap<String, Vec<String>>> {
    let main = folder.join("app.wasm");
    let link = format!("./{LINK}");
    let mut options = wasm_split_cli_support::Options::new(module);
    options.output_dir = folder;
    options.main_out_path = &main;
    options.main_module = "./app.js";
    options.link_name = &link;
    let split = wasm_split_cli_support::transform(options)
        .map_err(|error| anyhow!("{error:#}").context("the module could not be split"))?;
    Ok(split.prefetch_map.into_iter().collect())
}

/// Writes the glue between browser and main module: `app.js` and `app_bg.wasm`.
fn bind(folder: &Path, programs: &Programs<'_>) -> Result<()> {
    let mut command = std::process::Command::new(programs.wasm_bindgen.join("wasm-bindgen"));
    command
        .args(["--target", "web", "--no-typescript", "--out-name", "app"])
        // The chunks import the linker's exports.
        .arg("--keep-lld-exports")
        .arg("--out-dir")
        .arg(folder)
        .arg(folder.join("app.wasm"));
    (programs.run)(&mut command)
        .context("the glue between WebAssembly and browser could not be written")?;
    Ok(())
}

/// Shortens the names of the functions that the main module exports, and removes the exports that only its tools
/// needed.
fn shorten_exports(folder: &Path, programs: &Programs<'_>) -> Result<()> {
    let script = bundled(folder, programs, &[])?;
    let named = scripts::names(&script);
    let path = folder.join("app_bg.wasm");
    let module = wasm::without_exports(&std::fs::read(&path)?, |export| !named.contains(export))?;
    let (module, renamed) = wasm::short_exports(&module)?;
    std::fs::write(&path, module)?;
    change(&folder.join("app.js"), |glue| {
        scripts::export_names(&glue, &renamed)
    })
}

/// The app's whole script: `start.js` and what it imports, the glue, and the splitter's script.
fn bundled(folder: &Path, programs: &Programs<'_>, options: &[&str]) -> Result<String> {
    (programs.run)(
        programs
            .esbuild()
            .arg(folder.join("start.js"))
            .args(["--bundle", "--format=esm", "--charset=utf8"])
            // wasm-bindgen adds a method of this name to the classes that it writes; without it, esbuild removes
            // the classes that nothing uses.
            .arg("--define:Symbol.dispose=undefined")
            // Refuses what the oldest browsers don't know, such as top-level await.
            .arg(format!("--target={OLDEST_BROWSERS}"))
            .args(options),
    )
    .context("the script could not be bundled")
}

/// The module after wasm-opt.
fn optimised(module: &Path, programs: &Programs<'_>) -> Result<Vec<u8>> {
    let small = module.with_extension("opt.wasm");
    (programs.run)(
        programs
            .wasm_opt()
            // The stack lies lowest in memory: addresses near 0 are nobody's, and may be added to in an instruction.
            .arg("--low-memory-unused")
            // Drawn again from flat code, loops and blocks are fewer; and a second round finds more than the first.
            .args(["--flatten", "--rereloop", "-Oz", "-Oz"])
            .args(["--strip-producers", "--strip-target-features"])
            // Brotli compresses better what repeats itself: calls that are not inlined, expressions that are
            // computed again, and similar functions side by side.
            .args([
                "--one-caller-inline-max-function-size=0",
                "--skip-pass=local-cse",
                "--reorder-functions-by-name",
            ])
            .arg(module)
            .arg("-o")
            .arg(&small),
    )
    .with_context(|| format!("{} could not be optimised", module.display()))?;
    Ok(std::fs::read(small)?)
}

/// Rewrites a text file.
fn change(path: &Path, with: impl FnOnce(String) -> Result<String>) -> Result<()> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("{} can't be read", path.display()))?;
    std::fs::write(path, with(text)?)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::name_in_glue;

    #[test]
    fn an_export_has_its_name_without_the_crate_s_hash() {
        for (export, name) in [
            (
                "intounderlyingsource_pull_501db30cf628aeaf",
                "intounderlyingsource_pull",
            ),
            ("__wbindgen_describe_a_b_501db30cf628aeaf", "a_b"),
            ("__wbindgen_malloc", "__wbindgen_malloc"),
            ("memory", "memory"),
        ] {
            assert_eq!(name_in_glue(export), name);
        }
    }
}
