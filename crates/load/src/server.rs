use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

/// A sandbox that runs. Leaving scope kills it.
#[derive(Debug)]
pub struct Server {
    /// Where it listens.
    pub address: SocketAddr,
    process: Child,
}

/// What stands before the address in the line that says that it is ready.
const READY: &str = "listening on http://";

impl Server {
    /// Starts a build of the sandbox on a folder of its own; what it logs goes into a file there.
    ///
    /// # Errors
    /// Where it does not start.
    pub async fn start(program: &Path, data: &Path, more: &[String]) -> Result<Self> {
        let log = std::fs::File::options()
            .create(true)
            .append(true)
            .open(data.join("server.log"))?;
        let mut command = Command::new(program);
        if !more.iter().any(|argument| argument == "--listen") {
            command.args(["--listen", "127.0.0.1:0"]);
        }
        let mut process = command
            .arg("--data")
            .arg(data)
            .args(more)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("{} does not start", program.display()))?;
        let out = process.stdout.take().context("its output")?;
        let mut lines = BufReader::new(out).lines();
        while let Some(line) = lines.next_line().await? {
            if let Some(address) = line.strip_prefix(READY) {
                return Ok(Self {
                    address: address.parse()?,
                    process,
                });
            }
        }
        bail!(
            "{} ended: see {}",
            program.display(),
            data.join("server.log").display()
        )
    }

    /// The processor time that it took so far.
    ///
    /// # Errors
    /// Where the system does not say.
    pub fn processor_time(&self) -> Result<Duration> {
        processor_time(&self.process.id().context("it ended")?.to_string())
    }

    /// The memory that it holds now, in kilobytes.
    ///
    /// # Errors
    /// Where the system does not say.
    pub fn resident_kb(&self) -> Result<u64> {
        let process = self.process.id().context("it ended")?;
        let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
        let line = status.lines().find(|line| line.starts_with("VmRSS:"));
        let kb = line.and_then(|line| line.split_ascii_whitespace().nth(1));
        kb.and_then(|kb| kb.parse().ok())
            .context("an unknown shape")
    }

    /// Kills it, without a word: what it answered has to be on the disk.
    ///
    /// # Errors
    /// Where it ended before.
    pub async fn kill(mut self) -> Result<()> {
        self.process.kill().await.context("it ended by itself")
    }
}

/// The processor time that a process took so far; `self` is this one.
///
/// # Errors
/// Where the system does not say.
pub fn processor_time(process: &str) -> Result<Duration> {
    let text = std::fs::read_to_string(format!("/proc/{process}/stat"))?;
    // The name, in brackets, may hold anything.
    let (_, after) = text.rsplit_once(')').context("an unknown shape")?;
    let ticks: u64 = after
        .split_ascii_whitespace()
        .skip(11)
        .take(2)
        .map(|ticks| ticks.parse::<u64>().unwrap_or(0))
        .sum();
    // Linux counts for programs in hundredths of a second.
    Ok(Duration::from_millis(ticks * 10))
}

/// Copies a folder with a database that nobody has open.
///
/// # Errors
/// Where a file can't be copied.
pub fn copy_data(from: &Path, to: &Path) -> Result<PathBuf> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            std::fs::copy(entry.path(), to.join(entry.file_name()))?;
        }
    }
    Ok(to.to_owned())
}
