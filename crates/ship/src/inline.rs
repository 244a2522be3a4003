//! What stands in the pages themselves, so that the first paint waits for no other file.

use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::programs::Programs;

/// The style sheet of a student's own pages and of what a tap opens, the last in the cascade.
pub const OWN_SHEET: &str = "style/own.css";

/// The style sheet of fields, choices and what they find, the one before.
pub const FORMS_SHEET: &str = "style/forms.css";

/// What runs before the first paint, below `public/`.
pub const EARLY: &[&str] = &["early.js"];
/// What comes with the styles, behind what is seen first, below `public/`: one script, because the page's policy has a hash
/// for each, ahead of all that is seen.
pub const BOOT: &[&str] = &["boot.js", "rescue.js"];
/// What only some pages need, below `public/`: in `data-for` stands the name of the page, or `waits` for the pages that
/// bring the app later than themselves.
pub const SOME: &[(&str, &str)] = &[("waits", "wait.js"), ("service-points", "filter.js")];

/// Whether a file below `public/` is a part of the scripts that stand in each page.
pub fn is_part(name: &Path) -> bool {
    EARLY
        .iter()
        .chain(BOOT)
        .chain(SOME.iter().map(|(_, part)| part))
        .any(|part| name == Path::new(part))
}

/// Style and script that stand in each page.
#[derive(Clone, Debug)]
pub struct Inline {
    /// The style sheet for every page.
    pub style: String,
    /// The style sheet that a page for everybody without fields and choices brings with the app ([`FORMS_SHEET`]).
    pub forms_style: String,
    /// The style sheet that a page for everybody brings with the app ([`OWN_SHEET`]).
    pub own_style: String,
    /// The script that runs before the first paint.
    pub early: String,
    /// The script that comes with the styles, and helps where the app can't run.
    pub boot: String,
    /// The scripts of [`SOME`] pages: for which, and the text.
    pub some: Vec<(&'static str, String)>,
}

impl Inline {
    /// Checks that no text ends its element.
    ///
    /// # Errors
    /// When one does.
    pub fn checked(self) -> Result<Self> {
        let some = self.some.into_iter();
        Ok(Self {
            style: inside(&self.style, "style")?,
            forms_style: inside(&self.forms_style, "style")?,
            own_style: inside(&self.own_style, "style")?,
            early: inside(&self.early, "script")?,
            boot: inside(&self.boot, "script")?,
            some: some
                .map(|(page, text)| Ok((page, inside(&text, "script")?)))
                .collect::<Result<_>>()?,
        })
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
    let joined = scratch.join("inline.js");
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

#[cfg(test)]
mod tests {
    use super::*;

    fn inline(style: &str, script: &str, some: &str) -> Inline {
        Inline {
            style: style.to_owned(),
            forms_style: String::new(),
            own_style: String::new(),
            early: String::new(),
            boot: script.to_owned(),
            some: vec![("waits", some.to_owned())],
        }
    }

    #[test]
    fn no_text_may_end_its_element() {
        let is_fine = |style, script, some| inline(style, script, some).checked().is_ok();
        assert!(is_fine("a{}", "f('</style>')", "g()"));
        assert!(!is_fine("a{}", "f('</Script>')", "g()"));
        assert!(!is_fine("a{}", "f()", "g('</script>')"));
    }
}
