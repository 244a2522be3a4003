use std::time::Duration;

use dika_contract::{ErrorCode, PayChannel, PaymentPrompt};
use dika_core::order::{Event, payment};
use dika_core::payment_gateway::{Charge, GatewayFault};
use dika_store::orders::OrderRow;
use dika_store::users::Visitor;
use tokio::time::timeout;

use crate::services::context::Services;
use crate::services::directory::directory;
use crate::services::error::ServiceError;
use crate::services::reconcile::{apply, refused};

/// How long a provider is waited for when a payment is started.
const START_TIME_LIMIT: Duration = Duration::from_secs(8);

/// Who pays, and from where.
#[derive(Clone, Debug)]
pub struct Payer {
    /// Never [`PayChannel::Auto`].
    channel: PayChannel,
    openid: Option<String>,
    address: Option<String>,
}

/// Finds out who pays, before anything is stored. `channel` is not [`PayChannel::Auto`].
///
/// Inside WeChat the payer is the one whom this browser's session proved. A session begun by phone
/// has proven nobody: it is told to sign in again, which inside WeChat happens by WeChat and keeps
/// the account.
///
/// # Errors
/// `session_expired` where nobody was proven.
pub fn payer(
    services: &Services,
    visitor: &Visitor,
    channel: PayChannel,
    address: Option<String>,
) -> Result<Payer, ServiceError> {
    // Never the account's from elsewhere: this may be another person's WeChat.
    let openid = visitor.openid.clone();
    if channel == PayChannel::Jsapi && openid.is_none() && services.wechat.is_some() {
        return Err(ErrorCode::SessionExpired.into());
    }
    Ok(Payer {
        channel,
        openid,
        address,
    })
}

/// Asks the provider for a way to pay. The order is stored by now: whatever happens here, it can be
/// continued, cancelled and asked about.
///
/// # Errors
/// Why the order cannot be paid any more, `payment_unavailable` also where its time is over and the provider has not closed it
/// yet, or a database failure.
pub async fn start(
    services: &Services,
    order: OrderRow,
    payer: Payer,
) -> Result<(OrderRow, PaymentPrompt), ServiceError> {
    payment::step(order.state.payment, payment::Event::Started)
        .map_err(|refusal| refused(services, refusal, &order))?;
    // Once its time is over another one may be begun beside it.
    if services.clock.now() >= order.pay_by {
        return Err(ServiceError::new(ErrorCode::PaymentUnavailable).order(order.id));
    }
    let directory = directory(services).await?;
    let card = directory
        .issuer(order.issuer)
        .map_or("", |info| &info.name.zh);
    let wallet = directory
        .wallet(order.issuer, order.wallet)
        .map_or("", |wallet| &wallet.name.zh);
    let charge = Charge {
        order_id: order.id.clone(),
        amount: order.amount,
        description: format!("{card} {wallet} 充值"),
        channel: payer.channel,
        pay_by: order.pay_by,
        payer: payer.openid,
        client_ip: payer.address,
    };
    let started = timeout(START_TIME_LIMIT, services.gateway.start(&charge))
        .await
        .unwrap_or_else(|late| Err(GatewayFault::Silent(late.into())));
    match started {
        Ok(prompt) => {
            let order = apply(services, order, Event::Payment(payment::Event::Started)).await?;
            Ok((order, prompt))
        }
        Err(
            GatewayFault::Silent(cause)
            | GatewayFault::TooMany(cause)
            | GatewayFault::Unkept(cause)
            | GatewayFault::Refused(cause),
        ) => Err(ServiceError::new(ErrorCode::PaymentUnavailable)
            .order(order.id)
            .because(cause)),
    }
}
