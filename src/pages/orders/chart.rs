//! A chart of six months: how much was paid in each. Loads the orders that the list has not loaded, so that
//! each month is complete.

use dika_contract::{Fen, Language, PaymentState, Timestamp, TopUp, TopUpEvent, TopUpPage};
use dika_markup::{Node, view};
use leptos::prelude::*;

use super::merge::merged;
use crate::{
    api::Api,
    effect::effect,
    platform,
    text::{self, OrdersText, fill, month, yuan},
    ui::{Bar, BarTable, Details},
};

const DAY_S: i64 = 86_400;
/// Months shown.
const MONTHS: usize = 6;
/// Pages to load at most; a student with more orders in half a year sees no chart.
const MAX_PAGES: usize = 10;

/// A month and its sum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Month {
    /// Any moment in the month.
    at: Timestamp,
    paid: Fen,
    count: usize,
}

/// The sums by month, the current month first. `orders` must cover all months.
fn months(now: Timestamp, orders: &[TopUp]) -> Vec<Month> {
    let mut at = now;
    (0..MONTHS)
        .map(|_| {
            let this = at.in_china();
            let mut month = Month {
                at,
                paid: Fen::new(0),
                count: 0,
            };
            for order in orders {
                // Refunds don't count.
                let paid_at = order.when(TopUpEvent::Paid).unwrap_or(order.created_at);
                let then = paid_at.in_china();
                if order.payment == PaymentState::Paid
                    && (then.year, then.month) == (this.year, this.month)
                {
                    month.paid = Fen::new(month.paid.get() + order.amount_fen.get());
                    month.count += 1;
                }
            }
            // The last day of the previous month.
            at = at.plus(-DAY_S * i64::from(this.day));
            month
        })
        .collect()
}

/// Whether orders, newest first, cover all months shown.
fn covers_all_months(now: Timestamp, orders: &[TopUp]) -> bool {
    // An upper bound of six months.
    let first = now.plus(-DAY_S * 31 * 6);
    orders.last().is_some_and(|last| last.created_at < first)
}

/// A bar's length in thousandths of the longest.
fn permille(amount: Fen, most: Fen) -> u16 {
    let most = most.get().max(1);
    u16::try_from(amount.get().max(0).saturating_mul(1000) / most).unwrap_or(1000)
}

/// The chart below its sum. `page` is the list's first page.
pub(super) fn chart(api: StoredValue<Api>, page: &TopUpPage) -> Node {
    let orders = RwSignal::new(page.items.clone());
    let next = page.next_cursor.clone();
    let now = api.with_value(Api::page_time).unwrap_or_else(platform::now);
    let is_complete = RwSignal::new(next.is_none() || covers_all_months(now, &page.items));
    let mut next = next.filter(|_| !is_complete.get_untracked());
    effect(move || {
        let Some(mut cursor) = next.take() else {
            return;
        };
        let api = api.get_value();
        platform::spawn(async move {
            for _ in 0..MAX_PAGES {
                // Without all orders there is no chart.
                let Ok(TopUpPage { items, next_cursor }) = api.top_ups(Some(&cursor)).await else {
                    return;
                };
                let done = next_cursor.is_none() || covers_all_months(now, &items);
                // New orders push others onto the next page: each counts once.
                orders.try_update(|orders| *orders = merged(items, orders));
                if done {
                    is_complete.try_set(true);
                    return;
                }
                cursor = next_cursor.unwrap_or_default();
            }
        });
    });
    let t = OrdersText::current();
    let language = text::language();
    let drawn = move || {
        if is_complete.get() {
            orders.with(|orders| draw(t, language, &months(now, orders)))
        } else {
            // Reserves the space.
            view! { <div class="bone bone-cell"></div> }
        }
    };
    view! { <div class="extra">{drawn}</div> }
}

fn draw(t: &'static OrdersText, language: Language, months: &[Month]) -> Node {
    let sum = months.iter().map(|month| month.paid.get()).sum();
    let count: usize = months.iter().map(|month| month.count).sum();
    let most = months.iter().map(|month| month.paid).max();
    let bars = months
        .iter()
        .map(|shown| Bar {
            label: month(language, shown.at),
            value: yuan(shown.paid),
            permille: permille(shown.paid, most.unwrap_or(Fen::new(0))),
        })
        .collect();
    let words = if count == 1 {
        t.six_months_one
    } else {
        t.six_months
    };
    let summary = fill(words, &[&yuan(Fen::new(sum)), &count.to_string()]);
    view! {
        <Details summary>
            <BarTable caption=t.six_months_caption of=t.month values=t.amount bars/>
            <p class="muted small">{t.six_months_note}</p>
        </Details>
    }
}

#[cfg(test)]
mod tests {
    use dika_contract::ClaimState;

    use super::*;

    fn order(at: &str, fen: i64, payment: PaymentState) -> TopUp {
        let mut order = crate::pages::orders::test_order::order(payment, ClaimState::NotNeeded);
        order.created_at = Timestamp::parse(at).expect("a moment");
        order.amount_fen = Fen::new(fen);
        order
    }

    #[test]
    fn paid_money_is_in_the_month_in_china_in_which_it_was_paid() {
        let now = Timestamp::parse("2026-03-31T10:00:00Z").expect("a moment");
        let orders = [
            // The last of February in UTC, the first of March in China.
            order("2026-02-28T17:00:00Z", 100, PaymentState::Paid),
            order("2026-02-28T15:00:00Z", 20, PaymentState::Paid),
            order("2026-02-02T00:00:00Z", 3, PaymentState::Closed),
            order("2026-02-02T00:00:00Z", 5, PaymentState::Refunded),
            order("2025-10-01T00:00:00Z", 7, PaymentState::Paid),
            order("2025-09-30T15:59:59Z", 9, PaymentState::Paid),
        ];
        let shown = months(now, &orders);
        let paid: Vec<i64> = shown.iter().map(|month| month.paid.get()).collect();
        assert_eq!(paid, [100, 20, 0, 0, 0, 7]);
        let names: Vec<String> = shown
            .iter()
            .map(|shown| month(Language::English, shown.at))
            .collect();
        assert_eq!(
            names,
            [
                "Mar 2026", "Feb 2026", "Jan 2026", "Dec 2025", "Nov 2025", "Oct 2025"
            ]
        );
    }

    #[test]
    fn orders_cover_the_months_only_if_they_begin_before_them() {
        let now = Timestamp::parse("2026-12-31T10:00:00Z").expect("a moment");
        let just = order("2026-07-01T00:00:00Z", 1, PaymentState::Paid);
        assert!(!covers_all_months(now, core::slice::from_ref(&just)));
        let before = order("2026-06-01T00:00:00Z", 1, PaymentState::Paid);
        assert!(covers_all_months(now, &[just, before]));
        assert!(!covers_all_months(now, &[]));
    }

    #[test]
    fn bars_are_relative_to_the_longest() {
        let fen = Fen::new;
        assert_eq!(permille(fen(50), fen(200)), 250);
        assert_eq!(permille(fen(200), fen(200)), 1000);
        assert_eq!(permille(fen(0), fen(0)), 0);
        assert_eq!(permille(fen(i64::MAX), fen(1)), 1000);
    }
}
