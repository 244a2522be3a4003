//! The steps of a student's way. Each is begun on its page, taken by one tap, and done when the page shows it.

use dika_contract::{Card, Issuer, WalletKind};

use crate::harness::{App, Person};

/// A step that asks the server for something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// A code by SMS.
    Code,
    /// Signing in with it.
    SignIn,
    /// Card and password are looked up.
    LookUp,
    /// Yes, this is me.
    Confirm,
    /// An order.
    Order,
    /// Its payment, continued.
    Pay,
    /// Another order is cancelled.
    Cancel,
    /// Money that waited too long: it is still to be collected.
    Claim,
}

/// What is known on the way.
#[derive(Debug)]
pub struct Way {
    /// Whose way it is.
    pub me: Person,
    /// The code that came.
    pub code: String,
    /// Where the identity is asked about.
    pub binding: String,
    /// The order that is paid.
    pub paid: String,
    /// The order that is cancelled.
    pub cancelled: String,
}

/// When a step is done: where this is shown, nothing of that, below this path.
#[derive(Clone, Copy, Debug, Default)]
pub struct Done {
    /// A selector.
    pub there: Option<&'static str>,
    /// A selector.
    pub gone: Option<&'static str>,
    /// A path's beginning.
    pub path: Option<&'static str>,
}

impl Step {
    /// All of them, in their order.
    pub const ALL: [Self; 8] = [
        Self::Code,
        Self::SignIn,
        Self::LookUp,
        Self::Confirm,
        Self::Order,
        Self::Pay,
        Self::Cancel,
        Self::Claim,
    ];

    /// As the table names it.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Code => "ask for a code",
            Self::SignIn => "sign in",
            Self::LookUp => "bind: look-up",
            Self::Confirm => "bind: confirm",
            Self::Order => "order",
            Self::Pay => "pay",
            Self::Cancel => "cancel",
            Self::Claim => "claim, then collect",
        }
    }

    /// Whether somebody is signed in by then.
    pub const fn has_session(self) -> bool {
        !matches!(self, Self::Code | Self::SignIn)
    }

    /// The address that it asks.
    pub const fn asks(self) -> &'static str {
        match self {
            Self::Code => "/session/code",
            Self::SignIn => "/session",
            Self::LookUp => "/bindings",
            Self::Confirm => "/bindings/{id}/confirm",
            Self::Order => "/top-ups",
            Self::Pay => "/top-ups/{id}/continue",
            Self::Cancel => "/top-ups/{id}/cancel",
            Self::Claim => "/top-ups/{id}/confirm-claim",
        }
    }

    /// What is tapped.
    pub const fn action(self) -> &'static str {
        match self {
            Self::Code => "send-code",
            Self::SignIn => "sign-in",
            Self::LookUp => "bind",
            Self::Confirm => "identity-yes",
            Self::Order => "pay",
            Self::Pay => "continue-payment",
            Self::Cancel => "cancel-order",
            Self::Claim => "confirm-claim",
        }
    }

    /// When it is done.
    pub const fn done(self) -> Done {
        let (there, gone, path) = match self {
            // Another one can be asked for in a minute.
            Self::Code => (
                Some("[data-action=send-code][aria-disabled=true]:not([aria-busy=true])"),
                None,
                None,
            ),
            Self::SignIn => (None, Some("main[data-page=sign-in]"), None),
            Self::LookUp => (Some("[data-action=identity-yes]"), None, None),
            Self::Confirm => (
                Some("[data-answer=confirmed], main[data-page=card], main[data-page=home]"),
                Some("[data-action=identity-yes]"),
                None,
            ),
            Self::Order | Self::Pay => (
                Some("[data-action=cashier-pay]"),
                None,
                Some("/sandbox/cashier/"),
            ),
            Self::Cancel => (
                Some(
                    "main[data-page=order] [data-payment=closed], main[data-page=order][data-payment=closed]",
                ),
                None,
                None,
            ),
            Self::Claim => (Some("[data-payment=paid][data-claim=waiting]"), None, None),
        };
        Done { there, gone, path }
    }

    /// Opens the step's page, and fills in what is not there, up to the tap.
    pub async fn begin(self, app: &App, way: &Way) {
        match self {
            Self::Code => {
                app.open_page("/sign-in", "sign-in").await;
                app.type_into("phone", &way.me.phone).await;
            }
            Self::SignIn => {
                if app.count("main[data-page=sign-in]").await == 0 {
                    app.open_page("/sign-in", "sign-in").await;
                }
                if app.value("phone").await.is_empty() {
                    app.type_into("phone", &way.me.phone).await;
                }
                app.type_into("code", &way.code).await;
            }
            Self::LookUp => {
                app.open_page("/bind/hemc", "bind").await;
                app.type_into("card_no", &way.me.hemc().card_no).await;
                app.type_into("password", &way.me.hemc().password).await;
            }
            Self::Confirm => app.open_page(&way.binding, "confirm-identity").await,
            Self::Order => {
                app.open_top_up(Issuer::Hemc, WalletKind::Utilities).await;
                app.review("20").await;
            }
            Self::Pay => app.open_order(&way.paid).await,
            Self::Cancel => app.open_order(&way.cancelled).await,
            Self::Claim => app.open_order(&way.paid).await,
        }
    }

    /// What has to be there before the step begins, and is no step itself.
    pub async fn prepare(self, app: &App, way: &mut Way) {
        match self {
            Self::Code | Self::LookUp | Self::Order => {}
            Self::SignIn => way.code = app.sandbox.sms(&way.me.phone, None).await,
            Self::Confirm => way.binding = app.path().await,
            Self::Pay => {
                way.paid = app.at_cashier().await;
                app.click("cashier-cancel").await;
                app.page("order").await;
            }
            Self::Cancel => {
                app.cashier_pay().await;
                app.order_is(&way.paid, "paid", "waiting").await;
                way.cancelled = app.order(Issuer::Hemc, WalletKind::Main, "30").await;
                app.click("cashier-cancel").await;
                app.page("order").await;
            }
            Self::Claim => {
                app.sandbox.advance(6 * 3_600 + 60).await;
                app.open_order(&way.paid).await;
                app.order_is(&way.paid, "paid", "needs_confirmation").await;
            }
        }
    }
}

impl Way {
    /// Nothing is known yet but who it is.
    pub fn of(me: Person) -> Self {
        Self {
            me,
            code: String::new(),
            binding: String::new(),
            paid: String::new(),
            cancelled: String::new(),
        }
    }

    /// Collects the money, and compares what is there with what was done: one card, one order of each kind, and all that was
    /// paid on the card.
    pub async fn ends_well(&self, app: &App, held_before: i64) {
        app.sandbox
            .tap(&self.me.hemc().card_no, "hemc_top_up")
            .await;
        app.reload().await;
        app.order_is(&self.paid, "paid", "claimed").await;
        let cards: Vec<Card> = app.cards().await;
        assert_eq!(cards.len(), 1, "one card was bound");
        let mut orders: Vec<(String, &str)> = Vec::new();
        for order in app.orders().await {
            orders.push((order.id.to_string(), order.payment.as_str()));
        }
        orders.sort_unstable();
        let mut expected = vec![
            (self.paid.clone(), "paid"),
            (self.cancelled.clone(), "closed"),
        ];
        expected.sort_unstable();
        assert_eq!(orders, expected, "one intent, one order");
        let held = app.amounts(Issuer::Hemc, WalletKind::Utilities).await;
        assert_eq!((held.on_card, held.waiting), (held_before + 2_000, 0));
    }
}
