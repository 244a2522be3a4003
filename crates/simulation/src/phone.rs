use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use dika_connector::callback::{Callback, CreditClaimed};
use dika_contract::session::SignIn;
use dika_contract::{
    AccountNo, CardId, CardNo, CardPassword, CreateBinding, CreateTopUp, ErrorCode, Fen,
    IdempotencyKey, Issuer, OrderId, PayChannel, PaymentPrompt, PaymentState, Phone, SmsCode,
    TerminalKind, TopUp, WalletKind,
};
use dika_core::card_system::CardRef;
use dika_server::Services;
use dika_server::services::error::ServiceError;
use dika_server::services::sign_in::{CodeClient, EarlierTokens};
use dika_server::services::start_payment::payer;
use dika_server::services::{
    bind, card_news, cards, change_order, place_order, show_orders, sign_in,
};
use dika_server::settings::SIGN_IN_DEFAULT;
use dika_store::users::Visitor;
use tokio::time::timeout;

use crate::cards::{PASSWORD, spend, tap_at_machine};
use crate::checks::{self, CROSSING_S};
use crate::clock::pass_ms;
use crate::plan::{Deed, Fault, Keeping, Seam};
use crate::report::Check;
use crate::server::{Running, Servers};
use crate::wechat::pay;
use crate::world::{World, lock};

/// How long a phone waits for an answer.
const PATIENCE: Duration = Duration::from_secs(15);
const HALF_AN_HOUR_MS: i64 = 30 * 60 * 1_000;

/// A card in a student's pocket.
#[derive(Clone, Debug)]
pub(crate) struct Pocket {
    pub(crate) card: CardRef,
    pub(crate) issuer: Issuer,
    pub(crate) number: String,
}

/// A student; all tabs share this.
#[derive(Clone)]
pub(crate) struct Student {
    pub(crate) world: Arc<World>,
    pub(crate) servers: Servers,
    pub(crate) name: usize,
    pub(crate) phone: Phone,
    pub(crate) pockets: Vec<Pocket>,
    shared: Arc<Mutex<Mind>>,
}

/// What a student knows.
#[derive(Default)]
struct Mind {
    session: Option<String>,
    cards: BTreeMap<CardRef, CardId>,
    orders: Vec<OrderId>,
    intents: BTreeMap<String, OrderId>,
    /// Orders that a page has called paid.
    paid: BTreeSet<OrderId>,
    keys: usize,
}

/// What a phone gets to hear.
enum Reply<T> {
    Told(Result<T, ServiceError>),
    Lost,
}

impl Student {
    pub(crate) fn new(
        world: Arc<World>,
        servers: Servers,
        name: usize,
        phone: Phone,
        pockets: Vec<Pocket>,
    ) -> Self {
        Self {
            world,
            servers,
            name,
            phone,
            pockets,
            shared: Arc::default(),
        }
    }

    fn mind<T>(&self, think: impl FnOnce(&mut Mind) -> T) -> T {
        think(&mut lock(&self.shared))
    }

    /// Sends a request to a server and waits for its answer. `serve` is what the server does; the phone may be gone by
    /// then.
    async fn ask<T, F>(&self, what: &str, serve: impl FnOnce(Running) -> F) -> Reply<T>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, ServiceError>> + Send + 'static,
    {
        let (world, chance) = (&self.world, &self.world.chance);
        world.count(|report| report.requests += 1);
        let fault = world.fault(Seam::Network);
        world.note(format_args!("student {} {what} {fault:?}", self.name));
        pass_ms(chance.between(5, 200)).await;
        if matches!(fault, Some(Fault::LostBefore | Fault::Refused)) {
            pass_ms(chance.between(1, 15_000)).await;
            return Reply::Lost;
        }
        if matches!(fault, Some(Fault::Late | Fault::Slow)) {
            pass_ms(chance.between(1_000, 14_000)).await;
        }
        let Some(running) = self.servers.any() else {
            pass_ms(500).await;
            return Reply::Lost;
        };
        let instance = running.instance.clone();
        // Boxed: it is large, and moved several times before it runs.
        let served = Box::pin(serve(running));
        let watch = world.clone();
        let serving = async move {
            let answer = instance.unless_crash(served).await;
            if let Some(Err(fault)) = &answer
                && fault.code == ErrorCode::Internal
            {
                watch.violate(
                    Check::Answer,
                    format_args!("a student is answered: {fault:?}"),
                );
            }
            answer
        };
        let mut task = tokio::spawn(serving);
        let patience = if world.plan.kills && chance.one_in(12) && !world.is_quiet() {
            Duration::from_millis(chance.between(1, 2_000).unsigned_abs())
        } else {
            PATIENCE
        };
        let answer = match timeout(patience, &mut task).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(panic)) => {
                world.violate(Check::Alive, format_args!("a request panicked: {panic}"));
                None
            }
            Err(_) => {
                // The phone is gone. What is begun ends there, or goes on, as the proxy between them likes.
                if chance.one_in(2) {
                    task.abort();
                }
                None
            }
        };
        pass_ms(chance.between(5, 200)).await;
        match answer {
            Some(_) if fault == Some(Fault::LostAfter) => Reply::Lost,
            Some(answer) => Reply::Told(answer),
            None => Reply::Lost,
        }
    }

    /// As [`Student::ask`], by a session.
    async fn ask_signed_in<T, F>(
        &self,
        what: &str,
        serve: impl FnOnce(Services, Visitor) -> F + Send + 'static,
    ) -> Reply<T>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, ServiceError>> + Send + 'static,
    {
        let token = self.mind(|mind| mind.session.clone()).unwrap_or_default();
        self.ask(what, move |running| async move {
            let visitor = sign_in::visitor(&running.services, &token).await?;
            let visitor = visitor.ok_or(ErrorCode::SessionExpired)?;
            serve(running.services, visitor).await
        })
        .await
    }

    /// As [`Student::ask_signed_in`], for an order, whose answer is held against the books the moment it is given.
    async fn ask_order<F>(
        &self,
        what: &str,
        serve: impl FnOnce(Services, Visitor) -> F + Send + 'static,
    ) -> Reply<TopUp>
    where
        F: Future<Output = Result<TopUp, ServiceError>> + Send + 'static,
    {
        let student = self.clone();
        let paid = self.mind(|mind| mind.paid.clone());
        self.ask_signed_in(what, move |services, visitor| async move {
            let told = serve(services, visitor).await?;
            student.is_told(&told, &paid);
            Ok(told)
        })
        .await
    }

    /// What a page is told, held against the books and against what pages were told before it asked.
    fn is_told(&self, told: &TopUp, paid_before: &BTreeSet<OrderId>) {
        checks::page(&self.world, told);
        let is_paid = matches!(
            told.payment,
            PaymentState::Paid | PaymentState::Refunding | PaymentState::Refunded
        );
        if is_paid {
            self.mind(|mind| mind.paid.insert(told.id.clone()));
        } else if paid_before.contains(&told.id) {
            self.world.violate(
                Check::Page,
                format_args!("{} was paid, and is {}", told.id.as_str(), told.payment),
            );
        }
    }

    /// Signs in by a code, however often that has to be tried.
    async fn sign_in(&self) -> bool {
        self.world.did(Deed::SignIn);
        for _ in 0..12 {
            let browser = format!("browser-{}", self.name);
            let phone = self.phone.clone();
            let sent = self.ask("code", {
                let browser = browser.clone();
                move |running| async move {
                    let client = CodeClient {
                        browser: Some(&browser),
                        net: None,
                    };
                    sign_in::send_code(&running.services, &phone, client).await
                }
            });
            let sent = sent.await;
            pass_ms(self.world.chance.between(1_000, 20_000)).await;
            let Some(code) = self.world.code_for(self.phone.as_str()) else {
                self.wait_after(&sent).await;
                continue;
            };
            let Some(code) = SmsCode::parse(&code) else {
                continue;
            };
            for _ in 0..3 {
                let body = SignIn {
                    phone: self.phone.clone(),
                    code: code.clone(),
                };
                let earlier = self.mind(|mind| mind.session.clone());
                let browser = browser.clone();
                let begun = self.ask("sign in", move |running| async move {
                    let client = CodeClient {
                        browser: Some(&browser),
                        net: None,
                    };
                    let earlier = EarlierTokens {
                        session: earlier.as_deref(),
                        device: Some(&browser),
                    };
                    let services = &running.services;
                    sign_in::sign_in(services, None, client, earlier, SIGN_IN_DEFAULT, &body).await
                });
                match begun.await {
                    Reply::Told(Ok((session, _))) => {
                        self.mind(|mind| mind.session = Some(session.token));
                        return true;
                    }
                    Reply::Told(Err(fault)) if fault.code != ErrorCode::Busy => break,
                    _ => pass_ms(1_000).await,
                }
            }
            self.wait_after(&sent).await;
        }
        false
    }

    async fn wait_after<T>(&self, reply: &Reply<T>) {
        let wait = match reply {
            Reply::Told(Err(_)) | Reply::Lost => 62_000,
            Reply::Told(Ok(_)) => 61_000,
        };
        pass_ms(wait).await;
    }

    /// Binds a card, however often that has to be tried.
    async fn bind(&self, pocket: &Pocket) -> bool {
        for _ in 0..12 {
            let Some(password) = CardPassword::parse(PASSWORD) else {
                return false;
            };
            let is_gdut = pocket.issuer == Issuer::Gdut;
            let body = CreateBinding {
                issuer: pocket.issuer,
                account: AccountNo::parse(&pocket.number).filter(|_| is_gdut),
                card_no: CardNo::parse(&pocket.number).filter(|_| !is_gdut),
                password,
            };
            let asked = self.ask_signed_in("bind", move |services, visitor| async move {
                bind::request(&services, &visitor, None, &body).await
            });
            let Reply::Told(Ok(binding)) = asked.await else {
                pass_ms(3_000).await;
                continue;
            };
            for _ in 0..4 {
                let id = binding.id.clone();
                let confirmed =
                    self.ask_signed_in("confirm binding", move |services, visitor| async move {
                        bind::confirm(&services, &visitor, &id).await
                    });
                match confirmed.await {
                    Reply::Told(Ok(binding)) => {
                        let Some(card) = binding.card_id else {
                            self.world.violate(
                                Check::Answer,
                                format_args!("a confirmed binding names no card"),
                            );
                            return false;
                        };
                        self.mind(|mind| mind.cards.insert(pocket.card.clone(), card));
                        return true;
                    }
                    _ => pass_ms(2_000).await,
                }
            }
        }
        false
    }

    /// A student's hour: signs in, binds, and does what comes to mind in some tabs.
    pub(crate) async fn live(self) {
        if !self.sign_in().await {
            return;
        }
        for pocket in self.pockets.clone() {
            if !self.bind(&pocket).await {
                return;
            }
        }
        let mut tabs = Vec::new();
        for _ in 0..self.world.plan.tabs {
            let tab = self.clone();
            tabs.push(tokio::spawn(async move {
                for _ in 0..tab.world.plan.deeds {
                    if tab.world.is_quiet() {
                        return;
                    }
                    if let Some(deed) = tab.world.chance.pick(&tab.world.plan.wishes) {
                        tab.world.did(deed);
                        tab.act(deed).await;
                    }
                    let pause = match tab.world.chance.below(10) {
                        1.. if tab.world.plan.hasty => 3_000,
                        0 => 30 * 60_000,
                        1..=3 => 120_000,
                        _ => 15_000,
                    };
                    pass_ms(tab.world.chance.between(1, pause)).await;
                }
            }));
        }
        for tab in tabs {
            if let Err(panic) = tab.await {
                self.world
                    .violate(Check::Alive, format_args!("a phone panicked: {panic}"));
            }
        }
    }

    async fn act(&self, deed: Deed) {
        let chance = &self.world.chance;
        let some_order = || {
            let orders = self.mind(|mind| mind.orders.clone());
            // Mostly the latest.
            if chance.one_in(3) {
                chance.pick(&orders)
            } else {
                orders.last().cloned()
            }
        };
        match deed {
            Deed::Order => self.order().await,
            Deed::Look => {
                if let Some(order) = some_order() {
                    self.look(order).await;
                }
            }
            Deed::List => self.list().await,
            Deed::Cancel => {
                if let Some(order) = some_order() {
                    self.cancel(order).await;
                }
            }
            Deed::GoOn => {
                if let Some(order) = some_order() {
                    self.go_on(order).await;
                }
            }
            Deed::Confirm => {
                if let Some(id) = some_order() {
                    let told = self.ask_order("confirm", move |services, visitor| async move {
                        change_order::confirm_claim(&services, &visitor, &id).await
                    });
                    told.await;
                }
            }
            Deed::Tap => self.tap().await,
            Deed::Spend => {
                if let Some(pocket) = self.pocket()
                    && self.world.plan.keeping == Keeping::Systems
                {
                    let wallet = self.wallet_of(&pocket);
                    let most = if self.world.plan.quick_payers {
                        20_000
                    } else {
                        5_000
                    };
                    spend(&self.world, &pocket.card, wallet, chance.between(100, most));
                }
            }
            Deed::SignIn => {
                self.sign_in().await;
            }
        }
    }

    /// One of the cards, or the one that everybody wants.
    fn pocket(&self) -> Option<Pocket> {
        if self.world.plan.one_wallet {
            self.pockets.first().cloned()
        } else {
            self.world.chance.pick(&self.pockets)
        }
    }

    fn wallet_of(&self, pocket: &Pocket) -> WalletKind {
        if pocket.issuer == Issuer::Hemc && self.world.chance.one_in(2) {
            WalletKind::Utilities
        } else {
            WalletKind::Main
        }
    }

    fn channel(&self) -> PayChannel {
        if self.world.chance.one_in(2) {
            PayChannel::H5
        } else {
            PayChannel::Native
        }
    }

    /// One intent to pay: one key, however often it is sent.
    async fn order(&self) {
        let chance = &self.world.chance;
        let Some(pocket) = self.pocket() else {
            return;
        };
        let Some(card_id) = self.mind(|mind| mind.cards.get(&pocket.card).cloned()) else {
            return;
        };
        let number = self.mind(|mind| {
            mind.keys += 1;
            mind.keys
        });
        let key = format!("s{}-{number}", self.name);
        let body = CreateTopUp {
            card_id,
            wallet: self.wallet_of(&pocket),
            amount_fen: Fen::from_yuan(chance.pick(&[10, 50, 100, 100]).unwrap_or(10)),
            channel: self.channel(),
        };
        // So often where another order is in the way; each time may be the one in which that order is paid.
        let mut insistence = if self.world.plan.insistent { 25 } else { 0 };
        let mut tries = 0;
        while tries < 4 {
            tries += 1;
            let reply = if self.world.plan.double_taps && chance.one_in(3) {
                let (first, second) =
                    tokio::join!(self.place(&key, &body), self.place(&key, &body));
                if matches!(first, Reply::Told(Ok(_))) {
                    first
                } else {
                    second
                }
            } else {
                self.place(&key, &body).await
            };
            match reply {
                Reply::Told(Ok(told)) => {
                    self.maybe_pay(&told).await;
                    return;
                }
                Reply::Told(Err(fault))
                    if fault.code == ErrorCode::UnpaidOrderExists && insistence > 0 =>
                {
                    insistence -= 1;
                    tries -= 1;
                    let most = if self.world.plan.quick_payers {
                        600
                    } else {
                        1_500
                    };
                    pass_ms(chance.between(20, most)).await;
                    continue;
                }
                Reply::Told(Err(fault)) => {
                    let again = matches!(
                        fault.code,
                        ErrorCode::Busy
                            | ErrorCode::PaymentUnavailable
                            | ErrorCode::CardSystemUnavailable
                    );
                    if !again {
                        return;
                    }
                }
                Reply::Lost => {}
            }
            pass_ms(chance.between(300, 20_000)).await;
        }
    }

    async fn place(&self, key: &str, body: &CreateTopUp) -> Reply<TopUp> {
        let Some(sent) = IdempotencyKey::parse(key) else {
            return Reply::Lost;
        };
        let wish = body.clone();
        let told = self.ask_order("order", move |services, visitor| async move {
            let payer = payer(
                &services,
                &visitor,
                wish.channel,
                Some("192.0.2.7".to_owned()),
            )?;
            let placed = place_order::place(&services, &visitor, &wish, &sent, payer).await?;
            Ok(placed.0)
        });
        let told = told.await;
        let order = match &told {
            Reply::Told(Ok(told)) => {
                if told.amount_fen != body.amount_fen || told.card_id != body.card_id {
                    self.world.violate(
                        Check::Intent,
                        format_args!("{key} is answered with another order"),
                    );
                }
                Some(told.id.clone())
            }
            _ => None,
        };
        if let Some(order) = order {
            let known = self.mind(|mind| {
                if !mind.orders.contains(&order) {
                    mind.orders.push(order.clone());
                }
                mind.intents
                    .entry(key.to_owned())
                    .or_insert_with(|| order.clone())
                    .clone()
            });
            if known != order {
                self.world.violate(
                    Check::Intent,
                    format_args!(
                        "one intent has two orders: {} and {}",
                        known.as_str(),
                        order.as_str()
                    ),
                );
            }
        }
        told
    }

    async fn maybe_pay(&self, told: &TopUp) {
        let Some(prompt) = &told.prompt else {
            return;
        };
        let no = match prompt {
            PaymentPrompt::Redirect { url } => {
                let path = url.trim_start_matches("https://pay.invalid/");
                path.split('?').next().unwrap_or(path)
            }
            PaymentPrompt::Native { code_url, .. } => {
                code_url.trim_start_matches("weixin://wxpay/")
            }
            _ => return,
        };
        let asked = {
            let mut books = self.world.wechat();
            books.trades.get_mut(no).map(|trade| {
                trade.in_hand = true;
                trade.fen
            })
        };
        match asked {
            Some(fen) if fen == told.amount_fen.get() => {}
            _ => {
                self.world.violate(
                    Check::Intent,
                    format_args!("{no} asks for {asked:?}, not for {}", told.amount_fen.get()),
                );
            }
        }
        let chance = &self.world.chance;
        if self.world.plan.regrets && chance.one_in(2) {
            self.regret(told.id.clone(), no).await;
            return;
        }
        if self.world.plan.doubts && chance.one_in(2) {
            self.doubt(told.id.clone(), no).await;
            return;
        }
        if self.world.plan.quick_payers || !chance.one_in(4) {
            pay(&self.world, no);
            if self.world.plan.second_thoughts && chance.one_in(3) {
                pass_ms(chance.between(1, 42_000)).await;
                Box::pin(self.go_on(told.id.clone())).await;
                return;
            }
            if chance.one_in(2) {
                // The page asks until it knows.
                for _ in 0..chance.between(1, 6) {
                    pass_ms(chance.between(1_000, 20_000)).await;
                    self.look(told.id.clone()).await;
                }
            }
        }
    }

    /// Pays late, has the money sent back, and some time after WeChat told of that gives the order up in one tab, while
    /// another looks at it.
    async fn regret(&self, id: OrderId, no: &str) {
        let chance = &self.world.chance;
        pass_ms(chance.between(20_000, 240_000)).await;
        pay(&self.world, no);
        if !self.hears_of_refund(no).await {
            return;
        }
        let since = CROSSING_S * 1_000;
        pass_ms(chance.between(since + 1_000, since + 40_000)).await;
        for _ in 0..3 {
            let look = self.look(id.clone());
            let cancel = async {
                pass_ms(chance.between(1, 1_200)).await;
                self.cancel(id.clone()).await;
            };
            tokio::join!(look, cancel);
            pass_ms(chance.between(1, 5_000)).await;
        }
    }

    /// Begins to pay, and before WeChat has taken the money goes on elsewhere, or gives the order up.
    async fn doubt(&self, id: OrderId, no: &str) {
        pay(&self.world, no);
        if !self.has_begun_to_pay(no).await {
            return;
        }
        pass_ms(self.world.chance.between(1, 5_000)).await;
        if self.world.plan.second_thoughts {
            Box::pin(self.go_on(id)).await;
        } else {
            self.cancel(id).await;
        }
    }

    /// Waits until a payment's password is typed, not for ever.
    async fn has_begun_to_pay(&self, no: &str) -> bool {
        for _ in 0..90 {
            let trade = self.world.wechat().trades.get(no).map(|trade| trade.begun);
            if trade == Some(true) {
                return true;
            }
            pass_ms(500).await;
        }
        false
    }

    /// Waits until WeChat tells the phone that money goes back, not for ever.
    async fn hears_of_refund(&self, no: &str) -> bool {
        for _ in 0..40 {
            pass_ms(3_000).await;
            let is_back = {
                let books = self.world.wechat();
                let mut refunds = books.refunds.values();
                refunds.any(|refund| refund.of == no)
            };
            if is_back {
                return true;
            }
        }
        false
    }

    async fn cancel(&self, id: OrderId) {
        let told = self.ask_order("cancel", move |services, visitor| async move {
            change_order::cancel(&services, &visitor, &id).await
        });
        if let Reply::Told(Ok(told)) = told.await
            && told.payment != PaymentState::Closed
        {
            self.world.violate(
                Check::Page,
                format_args!("a cancelled order is {}", told.payment),
            );
        }
    }

    async fn look(&self, id: OrderId) {
        let told = self.ask_order("look", move |services, visitor| async move {
            show_orders::show(&services, &visitor, &id).await
        });
        told.await;
    }

    async fn list(&self) {
        let student = self.clone();
        let paid = self.mind(|mind| mind.paid.clone());
        let told = self.ask_signed_in("list", move |services, visitor| async move {
            let page =
                show_orders::list(&services, &visitor, show_orders::Listing::default()).await?;
            for told in &page.items {
                student.is_told(told, &paid);
            }
            cards::list(&services, &visitor).await?;
            Ok(page.items)
        });
        if let Reply::Told(Ok(items)) = told.await {
            self.mind(|mind| {
                for item in items.iter().rev() {
                    if !mind.orders.contains(&item.id) {
                        mind.orders.push(item.id.clone());
                    }
                }
            });
        }
    }

    async fn go_on(&self, id: OrderId) {
        let channel = self.channel();
        let told = self.ask_order("go on", move |services, visitor| async move {
            let payer = payer(&services, &visitor, channel, Some("192.0.2.7".to_owned()))?;
            change_order::continue_payment(&services, &visitor, &id, payer).await
        });
        if let Reply::Told(Ok(told)) = told.await {
            self.maybe_pay(&told).await;
        }
    }

    async fn tap(&self) {
        let Some(pocket) = self.pocket() else {
            return;
        };
        let terminal = if pocket.issuer == Issuer::Gdut {
            TerminalKind::GdutLoad
        } else {
            TerminalKind::HemcTopUp
        };
        if self.world.plan.keeping == Keeping::Ledger {
            let number = pocket.number.clone();
            let tapped = self.ask("tap", move |running| async move {
                card_news::card_laid(&running.services, &number, terminal).await
            });
            tapped.await;
            return;
        }
        let released = tap_at_machine(&self.world, &pocket.card, terminal);
        for order_id in released {
            let issuer = pocket.issuer;
            let told = self.ask("callback", move |running| async move {
                let news = Callback::CreditClaimed(CreditClaimed { order_id });
                card_news::heard(&running.services, issuer, news).await;
                Ok(())
            });
            // Lost ones are not repeated: the sweep has to find out.
            told.await;
        }
    }

    /// Looks at every order once more.
    pub(crate) async fn look_at_all(&self) {
        pass_ms(self.world.chance.between(0, HALF_AN_HOUR_MS / 1_000)).await;
        for order in self.mind(|mind| mind.orders.clone()) {
            self.look(order).await;
        }
    }
}
