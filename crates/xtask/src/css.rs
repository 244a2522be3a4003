//! The style sheets: one small file for browsers, and a check against the oldest of them.

use std::path::Path;

use anyhow::{Context, Result};

use crate::{paths, process, tools};

/// The oldest browsers that must work, as esbuild writes them; package.json says the same.
pub const FLOOR: &str = "chrome85,safari15,ios15";

/// Joins the sheets in cascade order into one minified sheet.
///
/// # Errors
/// When a sheet is missing or isn't CSS.
pub fn bundle(sheets: &[String], scratch: &Path) -> Result<String> {
    let root = paths::root();
    let imports: String = sheets
        .iter()
        .map(|sheet| format!("@import \"{}\";\n", root.join(sheet).display()))
        .collect();
    let entry = scratch.join("app.css");
    std::fs::write(&entry, imports)?;
    process::output(
        process::command(tools::npm_bin().join("esbuild"))
            .arg(entry)
            .args([
                "--bundle",
                "--minify",
                "--legal-comments=none",
                "--log-level=error",
            ])
            .arg(format!("--target={FLOOR}")),
    )
    .context("the style sheets could not be joined")
}

/// Fails when a sheet uses what the browsers in package.json don't know. A deliberate enhancement
/// over a fallback carries a `stylelint-disable-next-line` comment that says what older ones show.
///
/// # Errors
/// Names each use with file and line.
pub fn check_floor() -> Result<()> {
    process::output(process::command(tools::npm_bin().join("stylelint")).args([
        "--formatter",
        "unix",
        "style/**/*.css",
    ]))
    .context("the style sheets need newer browsers than package.json lists")?;
    Ok(())
}
