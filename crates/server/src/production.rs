//! The program that a school runs: reads the settings, opens the database, connects the ports, listens; or does what
//! the command line asks for instead.

use std::process::ExitCode;
use std::sync::Arc;

use crate::adapters::os_random::OsRandom;
use crate::adapters::system_clock::SystemClock;
use crate::commands::accounts::AccountsCommand;
use crate::commands::orders::{OrdersCommand, Parties};
use crate::compose::{built_in_cards, compose, connectors, open_store};
use crate::config::{CardsChoice, Command, CommandLine, Config};
use crate::program;
use crate::services::day_check;
use crate::settings::Deployment;
use crate::web::pages::Pages;
use anyhow::bail;
use dika_connector::Day;
use dika_connector::card_system::ConnectorCards;
use dika_core::clock::Clock;
use dika_core::ids::Ids;
use dika_store::Store;

/// Does what the command line says; serves where it says nothing else. With `pages`, students' own pages come with
/// their data.
///
/// # Errors
/// One plain sentence: the settings are wrong, or the server can't start.
pub fn run(line: CommandLine, pages: Option<Arc<dyn Pages>>) -> anyhow::Result<ExitCode> {
    if let Some(Command::CheckConnector(check)) = &line.command {
        return program::check_connector(check);
    }
    let config = Config::read(&line.options, Deployment::Production, |name| {
        std::env::var(name).ok()
    })?;
    match line.command {
        None => {
            program::log();
            program::runtime()?.block_on(serve(config, pages))?;
            Ok(ExitCode::SUCCESS)
        }
        Some(Command::CheckConfig { online }) => program::check(&config, online),
        Some(command) => program::runtime()?.block_on(carry_out(&config, command)),
    }
}

/// Does what the command line asks for, and prints what came of it.
async fn carry_out(config: &Config, command: Command) -> anyhow::Result<ExitCode> {
    let ids: Arc<dyn Ids> = Arc::new(OsRandom);
    let (text, good) = match command {
        Command::CheckConfig { .. } | Command::CheckConnector(_) => return Ok(ExitCode::SUCCESS),
        Command::Accounts(AccountsCommand::Import(import)) => {
            if config.cards != CardsChoice::BuiltIn {
                bail!(
                    "The school's card systems keep the accounts; only cards = \"built-in\" has its own."
                );
            }
            let store = open_store(config, ids).await?;
            let report = import.run(&store, &built_in_cards(config, &store)?).await?;
            store.close().await;
            (report.text, report.good)
        }
        Command::Accounts(AccountsCommand::Joins(joins)) => {
            let store = Store::open_read_only(&config.open_data()?, &config.reach, ids).await?;
            (joins.run(&store).await?, true)
        }
        Command::Accounts(AccountsCommand::Split(split)) => {
            let store = if split.write {
                open_store(config, ids).await?
            } else {
                Store::open_read_only(&config.open_data()?, &config.reach, ids).await?
            };
            let text = split.run(&store, SystemClock.now()).await?;
            store.close().await;
            (text, true)
        }
        Command::Orders(command) => (orders(config, command, ids).await?, true),
        Command::Reconcile { day } => {
            let composed = compose(config).await?;
            let yesterday = Day::of(SystemClock.now()).previous();
            let report = day_check::check_day(
                &composed.services,
                composed.connectors.as_deref(),
                day.unwrap_or(yesterday),
            )
            .await?;
            (report.to_string(), report.is_good())
        }
        Command::Backup(file) => (
            file.back_up(&config.open_data()?, &config.reach, ids)
                .await?,
            true,
        ),
        Command::Restore(file) => {
            let deployment = config.settings.deployment;
            let url = config.open_data()?;
            let text = match &config.database_url {
                None => file.restore(&config.data_dir, deployment, ids).await?,
                Some(_) if url.starts_with("postgres") => {
                    file.restore_postgres(&url, &config.reach, deployment, ids)
                        .await?
                }
                Some(_) => bail!(
                    "A copy of SQLite is restored into data_dir; leave database_url out, or copy the file yourself."
                ),
            };
            (text, true)
        }
    };
    print!("{text}");
    Ok(program::code(good))
}

async fn orders(
    config: &Config,
    command: OrdersCommand,
    ids: Arc<dyn Ids>,
) -> anyhow::Result<String> {
    if let OrdersCommand::Note(note) = command {
        let store = open_store(config, ids).await?;
        return note.run(&store, SystemClock.now()).await;
    }
    let store = Store::open_read_only(&config.open_data()?, &config.reach, ids).await?;
    match command {
        OrdersCommand::Find(find) => find.run(&store).await,
        OrdersCommand::Show(show) => {
            let wechat = config.connect_wechat(&store, Arc::new(SystemClock))?;
            let cards = ConnectorCards::new(connectors(config)?);
            let parties = Parties {
                pay: wechat.as_ref().map(|wechat| wechat.gateway.pay()),
                connectors: Some(&cards),
            };
            show.run(&store, &parties).await
        }
        OrdersCommand::Note(_) => Ok(String::new()),
    }
}

async fn serve(config: Config, pages: Option<Arc<dyn Pages>>) -> anyhow::Result<()> {
    config.refuse_simulators()?;
    let listener = program::listen(config.listen).await?;
    let composed = compose(&config).await?;
    program::beside("directory", {
        let directory = composed.directory.clone();
        move || directory.clone().run()
    });
    program::beside("day check", {
        let (services, connectors) = (composed.services.clone(), composed.connectors.clone());
        move || day_check::run(services.clone(), connectors.clone())
    });
    let keep = config.retention;
    let settings = Arc::new(config.settings);
    let app = crate::app_with(composed.services.clone(), settings, pages, |server| server);
    program::serve(listener, app, composed.services, keep).await
}
