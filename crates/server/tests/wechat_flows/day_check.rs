//! The comparison of a day with WeChat Pay's bill, as a running server makes it by itself.

use dika_connector::Day;
use dika_server::services::day_check::{check_day, check_unread_days, check_yesterday};
use dika_wechat_sim::{Call, Fault};

use crate::support::{AMOUNT, World};

#[tokio::test]
async fn yesterday_is_compared_once_from_eleven_o_clock_on() {
    let world = World::new().await;
    let (mut browser, card) = world.student().await;
    let (order, _) = browser.order_by(&card, "jsapi").await;
    world.sim.pay(&order).expect("payable");
    world.notified(1).await;
    world.assert_paid_once(&mut browser, &order).await;
    let services = world.state.services();
    let bills = || {
        world
            .sim
            .calls()
            .get(&Call::TradeBill)
            .copied()
            .unwrap_or(0)
    };
    let compared = async || check_yesterday(&services, None).await.expect("books");

    // To eleven o'clock tomorrow, but for a minute.
    let today = Day::of(services.clock.now());
    let eleven = today.end().plus(11 * 3_600);
    world
        .state
        .clock
        .advance(eleven.since(services.clock.now()) - 60);
    assert_eq!(compared().await, None);
    assert_eq!(bills(), 0);
    // The bill is not there yet: said, and tried again.
    world.state.clock.advance(120);
    world
        .sim
        .fault(Call::TradeBill, Fault::Status { status: 502 }, 1);
    let report = compared().await.expect("compared");
    assert_eq!((report.day, report.unread.len()), (today, 1), "{report}");
    let report = compared().await.expect("compared again");
    assert!(report.is_good(), "{report}");
    assert!(
        report.compared[0].contains("1 payment(s), 20.00 yuan"),
        "{report}"
    );
    // Once is enough.
    let asked = bills();
    assert_eq!(compared().await, None);
    assert_eq!(bills(), asked);
}

#[tokio::test]
async fn days_that_could_not_be_read_are_looked_at_again_until_they_are() {
    let world = World::new().await;
    let services = world.state.services();
    let yesterday = async || check_yesterday(&services, None).await.expect("books");
    let earlier = async || {
        let reports = check_unread_days(&services, None).await.expect("books");
        let days = reports.iter().map(|report| (report.day, report.is_good()));
        days.collect::<Vec<_>>()
    };
    let no_bill = |times| {
        world
            .sim
            .fault(Call::TradeBill, Fault::Status { status: 502 }, times);
    };
    let first = Day::of(services.clock.now());
    let noon = first.end().plus(12 * 3_600);
    world.state.clock.advance(noon.since(services.clock.now()));
    assert!(yesterday().await.expect("compared").is_good());
    assert_eq!(earlier().await, []);

    // The second day's bill cannot be read; for the third no server ran.
    world.state.clock.advance(86_400);
    no_bill(1);
    assert!(!yesterday().await.expect("compared").is_good());
    world.state.clock.advance(2 * 86_400);
    assert!(yesterday().await.expect("compared").is_good());
    let (second, third) = (Day::of(first.end()), Day::of(Day::of(first.end()).end()));
    no_bill(1);
    assert_eq!(earlier().await, [(second, false), (third, true)]);
    assert_eq!(earlier().await, [(second, true)]);
    assert_eq!(earlier().await, []);

    // What stays unread for a month is given up.
    world.state.clock.advance(86_400);
    no_bill(1);
    assert!(!yesterday().await.expect("compared").is_good());
    world.state.clock.advance(86_400);
    assert!(yesterday().await.expect("compared").is_good());
    world.state.clock.advance(32 * 86_400);
    assert_eq!(earlier().await, []);
}

#[tokio::test]
async fn a_bill_that_differs_is_told_order_by_order() {
    let world = World::new().await;
    let services = world.state.services();
    let noon = Day::of(services.clock.now()).end().plus(12 * 3_600);
    world.later(noon.since(services.clock.now())).await;
    let (mut browser, card) = world.student().await;
    let mut orders = Vec::new();
    for key in ["key-1", "key-2", "key-3"] {
        let order = browser.top_up(&card, "jsapi", key).await.json();
        let order = order["id"].as_str().expect("an id").to_owned();
        // Nobody tells of the last one, and nobody asks.
        let is_told = key != "key-3";
        world
            .sim
            .set(|behaviour| behaviour.notify.enabled = is_told);
        world.sim.pay(&order).expect("payable");
        if is_told {
            world.notified(orders.len() + 1).await;
            world.assert_paid_once(&mut browser, &order).await;
        }
        orders.push(order);
    }
    // A part goes back by hand, and a row is changed by hand.
    world
        .sim
        .console_refund(&orders[0], 500)
        .expect("money is there");
    world.refunds_ended().await;
    dika_store::sql::query("UPDATE orders SET amount_fen = $2 WHERE id = $1")
        .bind(orders[1].clone())
        .bind(AMOUNT - 1)
        .execute(world.state.store.pool())
        .await
        .expect("written");
    let report = check_day(&services, None, Day::of(noon)).await;
    let report = report.expect("books").to_string();
    let [refunded, changed, unheard] = orders.try_into().expect("three");
    for line in [
        "compared    WeChat Pay's bill: 3 payment(s), 60.00 yuan; 1 refund(s), 5.00 yuan"
            .to_owned(),
        format!(
            "difference  WeChat Pay, order {refunded}, 5.00 yuan: went back in the bill, and the order is paid here"
        ),
        format!(
            "difference  WeChat Pay, order {changed}, 20.00 yuan: here the order is about 19.99 yuan"
        ),
        format!(
            "difference  WeChat Pay, order {unheard}, 20.00 yuan: paid in the bill, and paying here"
        ),
        "3 difference(s), 0 part(s) not read.".to_owned(),
    ] {
        assert!(report.contains(&line), "{line} in\n{report}");
    }
}
