//! The comparison of a day with WeChat Pay's bill, as a running server makes it by itself.

use dika_connector::Day;
use dika_server::services::day_check::{check_unread_days, check_yesterday};
use dika_wechat_sim::{Call, Fault};

use crate::support::World;

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
