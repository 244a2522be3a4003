use std::net::SocketAddr;
use std::time::Duration;

use dika_contract::{CardPassword, Issuer, OrderId};
use url::Url;

use crate::protocol::Identifier;
use crate::signature::{Keyring, Secret};

/// An account that the school made for tests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestAccount {
    /// Account or number on the card.
    pub identifier: Identifier,
    /// The card's password.
    pub password: CardPassword,
}

impl TestAccount {
    /// Reads `IDENTIFIER:PASSWORD`. Returns `None` if malformed.
    pub fn parse(text: &str) -> Option<Self> {
        let (identifier, password) = text.split_once(':')?;
        Some(Self {
            identifier: Identifier::parse(identifier)?,
            password: CardPassword::parse(password)?,
        })
    }
}

/// What to test, and with what.
#[derive(Clone, Debug)]
pub struct Options {
    /// The connector's address.
    pub url: Url,
    /// Whose cards it serves.
    pub issuer: Issuer,
    /// The key that it knows.
    pub secret: Secret,
    /// A second key that it knows during a rotation.
    pub other_secret: Option<Secret>,
    /// An ordinary test account. Without one, no case about cards and money runs.
    pub account: Option<TestAccount>,
    /// A test account whose card takes no money, for instance a frozen one.
    pub refusing: Option<TestAccount>,
    /// A test account whose credits are undecided at first.
    pub undecided: Option<TestAccount>,
    /// An order of an earlier run, at best 31 days ago or more, on the ordinary test account.
    pub earlier: Option<OrderId>,
    /// Where the suite takes callbacks; the connector sends them to `http://ADDRESS/`.
    pub callbacks: Option<SocketAddr>,
    /// How soon a call has to be answered.
    pub answer_within: Duration,
    /// How long a call is waited for at the most.
    pub patience: Duration,
    /// How soon an undecided credit has to be decided.
    pub decide_within: Duration,
    /// Whether proxies named by the environment are skipped.
    pub direct: bool,
}

impl Options {
    /// Answers within 3 s, waited for 30 s; decisions within 60 s.
    pub const fn new(url: Url, issuer: Issuer, secret: Secret) -> Self {
        Self {
            url,
            issuer,
            secret,
            other_secret: None,
            account: None,
            refusing: None,
            undecided: None,
            earlier: None,
            callbacks: None,
            answer_within: Duration::from_secs(3),
            patience: Duration::from_secs(30),
            decide_within: Duration::from_secs(60),
            direct: false,
        }
    }

    pub(super) fn keys(&self) -> Keyring {
        Keyring::new(self.secret.clone())
    }
}

/// Why the suite could not start.
#[derive(Debug, thiserror::Error)]
pub enum StartFault {
    /// The HTTP client cannot be made.
    #[error("the HTTP client cannot be made: {0}")]
    Http(#[from] reqwest::Error),
    /// The address for callbacks cannot be listened on.
    #[error("callbacks cannot be taken: {0}")]
    Listen(#[from] std::io::Error),
}
