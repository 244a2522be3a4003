//! A payment gateway whose calls are counted and timed.

use std::sync::Arc;
use std::time::Instant;

use async_trait::async_trait;
use dika_contract::{Fen, OrderId, PaymentPrompt};
use dika_core::payment_gateway::{Charge, Closing, GatewayFault, Outcome, PaymentGateway, Refund};

/// Seconds that a call to the provider took, by `call` and `answer` (`given`, `silent`, `too_many`, `refused`, `given_up`).
pub const PROVIDER_SECONDS: &str = "dika_provider_seconds";

/// Measures the gateway inside.
pub struct MeasuredGateway(pub Arc<dyn PaymentGateway>);

/// A call that is under way. One that is dropped was given up by whoever waited for it.
struct Call {
    name: &'static str,
    since: Instant,
    answer: &'static str,
}

impl Call {
    fn begin(name: &'static str) -> Self {
        Self {
            name,
            since: Instant::now(),
            answer: "given_up",
        }
    }

    fn end<T>(mut self, result: Result<T, GatewayFault>) -> Result<T, GatewayFault> {
        self.answer = match &result {
            Ok(_) => "given",
            Err(GatewayFault::Silent(_)) => "silent",
            Err(GatewayFault::TooMany(_)) => "too_many",
            Err(GatewayFault::Unkept(_)) => "unkept",
            Err(GatewayFault::Refused(_)) => "refused",
        };
        result
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        metrics::histogram!(PROVIDER_SECONDS, "call" => self.name, "answer" => self.answer)
            .record(self.since.elapsed());
    }
}

#[async_trait]
impl PaymentGateway for MeasuredGateway {
    async fn start(&self, charge: &Charge) -> Result<PaymentPrompt, GatewayFault> {
        let call = Call::begin("start");
        call.end(self.0.start(charge).await)
    }

    async fn query(&self, order: &OrderId) -> Result<Outcome, GatewayFault> {
        let call = Call::begin("query");
        call.end(self.0.query(order).await)
    }

    async fn close(&self, order: &OrderId) -> Result<Closing, GatewayFault> {
        let call = Call::begin("close");
        call.end(self.0.close(order).await)
    }

    async fn refund(&self, order: &OrderId, amount: Fen) -> Result<Refund, GatewayFault> {
        let call = Call::begin("refund");
        call.end(self.0.refund(order, amount).await)
    }

    async fn watch(&self) -> Result<(usize, Vec<OrderId>), GatewayFault> {
        let call = Call::begin("watch");
        call.end(self.0.watch().await)
    }
}
