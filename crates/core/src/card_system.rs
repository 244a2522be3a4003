use std::time::Duration;

use async_trait::async_trait;
use dika_contract::{
    CardPassword, CardStatus, Fen, Issuer, MaskedIdentity, OrderId, TerminalKind, Timestamp,
    WalletBalance, WalletKind,
};

/// Names a card account inside its card system. Never leaves the server.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CardRef(pub String);

/// Whom a card belongs to, masked, and whether it works.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CardRecord {
    /// The account.
    pub card_ref: CardRef,
    /// Whose card.
    pub issuer: Issuer,
    /// Whom it belongs to.
    pub identity: MaskedIdentity,
    /// `**** 5678`.
    pub card_no_masked: String,
    /// Whether it works.
    pub status: CardStatus,
}

/// A card as it is now, and what is on it.
pub type CardStanding = (CardRecord, Vec<WalletBalance>);

/// Why a card system gave no answer.
#[derive(Debug)]
pub enum CardSystemFault {
    /// It knows no such card.
    NoSuchCard,
    /// It does not answer, or not in a way that can be understood. Trying again is safe: every
    /// operation is idempotent.
    Unavailable(anyhow::Error),
}

/// Money for a card, paid for by an order.
#[derive(Clone, Debug)]
pub struct Credit {
    /// The order; also what makes the operation idempotent.
    pub order_id: OrderId,
    /// For which account.
    pub card_ref: CardRef,
    /// For which wallet.
    pub wallet: WalletKind,
    /// How much.
    pub amount: Fen,
    /// Whether it waits at a terminal first, and until when without the student's confirmation.
    pub waits: Option<ClaimWindow>,
    /// The most that the wallet may hold, this money included.
    pub cap: Option<Fen>,
}

/// How long money waits. `None` inside: without a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClaimWindow(pub Option<Timestamp>);

/// What became of a credit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Credited {
    /// It is where it should be: waiting, or on the card.
    Taken(DepositState),
    /// The card takes no money, or not this much more; nothing was booked, and nothing will be. The same
    /// order is refused for ever.
    Refused,
    /// The card system can't say yet. The same credit is asked for again until it is decided.
    Undecided,
}

/// Where an order's money is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DepositState {
    /// It waits at a terminal.
    Waiting,
    /// It is on the card.
    OnCard,
}

/// What a terminal answers when a card is laid on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tap {
    /// The orders whose money went onto the card, in the order in which they were paid.
    pub released: Vec<OrderId>,
    /// How much went onto the card.
    pub amount: Fen,
    /// Why there is money that this tap did not release, or nothing at all.
    pub reason: TapReason,
}

/// Why a tap released what it did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TapReason {
    /// Everything that waited is on the card.
    Released,
    /// Nothing waits for this card.
    NothingWaiting,
    /// The terminal does not serve this card's issuer or wallet.
    WrongTerminal,
    /// Money waits that the student has to confirm first.
    NeedsConfirmation,
    /// The card does not work.
    CardNotActive,
    /// No such card.
    UnknownCard,
}

impl TapReason {
    /// The word that the sandbox shows.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Released => "released",
            Self::NothingWaiting => "nothing_waiting",
            Self::WrongTerminal => "wrong_terminal",
            Self::NeedsConfirmation => "needs_confirmation",
            Self::CardNotActive => "card_not_active",
            Self::UnknownCard => "unknown_card",
        }
    }
}

/// A school's card system. Every operation may be repeated safely.
#[async_trait]
pub trait CardSystem: Send + Sync {
    /// How long work may wait for an answer where no student waits for it; `None` for as long as a student does.
    fn longest_answer(&self) -> Option<Duration> {
        None
    }

    /// Checks a card's password. `identifier` is the account (`gdut`) or card number (`hemc`).
    /// `None` for a wrong identifier and for a wrong password alike, in the same time.
    ///
    /// # Errors
    /// [`CardSystemFault::Unavailable`].
    async fn verify(
        &self,
        issuer: Issuer,
        identifier: &str,
        password: &CardPassword,
    ) -> Result<Option<CardRecord>, CardSystemFault>;

    /// Who and how, now.
    ///
    /// # Errors
    /// Any [`CardSystemFault`].
    async fn card(&self, card: &CardRef) -> Result<CardRecord, CardSystemFault>;

    /// What is on the card and what waits, per wallet.
    ///
    /// # Errors
    /// Any [`CardSystemFault`].
    async fn balances(&self, card: &CardRef) -> Result<Vec<WalletBalance>, CardSystemFault>;

    /// Several cards with what is on them, in this order, `None` for one that is not known: where that costs less than
    /// asking for each. `None` where it does not; whoever asks then asks for each.
    ///
    /// # Errors
    /// [`CardSystemFault::Unavailable`].
    async fn all_at_once(
        &self,
        _cards: &[CardRef],
    ) -> Result<Option<Vec<Option<CardStanding>>>, CardSystemFault> {
        Ok(None)
    }

    /// Takes paid money for a card. Repeating it with the same order gives the first answer.
    ///
    /// # Errors
    /// Any [`CardSystemFault`].
    async fn credit(&self, credit: Credit) -> Result<Credited, CardSystemFault>;

    /// As [`CardSystem::credit`], with the system's own number of what it booked, where it gives one.
    ///
    /// # Errors
    /// Any [`CardSystemFault`].
    async fn credit_with_number(
        &self,
        credit: Credit,
    ) -> Result<(Credited, Option<String>), CardSystemFault> {
        self.credit(credit).await.map(|credited| (credited, None))
    }

    /// Where an order's money is; `None` where this system never took it.
    ///
    /// # Errors
    /// [`CardSystemFault::Unavailable`].
    async fn deposit(
        &self,
        issuer: Issuer,
        order: &OrderId,
    ) -> Result<Option<DepositState>, CardSystemFault>;

    /// Lets lapsed money wait again, until `claim_by`.
    ///
    /// # Errors
    /// [`CardSystemFault::Unavailable`].
    async fn reopen(
        &self,
        issuer: Issuer,
        order: &OrderId,
        claim_by: Option<Timestamp>,
    ) -> Result<(), CardSystemFault>;

    /// A card is laid on a terminal: all money that may be collected there goes onto it.
    ///
    /// # Errors
    /// [`CardSystemFault::Unavailable`].
    async fn tap(&self, card_no: &str, terminal: TerminalKind) -> Result<Tap, CardSystemFault>;
}
