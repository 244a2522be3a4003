use std::fmt::Write as _;

use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use dika_connector::Day;
use dika_connector::card_system::ConnectorCards;
use dika_connector::protocol::{CreditState, CreditStatus, CreditStatusAnswer};
use dika_contract::{Fen, OrderId, Timestamp};
use dika_store::Store;
use dika_store::audit::AuditLine;
use dika_store::desk::{DeskFilter, DeskNote};
use dika_store::numbers::{NumberKind, OrderNumber};
use dika_store::orders::OrderRow;
use dika_wechat::OutTradeNo;
use dika_wechat::pay::Pay;

use crate::yuan::yuan;

/// What to do with orders.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum OrdersCommand {
    /// Lists the orders that fit what the student says. Reads only.
    Find(Find),
    /// Shows everything that is known about an order. Reads only.
    Show(Show),
    /// Writes a note about an order, for the desk alone.
    Note(Note),
}

/// What the student says.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct Find {
    /// How the order's number begins.
    #[arg(long, value_name = "NUMBER")]
    pub order: Option<String>,
    /// The phone number that was proven.
    #[arg(long, value_name = "NUMBER")]
    pub phone: Option<String>,
    /// A number in WeChat's list of payments: the merchant's (商户单号), the transaction's (交易单号), a refund's. Also the card system's own number.
    #[arg(long, value_name = "NUMBER")]
    pub wechat: Option<String>,
    /// How much, in fen.
    #[arg(long, value_name = "FEN")]
    pub amount_fen: Option<i64>,
    /// On which day in China, such as 2026-11-25.
    #[arg(long, value_name = "DAY", value_parser = day)]
    pub day: Option<Day>,
    /// At most so many.
    #[arg(long, default_value_t = 20)]
    pub limit: u16,
}

/// Which order.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct Show {
    /// Its number.
    #[arg(value_parser = order)]
    pub order: OrderId,
    /// Also asks WeChat Pay and the card system about it. Changes nothing.
    #[arg(long)]
    pub ask: bool,
}

/// What to write.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct Note {
    /// The order's number.
    #[arg(value_parser = order)]
    pub order: OrderId,
    /// Who writes.
    #[arg(long, value_name = "NAME")]
    pub by: String,
    /// What, up to 500 characters. Nothing that the order does not need.
    pub text: String,
}

fn order(text: &str) -> Result<OrderId, String> {
    OrderId::parse(text).ok_or_else(|| "an order's number is expected".to_owned())
}

/// Reads a day.
///
/// # Errors
/// What is expected.
pub fn day(text: &str) -> Result<Day, String> {
    Day::parse(text).ok_or_else(|| "a day such as 2026-11-25 is expected".to_owned())
}

/// Who can be asked about an order.
pub struct Parties<'a> {
    /// WeChat Pay.
    pub pay: Option<&'a Pay>,
    /// The card systems.
    pub connectors: Option<&'a ConnectorCards>,
}

impl Find {
    /// One line for each order.
    ///
    /// # Errors
    /// Where nothing to look for is given; any database failure.
    pub async fn run(&self, store: &Store) -> anyhow::Result<String> {
        let filter = DeskFilter {
            order: self.order.clone(),
            phone: self.phone.clone(),
            number: self.wechat.clone(),
            amount: self.amount_fen.map(Fen::new),
            from: self.day.map(Day::start),
            to: self.day.map(Day::end),
            limit: i64::from(self.limit),
        };
        let nothing = self.order.is_none()
            && self.phone.is_none()
            && self.wechat.is_none()
            && self.amount_fen.is_none()
            && self.day.is_none();
        if nothing {
            bail!("Say what to look for: --order, --phone, --wechat, --amount-fen or --day.");
        }
        let orders = store.desk_orders(&filter).await?;
        let mut text = String::new();
        for order in &orders {
            let party = store.desk_party(&order.id).await?;
            let name = party.map(|party| format!("{} {}", party.card_no, party.name));
            let _ = writeln!(
                text,
                "{}  {}  {} {}  {}  {}, {}  {}",
                order.id,
                clock(order.created_at),
                order.issuer,
                order.wallet,
                yuan(order.amount),
                order.state.payment,
                order.state.claim,
                name.unwrap_or_default()
            );
        }
        let _ = writeln!(text, "{} order(s).", orders.len());
        Ok(text)
    }
}

impl Show {
    /// Everything that is known about the order.
    ///
    /// # Errors
    /// Where there is no such order; any database failure.
    pub async fn run(&self, store: &Store, parties: &Parties<'_>) -> anyhow::Result<String> {
        let order = store
            .order(&self.order)
            .await?
            .with_context(|| format!("There is no order {}.", self.order))?;
        let mut text = String::new();
        let mut say = |what: &str, value: &str| {
            let _ = writeln!(text, "{what:<12}{value}");
        };
        say("order", order.id.as_str());
        say(
            "for",
            &format!("{} {}, {}", order.issuer, order.wallet, yuan(order.amount)),
        );
        if let Some(party) = store.desk_party(&order.id).await? {
            say(
                "card",
                &format!("{} {} {}", party.card_no, party.name, party.student_no),
            );
            if let Some(end) = party.phone_end {
                say("phone", &format!("…{end}"));
            }
        }
        say("payment", order.state.payment.as_str());
        say("claim", order.state.claim.as_str());
        if let Some(by) = order.state.claim_by {
            say("collect by", &clock(by));
        }
        say("credited", if order.state.settled { "yes" } else { "no" });
        say("means", means(&order));
        for entry in store.order_timeline(&order.id).await? {
            say("", &format!("{}  {}", clock(entry.at), entry.event));
        }
        for OrderNumber { kind, given } in store.order_numbers(&order.id).await? {
            let (what, done) = match kind {
                NumberKind::Payment => ("transaction", "paid"),
                NumberKind::Refund => ("refund", "back"),
                NumberKind::SecondPayment => ("2nd payment", "paid"),
                NumberKind::SecondRefund => ("2nd refund", "back"),
                NumberKind::Credit => ("booked as", "booked"),
            };
            let at = given.at.map(|at| format!("  {done} {}", clock(at)));
            say(what, &format!("{}{}", given.number, at.unwrap_or_default()));
        }
        for attempt in store.wechat_attempts(&order.id).await? {
            say(
                "WeChat Pay",
                &format!(
                    "{}  {}  {}",
                    attempt.out_trade_no,
                    attempt.channel,
                    attempt.state.as_str()
                ),
            );
            if let Some(pay) = parties.pay.filter(|_| self.ask) {
                say("  asked", &ask_wechat(pay, &attempt.out_trade_no).await);
            }
        }
        if self.ask {
            let client = parties.connectors.and_then(|it| it.client(order.issuer));
            if let Some(client) = client {
                let question = CreditStatus {
                    order_id: order.id.clone(),
                };
                let answer = match client.call(&question).await {
                    Ok(CreditStatusAnswer::Known(answer)) => {
                        let reference = answer.reference.unwrap_or_else(|| "no number".to_owned());
                        format!("{}, {reference}", state(answer.state))
                    }
                    Ok(CreditStatusAnswer::Unknown(_)) => "it never heard of the order".to_owned(),
                    Err(fault) => format!("no answer: {fault}"),
                };
                say("card system", &answer);
            }
        }
        for line in store.money_audit(&order.id).await? {
            say("audit", &audited(&line));
        }
        for note in store.order_notes(&order.id).await? {
            say(
                "note",
                &format!("{}  {}: {}", clock(note.at), note.author, note.text),
            );
        }
        Ok(text)
    }
}

/// A line of the audit: when, what, how much, who, by which request.
fn audited(line: &AuditLine) -> String {
    let amount = line.amount.map(|amount| format!(", {}", yuan(amount)));
    let which = line.actor_id.as_ref().map(|id| format!(" {id}"));
    let request = line.request_id.as_ref().map(|id| format!(", request {id}"));
    format!(
        "{}  {}{}, by {}{}{}",
        clock(line.at),
        line.movement,
        amount.unwrap_or_default(),
        line.actor,
        which.unwrap_or_default(),
        request.unwrap_or_default()
    )
}

async fn ask_wechat(pay: &Pay, number: &str) -> String {
    let Ok(number) = OutTradeNo::new(number) else {
        return "no number that WeChat Pay takes".to_owned();
    };
    match pay.query(&number).await {
        Ok(trade) => {
            let paid = trade
                .paid_at_unix_s
                .map(|at| clock(Timestamp::from_unix(at)));
            let id = trade
                .transaction_id
                .as_ref()
                .map(|id| id.as_str().to_owned());
            format!(
                "{}, transaction {}, paid {}",
                String::from(trade.state),
                id.unwrap_or_else(|| "none".to_owned()),
                paid.unwrap_or_else(|| "never".to_owned())
            )
        }
        Err(fault) => format!("no answer: {fault}"),
    }
}

fn state(state: CreditState) -> String {
    match state {
        CreditState::OnCard => "on the card".to_owned(),
        CreditState::Waiting => "waits at a machine".to_owned(),
        CreditState::Refused(code) => format!("refused: {code}"),
        CreditState::Undecided => "not decided".to_owned(),
    }
}

/// What to tell the student.
fn means(order: &OrderRow) -> &'static str {
    use dika_contract::{ClaimState, PaymentState};
    match (order.state.payment, order.state.settled, order.state.claim) {
        (PaymentState::Created | PaymentState::Paying, ..) => {
            "not paid as far as is known; WeChat Pay is asked about it"
        }
        (PaymentState::Unknown, ..) => "WeChat Pay does not answer; it is asked again and again",
        (PaymentState::Closed | PaymentState::Failed, ..) => {
            "not paid, and cannot be paid any more"
        }
        (PaymentState::Refunding, ..) => "the money is on its way back to the payer",
        (PaymentState::Refunded, ..) => "the money went back to the payer",
        (PaymentState::Paid, false, _) => {
            "paid; the card system has not taken it yet and is asked again and again"
        }
        (PaymentState::Paid, true, ClaimState::Waiting) => {
            "paid; it waits until the card is laid on a machine"
        }
        (PaymentState::Paid, true, ClaimState::NeedsConfirmation) => {
            "paid; the student confirms it in the order, then lays the card on a machine"
        }
        (PaymentState::Paid, true, _) => "paid, and on the card",
    }
}

impl Note {
    /// Writes the note.
    ///
    /// # Errors
    /// Where there is no such order or the text is too long; any database failure.
    pub async fn run(&self, store: &Store, now: Timestamp) -> anyhow::Result<String> {
        if !(1..=500).contains(&self.text.chars().count()) || self.by.trim().is_empty() {
            bail!("A note has 1 to 500 characters, and somebody who writes it (--by).");
        }
        if store.order(&self.order).await?.is_none() {
            bail!("There is no order {}.", self.order);
        }
        let note = DeskNote {
            author: self.by.trim().to_owned(),
            text: self.text.clone(),
            at: now,
        };
        store.add_order_note(&self.order, &note).await?;
        Ok("Noted.\n".to_owned())
    }
}

/// A moment as the clocks in China show it.
fn clock(at: Timestamp) -> String {
    let shown = at.in_china();
    format!(
        "{:04}-{:02}-{:02} {:02}:{:02}:{:02}",
        shown.year, shown.month, shown.day, shown.hour, shown.minute, shown.second
    )
}
