//! What stands in the pages themselves, so that the first paint waits for no other file.

use std::path::Path;

use anyhow::{Context, Result, bail};
use base64::Engine as _;
use sha2::Digest as _;

use crate::programs::Programs;

/// The file in the built app with the source expressions that its server's Content Security Policy needs
/// (Content Security Policy Level 3, 2.3.1): lines `style SOURCE` and `script SOURCE`.
pub const SOURCES_FILE: &str = "inline.txt";

/// The parts of the boot script, below `public/`.
const BOOT: [&str; 3] = ["boot.js", "rescue.js", "offline.js"];

/// Whether a file below `public/` is a part of the boot script.
pub fn is_boot_script(name: &Path) -> bool {
    BOOT.iter().any(|part| name == Path::new(part))
}

/// Style and script that stand in each page.
#[derive(Clone, Debug)]
pub struct Inline {
    /// The style sheet.
    pub style: String,
    /// The script that runs before the first paint, and helps where the app can't.
    pub script: String,
}

impl Inline {
    /// Checks that neither text ends its element.
    ///
    /// # Errors
    /// When one does.
    pub fn new(style: &str, script: &str) -> Result<Self> {
        Ok(Self {
            style: inside(style, "style")?,
            script: inside(script, "script")?,
        })
    }

    /// The content of [`SOURCES_FILE`].
    pub fn sources(&self) -> String {
        format!(
            "style {}\nscript {}\n",
            source_expression(&self.style),
            source_expression(&self.script)
        )
    }
}

/// Joins and minifies the boot script. Browsers that can't run the app run it too, so it is ES5.
///
/// # Errors
/// When a part is missing or isn't ES5.
pub fn boot_script(public: &Path, programs: &Programs<'_>, scratch: &Path) -> Result<String> {
    let mut all = String::new();
    for name in BOOT {
        all += &std::fs::read_to_string(public.join(name))
            .with_context(|| format!("public/{name} is missing"))?;
    }
    let joined = scratch.join("boot.js");
    std::fs::write(&joined, all)?;
    (programs.run)(programs.esbuild().arg(joined).args([
        "--minify",
        "--charset=utf8",
        "--target=es5",
    ]))
    .context("a part of the boot script isn't plain ES5")
}

fn inside(text: &str, element: &str) -> Result<String> {
    let text = text.trim();
    if text.to_ascii_lowercase().contains(&format!("</{element}")) {
        bail!("the text of the pages' {element} element holds its end tag");
    }
    Ok(text.to_owned())
}

fn source_expression(text: &str) -> String {
    let digest = sha2::Sha256::digest(text.as_bytes());
    let encoded = base64::engine::general_purpose::STANDARD.encode(digest);
    format!("'sha256-{encoded}'")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_may_end_its_element() {
        assert!(Inline::new("a{}", "f('</style>')").is_ok());
        assert!(Inline::new("a{}", "f('</Script>')").is_err());
    }

    #[test]
    fn the_policy_names_the_hash_of_each_text() {
        let sources = Inline::new(" a ", "b").expect("texts").sources();
        // printf a | openssl dgst -sha256 -binary | base64
        assert!(
            sources.starts_with("style 'sha256-ypeBEsobvcr6wjGzmiPcTaeG7/gUfE5yuYB3ha/uSLs='\n"),
            "{sources}"
        );
    }
}
