use std::collections::BTreeMap;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::table::{Found, Kind, lookup, nearest};

/// A setting in the file that nobody knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Unknown {
    /// The setting, with its tables.
    pub(super) key: String,
    /// The line, from 1.
    pub(super) line: usize,
    /// What was perhaps meant.
    pub(super) nearest: String,
}

/// Which setting stands in which line.
#[derive(Clone, Debug, Default)]
pub(super) struct Positions {
    lines: BTreeMap<String, usize>,
    /// Settings that nobody knows.
    pub(super) unknown: Vec<Unknown>,
}

impl Positions {
    /// Reads a settings file.
    ///
    /// # Errors
    /// Where it is no TOML: the line and what is wrong, without the line's text.
    pub(super) fn read(text: &str) -> Result<Self, (usize, String)> {
        let table = DeTable::parse(text).map_err(|fault| {
            let at = fault.span().map_or(0, |span| span.start);
            (line(text, at), fault.message().to_owned())
        })?;
        let mut positions = Self::default();
        positions.table(text, table.get_ref(), "", "");
        Ok(positions)
    }

    /// The line of a setting, or of the table that holds it.
    pub(super) fn line(&self, key: &str) -> Option<usize> {
        let mut key = key;
        loop {
            if let Some(line) = self.lines.get(key) {
                return Some(*line);
            }
            key = key.rsplit_once('.')?.0;
        }
    }

    /// `path` has indices of lists, `pattern` has none: `notices.0` and `notices[]`.
    fn table(&mut self, text: &str, table: &DeTable<'_>, path: &str, pattern: &str) {
        for (name, value) in table {
            let name_text: &str = name.get_ref();
            let path = joined(path, name_text);
            let key = joined(pattern, name_text);
            let line = line(text, name.span().start);
            self.lines.insert(path.clone(), line);
            match lookup(&key) {
                Found::Nothing => self.unknown.push(Unknown {
                    nearest: nearest(pattern, name_text),
                    key: path,
                    line,
                }),
                // Whatever is in there is the school's.
                Found::Setting(Kind::Table) => {}
                Found::Setting(_) | Found::Group => self.value(text, value, &path, &key),
            }
        }
    }

    fn value(&mut self, text: &str, value: &Spanned<DeValue<'_>>, path: &str, pattern: &str) {
        match value.get_ref() {
            DeValue::Table(inner) => self.table(text, inner, path, pattern),
            DeValue::Array(items) => {
                for (at, item) in items.iter().enumerate() {
                    if let DeValue::Table(inner) = item.get_ref() {
                        let path = format!("{path}.{at}");
                        self.lines
                            .insert(path.clone(), line(text, item.span().start));
                        self.table(text, inner, &path, &format!("{pattern}[]"));
                    }
                }
            }
            _ => {}
        }
    }
}

fn joined(path: &str, name: &str) -> String {
    if path.is_empty() {
        name.to_owned()
    } else {
        format!("{path}.{name}")
    }
}

fn line(text: &str, at: usize) -> usize {
    1 + text[..at.min(text.len())].matches('\n').count()
}
