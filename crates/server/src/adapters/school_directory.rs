use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use async_trait::async_trait;
use dika_connector::client::Client;
use dika_connector::protocol::{
    Capabilities, CapabilitiesAnswer, Op, TerminalCondition, TerminalRecord, Terminals,
};
use dika_contract::directory::{Bilingual, Notice};
use dika_contract::{Directory, Issuer, Timestamp};
use dika_core::clock::Clock;
use dika_core::directory::DirectorySource;
use dika_store::Store;

use crate::school::{Merged, School};

/// How often connectors are asked again what they offer.
const ASK_EVERY: Duration = Duration::from_secs(300);
/// How often while one of them has never answered.
const ASK_FIRST_EVERY: Duration = Duration::from_secs(10);

/// The directory as the guide, the connectors and the settings make it. What a connector offered last is kept in the
/// database, so that a restart beside a silent connector does not forget a wallet's limits.
#[derive(Clone)]
pub struct SchoolDirectory {
    school: Arc<School>,
    guide: Arc<Directory>,
    connectors: Vec<Client>,
    store: Store,
    clock: Arc<dyn Clock>,
    heard: Arc<RwLock<Heard>>,
    /// The directory as it was put together last: every order asks for it.
    kept: Arc<Mutex<Option<Kept>>>,
}

/// The directory, and the second for which it was put together.
type Kept = (Timestamp, Arc<Directory>);

/// What connectors answered last.
#[derive(Default)]
struct Heard {
    offers: BTreeMap<Issuer, CapabilitiesAnswer>,
    machines: BTreeMap<Issuer, Vec<TerminalRecord>>,
}

impl SchoolDirectory {
    /// The directory of this school, with what its connectors offered before.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn open(
        school: School,
        guide: Directory,
        connectors: Vec<Client>,
        store: Store,
        clock: Arc<dyn Clock>,
    ) -> anyhow::Result<Self> {
        let mut heard = Heard::default();
        for client in &connectors {
            let kept = store.setting(&kept_under(client.issuer())).await?;
            if let Some(offer) = kept.and_then(|kept| serde_json::from_str(&kept).ok()) {
                heard.offers.insert(client.issuer(), offer);
            }
        }
        Ok(Self {
            school: Arc::new(school),
            guide: Arc::new(guide),
            connectors,
            store,
            clock,
            heard: Arc::new(RwLock::new(heard)),
            kept: Arc::default(),
        })
    }

    /// The directory now, and what there is to say about it.
    pub fn merged(&self) -> Merged {
        let heard = self.heard.read().unwrap_or_else(PoisonError::into_inner);
        let mut merged = self
            .school
            .merge(&self.guide, &heard.offers, self.clock.now());
        for (issuer, machines) in &heard.machines {
            let broken = machines
                .iter()
                .filter(|machine| machine.condition == TerminalCondition::OutOfOrder);
            merged
                .directory
                .notices
                .extend(broken.map(|machine| out_of_order(*issuer, machine)));
        }
        merged
    }

    /// Asks the connectors now and then, forever. Start it once.
    pub async fn run(self) {
        loop {
            let heard_all = {
                let heard = self.heard.read().unwrap_or_else(PoisonError::into_inner);
                let mut connectors = self.connectors.iter();
                connectors.all(|client| heard.offers.contains_key(&client.issuer()))
            };
            tokio::time::sleep(if heard_all {
                ASK_EVERY
            } else {
                ASK_FIRST_EVERY
            })
            .await;
            self.refresh().await;
        }
    }

    async fn ask(&self, client: &Client) {
        let issuer = client.issuer();
        // Why a connector does not answer is in the log already.
        let Ok(offer) = client.call(&Capabilities {}).await else {
            return;
        };
        let machines = if offer.offers(Op::Terminals) {
            let asked = client.call(&Terminals {}).await;
            asked.ok().map(|answer| answer.terminals)
        } else {
            Some(Vec::new())
        };
        let kept = serde_json::to_string(&offer).unwrap_or_default();
        let is_new = {
            let mut heard = self.heard.write().unwrap_or_else(PoisonError::into_inner);
            if let Some(machines) = machines {
                heard.machines.insert(issuer, machines);
            }
            heard.offers.insert(issuer, offer.clone()) != Some(offer)
        };
        *self.kept.lock().unwrap_or_else(PoisonError::into_inner) = None;
        if !is_new {
            return;
        }
        tracing::info!(%issuer, "the connector's offer is taken over");
        if let Err(fault) = self.store.set_setting(&kept_under(issuer), &kept).await {
            tracing::error!(%issuer, ?fault, "what the connector offers could not be kept");
        }
    }
}

/// The setting in the database that keeps what a connector offered.
fn kept_under(issuer: Issuer) -> String {
    format!("capabilities/{issuer}")
}

fn out_of_order(issuer: Issuer, machine: &TerminalRecord) -> Notice {
    Notice {
        text: Bilingual {
            zh: format!("机器暂停使用：{}。", machine.place.zh),
            en: format!("Machine out of order: {}.", machine.place.en),
        },
        issuers: vec![issuer],
    }
}

#[async_trait]
impl DirectorySource for SchoolDirectory {
    async fn current(&self) -> anyhow::Result<Arc<Directory>> {
        let now = self.clock.now();
        let kept = || self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((at, directory)) = kept().as_ref()
            && *at == now
        {
            return Ok(directory.clone());
        }
        let directory = Arc::new(self.merged().directory);
        *kept() = Some((now, directory.clone()));
        Ok(directory)
    }

    async fn refresh(&self) {
        let asked = self.connectors.iter().map(|client| self.ask(client));
        futures_util::future::join_all(asked).await;
    }
}
