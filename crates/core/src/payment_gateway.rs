use async_trait::async_trait;
use dika_contract::{Fen, OrderId, PayChannel, PaymentPrompt, Timestamp};

/// What a provider is told about a payment.
#[derive(Clone, Debug)]
pub struct Charge {
    /// The order number at the provider.
    pub order_id: OrderId,
    /// How much.
    pub amount: Fen,
    /// What the student reads at the provider, `广东工业大学校园卡 主钱包 充值`.
    pub description: String,
    /// Where the student is.
    pub channel: PayChannel,
    /// Until when it can be paid.
    pub pay_by: Timestamp,
    /// The payer's id at the provider, where the channel needs one (WeChat: openid).
    pub payer: Option<String>,
    /// The client's address, where the channel needs one (WeChat: H5).
    pub client_ip: Option<String>,
}

/// What a provider says about a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Not paid yet; may still be.
    Pending,
    /// The money was paid: this much.
    Paid(Fen),
    /// The student turned back without paying; may go on.
    Cancelled,
    /// It failed for good.
    Failed,
    /// Closed: cannot be paid any more.
    Closed,
    /// It was paid, and all of the money is proven to be back with its payer.
    Returned,
    /// It was paid, and money of it went back, or is going, without this server's doing: how much is
    /// not proven. It is not for the card any more.
    Returning,
    /// The provider knows no such payment.
    Unstarted,
}

/// What a provider says when asked to close a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closing {
    /// It cannot be paid any more.
    Closed,
    /// Too late: it was paid.
    AlreadyPaid(Fen),
    /// The provider does not close it for now; it can still be paid.
    NotYet,
}

/// How far a refund is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refund {
    /// On its way.
    Processing,
    /// The money went back.
    Done,
}

/// Why there is no answer of a provider.
#[derive(Debug)]
pub enum GatewayFault {
    /// It does not answer, or not in a way that can be understood. What was asked may have happened.
    Silent(anyhow::Error),
    /// It answers, and takes no more calls for now. Nothing new is known, and nothing happened.
    TooMany(anyhow::Error),
    /// What is kept here of its payments can't be read or written now: that says nothing about the provider. Holds the
    /// store's error.
    Unkept(anyhow::Error),
    /// It refuses this call for good; a person has to look (settings, contract with the provider).
    Refused(anyhow::Error),
}

/// A payment provider. Every operation may be repeated safely: the order id names the payment.
#[async_trait]
pub trait PaymentGateway: Send + Sync {
    /// Opens a payment, or goes on with an open one, and says how the page lets the student pay.
    ///
    /// # Errors
    /// Any [`GatewayFault`].
    async fn start(&self, charge: &Charge) -> Result<PaymentPrompt, GatewayFault>;

    /// Asks how far the payment is.
    ///
    /// # Errors
    /// Any [`GatewayFault`].
    async fn query(&self, order: &OrderId) -> Result<Outcome, GatewayFault>;

    /// Makes sure that the payment cannot be paid any more.
    ///
    /// # Errors
    /// Any [`GatewayFault`].
    async fn close(&self, order: &OrderId) -> Result<Closing, GatewayFault>;

    /// Sends the money back, or asks how far that is.
    ///
    /// # Errors
    /// Any [`GatewayFault`].
    async fn refund(&self, order: &OrderId, amount: Fen) -> Result<Refund, GatewayFault>;

    /// Looks after what an order may leave behind at the provider once it is decided: a second payment
    /// of it, say. Gives how many such things it looked at, and the orders to be looked at again. Each
    /// sweep calls it once, so it does a little each time.
    ///
    /// # Errors
    /// Any [`GatewayFault`].
    async fn watch(&self) -> Result<(usize, Vec<OrderId>), GatewayFault> {
        Ok((0, Vec::new()))
    }
}
