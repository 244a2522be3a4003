//! Points a built app at an API on another host: one tag in each page, no rebuild.

use std::path::Path;

use anyhow::{Result, bail};

use crate::files::files_below;
use crate::{compress, worker};

/// What stands before the tag's value in every page.
const TAG: &str = "<meta name=\"dika-api\" content=\"";

/// Writes `origin` (empty: the app's own) into every page below `dist`, compressed copies included. Returns how many pages there are.
///
/// # Errors
/// When `origin` is no origin, or `dist` holds no page with the tag.
pub fn set(dist: &Path, origin: &str) -> Result<usize> {
    let host = origin
        .strip_prefix("https://")
        .or_else(|| origin.strip_prefix("http://"));
    let plain = |host: &str| {
        !host.is_empty()
            && host
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || ".-:[]".contains(c))
    };
    if !origin.is_empty() && !host.is_some_and(plain) {
        bail!("{origin} is no origin like https://api.example.edu");
    }
    let mut pages = 0;
    for file in files_below(dist)? {
        if file.extension().is_some_and(|ext| ext == "html") {
            let page = std::fs::read_to_string(&file)?;
            if let Some(changed) = changed(&page, origin) {
                std::fs::write(&file, changed)?;
                compress::beside(&file)?;
                pages += 1;
            }
        }
    }
    if pages == 0 {
        bail!(
            "{} holds no page of the app: run `cargo xtask build` first",
            dist.display()
        );
    }
    // It keeps pages: browsers that have it must fetch the changed ones.
    worker::renew(dist)?;
    Ok(pages)
}

fn changed(page: &str, origin: &str) -> Option<String> {
    let (before, rest) = page.split_once(TAG)?;
    let (_, after) = rest.split_once('"')?;
    Some([before, TAG, origin, "\"", after].concat())
}

#[cfg(test)]
mod tests {
    use super::changed;

    #[test]
    fn only_the_tag_changes() {
        let page = "<a><meta name=\"dika-api\" content=\"\"><b>";
        let once = changed(page, "https://a.b").expect("the tag");
        assert_eq!(
            once,
            "<a><meta name=\"dika-api\" content=\"https://a.b\"><b>"
        );
        assert_eq!(changed(&once, "").as_deref(), Some(page));
        assert_eq!(changed("<p>", ""), None);
    }
}
