//! Files of the built app: lists of them, and names made from their content.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

/// The folder of files named by their content: a client may keep each of them forever.
pub const ASSETS: &str = "assets";

/// Ten hexadecimal digits of the content's SHA-256.
pub fn content_hash(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes), 10)
}

/// The first `digits` hexadecimal digits of a hash.
pub fn hex(hash: &[u8], digits: usize) -> String {
    let mut all: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    all.truncate(digits);
    all
}

/// Writes `<stem>-<content hash>.<extension>` into the folder `assets` and returns the file's name.
///
/// # Errors
/// When the file can't be written.
pub fn write_hashed(assets: &Path, stem: &str, extension: &str, bytes: &[u8]) -> Result<String> {
    let name = format!("{stem}-{}.{extension}", content_hash(bytes));
    std::fs::write(assets.join(&name), bytes)?;
    Ok(name)
}

/// Every file below a folder, sorted by path. A path to a file gives this file, a missing path none.
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

/// Makes `dir` an empty folder.
///
/// # Errors
/// When it can't be emptied or made.
pub fn empty(dir: &Path) -> Result<()> {
    if dir.exists() {
        std::fs::remove_dir_all(dir)
            .with_context(|| format!("{} can't be emptied", dir.display()))?;
    }
    std::fs::create_dir_all(dir)?;
    Ok(())
}
