//! The `view!` macro: Leptos' markup, written as calls of `dika_markup::Builder`.
//!
//! Leptos' own macro gives every piece of markup a type of its own, and each type brings its copy of the code that draws,
//! hydrates, redraws and removes it. This one takes the same markup and makes data of it, which is drawn by one piece of code.

use proc_macro::TokenStream;
use proc_macro2::{Span, TokenStream as Tokens};
use quote::{quote, quote_spanned};
use rstml::{
    Parser, ParserConfig,
    node::{KeyedAttribute, Node, NodeAttribute, NodeElement, NodeName},
};
use syn::{Expr, Ident, spanned::Spanned};

/// Elements that have no content and no closing tag.
const VOID: [&str; 8] = ["br", "col", "hr", "img", "input", "link", "meta", "wbr"];

/// Writes markup: elements, components, texts in quotes, and expressions in braces. Gives a `dika_markup::Node`.
///
/// Attributes of elements: a name with a value (nothing else means that it is set), `class:NAME` with a truth value,
/// `on:EVENT` with a handler, `node_ref` and `inner_html`. Components are Leptos' `#[component]` functions that return a
/// `Node`; an attribute without a value takes the variable of its name.
#[proc_macro]
pub fn view(markup: TokenStream) -> TokenStream {
    let config = ParserConfig::default()
        .recover_block(true)
        .always_self_closed_elements(VOID.into_iter().collect());
    let (nodes, errors) = Parser::new(config).parse_recoverable(markup).split_vec();
    let errors = errors.into_iter().map(|error| error.emit_as_expr_tokens());
    let view = written(&nodes).unwrap_or_else(syn::Error::into_compile_error);
    quote!({ #(#errors;)* #view }).into()
}

/// An expression of type `Node` for some markup.
fn written(nodes: &[Node]) -> syn::Result<Tokens> {
    let builder = Ident::new("builder", Span::mixed_site());
    let mut calls = Tokens::new();
    for node in nodes {
        calls.extend(node_calls(&builder, node)?);
    }
    Ok(quote! {{
        // Its address tells one piece of markup from another.
        static SITE: u8 = 0;
        let mut #builder = ::dika_markup::Builder::new(&SITE);
        #calls
        #builder.finish()
    }})
}

fn node_calls(builder: &Ident, node: &Node) -> syn::Result<Tokens> {
    match node {
        Node::Element(element) if is_component(element.name()) => {
            let component = component(element)?;
            Ok(quote!(#builder.child(#component);))
        }
        Node::Element(element) => element_calls(builder, element),
        Node::Text(text) => {
            let text = &text.value;
            Ok(quote!(#builder.text(#text);))
        }
        Node::Block(block) => Ok(quote! {
            #[allow(unused_braces, reason = "the markup's own braces")]
            #builder.child(#block);
        }),
        Node::Fragment(fragment) => {
            let mut calls = Tokens::new();
            for child in &fragment.children {
                calls.extend(node_calls(builder, child)?);
            }
            Ok(calls)
        }
        Node::Comment(_) => Ok(Tokens::new()),
        other => Err(syn::Error::new(
            other.span(),
            "write a text in quotes, or an expression in braces",
        )),
    }
}

fn element_calls(builder: &Ident, element: &NodeElement<rstml::Infallible>) -> syn::Result<Tokens> {
    let tag = element.name().to_string();
    let mut calls = quote!(#builder.open(#tag););
    for attribute in element.attributes() {
        calls.extend(attribute_call(builder, attribute)?);
    }
    for child in &element.children {
        calls.extend(node_calls(builder, child)?);
    }
    calls.extend(quote!(#builder.close();));
    Ok(calls)
}

fn attribute_call(builder: &Ident, attribute: &NodeAttribute) -> syn::Result<Tokens> {
    let attribute = keyed(attribute)?;
    let name = attribute.key.to_string();
    let value = attribute.value();
    if let Some(event) = name.strip_prefix("on:") {
        let event = Ident::new(event, attribute.key.span());
        return Ok(
            quote_spanned!(attribute.span() => #builder.on(::dika_markup::ev::#event, #value);),
        );
    }
    if let Some(class) = name.strip_prefix("class:") {
        return Ok(quote!(#builder.class(#class, #value);));
    }
    Ok(match (name.as_str(), value) {
        ("node_ref", _) => quote!(#builder.node_ref(#value);),
        ("inner_html", _) => quote!(#builder.inner_html(#value);),
        (_, None) => quote!(#builder.fixed(#name, "");),
        (_, Some(Expr::Lit(literal))) if matches!(literal.lit, syn::Lit::Str(_)) => {
            quote!(#builder.fixed(#name, #literal);)
        }
        (_, Some(value)) => quote! {
            #[allow(unused_braces, reason = "the markup's own braces")]
            #builder.attribute(#name, #value);
        },
    })
}

fn component(element: &NodeElement<rstml::Infallible>) -> syn::Result<Tokens> {
    let name = element.name();
    let mut properties = Tokens::new();
    for attribute in element.attributes() {
        let attribute = keyed(attribute)?;
        let key = &attribute.key;
        let value = attribute
            .value()
            .map_or_else(|| quote!(#key), |value| quote!(#value));
        properties.extend(quote! {
            .#key(#[allow(unused_braces, reason = "the markup's own braces")] { #value })
        });
    }
    if !element.children.is_empty() {
        let children = written(&element.children)?;
        properties.extend(
            quote!(.children(::dika_markup::FromChildren::from_children(move || #children))),
        );
    }
    // At the component's name, where the builder tells of a missing property.
    let build = quote_spanned!(name.span() => .build());
    Ok(quote! {
        ::dika_markup::component_view(
            &#name,
            ::dika_markup::component_props_builder(&#name) #properties #build,
        )
    })
}

fn keyed(attribute: &NodeAttribute) -> syn::Result<&KeyedAttribute> {
    match attribute {
        NodeAttribute::Attribute(attribute) => Ok(attribute),
        NodeAttribute::Block(block) => Err(syn::Error::new(
            block.span(),
            "name each attribute: they can't be spread",
        )),
    }
}

/// Components begin with a capital, in whatever module.
fn is_component(name: &NodeName) -> bool {
    match name {
        NodeName::Path(path) => path
            .path
            .segments
            .last()
            .is_some_and(|last| last.ident.to_string().starts_with(char::is_uppercase)),
        NodeName::Punctuated(_) | NodeName::Block(_) => false,
    }
}
