//! Words that may be missing.

/// An optional text as a prop: takes `"…"`, a `String`, or an `Option<String>`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words(pub(super) Option<String>);

impl From<&str> for Words {
    fn from(words: &str) -> Self {
        Self(Some(words.to_owned()))
    }
}

impl From<String> for Words {
    fn from(words: String) -> Self {
        Self(Some(words))
    }
}

impl From<Option<String>> for Words {
    fn from(words: Option<String>) -> Self {
        Self(words)
    }
}
