//! `dika-sms-sim`: both providers' side as a program of its own, for rehearsals and for tests from outside.

use std::net::SocketAddr;

use anyhow::Context as _;
use clap::Parser;

/// Simulates Aliyun Dysmsapi and Tencent Cloud SMS, on this machine only.
#[derive(Parser)]
struct Args {
    /// Where to listen; a loopback address.
    #[arg(long, default_value = "127.0.0.1:8098")]
    addr: SocketAddr,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    let sim = dika_sms_sim::start(args.addr).await?;
    println!("SMS simulator on {}/sim", sim.base_url());
    tokio::signal::ctrl_c()
        .await
        .context("waiting for the end")?;
    Ok(())
}
