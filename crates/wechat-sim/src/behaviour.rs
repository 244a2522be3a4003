use serde::{Deserialize, Serialize};

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
    /// A key that nobody knows.
    Stranger,
}

impl SigningKey {
    /// The name that pages show.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Asked => "as asked",
            Self::Certificate => "certificate",
            Self::PublicKey => "public key",
            Self::Stranger => "stranger's",
        }
    }
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
