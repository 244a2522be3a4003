//! Starts the simulator of WeChat's side beside the server, and tells the server of it.

use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::{paths, ports, process, sandbox};

/// How long it may take to start: the first time it makes RSA keys.
const START_LIMIT: Duration = Duration::from_secs(60);

/// A running simulator; leaving scope stops it.
pub struct Simulator {
    /// Where it listens.
    pub origin: String,
    /// The server's settings file that names it.
    pub config: PathBuf,
    /// The `[wechat]` table that names it.
    pub settings: Value,
    _process: process::Child,
}

/// Starts it on the port after the server's, its keys kept below `data`.
///
/// # Errors
/// When the port is taken or it doesn't start.
pub fn start(server_port: u16, server_origin: &str, data: &Path) -> Result<Simulator> {
    let port = server_port
        .checked_add(1)
        .context("the simulator needs the port after --port")?;
    ports::check(port)?;
    let origin = format!("http://127.0.0.1:{port}");
    let folder = data.join("wechat-sim");
    std::fs::create_dir_all(&folder)?;
    let settings = folder.join("settings.json");
    // An old one would be taken for the new one's.
    let _ = std::fs::remove_file(&settings);

    let mut command = process::command(paths::native_bin("dika-wechat-sim"));
    command
        .args(["--addr", &format!("127.0.0.1:{port}")])
        .args([
            "--notify-url",
            &format!("{server_origin}/api/v1/wechat/notify"),
        ])
        .arg("--keys")
        .arg(folder.join("keys"))
        .arg("--settings")
        .arg(&settings);
    let mut process = process::Child::start(&mut command)?;
    let until = Instant::now() + START_LIMIT;
    let answers = || sandbox::agent().get(format!("{origin}/sim")).call().is_ok();
    while !(settings.is_file() && answers()) {
        if !process.is_running() || Instant::now() > until {
            bail!("the simulator of WeChat's side didn't start; what it said is above");
        }
        std::thread::sleep(Duration::from_millis(50));
    }

    let text = std::fs::read_to_string(&settings)?;
    let wechat: Value =
        serde_json::from_str(&text).context("the simulator's settings aren't JSON")?;
    let config = folder.join("server.toml");
    write_private(
        &config,
        &format!(
            "public_url = \"{server_origin}\"\nwechat = {}\n",
            toml(&wechat)
        ),
    )?;
    Ok(Simulator {
        origin,
        config,
        settings: wechat,
        _process: process,
    })
}

/// Writes a file that only this user reads: the keys are a simulator's, but they are kept as real ones are.
///
/// # Errors
/// When it can't be written.
pub fn write_private(path: &Path, text: &str) -> Result<()> {
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(text.as_bytes())?;
    Ok(())
}

/// JSON as TOML on one line. What is null is left out: TOML has no word for it.
pub fn toml(value: &Value) -> String {
    match value {
        Value::Object(fields) => {
            let fields: Vec<String> = fields
                .iter()
                .filter(|(_, value)| !value.is_null())
                .map(|(name, value)| format!("{} = {}", Value::from(name.as_str()), toml(value)))
                .collect();
            format!("{{ {} }}", fields.join(", "))
        }
        Value::Array(items) => format!(
            "[{}]",
            items.iter().map(toml).collect::<Vec<_>>().join(", ")
        ),
        // JSON's strings, numbers and truth values are TOML's too.
        plain => plain.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::toml;

    #[test]
    fn json_becomes_toml_on_one_line() {
        let json = serde_json::json!({"a": "x\n\"y\"", "b": null, "c": {"d": [1, true]}});
        assert_eq!(
            toml(&json),
            r#"{ "a" = "x\n\"y\"", "c" = { "d" = [1, true] } }"#
        );
    }
}
