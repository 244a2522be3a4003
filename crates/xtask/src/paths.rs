//! Where things lie: the checkout, what is built from it, and the tools shared by all checkouts.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// The checkout's root folder.
pub fn root() -> PathBuf {
    let here = std::env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    // crates/xtask → the root; Trunk's hook runs `cargo xtask`, so this holds there too.
    here.ancestors()
        .nth(2)
        .map_or_else(|| here.clone(), Path::to_path_buf)
}

/// The built app.
pub fn dist() -> PathBuf {
    root().join("dist")
}

/// Cargo's target folder.
pub fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| root().join("target"), |dir| root().join(dir))
}

/// Intermediate files of this script, thrown away by `cargo clean`.
pub fn scratch() -> PathBuf {
    target().join("dika")
}

/// A native program built with the dev profile.
pub fn native_bin(name: &str) -> PathBuf {
    target().join("debug").join(name)
}

/// The module as the linker wrote it, names and relocations included.
pub fn linked_wasm() -> PathBuf {
    target().join("wasm32-unknown-unknown/release/dika.wasm")
}

/// What failing tests leave behind: screenshots, logs.
pub fn artefacts() -> PathBuf {
    root().join("artefacts")
}

/// Tools built once for all checkouts of this user: `$DIKA_CACHE`, else `$XDG_CACHE_HOME/dika`,
/// else `~/.cache/dika`.
///
/// # Errors
/// When none of these variables nor `HOME` is set.
pub fn cache() -> Result<PathBuf> {
    let set = |name: &str| {
        std::env::var_os(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    set("DIKA_CACHE")
        .or_else(|| set("XDG_CACHE_HOME").map(|dir| dir.join("dika")))
        .or_else(|| set("HOME").map(|dir| dir.join(".cache/dika")))
        .context("HOME is not set: set DIKA_CACHE to a folder for built tools")
}
