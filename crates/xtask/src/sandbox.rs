//! The sandbox's people, as a person at the terminal needs them to try the app.

use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::Value;

/// A client for the server that we started; it never leaves this machine.
pub fn agent() -> ureq::Agent {
    ureq::Agent::config_builder()
        .timeout_global(Some(Duration::from_secs(5)))
        .proxy(None)
        .build()
        .into()
}

/// Whether the server at `origin` says that it is well.
pub fn is_healthy(origin: &str) -> bool {
    agent()
        .get(format!("{origin}/api/v1/health"))
        .call()
        .is_ok()
}

/// One line a person: who they are, and how to get in.
///
/// # Errors
/// When the server doesn't answer as a sandbox.
pub fn people(origin: &str) -> Result<Vec<String>> {
    let people: Vec<Value> = agent()
        .get(format!("{origin}/sandbox/people"))
        .call()
        .and_then(|mut answer| answer.body_mut().read_json())
        .context("the sandbox didn't list its people")?;
    Ok(people.iter().map(line).collect())
}

fn line(person: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let mut line = format!(
        "{}  {}  {}",
        text(&person["phone"]),
        text(&person["name"]),
        text(&person["campus"])
    );
    let (gdut, hemc) = (&person["gdut"], &person["hemc"]);
    if gdut.is_object() {
        line += &format!(
            "  gdut {} / {}",
            text(&gdut["account"]),
            text(&gdut["password"])
        );
    }
    if hemc.is_object() {
        line += &format!(
            "  hemc {} / {}",
            text(&hemc["card_no"]),
            text(&hemc["password"])
        );
    }
    if let Some(note) = person["note"].as_str() {
        line += &format!("  ({note})");
    }
    line
}

#[cfg(test)]
mod tests {
    use super::line;

    #[test]
    fn a_line_names_the_person_and_the_cards() {
        let person = serde_json::json!({
            "name": "A", "phone": "13800000000", "campus": "c", "note": "lost",
            "gdut": {"account": "1", "card_no": "2", "password": "3"}, "hemc": null,
        });
        assert_eq!(line(&person), "13800000000  A  c  gdut 1 / 3  (lost)");
    }
}
