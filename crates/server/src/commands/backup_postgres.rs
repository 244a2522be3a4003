use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use anyhow::{Context, bail, ensure};
use dika_core::ids::Ids;
use dika_store::Store;
use dika_store::connect::{Reach, Tls};
use url::Url;
use url::form_urlencoded;

use crate::database_mark;
use crate::settings::Deployment;

/// A PostgreSQL database as its own tools are told of it: by environment, so that no password stands in a command line.
#[derive(PartialEq, Eq)]
pub(super) struct Postgres {
    environment: Vec<(&'static str, String)>,
    database: String,
    /// Where all of it is in one schema.
    schema: Option<String>,
}

/// Undoes percent signs.
fn plain(text: &str) -> String {
    let pair = format!("x={}", text.replace('+', "%2B"));
    form_urlencoded::parse(pair.as_bytes())
        .map(|(_, value)| value.into_owned())
        .collect()
}

impl Postgres {
    /// Reads `postgres://user:password@host:port/database?…`. The tools reach it as `reach` says, by TLS as the server does.
    ///
    /// # Errors
    /// One plain sentence, without the address: it may hold a password.
    pub(super) fn parse(url: &str, reach: &Reach) -> anyhow::Result<Self> {
        let none = "database_url is no address that pg_dump could be told.";
        let tls = reach.tls_beside(url).ok().context(none)?;
        let url = Url::parse(url).ok().context(none)?;
        let mut environment = Vec::new();
        let mut tell = |name, value: Option<String>| {
            environment.extend(
                value
                    .filter(|value| !value.is_empty())
                    .map(|value| (name, value)),
            );
        };
        tell("PGHOST", url.host_str().map(plain));
        tell("PGPORT", url.port().map(|port| port.to_string()));
        tell("PGUSER", Some(plain(url.username())));
        tell("PGPASSWORD", url.password().map(plain));
        let mut database = plain(url.path().trim_start_matches('/'));
        let (mut schema, mut says_ca) = (None, false);
        for (name, value) in url.query_pairs() {
            let value = value.into_owned();
            match &*name {
                "host" | "hostaddr" => tell("PGHOST", Some(value)),
                "port" => tell("PGPORT", Some(value)),
                "user" => tell("PGUSER", Some(value)),
                "password" => tell("PGPASSWORD", Some(value)),
                "dbname" => database = value,
                "sslmode" | "ssl-mode" => tell("PGSSLMODE", Some(value)),
                "sslrootcert" | "ssl-root-cert" | "ssl-ca" => {
                    says_ca = true;
                    tell("PGSSLROOTCERT", Some(value));
                }
                "sslcert" | "ssl-cert" => tell("PGSSLCERT", Some(value)),
                "sslkey" | "ssl-key" => tell("PGSSLKEY", Some(value)),
                "options[search_path]" => schema = Some(value),
                _ => {}
            }
        }
        ensure!(!database.is_empty(), "database_url names no database.");
        let mut instead = |name, value: String| {
            environment.retain(|(told, _)| *told != name);
            environment.push((name, value));
        };
        if let Some(tls) = tls {
            instead("PGSSLMODE", tls.as_str().to_owned());
        }
        if let Some(file) = &reach.ca_file {
            instead("PGSSLROOTCERT", file.to_string_lossy().into_owned());
        } else if matches!(tls, Some(Tls::VerifyCa | Tls::VerifyFull)) && !says_ca {
            // Public authorities, as the server has them; the tools know the word from version 16 on.
            instead("PGSSLROOTCERT", "system".to_owned());
        }
        Ok(Self {
            environment,
            database,
            schema,
        })
    }

    /// Runs one of PostgreSQL's tools to its end.
    fn run(&self, tool: &str, arguments: &[&str], file: &Path) -> anyhow::Result<()> {
        let output = Command::new(tool)
            .args(arguments)
            .arg(file)
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .output()
            .with_context(|| {
                format!("{tool} can't be started; install the tools of PostgreSQL on this machine.")
            })?;
        if output.status.success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&output.stderr);
        let said = said.trim();
        let said = said.lines().next().unwrap_or("it says nothing");
        bail!("{tool} failed: {said}")
    }

    /// Writes a copy of the database as it is at one moment, and reads the copy through.
    ///
    /// # Errors
    /// One plain sentence.
    pub(super) fn dump(&self, file: &Path) -> anyhow::Result<()> {
        let database = format!("--dbname={}", self.database);
        let schema = self.schema.as_ref().map(|name| format!("--schema={name}"));
        let mut arguments = vec![
            "--format=custom",
            "--no-owner",
            "--no-privileges",
            &database,
        ];
        arguments.extend(schema.as_deref());
        arguments.push("--file");
        self.run("pg_dump", &arguments, file)?;
        self.read_through(file)
    }

    /// Reads a copy through, to its last byte.
    fn read_through(&self, file: &Path) -> anyhow::Result<()> {
        self.run("pg_restore", &["--file=/dev/null"], file)
            .context("The copy cannot be read.")
    }

    /// Puts a copy into the database, which holds nothing of Dika's: all of it, or nothing.
    async fn load(
        &self,
        file: &Path,
        url: &str,
        reach: &Reach,
        ids: Arc<dyn Ids>,
    ) -> anyhow::Result<()> {
        let store = Store::open_read_only(url, reach, ids)
            .await
            .context("The database cannot be opened; make an empty one first.")?;
        let is_there = store.count_orders().await.is_ok();
        store.close().await;
        ensure!(
            !is_there,
            "The database holds Dika's tables already; a copy is put into an empty one."
        );
        self.read_through(file)?;
        let database = format!("--dbname={}", self.database);
        let arguments = [
            "--exit-on-error",
            "--single-transaction",
            "--no-owner",
            "--no-privileges",
            &database,
        ];
        self.run("pg_restore", &arguments, file)
    }

    /// As [`Self::load`], then brings the tables up to date. Gives how many orders there are.
    ///
    /// # Errors
    /// One plain sentence.
    pub(super) async fn restore(
        &self,
        file: &Path,
        url: &str,
        reach: &Reach,
        deployment: Deployment,
        ids: Arc<dyn Ids>,
    ) -> anyhow::Result<i64> {
        self.load(file, url, reach, ids.clone()).await?;
        let store = Store::open_with(url, reach, ids)
            .await
            .context("The copy was put back, and cannot be brought up to date.")?;
        database_mark::keep_apart(&store, deployment).await?;
        let orders = store.count_orders().await?;
        store.close().await;
        Ok(orders)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tools_are_told_by_environment_and_never_by_arguments() {
        let told = Postgres::parse(
            "postgres://di%40ka:p%2Bss%20w@db.example.edu:5433/da%2Fta?sslmode=verify-full&options[search_path]=s1",
            &Reach::default(),
        )
        .expect("an address");
        assert_eq!(
            told.environment,
            [
                ("PGHOST", "db.example.edu".to_owned()),
                ("PGPORT", "5433".to_owned()),
                ("PGUSER", "di@ka".to_owned()),
                ("PGPASSWORD", "p+ss w".to_owned()),
                ("PGSSLMODE", "verify-full".to_owned()),
            ]
        );
        assert_eq!(told.database, "da/ta");
        assert_eq!(told.schema.as_deref(), Some("s1"));
        let socket = Postgres::parse("postgres://dika@%2Frun%2Fpg/dika", &Reach::default())
            .expect("an address");
        assert_eq!(
            socket.environment,
            [
                ("PGHOST", "/run/pg".to_owned()),
                ("PGUSER", "dika".to_owned())
            ]
        );
        for wrong in ["postgres://dika@host", "nonsense"] {
            assert!(
                Postgres::parse(wrong, &Reach::default()).is_err(),
                "{wrong}"
            );
        }
    }

    #[test]
    fn the_tools_reach_the_server_by_tls_as_the_settings_say() {
        let told = |url: &str, tls, ca_file: Option<&str>| {
            let reach = Reach {
                tls,
                ca_file: ca_file.map(Into::into),
                ..Reach::default()
            };
            let told = Postgres::parse(url, &reach).expect("an address");
            let tls = |(name, _): &(&str, String)| name.starts_with("PGSSL");
            let told = told.environment.into_iter().filter(tls);
            told.map(|(name, value)| format!("{name}={value}"))
                .collect::<Vec<_>>()
        };
        let (here, elsewhere) = (
            "postgres://localhost/dika",
            "postgres://db.example.edu/dika",
        );
        assert_eq!(told(here, None, None), [""; 0]);
        assert_eq!(
            told(elsewhere, None, None),
            ["PGSSLMODE=verify-full", "PGSSLROOTCERT=system"]
        );
        let by_url = format!("{elsewhere}?sslmode=require&sslrootcert=/url.pem");
        assert_eq!(
            told(&by_url, None, None),
            ["PGSSLMODE=require", "PGSSLROOTCERT=/url.pem"]
        );
        assert_eq!(
            told(&by_url, Some(Tls::VerifyCa), Some("/ca.pem")),
            ["PGSSLMODE=verify-ca", "PGSSLROOTCERT=/ca.pem"]
        );
        assert_eq!(
            told(elsewhere, Some(Tls::Disable), None),
            ["PGSSLMODE=disable"]
        );
    }
}
