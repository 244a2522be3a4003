//! The built app: Trunk compiles it, its hook finishes it, and nothing is done twice.

use anyhow::{Context, Result, bail};

use crate::{fingerprint, native, paths, process, say, tools};

/// The file in `dist/` that names the sources it was built from. Pages ask for it to learn that a
/// new release is out.
pub const VERSION_FILE: &str = "version.json";

/// The content of [`VERSION_FILE`].
pub fn version_file(version: &str) -> String {
    format!("{{\"version\":\"{version}\"}}\n")
}

/// Builds the release app unless `dist/` already holds it. The native programs must be built.
/// Tells whether it built.
///
/// # Errors
/// When a tool can't be installed or the build fails.
pub fn ensure(force: bool) -> Result<bool> {
    let wanted = version_file(&fingerprint::of_sources()?);
    let found = std::fs::read_to_string(paths::dist().join(VERSION_FILE)).unwrap_or_default();
    if !force && found == wanted && paths::dist().join("index.html").is_file() {
        say::note("The built app is up to date.");
        return Ok(false);
    }
    let tools = tools::all()?;
    let step = say::step(
        "Building the app: compile, split, optimise, prerender, compress (3 to 6 minutes)",
    );
    let mut trunk = process::command(tools.trunk.join("trunk"));
    trunk
        .args([
            "build",
            "--release",
            "--offline",
            "--locked",
            "--features",
            "hydrate",
            "--skip-version-check",
        ])
        .env(PRERENDER_READY, "1")
        // Trunk reads these as its own options and stumbles over the usual values.
        .env_remove("NO_COLOR")
        .env("TRUNK_COLOR", "never")
        .env("RUST_LOG", "error")
        .env_remove("RUST_BACKTRACE");
    process::prepend_path(
        &mut trunk,
        &[&tools.bindgen, &tools.split, &tools::npm_bin()],
    );
    process::run(native::plain_flags(&mut trunk)).context("the app could not be built")?;
    let built = std::fs::read_to_string(paths::dist().join(VERSION_FILE)).unwrap_or_default();
    if built != wanted {
        bail!("the app's sources changed while it was built: run the same command again");
    }
    step.done();
    Ok(true)
}

/// Tells the hook that the prerenderer was built already, with the features that it needs.
pub const PRERENDER_READY: &str = "DIKA_PRERENDER_READY";
