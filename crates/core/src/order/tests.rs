use dika_contract::{ClaimRule, ClaimState, PaymentState, TerminalKind, Timestamp, TopUpEvent};
use proptest::prelude::*;

use super::{Event, OrderState, PAY_WITHIN_S, Refusal, apply, claim, payment};

const SIX_HOURS: u32 = 6 * 3_600;

fn rules() -> impl Strategy<Value = ClaimRule> {
    prop::sample::select(vec![
        ClaimRule {
            terminals: vec![],
            within_s: None,
        },
        ClaimRule {
            terminals: vec![TerminalKind::GdutLoad],
            within_s: None,
        },
        ClaimRule {
            terminals: vec![TerminalKind::HemcTopUp],
            within_s: Some(SIX_HOURS),
        },
    ])
}

fn events() -> impl Strategy<Value = Vec<(Event, i64)>> {
    let event = prop_oneof![
        prop::sample::select(&payment::Event::ALL[..]).prop_map(Event::Payment),
        prop::sample::select(&claim::Event::ALL[..]).prop_map(Event::Claim),
    ];
    prop::collection::vec((event, 0i64..20_000), 0..40)
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix(1_790_000_000 + seconds)
}

fn was_paid(state: PaymentState) -> bool {
    matches!(
        state,
        PaymentState::Paid | PaymentState::Refunding | PaymentState::Refunded
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn holds_in_every_order_of_events(rule in rules(), events in events()) {
        let mut order = OrderState::new();
        let mut log = Vec::new();
        let mut now = 0;
        for (event, later) in events {
            now += later;
            let before = order.clone();
            let Ok(made) = apply(&order, event, &rule, at(now)) else {
                // Only wishes are refused; what provider and card system say is taken.
                prop_assert!(matches!(
                    event,
                    Event::Payment(payment::Event::Started) | Event::Claim(claim::Event::Confirmed)
                ));
                continue;
            };
            order = made.state;
            log.extend(made.log);

            // Paid never becomes unpaid.
            prop_assert!(!was_paid(before.payment) || was_paid(order.payment));
            // Money on the card stays there: unless it never was, because the card refused it.
            if before.claim == ClaimState::Claimed && order.payment == PaymentState::Paid {
                prop_assert_eq!(order.claim, ClaimState::Claimed);
            }
            // Nothing waits that is not paid, or that needs no collecting.
            if order.claim != ClaimState::NotNeeded {
                prop_assert_eq!(order.payment, PaymentState::Paid);
                prop_assert!(rule.is_needed());
            }
            prop_assert_eq!(
                order.claim_by.is_some(),
                rule.within_s.is_some() && order.claim != ClaimState::NotNeeded
            );
            // The same event again says nothing new.
            if let Ok(again) = apply(&order, event, &rule, at(now)) {
                prop_assert_eq!(&again.state, &order);
                prop_assert!(again.log.is_empty());
            }
        }
        for once in [TopUpEvent::Paid, TopUpEvent::Claimed, TopUpEvent::RefundStarted, TopUpEvent::Refunded] {
            prop_assert!(log.iter().filter(|event| **event == once).count() <= 1, "{once} twice");
        }
        prop_assert_eq!(was_paid(order.payment), log.contains(&TopUpEvent::Paid));
    }

    #[test]
    fn a_payment_is_honoured_whenever_it_is_heard_of(rule in rules(), events in events()) {
        let mut order = OrderState::new();
        for (event, later) in events {
            if let Ok(made) = apply(&order, event, &rule, at(later)) {
                order = made.state;
            }
        }
        let made = apply(&order, Event::Payment(payment::Event::Paid), &rule, at(0)).expect("taken");
        prop_assert!(was_paid(made.state.payment));
    }

    #[test]
    fn confirming_gives_a_new_term(late in 0i64..1_000_000) {
        let rule = ClaimRule { terminals: vec![TerminalKind::HemcTopUp], within_s: Some(SIX_HOURS) };
        let paid = apply(&OrderState::new(), Event::Payment(payment::Event::Paid), &rule, at(0))
            .expect("paid").state;
        let due = i64::from(SIX_HOURS);
        let early = apply(&paid, Event::Claim(claim::Event::Tick), &rule, at(due - 1)).expect("ticks");
        prop_assert_eq!(early.state.claim, ClaimState::Waiting);
        let lapsed = apply(&paid, Event::Claim(claim::Event::Tick), &rule, at(due + late))
            .expect("ticks").state;
        prop_assert_eq!(lapsed.claim, ClaimState::NeedsConfirmation);
        let again = apply(&lapsed, Event::Claim(claim::Event::Confirmed), &rule, at(due + late))
            .expect("confirms").state;
        prop_assert_eq!(again.claim, ClaimState::Waiting);
        prop_assert_eq!(again.claim_by, Some(at(2 * due + late)));
    }
}

#[test]
fn wishes_are_refused_with_the_reason() {
    use payment::Event::{Closed, Failed, Paid, Silent, Started};
    let rule = ClaimRule {
        terminals: vec![],
        within_s: None,
    };
    let after = |events: &[payment::Event]| {
        events.iter().fold(OrderState::new(), |order, event| {
            apply(&order, Event::Payment(*event), &rule, at(0))
                .expect("taken")
                .state
        })
    };
    for (events, refusal) in [
        (&[Started, Silent][..], Refusal::Undecided),
        (&[Started, Paid], Refusal::AlreadyPaid),
        (&[Closed], Refusal::Closed),
        (&[Failed], Refusal::Closed),
    ] {
        let order = after(events);
        assert_eq!(
            apply(&order, Event::Payment(Started), &rule, at(0)),
            Err(refusal)
        );
        if order.payment != PaymentState::Closed {
            assert_eq!(payment::may_cancel(order.payment), Err(refusal));
        }
    }
    assert_eq!(
        apply(
            &OrderState::new(),
            Event::Claim(claim::Event::Confirmed),
            &rule,
            at(0)
        ),
        Err(Refusal::NotConfirmable)
    );
}

/// The payment machine as a table, written down a second time: each line is a state, each column an event. A dot says that
/// nothing changes.
#[test]
fn each_event_makes_of_each_payment_what_the_table_says() {
    const TABLE: [&str; 8] = [
        // Started     Pending Cancelled Paid Failed Closed Silent RefundStarted Refunded
        "created   paying       .      .       paid failed closed .       .         .",
        "paying    .            .      created paid failed closed unknown .         .",
        "unknown   undecided    paying created paid failed closed .       .         .",
        "paid      already_paid .      .       .    .      .      .       refunding .",
        "closed    over         .      .       paid .      .      .       .         .",
        "failed    over         .      .       paid .      .      .       .         .",
        "refunding already_paid .      .       .    .      .      .       .         refunded",
        "refunded  over         .      .       .    .      .      .       .         .",
    ];
    for line in TABLE {
        let mut words = line.split_whitespace();
        let state = PaymentState::from_word(words.next().expect("a state"));
        for (event, word) in payment::Event::ALL.into_iter().zip(words) {
            let expected = match word {
                "undecided" => Err(Refusal::Undecided),
                "already_paid" => Err(Refusal::AlreadyPaid),
                "over" => Err(Refusal::Closed),
                "." => Ok((state, None)),
                word => {
                    let next = PaymentState::from_word(word);
                    let log = match next {
                        PaymentState::Created => Some(TopUpEvent::PaymentCancelled),
                        // Nothing new: it was begun before.
                        PaymentState::Paying if state == PaymentState::Unknown => None,
                        PaymentState::Paying => Some(TopUpEvent::PaymentStarted),
                        PaymentState::Unknown => Some(TopUpEvent::OutcomeUnknown),
                        PaymentState::Paid => Some(TopUpEvent::Paid),
                        PaymentState::Failed => Some(TopUpEvent::PaymentFailed),
                        PaymentState::Closed => Some(TopUpEvent::Closed),
                        PaymentState::Refunding => Some(TopUpEvent::RefundStarted),
                        PaymentState::Refunded => Some(TopUpEvent::Refunded),
                    };
                    Ok((next, log))
                }
            };
            let made = payment::step(state, event).map(|step| (step.state, step.log));
            assert_eq!(made, expected, "{state} {event:?}");
        }
    }
}

#[test]
fn an_order_can_be_paid_for_half_an_hour() {
    assert_eq!(at(PAY_WITHIN_S), at(0).plus(1_800));
}

#[test]
fn only_what_can_still_end_unpaid_is_given_up() {
    use PaymentState as P;
    for (state, expected) in [
        (P::Created, Ok(())),
        (P::Paying, Ok(())),
        (P::Closed, Ok(())),
        (P::Unknown, Err(Refusal::Undecided)),
        (P::Paid, Err(Refusal::AlreadyPaid)),
        (P::Refunding, Err(Refusal::AlreadyPaid)),
        (P::Failed, Err(Refusal::Closed)),
        (P::Refunded, Err(Refusal::Closed)),
    ] {
        assert_eq!(payment::may_cancel(state), expected, "{state}");
    }
}

#[test]
fn money_is_unsettled_from_its_payment_until_the_card_system_has_it_or_it_goes_back() {
    let rule = ClaimRule {
        terminals: vec![TerminalKind::GdutLoad],
        within_s: None,
    };
    let after = |order: &OrderState, event| apply(order, event, &rule, at(0)).expect("taken").state;
    let new = OrderState::default();
    assert!(!new.is_unsettled());
    let paid = after(&new, Event::Payment(payment::Event::Paid));
    assert!(paid.is_unsettled());
    let waits = after(&paid, Event::Claim(claim::Event::Waits));
    assert!(!waits.is_unsettled() && waits.settled);
    assert_eq!(waits.claim, ClaimState::Waiting);
    // What waits was not confirmed anew.
    assert_eq!(
        apply(&waits, Event::Claim(claim::Event::Confirmed), &rule, at(0)),
        Err(Refusal::NotConfirmable)
    );
    // The card system has it: it does not go back.
    assert_eq!(
        after(&waits, Event::Payment(payment::Event::RefundStarted)),
        waits
    );
    let returning = after(&paid, Event::Payment(payment::Event::RefundStarted));
    assert!(!returning.is_unsettled() && returning.settled);
    assert_eq!(
        (returning.claim, returning.claim_by),
        (ClaimState::NotNeeded, None)
    );
}

#[test]
fn money_that_needs_no_collecting_is_said_to_be_on_the_card_once() {
    let rule = ClaimRule {
        terminals: vec![],
        within_s: None,
    };
    let paid = apply(
        &OrderState::new(),
        Event::Payment(payment::Event::Paid),
        &rule,
        at(0),
    )
    .expect("taken");
    assert_eq!(paid.log, [TopUpEvent::Paid]);
    let on_card = Event::Claim(claim::Event::OnCard);
    let first = apply(&paid.state, on_card, &rule, at(0)).expect("taken");
    assert_eq!(first.log, [TopUpEvent::Claimed]);
    let second = apply(&first.state, on_card, &rule, at(0)).expect("taken");
    assert_eq!((second.state, second.log), (first.state, vec![]));
}

#[test]
fn the_timeline_tells_when_waiting_money_lapsed_was_confirmed_and_was_collected() {
    let rule = ClaimRule {
        terminals: vec![TerminalKind::HemcTopUp],
        within_s: Some(SIX_HOURS),
    };
    let due = i64::from(SIX_HOURS);
    let steps: [(Event, i64, &[TopUpEvent]); 4] = [
        (
            Event::Payment(payment::Event::Paid),
            0,
            &[TopUpEvent::Paid, TopUpEvent::ClaimOpened],
        ),
        (
            Event::Claim(claim::Event::Tick),
            due,
            &[TopUpEvent::ClaimLapsed],
        ),
        (
            Event::Claim(claim::Event::Confirmed),
            due,
            &[TopUpEvent::ClaimConfirmed],
        ),
        (
            Event::Claim(claim::Event::OnCard),
            due,
            &[TopUpEvent::Claimed],
        ),
    ];
    let mut order = OrderState::new();
    for (event, later, told) in steps {
        let made = apply(&order, event, &rule, at(later)).expect("taken");
        assert_eq!(made.log, told);
        order = made.state;
    }
}
