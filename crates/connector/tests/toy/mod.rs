//! The Python adapter over its toy ledger, as a child process on loopback.
#![allow(dead_code, reason = "shared by tests of which none uses all of it")]

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

mod port;

/// The key of these tests.
pub const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
/// A second one, as during a rotation.
pub const OTHER_SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

/// A running toy; ends with the value.
pub struct Toy {
    child: Child,
    folder: PathBuf,
    /// Where it is reached.
    pub address: String,
    /// Where it sends callbacks.
    pub callbacks: SocketAddr,
}

impl Toy {
    /// Starts `toy_card_system.py` with these settings.
    pub fn start(settings: &str) -> Self {
        let callbacks = free_address();
        Self::start_with(settings, callbacks, "/")
    }

    /// As [`Toy::start`], with callbacks to this path of a server there.
    pub fn start_with(settings: &str, callbacks: SocketAddr, path: &str) -> Self {
        static COUNT: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);
        let number = COUNT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let python = Path::new(env!("CARGO_MANIFEST_DIR")).join("../connector/adapters/python");
        let folder = std::env::temp_dir().join(format!("dika-toy-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder");
        let secrets = folder.join("secret");
        std::fs::write(&secrets, format!("{SECRET}\n{OTHER_SECRET}\n")).expect("a file");
        let mut child = Command::new("python3")
            .current_dir(&python)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .args([
                "toy_card_system.py",
                "--listen",
                "127.0.0.1:0",
                "--settings",
                settings,
            ])
            .arg("--data")
            .arg(&folder)
            .arg("--secret-file")
            .arg(&secrets)
            .args(["--callback-url", &format!("http://{callbacks}{path}")])
            .stdout(Stdio::piped())
            .spawn()
            .expect("python3 is installed");
        let mut line = String::new();
        let out = child.stdout.take().expect("piped");
        BufReader::new(out).read_line(&mut line).expect("a line");
        let address = line
            .trim()
            .strip_prefix("listening on ")
            .expect("it listens");
        Self {
            address: address.to_owned(),
            child,
            folder,
            callbacks,
        }
    }

    /// Drives the toy.
    pub async fn drive(&self, action: &str, body: Value) -> Value {
        let url = format!("{}/drive/{action}", self.address);
        let client = reqwest::Client::builder()
            .no_proxy()
            .build()
            .expect("a client");
        let answer = client
            .post(url)
            .json(&body)
            .send()
            .await
            .expect("it answers");
        assert!(
            answer.status().is_success(),
            "{action} {body}: {}",
            answer.status()
        );
        answer.json().await.expect("JSON")
    }

    /// Sets these faults and ends all others.
    pub async fn faults(&self, faults: &[(&str, i64)]) {
        let faults: serde_json::Map<_, _> = faults
            .iter()
            .map(|(name, value)| ((*name).to_owned(), json!(value)))
            .collect();
        self.drive("faults", Value::Object(faults)).await;
    }
}

impl Drop for Toy {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// A port that nobody listens at now.
pub fn free_address() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], port::free_port()))
}
