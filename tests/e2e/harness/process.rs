use std::{
    ffi::OsStr,
    fs::File,
    io::{BufRead, BufReader, Write},
    os::unix::process::CommandExt,
    path::Path,
    process::{Child, ChildStdin, Command, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

/// Runs a program until its own standard input ends, then ends the program by its id: politely
/// first, five seconds later for good (at once and for good where the input said `dead`); and then what the program started and left behind, as drivers
/// do with browsers. The pipe also ends when the test process dies in any way.
const WATCHMAN: &str = r#"
alone=$(command -v setsid)
$alone "$@" </dev/null &
program=$!
exec >/dev/null 2>&1
read -r how
[ "$how" = dead ] && kill -9 "$program"
kill "$program"
( sleep 5; kill -9 "$program" ) &
axe=$!
wait "$program"
kill "$axe"
[ -n "$alone" ] && for left in $(ps -o pid= -s "$program"); do kill "$left"; done
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
        let mut tries = 5;
        loop {
            tries -= 1;
            match Self::try_start(program, arguments, environment, log, &ready) {
                Ok(started) => return started,
                // A port that the system gave for IPv4 may be taken for IPv6, and chromedriver wants it for both.
                Err(why) if tries > 0 && why.contains("Address already in use") => {}
                Err(why) => panic!("{why}"),
            }
        }
    }

    fn try_start<T>(
        program: &Path,
        arguments: &[&OsStr],
        environment: &[(&str, &str)],
        log: &Path,
        ready: impl Fn(&str) -> Option<T>,
    ) -> Result<(Self, T), String> {
        let errors = File::create(log).expect("a file for the program's log");
        let mut watchman = Command::new("sh")
            .args(["-c", WATCHMAN, "sh"])
            .arg(program)
            .args(arguments)
            .envs(environment.iter().copied())
            // Out of reach of what ends the test's own process group: it goes by the pipe alone.
            .process_group(0)
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
                    return Err(format!(
                        "{} did not get ready ({why}):\n{log}",
                        program.display()
                    ));
                }
            }
        };
        Ok((guarded, found))
    }
}

impl Guarded {
    /// Ends the program as a power cut does: it does not hear of it.
    pub fn kill(mut self) {
        if let Some(leash) = &mut self.leash {
            leash.write_all(b"dead\n").expect("the watchman listens");
        }
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        drop(self.leash.take());
        drop(self.watchman.wait());
    }
}
