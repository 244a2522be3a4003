use std::{
    ffi::OsStr,
    fs::File,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, ChildStdin, Command, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

/// Runs a program until its own standard input ends, then ends the program by its id: politely
/// first, five seconds later for good. The pipe also ends when the test process dies in any way.
const WATCHMAN: &str = r#"
"$@" </dev/null &
program=$!
exec >/dev/null
read -r _
kill "$program" 2>/dev/null
( sleep 5; kill -9 "$program" ) 2>/dev/null >/dev/null &
axe=$!
wait "$program"
kill "$axe" 2>/dev/null
"#;

/// A program that lives no longer than this value.
#[derive(Debug)]
pub struct Guarded {
    watchman: Child,
    leash: Option<ChildStdin>,
}

impl Guarded {
    /// Starts a program and waits for a line on its standard output of which `ready` makes
    /// something. Standard error goes to `log`.
    ///
    /// # Panics
    /// When the program can't be started, ends first, or says nothing of use for half a minute.
    pub fn start<T>(
        program: &Path,
        arguments: &[&OsStr],
        environment: &[(&str, &str)],
        log: &Path,
        ready: impl Fn(&str) -> Option<T>,
    ) -> (Self, T) {
        let errors = File::create(log).expect("a file for the program's log");
        let mut watchman = Command::new("sh")
            .args(["-c", WATCHMAN, "sh"])
            .arg(program)
            .args(arguments)
            .envs(environment.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(errors)
            .spawn()
            .expect("a shell to watch over the program");
        let output = watchman.stdout.take().expect("standard output is a pipe");
        let leash = watchman.stdin.take();
        let guarded = Self { watchman, leash };
        let (say, heard) = mpsc::channel();
        // Goes on reading to the end: a full pipe would stop the program.
        thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                drop(say.send(line));
            }
        });
        let found = loop {
            match heard.recv_timeout(Duration::from_secs(30)) {
                Ok(line) => {
                    if let Some(found) = ready(&line) {
                        break found;
                    }
                }
                Err(why) => {
                    let log = std::fs::read_to_string(log).unwrap_or_default();
                    panic!("{} did not get ready ({why}):\n{log}", program.display());
                }
            }
        };
        (guarded, found)
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        drop(self.leash.take());
        drop(self.watchman.wait());
    }
}
