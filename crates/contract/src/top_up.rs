use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::{CardId, Fen, Issuer, OrderId, TerminalKind, Timestamp, WalletKind};

wire_enum!(
    /// How far the payment is.
    pub enum PaymentState {
        /// The order is stored; nobody has asked the provider for money, or the student turned back
        /// there. Can be continued or cancelled.
        Created = "created",
        /// The provider is asked; the student may be paying right now.
        Paying = "paying",
        /// The provider says that the money was paid.
        Paid = "paid",
        /// Cancelled by the student, or never paid in time.
        Closed = "closed",
        /// The provider says that the payment failed for good.
        Failed = "failed",
        /// A late payment that could not be honoured is on its way back.
        Refunding = "refunding",
        /// The money went back.
        Refunded = "refunded",
    } else {
        /// Nobody knows yet whether it was paid: the provider does not answer. Also any state that
        /// this version does not know.
        Unknown = "unknown",
    }
);

wire_enum!(
    /// How far the paid money is on its way onto the card.
    pub enum ClaimState {
        /// Not paid yet, or this wallet's money goes onto the card by itself.
        NotNeeded = "not_needed",
        /// Waits at a terminal.
        Waiting = "waiting",
        /// The time to collect went by: the student confirms, then it waits again. Nothing is lost.
        NeedsConfirmation = "needs_confirmation",
        /// It is on the card.
        Claimed = "claimed",
    } else {
        /// A state that this version does not know.
        Other = "other",
    }
);

wire_enum!(
    /// Whether WeChat reminds the student of money that waits.
    pub enum Reminder {
        /// It can be asked for.
        Offered = "offered",
        /// A message will come.
        On = "on",
    } else {
        /// A state that this version does not know.
        Other = "other",
    }
);

wire_enum!(
    /// What happened to an order; its timeline is made of these.
    pub enum TopUpEvent {
        /// The order was stored.
        Created = "created",
        /// The student went to the payment provider.
        PaymentStarted = "payment_started",
        /// The student turned back there without paying.
        PaymentCancelled = "payment_cancelled",
        /// The provider confirmed the payment.
        Paid = "paid",
        /// The payment failed for good.
        PaymentFailed = "payment_failed",
        /// The provider did not answer.
        OutcomeUnknown = "outcome_unknown",
        /// The order was cancelled, or ran out of time.
        Closed = "closed",
        /// The money waits to be collected.
        ClaimOpened = "claim_opened",
        /// The time to collect went by.
        ClaimLapsed = "claim_lapsed",
        /// The student confirmed; it waits again.
        ClaimConfirmed = "claim_confirmed",
        /// The money is on the card.
        Claimed = "claimed",
        /// The money is going back.
        RefundStarted = "refund_started",
        /// The money went back.
        Refunded = "refunded",
        /// The order was paid a second time; that money is going back.
        SecondPayment = "second_payment",
        /// The second payment's money went back.
        SecondPaymentReturned = "second_payment_returned",
    } else {
        /// An event that this version does not know.
        Other = "other",
    }
);

wire_enum!(
    /// Where the student is when paying, which decides how a payment is started.
    pub enum PayChannel {
        /// Inside WeChat on a phone.
        Jsapi = "jsapi",
        /// An ordinary mobile browser.
        H5 = "h5",
        /// A desktop: a code to scan with a phone.
        Native = "native",
    } else {
        /// Left to the server.
        Auto = "auto",
    }
);

/// Stores an order. `POST /top-ups` with an `Idempotency-Key` header.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CreateTopUp {
    /// Which bound card.
    pub card_id: CardId,
    /// Which of its purses.
    pub wallet: WalletKind,
    /// How much; within the directory's limits, both ends included.
    pub amount_fen: Fen,
    /// Where the student is.
    #[serde(default = "PayChannel::auto")]
    pub channel: PayChannel,
}

impl PayChannel {
    const fn auto() -> Self {
        Self::Auto
    }

    /// How a payment is started in the browser with this user agent. Never [`PayChannel::Auto`].
    ///
    /// WeChat on a phone pays by its bridge, the one on a desktop does not. WeCom carries WeChat's name
    /// beside its own, and its bridge knows nothing of this account: there, as in any browser.
    pub fn of_user_agent(agent: &str) -> Self {
        let has = |mark| says(agent, mark);
        if is_desktop_wechat(agent) {
            Self::Native
        } else if is_wechat(agent) {
            Self::Jsapi
        } else if has("Mobile") || has("Android") || has("iPhone") || has("iPad") || has("Tablet") {
            Self::H5
        } else {
            Self::Native
        }
    }

    /// As [`PayChannel::of_user_agent`], in a browser that also says whether its screen takes touches.
    ///
    /// An iPad calls itself a Mac, and a phone or tablet that asks for desktop pages calls itself a Linux
    /// computer: what has such a name and takes touches is the only screen its owner has, and can't scan a
    /// code off itself. Windows and ChromeOS are named truly, with or without a touch screen.
    pub fn of_browser(agent: &str, takes_touches: bool) -> Self {
        let channel = Self::of_user_agent(agent);
        let true_name = says(agent, "Windows") || says(agent, "CrOS") || is_desktop_wechat(agent);
        if channel == Self::Native && takes_touches && !true_name {
            Self::H5
        } else {
            channel
        }
    }
}

/// Whether the browser with this user agent is WeChat on a desktop.
fn is_desktop_wechat(agent: &str) -> bool {
    says(agent, "WindowsWechat") || says(agent, "MacWechat")
}

/// Whether the browser with this user agent is WeChat, on a phone or a desktop: there WeChat can say who
/// somebody is. Not WeCom, which signs people in in a way of its own.
pub fn is_wechat(agent: &str) -> bool {
    says(agent, "MicroMessenger") && !says(agent, "wxwork")
}

/// Whether a mark stands in a user agent, in whatever case. By bytes: the standard library's search weighs
/// a kilobyte on the phone.
fn says(agent: &str, mark: &str) -> bool {
    let mut parts = agent.as_bytes().windows(mark.len());
    parts.any(|part| part.eq_ignore_ascii_case(mark.as_bytes()))
}

/// Says where the student is when going on with an unpaid order. `POST /top-ups/{id}/continue`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ContinueTopUp {
    /// Where the student is.
    #[serde(default = "PayChannel::auto")]
    pub channel: PayChannel,
}

/// One thing that happened, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TimelineEntry {
    /// What.
    pub event: TopUpEvent,
    /// When.
    pub at: Timestamp,
}

/// What the page does to let the student pay.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum PaymentPrompt {
    /// Go to this address (the provider's cashier); it comes back to the order's page.
    Redirect {
        /// Absolute, or a path of this origin.
        url: String,
    },
    /// Call WeChat's bridge with these, as they are.
    Jsapi {
        /// The public account.
        #[serde(rename = "appId")]
        app_id: String,
        /// Seconds, as text.
        #[serde(rename = "timeStamp")]
        time_stamp: String,
        /// Random.
        #[serde(rename = "nonceStr")]
        nonce_str: String,
        /// `prepay_id=…`.
        package: String,
        /// `RSA`.
        #[serde(rename = "signType")]
        sign_type: String,
        /// The server's signature.
        #[serde(rename = "paySign")]
        pay_sign: String,
    },
    /// Draw this as a QR code, on desktops only.
    Native {
        /// What the code says.
        code_url: String,
        /// Until when it can be scanned.
        expires_at: Timestamp,
    },
    /// A way to pay that this version does not know.
    Other,
}

/// A prompt before its kind is looked at. Flat, because serde's own way to read a tagged enum keeps a whole
/// value in between, and weighs more on the phone than all other types together.
#[derive(Deserialize)]
struct AnyPrompt {
    kind: String,
    #[serde(default)]
    url: Option<String>,
    #[serde(default, rename = "appId")]
    app_id: Option<String>,
    #[serde(default, rename = "timeStamp")]
    time_stamp: Option<String>,
    #[serde(default, rename = "nonceStr")]
    nonce_str: Option<String>,
    #[serde(default)]
    package: Option<String>,
    #[serde(default, rename = "signType")]
    sign_type: Option<String>,
    #[serde(default, rename = "paySign")]
    pay_sign: Option<String>,
    #[serde(default)]
    code_url: Option<String>,
    #[serde(default)]
    expires_at: Option<Timestamp>,
}

impl<'de> Deserialize<'de> for PaymentPrompt {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let any = AnyPrompt::deserialize(deserializer)?;
        any.known()
            .ok_or_else(|| serde::de::Error::custom("a payment prompt lacks a field of its kind"))
    }
}

impl AnyPrompt {
    /// The prompt; nothing where its kind is known and a field is missing.
    fn known(self) -> Option<PaymentPrompt> {
        Some(match self.kind.as_str() {
            "redirect" => PaymentPrompt::Redirect { url: self.url? },
            "jsapi" => PaymentPrompt::Jsapi {
                app_id: self.app_id?,
                time_stamp: self.time_stamp?,
                nonce_str: self.nonce_str?,
                package: self.package?,
                sign_type: self.sign_type?,
                pay_sign: self.pay_sign?,
            },
            "native" => PaymentPrompt::Native {
                code_url: self.code_url?,
                expires_at: self.expires_at?,
            },
            _ => PaymentPrompt::Other,
        })
    }
}

/// A prompt carries a signature and a payment address, so `Debug` names only its kind.
impl core::fmt::Debug for PaymentPrompt {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::Redirect { .. } => "Redirect(…)",
            Self::Jsapi { .. } => "Jsapi(…)",
            Self::Native { .. } => "Native(…)",
            Self::Other => "Other",
        })
    }
}

/// A top-up order, with all that a page names: card, holder, wallet, amount.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TopUp {
    /// Which order.
    pub id: OrderId,
    /// Which bound card; the page refuses an order that names another than it asked for.
    pub card_id: CardId,
    /// Whose card.
    pub issuer: Issuer,
    /// `**** 5678`.
    pub card_no_masked: String,
    /// Whom the money is for, masked.
    pub holder: crate::MaskedIdentity,
    /// Which purse.
    pub wallet: WalletKind,
    /// How much.
    pub amount_fen: Fen,
    /// How far the payment is.
    pub payment: PaymentState,
    /// How far the money is on its way onto the card.
    pub claim: ClaimState,
    /// When the order was stored.
    pub created_at: Timestamp,
    /// Until when it can be paid; it closes by itself then.
    pub pay_by: Timestamp,
    /// Whether it is paid and its card system has not taken the money yet: it does not wait at a machine, and is not on
    /// the card. Asked again until it is one of them, or goes back.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub settling: bool,
    /// Until when it can be collected without confirming; only for wallets with such a limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claim_by: Option<Timestamp>,
    /// Which terminals release it. Empty where nothing has to be collected.
    #[serde(default)]
    pub terminals: Vec<TerminalKind>,
    /// What happened, oldest first.
    #[serde(default)]
    pub timeline: Vec<TimelineEntry>,
    /// How to pay; only in the answers to creating and continuing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prompt: Option<PaymentPrompt>,
    /// Whether WeChat reminds of it; only while its money waits, and where the server sends such messages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reminder: Option<Reminder>,
    /// The payment provider's number of the payment, as the payer finds it there: 交易单号 in WeChat's bill. This and the
    /// numbers below are in the answer about one order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment_no: Option<String>,
    /// The payment provider's number of the refund: of the payment, else of a second one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refund_no: Option<String>,
    /// The card system's number of what it booked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card_system_no: Option<String>,
}

impl PaymentState {
    /// Whether the student can still pay or cancel.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Created | Self::Paying)
    }

    /// Whether asking again may bring another answer by itself.
    pub const fn is_moving(self) -> bool {
        matches!(self, Self::Paying | Self::Unknown | Self::Refunding)
    }
}

impl ClaimState {
    /// Whether the student still has something to do before the money is on the card.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Waiting | Self::NeedsConfirmation)
    }
}

impl TopUp {
    /// Whether the order still wants something of its student: to be paid, known, or collected.
    pub const fn is_open(&self) -> bool {
        self.payment.is_open() || self.payment.is_moving() || self.claim.is_open() || self.settling
    }

    /// Whether the money can be collected at a machine, or once the student has confirmed: it is paid, and the card
    /// system has taken it.
    pub fn awaits_collection(&self) -> bool {
        self.claim.is_open() && !self.settling
    }

    /// Whether money of a second payment is on its way back.
    pub fn second_payment_returns(&self) -> bool {
        let times = |event| {
            self.timeline
                .iter()
                .filter(|entry| entry.event == event)
                .count()
        };
        times(TopUpEvent::SecondPayment) > times(TopUpEvent::SecondPaymentReturned)
    }

    /// When this happened, the latest time where it happened more than once.
    pub fn when(&self, event: TopUpEvent) -> Option<Timestamp> {
        self.timeline
            .iter()
            .rev()
            .find(|entry| entry.event == event)
            .map(|entry| entry.at)
    }
}

/// A page of orders, newest first. `GET /top-ups?cursor=…&limit=…&open=true&card_id=…`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TopUpPage {
    /// The orders.
    pub items: Vec<TopUp>,
    /// Give this as `cursor` for the next page; absent on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_states_are_unknown_not_failed() {
        let state: PaymentState = serde_json::from_str("\"settling\"").expect("any word");
        assert_eq!(state, PaymentState::Unknown);
        assert!(!state.is_open());
    }

    #[test]
    fn a_new_way_to_pay_is_survived() {
        let prompt: PaymentPrompt =
            serde_json::from_str(r#"{"kind":"hologram","ray":7}"#).expect("any kind");
        assert_eq!(prompt, PaymentPrompt::Other);
    }

    #[test]
    fn a_prompt_that_lacks_a_field_of_its_kind_is_refused() {
        for json in [
            r#"{"kind":"redirect"}"#,
            r#"{"kind":"native","code_url":"weixin://x"}"#,
            r#"{"kind":"jsapi","appId":"a","timeStamp":"1","nonceStr":"n","package":"p","signType":"RSA"}"#,
            r#"{"url":"/cashier"}"#,
        ] {
            assert!(
                serde_json::from_str::<PaymentPrompt>(json).is_err(),
                "{json}"
            );
        }
    }

    #[test]
    fn every_kind_of_prompt_is_read_back() {
        let text = |word: &str| String::from(word);
        for prompt in [
            PaymentPrompt::Redirect {
                url: text("/cashier"),
            },
            PaymentPrompt::Jsapi {
                app_id: text("a"),
                time_stamp: text("1"),
                nonce_str: text("n"),
                package: text("p"),
                sign_type: text("RSA"),
                pay_sign: text("s"),
            },
            PaymentPrompt::Native {
                code_url: text("weixin://x"),
                expires_at: Timestamp::from_unix(0),
            },
            PaymentPrompt::Other,
        ] {
            let json = serde_json::to_string(&prompt).expect("serialises");
            assert_eq!(
                serde_json::from_str::<PaymentPrompt>(&json).expect("reads"),
                prompt
            );
        }
    }

    #[test]
    fn bridge_parameters_keep_their_names() {
        let prompt = PaymentPrompt::Jsapi {
            app_id: "a".into(),
            time_stamp: "1".into(),
            nonce_str: "n".into(),
            package: "prepay_id=p".into(),
            sign_type: "RSA".into(),
            pay_sign: "s".into(),
        };
        let json = serde_json::to_value(&prompt).expect("serialises");
        for name in [
            "appId",
            "timeStamp",
            "nonceStr",
            "package",
            "signType",
            "paySign",
        ] {
            assert!(json.get(name).is_some(), "{name}");
        }
    }
}
