//! Service points, phones, machines. The filter is part of the address, so that it can be shared and linked:
//! `?campus=panyu&card=gdut`.

use dika_contract::{
    Campus, Card, Issuer, Language, ServicePoint, TerminalKind,
    directory::PhoneLine as DirectoryPhone,
};
use dika_markup::{Node, view};
use leptos::prelude::*;
use leptos_router::{
    NavigateOptions,
    hooks::{use_location, use_navigate},
    params::ParamsMap,
};

use super::{
    bound_cards::bound_cards,
    guide::{DirectoryDate, DirectorySource, Machines, campus_options, chosen_campus},
};
use crate::{
    api::Api,
    effect::effect,
    platform,
    query::Query,
    route::Route,
    text::{self, Common, ServicePointsText, Title, fill, sentences, tel_link},
    ui::{
        Button, ButtonVariant, Cell, Cells, Choice, ChoiceOption, Details, Drawing, Empty, Field,
        FieldKind, Icon, LinkCell, Notice, Page, PhoneLine, Picture, PointCell, PointFilter,
        Section, Tone,
    },
};

/// The choice of all campuses.
const ALL: &str = "all";
/// The choice of both cards.
const BOTH: &str = "both";

/// A link to the service points of a campus and a card.
pub(crate) fn points_link(campus: Option<Campus>, card: Option<Issuer>) -> String {
    let asked = [
        ("campus=", campus.map(Campus::as_str)),
        ("card=", card.map(Issuer::as_str)),
    ];
    let mut link = Route::ServicePoints.to_string();
    let mut before = '?';
    for (name, value) in asked {
        if let Some(value) = value {
            link.push(before);
            link.push_str(name);
            link.push_str(value);
            before = '&';
        }
    }
    link
}

/// Service points, filtered by campus, card and words; then the machines.
#[component]
pub(crate) fn ServicePoints() -> Node {
    let (t, common, titles) = (
        ServicePointsText::current(),
        Common::current(),
        Title::current(),
    );
    let language = text::language();
    let directory = DirectorySource::new();
    let cards = bound_cards();
    let is_drawn_for_student = Api::from_context().page_time().is_some();
    let (campus, card) = chosen_at_first(is_drawn_for_student, cards);
    let words = RwSignal::new(String::new());
    let chosen_card = Memo::new(move |_| {
        let issuer = card.with(|word| Issuer::from_word(word));
        (issuer != Issuer::Other).then_some(issuer)
    });
    follow_address(campus, card, chosen_card);
    start_at_own_campus(campus, cards);
    // The chosen campus is seen, whoever chose it.
    effect(move || {
        campus.track();
        platform::spawn(async {
            platform::next_task().await;
            platform::scroll_line_to("[name=campus]:checked");
        });
    });

    let filter = move || Filter {
        campus: chosen_campus(campus),
        card: chosen_card.get(),
        words: words.get(),
    };
    let count = move || {
        let filter = filter();
        directory.with(|directory| {
            let points = directory.service_points.iter();
            points.filter(|point| filter.admits(point)).count()
        })
    };
    // A page that was drawn for a student holds the other points, too, hidden, for `public/filter.js`: until the app is
    // there.
    let holds_all = RwSignal::new(is_drawn_for_student);
    effect(move || holds_all.set(false));
    let clear = move |()| {
        campus.set(ALL.to_owned());
        card.set(BOTH.to_owned());
        words.set(String::new());
    };
    let list = move || {
        if count() == 0 {
            return view! {
                <Empty icon=Icon::Search title=t.none_title text=t.none_text>
                    <Button label=t.clear action="clear-filter" variant=ButtonVariant::Default on_press=clear/>
                </Empty>
            };
        }
        let (filter, holds_all) = (filter(), holds_all.get());
        directory.with(|directory| {
            // Grouped by campus, each group above its sketch. Each has its place, shown or not: what stays is not drawn anew.
            let points = &directory.service_points;
            points
                .chunk_by(|one, next| one.campus == next.campus)
                .map(|desks| {
                    let mut scheme = None;
                    let desks = desks
                        .iter()
                        .map(|point| {
                            let hidden = !filter.admits(point);
                            if hidden && !holds_all {
                                return Node::Nothing;
                            }
                            scheme = Some(point.campus);
                            point_cell(t, common, language, point, filter.card, hidden)
                        })
                        .collect::<Node>();
                    let scheme = scheme.and_then(|campus| campus_map(t, common, campus));
                    (desks, scheme)
                })
                .collect::<Node>()
        })
    };
    let machines = move || {
        let card = chosen_card.get();
        directory.with(|directory| {
            let rows = directory
                .terminals
                .iter()
                .filter(|terminal| terminal.kind != TerminalKind::ServicePoint)
                .filter(|terminal| card.is_none_or(|card| terminal.issuers.contains(&card)))
                .map(|terminal| {
                    let serves = terminal.issuers.iter();
                    let serves = serves.map(|issuer| common.issuer(*issuer));
                    let serves = serves.collect::<Vec<_>>().join(common.comma);
                    let mut where_and_whom = terminal.whereabouts.text_in(language).to_owned();
                    if !where_and_whom.contains(&serves) {
                        let whom = fill(t.serves, &[&serves]);
                        where_and_whom = sentences(language, &[&where_and_whom, &whom]);
                    }
                    view! { <Cell label=terminal.name.text_in(language).to_owned() note=where_and_whom icon=Icon::Card/> }
                })
                .collect::<Node>();
            view! { <Cells>{rows}</Cells> }
        })
    };
    let notices = move || {
        let card = chosen_card.get();
        directory.with(|directory| {
            directory
                .notices
                .iter()
                .filter(|notice| card.is_none_or(|card| notice.issuers.contains(&card)))
                .map(|notice| view! { <Notice tone=Tone::Warn word=notice.text.text_in(language).to_owned()/> })
                .collect::<Node>()
        })
    };
    let complaints = move || {
        directory.with(|directory| {
            let email = directory.complaints_email.as_str();
            view! {
                <LinkCell
                    href=["mailto:", email].concat()
                    label=t.complaints
                    note=email.to_owned()
                    icon=Icon::Mail
                    external=true
                />
            }
        })
    };

    let campuses = [vec![ChoiceOption::new(ALL, t.all)], campus_options(common)].concat();
    let cards = vec![
        ChoiceOption::new(BOTH, t.both),
        ChoiceOption::new(Issuer::Gdut.as_str(), common.gdut),
        ChoiceOption::new(Issuer::Hemc.as_str(), common.hemc),
    ];
    view! {
        <Page name="service-points" title=titles.title(&Route::ServicePoints)>
            {notices}
            <div class="filters">
                <Choice legend=t.campus name="campus" options=campuses value=campus/>
                <Choice legend=t.card name="card" options=cards value=card/>
            </div>
            <Field label=t.search name="q" kind=FieldKind::Search value=words/>
            <p class="sr-only" role="status">
                {move || fill(t.count, &[&count().to_string()])}
            </p>
            {list}
            <Section title=t.machines note=t.machines_note>
                {machines}
                <Details summary=t.pictures>
                    {move || view! { <Machines card=chosen_card.get()/> }}
                </Details>
            </Section>
            <Cells>{complaints}</Cells>
            <DirectoryDate directory/>
        </Page>
    }
}

/// Campus and card. A page that was drawn for a student has what the address asks for, or else their own campus, from
/// the start; one that was drawn for everybody has everything.
fn chosen_at_first(
    is_drawn_for_student: bool,
    cards: Query<Vec<Card>>,
) -> (RwSignal<String>, RwSignal<String>) {
    let query = use_location().query;
    let asked = |name| {
        let asked = query.with_untracked(|query| query.get(name));
        asked.filter(|_| is_drawn_for_student)
    };
    let own = || untrack(|| own_campus(cards)).map(|campus| campus.as_str().to_owned());
    (
        RwSignal::new(
            asked("campus")
                .or_else(own)
                .unwrap_or_else(|| ALL.to_owned()),
        ),
        RwSignal::new(asked("card").unwrap_or_else(|| BOTH.to_owned())),
    )
}

/// The campus of the student's default card, or else of their first one; tracks.
fn own_campus(cards: Query<Vec<Card>>) -> Option<Campus> {
    let cards = cards.value()?;
    let card = cards.iter().find(|card| card.is_default);
    let campus = card.or(cards.first())?.identity.campus;
    (campus != Campus::Other).then_some(campus)
}

/// The link to what an address asks for.
fn link_asked_for(query: &ParamsMap) -> String {
    let campus = query.get("campus");
    let campus = campus.map(|word| Campus::from_word(&word));
    let card = query.get("card").map(|word| Issuer::from_word(&word));
    points_link(
        campus.filter(|campus| *campus != Campus::Other),
        card.filter(|card| *card != Issuer::Other),
    )
}

/// Keeps filter and address in sync. The address wins when the page opens or a link leads here again; then
/// the user's choice replaces it.
fn follow_address(
    campus: RwSignal<String>,
    card: RwSignal<String>,
    chosen_card: Memo<Option<Issuer>>,
) {
    let location = use_location();
    // On the way to another page, whose code is still being fetched, the address is that page's already.
    let is_left = move || {
        location
            .pathname
            .with_untracked(|path| Route::parse(path) != Route::ServicePoints)
    };
    let query = location.query;
    let is_followed = RwSignal::new(false);
    let mut first = true;
    effect(move || {
        let asked = query.with(|query| [query.get("campus"), query.get("card")]);
        if is_left() {
            return;
        }
        let follow = move |at_first: bool| {
            for ((signal, none), asked) in [(campus, ALL), (card, BOTH)].into_iter().zip(&asked) {
                let asked = asked.as_deref().unwrap_or(none);
                let stands = signal
                    .try_with_untracked(|now| now == asked || (at_first && now.as_str() != none));
                if stands == Some(false) {
                    signal.set(asked.to_owned());
                }
            }
        };
        if !core::mem::take(&mut first) {
            follow(false);
        } else {
            platform::spawn(async move {
                // First the radio buttons take over what was chosen before the app was ready, which is
                // newer than the address.
                platform::next_task().await;
                follow(true);
                is_followed.try_set(true);
            });
        }
    });
    let navigate = use_navigate();
    let mut before = None;
    effect(move || {
        let wanted = points_link(chosen_campus(campus), chosen_card.get());
        if !is_followed.get() {
            return;
        }
        let asked = || query.with_untracked(link_asked_for);
        let was = before.replace(wanted.clone()).unwrap_or_else(asked);
        if !is_left() && was != wanted && platform::path_and_query() != wanted {
            let stay = NavigateOptions {
                replace: true,
                scroll: false,
                ..Default::default()
            };
            navigate(&wanted, stay);
        }
    });
}

/// Chooses the campus of the student's card, unless the address or the student chose one.
fn start_at_own_campus(campus: RwSignal<String>, cards: Query<Vec<Card>>) {
    let query = use_location().query;
    let own = Memo::new(move |_| own_campus(cards));
    effect(move || {
        let is_open = campus.with_untracked(|campus| campus == ALL)
            && query.with_untracked(|query| query.get("campus").is_none());
        if let Some(own) = own.get().filter(|_| is_open) {
            campus.set(own.as_str().to_owned());
        }
    });
}

/// The filter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Filter {
    campus: Option<Campus>,
    card: Option<Issuer>,
    words: String,
}

impl Filter {
    /// Whether a service point matches. Each word must be in its names, its addresses or its phone numbers.
    fn admits(&self, point: &ServicePoint) -> bool {
        let campus = self.campus.is_none_or(|campus| point.campus == campus);
        let card = self.card.is_none_or(|card| point.issuers.contains(&card));
        campus && card && self.has_words(point)
    }

    fn has_words(&self, point: &ServicePoint) -> bool {
        let wanted = platform::typed(&self.words).search_text();
        // A number is looked for without its blanks and without China's code.
        let number = wanted.replace(' ', "");
        if number.len() > 4 && number.bytes().all(|byte| byte.is_ascii_digit()) {
            let number = number.strip_prefix("00").unwrap_or(&number);
            let number = number.strip_prefix("86").unwrap_or(number);
            return self
                .phones(point)
                .any(|phone| phone.number.replace('-', "").contains(number));
        }
        let text = [
            point.name.zh.as_str(),
            &point.name.en,
            &point.address.zh,
            &point.address.en,
        ];
        let mut text = platform::typed(&text.join(" ")).search_text();
        for phone in self.phones(point) {
            text.push(' ');
            text.push_str(&phone.number.replace('-', ""));
        }
        wanted.split(' ').all(|word| text.contains(word))
    }

    /// The phone numbers for the card.
    fn phones<'a>(&self, point: &'a ServicePoint) -> impl Iterator<Item = &'a DirectoryPhone> {
        phones(point, self.card)
    }
}

fn phones(point: &ServicePoint, card: Option<Issuer>) -> impl Iterator<Item = &DirectoryPhone> {
    point
        .phones
        .iter()
        .filter(move |phone| card.is_none_or(|card| phone.issuers.contains(&card)))
}

/// A sketch of a campus's service points, to open: with what the school's guide says and no more.
fn campus_map(t: &'static ServicePointsText, common: &Common, campus: Campus) -> Option<Node> {
    let (drawing, what) = match campus {
        Campus::Daxuecheng => (Drawing::MapDaxuecheng, t.scheme_daxuecheng),
        Campus::Longdong => (Drawing::MapLongdong, t.scheme_longdong),
        Campus::Dongfenglu => (Drawing::MapDongfenglu, t.scheme_dongfenglu),
        Campus::Panyu => (Drawing::MapPanyu, t.scheme_panyu),
        Campus::Other => return None,
    };
    let label = fill(t.scheme_label, &[common.campus(campus), what]);
    let summary = fill(t.scheme, &[common.campus(campus)]);
    Some(view! { <Details summary><Picture drawing label caption=t.scheme_note/></Details> })
}

/// One service point, with the phone numbers for the chosen card.
fn point_cell(
    t: &ServicePointsText,
    common: &Common,
    language: Language,
    point: &ServicePoint,
    card: Option<Issuer>,
    hidden: bool,
) -> Node {
    let lines = phones(point, card)
        .map(|phone| {
            let cards = phone.issuers.iter().map(|issuer| common.issuer(*issuer));
            let label = match &phone.note {
                // An office that is not for cards: its note says which.
                Some(_) => t.office.to_owned(),
                None => cards.collect::<Vec<_>>().join(common.comma),
            };
            PhoneLine {
                label,
                number: phone.number.clone(),
                href: tel_link(&phone.number),
            }
        })
        .collect();
    let whose = phones(point, card).filter_map(|phone| phone.note.as_ref());
    let hours = point.hours.as_ref();
    let hours = hours.map(|hours| fill(t.hours, &[hours.text_in(language)]));
    let notes: Vec<String> = whose
        .map(|note| note.text_in(language).to_owned())
        .chain(hours)
        .collect();
    let note = (!notes.is_empty()).then(|| notes.join(" "));
    // Searched by name: exact coordinates are not known.
    let place = Common::of(Language::Chinese).campus(point.campus);
    let map = (
        [MAP, &encoded(&fill(t.map_keyword, &[place]))].concat(),
        fill(t.map, &[common.campus(point.campus)]),
    );
    let cards = point.issuers.iter().map(|issuer| issuer.as_str());
    let filter = PointFilter {
        campus: point.campus.as_str(),
        cards: cards.collect::<Vec<_>>().join(" "),
        hidden,
    };
    view! {
        <PointCell
            id=point.id.as_str()
            filter=filter
            name=point.name.text_in(language).to_owned()
            place=point.address.text_in(language).to_owned()
            phones=lines
            map=map
            note
        />
    }
}

/// The start of a map search in Guangzhou; opens in any browser.
const MAP: &str = "https://uri.amap.com/search?city=440100&src=dika&keyword=";

/// Percent-encodes a text.
fn encoded(text: &str) -> String {
    const HEX: [char; 16] = [
        '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F',
    ];
    let mut address = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() {
            address.push(char::from(byte));
        } else {
            address.push('%');
            address.push(HEX[usize::from(byte >> 4)]);
            address.push(HEX[usize::from(byte & 15)]);
        }
    }
    address
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::built_in_directory;

    fn found(filter: &Filter) -> Vec<String> {
        let directory = built_in_directory();
        let points = directory.service_points.iter();
        points
            .filter(|point| filter.admits(point))
            .map(|point| point.id.as_str().to_owned())
            .collect()
    }

    fn by_words(words: &str) -> Vec<String> {
        found(&Filter {
            words: words.to_owned(),
            ..Filter::default()
        })
    }

    #[test]
    fn all_are_found_where_nothing_is_asked() {
        assert_eq!(found(&Filter::default()).len(), 5);
        assert_eq!(by_words("  ").len(), 5);
    }

    #[test]
    fn words_are_found_in_names_places_and_phones() {
        assert_eq!(by_words("东十栋"), ["daxuecheng-east"]);
        assert_eq!(by_words("EAST dormitory"), ["daxuecheng-east"]);
        assert_eq!(by_words("22629122"), ["panyu"]);
        assert_eq!(by_words("02087083696"), ["longdong"]);
        assert!(by_words("zzzz").is_empty());
    }

    #[test]
    fn words_are_found_however_they_are_typed() {
        for words in [
            "２２６２９１２２",
            "2262 9122",
            "020-22629122",
            "+86 20 2262 9122",
            "(020) 2262\u{2013}9122",
            "008620 22629122",
            "\u{200b}22629122\u{3000}",
            "٢٢٦٢٩١٢٢",
        ] {
            assert_eq!(by_words(words), ["panyu"], "{words:?}");
        }
        assert_eq!(by_words("ＥＡＳＴ　dormitory"), ["daxuecheng-east"]);
        assert_eq!(by_words("东十\u{200b}栋"), ["daxuecheng-east"]);
        assert!(by_words("22629123").is_empty());
    }

    #[test]
    fn campus_and_card_go_together() {
        let mut filter = Filter {
            card: Some(Issuer::Hemc),
            ..Filter::default()
        };
        assert_eq!(found(&filter), ["daxuecheng-east", "daxuecheng-west"]);
        // The other card's phone number does not match.
        filter.words = "39322361".to_owned();
        assert!(found(&filter).is_empty());
        filter.words.clear();
        filter.campus = Some(Campus::Panyu);
        assert!(found(&filter).is_empty());
    }

    #[test]
    fn links_carry_what_is_chosen() {
        assert_eq!(points_link(None, None), "/service-points");
        assert_eq!(
            points_link(Some(Campus::Panyu), Some(Issuer::Gdut)),
            "/service-points?campus=panyu&card=gdut"
        );
        assert_eq!(
            points_link(None, Some(Issuer::Hemc)),
            "/service-points?card=hemc"
        );
    }

    #[test]
    fn addresses_are_ascii() {
        assert_eq!(encoded("a1 &广"), "a1%20%26%E5%B9%BF");
    }
}
