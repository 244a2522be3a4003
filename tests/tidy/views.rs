use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens as _;
use rstml::node::{KeyedAttribute, Node, NodeAttribute, NodeElement};

use crate::rust::{RustFile, Token, flatten};

/// What stands in a `view!` macro, nested macros apart: those are views of their own.
pub(crate) enum Part {
    /// A text node.
    Text(String, usize),
    /// A block among the children.
    Block(Vec<Token>),
    /// An attribute of an element, or a prop of a component.
    Attribute {
        name: String,
        line: usize,
        value: Vec<Token>,
    },
    /// The name of an element or component, without its path.
    Tag(String),
}

/// Every part of every view in a file, however deep the views are nested in blocks and other macros.
#[track_caller]
pub(crate) fn parts(file: &RustFile) -> Vec<Part> {
    let mut found = Vec::new();
    for view in views(file.tree.to_token_stream()) {
        let nodes = rstml::parse2(view).unwrap_or_else(|why| panic!("{}: {why}", file.path));
        for node in &nodes {
            parts_of(node, &mut found);
        }
    }
    found
}

/// The contents of every `view!`, outer ones before those nested in them.
fn views(stream: TokenStream) -> Vec<TokenStream> {
    let trees: Vec<TokenTree> = stream.into_iter().collect();
    let mut found = Vec::new();
    for (at, tree) in trees.iter().enumerate() {
        let TokenTree::Group(group) = tree else {
            continue;
        };
        if is_view(&trees[..at]) {
            found.push(group.stream());
        }
        found.extend(views(group.stream()));
    }
    found
}

/// Whether tokens end in `view!`.
fn is_view(before: &[TokenTree]) -> bool {
    matches!(before, [.., TokenTree::Ident(name), TokenTree::Punct(mark)]
        if name == "view" && mark.as_char() == '!')
}

/// The tokens with every `view!` taken out.
pub(crate) fn without_views(stream: TokenStream) -> TokenStream {
    let mut kept: Vec<TokenTree> = Vec::new();
    for tree in stream {
        match tree {
            TokenTree::Group(group) => {
                if is_view(&kept) {
                    kept.truncate(kept.len() - 2);
                    // Something that can be an argument or a value.
                    kept.push(TokenTree::Group(proc_macro2::Group::new(
                        proc_macro2::Delimiter::Parenthesis,
                        TokenStream::new(),
                    )));
                    continue;
                }
                let mut inner =
                    proc_macro2::Group::new(group.delimiter(), without_views(group.stream()));
                inner.set_span(group.span());
                kept.push(TokenTree::Group(inner));
            }
            other => kept.push(other),
        }
    }
    kept.into_iter().collect()
}

fn parts_of(node: &Node, found: &mut Vec<Part>) {
    match node {
        Node::Text(text) => found.push(Part::Text(
            text.value_string(),
            text.value.span().start().line,
        )),
        Node::RawText(text) => found.push(Part::Text(
            text.to_string_best(),
            text.join_spans().map_or(0, |span| span.start().line),
        )),
        Node::Block(block) => {
            found.push(Part::Block(flatten(without_views(block.to_token_stream()))))
        }
        Node::Element(element) => element_parts(element, found),
        Node::Fragment(fragment) => {
            for child in &fragment.children {
                parts_of(child, found);
            }
        }
        _ => {}
    }
}

fn element_parts(element: &NodeElement<rstml::Infallible>, found: &mut Vec<Part>) {
    let name = element.open_tag.name.to_string().replace(' ', "");
    found.push(Part::Tag(
        name.rsplit("::").next().unwrap_or(&name).to_owned(),
    ));
    for attribute in &element.open_tag.attributes {
        match attribute {
            NodeAttribute::Attribute(attribute) => found.push(attribute_part(attribute)),
            NodeAttribute::Block(block) => found.push(Part::Attribute {
                name: String::new(),
                line: 0,
                value: flatten(without_views(block.to_token_stream())),
            }),
        }
    }
    for child in &element.children {
        parts_of(child, found);
    }
}

fn attribute_part(attribute: &KeyedAttribute) -> Part {
    let value = attribute
        .value()
        .map(|value| flatten(without_views(value.to_token_stream())))
        .unwrap_or_default();
    let key = flatten(attribute.key.to_token_stream());
    Part::Attribute {
        name: attribute.key.to_string().replace(' ', ""),
        line: key.first().map_or(0, |token| token.line),
        value,
    }
}

#[test]
fn views_are_found_wherever_they_stand() {
    let file = RustFile::parse(
        "x.rs",
        "fn a() { view! { <p class=\"b\" on:click=move |_| c()>\"d\" {e.then(|| view! { <f::G h=\"i\"/> })}</p> } }\n\
         chunks! { j => view! { <K/> } }",
    );
    let mut seen = Vec::new();
    for part in parts(&file) {
        seen.push(match part {
            Part::Text(text, line) => format!("{line} {text}"),
            Part::Block(tokens) => tokens.into_iter().map(|it| it.text).collect(),
            Part::Attribute { name, value, .. } => {
                let value: String = value.into_iter().map(|it| it.text).collect();
                format!("{name}={value}")
            }
            Part::Tag(tag) => tag,
        });
    }
    assert_eq!(
        seen,
        [
            "p",
            "class=b",
            "on:click=move|_|c()",
            "1 d",
            "{e.then(||())}",
            "G",
            "h=i",
            "K"
        ]
    );
}
