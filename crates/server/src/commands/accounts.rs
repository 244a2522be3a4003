use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use dika_contract::{Campus, CardNo, CardPassword, CardStatus, Issuer};
use dika_core::card_system::CardRef;
use dika_core::mask::{masked_name, masked_number};
use dika_core::transfer::Account;
use dika_store::Store;
use dika_store::ledger::LedgerCard;
use serde::Deserialize;

use crate::adapters::built_in_cards::{AccountChanges, BuiltInCards, NewAccount};

/// What to do with accounts.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum AccountsCommand {
    /// Opens and closes the accounts that a CSV file lists: all of them, or none.
    Import(Import),
    /// Lists the student accounts that went up in the one with a phone number. Reads only.
    Joins(super::joins::Joins),
    /// Parts two student accounts that were joined. Says what would move; `--write` does it.
    Split(super::joins::Split),
}

/// Which file, and whether to only look.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct Import {
    /// Columns: action (open or close), issuer, card_no; to open also account (gdut), password, name, student_no, campus,
    /// and college where there is one.
    #[arg(value_name = "FILE.csv")]
    pub file: PathBuf,
    /// Says what would be done, and changes nothing.
    #[arg(long)]
    pub dry_run: bool,
}

/// A line of the file.
#[derive(Deserialize)]
struct Row {
    action: String,
    issuer: String,
    card_no: String,
    #[serde(default)]
    account: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    student_no: String,
    #[serde(default)]
    campus: String,
    #[serde(default)]
    college: String,
}

/// What a line asks for.
enum Wish {
    Open(Box<NewAccount>),
    Close(CardRef),
}

/// What was done, or would be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// One line for each line of the file, and the sum.
    pub text: String,
    /// Whether every line could be done.
    pub good: bool,
}

impl Import {
    /// Reads the file and does what it says: all of it, or nothing where a line is wrong.
    ///
    /// # Errors
    /// Where the file cannot be read, or the database fails; nothing was changed then.
    pub async fn run(&self, store: &Store, cards: &BuiltInCards) -> anyhow::Result<Report> {
        let wishes = read(&self.file)?;
        let mut plan = Plan::default();
        for (line, wish) in wishes {
            match wish {
                Ok(wish) => plan.add(store, line, wish).await?,
                Err(problem) => plan.problem(line, &problem),
            }
        }
        plan.carry_out(cards, self.dry_run).await
    }
}

fn read(path: &Path) -> anyhow::Result<Vec<(u64, Result<Wish, String>)>> {
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .from_path(path)
        .with_context(|| format!("{} cannot be read.", path.display()))?;
    let headers = reader
        .headers()
        .context("The first line names no columns.")?;
    for needed in ["action", "issuer", "card_no"] {
        if !headers.iter().any(|header| header == needed) {
            bail!("The first line names no column {needed}.");
        }
    }
    let headers = headers.clone();
    let mut wishes = Vec::new();
    for record in reader.records() {
        // Messages of the reader may quote the line, which may hold a password.
        let (line, wish) = match record {
            Ok(record) => {
                let line = record.position().map_or(0, csv::Position::line);
                let row = record.deserialize::<Row>(Some(&headers));
                let row = row.map_err(|_| "it has not the columns of the first line".to_owned());
                (line, row.and_then(wish))
            }
            Err(fault) => {
                let line = fault.position().map_or(0, csv::Position::line);
                (
                    line,
                    Err("it has not the columns of the first line".to_owned()),
                )
            }
        };
        wishes.push((line, wish));
    }
    Ok(wishes)
}

/// How the built-in ledger names the account of a card.
fn named(issuer: Issuer, card_no: &CardNo) -> CardRef {
    CardRef(format!("{issuer}-{}", card_no.as_str()))
}

fn wish(row: Row) -> Result<Wish, String> {
    let issuer = match Issuer::from_word(&row.issuer) {
        Issuer::Other => return Err("issuer: gdut or hemc is expected".to_owned()),
        issuer => issuer,
    };
    let card_no = CardNo::parse(&row.card_no).ok_or("card_no is no card number")?;
    let card_ref = named(issuer, &card_no);
    match row.action.as_str() {
        "close" => return Ok(Wish::Close(card_ref)),
        "open" => {}
        _ => return Err("action: open or close is expected".to_owned()),
    }
    let filled = |name: &str, text: String| {
        if text.is_empty() {
            Err(format!("{name} is missing"))
        } else {
            Ok(text)
        }
    };
    let campus = match Campus::from_word(&row.campus) {
        Campus::Other => {
            return Err("campus: daxuecheng, longdong, dongfenglu or panyu is expected".to_owned());
        }
        campus if !campus.has(issuer) => {
            return Err(format!("nobody there holds a card of {issuer}"));
        }
        campus => campus,
    };
    let account = match issuer {
        Issuer::Gdut => Some(filled("account", row.account)?),
        _ if !row.account.is_empty() => {
            return Err(
                "account: hemc students sign in with the card number; leave it empty".to_owned(),
            );
        }
        _ => None,
    };
    let password = CardPassword::parse(&row.password)
        .ok_or("password: 1 to 32 printable characters are expected")?;
    Ok(Wish::Open(Box::new(NewAccount {
        card_ref,
        issuer,
        account,
        card_no: card_no.as_str().to_owned(),
        password: password.as_str().to_owned(),
        name: filled("name", row.name)?,
        student_no: filled("student_no", row.student_no)?,
        campus,
        college: (!row.college.is_empty()).then_some(row.college),
        status: CardStatus::Active,
        opening: Vec::new(),
    })))
}

/// What all lines together ask for.
#[derive(Default)]
struct Plan {
    changes: AccountChanges,
    text: String,
    unchanged: usize,
    problems: usize,
    /// Accounts and sign-in names that an earlier line was about, and which line.
    lines: BTreeMap<String, u64>,
}

impl Plan {
    fn problem(&mut self, line: u64, problem: &str) {
        self.problems += 1;
        let _ = writeln!(self.text, "line {line}: problem: {problem}");
    }

    fn say(&mut self, line: u64, what: &str, card: &LedgerCard) {
        let LedgerCard {
            issuer,
            name_masked,
            ..
        } = card;
        let card_no = masked_number(&card.card_no);
        let _ = writeln!(
            self.text,
            "line {line}: {what} {issuer} {card_no} {name_masked}"
        );
    }

    async fn add(&mut self, store: &Store, line: u64, wish: Wish) -> anyhow::Result<()> {
        let (card_ref, identifier) = match &wish {
            Wish::Open(new) => {
                let identifier = new.account.as_ref().unwrap_or(&new.card_no);
                (&new.card_ref, Some(format!("{} {identifier}", new.issuer)))
            }
            Wish::Close(card_ref) => (card_ref, None),
        };
        for key in std::iter::once(card_ref.0.clone()).chain(identifier) {
            if let Some(earlier) = self.lines.insert(key, line) {
                self.problem(line, &format!("line {earlier} is about the same account"));
                return Ok(());
            }
        }
        let before = store.ledger_card(card_ref).await?;
        match (wish, before) {
            (Wish::Close(_), None) => self.problem(line, "there is no such account"),
            (Wish::Close(_), Some(card)) if card.status == CardStatus::Closed => {
                self.unchanged += 1;
                self.say(line, "closed already:", &card);
            }
            (Wish::Close(card_ref), Some(card)) => {
                let mut waiting = 0;
                for wallet in [
                    dika_contract::WalletKind::Main,
                    dika_contract::WalletKind::Utilities,
                ] {
                    let account = Account::Waiting(card_ref.clone(), wallet);
                    waiting += store.ledger_balance(&account).await?.get();
                }
                if waiting == 0 {
                    self.say(line, "close", &card);
                    self.changes.close.push(card_ref);
                } else {
                    self.problem(
                        line,
                        &format!(
                            "{waiting} fen wait for this card; a closed card could not collect them"
                        ),
                    );
                }
            }
            (Wish::Open(new), None) => {
                let identifier = new.account.as_deref().unwrap_or(&new.card_no);
                if store
                    .ledger_by_identifier(new.issuer, identifier)
                    .await?
                    .is_some()
                {
                    self.problem(line, "another card is signed in to with this account");
                } else if store.ledger_by_card_no(&new.card_no).await?.is_some() {
                    self.problem(line, "the other issuer has a card with this number");
                } else {
                    let _ = writeln!(
                        self.text,
                        "line {line}: open {} {} {}",
                        new.issuer,
                        masked_number(&new.card_no),
                        masked_name(&new.name)
                    );
                    self.changes.open.push(*new);
                }
            }
            (Wish::Open(new), Some(card)) => {
                let same = card.name_masked == masked_name(&new.name)
                    && card.student_no == masked_number(&new.student_no);
                if !same {
                    self.problem(line, "this account is open for somebody else");
                } else if card.status == CardStatus::Closed {
                    self.say(line, "open again", &card);
                    self.changes.reopen.push(new.card_ref);
                } else {
                    self.unchanged += 1;
                    self.say(line, "open already:", &card);
                }
            }
        }
        Ok(())
    }

    async fn carry_out(mut self, cards: &BuiltInCards, dry_run: bool) -> anyhow::Result<Report> {
        let AccountChanges {
            open,
            reopen,
            close,
        } = &self.changes;
        let sum = format!(
            "{} to open, {} to open again, {} to close, {} unchanged, {} problem(s).",
            open.len(),
            reopen.len(),
            close.len(),
            self.unchanged,
            self.problems
        );
        let good = self.problems == 0;
        let done = if !good {
            "Nothing was changed: mend the problems first."
        } else if dry_run {
            "Nothing was changed: this was a dry run."
        } else {
            cards
                .change_accounts(std::mem::take(&mut self.changes))
                .await
                .context("Nothing was changed.")?;
            "All of it is done."
        };
        Ok(Report {
            text: format!("{}{sum} {done}\n", self.text),
            good,
        })
    }
}
