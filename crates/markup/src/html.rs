//! Writes markup as HTML, with the marks that hydration needs: a comment where nothing stands, behind a list, and
//! between two texts.

use std::borrow::Cow;

use leptos::tachys::{
    html::attribute::any_attribute::AnyAttribute,
    view::{Position, RenderFlags, RenderHtml},
};

use crate::node::{Attribute, Element, Node, Target};

const MARK: &str = "<!>";

pub(crate) fn write(node: Node, html: &mut String, position: &mut Position, flags: RenderFlags) {
    match node {
        Node::Nothing | Node::AsItCame => mark(html, position, flags),
        Node::TakenOver(node) => write(*node, html, position, flags),
        Node::Text(text) => {
            if flags.hydrate && *position == Position::NextChildAfterText {
                html.push_str(MARK);
            }
            match &*text {
                // A text node needs a character.
                "" if flags.hydrate => html.push(' '),
                text if flags.escape => escape(text, html, false),
                text => html.push_str(text),
            }
            *position = Position::NextChildAfterText;
        }
        Node::Element(element) => {
            element_html(*element, html, flags);
            *position = Position::NextChild;
        }
        Node::List(items) => {
            for item in items {
                write(item, html, position, flags);
            }
            mark(html, position, flags);
        }
        Node::Live(mut node) => write(node(), html, position, flags),
        Node::View(view) => {
            view.to_html_with_buf(html, position, flags, Vec::<AnyAttribute>::new());
        }
    }
}

fn mark(html: &mut String, position: &mut Position, flags: RenderFlags) {
    if flags.hydrate {
        html.push_str(MARK);
        *position = Position::NextChild;
    }
}

fn element_html(element: Element, html: &mut String, flags: RenderFlags) {
    html.push('<');
    html.push_str(element.tag);
    let mut classes: Option<Cow<'static, str>> = None;
    let mut content = None;
    for attribute in element.attributes {
        let Attribute::Value(target, mut value) = attribute else {
            continue;
        };
        let Some(value) = value.now() else { continue };
        match target {
            Target::Attribute("class") => match &mut classes {
                Some(classes) => *classes = [&*value, " ", classes].concat().into(),
                None => classes = Some(value),
            },
            Target::Attribute(name) => attribute_html(name, &value, html),
            Target::Class(name) => match &mut classes {
                Some(classes) => *classes = [classes, " ", name].concat().into(),
                None => classes = Some(name.into()),
            },
            Target::InnerHtml => content = Some(value),
        }
    }
    if let Some(classes) = classes {
        attribute_html("class", &classes, html);
    }
    html.push('>');
    if is_void(element.tag) {
        return;
    }
    if let Some(content) = content {
        html.push_str(&content);
    } else {
        let mut position = Position::FirstChild;
        for child in element.children {
            write(child, html, &mut position, flags);
        }
    }
    html.push_str("</");
    html.push_str(element.tag);
    html.push('>');
}

fn attribute_html(name: &str, value: &str, html: &mut String) {
    html.push(' ');
    html.push_str(name);
    if !value.is_empty() {
        html.push_str("=\"");
        escape(value, html, true);
        html.push('"');
    }
}

/// Writes a text so that it is no markup. In attributes a quote ends the text, too.
fn escape(text: &str, html: &mut String, is_attribute: bool) {
    for character in text.chars() {
        match character {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' if is_attribute => html.push_str("&quot;"),
            other => html.push(other),
        }
    }
}

fn is_void(tag: &str) -> bool {
    matches!(
        tag,
        "br" | "col" | "hr" | "img" | "input" | "link" | "meta" | "wbr"
    )
}
