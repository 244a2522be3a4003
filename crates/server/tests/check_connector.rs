//! `dika-server check-connector` as an operator runs it.

#[path = "../../connector/tests/toy/mod.rs"]
mod toy;

use std::process::{Command, Output};

use toy::{SECRET, Toy};

fn check(address: &str, more: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_dika-server"))
        .args(["check-connector", address, "--direct"])
        .args(more)
        .env("DIKA_CONNECTOR_SECRET", SECRET)
        .output()
        .expect("it runs")
}

fn printed(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn a_good_connector_passes_and_the_table_is_printed() {
    let toy = Toy::start("toy_gdut.json");
    let accounts = [
        "--test-account",
        "9900000001:111111",
        "--refusing-account",
        "9900000002:111111",
    ];
    let output = check(&toy.address, &accounts);
    let table = printed(&output);
    assert!(output.status.success(), "{table}");
    for line in [
        "held     capabilities",
        "held     same order twice",
        "skipped  undecided",
    ] {
        assert!(table.contains(line), "{line} in\n{table}");
    }
    assert!(table.contains(", 0 broken, "), "{table}");
    assert!(!table.contains("111111"), "{table}");
}

#[test]
fn a_broken_connector_fails_with_what_to_do() {
    let toy = Toy::start("toy_hemc.json");
    // The other issuer's: every call is refused.
    let output = check(&toy.address, &["--issuer", "gdut"]);
    let table = printed(&output);
    assert!(!output.status.success(), "{table}");
    assert!(table.contains("BROKEN   capabilities"), "{table}");
    assert!(table.contains("What to do: "), "{table}");
}

#[test]
fn what_is_typed_wrongly_is_named() {
    for (more, named) in [
        (["--issuer", "moon"], "gdut or hemc is expected"),
        (["--test-account", "nothing"], "NUMBER:PASSWORD is expected"),
        (
            ["--secret-file", "no/such/file"],
            "no/such/file cannot be read.",
        ),
    ] {
        let output = check("http://127.0.0.1:9/", &more);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(
            !output.status.success() && said.contains(named),
            "{named} in\n{said}"
        );
    }
}
