//! Every address of the app: how it is written and how it is read.

use core::fmt;

use dika_contract::{BindingId, CardId, Issuer, OrderId, WalletKind};

/// A page's address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route {
    /// Cards, waiting money, unpaid orders.
    Home,
    /// Phone number and code.
    SignIn,
    /// Which card to bind.
    BindChoose,
    /// Account or card number, and password.
    Bind(Issuer),
    /// Is this you?
    ConfirmIdentity(BindingId),
    /// One card.
    Card(CardId),
    /// Amount and review.
    TopUp(CardId, WalletKind),
    /// All orders.
    Orders,
    /// One order.
    Order(OrderId),
    /// Service points, phones, machines.
    ServicePoints,
    /// The guide's table of contents.
    Guide,
    /// Which card, which wallet?
    WhichCard,
    /// First steps of a new student.
    NewStudent,
    /// Both first passwords from the end of an ID.
    PasswordHelper,
    /// Where is my money?
    MoneyTriage,
    /// Language, text size, theme, sign-out.
    Settings,
    /// Every component in every state; development builds only.
    Gallery,
    /// No such page.
    NotFound,
}

impl Route {
    /// The pages that have an address of their own, each with the path it is prerendered at.
    pub const STATIC: &'static [Self] = &[
        Self::Home,
        Self::SignIn,
        Self::BindChoose,
        Self::Bind(Issuer::Gdut),
        Self::Bind(Issuer::Hemc),
        Self::Orders,
        Self::ServicePoints,
        Self::Guide,
        Self::WhichCard,
        Self::NewStudent,
        Self::PasswordHelper,
        Self::MoneyTriage,
        Self::Settings,
    ];

    /// Pages with an id in their address, with an id that no card system gives out: what is
    /// prerendered for them is the skeleton that every such page starts from.
    pub fn shells() -> Vec<Self> {
        let id = "shell";
        [
            BindingId::parse(id).map(Self::ConfirmIdentity),
            CardId::parse(id).map(Self::Card),
            CardId::parse(id).map(|id| Self::TopUp(id, WalletKind::Main)),
            OrderId::parse(id).map(Self::Order),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    /// Reads the path of an address. Never fails: what is no address is [`Route::NotFound`].
    pub fn parse(path: &str) -> Self {
        // The server knows no such address either: both must agree, or hydration finds another page.
        // By bytes: a search for a text in a text brings a kilobyte of its own.
        if path.as_bytes().windows(2).any(|two| two == b"//") {
            return Self::NotFound;
        }
        let mut parts = path.split('/').filter(|part| !part.is_empty());
        let parts = [(); 5].map(|()| parts.next());
        let route = match parts {
            [None, ..] => Some(Self::Home),
            [Some("sign-in"), None, ..] => Some(Self::SignIn),
            [Some("bind"), None, ..] => Some(Self::BindChoose),
            [Some("bind"), Some(issuer), None, ..] => match Issuer::from_word(issuer) {
                Issuer::Other => None,
                issuer => Some(Self::Bind(issuer)),
            },
            [Some("bindings"), Some(id), None, ..] => {
                BindingId::parse(id).map(Self::ConfirmIdentity)
            }
            [Some("cards"), Some(id), None, ..] => CardId::parse(id).map(Self::Card),
            [Some("cards"), Some(id), Some("top-up"), Some(wallet), None] => {
                match (CardId::parse(id), WalletKind::from_word(wallet)) {
                    (_, WalletKind::Other) | (None, _) => None,
                    (Some(id), wallet) => Some(Self::TopUp(id, wallet)),
                }
            }
            [Some("orders"), None, ..] => Some(Self::Orders),
            [Some("orders"), Some(id), None, ..] => OrderId::parse(id).map(Self::Order),
            [Some("service-points"), None, ..] => Some(Self::ServicePoints),
            [Some("guide"), None, ..] => Some(Self::Guide),
            [Some("guide"), Some("which-card"), None, ..] => Some(Self::WhichCard),
            [Some("guide"), Some("new-student"), None, ..] => Some(Self::NewStudent),
            [Some("guide"), Some("password"), None, ..] => Some(Self::PasswordHelper),
            [Some("where-is-my-money"), None, ..] => Some(Self::MoneyTriage),
            [Some("settings"), None, ..] => Some(Self::Settings),
            [Some("gallery"), None, ..] if cfg!(debug_assertions) => Some(Self::Gallery),
            _ => None,
        };
        route.unwrap_or(Self::NotFound)
    }

    /// Whether the tab bar leads here.
    pub const fn is_tab(&self) -> bool {
        matches!(
            self,
            Self::Home | Self::Orders | Self::ServicePoints | Self::Guide
        )
    }

    /// Whether the page can't do what it is for without scripts. The others are there to be read.
    pub const fn needs_scripts(&self) -> bool {
        match self {
            Self::SignIn
            | Self::BindChoose
            | Self::Bind(_)
            | Self::ConfirmIdentity(_)
            | Self::Card(_)
            | Self::TopUp(..)
            | Self::Orders
            | Self::Order(_)
            | Self::PasswordHelper
            | Self::MoneyTriage
            | Self::Settings => true,
            Self::Home
            | Self::ServicePoints
            | Self::Guide
            | Self::WhichCard
            | Self::NewStudent
            | Self::Gallery
            | Self::NotFound => false,
        }
    }

    /// The page's name, as in `<main data-page="…">`.
    pub const fn page(&self) -> &'static str {
        match self {
            Self::Home => "home",
            Self::SignIn => "sign-in",
            Self::BindChoose => "bind-choose",
            Self::Bind(_) => "bind",
            Self::ConfirmIdentity(_) => "confirm-identity",
            Self::Card(_) => "card",
            Self::TopUp(..) => "top-up",
            Self::Orders => "orders",
            Self::Order(_) => "order",
            Self::ServicePoints => "service-points",
            Self::Guide => "guide",
            Self::WhichCard => "which-card",
            Self::NewStudent => "new-student",
            Self::PasswordHelper => "password-helper",
            Self::MoneyTriage => "money-triage",
            Self::Settings => "settings",
            Self::Gallery => "gallery",
            Self::NotFound => "not-found",
        }
    }

    /// Whether the page shows a student's own things and so asks who is here.
    pub const fn needs_sign_in(&self) -> bool {
        matches!(
            self,
            Self::Bind(_)
                | Self::ConfirmIdentity(_)
                | Self::Card(_)
                | Self::TopUp(..)
                | Self::Orders
                | Self::Order(_)
        )
    }

    /// The sign-in page that leads back to `path` afterwards.
    pub fn sign_in_then(path: &str) -> String {
        // `&`, `#`, `+` and `%` would end or change the value; own paths have none of them but `&`.
        let path = path
            .replace('%', "%25")
            .replace('&', "%26")
            .replace('#', "%23")
            .replace('+', "%2B");
        format!("{}?to={path}", Self::SignIn)
    }

    /// Takes an address to come back to only where it is one of the app's own pages: a path, not
    /// another site, not the sign-in page itself.
    pub fn own_path(wanted: &str) -> Option<&str> {
        let path = wanted.split(['?', '#']).next().unwrap_or_default();
        let own = wanted.starts_with('/')
            && !wanted.starts_with("//")
            && !wanted.contains(['\\', '\n', '\r', '\t'])
            && !matches!(Self::parse(path), Self::NotFound | Self::SignIn);
        own.then_some(wanted)
    }
}

/// The path that leads to the page.
impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (first, id, rest) = match self {
            Self::Home => ("/", "", ""),
            Self::SignIn => ("/sign-in", "", ""),
            Self::BindChoose => ("/bind", "", ""),
            Self::Bind(issuer) => ("/bind/", issuer.as_str(), ""),
            Self::ConfirmIdentity(id) => ("/bindings/", id.as_str(), ""),
            Self::Card(id) => ("/cards/", id.as_str(), ""),
            Self::TopUp(id, wallet) => {
                f.write_str("/cards/")?;
                f.write_str(id.as_str())?;
                ("/top-up/", wallet.as_str(), "")
            }
            Self::Orders => ("/orders", "", ""),
            Self::Order(id) => ("/orders/", id.as_str(), ""),
            Self::ServicePoints => ("/service-points", "", ""),
            Self::Guide => ("/guide", "", ""),
            Self::WhichCard => ("/guide/which-card", "", ""),
            Self::NewStudent => ("/guide/new-student", "", ""),
            Self::PasswordHelper => ("/guide/password", "", ""),
            Self::MoneyTriage => ("/where-is-my-money", "", ""),
            Self::Settings => ("/settings", "", ""),
            Self::Gallery => ("/gallery", "", ""),
            Self::NotFound => ("/not-found", "", ""),
        };
        f.write_str(first)?;
        f.write_str(id)?;
        f.write_str(rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_link_reads_back() {
        let id = "ab-12_X";
        let with_ids = [
            Route::ConfirmIdentity(BindingId::parse(id).expect("an id")),
            Route::Card(CardId::parse(id).expect("an id")),
            Route::TopUp(CardId::parse(id).expect("an id"), WalletKind::Utilities),
            Route::Order(OrderId::parse(id).expect("an id")),
        ];
        for route in Route::STATIC
            .iter()
            .cloned()
            .chain(with_ids)
            .chain(Route::shells())
        {
            assert_eq!(Route::parse(&route.to_string()), route);
        }
    }

    #[test]
    fn other_paths_are_not_found() {
        for path in [
            "/nope",
            "/bind/visa",
            "/cards",
            "/cards/a/top-up",
            "/cards/a/top-up/gold",
            "/orders/a/b",
            "/orders/é",
            "/orders//a",
        ] {
            assert_eq!(Route::parse(path), Route::NotFound, "{path}");
        }
        assert_eq!(
            Route::parse("/orders/"),
            Route::Orders,
            "a trailing slash is forgiven"
        );
    }

    #[test]
    fn only_own_pages_are_come_back_to() {
        assert_eq!(Route::own_path("/bind/gdut?x=1"), Some("/bind/gdut?x=1"));
        for foreign in [
            "https://evil.example",
            "//evil.example",
            "/\\evil.example",
            "javascript:alert(1)",
            "/sign-in?to=/",
            "",
            "/nope",
        ] {
            assert_eq!(Route::own_path(foreign), None, "{foreign}");
        }
    }
}
