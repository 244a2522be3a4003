use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Write as _};
use std::hash::{DefaultHasher, Hasher};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use dika_contract::{Directory, OrderId, Timestamp};
use dika_core::card_system::DepositState;
use dika_core::clock::Clock;
use dika_store::sql::Value;
use dika_wechat::pay::Event;
use tokio::sync::mpsc::UnboundedSender;

use crate::card_books::Books;
use crate::chance::Chance;
use crate::clock::VirtualClock;
use crate::database::Database;
use crate::plan::{Deed, Fault, Keeping, Plan, Seam};
use crate::report::{Check, Report};
use crate::wechat_books::WechatBooks;

/// What all parties share.
pub(crate) struct World {
    pub(crate) plan: Plan,
    pub(crate) chance: Chance,
    pub(crate) ids: Arc<Chance>,
    pub(crate) clock: VirtualClock,
    pub(crate) directory: Directory,
    /// The numbers of merchant and account at WeChat Pay.
    pub(crate) merchant: (String, String),
    pub(crate) database: Arc<Database>,
    pub(crate) wechat: Mutex<WechatBooks>,
    pub(crate) cards: Mutex<Books>,
    /// Orders whose money somebody sent back by hand while it was on its way to the card.
    pub(crate) crossed: Mutex<BTreeSet<OrderId>>,
    /// Orders of which somebody sent the last money back by hand, and when. Another payment takes an order out.
    pub(crate) emptied_by_hand: Mutex<BTreeMap<OrderId, Timestamp>>,
    notices: UnboundedSender<Event>,
    codes: Mutex<BTreeMap<String, String>>,
    report: Mutex<Report>,
    trace: Mutex<Trace>,
    violation: Mutex<Option<(Check, String)>>,
    quiet: AtomicBool,
}

/// What happened, in order.
#[derive(Default)]
struct Trace {
    hash: DefaultHasher,
    line: String,
    told: bool,
    last: Vec<String>,
}

impl World {
    #[expect(
        clippy::too_many_arguments,
        reason = "all that a term is made of, built in one place"
    )]
    pub(crate) fn new(
        seed: u64,
        plan: Plan,
        chance: Chance,
        directory: Directory,
        merchant: (String, String),
        database: Arc<Database>,
        notices: UnboundedSender<Event>,
        told: bool,
    ) -> Self {
        Self {
            clock: VirtualClock::starting_at(plan.begins_at),
            plan,
            chance,
            ids: Arc::new(Chance::new(seed ^ 0x5eed_5eed_5eed_5eed)),
            directory,
            merchant,
            database,
            wechat: Mutex::default(),
            cards: Mutex::default(),
            crossed: Mutex::default(),
            emptied_by_hand: Mutex::default(),
            notices,
            codes: Mutex::default(),
            report: Mutex::default(),
            trace: Mutex::new(Trace {
                told,
                ..Trace::default()
            }),
            violation: Mutex::default(),
            quiet: AtomicBool::new(true),
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) fn wechat(&self) -> MutexGuard<'_, WechatBooks> {
        lock(&self.wechat)
    }

    pub(crate) fn cards(&self) -> MutexGuard<'_, Books> {
        lock(&self.cards)
    }

    pub(crate) fn count(&self, change: impl FnOnce(&mut Report)) {
        change(&mut lock(&self.report));
    }

    pub(crate) fn report(&self) -> Report {
        lock(&self.report).clone()
    }

    pub(crate) fn did(&self, deed: Deed) {
        self.count(|report| *report.deeds.entry(deed).or_default() += 1);
    }

    /// Writes down what happens: two runs of one seed write the same.
    pub(crate) fn note(&self, what: fmt::Arguments<'_>) {
        let at = self.clock.now_micros();
        let mut trace = lock(&self.trace);
        let Trace {
            hash,
            line,
            told,
            last,
        } = &mut *trace;
        line.clear();
        // Writing to a String cannot fail.
        let _ = write!(line, "{at} {what}");
        hash.write(line.as_bytes());
        if *told {
            let since = at / 1_000 - self.plan.begins_at * 1_000;
            last.push(format!("{:>9}.{:03} {what}", since / 1_000, since % 1_000));
        }
    }

    /// The digest of all that was written down.
    pub(crate) fn trace_hash(&self) -> u64 {
        lock(&self.trace).hash.finish()
    }

    /// All that was written down, where that was asked for.
    pub(crate) fn trace(&self) -> Vec<String> {
        std::mem::take(&mut lock(&self.trace).last)
    }

    /// Something is not as it must be. The first one counts.
    pub(crate) fn violate(&self, check: Check, what: fmt::Arguments<'_>) {
        self.note(format_args!("VIOLATION {what}"));
        lock(&self.violation).get_or_insert_with(|| (check, what.to_string()));
    }

    pub(crate) fn violation(&self) -> Option<(Check, String)> {
        lock(&self.violation).clone()
    }

    /// From now on calls fail.
    pub(crate) fn let_faults_begin(&self) {
        self.quiet.store(false, Ordering::SeqCst);
    }

    /// From now on nothing fails any more.
    pub(crate) fn calm_down(&self) {
        self.quiet.store(true, Ordering::SeqCst);
        self.note(format_args!("faults stop"));
    }

    pub(crate) fn is_quiet(&self) -> bool {
        self.quiet.load(Ordering::SeqCst)
    }

    /// What goes wrong with the next call over a seam.
    pub(crate) fn fault(&self, seam: Seam) -> Option<Fault> {
        self.count(|report| *report.calls.entry(seam).or_default() += 1);
        if self.is_quiet() {
            return None;
        }
        let place = Seam::ALL.iter().position(|known| *known == seam)?;
        let plan = self.plan.seams.get(place)?;
        if plan.permille == 0 || !self.chance.permille(plan.permille) {
            return None;
        }
        let fault = self.chance.pick(&plan.faults)?;
        self.count(|report| *report.faults.entry((seam, fault)).or_default() += 1);
        Some(fault)
    }

    /// Where an order's money is by the books of whoever keeps the cards, and how much it is.
    pub(crate) fn deposit(&self, order: &OrderId) -> Option<(DepositState, i64)> {
        if self.plan.keeping == Keeping::Systems {
            let books = self.cards();
            return books.deposits.get(order).map(|deposit| {
                let state = if deposit.waiting {
                    DepositState::Waiting
                } else {
                    DepositState::OnCard
                };
                (state, deposit.fen)
            });
        }
        let rows = self.database.read(
            "SELECT state = 'waiting', amount_fen FROM ledger_deposits WHERE order_id = $1",
            &[order.as_str().into()],
        );
        match rows.first().map(Vec::as_slice) {
            Some([Value::Number(Some(waiting)), Value::Number(Some(fen))]) => {
                let state = if *waiting == 1 {
                    DepositState::Waiting
                } else {
                    DepositState::OnCard
                };
                Some((state, *fen))
            }
            _ => None,
        }
    }

    /// WeChat Pay has something to tell.
    pub(crate) fn tell(&self, event: Event) {
        // Nobody listens any more where the term is over.
        let _ = self.notices.send(event);
    }

    pub(crate) fn deliver_code(&self, phone: &str, code: &str) {
        lock(&self.codes).insert(phone.to_owned(), code.to_owned());
    }

    pub(crate) fn code_for(&self, phone: &str) -> Option<String> {
        lock(&self.codes).get(phone).cloned()
    }

    pub(crate) fn crossed(&self) -> MutexGuard<'_, BTreeSet<OrderId>> {
        lock(&self.crossed)
    }

    pub(crate) fn emptied_by_hand(&self) -> MutexGuard<'_, BTreeMap<OrderId, Timestamp>> {
        lock(&self.emptied_by_hand)
    }
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
