use std::fmt;

use anyhow::{Context, bail};
use figment::error::{Actual, Kind as Wrong};
use figment::value::{Dict, Map, Value};
use figment::{Figment, Metadata, Profile, Provider};
use serde::de::DeserializeOwned;

use super::command_line::Options;
use super::positions::{Positions, Unknown};
use super::table::{Kind, variables};

/// File, environment and command line, one over the other. Holds secrets, so `Debug` shows nothing.
#[derive(Clone, Default)]
pub(super) struct Layers {
    figment: Figment,
    file: String,
    positions: Positions,
}

impl fmt::Debug for Layers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Layers(…)")
    }
}

/// Settings from one place.
struct Layer {
    place: String,
    settings: Dict,
}

impl Provider for Layer {
    fn metadata(&self) -> Metadata {
        Metadata::named(self.place.clone())
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        Ok(Profile::Default.collect(self.settings.clone()))
    }
}

impl Layers {
    /// Reads the file that the command line names, the environment, and the command line itself.
    ///
    /// # Errors
    /// One sentence for each thing that cannot be read; none shows a secret.
    pub(super) fn read(
        options: &Options,
        env: impl Fn(&str) -> Option<String>,
    ) -> anyhow::Result<Self> {
        let mut layers = Self::default();
        if let Some(path) = &options.config {
            let shown = path.display().to_string();
            let text = std::fs::read_to_string(path)
                .with_context(|| format!("The settings file {shown} cannot be read."))?;
            // The parser's full message quotes the line, which may hold a secret.
            layers.positions = Positions::read(&text)
                .map_err(|(line, fault)| anyhow::anyhow!("{shown}, line {line}: {fault}"))?;
            let table: toml::Table = text
                .parse()
                .map_err(|_| anyhow::anyhow!("{shown} is no TOML."))?;
            layers.file = shown.clone();
            layers.add(shown, table)?;
        }
        for variable in variables() {
            let Some(text) = env(&variable.name).filter(|text| !text.is_empty()) else {
                continue;
            };
            let value = parsed(variable.kind, &text)
                .with_context(|| format!("{} is neither true nor false.", variable.name))?;
            layers.add(variable.name, nested(&variable.key, value))?;
        }
        let path = |path: &Option<std::path::PathBuf>| {
            path.as_ref()
                .map(|path| path.to_string_lossy().into_owned())
        };
        for (flag, key, value) in [
            ("--listen", "listen", options.listen.clone()),
            ("--app-dir", "app_dir", path(&options.app_dir)),
            ("--data", "data_dir", path(&options.data)),
        ] {
            if let Some(text) = value {
                layers.add(flag.to_owned(), nested(key, text.into()))?;
            }
        }
        Ok(layers)
    }

    fn add(&mut self, place: String, table: toml::Table) -> anyhow::Result<()> {
        let table = toml::Value::Table(table);
        let Value::Dict(_, settings) = Value::serialize(dates_as_texts(table))
            .map_err(|_| anyhow::anyhow!("{place} cannot be taken over."))?
        else {
            bail!("{place} is no table.");
        };
        let figment = std::mem::take(&mut self.figment);
        self.figment = figment.merge(Layer { place, settings });
        Ok(())
    }

    /// All settings as structs.
    ///
    /// # Errors
    /// One sentence for each value of the wrong kind, with its place.
    pub(super) fn extract<T: DeserializeOwned>(&self) -> anyhow::Result<T> {
        self.figment.extract().map_err(|faults| {
            let told: Vec<String> = faults
                .into_iter()
                .map(|fault| self.sentence(&fault))
                .collect();
            anyhow::anyhow!("{}", told.join("\n"))
        })
    }

    fn sentence(&self, fault: &figment::Error) -> String {
        let key = fault.path.join(".");
        let place = self.place(&key).unwrap_or_else(|| {
            let metadata = fault.metadata.as_ref();
            metadata.map_or_else(String::new, |it| it.name.to_string())
        });
        let wrong = match &fault.kind {
            Wrong::InvalidType(actual, expected) | Wrong::InvalidValue(actual, expected) => {
                format!("{} is expected, not {}", kind(expected), found(actual))
            }
            Wrong::UnknownField(field, _) => format!("unknown setting {field}"),
            Wrong::UnknownVariant(_, known) => format!("one of {} is expected", known.join(", ")),
            Wrong::MissingField(field) => format!("{field} is missing"),
            Wrong::Message(words) => words.clone(),
            _ => "a value of another kind is expected".to_owned(),
        };
        format!("{place}: {key}: {wrong}")
    }

    /// Where a setting stands: `dika.toml, line 3`, `DIKA_LISTEN` or `--listen`.
    pub(super) fn place(&self, key: &str) -> Option<String> {
        // An entry of a list stands where the list does.
        let metadata = self.figment.find_metadata(key).or_else(|| {
            let (list, _) = key.rsplit_once('.')?;
            self.figment.find_metadata(list)
        })?;
        let name = metadata.name.to_string();
        Some(match self.positions.line(key) {
            Some(line) if name == self.file => format!("{name}, line {line}"),
            _ => name,
        })
    }

    /// A value as a person reads it; a table only says that it is there.
    pub(super) fn shown(&self, key: &str) -> Option<String> {
        self.figment.find_value(key).ok().map(|value| shown(&value))
    }

    /// The names below a table.
    pub(super) fn names(&self, table: &str) -> Vec<String> {
        match self.figment.find_value(table) {
            Ok(Value::Dict(_, inner)) => inner.keys().cloned().collect(),
            _ => Vec::new(),
        }
    }

    /// Settings of the file that nobody knows.
    pub(super) fn unknown(&self) -> &[Unknown] {
        &self.positions.unknown
    }

    /// What to say of such a setting.
    pub(super) fn unknown_sentence(&self, unknown: &Unknown) -> String {
        format!(
            "{}, line {}: unknown setting {}; did you mean {}?",
            self.file, unknown.line, unknown.key, unknown.nearest
        )
    }
}

fn parsed(kind: Kind, text: &str) -> Option<toml::Value> {
    Some(match kind {
        Kind::Switch => match text {
            "1" | "true" | "yes" => true.into(),
            "0" | "false" | "no" => false.into(),
            _ => return None,
        },
        // What is no number is refused with its name where it is read.
        Kind::Whole => text
            .parse::<i64>()
            .map_or_else(|_| text.into(), toml::Value::from),
        Kind::Texts | Kind::Wholes => text
            .split(',')
            .map(|one| {
                let one = one.trim();
                match one.parse::<i64>() {
                    Ok(number) if kind == Kind::Wholes => number.into(),
                    _ => toml::Value::from(one),
                }
            })
            .collect::<Vec<_>>()
            .into(),
        Kind::Text | Kind::Secret | Kind::Table | Kind::Tables => text.into(),
    })
}

fn nested(key: &str, value: toml::Value) -> toml::Table {
    let mut table = toml::Table::new();
    match key.split_once('.') {
        Some((head, rest)) => table.insert(head.to_owned(), nested(rest, value).into()),
        None => table.insert(key.to_owned(), value),
    };
    table
}

/// TOML knows dates, the settings take them as texts: both ways of writing are right.
fn dates_as_texts(value: toml::Value) -> toml::Value {
    match value {
        toml::Value::Datetime(date) => date.to_string().into(),
        toml::Value::Array(items) => items
            .into_iter()
            .map(dates_as_texts)
            .collect::<Vec<_>>()
            .into(),
        toml::Value::Table(table) => table
            .into_iter()
            .map(|(key, value)| (key, dates_as_texts(value)))
            .collect::<toml::Table>()
            .into(),
        plain => plain,
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::Array(_, items) if items.iter().any(|item| matches!(item, Value::Dict(..))) => {
            format!("{} of them", items.len())
        }
        Value::Array(_, items) => items.iter().map(shown).collect::<Vec<_>>().join(", "),
        Value::Dict(..) => "a table".to_owned(),
        value => match (value.as_str(), value.to_bool(), value.to_i128()) {
            (Some(text), ..) => text.to_owned(),
            (_, Some(truth), _) => truth.to_string(),
            (.., Some(number)) => number.to_string(),
            _ => "a value".to_owned(),
        },
    }
}

fn kind(expected: &str) -> &str {
    match expected {
        "a string" | "string" | "a borrowed string" => "a text",
        "a boolean" | "bool" => "true or false",
        "u16" | "u32" | "u64" => "a whole number, 0 or more,",
        "i64" | "i32" => "a whole number",
        "a sequence" => "a list",
        other => other,
    }
}

/// What stands there, without the value: it may be a secret.
fn found(actual: &Actual) -> &'static str {
    match actual {
        Actual::Bool(_) => "true or false",
        Actual::Unsigned(_) | Actual::Signed(_) | Actual::Float(_) => "this number",
        Actual::Str(_) | Actual::Char(_) => "a text",
        Actual::Seq => "a list",
        Actual::Map => "a table",
        _ => "this",
    }
}
