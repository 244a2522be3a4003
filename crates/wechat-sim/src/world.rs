use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::Value;

use crate::{
    behaviour::Behaviour,
    clock::real_ms,
    faults::{Call, Fault, FaultRule},
    keys::random_hex,
    messages::SimMessage,
    notices::{EventKind, Pending, ReleaseOrder, SentNotice},
    trades::{SimRefund, SimTrade},
    users::{Credential, SimUser, SwapCode},
};

/// All that Tencent's side remembers.
pub(crate) struct World {
    pub(crate) behaviour: Behaviour,
    pub(crate) faults: Vec<FaultRule>,
    pub(crate) calls: BTreeMap<Call, u32>,
    /// How far the simulated clock runs ahead, in milliseconds. Signatures always carry the real time.
    pub(crate) ahead_ms: i64,
    pub(crate) trades: BTreeMap<String, SimTrade>,
    pub(crate) refunds: BTreeMap<String, SimRefund>,
    /// Prepay ids and codes of Native orders: to the order's number and the end, in milliseconds.
    pub(crate) tickets_to_pay: HashMap<String, (String, i64)>,
    pub(crate) pending: Vec<Pending>,
    pub(crate) sent: Vec<SentNotice>,
    pub(crate) users: Vec<SimUser>,
    pub(crate) codes: HashMap<String, SwapCode>,
    pub(crate) token: Option<Credential>,
    pub(crate) js_ticket: Option<Credential>,
    /// Openid and scene of each message that a user allowed and that was not sent yet.
    pub(crate) message_permissions: BTreeSet<(String, u16)>,
    pub(crate) messages: Vec<SimMessage>,
    /// Nonces of requests seen: the same one twice is a replay.
    pub(crate) nonces: HashMap<String, i64>,
}

impl Default for World {
    fn default() -> Self {
        Self {
            behaviour: Behaviour::default(),
            faults: Vec::new(),
            calls: BTreeMap::new(),
            ahead_ms: 0,
            trades: BTreeMap::new(),
            refunds: BTreeMap::new(),
            tickets_to_pay: HashMap::new(),
            pending: Vec::new(),
            sent: Vec::new(),
            users: SimUser::initial(),
            codes: HashMap::new(),
            token: None,
            js_ticket: None,
            message_permissions: BTreeSet::new(),
            messages: Vec::new(),
            nonces: HashMap::new(),
        }
    }
}

impl World {
    /// The simulated clock in milliseconds since 1970.
    pub(crate) fn now_ms(&self) -> i64 {
        real_ms() + self.ahead_ms
    }

    /// A new name to pay by, valid for `life_s`.
    pub(crate) fn ticket_to_pay(
        &mut self,
        prefix: &str,
        out_trade_no: &str,
        life_s: i64,
    ) -> String {
        let ticket = format!("{prefix}{}", random_hex(17));
        self.tickets_to_pay.insert(
            ticket.clone(),
            (out_trade_no.to_owned(), self.now_ms() + life_s * 1000),
        );
        ticket
    }

    /// The order that a name to pay by stands for, while it is valid.
    pub(crate) fn order_of(&self, ticket: &str) -> Option<String> {
        let (out_trade_no, end_ms) = self.tickets_to_pay.get(ticket)?;
        (self.now_ms() < *end_ms).then(|| out_trade_no.clone())
    }

    /// Counts a call and takes the fault that strikes it, if any: the oldest rule first.
    pub(crate) fn record_call(&mut self, call: Call) -> Option<Fault> {
        *self.calls.entry(call).or_default() += 1;
        let place = self
            .faults
            .iter()
            .position(|rule| rule.call.is_none_or(|c| c == call))?;
        let rule = self.faults.get_mut(place)?;
        let fault = rule.fault.clone();
        if let Some(times) = &mut rule.times {
            *times = times.saturating_sub(1);
            if *times == 0 {
                self.faults.remove(place);
            }
        }
        Some(fault)
    }

    /// Puts a notification in line.
    pub(crate) fn announce(
        &mut self,
        kind: EventKind,
        event_type: &'static str,
        url: &str,
        trade: &SimTrade,
        content: Value,
    ) {
        let plan = self.behaviour.notify.clone();
        if !plan.enabled {
            return;
        }
        let due_ms = self.now_ms() + i64::try_from(plan.delay_ms).unwrap_or(i64::MAX / 2);
        let first = Pending {
            id: format!("EV-{}", random_hex(10)),
            kind,
            event_type,
            url: url.to_owned(),
            out_trade_no: trade.out_trade_no.clone(),
            asked_key: trade.asked_key.clone(),
            content,
            due_ms,
            attempt: 1,
            held: plan.hold,
            retries: true,
        };
        for copy in 0..plan.copies {
            self.pending.push(Pending {
                retries: copy == 0,
                ..first.clone()
            });
        }
    }

    /// Lets held notifications go, one after the other.
    pub(crate) fn release(&mut self, order: ReleaseOrder) -> usize {
        let now = self.now_ms();
        let (mut held, rest): (Vec<Pending>, Vec<Pending>) =
            self.pending.drain(..).partition(|notice| notice.held);
        if order == ReleaseOrder::Reversed {
            held.reverse();
        }
        let count = held.len();
        self.pending = rest;
        for (place, mut notice) in (0..).zip(held) {
            notice.held = false;
            // Far enough apart to arrive in this order.
            notice.due_ms = now + place * 150;
            self.pending.push(notice);
        }
        count
    }
}
