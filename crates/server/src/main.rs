//! Starts the server: reads the settings, opens the database, connects the ports, listens.

use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;
use dika_server::compose::compose;
use dika_server::config::{Command, CommandLine, Config};
use dika_server::program;
use dika_server::settings::Deployment;

fn main() -> ExitCode {
    let line = CommandLine::parse();
    program::exit(run(&line))
}

fn run(line: &CommandLine) -> anyhow::Result<ExitCode> {
    if let Some(Command::CheckConnector(check)) = &line.command {
        return program::check_connector(check);
    }
    let config = Config::read(&line.options, Deployment::Production, |name| {
        std::env::var(name).ok()
    })?;
    if let Some(Command::CheckConfig { online }) = line.command {
        return program::check(&config, online);
    }
    program::log();
    program::runtime()?.block_on(serve(config))?;
    Ok(ExitCode::SUCCESS)
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
