use std::collections::BTreeMap;
use std::fmt;

use crate::plan::{Deed, Fault, Seam};

/// What must be true, whatever happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Check {
    /// What a card gets was paid, and did not go back.
    Credit,
    /// What goes back is not on a card.
    Refund,
    /// What was paid for a card finds room on it.
    Room,
    /// What a page is told is true.
    Page,
    /// One intent to pay has one order, of its amount.
    Intent,
    /// No answer is an internal error.
    Answer,
    /// Nobody reads past a change that is under way.
    Isolation,
    /// Nobody panics, or waits for ever.
    Alive,
    /// The timeline and the audit name each movement of money once, and none that was not.
    Recorded,
    /// Every order is decided soon after faults stop.
    Decided,
    /// In the end each fen is on a card, waits there, or is back.
    Accounted,
}

impl Check {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Credit => "credit",
            Self::Refund => "refund",
            Self::Room => "room",
            Self::Page => "page",
            Self::Intent => "intent",
            Self::Answer => "answer",
            Self::Isolation => "isolation",
            Self::Alive => "alive",
            Self::Recorded => "recorded",
            Self::Decided => "decided",
            Self::Accounted => "accounted",
        }
    }
}

/// What happened.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Terms.
    pub terms: u64,
    /// What students did.
    pub deeds: BTreeMap<Deed, u64>,
    /// Requests that phones sent.
    pub requests: u64,
    /// Answers about orders that were held against the books.
    pub pages: u64,
    /// Calls over each seam.
    pub calls: BTreeMap<Seam, u64>,
    /// What went wrong, where.
    pub faults: BTreeMap<(Seam, Fault), u64>,
    /// Servers that ended without warning.
    pub crashes: u64,
    /// Orders that were stored.
    pub orders: u64,
    /// Payments that WeChat Pay took, and their fen.
    pub paid: (u64, i64),
    /// Credits that a card system took, and their fen.
    pub credited: (u64, i64),
    /// Refunds that reached their payer, and their fen.
    pub refunded: (u64, i64),
    /// Refunds that somebody made by hand.
    pub by_hand: u64,
    /// Orders for which a person has to act: a refund that WeChat Pay does not carry out.
    pub left_to_people: u64,
    /// Virtual seconds.
    pub seconds: u64,
}

impl Report {
    /// Adds another one.
    pub fn add(&mut self, other: &Self) {
        self.terms += other.terms;
        self.requests += other.requests;
        self.pages += other.pages;
        self.crashes += other.crashes;
        self.orders += other.orders;
        self.by_hand += other.by_hand;
        self.left_to_people += other.left_to_people;
        self.seconds += other.seconds;
        for (mine, more) in [
            (&mut self.paid, other.paid),
            (&mut self.credited, other.credited),
            (&mut self.refunded, other.refunded),
        ] {
            *mine = (mine.0 + more.0, mine.1 + more.1);
        }
        for (deed, count) in &other.deeds {
            *self.deeds.entry(*deed).or_default() += count;
        }
        for (seam, count) in &other.calls {
            *self.calls.entry(*seam).or_default() += count;
        }
        for (fault, count) in &other.faults {
            *self.faults.entry(*fault).or_default() += count;
        }
    }
}

/// Fen as yuan.
struct Yuan(i64);

impl fmt::Display for Yuan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "¥{}.{:02}", self.0 / 100, self.0 % 100)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let deeds: u64 = self.deeds.values().sum();
        let faults: u64 = self.faults.values().sum();
        writeln!(
            f,
            "{} terms, {} hours of virtual time",
            self.terms,
            self.seconds / 3_600
        )?;
        writeln!(
            f,
            "operations: {deeds}, in {} requests; {} answers about orders held against the books",
            self.requests, self.pages
        )?;
        for (deed, count) in &self.deeds {
            writeln!(f, "  {:<14}{count:>12}", deed.name())?;
        }
        writeln!(f, "faults: {faults}; crashes: {}", self.crashes)?;
        write!(f, "  {:<14}{:>12}", "", "calls")?;
        for fault in Fault::ALL {
            write!(f, "{:>14}", fault.name())?;
        }
        writeln!(f)?;
        for seam in Seam::ALL {
            let calls = self.calls.get(&seam).copied().unwrap_or(0);
            write!(f, "  {:<14}{calls:>12}", seam.name())?;
            for fault in Fault::ALL {
                let count = self.faults.get(&(seam, fault)).copied().unwrap_or(0);
                write!(f, "{count:>14}")?;
            }
            writeln!(f)?;
        }
        writeln!(f, "orders: {}", self.orders)?;
        for (name, (count, fen)) in [
            ("paid", self.paid),
            ("on cards", self.credited),
            ("sent back", self.refunded),
        ] {
            writeln!(f, "  {name:<14}{count:>12}  {}", Yuan(fen))?;
        }
        writeln!(f, "  sent back by hand {}", self.by_hand)?;
        write!(f, "  left to people    {}", self.left_to_people)
    }
}
