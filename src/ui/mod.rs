//! The parts that pages are made of. They know neither the API nor the routes nor the texts:
//! strings and links come in as props, taps go out through callbacks, and every part renders the
//! same natively and in the browser. They know the page's language, to mark what is in another. Their looks are in `style/ui.css`, one block per file here.

/// The stack of buttons that ends a page, in thumb's reach.
pub mod actions;
/// Money, large.
pub mod amount;
/// Icons and drawings.
pub mod art;
/// Buttons, and links that look like buttons.
pub mod button;
/// A card as its issuer would print it, with what is on it and what waits.
pub mod card_face;
/// White groups of rows.
pub mod cell;
/// Amounts as bars, in a table.
pub mod chart;
/// One of several: segments, a grid, a list.
pub mod choice;
/// Time left, as text.
pub mod countdown;
/// A question that opens to its answer.
pub mod details;
/// Nothing here, and what to do about it.
pub mod empty;
/// What must be corrected before a form can go.
pub mod error_summary;
/// Names and values to read through.
pub mod facts;
/// A labelled input with help and error.
pub mod field;
/// A text for screen readers only.
pub mod live_region;
/// A box that says something in a tone.
pub mod notice;
/// How something ended, at the head of a page.
pub mod outcome;
/// The frame of every page.
pub mod page;
/// A service point with its phones.
pub mod point;
/// A value that is loaded: before, instead of, and after the reply.
pub mod query_view;
/// Says on every page that no real money moves.
pub mod sandbox_mark;
/// A dialog from the bottom edge.
pub mod sheet;
/// Grey shapes of the size of what is coming.
pub mod skeleton;
/// Numbered instructions.
pub mod steps;
/// The four places at the bottom.
pub mod tab_bar;
/// A state in one word, with a shape.
pub mod tag;
/// Optional texts, and texts in two languages.
pub mod text;
/// What happened and what happens next.
pub mod timeline;
/// A short message over the page.
pub mod toast;
/// The tones and their shapes.
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
pub use field::{Field, FieldKind};
pub use live_region::LiveRegion;
pub use notice::Notice;
pub use outcome::Outcome;
pub use page::{Page, Prose, Section, SkipLink};
pub use point::{PhoneLine, PointCell};
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
