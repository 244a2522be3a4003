//! Child processes. Each gets a process group of its own, so that one signal reaches all that it
//! started, and a signal to this program reaches them all before it leaves.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process_group, test_kill_process_group};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

use crate::{paths, say};

/// Process groups that we started and that have not been waited for.
static RUNNING: Mutex<BTreeSet<i32>> = Mutex::new(BTreeSet::new());
/// Folders that go with this program, also where a signal ends it.
static FOLDERS: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());
/// Set by the first signal; from then on nothing new starts.
static STOPPING: AtomicBool = AtomicBool::new(false);

/// How long children get to leave by themselves.
const GRACE: Duration = Duration::from_secs(8);

fn running<T>(change: impl FnOnce(&mut BTreeSet<i32>) -> T) -> T {
    // A panic while the lock was held leaves a set of numbers that is still right.
    change(
        &mut RUNNING
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner),
    )
}

fn folders<T>(change: impl FnOnce(&mut BTreeSet<PathBuf>) -> T) -> T {
    change(
        &mut FOLDERS
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner),
    )
}

/// A folder to remove when a signal ends this program.
pub fn remember_folder(folder: &Path) {
    folders(|all| all.insert(folder.to_path_buf()));
}

/// A folder that is removed otherwise.
pub fn forget_folder(folder: &Path) {
    folders(|all| all.remove(folder));
}

/// From now on SIGINT, SIGTERM and SIGHUP stop all children, then this program.
///
/// # Errors
/// When the handlers cannot be installed.
pub fn stop_children_on_signals() -> Result<()> {
    let mut signals = signal_hook::iterator::Signals::new([SIGINT, SIGTERM, SIGHUP])?;
    std::thread::spawn(move || {
        if let Some(signal) = signals.forever().next() {
            STOPPING.store(true, Ordering::SeqCst);
            let groups = running(|groups| groups.clone());
            let polite = if signal == SIGINT {
                Signal::INT
            } else {
                Signal::TERM
            };
            for group in &groups {
                send(*group, polite);
            }
            let until = Instant::now() + GRACE;
            while Instant::now() < until && groups.iter().any(|group| alive(*group)) {
                std::thread::sleep(Duration::from_millis(20));
            }
            for group in &groups {
                send(*group, Signal::KILL);
            }
            for folder in folders(|all| all.clone()) {
                let _ = std::fs::remove_dir_all(folder);
            }
            say::note("Stopped.");
            std::process::exit(128 + signal);
        }
    });
    Ok(())
}

fn send(group: i32, signal: Signal) {
    if let Some(pid) = Pid::from_raw(group) {
        let _ = kill_process_group(pid, signal);
    }
}

fn alive(group: i32) -> bool {
    Pid::from_raw(group).is_some_and(|pid| test_kill_process_group(pid).is_ok())
}

/// A program about to run in the checkout's root, without standard input.
pub fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    prepare(&mut command);
    command
}

/// Makes a command run as those of [`command`] do.
pub fn prepare(command: &mut Command) -> &mut Command {
    command
        .current_dir(paths::root())
        .stdin(Stdio::null())
        .process_group(0)
}

/// Cargo, as the caller's toolchain has it.
pub fn cargo() -> Command {
    let mut cargo = command(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    // Set for us by `cargo run`; a nested cargo must not mistake them for its own.
    for name in [
        "CARGO_MANIFEST_DIR",
        "CARGO_MANIFEST_PATH",
        "CARGO_PKG_NAME",
        "CARGO_PKG_VERSION",
    ] {
        cargo.env_remove(name);
    }
    cargo
}

/// Puts `dir` in front of the child's PATH.
pub fn prepend_path(command: &mut Command, dirs: &[&Path]) {
    let old = std::env::var_os("PATH").unwrap_or_default();
    let all = dirs
        .iter()
        .map(|dir| dir.to_path_buf())
        .chain(std::env::split_paths(&old));
    if let Ok(joined) = std::env::join_paths(all) {
        command.env("PATH", joined);
    }
}

/// A running child; leaving scope without [`Child::wait`] stops it.
pub struct Child {
    inner: std::process::Child,
    group: i32,
}

impl Child {
    /// Starts `command`.
    ///
    /// # Errors
    /// When the program is missing or cannot start.
    pub fn start(command: &mut Command) -> Result<Self> {
        halt_if_stopping();
        let program = command.get_program().to_string_lossy().into_owned();
        let inner = command
            .spawn()
            .with_context(|| format!("{program} could not be started"))?;
        let group = i32::try_from(inner.id()).context("process id out of range")?;
        running(|groups| groups.insert(group));
        Ok(Self { inner, group })
    }

    /// Its standard output, when piped.
    pub fn stdout(&mut self) -> Option<std::process::ChildStdout> {
        self.inner.stdout.take()
    }

    /// Whether it is still there.
    pub fn is_running(&mut self) -> bool {
        matches!(self.inner.try_wait(), Ok(None))
    }

    /// Waits for its end. Never returns when a signal stopped us: the signal's thread leaves.
    ///
    /// # Errors
    /// When the system does not tell its status.
    pub fn wait(mut self) -> Result<ExitStatus> {
        let status = self.inner.wait()?;
        halt_if_stopping();
        running(|groups| groups.remove(&self.group));
        Ok(status)
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        if running(|groups| groups.remove(&self.group)) {
            send(self.group, Signal::TERM);
            let until = Instant::now() + GRACE;
            while Instant::now() < until && self.is_running() {
                std::thread::sleep(Duration::from_millis(20));
            }
            send(self.group, Signal::KILL);
            let _ = self.inner.wait();
        }
    }
}

/// After a signal the main thread has nothing left to do but wait for the signal's thread.
fn halt_if_stopping() {
    while STOPPING.load(Ordering::SeqCst) {
        std::thread::sleep(Duration::from_secs(1));
    }
}

/// Runs to the end; the child's output is ours.
///
/// # Errors
/// When it cannot start or ends badly.
pub fn run(command: &mut Command) -> Result<()> {
    let status = Child::start(command)?.wait()?;
    if !status.success() {
        bail!("{} failed ({status})", name(command));
    }
    Ok(())
}

/// The same program, arguments and variables; where it runs and its streams are this process's own.
pub fn like(command: &Command) -> Command {
    let mut same = Command::new(command.get_program());
    same.args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => same.env(name, value),
            None => same.env_remove(name),
        };
    }
    same
}

/// Runs to the end, showing each line of its standard output and handing it to `seen` too.
///
/// # Errors
/// When it cannot start; a bad end is in the returned status.
pub fn run_watched(command: &mut Command, mut seen: impl FnMut(&str)) -> Result<ExitStatus> {
    let mut child = Child::start(command.stdout(Stdio::piped()))?;
    if let Some(out) = child.stdout() {
        for line in BufReader::new(out).split(b'\n') {
            let line = line?;
            let line = String::from_utf8_lossy(&line);
            say::note(&line);
            seen(&line);
        }
    }
    child.wait()
}

/// Runs quietly and returns its standard output; on failure all that it said goes into the error.
///
/// # Errors
/// When it cannot start or ends badly.
pub fn output(command: &mut Command) -> Result<String> {
    halt_if_stopping();
    let name = name(command);
    let child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("{name} could not be started"))?;
    let group = i32::try_from(child.id()).context("process id out of range")?;
    running(|groups| groups.insert(group));
    let out = child.wait_with_output()?;
    halt_if_stopping();
    running(|groups| groups.remove(&group));
    let wrote = String::from_utf8_lossy(&out.stdout);
    if !out.status.success() {
        let said = String::from_utf8_lossy(&out.stderr);
        bail!(
            "{name} failed ({}):\n{}{}",
            out.status,
            wrote,
            said.trim_end()
        );
    }
    Ok(wrote.into_owned())
}

fn name(command: &Command) -> String {
    Path::new(command.get_program())
        .file_name()
        .unwrap_or_else(|| command.get_program())
        .to_string_lossy()
        .into_owned()
}
