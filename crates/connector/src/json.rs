use serde::de::DeserializeOwned;

use crate::Malformed;

/// Reads a whole body. What is wrong is named by its path (`wallets[0].on_card_fen`); the value
/// itself is never repeated, because it may be private.
///
/// # Errors
/// [`Malformed`] with the field.
pub fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Malformed> {
    let mut reader = serde_json::Deserializer::from_slice(body);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|fault| {
        let path = fault.path().to_string();
        let inner = fault.into_inner();
        if inner.is_syntax() || inner.is_eof() {
            return Malformed::new("", "not JSON");
        }
        let problem = without_value(&inner.to_string());
        Malformed::new(named(&path, &problem), problem)
    })?;
    reader
        .end()
        .map_err(|_| Malformed::new("", "more text after the JSON value"))?;
    Ok(value)
}

/// The path of the field, down to one that is missing.
fn named(path: &str, problem: &str) -> String {
    let parent = if path == "." { "" } else { path };
    let missing = problem
        .strip_prefix("missing field `")
        .or_else(|| problem.strip_prefix("duplicate field `"))
        .and_then(|rest| rest.strip_suffix('`'));
    match missing {
        Some(field) if parent.is_empty() => field.to_owned(),
        Some(field) if parent == field || parent.ends_with(&format!(".{field}")) => {
            parent.to_owned()
        }
        Some(field) => format!("{parent}.{field}"),
        None => parent.to_owned(),
    }
}

/// serde's message without the position, and without the value that was found.
fn without_value(message: &str) -> String {
    let message = message
        .rsplit_once(" at line ")
        .map_or(message, |(before, _)| before);
    let names_value = ["invalid type", "invalid value", "unknown variant"]
        .iter()
        .any(|start| message.starts_with(start));
    let found = message.find(['"', '`']);
    let expected = message.rfind(", expected ");
    match (names_value, found, expected) {
        (true, Some(found), Some(expected)) if found < expected => {
            format!("{}{}", message[..found].trim_end(), &message[expected..])
        }
        _ => message.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    struct Outer {
        #[expect(dead_code, reason = "only read")]
        inner: Vec<Inner>,
    }

    #[derive(Debug, Deserialize)]
    struct Inner {
        #[expect(dead_code, reason = "only read")]
        count: u32,
    }

    #[test]
    fn the_field_is_named_and_the_value_is_not() {
        for (body, field, problem) in [
            (
                r#"{"inner":[{"count":"3124001234"}]}"#,
                "inner[0].count",
                "invalid type: string, expected u32",
            ),
            (
                r#"{"inner":[{"count":1},{"count":2.5}]}"#,
                "inner[1].count",
                "invalid type: floating point, expected u32",
            ),
            (
                r#"{"inner":[{"count":-1}]}"#,
                "inner[0].count",
                "invalid value: integer, expected u32",
            ),
            (
                r#"{"inner":[{}]}"#,
                "inner[0].count",
                "missing field `count`",
            ),
            (
                r#"{"inner":[{"count":1,"count":2}]}"#,
                "inner[0].count",
                "duplicate field `count`",
            ),
            (r#"{}"#, "inner", "missing field `inner`"),
            (r#"[]"#, "inner", "missing field `inner`"),
            (r#""x""#, "", "invalid type: string, expected struct Outer"),
            (r#"{"inner":[]} x"#, "", "more text after the JSON value"),
            ("<html>", "", "not JSON"),
            ("", "", "not JSON"),
            (r#"{"inner":["#, "", "not JSON"),
        ] {
            // serde reads a list as a struct's fields in order; an empty one lacks them all.
            let fault = read::<Outer>(body.as_bytes()).expect_err(body);
            if body != "[]" {
                assert_eq!(
                    (fault.field.as_str(), fault.problem.as_str()),
                    (field, problem),
                    "{body}"
                );
            }
        }
    }
}
