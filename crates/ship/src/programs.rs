//! The programs that the build runs, and how it runs them.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

/// WebAssembly features of Chrome 85 and iOS 15, as options of `wasm-opt`. Never `--all-features`: it
/// emits encodings that these browsers refuse.
const WASM_FEATURES: [&str; 6] = [
    "--mvp-features",
    "--enable-bulk-memory",
    "--enable-bulk-memory-opt",
    "--enable-nontrapping-float-to-int",
    "--enable-sign-ext",
    "--enable-mutable-globals",
];

/// The oldest supported browsers, as esbuild's `--target`; the `browserslist` of package.json names the same.
pub const OLDEST_BROWSERS: &str = "chrome85,safari15,ios15";

/// Where the external programs are.
#[derive(Clone, Copy, Debug)]
pub struct Programs<'a> {
    /// Folder with `wasm-bindgen`, in the version of Cargo.lock.
    pub wasm_bindgen: &'a PathBuf,
    /// Folder with `wasm-opt` and `esbuild`.
    pub npm: &'a PathBuf,
    /// The program `dika-prerender`.
    pub prerender: &'a PathBuf,
    /// Runs a command to its end and returns its standard output; an error holds all that it wrote.
    pub run: fn(&mut Command) -> Result<String>,
}

impl Programs<'_> {
    /// esbuild, quiet but for errors.
    pub fn esbuild(&self) -> Command {
        let mut command = Command::new(self.npm.join("esbuild"));
        command.args(["--log-level=error", "--legal-comments=none"]);
        command
    }

    /// wasm-opt, limited to the features that every supported browser has.
    pub fn wasm_opt(&self) -> Command {
        wasm_opt(self.npm)
    }
}

/// wasm-opt of this folder, limited to the features that every supported browser has.
pub fn wasm_opt(npm: &std::path::Path) -> Command {
    let mut command = Command::new(npm.join("wasm-opt"));
    command.args(WASM_FEATURES);
    command
}
