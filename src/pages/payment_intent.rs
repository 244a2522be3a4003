//! A payment intent, and its draft in the tab. The draft lets a reload, or a second try after a lost reply,
//! use the same idempotency key, and ends when the order of that key is paid.

use dika_contract::{CardId, Fen, IdempotencyKey, PaymentState, Timestamp, TopUp, WalletKind};

use crate::platform::{self, StorageKey};

/// How much earlier than the order itself an intent may seem to have been sent, in seconds: the page's time
/// runs a little behind the server's.
const CLOCK_TOLERANCE_S: i64 = 60;

/// An amount to pay once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PaymentIntent {
    /// The amount.
    pub(crate) amount: Fen,
    /// The same for all retries.
    pub(crate) key: IdempotencyKey,
    /// When it was sent first; `None` before.
    pub(crate) sent_at: Option<Timestamp>,
}

impl PaymentIntent {
    /// An intent that was not sent.
    pub(crate) const fn new(amount: Fen, key: IdempotencyKey) -> Self {
        Self {
            amount,
            key,
            sent_at: None,
        }
    }

    /// Makes it another intent, for the same amount.
    pub(crate) fn renew(&mut self, key: IdempotencyKey) {
        *self = Self::new(self.amount, key);
    }

    /// Whether this paid order may be the one that this intent created.
    fn may_have_created(&self, order: &TopUp) -> bool {
        self.amount == order.amount_fen
            && self
                .sent_at
                .is_some_and(|sent_at| order.created_at.since(sent_at) >= -CLOCK_TOLERANCE_S)
    }

    /// As stored: amount in fen, key and, if it was sent, the time, separated by spaces. Nothing private.
    pub(crate) fn to_draft(&self) -> String {
        let mut draft = [
            self.amount.get().to_string().as_str(),
            " ",
            self.key.as_str(),
        ]
        .concat();
        if let Some(sent_at) = self.sent_at {
            draft.push(' ');
            draft.push_str(&sent_at.unix().to_string());
        }
        draft
    }

    /// Parses a draft. Returns `None` if malformed.
    pub(crate) fn from_draft(text: &str) -> Option<Self> {
        let mut parts = text.split(' ');
        let amount = parts.next()?.parse().ok().filter(|amount| *amount > 0)?;
        let key = IdempotencyKey::parse(parts.next()?)?;
        let sent_at = match parts.next() {
            Some(seconds) => Some(Timestamp::from_unix(seconds.parse().ok()?)),
            None => None,
        };
        parts.next().is_none().then_some(Self {
            amount: Fen::new(amount),
            key,
            sent_at,
        })
    }
}

/// Where the draft for a card and wallet is stored.
pub(crate) fn draft_key(card: &CardId, wallet: WalletKind) -> StorageKey {
    StorageKey::TopUpDraft([card.as_str(), ".", wallet.as_str()].concat())
}

/// Ends the intent of this tab that created this order, if the order is paid: the same amount again is
/// another top-up.
pub(crate) fn end_if_paid(order: &TopUp) {
    if !matches!(
        order.payment,
        PaymentState::Paid | PaymentState::Refunding | PaymentState::Refunded
    ) {
        return;
    }
    let key = draft_key(&order.card_id, order.wallet);
    let intent = platform::load(&key).and_then(|draft| PaymentIntent::from_draft(&draft));
    if intent.is_some_and(|intent| intent.may_have_created(order)) {
        platform::remove(&key);
    }
}

#[cfg(test)]
mod tests {
    use dika_contract::ClaimState;

    use super::*;
    use crate::pages::orders::test_order;

    fn intent(sent_at: Option<i64>) -> PaymentIntent {
        let mut intent = PaymentIntent::new(
            Fen::new(1_999),
            IdempotencyKey::parse("ab-12").expect("a key"),
        );
        intent.sent_at = sent_at.map(Timestamp::from_unix);
        intent
    }

    #[test]
    fn drafts_read_back() {
        for intent in [intent(None), intent(Some(1_700_000_000))] {
            assert_eq!(PaymentIntent::from_draft(&intent.to_draft()), Some(intent));
        }
        for malformed in [
            "",
            "1999",
            "x k",
            "-5 k",
            "0 k",
            "1999 not a key",
            "1999 k 5 6",
            "1999 k ",
        ] {
            assert_eq!(PaymentIntent::from_draft(malformed), None, "{malformed}");
        }
    }

    #[test]
    fn only_an_order_made_since_it_was_sent_ends_it() {
        let mut order = test_order::order(PaymentState::Paid, ClaimState::Waiting);
        order.amount_fen = Fen::new(1_999);
        let made_at = order.created_at.unix();
        assert!(intent(Some(made_at)).may_have_created(&order));
        assert!(intent(Some(made_at + 30)).may_have_created(&order));
        // A receipt of last week, looked at while a new payment is in doubt.
        assert!(!intent(Some(made_at + 7 * 86_400)).may_have_created(&order));
        assert!(!intent(None).may_have_created(&order), "never sent");
        order.amount_fen = Fen::new(2_000);
        assert!(!intent(Some(made_at)).may_have_created(&order));
    }

    #[test]
    fn a_new_key_is_a_new_intent() {
        let mut renewed = intent(Some(1_700_000_000));
        renewed.renew(IdempotencyKey::parse("k2").expect("a key"));
        assert_eq!(renewed.sent_at, None);
        assert_eq!(renewed.amount, Fen::new(1_999));
    }
}
