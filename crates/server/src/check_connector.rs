use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;
use dika_connector::Secret;
use dika_connector::conformance::{self, Report, TestAccount};
use dika_contract::{Issuer, OrderId};
use url::Url;

/// Where the secret is looked for where no file is named.
const SECRET_VARIABLE: &str = "DIKA_CONNECTOR_SECRET";

/// What to test, and with what.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct CheckConnector {
    /// The connector's address.
    #[arg(value_name = "URL")]
    pub url: Url,
    /// Whose cards it serves: gdut or hemc.
    #[arg(long, default_value = "gdut", value_parser = issuer)]
    pub issuer: Issuer,
    /// A file with the secret, whsec_… [default: the variable DIKA_CONNECTOR_SECRET].
    #[arg(long, value_name = "FILE")]
    pub secret_file: Option<PathBuf>,
    /// A file with the other secret, while the key is changed.
    #[arg(long, value_name = "FILE")]
    pub other_secret_file: Option<PathBuf>,
    /// An account that the school made for tests. Without it no money is moved.
    #[arg(long, value_name = "NUMBER:PASSWORD", value_parser = account)]
    pub test_account: Option<TestAccount>,
    /// A test account whose card takes no money.
    #[arg(long, value_name = "NUMBER:PASSWORD", value_parser = account)]
    pub refusing_account: Option<TestAccount>,
    /// A test account whose credits are undecided at first.
    #[arg(long, value_name = "NUMBER:PASSWORD", value_parser = account)]
    pub undecided_account: Option<TestAccount>,
    /// An order of an earlier run, which is sent again.
    #[arg(long, value_name = "ORDER", value_parser = order)]
    pub earlier: Option<OrderId>,
    /// Where to take the connector's callbacks while the suite runs.
    #[arg(long, value_name = "ADDRESS")]
    pub callbacks: Option<SocketAddr>,
    /// Asks without the proxy that the environment names.
    #[arg(long)]
    pub direct: bool,
}

impl CheckConnector {
    /// Runs every case.
    ///
    /// # Errors
    /// One plain sentence where a secret cannot be read or the suite cannot start.
    pub async fn run(&self) -> anyhow::Result<Report> {
        let secret = match &self.secret_file {
            Some(path) => read(path)?,
            None => match std::env::var(SECRET_VARIABLE) {
                Ok(text) => Secret::parse(&text).context(SECRET_VARIABLE)?,
                Err(_) => {
                    bail!("Name the secret's file with --secret-file, or set {SECRET_VARIABLE}.")
                }
            },
        };
        let mut options = conformance::Options::new(self.url.clone(), self.issuer, secret);
        options.other_secret = self.other_secret_file.as_deref().map(read).transpose()?;
        options.account = self.test_account.clone();
        options.refusing = self.refusing_account.clone();
        options.undecided = self.undecided_account.clone();
        options.earlier = self.earlier.clone();
        options.callbacks = self.callbacks;
        options.direct = self.direct;
        Ok(conformance::run(&options).await?)
    }
}

/// The first secret of a file.
fn read(path: &Path) -> anyhow::Result<Secret> {
    let shown = path.display();
    let text = std::fs::read_to_string(path).with_context(|| format!("{shown} cannot be read."))?;
    let first = text.split_whitespace().next().unwrap_or_default();
    Secret::parse(first).with_context(|| format!("{shown} holds no secret"))
}

fn issuer(word: &str) -> Result<Issuer, String> {
    match Issuer::from_word(word) {
        Issuer::Other => Err("gdut or hemc is expected".to_owned()),
        known => Ok(known),
    }
}

fn account(text: &str) -> Result<TestAccount, String> {
    TestAccount::parse(text).ok_or_else(|| "NUMBER:PASSWORD is expected".to_owned())
}

fn order(text: &str) -> Result<OrderId, String> {
    OrderId::parse(text).ok_or_else(|| "an order's id is expected".to_owned())
}
