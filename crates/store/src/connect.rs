//! How a PostgreSQL server is reached, and how long anything there may take.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgSslMode};

use crate::transaction::Result;

/// How a database is reached. SQLite needs nothing of it but [`Reach::acquire_timeout`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reach {
    /// Connections to PostgreSQL, at least two: half of them may write.
    pub connections: u32,
    /// How long a connection is waited for.
    pub acquire_timeout: Duration,
    /// How long PostgreSQL waits for a lock.
    pub lock_timeout: Duration,
    /// How long PostgreSQL works on one statement.
    pub statement_timeout: Duration,
    /// After how long PostgreSQL ends a transaction in which nothing happens.
    pub idle_in_transaction_timeout: Duration,
    /// What of TLS is asked for. Absent: what the URL's `sslmode` says, and without it
    /// [`Tls::VerifyFull`] for a server elsewhere than on this machine.
    pub tls: Option<Tls>,
    /// PEM file with the certificates of those who may vouch for the server. Absent: public authorities.
    pub ca_file: Option<PathBuf>,
    /// What a change locks at PostgreSQL.
    pub locks: Locks,
}

/// What a change locks at PostgreSQL, by the name of what it changes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Locks {
    /// An advisory lock.
    #[default]
    Advisory,
    /// A row of a table of its own: for engines without advisory locks, or where they do nothing.
    Rows,
}

impl Locks {
    /// Reads what settings write.
    pub fn from_word(word: &str) -> Option<Self> {
        match word {
            "advisory" => Some(Self::Advisory),
            "rows" => Some(Self::Rows),
            _ => None,
        }
    }
}

impl Default for Reach {
    fn default() -> Self {
        Self {
            connections: 32,
            acquire_timeout: Duration::from_secs(5),
            lock_timeout: Duration::from_secs(5),
            statement_timeout: Duration::from_secs(20),
            idle_in_transaction_timeout: Duration::from_secs(30),
            tls: None,
            ca_file: None,
            locks: Locks::default(),
        }
    }
}

/// What of TLS is asked for, as libpq's `sslmode` names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tls {
    /// None.
    Disable,
    /// Encrypted where the server can, by whatever certificate.
    Prefer,
    /// Encrypted, by whatever certificate.
    Require,
    /// Encrypted, by a certificate that an authority vouches for.
    VerifyCa,
    /// As [`Tls::VerifyCa`], and for the name that is called.
    VerifyFull,
}

impl Tls {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Disable,
        Self::Prefer,
        Self::Require,
        Self::VerifyCa,
        Self::VerifyFull,
    ];

    /// As settings write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Disable => "disable",
            Self::Prefer => "prefer",
            Self::Require => "require",
            Self::VerifyCa => "verify-ca",
            Self::VerifyFull => "verify-full",
        }
    }

    /// Reads what [`Tls::as_str`] writes.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|tls| tls.as_str() == word)
    }

    const fn mode(self) -> PgSslMode {
        match self {
            Self::Disable => PgSslMode::Disable,
            Self::Prefer => PgSslMode::Prefer,
            Self::Require => PgSslMode::Require,
            Self::VerifyCa => PgSslMode::VerifyCa,
            Self::VerifyFull => PgSslMode::VerifyFull,
        }
    }
}

impl Reach {
    /// The server that `url` names, reached like this; without limits of time, which not every use wants.
    ///
    /// # Errors
    /// Where the URL is none.
    pub(crate) fn server(&self, url: &str) -> Result<PgConnectOptions> {
        let mut options = PgConnectOptions::from_str(url)?;
        if let Some(tls) = self.tls_beside(url)? {
            options = options.ssl_mode(tls.mode());
        }
        if let Some(file) = &self.ca_file {
            options = options.ssl_root_cert(file);
        }
        // What a lock protects is read after it was given. Under a stricter level the transaction would see the
        // database as it was while it still waited.
        Ok(options.options([("default_transaction_isolation", "read committed")]))
    }

    /// What of TLS is asked for at this server; nothing where that is left to the URL, or to the driver's own choice.
    ///
    /// # Errors
    /// Where the URL is none.
    pub fn tls_beside(&self, url: &str) -> Result<Option<Tls>> {
        if self.tls.is_some() {
            return Ok(self.tls);
        }
        // The driver's own choice would go on in plain text wherever the network says that there is no TLS.
        let is_elsewhere = !is_on_this_machine(&PgConnectOptions::from_str(url)?);
        Ok((!says_ssl_mode(url) && is_elsewhere).then_some(Tls::VerifyFull))
    }

    /// As [`Reach::server`], where nothing takes longer than it may: nobody waits longer for an answer, and what takes
    /// longer is given up at the database, too.
    ///
    /// # Errors
    /// Where the URL is none.
    pub(crate) fn limited(&self, url: &str) -> Result<PgConnectOptions> {
        let ms = |limit: Duration| limit.as_millis().to_string();
        Ok(self.server(url)?.options([
            ("lock_timeout", ms(self.lock_timeout)),
            ("statement_timeout", ms(self.statement_timeout)),
            (
                "idle_in_transaction_session_timeout",
                ms(self.idle_in_transaction_timeout),
            ),
        ]))
    }
}

fn says_ssl_mode(url: &str) -> bool {
    let query = url.split_once('?').map_or("", |(_, query)| query);
    query
        .split('&')
        .any(|pair| pair.starts_with("sslmode=") || pair.starts_with("ssl-mode="))
}

fn is_on_this_machine(options: &PgConnectOptions) -> bool {
    let host = options.get_host();
    let host = host.trim_start_matches('[').trim_end_matches(']');
    options.get_socket().is_some()
        || host.starts_with('/')
        || host.eq_ignore_ascii_case("localhost")
        || host
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(url: &str, tls: Option<Tls>) -> PgSslMode {
        let reach = Reach {
            tls,
            ..Reach::default()
        };
        reach.server(url).expect("a URL").get_ssl_mode()
    }

    #[test]
    fn a_server_elsewhere_is_reached_by_tls_and_its_name_is_checked() {
        for elsewhere in [
            "postgres://dika@db.example.edu/dika",
            "postgres://10.0.0.7",
            "postgres://db.example.edu/dika?application_name=dika",
        ] {
            assert!(
                matches!(mode(elsewhere, None), PgSslMode::VerifyFull),
                "{elsewhere}"
            );
        }
        for here in [
            "postgres://dika@localhost/dika",
            "postgres://127.0.0.1:5433",
            "postgres://[::1]/dika",
            "postgres://dika@%2Frun%2Fpostgresql/dika",
            "postgres:///dika?host=/run/postgresql",
        ] {
            assert!(matches!(mode(here, None), PgSslMode::Prefer), "{here}");
        }
    }

    #[test]
    fn what_is_said_holds() {
        let url = "postgres://db.example.edu/dika?sslmode=require";
        assert!(matches!(mode(url, None), PgSslMode::Require));
        assert!(matches!(mode(url, Some(Tls::Disable)), PgSslMode::Disable));
        assert!(matches!(
            mode("postgres://localhost", Some(Tls::VerifyCa)),
            PgSslMode::VerifyCa
        ));
        for tls in Tls::ALL {
            assert_eq!(Tls::from_word(tls.as_str()), Some(tls));
        }
        assert_eq!(Tls::from_word("allow"), None);
    }

    #[test]
    fn limits_reach_the_server() {
        let reach = Reach {
            lock_timeout: Duration::from_secs(7),
            ..Reach::default()
        };
        let options = reach.limited("postgres://localhost").expect("a URL");
        let options = options.get_options().unwrap_or_default().to_owned();
        for part in [
            "lock_timeout=7000",
            "statement_timeout=20000",
            "idle_in_transaction_session_timeout=30000",
            "default_transaction_isolation=read",
        ] {
            assert!(options.contains(part), "{part} in {options}");
        }
    }
}
