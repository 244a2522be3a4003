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
