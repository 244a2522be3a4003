use std::sync::Arc;

use dika_contract::{Fen, Timestamp};
use dika_core::clock::Clock;
use dika_core::payment_gateway::GatewayFault;
use dika_store::Store;
use dika_store::numbers::Given;
use dika_store::wechat::{Attempt, AttemptState};
use dika_wechat::TransactionId;
use dika_wechat::pay::{ErrorCode, Notice, NoticeError, Pay, Trade, Verdict};

use crate::adapters::wechat_gateway::faults::{fault, number, silent, unkept};

/// WeChat Pay as this server's provider.
#[derive(Clone, Debug)]
pub struct WechatGateway {
    pub(crate) pay: Pay,
    pub(crate) store: Store,
    pub(crate) clock: Arc<dyn Clock>,
    /// Where people reach the app, without a slash at the end.
    pub(crate) origin: String,
}

/// What WeChat Pay's word about one payment means here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It paid the order.
    Paid(Fen),
    /// It was paid although the order was paid by another: the money has to go back.
    Surplus,
    /// It was paid, and money of it has gone back, is going, or was to go: nothing says how much.
    Returned,
    /// Not paid yet.
    Pending,
    /// Cannot be paid any more.
    Closed,
    /// Failed for good.
    Failed,
    /// WeChat Pay knows no such number; it may yet.
    Unstarted,
    /// Another amount than was asked for, or a state that nobody here knows: never booked.
    Strange(String),
}

impl WechatGateway {
    /// A provider that remembers its payments in this store. `origin` is where people reach the app.
    pub fn new(pay: Pay, store: Store, clock: Arc<dyn Clock>, origin: &str) -> Self {
        Self {
            pay,
            store,
            clock,
            origin: origin.to_owned(),
        }
    }

    /// WeChat Pay itself, for what the port does not offer: bills, and payments by their numbers.
    pub fn pay(&self) -> &Pay {
        &self.pay
    }

    /// Reads a notification; see [`Pay::read_notice`].
    ///
    /// # Errors
    /// Whatever makes it not to be believed.
    pub fn read_notice(
        &self,
        headers: &axum::http::HeaderMap,
        body: &[u8],
        now: Timestamp,
    ) -> Result<Notice, NoticeError> {
        self.pay.read_notice(headers, body, now.unix())
    }

    /// Takes WeChat Pay's word about a payment and remembers it.
    ///
    /// # Errors
    /// [`GatewayFault::Unkept`] where the database fails.
    pub async fn record(&self, attempt: &Attempt, trade: &Trade) -> Result<Standing, GatewayFault> {
        Ok(match trade.verdict(attempt.amount.get()) {
            Verdict::Paid {
                transaction_id,
                paid_at_unix_s,
            } => {
                let payment = given(transaction_id.as_ref(), paid_at_unix_s);
                let noted =
                    self.store
                        .pay_wechat_attempt(attempt, payment.as_ref(), self.clock.now());
                match noted.await {
                    Ok(AttemptState::Surplus) => Standing::Surplus,
                    Ok(_) => Standing::Paid(attempt.amount),
                    Err(fault) => return Err(unkept(fault)),
                }
            }
            Verdict::Refunded { transaction_id } => {
                if let Some(payment) = given(transaction_id.as_ref(), trade.paid_at_unix_s) {
                    let kind = AttemptState::payment_kind;
                    let kept = self.store.keep_wechat_number(attempt, kind, &payment);
                    kept.await.map_err(unkept)?;
                }
                Standing::Returned
            }
            Verdict::NotPaid => Standing::Pending,
            Verdict::Closed => Standing::Closed,
            Verdict::Failed => Standing::Failed,
            Verdict::WrongAmount { total } => Standing::Strange(format!(
                "paid {total:?} fen where {} were asked for",
                attempt.amount.get()
            )),
            Verdict::Unknown(state) => Standing::Strange(format!("state {state}")),
        })
    }

    /// Asks about one payment.
    pub(crate) async fn query_attempt(&self, attempt: &Attempt) -> Result<Standing, GatewayFault> {
        let standing = match self.pay.query(&number(attempt)?).await {
            Ok(trade) => self.record(attempt, &trade).await?,
            Err(error) if error.proven_code() == Some(&ErrorCode::OrderNotExist) => {
                self.not_known(attempt)
            }
            Err(error) => return Err(fault(error)),
        };
        if matches!(standing, Standing::Closed | Standing::Failed) {
            let noted = self
                .store
                .close_wechat_attempt(&attempt.out_trade_no, Some(self.clock.now()));
            noted.await.map_err(unkept)?;
        }
        Ok(standing)
    }

    /// What it means that WeChat Pay knows no such number. It proves nothing while the payment's time
    /// lasts: its creation may be on its way there.
    fn not_known(&self, attempt: &Attempt) -> Standing {
        if self.clock.now() < attempt.pay_by {
            Standing::Unstarted
        } else {
            Standing::Closed
        }
    }

    /// Closes one payment and asks what came of it: a payment that was under way may have won.
    /// [`Standing::Pending`] where WeChat Pay refuses to close it for now.
    pub(crate) async fn close_attempt(&self, attempt: &Attempt) -> Result<Standing, GatewayFault> {
        let refusal = match self.pay.close(&number(attempt)?).await {
            Ok(()) => None,
            Err(error) => match error.proven_code() {
                Some(ErrorCode::OrderClosed | ErrorCode::OrderPaid) => None,
                // Nobody was given a way to pay it.
                Some(ErrorCode::OrderNotExist) => {
                    let standing = self.not_known(attempt);
                    let proven = (standing == Standing::Closed).then(|| self.clock.now());
                    let noted = self
                        .store
                        .close_wechat_attempt(&attempt.out_trade_no, proven);
                    noted.await.map_err(unkept)?;
                    return Ok(standing);
                }
                Some(_) => Some(error),
                None => return Err(fault(error)),
            },
        };
        match (self.query_attempt(attempt).await?, refusal) {
            (Standing::Pending, Some(refusal)) => {
                tracing::warn!(number = %attempt.out_trade_no, %refusal, "a payment can't be closed yet");
                Ok(Standing::Pending)
            }
            (Standing::Pending | Standing::Unstarted, _) => Err(silent(anyhow::anyhow!(
                "{} was closed or paid, but a query does not say so yet",
                attempt.out_trade_no
            ))),
            (decided, _) => Ok(decided),
        }
    }
}

/// What WeChat Pay's bill calls a payment. Returns `None` where WeChat left the number out.
pub(crate) fn given(
    transaction_id: Option<&TransactionId>,
    paid_at_unix_s: Option<i64>,
) -> Option<Given> {
    transaction_id.map(|number| Given {
        number: number.as_str().to_owned(),
        at: paid_at_unix_s.map(Timestamp::from_unix),
    })
}
