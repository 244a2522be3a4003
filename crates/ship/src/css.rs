//! The style sheets, joined into one.

use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::data_address;
use crate::programs::{OLDEST_BROWSERS, Programs};

/// The address at which sheets find the drawings of `public/`.
const DRAWINGS: &str = "/art/";

/// Joins the sheets, given by their paths below `root` in cascade order, into one minified sheet. Drawings of `public/art`
/// stand in it, so that they ask for no file.
///
/// # Errors
/// When a sheet or a drawing is missing, or a sheet isn't CSS.
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
    let sheet = (programs.run)(
        programs
            .esbuild()
            .arg(entry)
            .args(["--bundle", "--minify"])
            .arg(format!("--external:{DRAWINGS}*"))
            .arg(format!("--target={OLDEST_BROWSERS}")),
    )
    .context("the style sheets could not be joined")?;
    with_drawings(&without_spaces(&sheet), &root.join("public"))
}

/// The sheet without the spaces that the bundler leaves ahead of the values of variables, and behind commas in them.
fn without_spaces(sheet: &str) -> String {
    // Every other part is a text in quotes.
    let parts = sheet.split('"').enumerate();
    let sheet: Vec<String> = parts
        .map(|(at, part)| match at % 2 {
            0 => part.replace(", ", ","),
            _ => part.to_owned(),
        })
        .collect();
    let sheet = sheet.join("\"");
    let mut parts = sheet.split(": ").peekable();
    let mut all = String::new();
    while let Some(part) = parts.next() {
        all += part;
        if parts.peek().is_some() {
            let name = part.rsplit(['{', ';', '}']).next().unwrap_or_default();
            all += if name.starts_with("--") { ":" } else { ": " };
        }
    }
    all
}

/// The sheet with drawings in place of their addresses.
fn with_drawings(sheet: &str, public: &Path) -> Result<String> {
    let mut parts = sheet.split("url(");
    let mut all = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (address, rest) = part
            .split_once(')')
            .context("an address in a style sheet has no end")?;
        let address = address.trim_matches('"');
        let Some(name) = address.strip_prefix(DRAWINGS) else {
            bail!(
                "a style sheet asks for {address}: only drawings below {DRAWINGS} can stand in it"
            );
        };
        let file = public.join(&DRAWINGS[1..]).join(name);
        let svg = std::fs::read_to_string(&file)
            .with_context(|| format!("{} is missing", file.display()))?;
        all += &format!("url(\"{}\"){rest}", data_address::of(&svg));
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_variables_begin_without_a_space() {
        assert_eq!(
            without_spaces(":root{--a: 1px;--b: c: d;--e: \"F, G\", h(0, 0)}p{content:\": \"}"),
            ":root{--a:1px;--b:c: d;--e:\"F, G\",h(0,0)}p{content:\": \"}"
        );
    }

    #[test]
    fn drawings_stand_in_the_sheet() {
        let public = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../public");
        let sheet = "a{color:red}.b{background:url(/art/face_gdut.svg) 0}.c{background:url(\"/art/face_hemc.svg\")}";
        let all = with_drawings(sheet, &public).expect("a sheet");
        assert!(
            all.starts_with(
                "a{color:red}.b{background:url(\"data:image/svg+xml,%3Csvg xmlns='http"
            ),
            "{all}"
        );
        assert_eq!(all.matches("%3C/svg%3E\")").count(), 2, "{all}");
        assert!(!all.contains("/art/"), "{all}");
        for unknown in [
            "url(/art/none.svg)",
            "url(https://other.example/a.png)",
            "url(x",
        ] {
            assert!(with_drawings(unknown, &public).is_err(), "{unknown}");
        }
    }
}
