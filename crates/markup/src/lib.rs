//! Markup as data, for Leptos.
//!
//! A Leptos view is a type: each piece of markup has its own, and each type its copy of the code that draws, hydrates,
//! redraws and removes it. In an app of a hundred parts these copies are a third of what a phone downloads. Here markup is
//! a tree of [`Node`]s, which is data; one piece of code draws it ([`state`]) and writes it as HTML ([`html`]). A `Node` is
//! a Leptos view like any other: signals, effects, components, the router and hydration are Leptos'.
//!
//! What it does as Leptos' own views do: the same markup drawn again changes the elements that are there, other markup
//! replaces them; lists are matched by place; a closure redraws what it gives; attributes and texts are left as the server
//! wrote them while hydrating. What it doesn't do: asynchronous views, error boundaries, and attributes that are added to
//! a component from outside.

mod build;
mod html;
mod into;
mod listener;
mod node;
mod state;

pub use build::Builder;
pub use dika_markup_macro::view;
pub use into::{Children, ChildrenFn, FromChildren, IntoNode, IntoValue};
pub use leptos::{
    component::{component_props_builder, component_view},
    ev,
};
pub use node::{Element, Node, Value};
