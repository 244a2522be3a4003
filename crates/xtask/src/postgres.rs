//! A PostgreSQL server for one run of the tests: its own cluster in a temporary folder, gone afterwards.

use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::{process, say, system};

/// Where Debian keeps the programs, which are not in PATH there.
const DEBIAN: &str = "/usr/lib/postgresql";
/// How long the server may take to start.
const START_LIMIT: Duration = Duration::from_secs(60);
/// Nothing that it holds has to survive anything.
const FAST: &[&str] = &[
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "autovacuum=off",
    "max_connections=600",
    "shared_buffers=128MB",
];

/// A running server; leaving scope stops it and removes its folder.
pub struct Postgres {
    /// Opens its database as its owner, through a socket in its folder.
    pub url: String,
    // Stopped before its folder goes.
    _server: process::Child,
    _folder: Folder,
}

/// Removed when it leaves scope, and when a signal ends this program.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        process::forget_folder(&self.0);
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

impl Folder {
    /// Short: the address of a socket has at most 107 characters.
    fn new() -> Result<Self> {
        let folder = std::env::temp_dir().join(format!("dika-pg-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir(&folder)
            .with_context(|| format!("{} can't be made", folder.display()))?;
        std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o700))?;
        process::remember_folder(&folder);
        Ok(Self(folder))
    }
}

/// A user who may run PostgreSQL, which refuses to run as root.
#[derive(Clone, Copy)]
struct User {
    uid: u32,
    gid: u32,
}

impl User {
    /// PostgreSQL's own user, or one without rights, where we are root; else nobody else than we are.
    fn find() -> Result<Option<Self>> {
        if !rustix::process::geteuid().is_root() {
            return Ok(None);
        }
        for name in ["postgres", "nobody"] {
            let id = |what| {
                let said = process::output(process::command("id").args([what, name])).ok()?;
                said.trim().parse().ok()
            };
            if let (Some(uid), Some(gid)) = (id("-u"), id("-g")) {
                return Ok(Some(Self { uid, gid }));
            }
        }
        bail!("PostgreSQL doesn't run as root, and there is neither a user postgres nor nobody")
    }

    fn runs(user: Option<Self>, program: PathBuf, folder: &Path) -> Command {
        let mut command = process::command(program);
        command.current_dir(folder).env("LC_ALL", "C");
        if let Some(user) = user {
            command.uid(user.uid).gid(user.gid);
        }
        command
    }
}

/// Starts a server, after installing PostgreSQL where it is missing and this user may.
///
/// # Errors
/// When PostgreSQL is missing and can't be installed, or doesn't start.
pub fn start() -> Result<Postgres> {
    let programs = programs()?;
    let user = User::find()?;
    let folder = Folder::new()?;
    let data = folder.0.join("data");
    if let Some(user) = user {
        chown(&folder.0, Some(user.uid), Some(user.gid))?;
    }
    let mut initdb = User::runs(user, programs.join("initdb"), &folder.0);
    initdb.arg("-D").arg(&data).args([
        "--username=dika",
        // Its folder lets nobody else in; over TCP a password is asked for.
        "--auth-local=trust",
        "--auth-host=scram-sha-256",
        "--encoding=UTF8",
        "--no-locale",
        "--no-sync",
    ]);
    process::output(&mut initdb).context("no database cluster could be made")?;
    let tls = certificate(&data, user)?;
    let port = free_port()?;
    let log = std::fs::File::create(folder.0.join("log"))?;
    let mut server = User::runs(user, programs.join("postgres"), &folder.0);
    server.arg("-D").arg(&data).arg("-k").arg(&folder.0);
    server.args(["-h", "127.0.0.1", "-p", &port.to_string()]);
    for setting in FAST.iter().chain(tls) {
        server.args(["-c", setting]);
    }
    server.stdout(Stdio::null()).stderr(log);
    let mut server = process::Child::start(&mut server)?;
    let until = Instant::now() + START_LIMIT;
    let mut ready = process::command(programs.join("pg_isready"));
    ready.arg("-h").arg(&folder.0);
    ready.args(["-p", &port.to_string(), "-U", "dika"]);
    while process::output(&mut ready).is_err() {
        if !server.is_running() || Instant::now() > until {
            let said = std::fs::read_to_string(folder.0.join("log")).unwrap_or_default();
            bail!("PostgreSQL didn't start:\n{said}");
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    let socket = folder.0.to_string_lossy().replace('/', "%2F");
    Ok(Postgres {
        url: format!("postgres://dika@{socket}:{port}/postgres"),
        _server: server,
        _folder: folder,
    })
}

/// The folder with `initdb`, `postgres` and `pg_isready`: the newest version that is there.
fn programs() -> Result<PathBuf> {
    if let Some(folder) = installed() {
        return Ok(folder);
    }
    system::apt_install(&["postgresql"])?;
    installed()
        .context("PostgreSQL is missing: install it, on Debian with `apt-get install postgresql`")
}

fn installed() -> Option<PathBuf> {
    let version =
        |folder: &PathBuf| -> Option<u32> { folder.parent()?.file_name()?.to_str()?.parse().ok() };
    let debian = std::fs::read_dir(DEBIAN).ok().and_then(|versions| {
        versions
            .filter_map(|version| Some(version.ok()?.path().join("bin")))
            .filter(|folder| folder.join("initdb").is_file())
            .max_by_key(version)
    });
    debian.or_else(|| {
        let initdb = std::fs::canonicalize(system::on_path("initdb")?).ok()?;
        let folder = initdb.parent()?.to_path_buf();
        folder.join("postgres").is_file().then_some(folder)
    })
}

/// Gives the server a certificate of its own for `localhost`, and what to tell it of that. Without `openssl` it has none,
/// and the test of TLS says so.
fn certificate(data: &Path, user: Option<User>) -> Result<&'static [&'static str]> {
    if system::on_path("openssl").is_none() {
        say::note("openssl is missing: TLS to the database is not tested");
        return Ok(&[]);
    }
    let mut openssl = User::runs(user, "openssl".into(), data);
    openssl.args([
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=localhost",
        "-addext",
        "subjectAltName=DNS:localhost",
        // A certificate that vouches for others is no server's own: rustls refuses it.
        "-addext",
        "basicConstraints=critical,CA:FALSE",
        "-keyout",
        "server.key",
        "-out",
        "server.crt",
    ]);
    process::output(&mut openssl).context("no certificate for PostgreSQL")?;
    Ok(&["ssl=on"])
}

fn free_port() -> Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}
