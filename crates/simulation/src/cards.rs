use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use async_trait::async_trait;
use dika_contract::{
    Balance, Campus, CardPassword, CardStatus, Fen, Issuer, MaskedIdentity, OrderId, TerminalKind,
    Timestamp, WalletBalance, WalletKind,
};
use dika_core::card_system::{
    CardRecord, CardRef, CardSystem, CardSystemFault, ClaimWindow, Credit, Credited, DepositState,
    Tap, TapReason,
};
use dika_server::adapters::built_in_cards::BuiltInCards;

use crate::by_hand::maybe_cross;
use crate::card_books::{Account, Deposit};
use crate::checks;
use crate::clock::pass_ms;
use crate::faults::{Heard, call};
use crate::instance::Instance;
use crate::plan::{Fault, Seam};
use crate::world::World;

/// The password of every card.
pub const PASSWORD: &str = "123456";

/// What a card's student sees of it.
pub fn record(card: &CardRef, account: &Account) -> CardRecord {
    CardRecord {
        card_ref: card.clone(),
        issuer: account.issuer,
        identity: MaskedIdentity {
            name: "陈*".to_owned(),
            student_no: "3124****08".to_owned(),
            campus: Campus::Daxuecheng,
            college: None,
        },
        card_no_masked: "**** 1234".to_owned(),
        status: account.status,
    }
}

fn credit(world: &World, credit: &Credit, sent_at: Timestamp) -> Credited {
    let now = world.now();
    let order = &credit.order_id;
    {
        let mut books = world.cards();
        if let Some(deposit) = books.deposits.get(order) {
            return Credited::Taken(if deposit.waiting {
                DepositState::Waiting
            } else {
                DepositState::OnCard
            });
        }
        if books.refused.contains(order) {
            return Credited::Refused;
        }
        if world.plan.undecided && !world.is_quiet() {
            let soon = now.plus(world.chance.between(-60, 240));
            let at = *books.deciding.entry(order.clone()).or_insert(soon);
            if now < at {
                return Credited::Undecided;
            }
        }
        let card = &credit.card_ref;
        let held = books.on_card(card, credit.wallet) + books.waiting(card, credit.wallet);
        let works = books
            .accounts
            .get(card)
            .is_some_and(|account| account.status == CardStatus::Active);
        let fits = credit
            .cap
            .is_none_or(|cap| held + credit.amount.get() <= cap.get());
        if !works || !fits {
            books.refused.insert(order.clone());
            world.note(format_args!("card system refuses {}", order.as_str()));
            drop(books);
            if works {
                checks::refused_as_full(world, credit);
            }
            return Credited::Refused;
        }
        books.deposits.insert(
            order.clone(),
            Deposit {
                card: card.clone(),
                wallet: credit.wallet,
                fen: credit.amount.get(),
                waiting: credit.waits.is_some(),
                claim_by: credit.waits.and_then(|ClaimWindow(end)| end),
            },
        );
        if credit.waits.is_none()
            && let Some(account) = books.accounts.get_mut(card)
        {
            *account.on_card.entry(credit.wallet).or_default() += credit.amount.get();
        }
    }
    world.note(format_args!("card system takes {}", order.as_str()));
    checks::credited(world, order, sent_at);
    Credited::Taken(if credit.waits.is_some() {
        DepositState::Waiting
    } else {
        DepositState::OnCard
    })
}

/// Lays a card on a machine. Gives the orders whose money it released.
fn tap(world: &World, card: &CardRef, terminal: TerminalKind) -> Tap {
    let now = world.now();
    let mut books = world.cards();
    let mut tap = Tap {
        released: Vec::new(),
        amount: Fen::ZERO,
        reason: TapReason::NothingWaiting,
    };
    let Some(account) = books.accounts.get(card) else {
        tap.reason = TapReason::UnknownCard;
        return tap;
    };
    let issuer = account.issuer;
    if account.status != CardStatus::Active {
        tap.reason = TapReason::CardNotActive;
        return tap;
    }
    let mut released = Vec::new();
    for (order, deposit) in &mut books.deposits {
        let rule = world.directory.wallet(issuer, deposit.wallet);
        let serves = rule.is_some_and(|wallet| wallet.claim.terminals.contains(&terminal));
        let late = deposit.claim_by.is_some_and(|end| now >= end);
        if deposit.waiting && deposit.card == *card && serves && !late {
            deposit.waiting = false;
            released.push((order.clone(), deposit.wallet, deposit.fen));
        }
    }
    for (order, wallet, fen) in released {
        if let Some(account) = books.accounts.get_mut(card) {
            *account.on_card.entry(wallet).or_default() += fen;
        }
        tap.released.push(order);
        tap.reason = TapReason::Released;
    }
    tap
}

/// A student lays a card on a machine that only the card system knows.
pub(crate) fn tap_at_machine(
    world: &World,
    card: &CardRef,
    terminal: TerminalKind,
) -> Vec<OrderId> {
    tap(world, card, terminal).released
}

/// A student spends from a card.
pub(crate) fn spend(world: &World, card: &CardRef, wallet: WalletKind, fen: i64) {
    let mut books = world.cards();
    if let Some(account) = books.accounts.get_mut(card) {
        let held = account.on_card.entry(wallet).or_default();
        *held -= fen.min(*held);
    }
}

/// The card systems behind a network, as one server reaches them.
pub(crate) struct Systems {
    pub(crate) world: Arc<World>,
    pub(crate) instance: Arc<Instance>,
}

impl Systems {
    async fn call<T: Send + 'static>(
        &self,
        what: &str,
        act: impl Fn(&World) -> T + Send + Sync + 'static,
    ) -> Result<T, CardSystemFault> {
        let world = self.world.clone();
        let heard = call(&self.world, &self.instance, Seam::Cards, what, move || {
            act(&world)
        });
        match heard.await {
            Heard::Answer(answer) => Ok(answer),
            Heard::Silence => Err(unavailable("no answer")),
            Heard::Refused => Err(unavailable("refused")),
        }
    }
}

fn unavailable(why: &'static str) -> CardSystemFault {
    CardSystemFault::Unavailable(anyhow::anyhow!(why))
}

fn verified(
    world: &World,
    issuer: Issuer,
    identifier: &str,
    password: &CardPassword,
) -> Option<CardRecord> {
    let books = world.cards();
    let card = books.by_identifier(issuer, identifier)?;
    let account = books.accounts.get(&card)?;
    (password.as_str() == PASSWORD).then(|| record(&card, account))
}

#[async_trait]
impl CardSystem for Systems {
    async fn verify(
        &self,
        issuer: Issuer,
        identifier: &str,
        password: &CardPassword,
    ) -> Result<Option<CardRecord>, CardSystemFault> {
        let (identifier, password) = (identifier.to_owned(), password.clone());
        self.call("verify", move |world| {
            verified(world, issuer, &identifier, &password)
        })
        .await
    }

    async fn card(&self, card: &CardRef) -> Result<CardRecord, CardSystemFault> {
        let card = card.clone();
        self.call("card", move |world| {
            let books = world.cards();
            books
                .accounts
                .get(&card)
                .map(|account| record(&card, account))
        })
        .await?
        .ok_or(CardSystemFault::NoSuchCard)
    }

    async fn balances(&self, card: &CardRef) -> Result<Vec<WalletBalance>, CardSystemFault> {
        let card = card.clone();
        self.call("balances", move |world| {
            let as_of = world.now();
            let books = world.cards();
            let issuer = books.accounts.get(&card)?.issuer;
            let wallets = &world.directory.issuer(issuer)?.wallets;
            let held = |fen| {
                Some(Balance {
                    amount_fen: Fen::new(fen),
                    as_of,
                })
            };
            let balances = wallets.iter().map(|wallet| WalletBalance {
                kind: wallet.kind,
                on_card: held(books.on_card(&card, wallet.kind)),
                waiting: held(books.waiting(&card, wallet.kind)),
            });
            Some(balances.collect())
        })
        .await?
        .ok_or(CardSystemFault::NoSuchCard)
    }

    async fn credit(&self, new: Credit) -> Result<Credited, CardSystemFault> {
        let sent_at = self.world.now();
        let what = format!("credit {}", new.order_id.as_str());
        maybe_cross(&self.world, &new.order_id).await;
        if self.world.plan.slow_credits && !self.world.is_quiet() {
            self.instance.or_never().await;
            let world = self.world.clone();
            tokio::spawn(async move {
                pass_ms(world.chance.between(2 * 60 * 1_000, 10 * 60 * 1_000)).await;
                credit(&world, &new, sent_at);
            });
            return Err(unavailable("no answer"));
        }
        self.call(&what, move |world| credit(world, &new, sent_at))
            .await
    }

    async fn deposit(
        &self,
        _issuer: Issuer,
        order: &OrderId,
    ) -> Result<Option<DepositState>, CardSystemFault> {
        let order = order.clone();
        self.call("deposit", move |world| {
            world.deposit(&order).map(|(state, _)| state)
        })
        .await
    }

    async fn reopen(
        &self,
        _issuer: Issuer,
        order: &OrderId,
        claim_by: Option<Timestamp>,
    ) -> Result<(), CardSystemFault> {
        let order = order.clone();
        self.call("reopen", move |world| {
            let mut books = world.cards();
            if let Some(deposit) = books.deposits.get_mut(&order) {
                deposit.claim_by = claim_by;
            }
        })
        .await
    }

    async fn tap(&self, _card_no: &str, _terminal: TerminalKind) -> Result<Tap, CardSystemFault> {
        Err(unavailable(
            "machines tell their card system, not the server",
        ))
    }
}

/// The built-in ledger. What is asked of it may be asked again, or late; all else that fails is the database's.
pub(crate) struct Ledger {
    pub(crate) inner: BuiltInCards,
    pub(crate) world: Arc<World>,
    pub(crate) instance: Arc<Instance>,
}

impl Ledger {
    /// The same credit reaches the ledger once more, a while from now.
    fn take_later(&self, new: Credit, sent_at: Timestamp) {
        let (inner, world) = (self.inner.clone(), self.world.clone());
        tokio::spawn(async move {
            pass_ms(world.chance.between(500, 10 * 60 * 1_000)).await;
            // Whoever asked is gone.
            let _ = take(&inner, &world, new, sent_at).await;
        });
    }

    async fn wait(&self) {
        self.instance.or_never().await;
        self.world
            .count(|report| *report.calls.entry(Seam::Cards).or_default() += 1);
        pass_ms(self.world.chance.between(0, 20)).await;
        self.instance.or_never().await;
    }
}

/// Whether the ledger has an order's money for good: no change that may be undone is under way.
fn is_booked(world: &World, order: &OrderId) -> bool {
    world.database.change.load(Ordering::SeqCst) == 0 && world.deposit(order).is_some()
}

async fn take(
    ledger: &BuiltInCards,
    world: &World,
    new: Credit,
    sent_at: Timestamp,
) -> Result<Credited, CardSystemFault> {
    let order = new.order_id.clone();
    let asked = new.clone();
    let mut crediting = pin!(ledger.credit(new));
    let mut is_there = false;
    // Looked for after each step: a server that ends right after its commit never hears of it, and the money is there.
    let credited = poll_fn(|context| {
        is_there = is_there || is_booked(world, &order);
        let step = crediting.as_mut().poll(context);
        if !is_there && is_booked(world, &order) {
            is_there = true;
            world.note(format_args!("ledger takes {}", order.as_str()));
            checks::credited(world, &order, sent_at);
        }
        step
    })
    .await;
    if let Ok(Credited::Refused) = &credited {
        world.note(format_args!("ledger refuses {}", order.as_str()));
        checks::refused_by_ledger(world, &asked);
    }
    credited
}

#[async_trait]
impl CardSystem for Ledger {
    /// Past the hashing, which would take most of a term's time.
    async fn verify(
        &self,
        issuer: Issuer,
        identifier: &str,
        password: &CardPassword,
    ) -> Result<Option<CardRecord>, CardSystemFault> {
        self.wait().await;
        Ok(verified(&self.world, issuer, identifier, password))
    }

    async fn card(&self, card: &CardRef) -> Result<CardRecord, CardSystemFault> {
        self.wait().await;
        self.inner.card(card).await
    }

    async fn balances(&self, card: &CardRef) -> Result<Vec<WalletBalance>, CardSystemFault> {
        self.wait().await;
        self.inner.balances(card).await
    }

    async fn credit(&self, new: Credit) -> Result<Credited, CardSystemFault> {
        let (world, sent_at) = (&self.world, self.world.now());
        self.instance.or_never().await;
        maybe_cross(world, &new.order_id).await;
        self.instance.or_never().await;
        let fault = world.fault(Seam::Cards);
        world.note(format_args!(
            "ledger credit {} {fault:?}",
            new.order_id.as_str()
        ));
        let wait = match fault {
            Some(Fault::Slow) => world.chance.between(500, 6_000),
            _ => world.chance.between(0, 20),
        };
        pass_ms(wait).await;
        self.instance.or_never().await;
        if world.plan.echoes && !world.is_quiet() && world.chance.one_in(3) {
            self.take_later(new.clone(), sent_at);
        }
        match fault {
            None | Some(Fault::Slow) => take(&self.inner, world, new, sent_at).await,
            Some(Fault::LostBefore | Fault::Refused) => Err(unavailable("no answer")),
            Some(Fault::LostAfter) => {
                take(&self.inner, world, new, sent_at).await?;
                Err(unavailable("no answer"))
            }
            Some(Fault::Late) => {
                self.take_later(new, sent_at);
                Err(unavailable("no answer"))
            }
            Some(Fault::Doubled) => {
                self.take_later(new.clone(), sent_at);
                take(&self.inner, world, new, sent_at).await
            }
            Some(Fault::CrashBefore) => self.instance.crash_here().await,
            Some(Fault::CrashAfter) => {
                take(&self.inner, world, new, sent_at).await?;
                self.instance.crash_here().await
            }
        }
    }

    async fn deposit(
        &self,
        issuer: Issuer,
        order: &OrderId,
    ) -> Result<Option<DepositState>, CardSystemFault> {
        self.wait().await;
        self.inner.deposit(issuer, order).await
    }

    async fn reopen(
        &self,
        issuer: Issuer,
        order: &OrderId,
        claim_by: Option<Timestamp>,
    ) -> Result<(), CardSystemFault> {
        self.wait().await;
        self.inner.reopen(issuer, order, claim_by).await
    }

    async fn tap(&self, card_no: &str, terminal: TerminalKind) -> Result<Tap, CardSystemFault> {
        self.wait().await;
        self.inner.tap(card_no, terminal).await
    }
}
