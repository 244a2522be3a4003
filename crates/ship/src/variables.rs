//! Short names for the style sheets' variables, which stand in each page ahead of what is seen first.

use std::collections::{BTreeMap, HashMap};

use crate::wasm::short_name;

/// What a variable's name begins with.
const START: &str = "--";
/// Variables that scripts read or set, which keep their names (`public/boot.js`, `crates/ship/src/style_sheet.js`).
const OF_SCRIPTS: [&str; 2] = ["--bg", "--text-scale"];

/// The sheets with short names for their variables, the same in all of them: the more often one is named, the shorter.
pub fn shortened<const N: usize>(sheets: [&str; N]) -> [String; N] {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for part in sheets.into_iter().flat_map(parts) {
        if let Part::Variable(name) = part
            && name != START
            && !OF_SCRIPTS.contains(&name)
        {
            *counts.entry(name).or_default() += 1;
        }
    }
    let mut names: Vec<(&str, usize)> = counts.into_iter().collect();
    // Stable: equal sheets give equal files.
    names.sort_by_key(|(_, count)| usize::MAX - count);
    let short: HashMap<&str, String> = names
        .into_iter()
        .enumerate()
        .map(|(at, (name, _))| (name, [START, &short_name(at)].concat()))
        .collect();
    sheets.map(|sheet| {
        let named = parts(sheet).map(|part| match part {
            Part::Variable(name) => short.get(name).map_or(name, String::as_str),
            Part::Other(text) => text,
        });
        named.collect()
    })
}

/// A piece of a sheet.
enum Part<'a> {
    Variable(&'a str),
    Other(&'a str),
}

/// The pieces of a sheet, in order. Two hyphens within a name are a part of it.
fn parts(sheet: &str) -> impl Iterator<Item = Part<'_>> {
    let mut rest = sheet;
    std::iter::from_fn(move || {
        let (part, after) = match start(rest)? {
            0 => {
                let end = rest.find(|letter| !is_part_of_name(letter));
                let (name, after) = rest.split_at(end.unwrap_or(rest.len()));
                (Part::Variable(name), after)
            }
            at => {
                let (text, after) = rest.split_at(at);
                (Part::Other(text), after)
            }
        };
        rest = after;
        Some(part)
    })
}

/// Where the first variable's name begins, or the text ends; `None` at its end.
fn start(text: &str) -> Option<usize> {
    let is_start = |at: &usize| !text[..*at].ends_with(is_part_of_name);
    let mut found = text.match_indices(START).map(|(at, _)| at);
    (!text.is_empty()).then(|| found.find(is_start).unwrap_or(text.len()))
}

fn is_part_of_name(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_' || letter == '-'
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn the_most_used_name_is_the_shortest_in_all_sheets() {
        let [base, more] = shortened([
            ":root{--line-color:#fff;--gap:4px}p{margin:var(--gap,0) calc(-1*var(--gap))}",
            ".a--gap,.b__--c{--gap:1px;color:var(--line-color);content:\"--\"}",
        ]);
        assert_eq!(
            base,
            ":root{--b:#fff;--a:4px}p{margin:var(--a,0) calc(-1*var(--a))}"
        );
        assert_eq!(
            more,
            ".a--gap,.b__--c{--a:1px;color:var(--b);content:\"--\"}"
        );
        assert_eq!(shortened([""]), [""]);
    }

    #[test]
    fn names_that_scripts_use_stay() {
        let [sheet] = shortened([":root{--bg:#fff;--text-scale:1;--bgs:1}"]);
        assert_eq!(sheet, ":root{--bg:#fff;--text-scale:1;--a:1}");
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let mut used = Vec::new();
        for folder in ["public", "crates/ship/src"] {
            for file in std::fs::read_dir(root.join(folder)).expect("a folder") {
                let file = file.expect("an entry").path();
                if file.extension().is_some_and(|it| it == "js") {
                    let text = std::fs::read_to_string(&file).expect("a script");
                    for (at, _) in text.match_indices("'--") {
                        let name = text[at + 1..].split('\'').next();
                        used.push(name.unwrap_or_default().to_owned());
                    }
                }
            }
        }
        used.sort();
        used.dedup();
        assert_eq!(used, OF_SCRIPTS);
    }
}
