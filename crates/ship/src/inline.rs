//! What stands in the pages themselves, so that the first paint waits for no other file.

use std::path::Path;

use anyhow::{Context, Result, bail};
use base64::Engine as _;
use sha2::Digest as _;

use crate::programs::Programs;

/// The file in the built app with the source expressions that its server's Content Security Policy needs
/// (Content Security Policy Level 3, 2.3.1): lines `style SOURCE` and `script SOURCE`.
pub const SOURCES_FILE: &str = "inline.txt";

/// What runs before the first paint, below `public/`.
pub const BEFORE: &[&str] = &["boot.js"];
/// What the first paint does not wait for, below `public/`.
pub const AFTER: &[&str] = &["rescue.js", "offline.js"];

/// Whether a file below `public/` is a part of the scripts that stand in each page.
pub fn is_part(name: &Path) -> bool {
    BEFORE
        .iter()
        .chain(AFTER)
        .any(|part| name == Path::new(part))
}

/// Style and script that stand in each page.
#[derive(Clone, Debug)]
pub struct Inline {
    /// The style sheet.
    pub style: String,
    /// The script that runs before the first paint.
    pub script: String,
    /// The script after the content, which helps where the app can't run.
    pub after: String,
}

impl Inline {
    /// Checks that no text ends its element.
    ///
    /// # Errors
    /// When one does.
    pub fn new(style: &str, script: &str, after: &str) -> Result<Self> {
        Ok(Self {
            style: inside(style, "style")?,
            script: inside(script, "script")?,
            after: inside(after, "script")?,
        })
    }

    /// The content of [`SOURCES_FILE`].
    pub fn sources(&self) -> String {
        format!(
            "style {}\nscript {}\nscript {}\n",
            source_expression(&self.style),
            source_expression(&self.script),
            source_expression(&self.after)
        )
    }
}

/// Joins and minifies scripts that stand in each page. Browsers that can't run the app run them too, so they are ES5.
///
/// # Errors
/// When a part is missing or isn't ES5.
pub fn script(
    parts: &[&str],
    public: &Path,
    programs: &Programs<'_>,
    scratch: &Path,
) -> Result<String> {
    let mut all = String::new();
    for name in parts {
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
    .context("a script that stands in each page isn't plain ES5")
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
        assert!(Inline::new("a{}", "f('</style>')", "g()").is_ok());
        assert!(Inline::new("a{}", "f('</Script>')", "g()").is_err());
        assert!(Inline::new("a{}", "f()", "g('</script>')").is_err());
    }

    #[test]
    fn the_policy_names_the_hash_of_each_text() {
        let sources = Inline::new(" a ", "b", "a").expect("texts").sources();
        // printf a | openssl dgst -sha256 -binary | base64
        assert!(
            sources.starts_with("style 'sha256-ypeBEsobvcr6wjGzmiPcTaeG7/gUfE5yuYB3ha/uSLs='\n"),
            "{sources}"
        );
        assert!(
            sources.ends_with("script 'sha256-ypeBEsobvcr6wjGzmiPcTaeG7/gUfE5yuYB3ha/uSLs='\n"),
            "{sources}"
        );
    }
}
