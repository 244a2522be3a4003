//! What must be on the machine before anything else works, and Debian's packages for the tests.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::{process, say};

/// The oldest Node that the npm packages here run on.
const NODE: u32 = 20;

/// Checks the three things that we cannot install: a C compiler, Node and npm.
///
/// # Errors
/// One sentence that says what is missing and what to do.
pub fn preflight() -> Result<()> {
    if !["cc", "gcc", "clang"]
        .iter()
        .any(|name| on_path(name).is_some())
    {
        bail!(
            "a C compiler is missing: install one, on Debian with `apt-get install gcc libc6-dev`"
        );
    }
    let said = process::output(process::command("node").arg("--version"))
        .with_context(|| format!("Node is missing: install Node {NODE} or newer with its npm"))?;
    let major = said
        .trim()
        .trim_start_matches('v')
        .split('.')
        .next()
        .and_then(|n| n.parse::<u32>().ok());
    if major.is_none_or(|major| major < NODE) {
        bail!(
            "Node {} is too old: install Node {NODE} or newer",
            said.trim()
        );
    }
    if on_path("npm").is_none() {
        bail!("npm is missing: install it, on Debian with `apt-get install npm`");
    }
    Ok(())
}

/// Where a program lies, looked up in PATH.
pub fn on_path(name: &str) -> Option<PathBuf> {
    std::env::split_paths(&std::env::var_os("PATH")?)
        .map(|dir| dir.join(name))
        .find(|path| path.is_file())
}

/// The browsers and drivers that the tests use.
pub struct Browsers {
    /// Chromium, or `$CHROMIUM`.
    pub chromium: PathBuf,
    /// Its driver, or `$CHROMEDRIVER`.
    pub chromedriver: PathBuf,
    /// WebKit's driver, for what iOS shows.
    pub webkit_driver: Option<PathBuf>,
}

/// What Debian calls the packages, and how we see that each is there.
const PACKAGES: &[(&str, &[&str])] = &[
    (
        "chromium",
        &["chromium", "chromium-browser", "google-chrome"],
    ),
    ("chromium-driver", &["chromedriver"]),
    ("webkit2gtk-driver", &["WebKitWebDriver"]),
    ("xvfb", &["Xvfb"]),
];

/// A font with Chinese glyphs: without one the screenshots show boxes.
const FONT: (&str, &str) = (
    "fonts-noto-cjk",
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
);

/// Finds the browsers, installing Debian's packages when this user may.
///
/// # Errors
/// When a browser is missing and cannot be installed here: says how.
pub fn browsers() -> Result<Browsers> {
    let chosen = |variable: &str| {
        std::env::var_os(variable)
            .map(PathBuf::from)
            .filter(|path| path.is_file())
    };
    let mut missing = Vec::new();
    for (package, programs) in PACKAGES {
        let given = match *package {
            "chromium" => chosen("CHROMIUM").is_some(),
            "chromium-driver" => chosen("CHROMEDRIVER").is_some(),
            _ => false,
        };
        if !given && !programs.iter().any(|name| on_path(name).is_some()) {
            missing.push(*package);
        }
    }
    if on_path("apt-get").is_some() && !Path::new(FONT.1).exists() && !has_chinese_font() {
        missing.push(FONT.0);
    }
    if !missing.is_empty() {
        apt_install(&missing)?;
    }
    let find = |variable: &str, names: &[&str]| {
        chosen(variable).or_else(|| names.iter().find_map(|name| on_path(name)))
    };
    Ok(Browsers {
        chromium: find("CHROMIUM", PACKAGES[0].1)
            .context("chromium is missing: install it or set CHROMIUM")?,
        chromedriver: find("CHROMEDRIVER", PACKAGES[1].1)
            .context("chromedriver is missing: install it or set CHROMEDRIVER")?,
        webkit_driver: on_path("WebKitWebDriver"),
    })
}

/// Finds Python with what makes environments, installing Debian's packages when this user may.
///
/// # Errors
/// When it is missing and cannot be installed here: says how.
pub fn python() -> Result<()> {
    let works = process::output(process::command("python3").args(["-c", "import ensurepip, venv"]));
    if works.is_ok() {
        return Ok(());
    }
    apt_install(&["python3", "python3-venv"])
}

fn has_chinese_font() -> bool {
    process::output(process::command("fc-list").args([":lang=zh-cn", "family"]))
        .is_ok_and(|fonts| !fonts.trim().is_empty())
}

/// Installs Debian's packages when this user may.
///
/// # Errors
/// When they can't be installed here: says how.
pub fn apt_install(packages: &[&str]) -> Result<()> {
    let list = packages.join(" ");
    let by_hand =
        format!("the tests need {list}: install them, on Debian with `apt-get install {list}`");
    if on_path("apt-get").is_none() {
        bail!("{by_hand}");
    }
    let root = rustix::process::geteuid().is_root();
    if !root && process::output(process::command("sudo").args(["-n", "true"])).is_err() {
        bail!("{by_hand} (this user may not)");
    }
    let apt = |args: &[&str]| {
        let mut command = if root {
            process::command("apt-get")
        } else {
            process::command("sudo")
        };
        if !root {
            command.args(["-n", "DEBIAN_FRONTEND=noninteractive", "apt-get"]);
        }
        command.env("DEBIAN_FRONTEND", "noninteractive").args(args);
        process::output(&mut command)
    };
    let step = say::step(&format!("Installing {list} with apt (a few minutes)"));
    // An old package list only matters when the install then fails.
    let updated = apt(&["update", "-q"]);
    let mut install = vec!["install", "-q", "-y", "--no-install-recommends"];
    install.extend(packages);
    if let Err(failure) = apt(&install) {
        updated.context("apt's package list could not be refreshed: is there a network?")?;
        return Err(failure.context(by_hand));
    }
    step.done();
    Ok(())
}
