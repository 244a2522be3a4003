//! Drives Chromium by WebDriver, and by its own protocol where WebDriver has no word for it.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use crate::system::Browsers;
use crate::{process, sandbox};

/// A browser under control; leaving scope closes it.
pub struct Chromium {
    session: String,
    agent: ureq::Agent,
    _driver: process::Child,
}

/// How long the driver may take to start.
const START_LIMIT: Duration = Duration::from_secs(20);

impl Chromium {
    /// Starts a headless browser the size of a small phone.
    ///
    /// # Errors
    /// When browser or driver doesn't start.
    pub fn start(browsers: &Browsers) -> Result<Self> {
        // A port that was free a moment ago: the driver can't be asked which it took.
        let port = std::net::TcpListener::bind(("127.0.0.1", 0))?
            .local_addr()?
            .port();
        let mut command = process::command(&browsers.chromedriver);
        command
            .arg(format!("--port={port}"))
            .arg("--log-level=OFF")
            .stdout(std::process::Stdio::null());
        let mut driver = process::Child::start(&mut command)?;
        let origin = format!("http://127.0.0.1:{port}");
        let agent = patient_agent();
        let until = Instant::now() + START_LIMIT;
        while sandbox::agent()
            .get(format!("{origin}/status"))
            .call()
            .is_err()
        {
            if !driver.is_running() || Instant::now() > until {
                bail!("chromedriver didn't start");
            }
            std::thread::sleep(Duration::from_millis(30));
        }
        let profile = profile_folder()?;
        let wanted = json!({"capabilities": {"alwaysMatch": {
            "goog:loggingPrefs": {"performance": "ALL"},
            "goog:chromeOptions": {
                "binary": browsers.chromium,
                "args": [
                    "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-quic",
                    "--no-first-run", "--disable-background-networking", "--disable-component-update",
                    "--disable-sync", "--window-size=375,667", format!("--user-data-dir={}", profile.display()),
                ],
            },
        }}});
        let answer = post(&agent, &format!("{origin}/session"), &wanted)?;
        let id = answer["sessionId"]
            .as_str()
            .context("chromedriver gave no session")?;
        Ok(Self {
            session: format!("{origin}/session/{id}"),
            agent,
            _driver: driver,
        })
    }

    /// Sends a command of Chromium's own protocol.
    ///
    /// # Errors
    /// When the browser refuses.
    pub fn cdp(&self, command: &str, parameters: Value) -> Result<Value> {
        let body = json!({"cmd": command, "params": parameters});
        post(
            &self.agent,
            &format!("{}/goog/cdp/execute", self.session),
            &body,
        )
        .with_context(|| format!("{command} was refused"))
    }

    /// Opens an address and waits for the page's `load`.
    ///
    /// # Errors
    /// When it can't be opened.
    pub fn open(&self, address: &str) -> Result<()> {
        post(
            &self.agent,
            &format!("{}/url", self.session),
            &json!({"url": address}),
        )
        .with_context(|| format!("{address} could not be opened"))?;
        Ok(())
    }

    /// Runs the body of a function in the page and gives what it returns.
    ///
    /// # Errors
    /// When it throws.
    pub fn run(&self, script: &str, arguments: Value) -> Result<Value> {
        post(
            &self.agent,
            &format!("{}/execute/sync", self.session),
            &json!({"script": script, "args": arguments}),
        )
    }

    /// Runs the body of an asynchronous function in the page and gives what it returns.
    ///
    /// # Errors
    /// When it throws or takes half a minute.
    pub fn run_async(&self, script: &str, arguments: Value) -> Result<Value> {
        let script = format!(
            "const done = arguments[arguments.length - 1];\
             (async (...given) => {{ {script} }})(...arguments).then(done, error => done({{failed: String(error)}}))"
        );
        let body = json!({"script": script, "args": arguments});
        let answer = post(
            &self.agent,
            &format!("{}/execute/async", self.session),
            &body,
        )?;
        match answer["failed"].as_str() {
            Some(failure) => bail!("a script in the page failed: {failure}"),
            None => Ok(answer),
        }
    }

    /// What happened on the network since the last call, as Chromium's protocol tells it.
    ///
    /// # Errors
    /// When the log can't be read.
    pub fn network_events(&self) -> Result<Vec<Value>> {
        let log = post(
            &self.agent,
            &format!("{}/se/log", self.session),
            &json!({"type": "performance"}),
        )?;
        Ok(log
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|entry| serde_json::from_str::<Value>(entry["message"].as_str()?).ok())
            .map(|mut entry| entry["message"].take())
            .filter(|message| {
                message["method"]
                    .as_str()
                    .is_some_and(|method| method.starts_with("Network."))
            })
            .collect())
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        let _ = self.agent.delete(&self.session).call();
    }
}

/// Slow networks are the point: a page may take a minute.
fn patient_agent() -> ureq::Agent {
    ureq::Agent::config_builder()
        .timeout_global(Some(Duration::from_secs(120)))
        .http_status_as_error(false)
        // The driver closes idle connections without a word.
        .max_idle_connections(0)
        .proxy(None)
        .build()
        .into()
}

fn post(agent: &ureq::Agent, address: &str, body: &Value) -> Result<Value> {
    let mut answer = agent.post(address).send_json(body)?;
    let mut answer: Value = answer
        .body_mut()
        .read_json()
        .context("chromedriver didn't answer in JSON")?;
    let value = answer["value"].take();
    match value["error"].as_str() {
        Some(error) => bail!("{error}: {}", value["message"].as_str().unwrap_or_default()),
        None => Ok(value),
    }
}

/// A new empty folder for the browser's profile.
fn profile_folder() -> Result<PathBuf> {
    let folder = crate::paths::scratch().join("bench-profile");
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder)?;
    Ok(folder)
}
