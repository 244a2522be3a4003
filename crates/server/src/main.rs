//! Starts the server: reads the settings, opens the database, connects the ports, listens.

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, bail};
use clap::Parser;
use dika_core::clock::Clock;
use dika_core::ids::Ids;
use dika_core::sms::SmsSender;
use dika_server::adapters::built_in_cards::{BuiltInCards, Strength};
use dika_server::adapters::fixed_directory::FixedDirectory;
use dika_server::adapters::measured_gateway::MeasuredGateway;
use dika_server::adapters::no_sms::NoSms;
use dika_server::adapters::os_random::OsRandom;
use dika_server::adapters::system_clock::SystemClock;
use dika_server::config::{Command, CommandLine, Config};
use dika_server::services::looks::Looks;
use dika_server::settings::Deployment;
use dika_server::{Services, database_mark, program};
use dika_store::Store;

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
    let services = compose(&config).await?;
    let app = dika_server::app(services.clone(), Arc::new(config.settings));
    program::serve(listener, app, services).await
}

/// Connects every port.
async fn compose(config: &Config) -> anyhow::Result<Services> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let ids: Arc<dyn Ids> = Arc::new(OsRandom);
    if config.wechat.is_none() {
        bail!(
            "Nothing takes payments: fill in [wechat] in the settings file, or start dika-sandbox."
        );
    }
    let url = config.open_data()?;
    let store = Store::open(&url, ids.clone())
        .await
        .context("The database cannot be opened.")?;
    database_mark::refuse_invented(&store).await?;
    let Some(wechat) = config.connect_wechat(&store, clock.clone())?.map(Arc::new) else {
        bail!("Nothing takes payments.");
    };
    let sms: Arc<dyn SmsSender> = match &config.sms {
        Some(section) => Arc::new(section.connect()?),
        None => Arc::new(NoSms),
    };
    let directory = config.settings.directory.clone();
    Ok(Services {
        cards: Arc::new(BuiltInCards::new(
            store.clone(),
            clock.clone(),
            ids.clone(),
            directory.clone(),
            Strength::Real,
        )?),
        gateway: Arc::new(MeasuredGateway(wechat.gateway.clone())),
        messenger: wechat.messenger(),
        wechat: Some(wechat),
        sms,
        directory: Arc::new(FixedDirectory(directory)),
        looks: Looks::default(),
        limits_codes: true,
        store,
        clock,
        ids,
    })
}
