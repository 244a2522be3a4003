//! The API against its own document: Schemathesis calls a sandbox on this machine with what `docs/openapi.json` allows
//! and with what it forbids, signed in, and compares each answer with it. `tests/fuzz/` says how.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::process::Stdio;

use anyhow::{Context, Result, bail};

use crate::{paths, process, say, tools};

/// Runs all of it; takes one to two minutes.
///
/// # Errors
/// When an answer is not as documented; Schemathesis has said which, and how to ask again.
pub fn run() -> Result<()> {
    let schemathesis = tools::schemathesis()?;
    let data = paths::scratch().join("fuzz");
    let _ = std::fs::remove_dir_all(&data);
    std::fs::create_dir_all(&data).with_context(|| format!("{} can't be made", data.display()))?;
    let log = data.join("log");
    let mut server = process::Child::start(
        process::command(paths::native_bin("dika-sandbox"))
            .args(["--listen", "127.0.0.1:0", "--data"])
            .arg(data.join("data"))
            .env("DIKA_LOG", "warn")
            .stdout(Stdio::piped())
            .stderr(File::create(&log)?),
    )?;
    let origin = listening(&mut server)?;
    let mut fuzzer = process::command(schemathesis);
    fuzzer
        .current_dir(paths::root().join("tests/fuzz"))
        .args(["run", "--no-color"])
        .arg(format!("{origin}/api/v1/openapi.json"))
        // Nothing goes anywhere else, nor through a proxy.
        .env("NO_PROXY", "*")
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("HYPOTHESIS_STORAGE_DIRECTORY", data.join("hypothesis"))
        .env("DIKA_SANDBOX", &origin);
    let ran = process::run(&mut fuzzer);
    drop(server);
    let said = std::fs::read_to_string(&log).unwrap_or_default();
    if ran.is_err() {
        say::note(&said);
    }
    ran.context("the API and docs/openapi.json do not agree")
}

/// The address that the server says it listens at.
fn listening(server: &mut process::Child) -> Result<String> {
    let mut line = String::new();
    if let Some(out) = server.stdout() {
        BufReader::new(out).read_line(&mut line)?;
    }
    match line.trim().strip_prefix("listening on ") {
        Some(origin) => Ok(origin.to_owned()),
        None => bail!("the sandbox did not start: {line}"),
    }
}
