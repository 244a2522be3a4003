use std::sync::Arc;

use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use async_trait::async_trait;
use dika_contract::{
    Balance, Campus, CardNo, CardPassword, CardStatus, Directory, Fen, Issuer, MaskedIdentity,
    OrderId, TerminalKind, Timestamp, WalletBalance, WalletKind,
};
use tokio::sync::Semaphore;

use dika_core::card_system::{
    CardRecord, CardRef, CardStanding, CardSystem, CardSystemFault, ClaimWindow, Credit, Credited,
    DepositState, Tap, TapReason,
};
use dika_core::clock::Clock;
use dika_core::ids::Ids;
use dika_core::mask::{masked_name, masked_number};
use dika_core::transfer::{Account, Transfer};
use dika_store::ledger::{BALANCES, Deposit, LedgerCard, card_lock};
use dika_store::{Store, Tx};

/// How hard passwords are hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strength {
    /// As today's advice has it: 19 MiB, two passes.
    Real,
    /// Weak and quick: only for invented people.
    Light,
}

/// An account to open. Name and number come in full and are masked before they are stored.
#[derive(Clone)]
pub struct NewAccount {
    /// Names the account.
    pub card_ref: CardRef,
    /// Whose card.
    pub issuer: Issuer,
    /// What a `gdut` student signs in with; `hemc` students use the card number.
    pub account: Option<String>,
    /// The number on the card.
    pub card_no: String,
    /// The card's password.
    pub password: String,
    /// In full.
    pub name: String,
    /// In full.
    pub student_no: String,
    /// Where the holder studies.
    pub campus: Campus,
    /// College or department.
    pub college: Option<String>,
    /// Whether the card works.
    pub status: CardStatus,
    /// What each wallet holds from the first day.
    pub opening: Vec<(WalletKind, Fen)>,
}

/// Accounts to open and to close, all at once.
#[derive(Clone, Default)]
pub struct AccountChanges {
    /// New ones.
    pub open: Vec<NewAccount>,
    /// Closed ones that are opened again, with the password that they had.
    pub reopen: Vec<CardRef>,
    /// Open ones that are closed.
    pub close: Vec<CardRef>,
}

/// The card system in this server's database.
#[derive(Clone)]
pub struct BuiltInCards {
    store: Store,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
    /// Which wallets an issuer's cards have, and which terminals release their money.
    directory: Arc<Directory>,
    hashing: Arc<Hashing>,
}

/// Password hashing, bounded: each verification wants its own memory.
struct Hashing {
    argon2: Argon2<'static>,
    /// A hash that no password is known for; unknown accounts are checked against it, so that they
    /// take as long as known ones.
    dummy: String,
    permits: Arc<Semaphore>,
}

impl BuiltInCards {
    /// The card system in this database.
    ///
    /// # Errors
    /// Where hashing does not work on this machine.
    pub fn new(
        store: Store,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn Ids>,
        directory: impl Into<Arc<Directory>>,
        strength: Strength,
    ) -> anyhow::Result<Self> {
        let (memory_kib, passes) = match strength {
            Strength::Real => (19 * 1024, 2),
            Strength::Light => (1024, 1),
        };
        let params = Params::new(memory_kib, passes, 1, None)
            .map_err(|fault| anyhow::anyhow!("password hashing: {fault}"))?;
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let dummy = hash(&argon2, ids.as_ref(), &ids.token())?;
        Ok(Self {
            store,
            clock,
            ids,
            directory: directory.into(),
            hashing: Arc::new(Hashing {
                argon2,
                dummy,
                permits: Arc::new(Semaphore::new(4)),
            }),
        })
    }

    /// Opens accounts in one change; those that exist stay as they are.
    ///
    /// # Errors
    /// Any database failure, or a password that cannot be hashed.
    pub async fn open_accounts(&self, accounts: Vec<NewAccount>) -> anyhow::Result<()> {
        let hashing = self.hashing.clone();
        let ids = self.ids.clone();
        let cards = tokio::task::spawn_blocking(move || {
            accounts
                .into_iter()
                .map(|new| {
                    Ok((
                        ledger_card(&hashing.argon2, ids.as_ref(), &new)?,
                        new.opening,
                    ))
                })
                .collect::<anyhow::Result<Vec<_>>>()
        })
        .await??;
        let now = self.clock.now();
        let mut tx = self.store.write("ledger/accounts").await?;
        for (card, opening) in cards {
            if !self.store.ledger_open_account(&mut tx, &card).await? {
                continue;
            }
            for (wallet, amount) in opening {
                let id = format!("opening/{}/{wallet}", card.card_ref.0);
                let to = Account::OnCard(card.card_ref.clone(), wallet);
                if let Some(transfer) = Transfer::new(id, "opening", Account::Opening, to, amount) {
                    self.store.ledger_book(&mut tx, &transfer, now).await?;
                }
            }
        }
        tx.commit().await?;
        Ok(())
    }

    /// Opens and closes accounts in one change: all of them, or none.
    ///
    /// # Errors
    /// Where an account was opened or removed meanwhile, or the database fails; then nothing was changed.
    pub async fn change_accounts(&self, changes: AccountChanges) -> anyhow::Result<()> {
        let AccountChanges {
            open,
            reopen,
            close,
        } = changes;
        let hashing = self.hashing.clone();
        let ids = self.ids.clone();
        let open = tokio::task::spawn_blocking(move || {
            open.iter()
                .map(|new| ledger_card(&hashing.argon2, ids.as_ref(), new))
                .collect::<anyhow::Result<Vec<_>>>()
        })
        .await??;
        let mut tx = self.store.write("ledger/accounts").await?;
        for card in open {
            if !self.store.ledger_open_account(&mut tx, &card).await? {
                anyhow::bail!("an account was opened meanwhile; run it again");
            }
        }
        let statuses = [(reopen, CardStatus::Active), (close, CardStatus::Closed)];
        for (cards, status) in statuses {
            for card in cards {
                if !self
                    .store
                    .ledger_set_status_in(&mut tx, &card, status)
                    .await?
                {
                    anyhow::bail!("an account was removed meanwhile; run it again");
                }
            }
        }
        tx.commit().await?;
        Ok(())
    }

    /// Changes whether a card works. Gives whether there is such a card.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn set_status(&self, card: &CardRef, status: CardStatus) -> anyhow::Result<bool> {
        Ok(self.store.ledger_set_status(card, status).await?)
    }

    /// Spends from a card. Gives whether there was enough.
    ///
    /// # Errors
    /// Any database failure.
    pub async fn spend(
        &self,
        card: &CardRef,
        wallet: WalletKind,
        amount: Fen,
    ) -> anyhow::Result<bool> {
        let from = Account::OnCard(card.clone(), wallet);
        let id = format!("spend/{}", self.ids.id());
        let Some(transfer) = Transfer::new(id, "spend", from.clone(), Account::Shops, amount)
        else {
            return Ok(false);
        };
        let mut tx = self.store.write(&card_lock(card)).await?;
        let enough = self.store.ledger_balance_in(&mut tx, &from).await? >= amount;
        if enough {
            self.store
                .ledger_book(&mut tx, &transfer, self.clock.now())
                .await?;
        }
        tx.commit().await?;
        Ok(enough)
    }

    /// Cards with what is on them, in this order.
    async fn standings(
        &self,
        cards: &[CardRef],
    ) -> Result<Vec<Option<CardStanding>>, CardSystemFault> {
        let as_of = self.clock.now();
        let found = self
            .store
            .ledger_cards_with_balances(cards)
            .await
            .map_err(unavailable)?;
        let standing = |(card, held): &(LedgerCard, [Fen; 4])| {
            let balance = |kind, is_waiting| {
                let place = BALANCES.iter().position(|it| *it == (kind, is_waiting))?;
                Some(Balance {
                    amount_fen: held[place],
                    as_of,
                })
            };
            let wallets = self
                .directory
                .issuer(card.issuer)
                .map_or(&[][..], |info| &info.wallets);
            let balances = wallets.iter().map(|wallet| WalletBalance {
                kind: wallet.kind,
                on_card: balance(wallet.kind, false),
                waiting: balance(wallet.kind, true),
            });
            (record(card), balances.collect())
        };
        let in_order = cards.iter().map(|wanted| {
            let found = found.iter().find(|(card, _)| card.card_ref == *wanted);
            found.map(standing)
        });
        Ok(in_order.collect())
    }

    fn claim_terminals(&self, issuer: Issuer, wallet: WalletKind) -> &[TerminalKind] {
        self.directory
            .wallet(issuer, wallet)
            .map_or(&[], |wallet| &wallet.claim.terminals)
    }

    /// Takes money for a card, or refuses it; the first answer for an order stays.
    async fn credit_in(&self, tx: &mut Tx, credit: &Credit) -> dika_store::Result<Credited> {
        let (store, order, now) = (&self.store, &credit.order_id, self.clock.now());
        if let Some(deposit) = store.ledger_deposit_in(tx, order).await? {
            return Ok(Credited::Taken(deposit_state(&deposit)));
        }
        if store.ledger_was_refused(tx, order).await? {
            return Ok(Credited::Refused);
        }
        let to = self.room_for(tx, credit).await?;
        let id = format!("credit/{order}");
        let transfer =
            to.and_then(|to| Transfer::new(id, "credit", Account::Provider, to, credit.amount));
        let Some(transfer) = transfer else {
            store.ledger_refuse(tx, order, now).await?;
            return Ok(Credited::Refused);
        };
        let deposit = Deposit {
            order_id: order.clone(),
            wallet: credit.wallet,
            amount: credit.amount,
            waiting: credit.waits.is_some(),
            claim_by: credit.waits.and_then(|ClaimWindow(end)| end),
        };
        store.ledger_book(tx, &transfer, now).await?;
        store
            .ledger_add_deposit(tx, &credit.card_ref, &deposit, now)
            .await?;
        Ok(Credited::Taken(deposit_state(&deposit)))
    }

    /// The account that a credit goes to; none where the card takes no money, or not this much more.
    async fn room_for(&self, tx: &mut Tx, credit: &Credit) -> dika_store::Result<Option<Account>> {
        let card = &credit.card_ref;
        if self.store.ledger_status(tx, card).await? != Some(CardStatus::Active) {
            return Ok(None);
        }
        let on_card = Account::OnCard(card.clone(), credit.wallet);
        let waiting = Account::Waiting(card.clone(), credit.wallet);
        if let Some(cap) = credit.cap {
            let held = self.store.ledger_held_in(tx, [&on_card, &waiting]).await?;
            if held
                .checked_add(credit.amount)
                .is_none_or(|held| held > cap)
            {
                return Ok(None);
            }
        }
        Ok(Some(if credit.waits.is_some() {
            waiting
        } else {
            on_card
        }))
    }

    /// Checks a password, off the threads that answer requests.
    async fn matches(
        &self,
        password: &CardPassword,
        hash: String,
    ) -> Result<bool, CardSystemFault> {
        let hashing = self.hashing.clone();
        let permit = self.hashing.permits.clone().acquire_owned().await;
        let permit = permit.map_err(unavailable)?;
        let password = password.clone();
        tokio::task::spawn_blocking(move || {
            // Held by the work itself: whoever asked for it may be gone, and its memory is not.
            let _permit = permit;
            hashing
                .argon2
                .verify_password(password.as_str().as_bytes(), hash.as_str())
                .is_ok()
        })
        .await
        .map_err(unavailable)
    }
}

#[async_trait]
impl CardSystem for BuiltInCards {
    async fn verify(
        &self,
        issuer: Issuer,
        identifier: &str,
        password: &CardPassword,
    ) -> Result<Option<CardRecord>, CardSystemFault> {
        let card = self
            .store
            .ledger_by_identifier(issuer, identifier)
            .await
            .map_err(unavailable)?;
        // One verification on either way, so that unknown accounts take as long as known ones.
        let hash = card.as_ref().map_or_else(
            || self.hashing.dummy.clone(),
            |card| card.password_hash.clone(),
        );
        let right = self.matches(password, hash).await?;
        Ok(card.filter(|_| right).map(|card| record(&card)))
    }

    async fn card(&self, card: &CardRef) -> Result<CardRecord, CardSystemFault> {
        let card = self.store.ledger_card(card).await.map_err(unavailable)?;
        card.as_ref().map(record).ok_or(CardSystemFault::NoSuchCard)
    }

    async fn balances(&self, card: &CardRef) -> Result<Vec<WalletBalance>, CardSystemFault> {
        let found = self.standings(std::slice::from_ref(card)).await?;
        match found.into_iter().next().flatten() {
            Some((_, balances)) => Ok(balances),
            None => Err(CardSystemFault::NoSuchCard),
        }
    }

    async fn all_at_once(
        &self,
        cards: &[CardRef],
    ) -> Result<Option<Vec<Option<CardStanding>>>, CardSystemFault> {
        self.standings(cards).await.map(Some)
    }

    async fn credit(&self, credit: Credit) -> Result<Credited, CardSystemFault> {
        let booked = async {
            let mut tx = self.store.write(&card_lock(&credit.card_ref)).await?;
            let credited = self.credit_in(&mut tx, &credit).await?;
            tx.commit().await?;
            Ok::<_, dika_store::Error>(credited)
        };
        booked.await.map_err(unavailable)
    }

    async fn deposit(
        &self,
        _issuer: Issuer,
        order: &OrderId,
    ) -> Result<Option<DepositState>, CardSystemFault> {
        let deposit = self
            .store
            .ledger_deposit(order)
            .await
            .map_err(unavailable)?;
        Ok(deposit.as_ref().map(deposit_state))
    }

    async fn reopen(
        &self,
        _issuer: Issuer,
        order: &OrderId,
        claim_by: Option<Timestamp>,
    ) -> Result<(), CardSystemFault> {
        self.store
            .ledger_reopen(order, claim_by)
            .await
            .map_err(unavailable)
    }

    async fn tap(&self, card_no: &str, terminal: TerminalKind) -> Result<Tap, CardSystemFault> {
        let nothing = |reason| Tap {
            released: Vec::new(),
            amount: Fen::ZERO,
            reason,
        };
        let card = self
            .store
            .ledger_by_card_no(card_no)
            .await
            .map_err(unavailable)?;
        let Some(card) = card else {
            return Ok(nothing(TapReason::UnknownCard));
        };
        // A machine of the one issuer never serves the other's cards.
        let serves = self
            .directory
            .terminal(terminal)
            .is_some_and(|terminal| terminal.issuers.contains(&card.issuer));
        if !serves {
            return Ok(nothing(TapReason::WrongTerminal));
        }
        let (card_ref, issuer) = (card.card_ref, card.issuer);
        let now = self.clock.now();
        let released = async {
            let mut tx = self.store.write(&card_lock(&card_ref)).await?;
            if self.store.ledger_status(&mut tx, &card_ref).await? != Some(CardStatus::Active) {
                return Ok(nothing(TapReason::CardNotActive));
            }
            let mut tap = nothing(TapReason::NothingWaiting);
            let (mut late, mut elsewhere) = (false, false);
            for deposit in self.store.ledger_waiting(&mut tx, &card_ref).await? {
                if !self
                    .claim_terminals(issuer, deposit.wallet)
                    .contains(&terminal)
                {
                    elsewhere = true;
                    continue;
                }
                if deposit.claim_by.is_some_and(|end| now >= end) {
                    late = true;
                    continue;
                }
                let claim = Transfer::new(
                    format!("claim/{}", deposit.order_id),
                    "claim",
                    Account::Waiting(card_ref.clone(), deposit.wallet),
                    Account::OnCard(card_ref.clone(), deposit.wallet),
                    deposit.amount,
                );
                if let Some(claim) = claim {
                    self.store.ledger_book(&mut tx, &claim, now).await?;
                }
                self.store
                    .ledger_release(&mut tx, &deposit.order_id)
                    .await?;
                tap.amount = tap.amount.checked_add(deposit.amount).unwrap_or(tap.amount);
                tap.released.push(deposit.order_id);
            }
            tx.commit().await?;
            tap.reason = if late {
                TapReason::NeedsConfirmation
            } else if !tap.released.is_empty() {
                TapReason::Released
            } else if elsewhere {
                TapReason::WrongTerminal
            } else {
                TapReason::NothingWaiting
            };
            Ok::<_, dika_store::Error>(tap)
        };
        released.await.map_err(unavailable)
    }
}

fn unavailable(cause: impl Into<anyhow::Error>) -> CardSystemFault {
    CardSystemFault::Unavailable(cause.into())
}

fn deposit_state(deposit: &Deposit) -> DepositState {
    if deposit.waiting {
        DepositState::Waiting
    } else {
        DepositState::OnCard
    }
}

fn record(card: &LedgerCard) -> CardRecord {
    CardRecord {
        card_ref: card.card_ref.clone(),
        issuer: card.issuer,
        identity: MaskedIdentity {
            name: card.name_masked.clone(),
            student_no: card.student_no.clone(),
            campus: Campus::from_word(&card.campus),
            college: card.college.clone(),
        },
        card_no_masked: CardNo::parse(&card.card_no).map_or_else(String::new, |no| no.masked()),
        status: card.status,
    }
}

fn ledger_card(argon2: &Argon2<'_>, ids: &dyn Ids, new: &NewAccount) -> anyhow::Result<LedgerCard> {
    Ok(LedgerCard {
        card_ref: new.card_ref.clone(),
        issuer: new.issuer,
        identifier: new.account.clone().unwrap_or_else(|| new.card_no.clone()),
        card_no: new.card_no.clone(),
        password_hash: hash(argon2, ids, &new.password)?,
        name_masked: masked_name(&new.name),
        student_no: masked_number(&new.student_no),
        campus: new.campus.as_str().to_owned(),
        college: new.college.clone(),
        status: new.status,
    })
}

fn hash(argon2: &Argon2<'_>, ids: &dyn Ids, password: &str) -> anyhow::Result<String> {
    let mut salt = [0; 16];
    ids.fill(&mut salt);
    let hashed = argon2
        .hash_password_with_salt(password.as_bytes(), &salt)
        .map_err(|fault| anyhow::anyhow!("password hashing: {fault}"))?;
    Ok(hashed.to_string())
}
