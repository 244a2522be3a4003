//! The binary as an operator meets it.
#![cfg(unix)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use tempfile::TempDir;

fn command(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dika-sandbox"));
    command.args(args).env_clear().env("DIKA_LOG", "off");
    command
}

fn run(args: &[&str]) -> Output {
    command(args).output().expect("the binary runs")
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).trim().to_owned()
}

/// A running server; ended when dropped, whatever the test says.
struct Running(Child, String);

impl Running {
    fn start(data: &Path) -> Self {
        let data = data.to_str().expect("a plain path");
        let mut child = command(&["--listen", "127.0.0.1:0", "--data", data])
            .stdout(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("its output"))
            .read_line(&mut line)
            .expect("a line");
        let address = line
            .trim()
            .strip_prefix("listening on http://")
            .unwrap_or_else(|| panic!("{line}"));
        Self(child, address.to_owned())
    }

    fn ask(&self, request: &str, body: &str) -> String {
        let mut stream = TcpStream::connect(&self.1).expect("a connection");
        write!(
            stream,
            "{request} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\n\
             content-length: {}\r\n\r\n{body}",
            body.len()
        )
        .expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        answer
    }

    fn end(mut self, signal: &str) -> Option<i32> {
        let pid = self.0.id().to_string();
        Command::new("kill")
            .args([signal, &pid])
            .status()
            .expect("kill");
        self.0.wait().expect("it ends").code()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn it_starts_answers_stops_and_remembers() {
    let folder = TempDir::new().expect("a folder");
    let data = folder.path().join("new/data");
    let server = Running::start(&data);
    assert!(
        server
            .ask("GET /api/v1/health", "")
            .starts_with("HTTP/1.1 200")
    );
    assert!(server.ask("GET /sandbox/people", "").contains("daxuecheng"));
    assert!(
        server
            .ask("POST /sandbox/clock", r#"{"advance_s":3600}"#)
            .contains("3600")
    );
    assert_eq!(server.end("-TERM"), Some(0));
    let server = Running::start(&data);
    assert!(server.ask("GET /sandbox/clock", "").contains("3600"));
    assert_eq!(server.end("-INT"), Some(0));
}

#[test]
fn a_port_in_use_is_one_plain_sentence() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address").to_string();
    let folder = TempDir::new().expect("a folder");
    let data = folder.path().to_str().expect("a plain path");
    let output = run(&["--listen", &address, "--data", data]);
    assert!(!output.status.success());
    let said = said(&output);
    assert!(
        said.contains("is in use") && said.lines().count() == 1,
        "{said}"
    );
}

#[test]
fn the_sandbox_refuses_real_credentials_and_foreign_data() {
    let folder = TempDir::new().expect("a folder");
    let data = folder.path().to_str().expect("a plain path");
    let file = folder.path().join("dika.toml");
    std::fs::write(
        &file,
        "[wechat]\nmchid = \"1900000001\"\napp_secret = \"hush\"\n",
    )
    .expect("a file");
    let file = file.to_str().expect("a plain path");
    let output = run(&["--listen", "127.0.0.1:0", "--data", data, "--config", file]);
    assert!(!output.status.success());
    assert!(
        said(&output).contains("real WeChat credentials"),
        "{}",
        said(&output)
    );
    assert!(!said(&output).contains("hush"));
    let output = run(&["--listen", "nowhere"]);
    assert!(!output.status.success() && said(&output).contains("nowhere"));
}

#[test]
fn check_config_tells_in_plain_words() {
    let output = run(&["check-config"]);
    assert!(output.status.success());
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(told.lines().all(|line| line.starts_with("ok")), "{told}");
    let output = run(&["check-config", "--config", "/nowhere/dika.toml"]);
    assert!(!output.status.success());
    assert!(said(&output).contains("/nowhere/dika.toml cannot be read"));
}

#[test]
fn it_is_the_sandbox_without_being_told() {
    let output = run(&["--sandbox", "--listen", "127.0.0.1:0"]);
    assert!(!output.status.success());
    assert!(said(&output).contains("--sandbox"), "{}", said(&output));
}
