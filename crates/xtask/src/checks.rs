//! What must hold for the built app whatever its tests say.

use anyhow::{Context, Result, bail};

use dika_ship::{files, programs};

use crate::{budget, paths, process, size, tools};

/// A check's name and how to run it.
type Check = (&'static str, fn() -> Result<()>);

/// All checks of `dist/`.
pub const OF_BUILT_APP: [Check; 4] = [
    (
        "Old engines: no reference types in the glue",
        glue_is_old_style,
    ),
    ("Old engines: the modules validate", modules_validate),
    ("Old engines: the style sheets", style_sheets_are_old_style),
    ("Size budget", sizes_fit),
];

fn assets(extension: &str) -> Result<Vec<std::path::PathBuf>> {
    let files: Vec<_> = files::files_below(&paths::dist().join(files::ASSETS))?
        .into_iter()
        .filter(|file| file.extension().is_some_and(|ext| ext == extension))
        .collect();
    if files.is_empty() {
        bail!("dist/ holds no .{extension} file");
    }
    Ok(files)
}

fn glue_is_old_style() -> Result<()> {
    for file in assets("js")? {
        if std::fs::read_to_string(&file)?.contains("externref") {
            bail!(
                "{} uses reference types: Chrome 85 and iOS 15 can't load it; see .cargo/config.toml",
                file.display()
            );
        }
    }
    Ok(())
}

fn modules_validate() -> Result<()> {
    for file in assets("wasm")? {
        let mut wasm_opt = programs::wasm_opt(&tools::npm_bin());
        process::output(process::prepare(
            wasm_opt.arg(&file).args(["-o", "/dev/null"]),
        ))
        .with_context(|| {
            format!(
                "{} needs more than engines since Chrome 85 and iOS 15 have",
                file.display()
            )
        })?;
    }
    Ok(())
}

fn sizes_fit() -> Result<()> {
    budget::Budget::read()?.check(&size::measure()?.by_kind())
}

/// A use of what the browsers in package.json don't know, over a fallback, carries a `stylelint-disable-next-line`
/// comment that says what older ones show.
fn style_sheets_are_old_style() -> Result<()> {
    process::output(process::command(tools::npm_bin().join("stylelint")).args([
        "--formatter",
        "unix",
        "style/**/*.css",
    ]))
    .context("the style sheets need newer browsers than package.json lists")?;
    Ok(())
}
