use super::model::Config;
use super::table::{Kind, SETTINGS, keys};
use crate::school::{Merged, Origin};

/// Tables about cards: the school's decisions are merged with others, which says more.
const MERGED: [&str; 6] = [
    "issuers",
    "terminals",
    "service_points",
    "notices",
    "checked_on",
    "complaints_email",
];

impl Config {
    /// Each value and where it comes from, one line each. A secret only says that it is set.
    pub fn values(&self, merged: &Merged) -> Vec<String> {
        let mut lines = Vec::new();
        for setting in SETTINGS {
            let group = setting.key.split('.').next().unwrap_or_default();
            if MERGED.contains(&group) || setting.key.contains("[]") {
                continue;
            }
            let keys = match setting.key.split_once(".{name}.") {
                Some((table, rest)) => self
                    .layers
                    .names(table)
                    .iter()
                    .map(|name| format!("{table}.{name}.{rest}"))
                    .collect(),
                None => keys(setting.key),
            };
            for key in keys {
                let place = self.layers.place(&key).zip(self.layers.shown(&key));
                if let Some((place, shown)) = place {
                    let shown = if setting.kind == Kind::Secret {
                        "set, not shown".to_owned()
                    } else {
                        shown
                    };
                    lines.push(line(&key, &shown, &place));
                    continue;
                }
                // What a table could hold is said only where there is that table.
                let table = key.rsplit_once('.').map_or("", |(table, _)| table);
                let is_default = !["needed", "none"].contains(&setting.default);
                if is_default && (table.is_empty() || !self.layers.names(table).is_empty()) {
                    lines.push(line(&key, &setting.default.replace('`', ""), "default"));
                }
            }
        }
        for shown in &merged.values {
            let place = match shown.origin {
                Origin::Settings => self.layers.place(&shown.key),
                Origin::Connector => Some("connector".to_owned()),
                Origin::Guide => Some("guide".to_owned()),
                Origin::Default => Some("default".to_owned()),
            };
            let place = place.unwrap_or_else(|| "settings".to_owned());
            lines.push(line(&shown.key, &shown.value, &place));
        }
        lines
    }
}

fn line(key: &str, value: &str, place: &str) -> String {
    format!("value    {key} = {value}  ({place})")
}
