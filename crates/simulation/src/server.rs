use std::sync::{Arc, Mutex, OnceLock};

use async_trait::async_trait;
use dika_contract::{Directory, ErrorCode};
use dika_core::card_system::CardSystem;
use dika_core::clock::Clock;
use dika_core::directory::DirectorySource;
use dika_server::Services;
use dika_server::adapters::built_in_cards::{BuiltInCards, Strength};
use dika_server::adapters::wechat::Wechat;
use dika_server::adapters::wechat_gateway::WechatGateway;
use dika_server::services::looks::Looks;
use dika_server::services::{reconcile, wechat_notice};
use dika_store::Store;
use dika_store::purge::Retention;
use dika_wechat::pay::{Notice, Pay};
use dika_wechat_sim::SimKeys;
use tokio::task::AbortHandle;

use crate::cards::{Ledger, Systems};
use crate::clock::pass_ms;
use crate::connected::Connected;
use crate::instance::Instance;
use crate::plan::Keeping;
use crate::report::Check;
use crate::sms::SimulatedSms;
use crate::wechat::Reached;
use crate::world::{World, lock};

const ORIGIN: &str = "https://dika.invalid";

/// What is made once for all terms: keys and clients take their time.
struct Shared {
    config: dika_wechat::Config,
    pay: Pay,
}

fn shared() -> anyhow::Result<&'static Shared> {
    static SHARED: OnceLock<Shared> = OnceLock::new();
    if let Some(shared) = SHARED.get() {
        return Ok(shared);
    }
    let settings = SimKeys::shared().settings(
        "http://127.0.0.1:9",
        &format!("{ORIGIN}/api/v1/wechat/notify"),
    );
    let config = dika_wechat::Config::load(&settings)?;
    let pay = Pay::new(&config)?;
    Ok(SHARED.get_or_init(|| Shared { config, pay }))
}

/// The numbers of merchant and account at WeChat Pay.
pub(crate) fn merchant() -> anyhow::Result<(String, String)> {
    let config = &shared()?.config;
    Ok((config.mchid().to_owned(), config.appid().to_owned()))
}

/// One server that runs.
#[derive(Clone)]
pub(crate) struct Running {
    pub(crate) instance: Arc<Instance>,
    pub(crate) services: Services,
    pub(crate) wechat: Arc<Wechat>,
}

/// All servers: each crashes, and starts again on the same database.
#[derive(Clone)]
pub(crate) struct Servers {
    world: Arc<World>,
    slots: Arc<Mutex<Vec<Option<Running>>>>,
}

struct Fixed(Arc<Directory>);

#[async_trait]
impl DirectorySource for Fixed {
    async fn current(&self) -> anyhow::Result<Arc<Directory>> {
        Ok(self.0.clone())
    }
}

/// Sign-in and signed pages are not called here; only the gateway is, and each server has its own.
fn wechat(store: &Store, clock: &Arc<dyn Clock>, gateway: WechatGateway) -> anyhow::Result<Wechat> {
    static CLIENTS: OnceLock<Wechat> = OnceLock::new();
    let mut wechat = match CLIENTS.get() {
        Some(wechat) => wechat.clone(),
        None => {
            let made = Wechat::new(&shared()?.config, store.clone(), clock.clone(), ORIGIN)?;
            CLIENTS.get_or_init(|| made).clone()
        }
    };
    wechat.gateway = Arc::new(gateway);
    Ok(wechat)
}

impl Servers {
    pub(crate) fn new(world: Arc<World>) -> Self {
        let slots = vec![None; world.plan.instances];
        Self {
            world,
            slots: Arc::new(Mutex::new(slots)),
        }
    }

    fn build(&self) -> anyhow::Result<Running> {
        let world = &self.world;
        let instance = Arc::new(Instance::default());
        let clock: Arc<dyn Clock> = Arc::new(world.clock);
        let store = Store::over(
            Arc::new(Connected {
                database: world.database.clone(),
                world: world.clone(),
                instance: instance.clone(),
            }),
            world.ids.clone(),
        );
        let pay = shared()?.pay.clone().through(Arc::new(Reached {
            world: world.clone(),
            instance: instance.clone(),
        }));
        let gateway = WechatGateway::new(pay, store.clone(), clock.clone(), ORIGIN);
        let wechat = Arc::new(wechat(&store, &clock, gateway)?);
        let cards: Arc<dyn CardSystem> = match world.plan.keeping {
            Keeping::Systems => Arc::new(Systems {
                world: world.clone(),
                instance: instance.clone(),
            }),
            Keeping::Ledger => Arc::new(Ledger {
                inner: BuiltInCards::new(
                    store.clone(),
                    clock.clone(),
                    world.ids.clone(),
                    world.directory.clone(),
                    Strength::Light,
                )?,
                world: world.clone(),
                instance: instance.clone(),
            }),
        };
        let services = Services {
            store,
            clock,
            ids: world.ids.clone(),
            cards,
            gateway: wechat.gateway.clone(),
            wechat: Some(wechat.clone()),
            sms: Arc::new(SimulatedSms {
                world: world.clone(),
                instance: instance.clone(),
            }),
            messenger: None,
            directory: Arc::new(Fixed(Arc::new(world.directory.clone()))),
            looks: Looks::spaced(world.plan.instances > 1),
            limits_codes: true,
        };
        Ok(Running {
            instance,
            services,
            wechat,
        })
    }

    /// Runs the server of a slot, crash after crash.
    pub(crate) async fn run(self, slot: usize) {
        loop {
            let running = match self.build() {
                Ok(running) => running,
                Err(fault) => {
                    self.world
                        .violate(Check::Alive, format_args!("no server starts: {fault:#}"));
                    return;
                }
            };
            self.world.note(format_args!("server {slot} starts"));
            let keeper = keep(self.world.clone(), running.services.clone());
            lock(&self.slots)[slot] = Some(running.clone());
            running.instance.until_crash().await;
            keeper.abort();
            lock(&self.slots)[slot] = None;
            self.world.note(format_args!("server {slot} crashed"));
            self.world.count(|report| report.crashes += 1);
            let away = self.world.chance.between(100, 90_000);
            pass_ms(if self.world.is_quiet() { 1_000 } else { away }).await;
        }
    }

    /// A server that runs, as a balancer would choose it.
    pub(crate) fn any(&self) -> Option<Running> {
        let running: Vec<Running> = lock(&self.slots).iter().flatten().cloned().collect();
        self.world.chance.pick(&running)
    }

    /// Crashes one.
    pub(crate) fn crash_one(&self) {
        if let Some(running) = self.any() {
            running.instance.crash();
        }
    }

    /// Tells a server what WeChat Pay says. Gives whether it was taken.
    pub(crate) async fn book(&self, notice: &Notice) -> bool {
        let Some(running) = self.any() else {
            return false;
        };
        let booking =
            wechat_notice::book_notice(&running.services, &running.wechat, notice.clone());
        match running.instance.unless_crash(booking).await {
            Some(Ok(())) => true,
            Some(Err(fault)) => {
                if fault.code == ErrorCode::Internal {
                    self.world.violate(
                        Check::Answer,
                        format_args!("a notification is answered: {fault:?}"),
                    );
                }
                false
            }
            None => false,
        }
    }
}

/// The server's own work beside the requests, as `reconcile::run` does it; it looks into the database only where
/// something is due.
fn keep(world: Arc<World>, services: Services) -> AbortHandle {
    let keeping = async move {
        let mut caught_up = false;
        let mut beats = 0_u64;
        while !world.is_quiet() {
            pass_ms(2_000).await;
            beats += 1;
            if beats.is_multiple_of(300) {
                // Tried again the next time.
                let _ = services
                    .store
                    .purge(world.now(), Retention::default())
                    .await;
            }
            let due = world.database.next_due();
            if caught_up && due.is_none_or(|due| due > world.now().unix()) {
                continue;
            }
            let swept = if caught_up {
                reconcile::sweep(&services).await
            } else {
                reconcile::catch_up(&services).await
            };
            caught_up |= swept.is_ok();
        }
    };
    tokio::spawn(keeping).abort_handle()
}
