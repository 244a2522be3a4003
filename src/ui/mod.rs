//! Components. They know neither the API nor the routes: strings and links come in as props, actions go out
//! through callbacks. They render the same natively and in the browser. They know the page's language, to
//! mark text in another one. Their styles are in `style/ui.css`, `style/forms.css` and
//! `style/own.css`, one block per file here.

/// The buttons at the end of a page.
pub mod actions;
/// An amount of money.
pub mod amount;
/// Icons and drawings.
pub mod art;
/// Buttons, and links that look like buttons.
pub mod button;
/// A card that looks like the printed one, with its amounts.
pub mod card_face;
/// Rows in groups.
pub mod cell;
/// A bar chart that is a table.
pub mod chart;
/// Radio buttons.
pub mod choice;
/// The time left.
pub mod countdown;
/// A disclosure.
pub mod details;
/// An empty state.
pub mod empty;
/// The errors of a form.
pub mod error_summary;
/// Labels and values.
pub mod facts;
/// A text field.
pub mod field;
/// A text for screen readers only.
pub mod live_region;
/// A notice.
pub mod notice;
/// The headline of a result.
pub mod outcome;
/// The frame of a page.
pub mod page;
/// A service point.
pub mod point;
/// A value that is loaded: before, instead of, and after the reply.
pub mod query_view;
/// The mark of a sandbox.
pub mod sandbox_mark;
/// A bottom sheet.
pub mod sheet;
/// Placeholders for content that is loading.
pub mod skeleton;
/// Numbered instructions.
pub mod steps;
/// The tab bar.
pub mod tab_bar;
/// A state in a word.
pub mod tag;
/// Optional texts, and texts in two languages.
pub mod text;
/// A timeline.
pub mod timeline;
/// A short message over the page.
pub mod toast;
/// Tones: what a colour means.
pub mod tone;

pub use actions::Actions;
pub use amount::{Amount, AmountSize};
pub use art::{Drawing, Icon, IconArt, Picture, code_picture};
pub use button::{Button, ButtonLink, ButtonVariant};
pub use card_face::{CardFace, Face, FaceAmounts};
pub use cell::{ButtonCell, Cell, Cells, LinkCell, OrderCell};
pub use chart::{Bar, BarTable};
pub use choice::{Choice, ChoiceLayout, ChoiceOption};
pub use countdown::Countdown;
pub use details::Details;
pub use empty::Empty;
pub use error_summary::{ErrorSummary, FieldError};
pub use facts::{Fact, Facts};
pub use field::{Field, FieldKind, FieldValue};
pub use live_region::LiveRegion;
pub use notice::Notice;
pub use outcome::Outcome;
pub use page::{Page, Prose, Section, SkipLink};
pub use point::{PhoneLine, PointCell, PointFilter};
pub use query_view::{QueryState, QueryView};
pub use sandbox_mark::SandboxMark;
pub use sheet::Sheet;
pub use skeleton::{Skeleton, SkeletonShape};
pub use steps::{Step, Steps};
pub use tab_bar::{TabBar, TabLink};
pub use tag::Tag;
pub use text::{OptionalText, mark_chinese};
pub use timeline::{Timeline, TimelineItem, TimelineItemState};
pub use toast::{Toast, Toaster};
pub use tone::Tone;
