use std::sync::Arc;

use anyhow::Context;
use axum::Router;
use dika_core::ids::Ids;
use dika_core::payment_gateway::PaymentGateway;
use dika_server::adapters::built_in_cards::{BuiltInCards, Strength};
use dika_server::adapters::wechat::Wechat;
use dika_server::services::looks::Looks;
use dika_server::settings::{Deployment, Settings};
use dika_server::web::pages::Pages;
use dika_store::Store;

use crate::clock::MovableClock;
use crate::faults::Faults;
use crate::gateway::SandboxGateway;
use crate::sandbox::Sandbox;
use crate::sms::SandboxSms;
use crate::tables::Tables;
use crate::{bridge, control, directory, faults, mark, operator, people};

/// A sandbox's settings on this machine, without a built app.
pub fn settings() -> Settings {
    Settings {
        operator: Some(operator::invented()),
        ..Settings::on_this_machine(Deployment::Sandbox, directory::invented())
    }
}

/// Puts a sandbox together in a database that is empty or a sandbox's already; its people are there
/// afterwards. `connect` gives the simulator of WeChat, where there is one.
///
/// # Errors
/// One plain sentence where the database is not a sandbox's, or cannot be read or filled.
pub async fn open(
    store: Store,
    ids: Arc<dyn Ids>,
    settings: Settings,
    connect: impl FnOnce(&Store, &MovableClock) -> anyhow::Result<Option<Wechat>>,
) -> anyhow::Result<Sandbox> {
    mark::mark(&store).await?;
    let tables = Tables::new(store.clone());
    let clock = MovableClock::default();
    clock.set_offset(
        tables
            .clock_offset()
            .await
            .context("The database cannot be read.")?,
    );
    let wechat = connect(&store, &clock)?.map(Arc::new);
    let gateway: Arc<dyn PaymentGateway> = match &wechat {
        Some(wechat) => wechat.gateway.clone(),
        None => Arc::new(SandboxGateway::new(tables.clone(), Arc::new(clock.clone()))),
    };
    let sandbox = Sandbox {
        cards: Arc::new(BuiltInCards::new(
            store.clone(),
            Arc::new(clock.clone()),
            ids.clone(),
            settings.directory.clone(),
            Strength::Light,
        )?),
        gateway,
        messenger: wechat.as_ref().and_then(|wechat| wechat.messenger()),
        wechat,
        sms: Arc::new(SandboxSms::new(tables, Arc::new(clock.clone()))),
        settings: Arc::new(settings),
        faults: Faults::default(),
        looks: Looks::default(),
        store,
        clock,
        ids,
    };
    people::seed(&sandbox)
        .await
        .context("The sandbox's people cannot be stored.")?;
    Ok(sandbox)
}

/// The server with the sandbox around it, as one service. Pages go out as they were built.
pub fn app(sandbox: &Sandbox) -> Router {
    app_with(sandbox, None)
}

/// As [`app`]; with `pages`, students' own pages come with their data.
pub fn app_with(sandbox: &Sandbox, pages: Option<Arc<dyn Pages>>) -> Router {
    let (services, settings) = (sandbox.services(), sandbox.settings.clone());
    dika_server::app_with(services, settings, pages, |server| {
        let root = server.merge(control::router().with_state(sandbox.clone()));
        let root = match &sandbox.wechat {
            Some(wechat) => bridge::layer(root, wechat.pay_origin.clone()),
            None => root,
        };
        faults::layer(root, sandbox.faults.clone())
    })
}
