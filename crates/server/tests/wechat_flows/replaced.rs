//! The payment that paid an order goes back by hand, and another payment of the same order is made: the order keeps one of
//! the two, and the card gets the money once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use dika_contract::OrderId;
use dika_wechat_sim::{Call, Fault};

use crate::support::{AMOUNT, Browser, Log, World, with_cards_down};

/// An order whose first payment was closed and whose second one paid it; then the second one's money went back by hand,
/// which the server was told of or was not.
struct Returned {
    world: World,
    browser: Browser,
    order: String,
    is_down: Arc<AtomicBool>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Credit {
    OnTheCard,
    OnItsWay,
}

impl Returned {
    async fn new(credit: Credit, notices: bool) -> Self {
        let mut returned = Self::still_paid(credit, notices).await;
        returned.send_back_by_hand().await;
        returned
    }

    /// As they are before the second payment's money goes back by hand.
    async fn still_paid(credit: Credit, notices: bool) -> Self {
        let mut world = World::new().await;
        let is_down = Arc::new(AtomicBool::new(false));
        with_cards_down(&mut world, is_down.clone()).await;
        world
            .sim
            .set(|behaviour| behaviour.notify.enabled = notices);
        let (mut browser, card) = world.student().await;
        let (order, _) = browser.order_by(&card, "native").await;
        assert_eq!(browser.go_on(&order, "jsapi").await.status, 200);
        is_down.store(credit == Credit::OnItsWay, Ordering::SeqCst);
        world.sim.pay(&second(&order)).expect("payable");
        if notices {
            world.notified(1).await;
        }
        assert_eq!(browser.order(&order).await["payment"], "paid");
        let mut returned = Self {
            world,
            browser,
            order,
            is_down,
        };
        assert_eq!(
            returned.is_credited().await,
            credit == Credit::OnTheCard,
            "{credit:?}"
        );
        returned
    }

    async fn send_back_by_hand(&mut self) {
        self.world
            .sim
            .console_refund(&second(&self.order), AMOUNT)
            .expect("money is there");
        self.world.refunds_ended().await;
    }

    /// WeChat Pay takes the first payment after all.
    fn win_late(&self) {
        self.world.sim.pay_late(&self.order).expect("it wins");
    }

    async fn is_credited(&mut self) -> bool {
        let id = OrderId::parse(&self.order).expect("an id");
        let deposit = self.world.state.store.ledger_deposit(&id).await;
        deposit.expect("books").is_some()
    }

    async fn a_day_later(&mut self) {
        self.is_down.store(false, Ordering::SeqCst);
        for seconds in [60, 120, 600, 3_600, 26 * 3_600] {
            self.world.later(seconds).await;
        }
    }

    /// The order stands on its first payment, whose money is here.
    async fn assert_kept(&mut self) {
        self.world
            .assert_paid_once(&mut self.browser, &self.order)
            .await;
        let shown = self.browser.order(&self.order).await;
        let payment = self.world.trade(&self.order).transaction_id;
        assert_eq!(shown["payment_no"].as_str(), payment.as_deref());
        let back = self.world.money_back();
        assert_eq!(back, [(second(&self.order), AMOUNT)]);
    }
}

fn second(order: &str) -> String {
    format!("{order}-1")
}

#[tokio::test]
async fn a_late_payment_takes_the_place_of_one_that_went_back() {
    for credit in [Credit::OnItsWay, Credit::OnTheCard] {
        let (log, _logging) = Log::start();
        let mut case = Returned::new(credit, false).await;
        case.win_late();
        // By its page, or by a look at what is due.
        if credit == Credit::OnItsWay {
            case.world.later(60).await;
        }
        case.a_day_later().await;
        case.assert_kept().await;
        // Nobody told the server that all of the other one's money is back.
        assert!(log.calls_for_a_person() > 0, "{}", log.text());
    }
}

#[tokio::test]
async fn a_late_payment_that_its_notification_tells_of_takes_the_place_too() {
    let mut case = Returned::new(Credit::OnItsWay, false).await;
    case.world
        .sim
        .set(|behaviour| behaviour.notify.enabled = true);
    case.win_late();
    assert_eq!(case.world.notified(1).await, [Some(204)]);
    let waits = case.browser.order(&case.order).await;
    assert_eq!(waits["payment"], "paid", "{waits}");
    case.a_day_later().await;
    case.assert_kept().await;
}

#[tokio::test]
async fn a_second_payment_stays_until_the_order_s_money_is_on_its_card() {
    let mut case = Returned::still_paid(Credit::OnItsWay, true).await;
    case.win_late();
    assert_eq!(case.world.notified(2).await, [Some(204), Some(204)]);
    for seconds in [0, 10, 60, 600] {
        case.world.later(seconds).await;
        let shown = case.browser.order(&case.order).await;
        assert_eq!(shown["payment"], "paid", "{shown}");
        assert_eq!(case.world.money_back(), [], "after {seconds} s");
    }
    case.a_day_later().await;
    case.world
        .assert_paid_once(&mut case.browser, &case.order)
        .await;
    assert_eq!(case.world.money_back(), [(case.order.clone(), AMOUNT)]);
}

#[tokio::test]
async fn a_second_payment_that_stayed_takes_the_place_of_the_first_that_goes_back() {
    let mut case = Returned::still_paid(Credit::OnItsWay, false).await;
    case.win_late();
    // Both are known to be paid before one of them goes back by hand.
    case.world.later(60).await;
    case.send_back_by_hand().await;
    case.a_day_later().await;
    case.assert_kept().await;
}

#[tokio::test]
async fn the_order_of_credited_money_tells_what_became_of_both_payments() {
    let mut case = Returned::new(Credit::OnTheCard, true).await;
    case.world.later(1).await;
    case.world.notified(2).await;
    case.win_late();
    case.world.notified(3).await;
    case.a_day_later().await;
    case.assert_kept().await;
    let shown = case.browser.order(&case.order).await;
    let timeline = shown["timeline"].as_array().expect("a timeline");
    let words: Vec<&str> = timeline
        .iter()
        .filter_map(|entry| entry["event"].as_str())
        .collect();
    let of_two = words.iter().filter(|word| word.starts_with("second_"));
    assert_eq!(
        of_two.copied().collect::<Vec<_>>(),
        ["second_payment", "second_payment_returned"]
    );
}

#[tokio::test]
async fn nothing_goes_back_while_the_other_payment_cannot_be_asked_about() {
    let mut case = Returned::new(Credit::OnTheCard, true).await;
    case.world
        .sim
        .fault(Call::Query, Fault::Status { status: 502 }, u32::MAX);
    case.win_late();
    case.world.notified(3).await;
    case.world.later(600).await;
    assert_eq!(case.world.sim.refunds().len(), 1, "the one by hand");
    case.world.sim.clear_faults();
    case.a_day_later().await;
    case.assert_kept().await;
}

#[tokio::test]
async fn whichever_question_is_not_answered_the_late_payment_takes_the_place() {
    // Both payments are asked about, then both once more.
    for answered in 0..5 {
        let mut case = Returned::new(Credit::OnItsWay, false).await;
        case.win_late();
        let (in_time, silence) = (Fault::DoneThenSlow { ms: 0 }, Fault::Status { status: 502 });
        if answered > 0 {
            case.world.sim.fault(Call::Query, in_time, answered);
        }
        case.world.sim.fault(Call::Query, silence, 1);
        case.world.later(60).await;
        let waits = case.browser.order(&case.order).await;
        assert_eq!(waits["payment"], "paid", "{answered}: {waits}");
        case.world.sim.clear_faults();
        case.a_day_later().await;
        case.assert_kept().await;
    }
}

#[tokio::test]
async fn a_late_payment_that_went_back_too_takes_no_place() {
    let mut case = Returned::new(Credit::OnItsWay, false).await;
    case.win_late();
    case.world
        .sim
        .console_refund(&case.order, AMOUNT)
        .expect("money is there");
    case.world.refunds_ended().await;
    case.a_day_later().await;
    assert_ne!(case.browser.order(&case.order).await["payment"], "paid");
    assert!(!case.is_credited().await);
}

#[tokio::test]
async fn a_late_payment_of_an_order_that_goes_back_goes_back_too() {
    let mut case = Returned::new(Credit::OnItsWay, false).await;
    // The server finds out, and the order ends.
    case.world.later(60).await;
    let ends = case.browser.order(&case.order).await;
    assert_eq!(ends["payment"], "refunding", "{ends}");
    case.win_late();
    case.a_day_later().await;
    assert!(!case.is_credited().await);
    let mut back = case.world.money_back();
    back.sort();
    let both = [(case.order.clone(), AMOUNT), (second(&case.order), AMOUNT)];
    assert_eq!(back, both);
}
