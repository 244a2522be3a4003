//! The program that a school runs: reads the settings, opens the database, connects the ports, listens.

use std::process::ExitCode;
use std::sync::Arc;

use crate::adapters::built_in_cards::{BuiltInCards, Strength};
use crate::adapters::fixed_directory::FixedDirectory;
use crate::adapters::no_sms::NoSms;
use crate::adapters::os_random::OsRandom;
use crate::adapters::system_clock::SystemClock;
use crate::config::{Command, CommandLine, Config};
use crate::settings::Deployment;
use crate::web::pages::Pages;
use crate::{Services, database_mark, program};
use anyhow::{Context, bail};
use dika_core::clock::Clock;
use dika_core::ids::Ids;
use dika_core::sms::SmsSender;
use dika_store::Store;

/// Does what the command line says; serves where it says nothing else. With `pages`, students' own pages come with
/// their data.
///
/// # Errors
/// One plain sentence: the settings are wrong, or the server can't start.
pub fn run(line: &CommandLine, pages: Option<Arc<dyn Pages>>) -> anyhow::Result<ExitCode> {
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
    program::runtime()?.block_on(serve(config, pages))?;
    Ok(ExitCode::SUCCESS)
}

async fn serve(config: Config, pages: Option<Arc<dyn Pages>>) -> anyhow::Result<()> {
    config.refuse_simulators()?;
    let listener = program::listen(config.listen).await?;
    let services = compose(&config).await?;
    let settings = Arc::new(config.settings);
    let app = crate::app_with(services.clone(), settings, pages, |server| server);
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
        gateway: wechat.gateway.clone(),
        messenger: wechat.messenger(),
        wechat: Some(wechat),
        sms,
        directory: Arc::new(FixedDirectory(directory)),
        limits_codes: true,
        store,
        clock,
        ids,
    })
}
