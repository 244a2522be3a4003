//! Icons and drawings. Icons are inline. Drawings are in one cached file, `public/art/pictures.svg`, and take the page's
//! colours.

use dika_markup::{Node, view};
use leptos::prelude::*;

use super::text::mark_chinese;

/// A small drawing in the colour of the text around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Icon {
    /// A house.
    Home,
    /// A slip of paper.
    Orders,
    /// A place.
    Pin,
    /// An open book.
    Book,
    /// A receiver.
    Phone,
    /// A folded map.
    Map,
    /// A tick.
    Check,
    /// A tick in a disc: done.
    CheckRound,
    /// A clock.
    Clock,
    /// An exclamation mark in a triangle: look out.
    Warn,
    /// An exclamation mark in an octagon: stop.
    Stop,
    /// An i in a ring: good to know.
    Info,
    /// A dash in a ring: nothing much.
    Dot,
    /// Two sheets.
    Copy,
    /// A cross.
    Cross,
    /// A lens.
    Search,
    /// A card.
    Card,
    /// An arrow on.
    Next,
    /// An arrow back.
    Back,
    /// An arrow around.
    Refresh,
    /// A person.
    Person,
    /// A key.
    Key,
    /// A question mark.
    Question,
    /// Two sliders.
    Settings,
    /// An envelope.
    Mail,
    /// A globe.
    Globe,
}

impl Icon {
    /// The icon as SVG, 24 units square, in strokes.
    #[must_use]
    pub const fn svg(self) -> &'static str {
        macro_rules! icon {
            ($shapes:literal) => {
                concat!("<svg viewBox=\"0 0 24 24\">", $shapes, "</svg>")
            };
        }
        match self {
            Self::Home => icon!(r#"<path d="M4 11.5 12 4.5l8 7V20H4zM9.5 20v-6h5v6"/>"#),
            Self::Orders => {
                icon!(r#"<path d="M6 3.5h12V21l-3-2-3 2-3-2-3 2zM9.5 8.5h5M9.5 12.5h5"/>"#)
            }
            Self::Pin => icon!(
                r#"<path d="M12 21c4-4.5 6.5-7.8 6.5-11a6.5 6.5 0 0 0-13 0c0 3.2 2.5 6.5 6.5 11z"/><circle cx="12" cy="10" r="2.3"/>"#
            ),
            Self::Book => icon!(
                r#"<path d="M12 6.5C10 5 7.5 4.5 3.5 4.5v13c4 0 6.5.5 8.5 2 2-1.5 4.5-2 8.5-2v-13c-4 0-6.5.5-8.5 2zM12 6.5v13"/>"#
            ),
            Self::Phone => icon!(
                r#"<path d="M5 4h4l1.5 4.5-2.3 1.8a12 12 0 0 0 5.5 5.5l1.8-2.3L20 15v4c0 .6-.4 1-1 1C11 20 4 13 4 5c0-.6.4-1 1-1z"/>"#
            ),
            Self::Map => icon!(
                r#"<path d="m3.5 6.5 5.5-2 6 2 5.5-2v13l-5.5 2-6-2-5.5 2zM9 4.5v13M15 6.5v13"/>"#
            ),
            Self::Check => icon!(r#"<path d="m5 12.5 4.5 4.5L19 7.5"/>"#),
            Self::CheckRound => {
                icon!(r#"<circle cx="12" cy="12" r="9"/><path d="m8 12.3 2.8 2.7L16 9.5"/>"#)
            }
            Self::Clock => icon!(r#"<circle cx="12" cy="12" r="8.5"/><path d="M12 7v5.3l3.5 2"/>"#),
            Self::Warn => icon!(r#"<path d="M12 3.5 22 20.5H2zM12 10v4.5M12 17.3v.2"/>"#),
            Self::Stop => icon!(
                r#"<path d="M8.2 3h7.6L21 8.2v7.6L15.8 21H8.2L3 15.8V8.2zM12 7.5v5.5M12 16.3v.2"/>"#
            ),
            Self::Info => {
                icon!(r#"<circle cx="12" cy="12" r="9"/><path d="M12 11v5.5M12 7.5v.2"/>"#)
            }
            Self::Dot => icon!(r#"<circle cx="12" cy="12" r="9"/><path d="M8.5 12h7"/>"#),
            Self::Copy => icon!(r#"<path d="M8.5 8.5h11v11h-11zM5 15.5h-.5v-11h11V5"/>"#),
            Self::Cross => icon!(r#"<path d="m6 6 12 12M18 6 6 18"/>"#),
            Self::Search => icon!(r#"<circle cx="10.5" cy="10.5" r="6"/><path d="m15 15 5 5"/>"#),
            Self::Card => icon!(
                r#"<rect x="3" y="5" width="18" height="14" rx="2.5"/><path d="M3 10h18M6.5 15h4"/>"#
            ),
            Self::Next => icon!(r#"<path d="m9 5 7 7-7 7"/>"#),
            Self::Back => icon!(r#"<path d="m15 5-7 7 7 7"/>"#),
            Self::Refresh => {
                icon!(r#"<path d="M19.5 12a7.5 7.5 0 1 1-2.2-5.3L19.5 9M19.5 4v5h-5"/>"#)
            }
            Self::Person => icon!(
                r#"<circle cx="12" cy="8" r="4"/><path d="M4.5 20.5c.5-4 3.5-6 7.5-6s7 2 7.5 6"/>"#
            ),
            Self::Key => {
                icon!(r#"<circle cx="8" cy="16" r="4"/><path d="m11 13 8.5-8.5M16 8l3 3"/>"#)
            }
            Self::Question => icon!(
                r#"<circle cx="12" cy="12" r="9"/><path d="M9.3 9.5a2.7 2.7 0 1 1 3.9 2.4c-.8.4-1.2.9-1.2 1.9M12 17v.2"/>"#
            ),
            Self::Settings => icon!(
                r#"<path d="M4 8h8M17 8h3M4 16h3M12 16h8"/><circle cx="14.5" cy="8" r="2.3"/><circle cx="9.5" cy="16" r="2.3"/>"#
            ),
            Self::Mail => icon!(r#"<path d="M3.5 5.5h17v13h-17zM3.5 7l8.5 6 8.5-6"/>"#),
            Self::Globe => icon!(
                r#"<circle cx="12" cy="12" r="8.5"/><path d="M3.5 12h17M12 3.5c5 5 5 12 0 17-5-5-5-12 0-17z"/>"#
            ),
        }
    }
}

/// Draws an [`Icon`], hidden from screen readers: the text beside it says the same.
#[component]
pub fn IconArt(
    /// Which.
    icon: Icon,
) -> Node {
    view! { <span class="icon" aria-hidden="true" inner_html=icon.svg()></span> }
}

/// A drawing that explains.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Drawing {
    /// 圈存机: a machine with screen, keys and card reader.
    MachineLoad,
    /// 圈存补登机: a small reader on the wall.
    MachineTopUp,
    /// 补登机 of the University Town card: the same kind of reader, with that card.
    MachineHemc,
    /// Both kinds by a canteen's door: outside, and on the inner wall.
    WhereTheyHang,
    /// How to lay the card on.
    HoldCard,
    /// Where to look for the number of a `gdut` card (a scheme).
    NumberGdut,
    /// Where to look for the number of a `hemc` card (a scheme).
    NumberHemc,
    /// Which six characters of the national ID are a `gdut` card's first password.
    DigitsGdut,
    /// Which six characters of the national ID are a `hemc` card's first password.
    DigitsHemc,
    /// 大学城: the desks of the east and the west area (a scheme, as are the next three).
    MapDaxuecheng,
    /// 龙洞: the desk.
    MapLongdong,
    /// 东风路: the desk.
    MapDongfenglu,
    /// 番禺: the desk.
    MapPanyu,
}

impl Drawing {
    const fn svg(self) -> &'static str {
        macro_rules! pic {
            ($size:literal, $name:literal) => {
                concat!(
                    "<svg viewBox=\"0 0 ",
                    $size,
                    "\"><use href=\"/art/pictures.svg#",
                    $name,
                    "\"/></svg>"
                )
            };
        }
        match self {
            Self::MachineLoad => pic!("240 200", "machine-load"),
            Self::MachineTopUp => pic!("240 200", "machine-top-up"),
            Self::MachineHemc => concat!(
                "<svg viewBox=\"0 0 240 200\" class=\"art-hemc\">",
                "<use href=\"/art/pictures.svg#machine-top-up\"/></svg>"
            ),
            Self::WhereTheyHang => pic!("320 190", "where-they-hang"),
            Self::HoldCard => pic!("320 190", "hold-card"),
            Self::NumberGdut => pic!("320 200", "number-gdut"),
            Self::NumberHemc => pic!("320 200", "number-hemc"),
            Self::DigitsGdut => pic!("320 200", "digits-gdut"),
            Self::DigitsHemc => pic!("320 200", "digits-hemc"),
            Self::MapDaxuecheng => pic!("320 130", "map-daxuecheng"),
            Self::MapLongdong => pic!("320 130", "map-longdong"),
            Self::MapDongfenglu => pic!("320 130", "map-dongfenglu"),
            Self::MapPanyu => pic!("320 130", "map-panyu"),
        }
    }

    const fn class(self) -> &'static str {
        match self {
            Self::MachineLoad | Self::MachineTopUp | Self::MachineHemc => "picture picture-tall",
            _ => "picture",
        }
    }
}

/// A drawing with a caption.
#[component]
pub fn Picture(
    /// Which.
    drawing: Drawing,
    /// The alternative text.
    #[prop(into)]
    label: String,
    /// A line under it.
    #[prop(optional, into)]
    caption: Option<String>,
) -> Node {
    view! {
        <figure class=drawing.class()>
            <div class="picture-art" role="img" aria-label=label inner_html=drawing.svg()></div>
            {caption.map(|caption| view! { <figcaption>{mark_chinese(caption)}</figcaption> })}
        </figure>
    }
}

/// A code to scan as the address of a picture (RFC 2397, SVG), black on white whatever the page's colours: the path
/// of its dark modules in a square of so many modules, its margin included.
pub fn code_picture(size: i32, path: &str) -> String {
    let edge = size.to_string();
    let edge = edge.as_str();
    let values = [edge, edge, edge, edge, edge, edge, path, ""];
    // One line of the template before each value.
    include_str!("code.txt")
        .lines()
        .zip(values)
        .flat_map(|(part, value)| [part, value])
        .collect()
}
