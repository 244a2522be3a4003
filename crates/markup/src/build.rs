//! Builds markup, call by call: what `view!` is written as. Few bytes per call, because the app has thousands.

use std::borrow::Cow;

use leptos::{
    ev::EventDescriptor, html::ElementType, prelude::NodeRef,
    tachys::html::node_ref::NodeRefContainer,
};
use wasm_bindgen::JsCast;

use crate::{
    into::{IntoNode, IntoValue},
    listener::Handler,
    node::{Attribute, Element, Node, Target, Value},
};

/// A piece of markup under construction.
pub struct Builder {
    site: &'static u8,
    open: Vec<Element>,
    done: Vec<Node>,
}

impl Builder {
    /// Nothing yet. `site` has the address that tells this markup from other.
    #[must_use]
    pub fn new(site: &'static u8) -> Self {
        Self {
            site,
            open: Vec::new(),
            done: Vec::new(),
        }
    }

    /// Begins an element: attributes and children follow.
    #[inline(never)]
    pub fn open(&mut self, tag: &'static str) {
        let site = self.open.is_empty().then_some(self.site);
        self.open.push(Element {
            site,
            tag,
            attributes: Vec::new(),
            children: Vec::new(),
        });
    }

    /// Ends the element that was begun last.
    #[inline(never)]
    pub fn close(&mut self) {
        if let Some(element) = self.open.pop() {
            self.push(Node::Element(Box::new(element)));
        }
    }

    /// An attribute with this value.
    #[inline(never)]
    pub fn fixed(&mut self, name: &'static str, value: &'static str) {
        self.value(Target::Attribute(name), Value::Text(Cow::Borrowed(value)));
    }

    /// An attribute.
    #[inline(always)]
    pub fn attribute(&mut self, name: &'static str, value: impl IntoValue) {
        self.value(Target::Attribute(name), value.into_value());
    }

    /// A class that the element has where `value` is set.
    #[inline(always)]
    pub fn class(&mut self, name: &'static str, value: impl IntoValue) {
        self.value(Target::Class(name), value.into_value());
    }

    /// The element's content, as HTML.
    #[inline(always)]
    pub fn inner_html(&mut self, value: impl IntoValue) {
        self.value(Target::InnerHtml, value.into_value());
    }

    /// What happens on an event.
    #[inline(always)]
    pub fn on<E: EventDescriptor>(&mut self, event: E, handle: impl Fn(E::EventType) + 'static)
    where
        E::EventType: JsCast,
    {
        let handler = Handler::new(event.name(), move |event| handle(event.unchecked_into()));
        self.add(Attribute::Handler(handler));
    }

    /// Tells `reference` of the element.
    #[inline(always)]
    pub fn node_ref<E>(&mut self, reference: NodeRef<E>)
    where
        E: ElementType,
        E::Output: JsCast + 'static,
    {
        self.add(Attribute::Reference(Box::new(move |element| {
            reference.load(element);
        })));
    }

    /// A text.
    #[inline(never)]
    pub fn text(&mut self, text: &'static str) {
        self.push(Node::Text(Cow::Borrowed(text)));
    }

    /// A child.
    #[inline(always)]
    pub fn child(&mut self, child: impl IntoNode) {
        self.push(child.into_node());
    }

    /// What was built.
    #[inline(never)]
    #[must_use]
    pub fn finish(mut self) -> Node {
        match (self.done.pop(), self.done.is_empty()) {
            (Some(only), true) => only,
            (Some(last), false) => {
                self.done.push(last);
                Node::List(self.done)
            }
            (None, _) => Node::Nothing,
        }
    }

    #[inline(never)]
    fn push(&mut self, node: Node) {
        match self.open.last_mut() {
            Some(parent) => parent.children.push(node),
            None => self.done.push(node),
        }
    }

    #[inline(never)]
    fn value(&mut self, target: Target, value: Value) {
        self.add(Attribute::Value(target, value));
    }

    #[inline(never)]
    fn add(&mut self, attribute: Attribute) {
        if let Some(element) = self.open.last_mut() {
            element.attributes.push(attribute);
        }
    }
}
