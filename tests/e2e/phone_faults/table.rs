//! The table of faults at a phone: what was injected at which step, and how often it was survived. Compared with
//! `docs/reliability.md`.

use std::{collections::BTreeMap, fmt::Write, path::Path};

use super::{fault::Fault, step::Step};

const HEADING: &str = "## The phone's faults in a browser";

const WORDS: &str = "\
Written by the test `phone_faults_at_every_step_are_survived_and_counted` (`tests/e2e/phone_faults/`): Chromium on the \
built app, a fault in each step of one student's way, one way for each kind of fault. *Survived* means: what was said \
was plain, the student came to the end of the step with what the page offered (the same button again, *retry*, \
signing in, the page opened anew), and the way's end was the same as without a fault: one card, one paid order and one \
that was cancelled, and on the card what was paid. Each cell says how often that was so, of how often the fault was \
injected; a dash where the fault can't be.
";

/// How often a fault was injected at a step, and how often it was survived.
#[derive(Clone, Copy, Default)]
struct Count {
    injected: u32,
    survived: u32,
}

/// What was injected at which step.
#[derive(Default)]
pub struct Table(BTreeMap<(Step, Fault), Count>);

impl Table {
    /// A fault has struck a step.
    pub fn injected(&mut self, step: Step, fault: Fault) {
        self.0.entry((step, fault)).or_default().injected += 1;
    }

    /// The way of a student who met this fault ended as it should, and with it each of its steps.
    pub fn survived(&mut self, fault: Fault) {
        for ((_, met), count) in &mut self.0 {
            if *met == fault {
                count.survived = count.injected;
            }
        }
    }

    fn section(&self) -> String {
        let mut section = format!("{HEADING}\n{WORDS}\n| step |");
        for fault in Fault::ALL {
            write!(section, " {} |", fault.words()).expect("text grows");
        }
        section += "\n| --- |";
        section += &" --- |".repeat(Fault::ALL.len());
        for step in Step::ALL {
            write!(section, "\n| {} |", step.words()).expect("text grows");
            for fault in Fault::ALL {
                match self.0.get(&(step, fault)) {
                    Some(count) => write!(section, " {} of {} |", count.survived, count.injected),
                    None => write!(section, " – |"),
                }
                .expect("text grows");
            }
        }
        section + "\n"
    }

    /// Compares the document with what was counted; `DIKA_BLESS=1` writes it anew.
    pub fn compare(&self) {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/reliability.md");
        let text = std::fs::read_to_string(&path).expect("the document");
        let section = self.section();
        let (before, after) = match text.split_once(HEADING) {
            Some((before, rest)) => {
                let after = rest.find("\n## ").map_or("", |at| &rest[at..]);
                (before.to_owned(), after.to_owned())
            }
            None => (format!("{}\n\n", text.trim_end()), String::new()),
        };
        let now = format!("{before}{section}{after}");
        if std::env::var_os("DIKA_BLESS").is_some() {
            std::fs::write(&path, &now).expect("written");
        } else {
            assert!(
                text == now,
                "docs/reliability.md is not what was counted; run this test with DIKA_BLESS=1:\n{section}"
            );
        }
    }
}
