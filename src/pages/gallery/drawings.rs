//! Icons and drawings.

use leptos::prelude::*;

use crate::{
    text::GalleryText,
    ui::{Icon, IconArt, Pic, Picture, Section},
};

const ICONS: [Icon; 26] = [
    Icon::Home,
    Icon::Orders,
    Icon::Pin,
    Icon::Book,
    Icon::Phone,
    Icon::Map,
    Icon::Check,
    Icon::CheckRound,
    Icon::Clock,
    Icon::Warn,
    Icon::Stop,
    Icon::Info,
    Icon::Dot,
    Icon::Copy,
    Icon::Cross,
    Icon::Search,
    Icon::Card,
    Icon::Next,
    Icon::Back,
    Icon::Refresh,
    Icon::Person,
    Icon::Key,
    Icon::Question,
    Icon::Settings,
    Icon::Mail,
    Icon::Globe,
];

const PICTURES: [Pic; 13] = [
    Pic::MachineLoad,
    Pic::MachineTopUp,
    Pic::MachineHemc,
    Pic::WhereTheyHang,
    Pic::HoldCard,
    Pic::NumberGdut,
    Pic::NumberHemc,
    Pic::DigitsGdut,
    Pic::DigitsHemc,
    Pic::MapDaxuecheng,
    Pic::MapLongdong,
    Pic::MapDongfenglu,
    Pic::MapPanyu,
];

pub(super) fn icons() -> AnyView {
    let icons = ICONS.map(|icon| view! { <IconArt icon/> }).collect_view();
    view! { <Section title="Icon"><div class="row">{icons}</div></Section> }.into_any()
}

pub(super) fn pictures(t: &'static GalleryText) -> AnyView {
    let pictures = PICTURES
        .map(|of| view! { <Picture of label=t.sentence/> })
        .collect_view();
    view! { <Section title="Picture">{pictures}</Section> }.into_any()
}
