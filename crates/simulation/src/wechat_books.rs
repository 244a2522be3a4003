use std::collections::BTreeMap;

use dika_contract::{OrderId, Timestamp};

/// What WeChat Pay has of a payment.
#[derive(Clone, Debug)]
pub struct Trade {
    /// Ours.
    pub no: String,
    /// `H5` or `NATIVE`.
    pub form: &'static str,
    /// How much.
    pub fen: i64,
    /// Until when it can be paid.
    pub ends: Timestamp,
    /// How far it is.
    pub state: State,
    /// When it was paid.
    pub paid_at: Option<Timestamp>,
    /// When it was closed.
    pub closed_at: Option<Timestamp>,
    /// Whether a phone has a way to pay it.
    pub in_hand: bool,
    /// Whether somebody is paying it: a password was typed.
    pub begun: bool,
}

/// How far a payment is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Not paid.
    NotPaid,
    /// Paid.
    Paid,
    /// Cannot be paid any more.
    Closed,
}

/// Money on its way back.
#[derive(Clone, Debug)]
pub struct Refund {
    /// Ours, or the console's.
    pub no: String,
    /// Of which payment.
    pub of: String,
    /// How much.
    pub fen: i64,
    /// `PROCESSING`, `SUCCESS`, `CLOSED` or `ABNORMAL`.
    pub status: &'static str,
    /// Whether a person asked for it.
    pub by_hand: bool,
    /// When it was asked for.
    pub asked_at: Timestamp,
}

/// What WeChat Pay knows.
#[derive(Debug, Default)]
pub struct WechatBooks {
    /// Payments by number.
    pub trades: BTreeMap<String, Trade>,
    /// Refunds by number.
    pub refunds: BTreeMap<String, Refund>,
}

/// What WeChat Pay knows of an order, all its payments together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Fen that were paid.
    pub paid: i64,
    /// Fen that are back.
    pub back: i64,
    /// Fen that are on their way back.
    pub going: i64,
    /// Fen whose refund is stuck.
    pub stuck: i64,
    /// When somebody first sent money back by hand.
    pub by_hand_at: Option<Timestamp>,
    /// Whether somebody may still pay it.
    pub payable: bool,
    /// Whether some of it was paid after that payment was closed.
    pub won_late: bool,
    /// When a payment was first made that nobody had closed.
    pub paid_at: Option<Timestamp>,
}

/// The order that a payment's number is of.
pub fn order_of(no: &str) -> Option<OrderId> {
    OrderId::parse(no.split('-').next().unwrap_or(no))
}

impl WechatBooks {
    /// Fen of an order's payments of which no refund was ever asked for: WeChat Pay calls the others refunded, however that
    /// ended.
    pub(crate) fn untouched(&self, order: &OrderId) -> i64 {
        let untouched = self.trades_of(order).filter(|(no, trade)| {
            trade.state == State::Paid && !self.refunds.values().any(|refund| refund.of == **no)
        });
        untouched.map(|(_, trade)| trade.fen).sum()
    }

    /// What is known of an order.
    pub fn standing(&self, order: &OrderId, now: Timestamp) -> Standing {
        let mut standing = Standing::default();
        for (_, trade) in self.trades_of(order) {
            match trade.state {
                State::Paid => {
                    standing.paid += trade.fen;
                    standing.won_late |= trade.closed_at.is_some();
                    if trade.closed_at.is_none() {
                        let before = standing.paid_at.or(trade.paid_at);
                        standing.paid_at = before.min(trade.paid_at);
                    }
                }
                State::NotPaid => standing.payable |= trade.in_hand && now < trade.ends,
                State::Closed => {}
            }
        }
        for refund in self
            .refunds
            .values()
            .filter(|refund| refund.of.starts_with(order.as_str()))
        {
            match refund.status {
                "SUCCESS" => standing.back += refund.fen,
                "PROCESSING" => standing.going += refund.fen,
                "ABNORMAL" => standing.stuck += refund.fen,
                _ => {}
            }
            if refund.by_hand {
                let first = standing
                    .by_hand_at
                    .map_or(refund.asked_at, |at| at.min(refund.asked_at));
                standing.by_hand_at = Some(first);
            }
        }
        standing
    }

    /// How many payments of an order were made.
    pub(crate) fn payments(&self, order: &OrderId) -> i64 {
        let paid = self.trades_of(order);
        let paid = paid.filter(|(_, trade)| trade.state == State::Paid);
        i64::try_from(paid.count()).unwrap_or(i64::MAX)
    }

    /// The order's payments at WeChat Pay, by their numbers, which begin with the order's.
    fn trades_of(&self, order: &OrderId) -> impl Iterator<Item = (&String, &Trade)> {
        let id = order.as_str();
        let trades = self.trades.range(id.to_owned()..);
        trades.take_while(move |(no, _)| no.starts_with(id))
    }

    pub(crate) fn left_of(&self, no: &str) -> i64 {
        let paid = self.trades.get(no).map_or(0, |trade| trade.fen);
        let refunds = self.refunds.values();
        let gone = refunds.filter(|refund| refund.of == no && refund.status != "CLOSED");
        paid - gone.map(|refund| refund.fen).sum::<i64>()
    }
}
