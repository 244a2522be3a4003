use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::Value;
use tokio::process::{Child, Command};

use crate::client::Phone;

/// The simulator of WeChat's side in a process of its own, and what tells the server of it. Leaving scope kills it.
#[derive(Debug)]
pub struct Simulator {
    /// Where it listens.
    pub address: SocketAddr,
    /// The server's arguments: where it has to listen, and its settings.
    pub arguments: Vec<String>,
    _process: Child,
}

/// A port that nobody uses now.
fn free_port() -> Result<SocketAddr> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?)
}

impl Simulator {
    /// Starts it; its keys and the server's settings lie in `folder`.
    ///
    /// # Errors
    /// Where it does not start.
    pub async fn start(program: &Path, folder: &Path) -> Result<Self> {
        let (address, server) = (free_port()?, free_port()?);
        let process = Command::new(program)
            .args(["--addr", &address.to_string(), "--keys"])
            .arg(folder.join("wechat-keys"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("{} does not start", program.display()))?;
        let notify = format!("http://{server}/api/v1/wechat/notify");
        let settings = settings(address, &notify).await?;
        let config = folder.join("server.toml");
        let text = format!(
            "public_url = \"http://{server}\"\nwechat = {}\n",
            toml(&settings)
        );
        std::fs::write(&config, text)?;
        let config = config.to_str().context("a plain path")?;
        Ok(Self {
            address,
            arguments: ["--listen", &server.to_string(), "--config", config]
                .map(str::to_owned)
                .to_vec(),
            _process: process,
        })
    }
}

/// What the server has to know of it; waits until it listens, and it makes RSA keys first.
async fn settings(address: SocketAddr, notify: &str) -> Result<Value> {
    let path = format!("/sim/control/client-settings?notify_url={notify}");
    for _ in 0..600 {
        if let Ok(reply) = Phone::new(address).get(&path).await {
            return reply.good()?.json();
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    bail!("the simulator does not listen")
}

/// JSON as TOML on one line. What is null is left out: TOML has no word for it.
fn toml(value: &Value) -> String {
    match value {
        Value::Object(fields) => {
            let fields = fields.iter().filter(|(_, value)| !value.is_null());
            let fields: Vec<String> = fields
                .map(|(name, value)| format!("{} = {}", Value::from(name.as_str()), toml(value)))
                .collect();
            format!("{{ {} }}", fields.join(", "))
        }
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(toml).collect();
            format!("[{}]", items.join(", "))
        }
        // JSON's strings, numbers and truth values are TOML's too.
        plain => plain.to_string(),
    }
}
