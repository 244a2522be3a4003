//! The examples under `deploy/`, each used as far as a machine without root can.
#![cfg(unix)]

use std::path::{Path, PathBuf};
use std::process::Command;

use clap::Parser;
use dika_server::config::{CommandLine, SETTINGS};
use tempfile::TempDir;

fn deploy(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../deploy")
        .join(name)
}

fn read(name: &str) -> String {
    std::fs::read_to_string(deploy(name)).unwrap_or_else(|fault| panic!("{name}: {fault}"))
}

fn is_there(program: &str) -> bool {
    std::env::var_os("PATH").is_some_and(|path| {
        std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
    })
}

/// Each call of the server in a text, as far as it goes, is one that the server takes.
fn calls(text: &str) -> usize {
    let mut count = 0;
    for (at, _) in text.match_indices("/srv/dika/dika-server ") {
        let line = text[at..]
            .lines()
            .next()
            .expect("a line")
            .trim_end_matches('\'');
        let args = line.split_whitespace().map(|word| word.trim_matches('"'));
        let args = args
            .filter(|word| !word.contains("+%%H"))
            .collect::<Vec<_>>();
        let args: Vec<&str> = args
            .iter()
            .map(|word| {
                if word.starts_with("/var/backups") {
                    "copy"
                } else {
                    word
                }
            })
            .collect();
        CommandLine::try_parse_from(&args).unwrap_or_else(|fault| panic!("{args:?}: {fault}"));
        count += 1;
    }
    count
}

#[test]
fn units_are_what_systemd_and_the_server_take() {
    let (service, backup) = (read("dika.service"), read("dika-backup.service"));
    assert_eq!(calls(&service), 2);
    assert_eq!(calls(&backup), 1);
    for unit in ["dika.service", "dika-backup.service", "dika-backup.timer"] {
        let text = read(unit);
        assert!(
            text.contains(&format!("/etc/systemd/system/{unit}")),
            "{unit} says where it belongs"
        );
    }
    if !is_there("systemd-analyze") {
        eprintln!("systemd-analyze is not here: the units are not verified");
        return;
    }
    let folder = TempDir::new().expect("a folder");
    for unit in ["dika.service", "dika-backup.service", "dika-backup.timer"] {
        // The program lies elsewhere here, and there is no such user.
        let text = read(unit)
            .replace("/srv/dika/dika-server", env!("CARGO_BIN_EXE_dika-server"))
            .replace("User=dika\nGroup=dika\n", "");
        std::fs::write(folder.path().join(unit), text).expect("a file");
    }
    let output = Command::new("systemd-analyze")
        .args(["verify", "--man=no", "--recursive-errors=no"])
        .args(
            ["dika.service", "dika-backup.service", "dika-backup.timer"]
                .map(|unit| folder.path().join(unit)),
        )
        .output()
        .expect("it runs");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    // Without a running systemd it may find no bus; what it says of the units counts.
    let own: Vec<&str> = said.lines().filter(|line| line.contains("dika")).collect();
    assert!(own.is_empty(), "{said}");
}

#[test]
fn proxies_pass_on_what_the_server_needs() {
    let default = SETTINGS
        .iter()
        .find(|setting| setting.key == "listen")
        .expect("listen")
        .default;
    let listen = default.trim_matches('`');
    let (nginx, caddy, settings) = (read("nginx.conf"), read("Caddyfile"), read("dika.toml"));
    assert!(nginx.contains(&format!("proxy_pass http://{listen};")));
    assert!(caddy.contains(&format!("reverse_proxy {listen}")));
    assert!(settings.contains("trusted_proxies = [\"127.0.0.1\""));
    for line in [
        "proxy_set_header Host $host;",
        "proxy_set_header X-Forwarded-For $remote_addr;",
    ] {
        assert!(nginx.contains(line), "{line}");
    }
    for text in [&nginx, &caddy] {
        let active: Vec<&str> = text
            .lines()
            .filter(|line| !line.trim_start().starts_with('#'))
            .collect();
        let active = active.join("\n");
        assert_eq!(active.matches('{').count(), active.matches('}').count());
        assert!(active.contains("dika.example.edu"));
        for forbidden in ["Referrer-Policy", "proxy_cache", "expires"] {
            assert!(!active.contains(forbidden), "{forbidden}");
        }
    }
    let folder = TempDir::new().expect("a folder");
    if is_there("nginx") {
        let whole = folder.path().join("nginx.conf");
        let site = nginx
            .replace("ssl_certificate", "# ssl_certificate")
            .replace(" ssl;", ";")
            .replace("http2 on;", "");
        std::fs::write(&whole, format!("events {{}}\nhttp {{\n{site}\n}}\n")).expect("a file");
        let output = Command::new("nginx")
            .arg("-t")
            .arg("-c")
            .arg(&whole)
            .arg("-p")
            .arg(folder.path())
            .output()
            .expect("it runs");
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    } else {
        eprintln!("nginx is not here: its file is not tried");
    }
    if is_there("caddy") {
        let output = Command::new("caddy")
            .args(["adapt", "--adapter", "caddyfile", "--config"])
            .arg(deploy("Caddyfile"))
            .output()
            .expect("it runs");
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    } else {
        eprintln!("caddy is not here: its file is not tried");
    }
}

#[test]
fn the_container_file_starts_the_server_with_settings_that_there_are() {
    let text = read("Containerfile").replace("\\\n", " ");
    let known = [
        "FROM",
        "WORKDIR",
        "COPY",
        "RUN",
        "USER",
        "VOLUME",
        "EXPOSE",
        "ENV",
        "ENTRYPOINT",
        "CMD",
    ];
    let lines: Vec<(&str, &str)> = text
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| line.split_once(' ').expect("an instruction and more"))
        .collect();
    assert!(
        lines.iter().all(|(word, _)| known.contains(word)),
        "{lines:?}"
    );
    assert_eq!(lines.first().expect("one").0, "FROM");
    let of = |wanted: &str| {
        lines
            .iter()
            .filter(|(word, _)| *word == wanted)
            .map(|(_, rest)| *rest)
            .collect::<Vec<_>>()
    };
    assert_eq!(of("USER"), ["10001"], "not root");
    for variable in of("ENV").join(" ").split_whitespace() {
        let name = variable
            .split('=')
            .next()
            .expect("a name")
            .strip_prefix("DIKA_")
            .expect("ours");
        let is_setting = SETTINGS
            .iter()
            .any(|setting| setting.key.to_ascii_uppercase() == name);
        assert!(is_setting || name == "LOG_FORMAT", "{variable}");
    }
    let list = |text: &str| serde_json::from_str::<Vec<String>>(text).expect("a list");
    let call = [list(of("ENTRYPOINT")[0]), list(of("CMD")[0])].concat();
    CommandLine::try_parse_from(call).expect("a call that the server takes");
    for copied in of("COPY") {
        let from = copied
            .trim_start_matches("--from=build ")
            .split_whitespace()
            .next()
            .expect("a path");
        // What a build makes is not here.
        let made = from.starts_with("/src/target") || from == "dist";
        assert!(made || deploy("..").join(from).exists(), "{from}");
    }
    let toolchain = std::fs::read_to_string(deploy("../Cargo.toml")).expect("a manifest");
    let version = toolchain
        .lines()
        .find_map(|line| line.strip_prefix("rust-version = \""))
        .expect("a version");
    assert!(
        of("FROM")[0].contains(&format!("rust:{}", version.trim_end_matches('"'))),
        "{version}"
    );
}
