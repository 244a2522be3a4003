//! A text about the order that a student can send to the service point: order, card, amount, events with
//! their times. Nothing private: no name, no number in full.

use dika_contract::{ClaimState, PaymentState, Timestamp, TopUp};

use super::numbers::others_numbers;
use crate::text::{Common, OrdersText, fill, yuan};

/// The text. `request` is the id of the last refused request in the server's log.
pub(super) fn evidence(
    t: &OrdersText,
    common: &Common,
    order: &TopUp,
    request: Option<&str>,
) -> String {
    let card = [common.issuer(order.issuer), " ", &order.card_no_masked].concat();
    // The app's word, and the API's in brackets: the service point may know either.
    let coded = |word: &str, code: &str| fill(t.evidence_code, &[word, code]);
    let payment = coded(
        common.order_state(order.payment, ClaimState::Other),
        order.payment.as_str(),
    );
    let amount = yuan(order.amount_fen);
    let mut lines = vec![
        t.evidence_title.to_owned(),
        fill(t.evidence_line, &[t.order_no, order.id.as_str()]),
        fill(t.evidence_line, &[t.card, &card]),
        fill(t.evidence_line, &[t.wallet, common.wallet(order.wallet)]),
        fill(t.evidence_line, &[t.amount, &amount]),
        fill(t.evidence_line, &[t.evidence_state, &payment]),
    ];
    // Before the payment there is nothing to collect, whatever the claim state is.
    if order.payment == PaymentState::Paid || order.claim != ClaimState::NotNeeded {
        let word = if order.settling {
            common.order_settling
        } else {
            t.claim(common, order.claim)
        };
        let claim = coded(word, order.claim.as_str());
        lines.push(fill(t.evidence_line, &[t.evidence_claim, &claim]));
    }
    for (label, number) in others_numbers(t, order) {
        lines.push(fill(t.evidence_line, &[label, number]));
    }
    lines.push(fill(
        t.evidence_line,
        &[t.created, &timestamp(order.created_at)],
    ));
    lines.extend(order.timeline.iter().map(|entry| {
        fill(
            t.evidence_line,
            &[t.event(entry.event), &timestamp(entry.at)],
        )
    }));
    if let Some(request) = request {
        lines.push(fill(t.evidence_line, &[t.evidence_request, request]));
    }
    lines.push(t.evidence_clock.to_owned());
    lines.join("\n")
}

/// Date and time in China, to the second: `2026-11-23 05:50:01`.
fn timestamp(moment: Timestamp) -> String {
    const CHINA_S: i64 = 8 * 3_600;
    let text = moment.plus(CHINA_S).to_string();
    text.trim_end_matches('Z').replace('T', " ")
}

#[cfg(test)]
mod tests {
    use dika_contract::{TopUpEvent, top_up::TimelineEntry};

    use super::*;
    use dika_contract::Language;

    use crate::pages::orders::test_order::order;

    #[test]
    fn it_names_the_order_and_no_person() {
        let mut order = order(PaymentState::Paid, ClaimState::Waiting);
        order.timeline.push(TimelineEntry {
            event: TopUpEvent::Paid,
            at: order.created_at.plus(60),
        });
        order.payment_no = Some("4200001".to_owned());
        order.card_system_no = Some("B-77".to_owned());
        for language in Language::ALL {
            let text = evidence(
                OrdersText::of(*language),
                Common::of(*language),
                &order,
                Some("req-7"),
            );
            for wanted in [
                "01ORDER",
                "12.34",
                "**** 5678",
                "2026-11-23 05:50:01",
                "2026-11-23 05:51:01",
                "4200001",
                "B-77",
                "req-7",
            ] {
                assert!(text.contains(wanted), "{wanted} is not in: {text}");
            }
            assert!(!text.contains("Chen") && !text.contains("3124"), "{text}");
            assert!(!text.contains('{'), "{text}");
        }
    }

    #[test]
    fn it_gives_states_in_words_and_codes() {
        let text_in = |language, payment, claim| {
            let order = order(payment, claim);
            evidence(OrdersText::of(language), Common::of(language), &order, None)
        };
        let text = text_in(
            Language::Chinese,
            PaymentState::Paid,
            ClaimState::NeedsConfirmation,
        );
        for wanted in [
            "付款状态：已付款（paid）",
            "领取状态：超时未领（needs_confirmation）",
        ] {
            assert!(text.contains(wanted), "{wanted} is not in: {text}");
        }
        let text = text_in(
            Language::English,
            PaymentState::Closed,
            ClaimState::NotNeeded,
        );
        assert!(text.contains("Payment: Closed (closed)"), "{text}");
        assert!(!text.contains("not_needed"), "{text}");
    }
}
