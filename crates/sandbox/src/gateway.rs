use std::sync::Arc;

use async_trait::async_trait;
use dika_contract::{Fen, OrderId, PaymentPrompt};
use dika_core::clock::Clock;
use dika_core::digest::digest;
use dika_core::payment_gateway::{Charge, Closing, GatewayFault, Outcome, PaymentGateway, Refund};

use dika_store::numbers::{Given, NumberKind};

use crate::tables::Tables;

/// The sandbox's provider. Its cashier is a page of this server; a person or a test decides there.
#[derive(Clone, Debug)]
pub struct SandboxGateway {
    tables: Tables,
    clock: Arc<dyn Clock>,
}

/// What a person or a test decides about a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// The money is paid; also after the payment was closed, as it happens at real providers.
    Paid,
    /// The student turns back.
    Cancelled,
    /// The payment fails for good.
    Failed,
    /// The provider stops answering about this payment.
    Silent,
}

impl Decision {
    /// The word of the control API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Paid => "paid",
            Self::Cancelled => "cancelled",
            Self::Failed => "failed",
            Self::Silent => "silent",
        }
    }
}

impl SandboxGateway {
    /// A provider that keeps its payments in this database.
    pub fn new(tables: Tables, clock: Arc<dyn Clock>) -> Self {
        Self { tables, clock }
    }

    /// Gives a payment, or its way back, a number such as WeChat Pay's, once.
    async fn number(&self, order: &OrderId, kind: NumberKind) -> Result<(), GatewayFault> {
        let given = Given {
            number: invented(order, kind),
            // The sandbox's provider has no clock but the server's.
            at: None,
        };
        let kept = self.tables.keep_number(order, kind, &given).await;
        kept.map_err(silent)
    }

    async fn outcome(&self, order: &OrderId) -> Result<Option<(String, Fen)>, GatewayFault> {
        self.tables.payment(order).await.map_err(silent)
    }
}

#[async_trait]
impl PaymentGateway for SandboxGateway {
    async fn start(&self, charge: &Charge) -> Result<PaymentPrompt, GatewayFault> {
        self.tables
            .start_payment(&charge.order_id, charge.amount, self.clock.now())
            .await
            .map_err(silent)?;
        Ok(PaymentPrompt::Redirect {
            url: format!("/sandbox/cashier/{}", charge.order_id),
        })
    }

    async fn query(&self, order: &OrderId) -> Result<Outcome, GatewayFault> {
        Ok(match self.outcome(order).await? {
            None => Outcome::Unstarted,
            Some((outcome, amount)) => match outcome.as_str() {
                "paid" | "refunded" => {
                    self.number(order, NumberKind::Payment).await?;
                    Outcome::Paid(amount)
                }
                "cancelled" => Outcome::Cancelled,
                "failed" => Outcome::Failed,
                "closed" => Outcome::Closed,
                "silent" => return Err(silent(anyhow::anyhow!("told to be silent"))),
                _ => Outcome::Pending,
            },
        })
    }

    async fn close(&self, order: &OrderId) -> Result<Closing, GatewayFault> {
        match self.outcome(order).await? {
            Some((outcome, _)) if outcome == "silent" => {
                return Err(silent(anyhow::anyhow!("told to be silent")));
            }
            Some((outcome, amount)) if outcome == "paid" || outcome == "refunded" => {
                self.number(order, NumberKind::Payment).await?;
                return Ok(Closing::AlreadyPaid(amount));
            }
            _ => {}
        }
        if self
            .tables
            .decide_payment(order, "closed")
            .await
            .map_err(silent)?
        {
            return Ok(Closing::Closed);
        }
        // It was paid in between, or was never started.
        Ok(match self.outcome(order).await? {
            Some((_, amount)) => Closing::AlreadyPaid(amount),
            None => Closing::Closed,
        })
    }

    async fn refund(&self, order: &OrderId, _amount: Fen) -> Result<Refund, GatewayFault> {
        if self
            .tables
            .decide_payment(order, "refunded")
            .await
            .map_err(silent)?
        {
            self.number(order, NumberKind::Refund).await?;
            Ok(Refund::Done)
        } else {
            Err(GatewayFault::Refused(anyhow::anyhow!("nothing was paid")))
        }
    }
}

/// 28 digits, the first four as at WeChat Pay: the same for the same order.
fn invented(order: &OrderId, kind: NumberKind) -> String {
    let start = match kind {
        NumberKind::Refund | NumberKind::SecondRefund => "5030",
        NumberKind::Payment | NumberKind::SecondPayment | NumberKind::Credit => "4200",
    };
    let digits = digest(&[order.as_str(), kind.as_str()]);
    let digits = digits
        .bytes()
        .take(24)
        .map(|sign| char::from(b'0' + sign % 10));
    start.chars().chain(digits).collect()
}

fn silent(cause: impl Into<anyhow::Error>) -> GatewayFault {
    GatewayFault::Silent(cause.into())
}
