//! The table of pages. Addresses, page names, chunks, sign-in and tabs all come from it; so do the pages to
//! prerender, and the patterns by which the server and the service worker find a shell.
//!
//! To add a page, add a row here. The compiler then asks for its title (`src/text/title.rs`) and its view
//! (`src/pages/`).

use core::fmt;

use dika_contract::{BindingId, CardId, Issuer, OrderId, WalletKind};

/// What is kept of a student, and for how long. The server answers it, without the app (`src/legal.rs`).
pub const PRIVACY: &str = "/privacy";
/// The terms of use; as [`PRIVACY`].
pub const TERMS: &str = "/terms";

/// One tab of the tab bar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tab {
    /// Cards and open orders.
    Home,
    /// All orders.
    Orders,
    /// Service points.
    ServicePoints,
    /// The guide.
    Guide,
}

impl Tab {
    /// All tabs, in order.
    pub const ALL: [Self; 4] = [Self::Home, Self::Orders, Self::ServicePoints, Self::Guide];

    /// The page that the tab leads to.
    pub const fn route(self) -> Route {
        match self {
            Self::Home => Route::Home,
            Self::Orders => Route::Orders,
            Self::ServicePoints => Route::ServicePoints,
            Self::Guide => Route::Guide,
        }
    }
}

/// A part of the app's code that is downloaded as one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chunk {
    /// The app itself.
    App,
    /// A student's own pages, and the way to them.
    Student,
    /// Pages for everyone.
    Public,
}

/// A segment of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Segment {
    /// This text.
    Text(&'static str),
    /// One of these words.
    Word(&'static [&'static str]),
    /// An id.
    Id,
}

/// A value that is a segment of a path.
trait Param: Sized {
    const SEGMENT: Segment;
    fn from_segment(text: &str) -> Option<Self>;
    fn segment(&self) -> &str;
}

macro_rules! id_params {
    ($($id:ident)+) => {$(
        impl Param for $id {
            const SEGMENT: Segment = Segment::Id;
            fn from_segment(text: &str) -> Option<Self> {
                Self::parse(text)
            }
            fn segment(&self) -> &str {
                self.as_str()
            }
        }
    )+};
}

macro_rules! word_params {
    ($($word:ident: $($value:ident)+;)+) => {$(
        impl Param for $word {
            const SEGMENT: Segment = Segment::Word(&[$($word::$value.as_str()),+]);
            fn from_segment(text: &str) -> Option<Self> {
                match Self::from_word(text) {
                    Self::Other => None,
                    known => Some(known),
                }
            }
            fn segment(&self) -> &str {
                self.as_str()
            }
        }
    )+};
}

id_params!(BindingId CardId OrderId);
word_params! {
    Issuer: Gdut Hemc;
    WalletKind: Main Utilities;
}

/// How a segment of the table is matched, written, and described.
macro_rules! segment {
    (match $text:literal) => {
        Some($text)
    };
    (match $param:ident) => {
        Some($param)
    };
    (write $text:literal) => {
        $text
    };
    (write $param:ident) => {
        $param.segment()
    };
}

/// What the words in the table's columns mean.
macro_rules! column {
    (anyone) => {
        false
    };
    (student) => {
        true
    };
    (readable) => {
        false
    };
    (interactive) => {
        true
    };
    (no_tab) => {
        None
    };
    ($tab:ident) => {
        Some(Tab::$tab)
    };
}

/// Declares the pages, by chunk. The name of a chunk's macro stands for the pattern that matches its pages:
/// it makes matches exhaustive that handle the pages of another chunk.
macro_rules! pages {
    ($($chunk:ident $pattern:ident {
        $($(#[$doc:meta])*
        $page:ident $(($($param:ident: $type:ty),+))?
        [$($segment:tt),*] $name:literal $access:ident $scripts:ident $tab:ident;)+
    })+) => {
        /// A page's address.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum Route {
            $($($(#[$doc])* $page $(($($type),+))?,)+)+
        }

        $(
            macro_rules! $pattern {
                () => { $($crate::route::Route::$page { .. })|+ };
            }
            pub(crate) use $pattern;
        )+

        impl Route {
            /// Reads the segments of a path.
            fn from_segments(segments: [Option<&str>; 5]) -> Option<Self> {
                Some(match segments {
                    $($(
                        [$(segment!(match $segment),)* None, ..] => {
                            Self::$page $(($(<$type>::from_segment($param)?),+))?
                        }
                    )+)+
                    _ => return None,
                })
            }

            /// Writes the path.
            fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self {
                    $($(
                        Self::$page $(($($param),+))? => write_path(f, &[$(segment!(write $segment)),*]),
                    )+)+
                }
            }

            /// The page's name, as in `<main data-page="…">`.
            pub const fn page(&self) -> &'static str {
                match self {
                    $($(Self::$page { .. } => $name,)+)+
                }
            }

            /// The chunk that holds the page's code.
            pub const fn chunk(&self) -> Chunk {
                match self {
                    $($pattern!() => Chunk::$chunk,)+
                }
            }

            /// Whether the page shows a student's own data: others are sent to sign in first.
            pub const fn needs_sign_in(&self) -> bool {
                match self {
                    $($(Self::$page { .. } => column!($access),)+)+
                }
            }

            /// Whether the page is of no use without scripts. Other pages can be read.
            pub const fn needs_scripts(&self) -> bool {
                match self {
                    $($(Self::$page { .. } => column!($scripts),)+)+
                }
            }

            /// The tab that is current on the page.
            pub const fn tab(&self) -> Option<Tab> {
                match self {
                    $($(Self::$page { .. } => column!($tab),)+)+
                }
            }

            /// The segments of the page's path.
            pub fn segments(&self) -> Vec<Segment> {
                match self {
                    $($(Self::$page { .. } => {
                        $($(let $param = <$type>::SEGMENT;)+)?
                        vec![$(Segment::from($segment)),*]
                    })+)+
                }
            }

            /// The segments of each page's path.
            fn paths() -> Vec<Vec<Segment>> {
                vec![$($({
                    $($(let $param = <$type>::SEGMENT;)+)?
                    vec![$(Segment::from($segment)),*]
                },)+)+]
            }
        }
    };
}

impl From<&'static str> for Segment {
    fn from(text: &'static str) -> Self {
        Self::Text(text)
    }
}

pages! {
    // page                                  path                              data-page          access  use         tab
    App app_pages {
        /// Cards, waiting money, unpaid orders.
        Home                                 []                                "home"             anyone  readable    Home;
        /// All components in all states; development builds only.
        Gallery                              ["gallery"]                       "gallery"          anyone  readable    no_tab;
        /// There is no such page.
        NotFound                             ["not-found"]                     "not-found"        anyone  readable    no_tab;
    }
    Student student_pages {
        /// Phone number and code.
        SignIn                               ["sign-in"]                       "sign-in"          anyone  interactive no_tab;
        /// Which card to bind.
        BindChoose                           ["bind"]                          "bind-choose"      anyone  interactive no_tab;
        /// Account or card number, and password.
        Bind(issuer: Issuer)                 ["bind", issuer]                  "bind"             student interactive no_tab;
        /// The student confirms the masked identity.
        ConfirmIdentity(binding: BindingId)  ["bindings", binding]             "confirm-identity" student interactive no_tab;
        /// One card.
        Card(card: CardId)                   ["cards", card]                   "card"             student interactive no_tab;
        /// Amount and review.
        TopUp(card: CardId, wallet: WalletKind) ["cards", card, "top-up", wallet] "top-up"        student interactive no_tab;
        /// All orders.
        Orders                               ["orders"]                        "orders"           student interactive Orders;
        /// One order.
        Order(order: OrderId)                ["orders", order]                 "order"            student interactive Orders;
    }
    Public public_pages {
        /// Service points, phones, machines.
        ServicePoints                        ["service-points"]                "service-points"   anyone  readable    ServicePoints;
        /// The guide's table of contents.
        Guide                                ["guide"]                         "guide"            anyone  readable    Guide;
        /// Which card and which wallet for which purpose.
        WhichCard                            ["guide", "which-card"]           "which-card"       anyone  readable    Guide;
        /// First steps of a new student.
        NewStudent                           ["guide", "new-student"]          "new-student"      anyone  readable    Guide;
        /// Both first passwords from the end of an ID.
        PasswordHelper                       ["guide", "password"]             "password-helper"  anyone  interactive Guide;
        /// Questions that lead to missing money.
        MoneyTriage                          ["where-is-my-money"]             "money-triage"     anyone  interactive Guide;
        /// Language, text size, theme, sign-out.
        Settings                             ["settings"]                      "settings"         anyone  interactive no_tab;
    }
}

fn write_path(f: &mut fmt::Formatter<'_>, segments: &[&str]) -> fmt::Result {
    if segments.is_empty() {
        return f.write_str("/");
    }
    for segment in segments {
        f.write_str("/")?;
        f.write_str(segment)?;
    }
    Ok(())
}

/// The path of the page.
impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f)
    }
}

impl Route {
    /// Reads the path of an address. Returns [`Route::NotFound`] for any other path. Accepts a slash at the
    /// end.
    pub fn parse(path: &str) -> Self {
        // The server does not know such a path either: hydration needs the same page on both sides.
        // Searched by bytes: `str::contains` would add a kilobyte.
        if path.as_bytes().windows(2).any(|two| two == b"//") {
            return Self::NotFound;
        }
        let mut segments = path.split('/').filter(|segment| !segment.is_empty());
        let segments = [(); 5].map(|()| segments.next());
        match Self::from_segments(segments) {
            Some(Self::Gallery) if !cfg!(debug_assertions) => Self::NotFound,
            Some(route) => route,
            None => Self::NotFound,
        }
    }

    /// The page that an unknown path most likely means: links in chats take the punctuation or the words
    /// behind them along. Everything after the last character that a path of ours can end with is dropped;
    /// `None` if that leaves no page either.
    pub fn without_trailing_text(path: &str) -> Option<Self> {
        let mut kept = path.as_bytes();
        loop {
            kept = match kept {
                // Percent-encoded, as the browser writes what is not ASCII.
                [rest @ .., b'%', high, low]
                    if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() =>
                {
                    rest
                }
                [.., last] if last.is_ascii_alphanumeric() || b"-_/".contains(last) => break,
                [rest @ .., _] => rest,
                [] => return None,
            };
        }
        if kept.len() == path.len() {
            return None;
        }
        // Cut between characters: what is kept ends with an ASCII one.
        match Self::parse(path.get(..kept.len())?) {
            Self::NotFound => None,
            route => Some(route),
        }
    }

    /// Whether the page's code comes with the first touch of what only the app answers, or once the page has been read for
    /// a while, rather than at once (`public/wait.js`). The home page of somebody who is known brings it at once all the
    /// same; so do the settings, which say what is chosen and who is signed in.
    pub const fn waits_with_code(&self) -> bool {
        match self.chunk() {
            Chunk::App | Chunk::Public => !matches!(self, Self::Settings),
            Chunk::Student => false,
        }
    }

    /// Whether a tab of the tab bar leads here.
    pub fn is_tab(&self) -> bool {
        self.tab().is_some_and(|tab| tab.route() == *self)
    }

    /// The pages without an id in their address: each is prerendered at its path.
    pub fn prerendered() -> Vec<Self> {
        Self::paths()
            .iter()
            .filter(|path| !path.contains(&Segment::Id))
            .flat_map(|path| addresses(path))
            .map(|path| Self::parse(&path))
            .filter(|route| !matches!(route, Self::Gallery | Self::NotFound))
            .collect()
    }

    /// The pages with an id in their address. One shell is prerendered for all ids, at an address whose id
    /// no card system gives out.
    pub fn shells() -> Vec<Self> {
        Self::paths()
            .iter()
            .filter(|path| path.contains(&Segment::Id))
            .filter_map(|path| addresses(path).into_iter().next())
            .map(|path| Self::parse(&path))
            .collect()
    }

    /// The page's path as a pattern: `/cards/{id}/top-up/{main|utilities}`. `{id}` stands for an id of the
    /// contract, `{a|b}` for one of these words.
    pub fn pattern(&self) -> String {
        let mut pattern = String::new();
        for segment in self.segments() {
            pattern += &match segment {
                Segment::Text(text) => ["/", text].concat(),
                Segment::Word(words) => ["/{", &words.join("|"), "}"].concat(),
                Segment::Id => "/{id}".to_owned(),
            };
        }
        pattern
    }

    /// The sign-in page, which leads to `path` afterwards.
    pub fn sign_in_then(path: &str) -> String {
        // `&`, `#`, `+` and `%` would end or change the value; the app's own paths contain only `&`.
        let path = path
            .replace('%', "%25")
            .replace('&', "%26")
            .replace('#', "%23")
            .replace('+', "%2B");
        format!("{}?to={path}", Self::SignIn)
    }

    /// Accepts an address to return to only if it is a page of the app: a path, not another site, and not
    /// the sign-in page itself.
    pub fn own_path(wanted: &str) -> Option<&str> {
        let path = wanted.split(['?', '#']).next().unwrap_or_default();
        let own = wanted.starts_with('/')
            && !wanted.starts_with("//")
            && !wanted.contains(['\\', '\n', '\r', '\t'])
            && !matches!(Self::parse(path), Self::NotFound | Self::SignIn);
        own.then_some(wanted)
    }
}

/// The addresses of a path, one for each combination of its words; ids are all the same.
fn addresses(path: &[Segment]) -> Vec<String> {
    const SHELL_ID: &str = "shell";
    let mut all = vec![String::new()];
    for segment in path {
        let words: &[&str] = match segment {
            Segment::Text(text) => &[text],
            Segment::Word(words) => words,
            Segment::Id => &[SHELL_ID],
        };
        all = all
            .iter()
            .flat_map(|start| words.iter().map(move |word| [start, "/", *word].concat()))
            .collect();
    }
    all.into_iter()
        .map(|path| {
            if path.is_empty() {
                "/".to_owned()
            } else {
                path
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

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
        for route in Route::prerendered()
            .into_iter()
            .chain(with_ids)
            .chain(Route::shells())
        {
            assert_eq!(Route::parse(&route.to_string()), route);
        }
    }

    #[test]
    fn all_pages_are_prerendered_or_have_a_shell() {
        let addresses =
            |routes: Vec<Route>| -> Vec<String> { routes.iter().map(Route::to_string).collect() };
        assert_eq!(
            addresses(Route::prerendered()),
            [
                "/",
                "/sign-in",
                "/bind",
                "/bind/gdut",
                "/bind/hemc",
                "/orders",
                "/service-points",
                "/guide",
                "/guide/which-card",
                "/guide/new-student",
                "/guide/password",
                "/where-is-my-money",
                "/settings",
            ]
        );
        assert_eq!(
            addresses(Route::shells()),
            [
                "/bindings/shell",
                "/cards/shell",
                "/cards/shell/top-up/main",
                "/orders/shell",
            ]
        );
    }

    #[test]
    fn words_in_addresses_are_those_of_the_contract() {
        let known = |all: Vec<&'static str>, other: &str| -> Vec<&'static str> {
            all.into_iter().filter(|word| *word != other).collect()
        };
        let issuers = known(
            Issuer::ALL.iter().map(|issuer| issuer.as_str()).collect(),
            Issuer::Other.as_str(),
        );
        let wallets = known(
            WalletKind::ALL
                .iter()
                .map(|wallet| wallet.as_str())
                .collect(),
            WalletKind::Other.as_str(),
        );
        assert_eq!(Issuer::SEGMENT, Segment::Word(&["gdut", "hemc"]));
        assert_eq!(issuers, ["gdut", "hemc"]);
        assert_eq!(WalletKind::SEGMENT, Segment::Word(&["main", "utilities"]));
        assert_eq!(wallets, ["main", "utilities"]);
    }

    #[test]
    fn text_after_a_link_is_dropped() {
        let order = "/orders/8c1f2d3e4a5b";
        for trailing in [
            ".",
            ",",
            "。",
            "，",
            "…",
            ")",
            "）",
            "」",
            "!",
            "？",
            "%E3%80%82",
            "%EF%BC%89.",
            "\"",
            "'",
            ";",
            "：",
            "*",
            "~",
            "。）",
            "看看",
            "%20",
            "।",
            "؟",
        ] {
            for path in ["/guide", "/orders", order, "/cards/abc/top-up/main"] {
                let typed = [path, trailing].concat();
                assert_eq!(
                    Route::without_trailing_text(&typed)
                        .map(|route| route.to_string())
                        .as_deref(),
                    Some(path),
                    "{typed}"
                );
            }
        }
        // A page as it is, and what was never one.
        for path in ["/guide", "/nowhere.", "/guides。", "/", "", "。", "/%"] {
            assert_eq!(
                Route::without_trailing_text(path).filter(|route| *route != Route::Home),
                None,
                "{path}"
            );
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
            "/cards/a/top-up/main/more",
            "/orders/a/b",
            "/orders/é",
            "/orders//a",
        ] {
            assert_eq!(Route::parse(path), Route::NotFound, "{path}");
        }
        assert_eq!(Route::parse("/orders/"), Route::Orders);
    }

    #[test]
    fn only_own_pages_are_returned_to() {
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

    /// Whether a path matches a pattern, read as [`Route::pattern`] describes it.
    fn matches(pattern: &str, path: &str) -> bool {
        let fits = |wanted: &str, given: &str| {
            let param = wanted
                .strip_prefix('{')
                .and_then(|wanted| wanted.strip_suffix('}'));
            match param {
                Some("id") => OrderId::parse(given).is_some(),
                Some(words) => words.split('|').any(|word| word == given),
                None => wanted == given,
            }
        };
        pattern.split('/').count() == path.split('/').count()
            && pattern
                .split('/')
                .zip(path.split('/'))
                .all(|(wanted, given)| fits(wanted, given))
    }

    #[test]
    fn patterns_name_ids_and_words() {
        let patterns: Vec<String> = Route::shells().iter().map(Route::pattern).collect();
        assert_eq!(
            patterns,
            [
                "/bindings/{id}",
                "/cards/{id}",
                "/cards/{id}/top-up/{main|utilities}",
                "/orders/{id}",
            ]
        );
    }

    proptest! {
        #[test]
        fn a_shell_s_pattern_matches_exactly_the_addresses_of_its_page(
            id in "[A-Za-z0-9_-]{0,40}|[a-z/%.é]{0,12}",
            shell in prop::sample::select(Route::shells()),
        ) {
            let path = shell.to_string().replace("shell", &id);
            // The server redirects to the address without the slash.
            prop_assume!(!path.ends_with('/'));
            let page = Route::parse(&path).page();
            for shell in Route::shells() {
                let wanted = shell.page() == page;
                prop_assert_eq!(matches(&shell.pattern(), &path), wanted, "{}", path);
            }
        }
    }
}
