//! Icons and drawings.

use dika_markup::{IntoNode, Node, view};

use crate::{
    text::GalleryText,
    ui::{Drawing, Icon, IconArt, Picture, Section},
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

const PICTURES: [Drawing; 13] = [
    Drawing::MachineLoad,
    Drawing::MachineTopUp,
    Drawing::MachineHemc,
    Drawing::WhereTheyHang,
    Drawing::HoldCard,
    Drawing::NumberGdut,
    Drawing::NumberHemc,
    Drawing::DigitsGdut,
    Drawing::DigitsHemc,
    Drawing::MapDaxuecheng,
    Drawing::MapLongdong,
    Drawing::MapDongfenglu,
    Drawing::MapPanyu,
];

pub(super) fn icons() -> Node {
    let icons = ICONS.map(|icon| view! { <IconArt icon/> }).into_node();
    view! { <Section title="Icon"><div class="row">{icons}</div></Section> }
}

pub(super) fn pictures(t: &'static GalleryText) -> Node {
    let pictures = PICTURES
        .map(|drawing| view! { <Picture drawing label=t.sentence/> })
        .into_node();
    view! { <Section title="Picture">{pictures}</Section> }
}
