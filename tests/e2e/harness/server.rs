use std::{
    cell::RefCell,
    ffi::OsStr,
    path::{Path, PathBuf},
};

use dika_sandbox::people::PEOPLE;

use super::{place, process::Guarded};

/// The sandbox, or the production server, with a database of its own, on a port of its own.
#[derive(Debug)]
pub struct Server {
    /// `http://127.0.0.1:PORT`.
    pub base: String,
    program: PathBuf,
    folder: PathBuf,
    settings: Option<PathBuf>,
    /// Where everything is kept, if not in a file.
    database: Option<String>,
    dist: RefCell<PathBuf>,
    environment: RefCell<Vec<(&'static str, &'static str)>>,
    process: RefCell<Option<Guarded>>,
}

impl Server {
    /// Starts a sandbox and waits until it listens.
    pub fn start() -> Self {
        Self::start_with(0, None)
    }

    /// The same on a port of the caller's choice, with settings of its own.
    pub fn start_with(port: u16, settings: Option<&Path>) -> Self {
        Self::start_program(place::server(), port, settings, None)
    }

    /// The same with another program, and another database than a file.
    pub fn start_program(
        program: PathBuf,
        port: u16,
        settings: Option<&Path>,
        database: Option<&str>,
    ) -> Self {
        let folder = std::env::temp_dir().join(format!(
            "dika-e2e-{}-{}",
            std::process::id(),
            place::number()
        ));
        std::fs::create_dir_all(&folder).expect("a folder for the server's data");
        let mut server = Self {
            base: String::new(),
            program,
            folder,
            settings: settings.map(Path::to_owned),
            database: database.map(str::to_owned),
            dist: RefCell::new(place::dist()),
            environment: RefCell::default(),
            process: RefCell::default(),
        };
        server.base = server.run(&format!("127.0.0.1:{port}"));
        server
    }

    /// Starts the program; gives where it listens.
    fn run(&self, listen: &str) -> String {
        let (dist, data) = (self.dist(), self.folder.join("data"));
        assert!(
            dist.join("index.html").is_file(),
            "no built app at {}: build it first, or set DIKA_DIST",
            dist.display()
        );
        let mut arguments = vec![
            OsStr::new("--listen"),
            OsStr::new(listen),
            OsStr::new("--app-dir"),
            dist.as_os_str(),
            OsStr::new("--data"),
            data.as_os_str(),
        ];
        if let Some(settings) = &self.settings {
            arguments.extend([OsStr::new("--config"), settings.as_os_str()]);
        }
        let mut environment: Vec<(&str, &str)> = self.environment.borrow().clone();
        if let Some(url) = &self.database {
            environment.push(("DIKA_DATABASE_URL", url));
        }
        let (process, base) = Guarded::start(
            &self.program,
            &arguments,
            &environment,
            &self.log(),
            |line| {
                line.strip_prefix("listening on ")
                    .map(|address| address.trim().to_owned())
            },
        );
        self.process.replace(Some(process));
        base
    }

    /// Dies as in a power cut.
    pub fn kill(&self) {
        self.process.take().expect("the server was running").kill();
    }

    /// Starts again where it died: same data, same address.
    pub fn revive(&self) {
        let listen = self.base.trim_start_matches("http://");
        self.run(listen);
    }

    /// Where the app lies that it serves.
    pub fn dist(&self) -> PathBuf {
        self.dist.borrow().clone()
    }

    /// From its next start on, it serves another build of the app.
    pub fn serve_next(&self, dist: PathBuf) {
        self.dist.replace(dist);
    }

    /// From its next start on, this stands in its environment.
    pub fn set_next(&self, name: &'static str, value: &'static str) {
        self.environment.borrow_mut().push((name, value));
    }

    /// A copy of the app that it serves, to be changed; goes with the server.
    pub fn copy_of_dist(&self) -> PathBuf {
        let copied = self.folder.join("next-release");
        copy(&self.dist(), &copied);
        copied
    }

    /// Where its log is.
    pub fn log(&self) -> PathBuf {
        self.folder.join("server.log")
    }
}

/// Fails where the log names what nobody may read there: phones, numbers and passwords of the sandbox's people, and digits
/// of their ID.
fn assert_keeps_quiet(log: &Path) {
    let Ok(log) = std::fs::read_to_string(log) else {
        return;
    };
    for person in PEOPLE {
        let cards = [person.gdut, person.hemc].into_iter().flatten();
        let numbers = cards.map(|card| card.card_no.to_owned());
        let passwords = [person.gdut_password(), person.hemc_password()];
        let private = [person.phone, person.name, person.student_no]
            .map(str::to_owned)
            .into_iter()
            .chain(person.id_tail7.map(str::to_owned))
            .chain(passwords.into_iter().flatten())
            .chain(numbers);
        for secret in private {
            let told = log.lines().find(|line| names(line, &secret));
            assert_eq!(told, None, "{secret} is in the server's log");
        }
    }
}

/// Whether a line holds this, not as a part of a longer number or name, nor of a second's fraction.
fn names(line: &str, secret: &str) -> bool {
    line.match_indices(secret).any(|(at, _)| {
        let (before, after) = (&line[..at], &line[at + secret.len()..]);
        let joins = |letter: char| letter.is_ascii_alphanumeric() || letter == '.';
        !before.ends_with(joins) && !after.starts_with(|it: char| it.is_ascii_alphanumeric())
    })
}

/// The folder's files in another one.
fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("the built app") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.file_type().expect("a kind").is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).expect("copied");
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // First the program, then its files.
        drop(self.process.take());
        if !std::thread::panicking() {
            assert_keeps_quiet(&self.log());
        }
        drop(std::fs::remove_dir_all(&self.folder));
    }
}
