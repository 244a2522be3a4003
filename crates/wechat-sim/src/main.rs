//! `dika-wechat-sim`: Tencent's side as a program of its own, for the sandbox and for tests from outside.

use std::{net::SocketAddr, path::PathBuf, sync::Arc};

use anyhow::Context as _;
use clap::Parser;
use dika_wechat_sim::{SimConfig, SimKeys, start};

/// Simulates WeChat Pay, web sign-in and the JS-SDK's tickets, on this machine only.
#[derive(Parser)]
struct Args {
    /// Where to listen; a loopback address.
    #[arg(long, default_value = "127.0.0.1:8099")]
    addr: SocketAddr,
    /// A folder that keeps the keys over a restart; made if missing.
    #[arg(long)]
    keys: Option<PathBuf>,
    /// Where the merchant is notified, for the settings written.
    #[arg(long, default_value = "http://127.0.0.1:8080/api/v1/wechat/notify")]
    notify_url: String,
    /// A file to write the merchant's settings to, as JSON.
    #[arg(long)]
    settings: Option<PathBuf>,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    let keys = match &args.keys {
        Some(folder) => SimKeys::load_or_generate(folder)?,
        None => SimKeys::generate()?,
    };
    let sim = start(SimConfig {
        addr: args.addr,
        keys: Arc::new(keys),
    })
    .await?;
    if let Some(path) = &args.settings {
        let text = serde_json::to_string_pretty(&sim.settings(&args.notify_url))?;
        dika_wechat_sim::keys::write_private(path, &text)?;
    }
    println!("WeChat simulator on {}/sim", sim.base_url());
    tokio::signal::ctrl_c()
        .await
        .context("waiting for the end")?;
    Ok(())
}
