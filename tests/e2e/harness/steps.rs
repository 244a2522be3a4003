use dika_contract::{Card, Issuer, TopUp, TopUpPage, WalletKind};

use super::{App, Person};

/// The two amounts of a wallet in fen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Amounts {
    /// Can be spent.
    pub on_card: i64,
    /// Must be collected.
    pub waiting: i64,
}

impl App {
    /// Signs in on the sign-in page, which is opened where it isn't shown yet.
    pub async fn sign_in(&self, person: &Person) {
        if self.count("main[data-page=sign-in]").await == 0 {
            self.goto("/sign-in").await;
        }
        self.page("sign-in").await;
        self.type_into("phone", &person.phone).await;
        let before = self.sandbox.last_sms(&person.phone).await;
        self.click("send-code").await;
        let code = self.sandbox.sms(&person.phone, before.as_deref()).await;
        self.type_into("code", &code).await;
        self.click("sign-in").await;
        self.shows_no("main[data-page=sign-in]").await;
    }

    /// Fills the bind form of a card in, and sends it.
    pub async fn ask_to_bind(&self, person: &Person, issuer: Issuer) {
        let password = match issuer {
            Issuer::Gdut => &person.gdut().password,
            _ => &person.hemc().password,
        };
        self.ask_to_bind_with(person, issuer, password).await;
    }

    /// The same with another password.
    pub async fn ask_to_bind_with(&self, person: &Person, issuer: Issuer, password: &str) {
        self.open_page(&format!("/bind/{issuer}"), "bind").await;
        match issuer {
            Issuer::Gdut => self.type_into("account", &person.gdut().account).await,
            _ => self.type_into("card_no", &person.hemc().card_no).await,
        }
        self.type_into("password", password).await;
        self.click("bind").await;
    }

    /// Binds a card and says yes, this is me.
    pub async fn bind(&self, person: &Person, issuer: Issuer) {
        self.ask_to_bind(person, issuer).await;
        self.page("confirm-identity").await;
        self.click("identity-yes").await;
        self.shows_no("[data-action=identity-yes]").await;
        self.awake().await;
    }

    /// Signs in and binds.
    pub async fn with_card(&self, person: &Person, issuer: Issuer) {
        self.sign_in(person).await;
        self.bind(person, issuer).await;
    }

    /// The bound cards, as the API tells them to this browser.
    pub async fn cards(&self) -> Vec<Card> {
        serde_json::from_value(self.api("/cards").await).expect("a list of cards")
    }

    /// The bound card of an issuer.
    pub async fn card(&self, issuer: Issuer) -> Card {
        let cards = self.cards().await;
        let card = cards.into_iter().find(|card| card.issuer == issuer);
        card.unwrap_or_else(|| panic!("no {issuer} card is bound"))
    }

    /// What is in a purse, as the API tells it to this browser.
    pub async fn amounts(&self, issuer: Issuer, wallet: WalletKind) -> Amounts {
        let card = self.card(issuer).await;
        let wallet = card.wallet(wallet).expect("the card has this wallet");
        let fen = |balance: Option<dika_contract::Balance>| {
            let balance = balance.expect("the card system answers");
            balance.amount_fen.get()
        };
        Amounts {
            on_card: fen(wallet.on_card),
            waiting: fen(wallet.waiting),
        }
    }

    /// The orders, newest first, as the API tells them to this browser.
    pub async fn orders(&self) -> Vec<TopUp> {
        let page: TopUpPage =
            serde_json::from_value(self.api("/top-ups").await).expect("a page of orders");
        page.items
    }

    /// Walks from the home page to a purse's top-up page, tapping.
    pub async fn walk_to_top_up(&self, issuer: Issuer, wallet: WalletKind) {
        let card = self.card(issuer).await;
        self.open_page("/", "home").await;
        self.tap(&format!("a[href='/cards/{}']", card.id)).await;
        self.page("card").await;
        self.tap(&format!("a[href='/cards/{}/top-up/{wallet}']", card.id))
            .await;
        self.page("top-up").await;
    }

    /// Opens a purse's top-up page by its address.
    pub async fn open_top_up(&self, issuer: Issuer, wallet: WalletKind) {
        let card = self.card(issuer).await;
        let path = format!("/cards/{}/top-up/{wallet}", card.id);
        self.open_page(&path, "top-up").await;
    }

    /// Types an amount and looks at the answers, up to the button that pays.
    pub async fn review(&self, yuan: &str) {
        self.type_into("amount", yuan).await;
        self.click("review").await;
        self.shows("[data-action=pay]").await;
    }

    /// Pays from the review, up to the cashier's page. Gives the order's id.
    pub async fn pay(&self) -> String {
        self.click("pay").await;
        self.at_cashier().await
    }

    /// Waits for the cashier's page and gives the order's id.
    pub async fn at_cashier(&self) -> String {
        self.shows("[data-action=cashier-pay]").await;
        let path = self.path().await;
        let id = path
            .strip_prefix("/sandbox/cashier/")
            .unwrap_or_else(|| panic!("{path} is no cashier's page"));
        id.split('?').next().unwrap_or(id).to_owned()
    }

    /// Opens a purse's top-up page and goes on to the cashier's.
    pub async fn order(&self, issuer: Issuer, wallet: WalletKind, yuan: &str) -> String {
        self.open_top_up(issuer, wallet).await;
        self.review(yuan).await;
        self.pay().await
    }

    /// Pays at the cashier's and comes back to the order.
    pub async fn cashier_pay(&self) {
        self.click("cashier-pay").await;
        self.page("order").await;
    }

    /// Orders, pays, and waits until the order's page says so.
    pub async fn top_up(&self, issuer: Issuer, wallet: WalletKind, yuan: &str) -> String {
        let id = self.order(issuer, wallet, yuan).await;
        self.cashier_pay().await;
        self.shows(&format!("[data-order='{id}'][data-payment=paid]"))
            .await;
        id
    }

    /// Waits until the shown order is so.
    pub async fn order_is(&self, id: &str, payment: &str, claim: &str) {
        self.shows(&format!(
            "[data-order='{id}'][data-payment='{payment}'][data-claim='{claim}']"
        ))
        .await;
    }

    /// Opens an order's page.
    pub async fn open_order(&self, id: &str) {
        self.open_page(&format!("/orders/{id}"), "order").await;
    }
}
