//! The table of faults: what was injected at which step, and how often it was survived.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

const HEADING: &str = "## The real thing under faults";

const WORDS: &str = "\
Written by the test `every_fault_is_survived_and_counted` (`crates/server/tests/real_faults/`), which injects each of these into \
the production program with a file database, and again into three of them on one PostgreSQL behind a proxy that gives \
each request to the next. *Survived* means: the student's repetition of the call was answered as the first call would have been, \
and afterwards the books of all parties agree (each payment at the provider is once on the card, once waiting, or went back; \
each key made one order; nothing that was answered is gone). Hours of silence pass in the test's own process, on a clock \
that can be moved.
";

/// Faults that a browser has to survive as well, and the journeys that show it.
const IN_BROWSERS: &[(&str, &str)] = &[
    ("answer to *pay* lost", "paid_elsewhere.rs"),
    ("no network: before, between and after", "offline.rs"),
    ("API gone, or a page of HTML for an answer", "api_down.rs"),
    ("words that this version does not know", "unknown_words.rs"),
    ("session ended on the way", "session_end.rs"),
    ("tab closed, page loaded anew in the middle", "reload.rs"),
    ("two tabs, two students", "two_tabs.rs"),
    ("impatient thumbs", "early_taps.rs"),
    ("provider silent, late or failing", "payment_outcomes.rs"),
    ("the app's code lost on its way", "broken_wasm.rs"),
];

/// How often a fault was injected at a step, and how often it was survived.
#[derive(Clone, Copy, Default)]
struct Count {
    injected: u32,
    survived: u32,
}

#[derive(Default)]
pub struct Table(BTreeMap<(&'static str, &'static str), Count>);

impl Table {
    /// A fault was injected, and the step ended as it should.
    pub fn survived(&mut self, step: &'static str, fault: &'static str, times: u32) {
        let count = self.0.entry((step, fault)).or_default();
        count.injected += times;
        count.survived += times;
    }

    pub fn add(&mut self, other: Self) {
        for (key, more) in other.0 {
            let count = self.0.entry(key).or_default();
            count.injected += more.injected;
            count.survived += more.survived;
        }
    }

    fn lines(&self, on: &str) -> Vec<String> {
        let lines = self.0.iter().map(|((step, fault), count)| {
            format!(
                "| {step} | {fault} | {on} | {} | {} |",
                count.injected, count.survived
            )
        });
        lines.collect()
    }

    /// Compares the document's lines about this database with what was counted.
    pub fn compare(&self, on: &str) {
        let path = root().join("docs/reliability.md");
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        let (before, after) = match text.find(HEADING) {
            Some(at) => {
                let end = text[at + HEADING.len()..].find("\n## ");
                let end = end.map_or(text.len(), |end| at + HEADING.len() + end + 1);
                (text[..at].to_owned(), text[end..].to_owned())
            }
            None if text.is_empty() => ("# Reliability\n\n".to_owned(), String::new()),
            None => (
                format!("{}\n", text.trim_end_matches('\n').to_owned() + "\n"),
                String::new(),
            ),
        };
        let old = &text[before.len().min(text.len())..text.len() - after.len()];
        let mark = format!("| {on} |");
        let others = old.lines().filter(|line| {
            ["| SQLite |", "| PostgreSQL |"]
                .iter()
                .any(|on| line.contains(on))
                && !line.contains(&mark)
        });
        let mut lines: Vec<String> = others.map(str::to_owned).collect();
        lines.extend(self.lines(on));
        lines.sort();
        let mut section = format!(
            "{HEADING}\n{WORDS}\n| step | fault | on | injected | survived |\n| --- | --- | --- | --- | --- |\n"
        );
        for line in &lines {
            section += line;
            section.push('\n');
        }
        section += "\nIn browsers, with the built app (`cargo xtask test --only e2e`):\n\n| fault | journeys |\n| --- | --- |\n";
        for (fault, file) in IN_BROWSERS {
            let file = format!("tests/e2e/{file}");
            assert_holds_tests(&file);
            let _ = writeln!(section, "| {fault} | `{file}` |");
        }
        let after = if after.is_empty() {
            String::new()
        } else {
            format!("\n{after}")
        };
        let now = format!("{before}{section}{after}");
        if std::env::var_os("DIKA_BLESS").is_some() {
            std::fs::write(&path, &now).expect("written");
        }
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            text == now,
            "docs/reliability.md is not what was counted; run this test with DIKA_BLESS=1:\n{section}"
        );
    }
}

/// A journey that is gone shows nothing.
fn assert_holds_tests(file: &str) {
    let text = std::fs::read_to_string(root().join(file));
    let text = text.unwrap_or_else(|fault| panic!("{file}: {fault}"));
    assert!(text.contains("#[test]"), "{file} holds no test");
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}
