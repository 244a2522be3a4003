use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::check_connector::CheckConnector;
use dika_connector::Day;

use crate::commands::accounts::AccountsCommand;
use crate::commands::backup::BackupFile;
use crate::commands::orders::{OrdersCommand, day};

/// The command line of `dika-server`.
#[derive(Debug, Parser)]
#[command(
    name = "dika-server",
    version,
    about = "The reference API of Dika, and the app beside it."
)]
pub struct CommandLine {
    /// What to do instead of serving.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// How to serve.
    #[command(flatten)]
    pub options: Options,
}

/// What to do instead of serving.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum Command {
    /// Reads the settings and says in plain words what is right and what is not.
    CheckConfig {
        /// Also asks WeChat and the connectors whether they know these settings. Orders nothing.
        #[arg(long)]
        online: bool,
    },
    /// Tests a school's connector: prints a table of what held and what is broken. Moves money on test accounts only.
    CheckConnector(Box<CheckConnector>),
    /// Opens and closes accounts of the built-in ledger; shows and parts student accounts that were joined.
    #[command(subcommand)]
    Accounts(AccountsCommand),
    /// Finds and shows orders for the desk, and notes what was said. Reads only, but for the note.
    #[command(subcommand)]
    Orders(OrdersCommand),
    /// Compares a day's orders with WeChat's bill and the card systems' statements. Changes nothing.
    Reconcile {
        /// Which day in China [default: yesterday].
        #[arg(long, value_name = "DAY", value_parser = day)]
        day: Option<Day>,
    },
    /// Copies the database as it is at one moment, also while the server runs, and reads the copy through. PostgreSQL by
    /// pg_dump.
    Backup(BackupFile),
    /// Puts a copy in the place of a database that is not there, or into an empty one of PostgreSQL's by pg_restore.
    Restore(BackupFile),
}

/// How to serve.
#[derive(Clone, Debug, Default, Args)]
pub struct Options {
    /// Address and port; port 0 takes a free one [default: 127.0.0.1:8080].
    #[arg(long, global = true, value_name = "ADDRESS")]
    pub listen: Option<String>,
    /// The built app; without it, only the API is served.
    #[arg(long, global = true, value_name = "DIR")]
    pub app_dir: Option<PathBuf>,
    /// Where the database lies; made if it is not there [default: data].
    #[arg(long, global = true, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// A TOML file with settings.
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
}
