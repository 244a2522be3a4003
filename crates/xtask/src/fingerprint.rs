//! Tells whether the built app still matches its sources, by content, not by date.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

use crate::paths;

/// All that the built app depends on.
const INPUTS: &[&str] = &[
    ".cargo/config.toml",
    "Cargo.lock",
    "Cargo.toml",
    "Trunk.toml",
    "crates/contract",
    "crates/prerender",
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

/// Ten hexadecimal digits that name a file by its content.
pub fn of_bytes(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes), 10)
}

fn hex(bytes: &[u8], digits: usize) -> String {
    let mut all: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    all.truncate(digits);
    all
}

/// Every file below a folder (or the file itself, or nothing), in the order of their names.
///
/// # Errors
/// When a folder can't be read.
pub fn files_below(path: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut open = vec![path.to_path_buf()];
    while let Some(next) = open.pop() {
        if next.is_dir() {
            for entry in std::fs::read_dir(&next)
                .with_context(|| format!("{} can't be read", next.display()))?
            {
                open.push(entry?.path());
            }
        } else if next.is_file() {
            found.push(next);
        }
    }
    found.sort();
    Ok(found)
}
