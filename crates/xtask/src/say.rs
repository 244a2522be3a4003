//! What the person at the terminal reads: plain lines, nothing that needs a terminal.

use std::io::Write;
use std::time::{Duration, Instant};

/// Writes one line to standard output at once; a closed pipe is no reason to fail.
pub fn note(line: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{line}");
    let _ = out.flush();
}

/// Announces a step that may take a while.
pub fn step(line: &str) -> Step {
    note(&format!("==> {line}"));
    Step {
        began: Instant::now(),
    }
}

/// Reports a failure as one sentence, causes behind colons.
pub fn error(error: &anyhow::Error) {
    let _ = std::io::stdout().flush();
    eprintln!("error: {error:#}");
}

/// A step under way.
pub struct Step {
    began: Instant,
}

impl Step {
    /// Says that the step is over and how long it took, unless it was quick.
    pub fn done(self) {
        let took = self.began.elapsed();
        if took >= Duration::from_secs(2) {
            note(&format!("    done in {}", duration(took)));
        }
    }
}

/// A duration as people say it: `7 s`, `3 min 20 s`.
pub fn duration(of: Duration) -> String {
    match (of.as_secs() / 60, of.as_secs() % 60) {
        (0, s) => format!("{s} s"),
        (m, s) => format!("{m} min {s} s"),
    }
}
