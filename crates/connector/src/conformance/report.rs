use core::fmt;

/// How a case ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// As the protocol says.
    Held,
    /// Not as the protocol says.
    Broken,
    /// It could not be tried.
    Skipped,
}

impl Verdict {
    /// The word in the table.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Broken => "BROKEN",
            Self::Skipped => "skipped",
        }
    }
}

/// What a case found: seen as it should be, or why not.
pub(super) type Finding = Result<String, Trouble>;

/// Why a case did not hold.
#[derive(Clone, Debug)]
pub(super) enum Trouble {
    /// Seen otherwise than the protocol says.
    Broken(String),
    /// It could not be tried.
    Skipped(String),
}

pub(super) fn broken<T>(seen: impl Into<String>) -> Result<T, Trouble> {
    Err(Trouble::Broken(seen.into()))
}

pub(super) fn skipped<T>(why: impl Into<String>) -> Result<T, Trouble> {
    Err(Trouble::Skipped(why.into()))
}

/// A row of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseReport {
    /// What was tried.
    pub name: &'static str,
    /// How it ended.
    pub verdict: Verdict,
    /// What was seen. Holds no password and no unmasked identity.
    pub seen: String,
    /// What to do where it is broken.
    pub advice: &'static str,
}

/// All cases.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    cases: Vec<CaseReport>,
    notes: Vec<String>,
}

impl Report {
    pub(super) fn add(&mut self, name: &'static str, advice: &'static str, finding: Finding) {
        let (verdict, seen) = match finding {
            Ok(seen) => (Verdict::Held, seen),
            Err(Trouble::Broken(seen)) => (Verdict::Broken, seen),
            Err(Trouble::Skipped(why)) => (Verdict::Skipped, why),
        };
        self.cases.push(CaseReport {
            name,
            verdict,
            seen,
            advice,
        });
    }

    pub(super) fn note(&mut self, note: String) {
        self.notes.push(note);
    }

    /// Every case, in the order in which they ran.
    pub fn cases(&self) -> &[CaseReport] {
        &self.cases
    }

    /// How many cases ended so.
    pub fn count(&self, verdict: Verdict) -> usize {
        let such = self.cases.iter().filter(|case| case.verdict == verdict);
        such.count()
    }

    /// Whether no case is broken.
    pub fn passed(&self) -> bool {
        self.count(Verdict::Broken) == 0
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self
            .cases
            .iter()
            .map(|case| case.name.chars().count())
            .max()
            .unwrap_or_default();
        for case in &self.cases {
            let (name, verdict) = (case.name, case.verdict.as_str());
            writeln!(f, "{verdict:<7}  {name:<width$}  {}", case.seen)?;
            if case.verdict == Verdict::Broken {
                writeln!(f, "{:<7}  {:<width$}  What to do: {}", "", "", case.advice)?;
            }
        }
        writeln!(
            f,
            "\n{} held, {} broken, {} skipped.",
            self.count(Verdict::Held),
            self.count(Verdict::Broken),
            self.count(Verdict::Skipped)
        )?;
        for note in &self.notes {
            writeln!(f, "{note}")?;
        }
        Ok(())
    }
}
