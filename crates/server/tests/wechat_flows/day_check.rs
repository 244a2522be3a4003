//! The comparison of a day with WeChat Pay's bill, as a running server makes it by itself.

use dika_connector::Day;
use dika_server::services::day_check::check_yesterday;
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
