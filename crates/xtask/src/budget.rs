//! `size-budget.toml`: the bytes that a visit may cost.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};

use crate::paths;

/// Limits in brotli bytes, by kind of file.
pub struct Budget(BTreeMap<String, u64>);

impl Budget {
    /// Reads the checked-in file: comments, and lines of `kind = bytes`.
    ///
    /// # Errors
    /// When it is missing or a line isn't of that form.
    pub fn read() -> Result<Self> {
        let text = std::fs::read_to_string(paths::root().join("size-budget.toml"))
            .context("size-budget.toml is missing")?;
        let mut limits = BTreeMap::new();
        for line in text
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty() && !line.starts_with('#'))
        {
            let (kind, bytes) = line
                .split_once('=')
                .with_context(|| format!("size-budget.toml: `{line}`"))?;
            let bytes = bytes
                .trim()
                .parse()
                .with_context(|| format!("size-budget.toml: `{line}`"))?;
            limits.insert(kind.trim().to_owned(), bytes);
        }
        Ok(Self(limits))
    }

    /// The limit of a kind, in bytes.
    pub fn limit(&self, kind: &str) -> Option<u64> {
        self.0.get(kind).copied()
    }

    /// Compares each kind's brotli bytes with its limit.
    ///
    /// # Errors
    /// Names every kind over its limit, or without one.
    pub fn check(&self, measured: &BTreeMap<String, u64>) -> Result<()> {
        let mut over = Vec::new();
        for (kind, bytes) in measured {
            match self.limit(kind) {
                Some(limit) if *bytes <= limit => {}
                Some(limit) => over.push(format!("{kind}: {bytes} bytes, allowed {limit}")),
                None => over.push(format!(
                    "{kind}: {bytes} bytes, no limit in size-budget.toml"
                )),
            }
        }
        if !over.is_empty() {
            bail!("over the size budget (brotli): {}", over.join("; "));
        }
        Ok(())
    }
}
