//! Draws markup, takes over what the server has written, draws it again, and removes it.

use std::borrow::Cow;

use leptos::{
    prelude::AnyView,
    reactive::effect::RenderEffect,
    tachys::{
        html::attribute::{Attribute as LeptosAttribute, any_attribute::AnyAttribute},
        hydration::Cursor,
        renderer::Rndr,
        view::{
            Mountable, Position, PositionState, Render, RenderFlags, RenderHtml,
            add_attr::AddAnyAttr,
        },
    },
};
use wasm_bindgen::JsCast;
use web_sys::Comment;

use crate::{
    html,
    listener::Listener,
    node::{Attribute, Element, Node, Target, Value, is_same_site},
};

/// Markup that is drawn.
pub struct State(Drawn);

enum Drawn {
    Nothing(Comment),
    Text(web_sys::Text, Cow<'static, str>),
    Element(Box<DrawnElement>),
    /// With the comment behind it.
    List(Vec<State>, Comment),
    Live(Live),
    View(<AnyView as Render>::State),
}

/// What a closure gave last, and the effect that draws it again.
struct Live(RenderEffect<State>);

impl Drop for Live {
    /// Ends the effects inside at once. The effect's task holds what it has drawn until it is run the next time; until then
    /// an effect inside could run, and read signals that are gone.
    fn drop(&mut self) {
        drop(self.0.take_value());
    }
}

struct DrawnElement {
    site: Option<&'static u8>,
    element: web_sys::Element,
    attributes: Vec<DrawnAttribute>,
    children: Vec<State>,
}

/// The site of elements that stay as they came.
static AS_IT_CAME: u8 = 0;

enum DrawnAttribute {
    Fixed(Option<Cow<'static, str>>),
    Live(Target, RenderEffect<Option<Cow<'static, str>>>),
    Listener(Listener),
    Reference,
}

/// How something comes to be drawn.
#[derive(Clone, Copy)]
enum From<'a> {
    /// From nothing.
    Nothing,
    /// From what the server wrote, at this place.
    Server(&'a Cursor, &'a PositionState),
}

impl Render for Node {
    type State = State;

    fn build(self) -> State {
        draw(self, From::Nothing)
    }

    fn rebuild(self, state: &mut State) {
        redraw(self, state);
    }
}

impl RenderHtml for Node {
    type AsyncOutput = Self;
    type Owned = Self;

    const MIN_LENGTH: usize = 0;

    fn dry_resolve(&mut self) {}

    async fn resolve(self) -> Self {
        self
    }

    fn to_html_with_buf(
        self,
        buf: &mut String,
        position: &mut Position,
        flags: RenderFlags,
        _extra_attrs: Vec<AnyAttribute>,
    ) {
        html::write(self, buf, position, flags);
    }

    fn hydrate<const FROM_SERVER: bool>(self, cursor: &Cursor, position: &PositionState) -> State {
        draw(self, From::Server(cursor, position))
    }

    fn into_owned(self) -> Self {
        self
    }
}

/// Attributes from outside don't reach markup, as they don't reach a text.
impl AddAnyAttr for Node {
    type Output<NewAttribute: LeptosAttribute> = Self;

    fn add_any_attr<NewAttribute: LeptosAttribute>(self, _attribute: NewAttribute) -> Self {
        self
    }
}

fn draw(node: Node, from: From<'_>) -> State {
    State(match node {
        Node::Nothing => Drawn::Nothing(comment(from)),
        Node::AsItCame => match from {
            From::Nothing => Drawn::Nothing(comment(from)),
            From::Server(cursor, position) => {
                let element = next_element(cursor, position);
                position.set(Position::NextChild);
                Drawn::Element(Box::new(DrawnElement {
                    site: Some(&AS_IT_CAME),
                    element,
                    attributes: Vec::new(),
                    children: Vec::new(),
                }))
            }
        },
        Node::TakenOver(node) => return draw(*node, from),
        Node::Text(text) => Drawn::Text(text_node(&text, from), text),
        Node::Element(element) => Drawn::Element(Box::new(draw_element(*element, from))),
        Node::List(items) => {
            let items = items.into_iter().map(|item| draw(item, from)).collect();
            Drawn::List(items, comment(from))
        }
        Node::Live(node) => Drawn::Live(match from {
            From::Nothing => live(node, |node| draw(node, From::Nothing)),
            From::Server(cursor, position) => {
                // Used in the effect's first run alone, which is now; but the effect keeps its closure.
                let (cursor, position) = (cursor.clone(), position.clone());
                live(node, move |node| {
                    draw(node, From::Server(&cursor, &position))
                })
            }
        }),
        Node::View(view) => Drawn::View(match from {
            From::Nothing => view.build(),
            From::Server(cursor, position) => view.hydrate::<true>(cursor, position),
        }),
    })
}

/// Draws what the closure gives: the first time as `first` does, then over what is there.
fn live(
    mut node: Box<dyn FnMut() -> Node + Send>,
    first: impl Fn(Node) -> State + 'static,
) -> Live {
    Live(RenderEffect::new(move |before: Option<State>| {
        let node = node();
        match before {
            Some(mut state) => {
                redraw(node, &mut state);
                state
            }
            None => first(node),
        }
    }))
}

fn draw_element(node: Element, from: From<'_>) -> DrawnElement {
    let element = match from {
        From::Nothing => Rndr::create_element(node.tag, None),
        From::Server(cursor, position) => next_element(cursor, position),
    };
    let is_there = matches!(from, From::Server(..));
    let attributes = node
        .attributes
        .into_iter()
        .map(|attribute| draw_attribute(attribute, &element, is_there))
        .collect();
    if let From::Server(_, position) = from {
        position.set(Position::FirstChild);
    }
    let children = node
        .children
        .into_iter()
        .map(|child| {
            let mut child = draw(child, from);
            if !is_there {
                child.mount(&element, None);
            }
            child
        })
        .collect();
    if let From::Server(cursor, position) = from {
        cursor.set(element.clone().into());
        position.set(Position::NextChild);
    }
    DrawnElement {
        site: node.site,
        element,
        attributes,
        children,
    }
}

/// The element that the server wrote at this place.
fn next_element(cursor: &Cursor, position: &PositionState) -> web_sys::Element {
    match position.get() {
        Position::FirstChild => cursor.child(),
        Position::Current => {}
        _ => cursor.sibling(),
    }
    found(cursor.current())
}

fn draw_attribute(
    attribute: Attribute,
    element: &web_sys::Element,
    is_there: bool,
) -> DrawnAttribute {
    match attribute {
        Attribute::Value(target, value @ Value::Live(_)) => {
            DrawnAttribute::Live(target, live_value(target, value, element, None, is_there))
        }
        Attribute::Value(target, mut value) => {
            let value = value.now();
            if !is_there && value.is_some() {
                set(element, target, value.as_deref());
            }
            DrawnAttribute::Fixed(value)
        }
        Attribute::Handler(handler) => DrawnAttribute::Listener(Listener::new(element, handler)),
        Attribute::Reference(tell) => {
            tell(element);
            DrawnAttribute::Reference
        }
    }
}

/// Sets a value whenever it changes. `before` is what is set; `is_there` says that the server has set the first.
fn live_value(
    target: Target,
    mut value: Value,
    element: &web_sys::Element,
    before: Option<Option<Cow<'static, str>>>,
    mut is_there: bool,
) -> RenderEffect<Option<Cow<'static, str>>> {
    let element = element.clone();
    RenderEffect::new_with_value(
        move |before: Option<Option<Cow<'static, str>>>| {
            let value = value.now();
            if !is_there && before.unwrap_or_default() != value {
                set(&element, target, value.as_deref());
            }
            is_there = false;
            value
        },
        before,
    )
}

fn set(element: &web_sys::Element, target: Target, value: Option<&str>) {
    match (target, value) {
        (Target::Attribute(name), Some(value)) => Rndr::set_attribute(element, name, value),
        (Target::Attribute(name), None) => Rndr::remove_attribute(element, name),
        (Target::Class(name), Some(_)) => drop(element.class_list().add_1(name)),
        (Target::Class(name), None) => drop(element.class_list().remove_1(name)),
        (Target::InnerHtml, html) => Rndr::set_inner_html(element, html.unwrap_or_default()),
    }
}

fn redraw(node: Node, state: &mut State) {
    match (node, &mut state.0) {
        (Node::Nothing, Drawn::Nothing(_)) | (Node::AsItCame, _) => {}
        (Node::TakenOver(node), Drawn::Element(drawn))
            if is_same_site(Some(&AS_IT_CAME), drawn.site) =>
        {
            let cursor = Cursor::new(drawn.element.clone());
            let position = PositionState::new(Position::Current);
            *state = draw(*node, From::Server(&cursor, &position));
        }
        (Node::TakenOver(node), _) => redraw(*node, state),
        (Node::Text(text), Drawn::Text(drawn, before)) => {
            if text != *before {
                Rndr::set_text(drawn, &text);
                *before = text;
            }
        }
        (Node::Element(element), Drawn::Element(drawn))
            if is_same_site(element.site, drawn.site) =>
        {
            redraw_element(*element, drawn);
        }
        (Node::List(items), Drawn::List(drawn, end)) => redraw_list(items, drawn, end),
        (Node::View(view), Drawn::View(drawn)) => view.rebuild(drawn),
        (other, _) => {
            let mut new = draw(other, From::Nothing);
            state.insert_before_this(&mut new);
            state.unmount();
            *state = new;
        }
    }
}

/// The same markup: attributes and children stand in the same places.
fn redraw_element(node: Element, drawn: &mut DrawnElement) {
    let element = &drawn.element;
    let mut is_class_new = false;
    for (attribute, drawn) in node.attributes.into_iter().zip(&mut drawn.attributes) {
        match (attribute, &mut *drawn) {
            (Attribute::Value(_, value @ Value::Live(_)), DrawnAttribute::Live(target, effect)) => {
                let before = effect.take_value();
                *effect = live_value(*target, value, element, before, false);
            }
            (Attribute::Value(target, mut value), DrawnAttribute::Fixed(before))
                if !matches!(value, Value::Live(_)) =>
            {
                let value = value.now();
                // Writing the classes takes away those that stand alone.
                if value != *before || (is_class_new && matches!(target, Target::Class(_))) {
                    set(element, target, value.as_deref());
                    is_class_new |= target == Target::Attribute("class");
                    *before = value;
                }
            }
            (Attribute::Handler(handler), DrawnAttribute::Listener(listener)) => {
                listener.replace(handler);
            }
            (Attribute::Reference(tell), DrawnAttribute::Reference) => tell(element),
            (other, _) => *drawn = draw_attribute(other, element, false),
        }
    }
    for (child, drawn) in node.children.into_iter().zip(&mut drawn.children) {
        redraw(child, drawn);
    }
}

fn redraw_list(items: Vec<Node>, drawn: &mut Vec<State>, end: &Comment) {
    for mut gone in drawn.drain(items.len().min(drawn.len())..) {
        gone.unmount();
    }
    let mut items = items.into_iter();
    // The drawn ones first: the other way round an item would be lost where they end.
    for (drawn, item) in drawn.iter_mut().zip(items.by_ref()) {
        redraw(item, drawn);
    }
    for item in items {
        let mut new = draw(item, From::Nothing);
        end.insert_before_this(&mut new);
        drawn.push(new);
    }
}

fn comment(from: From<'_>) -> Comment {
    match from {
        From::Nothing => Rndr::create_placeholder(),
        From::Server(cursor, position) => cursor.next_placeholder(position),
    }
}

fn text_node(text: &str, from: From<'_>) -> web_sys::Text {
    let From::Server(cursor, position) = from else {
        return Rndr::create_text_node(text);
    };
    let before = position.get();
    if before == Position::FirstChild {
        cursor.child();
    } else {
        cursor.sibling();
    }
    // The mark between two texts.
    if before == Position::NextChildAfterText {
        cursor.sibling();
    }
    position.set(Position::NextChildAfterText);
    found(cursor.current())
}

/// The node that the server wrote.
///
/// # Panics
/// When it is of another kind: the page is not the one that the app would draw. The page's plain script notices.
fn found<T: JsCast>(node: web_sys::Node) -> T {
    node.dyn_into()
        .unwrap_or_else(|_| panic!("the page that came is another one"))
}

impl Mountable for State {
    fn unmount(&mut self) {
        match &mut self.0 {
            Drawn::Nothing(node) => Rndr::remove(node),
            Drawn::Text(node, _) => Rndr::remove(node),
            Drawn::Element(drawn) => Rndr::remove(&drawn.element),
            Drawn::List(items, end) => {
                for item in items {
                    item.unmount();
                }
                Rndr::remove(end);
            }
            Drawn::Live(live) => live.0.unmount(),
            Drawn::View(view) => view.unmount(),
        }
    }

    fn mount(&mut self, parent: &web_sys::Element, marker: Option<&web_sys::Node>) {
        match &mut self.0 {
            Drawn::Nothing(node) => Rndr::insert_node(parent, node, marker),
            Drawn::Text(node, _) => Rndr::insert_node(parent, node, marker),
            Drawn::Element(drawn) => Rndr::insert_node(parent, &drawn.element, marker),
            Drawn::List(items, end) => {
                for item in items {
                    item.mount(parent, marker);
                }
                Rndr::insert_node(parent, end, marker);
            }
            Drawn::Live(live) => live.0.mount(parent, marker),
            Drawn::View(view) => view.mount(parent, marker),
        }
    }

    fn insert_before_this(&self, child: &mut dyn Mountable) -> bool {
        match &self.0 {
            Drawn::Nothing(node) => node.insert_before_this(child),
            Drawn::Text(node, _) => node.insert_before_this(child),
            Drawn::Element(drawn) => drawn.element.insert_before_this(child),
            Drawn::List(items, end) => match items.first() {
                Some(first) => first.insert_before_this(child),
                None => end.insert_before_this(child),
            },
            Drawn::Live(live) => live.0.insert_before_this(child),
            Drawn::View(view) => view.insert_before_this(child),
        }
    }

    fn elements(&self) -> Vec<web_sys::Element> {
        Vec::new()
    }
}
