//! Counts what the test runners say they did.

use std::ops::AddAssign;

/// How many passed and failed.
#[derive(Clone, Copy, Default, Debug, PartialEq, Eq)]
pub struct Tally {
    /// Tests, or checks, that passed.
    pub passed: u64,
    /// Tests, or checks, that failed.
    pub failed: u64,
}

impl Tally {
    /// Reads a closing line such as `test result: ok. 3 passed; 0 failed; …`; other lines count nothing.
    pub fn of_line(line: &str) -> Self {
        let Some(at) = line.find("test result: ") else {
            return Self::default();
        };
        let count = |what: &str| {
            line[at..]
                .split([';', '.'])
                .filter_map(|part| part.trim().strip_suffix(what))
                .find_map(|number| number.trim().parse().ok())
                .unwrap_or(0)
        };
        Self {
            passed: count("passed"),
            failed: count("failed"),
        }
    }
}

/// The name in a line that says that a test failed, `test pages::home ... FAILED`. Returns `None` for other lines.
pub fn failed_test(line: &str) -> Option<&str> {
    line.trim()
        .strip_prefix("test ")?
        .strip_suffix(" ... FAILED")
}

impl AddAssign for Tally {
    fn add_assign(&mut self, more: Self) {
        self.passed += more.passed;
        self.failed += more.failed;
    }
}

#[cfg(test)]
mod tests {
    use super::{Tally, failed_test};

    #[test]
    fn reads_closing_lines_only() {
        let line = "test result: FAILED. 12 passed; 3 failed; 0 ignored; 0 measured; 1 filtered out; finished in 0.10s";
        assert_eq!(
            Tally::of_line(line),
            Tally {
                passed: 12,
                failed: 3
            }
        );
        assert_eq!(Tally::of_line("test a::b ... ok"), Tally::default());
    }

    #[test]
    fn knows_which_test_failed() {
        assert_eq!(failed_test("test a::b ... FAILED"), Some("a::b"));
        for other in ["test a::b ... ok", "test result: FAILED. 1 passed", ""] {
            assert_eq!(failed_test(other), None, "{other}");
        }
    }
}
