use std::fmt;

use serde::{Deserialize, Deserializer, de};

/// Text that is not to be shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Private(String);

impl Private {
    /// Hides a text.
    pub(super) fn new(text: String) -> Self {
        Self(text)
    }

    /// The text itself.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Private {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Private(…)")
    }
}

/// Where a secret is kept: never in the settings file itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum SecretSource {
    /// `file:PATH`.
    File(String),
    /// `env:NAME`.
    Variable(String),
}

impl SecretSource {
    /// Reads the secret.
    ///
    /// # Errors
    /// One sentence that names the place and never the secret.
    pub(super) fn read(&self) -> Result<Private, String> {
        let text = match self {
            Self::File(path) => std::fs::read_to_string(path)
                .map_err(|fault| format!("the file {path} cannot be read: {fault}"))?,
            Self::Variable(name) => std::env::var(name)
                .map_err(|_| format!("the environment variable {name} is not set"))?,
        };
        Ok(Private::new(text.trim().to_owned()))
    }
}

impl<'de> Deserialize<'de> for SecretSource {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Private::new(String::deserialize(deserializer)?);
        let text = text.expose();
        if let Some(path) = text.strip_prefix("file:") {
            Ok(Self::File(path.to_owned()))
        } else if let Some(name) = text.strip_prefix("env:") {
            Ok(Self::Variable(name.to_owned()))
        } else {
            // Whatever stands there may be the secret.
            Err(de::Error::custom(
                "file:PATH or env:NAME is expected; a secret does not stand in the settings file",
            ))
        }
    }
}
