//! Compares a day's orders with WeChat's bill and with what each card system says that it credited. Every fen that
//! differs is reported by order; nothing is changed.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use dika_connector::card_system::ConnectorCards;
use dika_connector::client::{Client, Fault};
use dika_connector::protocol::{DayStatement, StatedCredit};
use dika_connector::{Day, ErrorCode};
use dika_contract::{Fen, Issuer, OrderId, PaymentState, Timestamp, TopUpEvent};
use dika_store::orders::OrderRow;
use dika_store::wechat::{Attempt, AttemptState};
use dika_wechat::OutTradeNo;
use dika_wechat::pay::{BillEntry, BillLine, Pay};

use crate::services::context::Services;
use crate::yuan::yuan;

/// How often the time is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(600);
/// WeChat Pay has the bill of a day from ten o'clock of the next; a little later it surely has.
const NOT_BEFORE_HOUR: u8 = 11;
/// A day of which a part stays unread is looked at again for so many days.
const DAYS_BACK: i64 = 30;
/// How many rounds pass between two looks at such days.
const ROUNDS_BETWEEN: u32 = 6;
/// For so many days after a payment its credit is looked for in later statements.
const LATER_DAYS: usize = 3;

/// Something that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Between this server and whom: `WeChat Pay`, `gdut`.
    pub with: String,
    /// The order, or the number that no order here has.
    pub order: String,
    /// How much is in question.
    pub amount: Fen,
    /// What differs, as a sentence's end.
    pub what: String,
}

/// What comparing a day found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DayReport {
    /// Which day.
    pub day: Day,
    /// What was compared, one line each.
    pub compared: Vec<String>,
    /// What could not be compared, and why.
    pub unread: Vec<String>,
    /// What differs.
    pub differences: Vec<Difference>,
}

impl DayReport {
    /// Whether everything was compared and nothing differs.
    pub fn is_good(&self) -> bool {
        self.unread.is_empty() && self.differences.is_empty()
    }

    fn differs(
        &mut self,
        with: &str,
        order: impl Into<String>,
        amount: Fen,
        what: impl Into<String>,
    ) {
        self.differences.push(Difference {
            with: with.to_owned(),
            order: order.into(),
            amount,
            what: what.into(),
        });
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            with,
            order,
            amount,
            what,
        } = self;
        write!(f, "{with}, order {order}, {}: {what}", yuan(*amount))
    }
}

impl fmt::Display for DayReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.day)?;
        for line in &self.compared {
            writeln!(f, "compared    {line}")?;
        }
        for line in &self.unread {
            writeln!(f, "not read    {line}")?;
        }
        for difference in &self.differences {
            writeln!(f, "difference  {difference}")?;
        }
        if self.is_good() {
            writeln!(f, "Nothing differs.")
        } else {
            writeln!(
                f,
                "{} difference(s), {} part(s) not read.",
                self.differences.len(),
                self.unread.len()
            )
        }
    }
}

/// Compares a day in China.
///
/// # Errors
/// Any database failure. What the other sides do not answer is in the report.
pub async fn check_day(
    services: &Services,
    connectors: Option<&ConnectorCards>,
    day: Day,
) -> anyhow::Result<DayReport> {
    let mut report = DayReport {
        day,
        compared: Vec::new(),
        unread: Vec::new(),
        differences: Vec::new(),
    };
    if let Some(wechat) = &services.wechat {
        check_bill(services, wechat.gateway.pay(), &mut report).await?;
    }
    for issuer in [Issuer::Gdut, Issuer::Hemc] {
        if let Some(client) = connectors.and_then(|connectors| connectors.client(issuer)) {
            check_statement(services, client, &mut report).await?;
        }
    }
    if connectors.is_none() {
        let unbalanced = services.store.ledger_unbalanced().await?;
        report
            .compared
            .push("the built-in ledger's transfers".to_owned());
        for transfer in unbalanced {
            report.differs(
                "ledger",
                transfer,
                Fen::ZERO,
                "a transfer does not sum to zero",
            );
        }
    }
    Ok(report)
}

async fn check_bill(services: &Services, pay: &Pay, report: &mut DayReport) -> anyhow::Result<()> {
    const WITH: &str = "WeChat Pay";
    let day = report.day;
    let bill = match pay.trade_bill(&day.to_string()).await {
        Ok(bill) => bill,
        Err(fault) => {
            report.unread.push(format!("WeChat Pay's bill: {fault}"));
            return Ok(());
        }
    };
    report.compared.push(sums(&bill));
    let mut paid = BTreeSet::new();
    let mut returned = BTreeSet::new();
    for line in &bill {
        let number = &line.out_trade_no;
        let amount = Fen::new(match line.entry {
            BillEntry::Payment(fen) | BillEntry::Refund { fen, .. } => fen,
        });
        let Some(attempt) = services.store.wechat_attempt(number).await? else {
            report.differs(
                WITH,
                number,
                amount,
                "in the bill, and no such payment is here",
            );
            continue;
        };
        let Some(order) = services.store.order(&attempt.order_id).await? else {
            report.differs(
                WITH,
                number,
                amount,
                "in the bill, and its order is not here",
            );
            continue;
        };
        let what = match &line.entry {
            BillEntry::Payment(_) => {
                paid.insert(order.id.clone());
                payment_differs(&attempt, &order, amount)
            }
            BillEntry::Refund { .. } => {
                returned.insert(order.id.clone());
                refund_differs(&attempt, &order, amount)
            }
        };
        if let Some(what) = what {
            report.differs(WITH, order.id.as_str(), amount, what);
        }
    }
    let (from, to) = (day.start(), day.end());
    let ours = services
        .store
        .orders_with_event(TopUpEvent::Paid, from, to)
        .await?;
    for id in ours.into_iter().filter(|id| !paid.contains(id)) {
        let Some(order) = services.store.order(&id).await? else {
            continue;
        };
        match paid_on_another_day(services, pay, &id, day).await? {
            Ok(true) => {}
            Ok(false) => report.differs(
                WITH,
                id.as_str(),
                order.amount,
                "paid here, and not in the bill",
            ),
            Err(fault) => report
                .unread
                .push(format!("WeChat Pay about order {id}: {fault}")),
        }
    }
    let ours = services
        .store
        .orders_with_event(TopUpEvent::Refunded, from, to)
        .await?;
    let missing: Vec<OrderId> = ours
        .into_iter()
        .filter(|id| !returned.contains(id))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    // A refund stands in the bill of the day on which it was carried out, which may be the day before.
    let before = match pay.trade_bill(&day.previous().to_string()).await {
        Ok(bill) => bill,
        Err(fault) => {
            report
                .unread
                .push(format!("WeChat Pay's bill of the day before: {fault}"));
            return Ok(());
        }
    };
    for id in missing {
        let attempts = services.store.wechat_attempts(&id).await?;
        let is_there = before.iter().any(|line| {
            matches!(line.entry, BillEntry::Refund { .. })
                && attempts
                    .iter()
                    .any(|it| it.out_trade_no == line.out_trade_no)
        });
        if let Some(order) = services.store.order(&id).await?.filter(|_| !is_there) {
            report.differs(
                WITH,
                id.as_str(),
                order.amount,
                "refunded here, and no refund is in the bill",
            );
        }
    }
    Ok(())
}

fn sums(bill: &[BillLine]) -> String {
    let (mut payments, mut paid, mut refunds, mut back) = (0, 0, 0, 0);
    for line in bill {
        match line.entry {
            BillEntry::Payment(fen) => (payments, paid) = (payments + 1, paid + fen),
            BillEntry::Refund { fen, .. } => (refunds, back) = (refunds + 1, back + fen),
        }
    }
    format!(
        "WeChat Pay's bill: {payments} payment(s), {}; {refunds} refund(s), {}",
        yuan(Fen::new(paid)),
        yuan(Fen::new(back))
    )
}

fn has_paid(order: &OrderRow) -> bool {
    matches!(
        order.state.payment,
        PaymentState::Paid | PaymentState::Refunding | PaymentState::Refunded
    )
}

fn payment_differs(attempt: &Attempt, order: &OrderRow, amount: Fen) -> Option<String> {
    if amount != order.amount {
        return Some(format!("here the order is about {}", yuan(order.amount)));
    }
    (!has_paid(order) && attempt.state != AttemptState::Surplus)
        .then(|| format!("paid in the bill, and {} here", order.state.payment))
}

fn refund_differs(attempt: &Attempt, order: &OrderRow, amount: Fen) -> Option<String> {
    let goes_back = matches!(
        order.state.payment,
        PaymentState::Refunding | PaymentState::Refunded
    );
    if !goes_back && attempt.state != AttemptState::Surplus {
        return Some(format!(
            "went back in the bill, and the order is {} here",
            order.state.payment
        ));
    }
    (amount != order.amount)
        .then(|| format!("went back; the order is about {}", yuan(order.amount)))
}

/// Whether WeChat Pay dates a payment to another day than this server does: it was heard of after midnight.
async fn paid_on_another_day(
    services: &Services,
    pay: &Pay,
    order: &OrderId,
    day: Day,
) -> anyhow::Result<Result<bool, dika_wechat::pay::Error>> {
    for attempt in services.store.wechat_attempts(order).await? {
        let Ok(number) = OutTradeNo::new(&attempt.out_trade_no) else {
            continue;
        };
        match pay.query(&number).await {
            Ok(trade) => {
                let at = trade.paid_at_unix_s.map(Timestamp::from_unix);
                if at.is_some_and(|at| Day::of(at) != day) {
                    return Ok(Ok(true));
                }
            }
            Err(error) if error.proven_code().is_some() => {}
            Err(error) => return Ok(Err(error)),
        }
    }
    Ok(Ok(false))
}

async fn check_statement(
    services: &Services,
    client: &Client,
    report: &mut DayReport,
) -> anyhow::Result<()> {
    let (issuer, day) = (client.issuer(), report.day);
    let with = issuer.as_str();
    let statement = match statement(client, day).await {
        Ok(statement) => statement,
        // Asking again would not change it.
        Err(Fault::Refused(detail)) if detail.code == ErrorCode::UnsupportedOp => {
            report.compared.push(format!(
                "nothing of {issuer}: its connector offers no statement"
            ));
            return Ok(());
        }
        Err(fault) => {
            report.unread.push(format!("{issuer}'s statement: {fault}"));
            return Ok(());
        }
    };
    let sum = Fen::new(
        statement
            .values()
            .map(|credit| credit.amount_fen.get())
            .sum(),
    );
    report.compared.push(format!(
        "{issuer}'s statement: {} credit(s), {}",
        statement.len(),
        yuan(sum)
    ));
    for (id, credit) in &statement {
        let amount = credit.amount_fen;
        let Some(order) = services
            .store
            .order(id)
            .await?
            .filter(|order| order.issuer == issuer)
        else {
            report.differs(
                with,
                id.as_str(),
                amount,
                "credited there, and no such order is here",
            );
            continue;
        };
        let what = if order.amount != amount {
            format!(
                "credited there; here the order is about {}",
                yuan(order.amount)
            )
        } else if order.wallet != credit.wallet {
            format!(
                "credited to {} there; here the order is for {}",
                credit.wallet, order.wallet
            )
        } else if order.state.payment != PaymentState::Paid || !order.state.settled {
            format!("credited there, and {} here", order.state.payment)
        } else {
            continue;
        };
        report.differs(with, id.as_str(), amount, what);
    }
    // A credit stands in the statement of the day on which the card system took it, which may be a later one.
    let ours = services
        .store
        .orders_with_event(TopUpEvent::Paid, day.start(), day.end())
        .await?;
    let mut missing = Vec::new();
    for id in ours.into_iter().filter(|id| !statement.contains_key(id)) {
        let order = services.store.order(&id).await?;
        missing.extend(order.filter(|order| {
            order.issuer == issuer
                && order.state.settled
                && order.state.payment == PaymentState::Paid
        }));
    }
    let today = Day::of(services.clock.now());
    let mut later = day;
    for _ in 0..LATER_DAYS {
        later = Day::of(later.end());
        if missing.is_empty() || later > today {
            break;
        }
        match self::statement(client, later).await {
            Ok(statement) => missing.retain(|order| !statement.contains_key(&order.id)),
            Err(fault) => {
                report
                    .unread
                    .push(format!("{issuer}'s statement of {later}: {fault}"));
                return Ok(());
            }
        }
    }
    for order in missing {
        report.differs(
            with,
            order.id.as_str(),
            order.amount,
            "credited here, and not in its statement",
        );
    }
    Ok(())
}

/// All pages of a day's credits.
async fn statement(client: &Client, day: Day) -> Result<BTreeMap<OrderId, StatedCredit>, Fault> {
    const MOST_PAGES: usize = 1_000;
    let mut credits = BTreeMap::new();
    let mut cursor = None;
    for _ in 0..MOST_PAGES {
        let question = DayStatement {
            day,
            list: true,
            cursor,
        };
        let answer = client.call(&question).await?;
        for credit in answer.credits.unwrap_or_default() {
            credits.insert(credit.order_id.clone(), credit);
        }
        cursor = answer.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    Ok(credits)
}

/// Compares each day once it is over, forever. Start it once.
pub async fn run(services: Services, connectors: Option<Arc<ConnectorCards>>) {
    for round in 0_u32.. {
        let connectors = connectors.as_deref();
        let mut checked = check_yesterday(&services, connectors).await.map(drop);
        if checked.is_ok() && round % ROUNDS_BETWEEN == 0 {
            checked = check_unread_days(&services, connectors).await.map(drop);
        }
        if let Err(fault) = checked {
            tracing::error!(
                ?fault,
                "the day could not be compared; it will be tried again"
            );
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// Compares yesterday once, from the hour on at which WeChat Pay has its bill. Gives the report where it was compared
/// now; where a part could not be read, it is compared again the next time.
///
/// # Errors
/// Any database failure.
pub async fn check_yesterday(
    services: &Services,
    connectors: Option<&ConnectorCards>,
) -> anyhow::Result<Option<DayReport>> {
    let now = services.clock.now();
    let day = Day::of(now).previous();
    let checked = services.store.setting(CHECKED).await?;
    let checked = checked.as_deref().and_then(Day::parse);
    if checked.is_some_and(|last| last >= day) || now.in_china().hour < NOT_BEFORE_HOUR {
        return Ok(None);
    }
    // Days since the last one that was compared: a part was unread to their end, or no server ran.
    if let Some(last) = checked {
        let mut unread = unread_days(services).await?;
        let mut missed = day.previous();
        while missed > last && missed >= oldest(day) {
            unread.insert(missed);
            missed = missed.previous();
        }
        keep_unread_days(services, &unread).await?;
    }
    let report = check_day(services, connectors, day).await?;
    if tell(&report) {
        services
            .store
            .set_setting(CHECKED, &day.to_string())
            .await?;
    }
    Ok(Some(report))
}

/// The last day that was compared while it was yesterday.
const CHECKED: &str = "day-check/last";
/// Earlier days of which a part is unread.
const UNREAD: &str = "day-check/unread";

/// Compares the days before yesterday of which a part is still unread, the oldest first. Gives their reports. One that
/// stays unread for a month is given up, which calls a person.
///
/// # Errors
/// Any database failure.
pub async fn check_unread_days(
    services: &Services,
    connectors: Option<&ConnectorCards>,
) -> anyhow::Result<Vec<DayReport>> {
    let oldest = oldest(Day::of(services.clock.now()).previous());
    let mut reports = Vec::new();
    for day in unread_days(services).await? {
        let is_over = if day < oldest {
            tracing::error!(%day, "the day was never compared as a whole, and is not tried any more; a person has to look");
            true
        } else {
            let report = check_day(services, connectors, day).await?;
            let is_whole = tell(&report);
            reports.push(report);
            is_whole
        };
        if is_over {
            // Read anew: another instance may have written meanwhile.
            let mut left = unread_days(services).await?;
            left.remove(&day);
            keep_unread_days(services, &left).await?;
        }
    }
    Ok(reports)
}

/// The first day that is still looked at.
fn oldest(yesterday: Day) -> Day {
    Day::of(yesterday.start().plus(-DAYS_BACK * 86_400))
}

async fn unread_days(services: &Services) -> anyhow::Result<BTreeSet<Day>> {
    let kept = services.store.setting(UNREAD).await?.unwrap_or_default();
    Ok(kept.split_whitespace().filter_map(Day::parse).collect())
}

async fn keep_unread_days(services: &Services, days: &BTreeSet<Day>) -> anyhow::Result<()> {
    let days: Vec<String> = days.iter().map(Day::to_string).collect();
    services
        .store
        .set_setting(UNREAD, &days.join(" "))
        .await
        .map_err(Into::into)
}

/// Logs a report. Gives whether everything could be compared.
fn tell(report: &DayReport) -> bool {
    let day = report.day;
    for difference in &report.differences {
        tracing::error!(%day, with = difference.with, order = difference.order, fen = difference.amount.get(), "the day's books differ: {}; a person has to look", difference.what);
    }
    let is_whole = report.unread.is_empty();
    if is_whole {
        tracing::info!(%day, differences = report.differences.len(), "the day was compared");
    } else {
        // Tried again at the next look.
        tracing::warn!(%day, unread = report.unread.join("; "), "a part of the day could not be compared");
    }
    is_whole
}
