//! Outside parties that are silent for an hour of simulated time, with a sweep each minute.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use dika_wechat_sim::{Behaviour, Call, Fault};

use crate::sleeping_cards::SleepingCards;
use crate::table::Table;
use crate::world::World;

const HOUR: [i64; 60] = [60; 60];

/// Nothing that is asked of WeChat Pay is answered or done, and it tells nothing.
fn provider_down(world: &World) {
    for call in [
        Call::Create,
        Call::Query,
        Call::Close,
        Call::Refund,
        Call::QueryRefund,
    ] {
        world
            .sim
            .fault(call, Fault::Status { status: 502 }, 100_000);
    }
    notify(world, false);
}

fn notify(world: &World, enabled: bool) {
    world
        .sim
        .set(|behaviour: &mut Behaviour| behaviour.notify.enabled = enabled);
}

async fn an_hour(world: &World) {
    for minute in HOUR {
        world.later(minute).await;
    }
}

/// Sweeps as they come later, with everybody awake again.
async fn afterwards(world: &World) {
    world.sim.clear_faults();
    for _ in 0..8 {
        world.later(600).await;
    }
}

pub async fn hour_of_silence() -> Table {
    let mut table = Table::default();
    let provider = "payment provider silent for an hour";
    let cards = "card system silent for an hour";

    // Paid at the provider, which tells nobody.
    let world = World::new().await;
    let (mut browser, card) = world.student().await;
    let (order, _) = browser.order_by(&card, "jsapi").await;
    provider_down(&world);
    world.sim.pay(&order).expect("payable");
    an_hour(&world).await;
    let shown = browser.order(&order).await;
    assert!(
        !["paid", "closed", "failed"].contains(&shown["payment"].as_str().expect("a state")),
        "nobody knows: {shown}"
    );
    afterwards(&world).await;
    world.assert_paid_once(&mut browser, &order).await;
    assert!(world.sim.refunds().is_empty());
    table.survived("the provider says *paid*", provider, 1);

    // Not paid, and over its time meanwhile.
    let world = World::new().await;
    let (mut browser, card) = world.student().await;
    let (order, _) = browser.order_by(&card, "jsapi").await;
    provider_down(&world);
    an_hour(&world).await;
    afterwards(&world).await;
    assert_eq!(browser.order(&order).await["payment"], "closed");
    assert!(world.sim.pay(&order).is_err(), "closed there as well");
    table.survived("time to pay runs out", provider, 1);

    // Begun while it is silent: no money, and room for the next one.
    let world = World::new().await;
    let (mut browser, card) = world.student().await;
    provider_down(&world);
    let refused = browser.top_up(&card, "jsapi", "silent").await;
    assert_eq!(refused.status.as_u16(), 503, "{refused:?}");
    an_hour(&world).await;
    afterwards(&world).await;
    let again = browser.top_up(&card, "jsapi", "silent").await;
    assert_eq!(again.json()["payment"], "closed", "{again:?}");
    browser.order_by(&card, "jsapi").await;
    table.survived("order", provider, 1);

    // On its way back while it is silent.
    let world = World::new().await;
    let (mut browser, order) = world.going_back().await;
    provider_down(&world);
    an_hour(&world).await;
    notify(&world, true);
    afterwards(&world).await;
    world.refunds_ended().await;
    afterwards(&world).await;
    assert_eq!(browser.order(&order).await["payment"], "refunded");
    assert_eq!(world.money_back().len(), 1, "{:?}", world.money_back());
    table.survived("refund", provider, 1);

    // Paid while the card system is silent.
    let mut world = World::new().await;
    let is_down = Arc::new(AtomicBool::new(false));
    let (inside, down) = (world.state.cards.clone(), is_down.clone());
    world.state.cards = Arc::new(SleepingCards {
        inside,
        is_down: down,
    });
    world.restart().await;
    let (mut browser, card) = world.student().await;
    let (order, _) = browser.order_by(&card, "jsapi").await;
    is_down.store(true, Ordering::SeqCst);
    world.sim.pay(&order).expect("payable");
    an_hour(&world).await;
    let shown = browser.order(&order).await;
    assert_eq!(
        (&shown["payment"], &shown["settling"]),
        (&"paid".into(), &true.into())
    );
    is_down.store(false, Ordering::SeqCst);
    afterwards(&world).await;
    world.assert_paid_once(&mut browser, &order).await;
    assert!(world.sim.refunds().is_empty());
    table.survived("credit", cards, 1);

    // Both at once.
    let made = browser.top_up(&card, "jsapi", "both").await.json();
    let order = made["id"].as_str().expect("an order").to_owned();
    provider_down(&world);
    is_down.store(true, Ordering::SeqCst);
    world.sim.pay(&order).expect("payable");
    an_hour(&world).await;
    is_down.store(false, Ordering::SeqCst);
    afterwards(&world).await;
    world.assert_paid_once(&mut browser, &order).await;
    assert!(world.sim.refunds().is_empty());
    table.survived("credit", "both silent for an hour", 1);
    table
}
