//! Starts the sandbox: the server with invented people and money.

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, bail};
use clap::{Parser, Subcommand};
use dika_core::ids::Ids;
use dika_server::adapters::os_random::OsRandom;
use dika_server::check_connector::CheckConnector;
use dika_server::config::{Config, Options};
use dika_server::program;
use dika_server::settings::Deployment;
use dika_site::pages::SitePages;
use dika_store::Store;

/// The command line of `dika-sandbox`.
#[derive(Debug, Parser)]
#[command(
    name = "dika-sandbox",
    version,
    about = "Dika with invented people and money, and controls at /sandbox. Never beside real credentials."
)]
struct CommandLine {
    /// What to do instead of serving.
    #[command(subcommand)]
    command: Option<Command>,
    /// How to serve.
    #[command(flatten)]
    options: Options,
}

/// What to do instead of serving.
#[derive(Debug, Subcommand)]
enum Command {
    /// Reads the settings and says in plain words what is right and what is not.
    CheckConfig {
        /// Also asks WeChat whether it knows these settings. Orders nothing.
        #[arg(long)]
        online: bool,
    },
    /// Tests a school's connector: prints a table of what held and what is broken. Moves money on test accounts only.
    CheckConnector(Box<CheckConnector>),
}

fn main() -> ExitCode {
    let line = CommandLine::parse();
    program::exit(run(&line))
}

fn run(line: &CommandLine) -> anyhow::Result<ExitCode> {
    if let Some(Command::CheckConnector(check)) = &line.command {
        return program::check_connector(check);
    }
    let config = config(&line.options)?;
    if let Some(Command::CheckConfig { online }) = line.command {
        return program::check(&config, online);
    }
    program::log();
    program::runtime()?.block_on(serve(config))?;
    Ok(ExitCode::SUCCESS)
}

fn config(options: &Options) -> anyhow::Result<Config> {
    let mut config = Config::read(options, Deployment::Sandbox, |name| {
        std::env::var(name).ok()
    })?;
    if config
        .wechat
        .as_ref()
        .is_some_and(|section| !section.is_simulator())
    {
        bail!(
            "The sandbox does not start beside real WeChat credentials; start dika-server, or leave out the [wechat] settings."
        );
    }
    config.settings.directory = dika_sandbox::directory::invented().into();
    config.settings.operator = Some(dika_sandbox::operator::invented());
    Ok(config)
}

async fn serve(config: Config) -> anyhow::Result<()> {
    let listener = program::listen(config.listen).await?;
    let ids: Arc<dyn Ids> = Arc::new(OsRandom);
    let store = Store::open_with(&config.open_data()?, &config.reach, ids.clone())
        .await
        .context("The database cannot be opened.")?;
    let sandbox = dika_sandbox::open(store, ids, config.settings.clone(), |store, clock| {
        config.connect_wechat(store, Arc::new(clock.clone()))
    })
    .await?;
    let app = dika_sandbox::app_with(&sandbox, Some(Arc::new(SitePages::default())));
    program::serve(listener, app, sandbox.services(), config.retention).await
}
