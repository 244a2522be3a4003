//! Markup as data.

use std::borrow::Cow;

use leptos::prelude::AnyView;

use crate::listener::Handler;

/// A piece of markup.
pub enum Node {
    /// Nothing, whose place is kept.
    Nothing,
    /// Some text.
    Text(Cow<'static, str>),
    /// An element with all that is in it.
    Element(Box<Element>),
    /// Several pieces, one after the other.
    List(Vec<Node>),
    /// What a closure gives, drawn again whenever a signal changes that it reads.
    Live(Box<dyn FnMut() -> Node + Send>),
    /// A Leptos view of another type.
    View(AnyView),
    /// The one element that the server wrote here, with all that is in it. It stays as it came until something else is
    /// drawn in its place. Where the server wrote nothing, nothing.
    AsItCame,
    /// In the place of [`Node::AsItCame`] the markup of which the server wrote that element: it takes the element over, as
    /// hydration does. Anywhere else, just this markup.
    TakenOver(Box<Node>),
}

/// An element.
pub struct Element {
    /// The markup that it was written in, if it is the outermost of it: the same markup has the same attributes and
    /// children, of which only the values differ.
    pub(crate) site: Option<&'static u8>,
    pub(crate) tag: &'static str,
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) children: Vec<Node>,
}

/// What an element has beside its children.
pub(crate) enum Attribute {
    Value(Target, Value),
    Handler(Handler),
    /// Told of the element once it is there.
    Reference(Box<dyn FnOnce(&web_sys::Element) + Send>),
}

/// What a value changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// The attribute of this name.
    Attribute(&'static str),
    /// Whether the element has this class.
    Class(&'static str),
    /// The HTML inside it.
    InnerHtml,
}

/// An attribute's value.
pub enum Value {
    /// The attribute isn't there.
    Absent,
    /// Some text.
    Text(Cow<'static, str>),
    /// What a closure gives, whenever a signal changes that it reads.
    Live(Box<dyn FnMut() -> Value + Send>),
}

impl Value {
    /// The value now. Tracks the signals that a closure reads.
    pub(crate) fn now(&mut self) -> Option<Cow<'static, str>> {
        match self {
            Self::Absent => None,
            Self::Text(text) => Some(text.clone()),
            Self::Live(value) => value().now(),
        }
    }
}

/// Whether two pieces of markup were written in the same place.
pub(crate) fn is_same_site(one: Option<&'static u8>, other: Option<&'static u8>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => std::ptr::eq(one, other),
        (None, None) => true,
        _ => false,
    }
}
