use dika_contract::{ClaimRule, ClaimState, PaymentState, TerminalKind, Timestamp, TopUpEvent};
use proptest::prelude::*;

use super::{Event, OrderState, Refusal, apply, claim, payment};

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
