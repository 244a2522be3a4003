use std::fmt;

/// One thing that `check-config` found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Whether the server works with it.
    pub good: bool,
    /// A plain sentence.
    pub text: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mark = if self.good { "ok     " } else { "problem" };
        write!(f, "{mark}  {}", self.text)
    }
}

pub(crate) fn good(text: impl Into<String>) -> Finding {
    Finding {
        good: true,
        text: text.into(),
    }
}

pub(crate) fn bad(text: impl Into<String>) -> Finding {
    Finding {
        good: false,
        text: text.into(),
    }
}
