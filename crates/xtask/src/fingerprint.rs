//! Tells whether the built app still matches its sources, by content, not by date.

use anyhow::{Context, Result};
use dika_ship::files::{files_below, hex};
use sha2::{Digest, Sha256};

use crate::paths;

/// All that the built app depends on.
const INPUTS: &[&str] = &[
    ".cargo/config.toml",
    "Cargo.lock",
    "Cargo.toml",
    "Trunk.toml",
    "crates/contract",
    "crates/json",
    "crates/markup",
    "crates/markup-macro",
    "crates/ship",
    "crates/site",
    "crates/xtask/src",
    "index.html",
    "package-lock.json",
    "public",
    "rust-toolchain.toml",
    "src",
    "style",
];

/// Sixteen hexadecimal digits that change with any of the app's sources.
///
/// # Errors
/// When a source can't be read.
pub fn of_sources() -> Result<String> {
    let root = paths::root();
    let mut sum = Sha256::new();
    for input in INPUTS {
        for file in files_below(&root.join(input))? {
            let name = file
                .strip_prefix(&root)
                .unwrap_or(&file)
                .to_string_lossy()
                .into_owned();
            let content = std::fs::read(&file).with_context(|| format!("{name} can't be read"))?;
            sum.update(name.as_bytes());
            sum.update([0]);
            sum.update(content.len().to_le_bytes());
            sum.update(content);
        }
    }
    Ok(hex(&sum.finalize(), 16))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The folders of the packages that this one is built from, by their manifests.
    fn packages_of(folder: &str, found: &mut Vec<String>) {
        let manifest = std::fs::read_to_string(paths::root().join(folder).join("Cargo.toml"))
            .unwrap_or_else(|error| panic!("{folder}: {error}"));
        for line in manifest.lines() {
            if line.starts_with("[dev-dependencies]") || line.contains(".dev-dependencies]") {
                return;
            }
            let Some((name, _)) = line
                .strip_prefix("dika-")
                .and_then(|rest| rest.split_once([' ', '.', '=']))
            else {
                continue;
            };
            let package = format!("crates/{name}");
            if !found.contains(&package) && paths::root().join(&package).is_dir() {
                found.push(package.clone());
                packages_of(&package, found);
            }
        }
    }

    #[test]
    fn all_packages_of_the_app_count() {
        let mut packages = Vec::new();
        // The workspace's own list of packages names all of them: it comes first in the manifest of the root.
        let root = std::fs::read_to_string(paths::root().join("Cargo.toml")).expect("a manifest");
        let own = root.split("\n[dependencies]").nth(1).expect("dependencies");
        for line in own.lines().take_while(|line| !line.starts_with('[')) {
            if let Some((name, _)) = line
                .strip_prefix("dika-")
                .and_then(|rest| rest.split_once('.'))
            {
                packages.push(format!("crates/{name}"));
                packages_of(&format!("crates/{name}"), &mut packages);
            }
        }
        assert!(packages.len() >= 4, "{packages:?}");
        for package in packages {
            assert!(
                INPUTS.contains(&package.as_str()),
                "a change of {package} must rebuild the app"
            );
        }
    }
}
