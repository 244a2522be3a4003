//! A school's server, put together from its settings.

use std::sync::Arc;

use anyhow::{Context, bail};
use dika_connector::card_system::ConnectorCards;
use dika_connector::client::Client;
use dika_core::card_system::CardSystem;
use dika_core::clock::Clock;
use dika_core::directory::DirectorySource;
use dika_core::ids::Ids;
use dika_core::sms::SmsSender;
use dika_store::Store;

use crate::adapters::built_in_cards::{BuiltInCards, Strength};
use crate::adapters::connector_log::ConnectorLog;
use crate::adapters::measured_gateway::MeasuredGateway;
use crate::adapters::no_sms::NoSms;
use crate::adapters::os_random::OsRandom;
use crate::adapters::school_directory::SchoolDirectory;
use crate::adapters::system_clock::SystemClock;
use crate::config::{CardsChoice, Config};
use crate::database_mark;
use crate::services::Services;
use crate::services::looks::Looks;

/// A server that is ready to serve.
pub struct Composed {
    /// What services work with.
    pub services: Services,
    /// The directory, which goes on asking the connectors beside the requests.
    pub directory: SchoolDirectory,
    /// The connectors, where there are any.
    pub connectors: Option<Arc<ConnectorCards>>,
}

/// Opens the database and marks whose it is.
///
/// # Errors
/// One plain sentence where it cannot be opened or is another deployment's.
pub async fn open_store(config: &Config, ids: Arc<dyn Ids>) -> anyhow::Result<Store> {
    let store = Store::open_with(&config.open_data()?, &config.reach, ids)
        .await
        .context("The database cannot be opened.")?;
    database_mark::keep_apart(&store, config.settings.deployment).await?;
    Ok(store)
}

/// The card system in the database, for commands as well as for the server.
///
/// # Errors
/// Where hashing does not work on this machine.
pub fn built_in_cards(config: &Config, store: &Store) -> anyhow::Result<BuiltInCards> {
    let directory = config.merged(&std::collections::BTreeMap::new()).directory;
    BuiltInCards::new(
        store.clone(),
        Arc::new(SystemClock),
        Arc::new(OsRandom),
        directory,
        Strength::Real,
    )
}

/// A client for each connector.
///
/// # Errors
/// Where TLS cannot be set up.
pub fn connectors(config: &Config) -> anyhow::Result<Vec<Client>> {
    config
        .connectors
        .values()
        .map(|settings| {
            Client::observed(settings.options.clone(), Arc::new(ConnectorLog))
                .context("No connector can be called from here.")
        })
        .collect()
}

/// Connects every port.
///
/// # Errors
/// One plain sentence that says what is missing.
pub async fn compose(config: &Config) -> anyhow::Result<Composed> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let ids: Arc<dyn Ids> = Arc::new(OsRandom);
    if config.wechat.is_none() {
        bail!(
            "Nothing takes payments: fill in [wechat] in the settings file, or start dika-sandbox."
        );
    }
    config.refuse_unusable()?;
    let store = open_store(config, ids.clone()).await?;
    let Some(wechat) = config.connect_wechat(&store, clock.clone())?.map(Arc::new) else {
        bail!("Nothing takes payments.");
    };
    let sms: Arc<dyn SmsSender> = match &config.sms {
        Some(section) => Arc::new(section.connect()?),
        None => Arc::new(NoSms),
    };
    let clients = match config.cards {
        CardsChoice::Connectors => connectors(config)?,
        CardsChoice::BuiltIn => Vec::new(),
    };
    let connectors =
        (!clients.is_empty()).then(|| Arc::new(ConnectorCards::new(clients.iter().cloned())));
    let cards: Arc<dyn CardSystem> = match &connectors {
        Some(connectors) => connectors.clone(),
        None => Arc::new(built_in_cards(config, &store)?),
    };
    let directory = SchoolDirectory::open(
        config.school.clone(),
        config.guide.clone(),
        clients,
        store.clone(),
        clock.clone(),
    )
    .await?;
    directory.refresh().await;
    tell(&directory);
    Ok(Composed {
        services: Services {
            cards,
            gateway: Arc::new(MeasuredGateway(wechat.gateway.clone())),
            messenger: wechat.messenger(),
            wechat: Some(wechat),
            sms,
            directory: Arc::new(directory.clone()),
            looks: Looks::spaced(store.is_shared()),
            limits_codes: true,
            store,
            clock,
            ids,
        },
        directory,
        connectors,
    })
}

/// What the first student would be surprised by.
fn tell(directory: &SchoolDirectory) {
    let merged = directory.merged();
    for missing in &merged.missing {
        tracing::error!(
            issuer = %missing.issuer,
            wallet = %missing.wallet,
            missing = missing.keys.join(", "),
            "a wallet takes no top-ups: limits are missing, in the settings and from the connector"
        );
    }
    for problem in &merged.problems {
        tracing::error!(problem, "the settings contradict themselves");
    }
}
