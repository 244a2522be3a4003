//! Starts the server: reads the settings, opens the database, connects the ports, listens.

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::bail;
use clap::Parser;
use dika_core::ids::Ids;
use dika_server::adapters::os_random::OsRandom;
use dika_server::commands::accounts::AccountsCommand;
use dika_server::compose::{built_in_cards, compose, open_store};
use dika_server::config::{CardsChoice, Command, CommandLine, Config};
use dika_server::program;
use dika_server::settings::Deployment;

fn main() -> ExitCode {
    let line = CommandLine::parse();
    program::exit(run(line))
}

fn run(line: CommandLine) -> anyhow::Result<ExitCode> {
    if let Some(Command::CheckConnector(check)) = &line.command {
        return program::check_connector(check);
    }
    let config = Config::read(&line.options, Deployment::Production, |name| {
        std::env::var(name).ok()
    })?;
    let runtime = program::runtime()?;
    match line.command {
        None => {
            program::log();
            runtime.block_on(serve(config))?;
            Ok(ExitCode::SUCCESS)
        }
        Some(Command::CheckConfig { online }) => program::check(&config, online),
        Some(Command::CheckConnector(check)) => program::check_connector(&check),
        Some(Command::Accounts(AccountsCommand::Import(import))) => runtime.block_on(async {
            if config.cards != CardsChoice::BuiltIn {
                bail!("The school's card systems keep the accounts; only cards = \"built-in\" has its own.");
            }
            let ids: Arc<dyn Ids> = Arc::new(OsRandom);
            let store = open_store(&config, ids).await?;
            let report = import.run(&store, &built_in_cards(&config, &store)?).await?;
            print!("{}", report.text);
            store.close().await;
            Ok(program::code(report.good))
        }),
    }
}

async fn serve(config: Config) -> anyhow::Result<()> {
    config.refuse_simulators()?;
    let listener = program::listen(config.listen).await?;
    let composed = compose(&config).await?;
    let app = dika_server::app(composed.services.clone(), Arc::new(config.settings));
    program::beside("directory", {
        let directory = composed.directory.clone();
        move || directory.clone().run()
    });
    program::serve(listener, app, composed.services).await
}
