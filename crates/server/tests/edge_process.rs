//! The binary as an operator meets it.
#![cfg(unix)]

use std::process::{Command, Output};

use tempfile::TempDir;

fn command(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dika-server"));
    command.args(args).env_clear().env("DIKA_LOG", "off");
    command
}

fn run(args: &[&str]) -> Output {
    command(args).output().expect("the binary runs")
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).trim().to_owned()
}

#[test]
fn simulated_payments_never_top_up_real_cards() {
    let folder = TempDir::new().expect("a folder");
    let data = folder.path().join("data");
    let file = folder.path().join("dika.toml");
    std::fs::write(
        &file,
        "public_url = \"http://127.0.0.1:1\"\n[wechat.hosts]\npay = \"http://127.0.0.1:9\"\n\
         api = \"http://127.0.0.1:9\"\nopen = \"http://127.0.0.1:9\"\n",
    )
    .expect("a file");
    let file = file.to_str().expect("a plain path");
    let output = run(&[
        "--listen",
        "127.0.0.1:0",
        "--data",
        data.to_str().expect("a plain path"),
        "--config",
        file,
    ]);
    assert!(!output.status.success());
    assert!(said(&output).contains("real cards"), "{}", said(&output));
    assert!(!data.exists(), "nothing was opened");
    let output = run(&["check-config", "--config", file]);
    assert!(!output.status.success());
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        told.lines()
            .any(|line| line.starts_with("problem") && line.contains("real cards")),
        "{told}"
    );
}

#[test]
fn no_flag_makes_it_a_sandbox() {
    let output = run(&["--sandbox", "--listen", "127.0.0.1:0"]);
    assert!(!output.status.success());
    assert!(said(&output).contains("--sandbox"), "{}", said(&output));
    let output = run(&["--listen", "nowhere"]);
    assert!(!output.status.success() && said(&output).contains("nowhere"));
}

#[test]
fn check_config_tells_in_plain_words() {
    let output = run(&["check-config"]);
    assert!(!output.status.success());
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(told.contains("problem  public_url"), "{told}");
    let output = run(&["check-config", "--config", "/nowhere/dika.toml"]);
    assert!(!output.status.success());
    assert!(said(&output).contains("/nowhere/dika.toml cannot be read"));
}
