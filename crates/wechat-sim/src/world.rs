use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    time::{SystemTime, UNIX_EPOCH},
};

use serde::{Deserialize, Serialize};

use crate::{
    faults::{Call, FaultRule},
    keys::random_hex,
    messages::SimMessage,
    notify::{Pending, SentNotice},
    oauth::{Kept, SimUser, SwapCode},
    trades::{SimRefund, SimTrade},
};

/// When WeChat Pay tries again after a notification was not acknowledged, in milliseconds after the try before: Tencent's
/// published 15 s, 15 s, 30 s, 3 min, 10 min, 20 min, 30 min thrice, 60 min, 3 h thrice, 6 h twice.
pub const TENCENT_RETRIES_MS: [u64; 15] = [
    15_000, 15_000, 30_000, 180_000, 600_000, 1_200_000, 1_800_000, 1_800_000, 1_800_000,
    3_600_000, 10_800_000, 10_800_000, 10_800_000, 21_600_000, 21_600_000,
];

/// How notifications are sent from now on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NotifyPlan {
    /// Whether they are sent at all.
    pub enabled: bool,
    /// Keep them until released: the way to reorder them.
    pub hold: bool,
    /// Milliseconds of the simulated clock between the event and the first try.
    pub delay_ms: u64,
    /// How often each is sent, acknowledged or not.
    pub copies: u32,
    /// Milliseconds of the simulated clock to each retry; its length is the number of retries.
    pub retry_ms: Vec<u64>,
}

impl Default for NotifyPlan {
    fn default() -> Self {
        Self {
            enabled: true,
            hold: false,
            delay_ms: 0,
            copies: 1,
            retry_ms: TENCENT_RETRIES_MS.to_vec(),
        }
    }
}

/// Which of the platform's keys signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SigningKey {
    /// The one a request names in `Wechatpay-Serial`, else the certificate's.
    Asked,
    /// The certificate's.
    Certificate,
    /// The public key's.
    PublicKey,
    /// One that nobody knows.
    Stranger,
}

/// What the payment bridge does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BridgeOutcome {
    /// The user pays; the page is told `ok`.
    Ok,
    /// The user gives up; the page is told `cancel`.
    Cancel,
    /// It fails; the page is told `fail`.
    Fail,
    /// The user pays; the page is never told, as when WeChat closes it.
    PaidButSilent,
    /// The page is told `ok`, though nothing was paid.
    OkButUnpaid,
}

/// How a refund ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundEnd {
    /// The money is back.
    Success,
    /// The bank refused it.
    Abnormal,
    /// It was closed.
    Closed,
}

/// What can be changed while it runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Behaviour {
    /// After a payment, so many queries are still answered `NOTPAY`.
    pub notpay_queries: u32,
    /// After a payment, queries are answered `NOTPAY` for so many seconds of the simulated clock.
    pub notpay_for_s: i64,
    /// How notifications are sent.
    pub notify: NotifyPlan,
    /// Which key signs answers and notifications.
    pub signing_key: SigningKey,
    /// What the bridge does.
    pub bridge: BridgeOutcome,
    /// So many seconds of the simulated clock after its creation an order can't be closed yet.
    pub close_after_s: i64,
    /// Seconds of the simulated clock until a refund ends.
    pub refund_after_s: i64,
    /// How it ends.
    pub refund_end: RefundEnd,
    /// Life of access tokens and tickets in seconds.
    pub token_life_s: i64,
    /// The WeChat user who signs in, by place in the list of users.
    pub user: usize,
    /// Show a page to choose the user instead of signing in silently.
    pub choose_user: bool,
}

impl Default for Behaviour {
    fn default() -> Self {
        Self {
            notpay_queries: 0,
            notpay_for_s: 0,
            notify: NotifyPlan::default(),
            signing_key: SigningKey::Asked,
            bridge: BridgeOutcome::Ok,
            close_after_s: 0,
            refund_after_s: 0,
            refund_end: RefundEnd::Success,
            token_life_s: 7200,
            user: 0,
            choose_user: false,
        }
    }
}

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
    pub(crate) token: Option<Kept>,
    pub(crate) js_ticket: Option<Kept>,
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
            users: SimUser::cast(),
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
}

/// This machine's clock in milliseconds since 1970.
pub(crate) fn real_ms() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .ok()
        .and_then(|elapsed| i64::try_from(elapsed.as_millis()).ok())
        .unwrap_or(0)
}

/// A time as Tencent writes it: RFC 3339 in China's offset.
pub(crate) fn china_time(ms: i64) -> String {
    time::OffsetDateTime::from_unix_timestamp(ms / 1000)
        .ok()
        .and_then(|t| {
            t.to_offset(time::macros::offset!(+8))
                .format(&time::format_description::well_known::Rfc3339)
                .ok()
        })
        .unwrap_or_default()
}
