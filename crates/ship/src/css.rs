//! The style sheets, joined into one.

use std::path::Path;

use anyhow::{Context, Result};

use crate::programs::{OLDEST_BROWSERS, Programs};

/// Joins the sheets, given by their paths below `root` in cascade order, into one minified sheet.
///
/// # Errors
/// When a sheet is missing or isn't CSS.
pub fn bundle(
    root: &Path,
    sheets: &[String],
    programs: &Programs<'_>,
    scratch: &Path,
) -> Result<String> {
    let imports: String = sheets
        .iter()
        .map(|sheet| format!("@import \"{}\";\n", root.join(sheet).display()))
        .collect();
    let entry = scratch.join("app.css");
    std::fs::write(&entry, imports)?;
    (programs.run)(
        programs
            .esbuild()
            .arg(entry)
            .args(["--bundle", "--minify"])
            .arg(format!("--target={OLDEST_BROWSERS}")),
    )
    .context("the style sheets could not be joined")
}
