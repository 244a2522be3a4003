use std::{collections::BTreeMap, sync::Arc};

use anyhow::anyhow;

use crate::{
    behaviour::Behaviour,
    faults::{Call, Fault, FaultRule},
    keys::SimKeys,
    messages::SimMessage,
    notices::{Forgery, NoticeBytes, ReleaseOrder, SentNotice},
    notify,
    shared::Shared,
    trades::{SimRefund, SimTrade},
    users::SimUser,
    world::World,
};

/// Drives a running simulator. Cheap to clone.
#[derive(Clone)]
pub struct SimHandle {
    shared: Arc<Shared>,
}

impl SimHandle {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    /// The simulated clock in milliseconds since 1970.
    pub(crate) fn now_ms(&self) -> i64 {
        self.shared.world().now_ms()
    }

    /// `http://127.0.0.1:PORT`, without a slash at the end.
    #[must_use]
    pub fn base_url(&self) -> &str {
        &self.shared.base_url
    }

    /// The world's keys.
    #[must_use]
    pub fn keys(&self) -> &SimKeys {
        &self.shared.keys
    }

    /// The settings with which a client reaches this simulator.
    #[must_use]
    pub fn settings(&self, notify_url: &str) -> dika_wechat::Settings {
        self.shared.keys.settings(&self.shared.base_url, notify_url)
    }

    /// The same, loaded.
    ///
    /// # Errors
    /// If `notify_url` is not accepted.
    pub fn config(&self, notify_url: &str) -> anyhow::Result<dika_wechat::Config> {
        Ok(dika_wechat::Config::load(&self.settings(notify_url))?)
    }

    /// Changes what can be changed.
    pub fn set(&self, change: impl FnOnce(&mut Behaviour)) {
        change(&mut self.shared.world().behaviour);
        self.shared.wake.notify_one();
    }

    /// Makes the next `times` calls of a kind fail.
    pub fn fault(&self, call: Call, fault: Fault, times: u32) {
        self.shared.world().faults.push(FaultRule {
            call: Some(call),
            fault,
            times: Some(times),
        });
    }

    /// Removes all faults.
    pub fn clear_faults(&self) {
        self.shared.world().faults.clear();
    }

    /// The one-time subscription messages sent, oldest first.
    #[must_use]
    pub fn messages(&self) -> Vec<SimMessage> {
        self.shared.world().messages.clone()
    }

    /// How often each kind of call came.
    #[must_use]
    pub fn calls(&self) -> BTreeMap<Call, u32> {
        self.shared.world().calls.clone()
    }

    /// An order, if created.
    #[must_use]
    pub fn trade(&self, out_trade_no: &str) -> Option<SimTrade> {
        self.shared.world().trades.get(out_trade_no).cloned()
    }

    /// All orders.
    #[must_use]
    pub fn trades(&self) -> Vec<SimTrade> {
        self.shared.world().trades.values().cloned().collect()
    }

    /// All refunds.
    #[must_use]
    pub fn refunds(&self) -> Vec<SimRefund> {
        self.shared.world().refunds.values().cloned().collect()
    }

    /// The user pays an open order.
    ///
    /// # Errors
    /// If it is unknown, paid, closed or over its time.
    pub fn pay(&self, out_trade_no: &str) -> anyhow::Result<()> {
        self.pay_with(out_trade_no, false)
    }

    /// The user pays; a close in between does not stop it.
    ///
    /// # Errors
    /// If it is unknown or paid.
    pub fn pay_late(&self, out_trade_no: &str) -> anyhow::Result<()> {
        self.pay_with(out_trade_no, true)
    }

    fn pay_with(&self, out_trade_no: &str, late: bool) -> anyhow::Result<()> {
        self.shared
            .world()
            .pay(&self.shared.keys.merchant, out_trade_no, late)
            .map_err(|words| anyhow!(words))?;
        self.shared.wake.notify_one();
        Ok(())
    }

    /// Tencent closes an open order.
    ///
    /// # Errors
    /// If it is unknown, paid or closed.
    pub fn close(&self, out_trade_no: &str) -> anyhow::Result<()> {
        self.shared
            .world()
            .close(out_trade_no)
            .map_err(|(_, code, _)| anyhow!(code))
    }

    /// Somebody sends money of a paid order back in the merchant console; the refund's number.
    ///
    /// # Errors
    /// If the order is unknown or not paid, or that is more than is left.
    pub fn console_refund(&self, out_trade_no: &str, fen: i64) -> anyhow::Result<String> {
        let number = self
            .shared
            .world()
            .console_refund(out_trade_no, fen)
            .map_err(|(_, _, words)| anyhow!(words))?;
        self.shared.wake.notify_one();
        Ok(number)
    }

    /// Adds a WeChat user; their place in the list, for [`Behaviour::user`].
    pub fn add_user(&self, user: SimUser) -> usize {
        let mut world = self.shared.world();
        world.users.push(user);
        world.users.len() - 1
    }

    /// The WeChat users there are.
    #[must_use]
    pub fn users(&self) -> Vec<SimUser> {
        self.shared.world().users.clone()
    }

    /// Notifications sent, oldest first.
    #[must_use]
    pub fn sent(&self) -> Vec<SentNotice> {
        self.shared.world().sent.clone()
    }

    /// Releases held notifications. Returns how many.
    pub fn release(&self, order: ReleaseOrder) -> usize {
        let count = self.shared.world().release(order);
        self.shared.wake.notify_one();
        count
    }

    /// A notification about an order with one thing wrong in it, not sent. The order is not changed.
    ///
    /// # Errors
    /// If the order is unknown.
    pub fn forge(&self, out_trade_no: &str, forgery: Forgery) -> anyhow::Result<NoticeBytes> {
        Ok(notify::forge(&self.shared, out_trade_no, forgery)?.1)
    }

    /// The same, sent to the order's address; the status answered, if any.
    ///
    /// # Errors
    /// If the order is unknown.
    pub async fn send_forged(
        &self,
        out_trade_no: &str,
        forgery: Forgery,
    ) -> anyhow::Result<Option<u16>> {
        let (url, bytes) = notify::forge(&self.shared, out_trade_no, forgery)?;
        Ok(notify::post(&self.shared, &url, &bytes).await)
    }

    /// Sends a notification again, byte for byte, by its place in [`SimHandle::sent`]; the status answered, if any.
    ///
    /// # Errors
    /// If there is none at that place.
    pub async fn replay(&self, place: usize) -> anyhow::Result<Option<u16>> {
        let sent = self
            .sent()
            .into_iter()
            .nth(place)
            .ok_or_else(|| anyhow!("no notification {place} was sent"))?;
        let bytes = NoticeBytes {
            headers: sent.headers,
            body: sent.body,
        };
        Ok(notify::post(&self.shared, &sent.url, &bytes).await)
    }

    /// Ends the access token and the ticket before their time.
    pub fn kill_tokens(&self) {
        let mut world = self.shared.world();
        world.token = None;
        world.js_ticket = None;
    }

    /// Moves the simulated clock on.
    pub fn advance(&self, seconds: i64) {
        self.shared.world().ahead_ms += seconds * 1000;
        self.shared.wake.notify_one();
    }

    /// Forgets everything but the keys.
    pub fn reset(&self) {
        *self.shared.world() = World::default();
    }
}
