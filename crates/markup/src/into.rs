//! What can stand in markup: as a child, as an attribute's value, and as a component's children.

use std::{borrow::Cow, sync::Arc};

use leptos::{
    prelude::{AnyView, Get, Memo, ReadSignal, RwSignal, Signal},
    reactive::owner::Storage,
};

use crate::node::{Node, Value};

/// What can be a child.
pub trait IntoNode {
    /// As markup.
    fn into_node(self) -> Node;
}

/// What can be an attribute's value.
pub trait IntoValue {
    /// As a value.
    fn into_value(self) -> Value;
}

/// A component's children, drawn once.
pub type Children = Box<dyn FnOnce() -> Node + Send>;

/// A component's children, drawn whenever it likes.
pub type ChildrenFn = Arc<dyn Fn() -> Node + Send + Sync>;

/// What a component takes as its children.
pub trait FromChildren<F> {
    /// From the children in the markup.
    fn from_children(children: F) -> Self;
}

impl<F: FnOnce() -> Node + Send + 'static> FromChildren<F> for Children {
    fn from_children(children: F) -> Self {
        Box::new(children)
    }
}

impl<F: Fn() -> Node + Send + Sync + 'static> FromChildren<F> for ChildrenFn {
    fn from_children(children: F) -> Self {
        Arc::new(children)
    }
}

impl IntoNode for Node {
    fn into_node(self) -> Node {
        self
    }
}

impl IntoNode for () {
    fn into_node(self) -> Node {
        Node::Nothing
    }
}

impl IntoNode for &'static str {
    fn into_node(self) -> Node {
        Node::Text(Cow::Borrowed(self))
    }
}

impl IntoNode for String {
    fn into_node(self) -> Node {
        Node::Text(Cow::Owned(self))
    }
}

impl IntoNode for Cow<'static, str> {
    fn into_node(self) -> Node {
        Node::Text(self)
    }
}

impl IntoNode for AnyView {
    fn into_node(self) -> Node {
        Node::View(self)
    }
}

impl<T: IntoNode> IntoNode for Option<T> {
    fn into_node(self) -> Node {
        self.map_or(Node::Nothing, T::into_node)
    }
}

impl<T: IntoNode> IntoNode for Vec<T> {
    fn into_node(self) -> Node {
        self.into_iter().collect()
    }
}

impl<T: IntoNode, const N: usize> IntoNode for [T; N] {
    fn into_node(self) -> Node {
        self.into_iter().collect()
    }
}

impl<A: IntoNode, B: IntoNode> IntoNode for (A, B) {
    fn into_node(self) -> Node {
        Node::List(vec![self.0.into_node(), self.1.into_node()])
    }
}

impl<T: IntoNode> FromIterator<T> for Node {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        Self::List(items.into_iter().map(T::into_node).collect())
    }
}

impl<F, T> IntoNode for F
where
    F: FnMut() -> T + Send + 'static,
    T: IntoNode,
{
    fn into_node(self) -> Node {
        Node::live(self)
    }
}

impl Node {
    /// What a closure gives, drawn again whenever a signal changes that it reads.
    pub fn live<T: IntoNode>(mut node: impl FnMut() -> T + Send + 'static) -> Self {
        Self::Live(Box::new(move || node().into_node()))
    }
}

impl IntoValue for Value {
    fn into_value(self) -> Value {
        self
    }
}

impl IntoValue for bool {
    fn into_value(self) -> Value {
        if self {
            Value::Text(Cow::Borrowed(""))
        } else {
            Value::Absent
        }
    }
}

impl IntoValue for &'static str {
    fn into_value(self) -> Value {
        Value::Text(Cow::Borrowed(self))
    }
}

impl IntoValue for String {
    fn into_value(self) -> Value {
        Value::Text(Cow::Owned(self))
    }
}

impl IntoValue for Cow<'static, str> {
    fn into_value(self) -> Value {
        Value::Text(self)
    }
}

impl<T: IntoValue> IntoValue for Option<T> {
    fn into_value(self) -> Value {
        self.map_or(Value::Absent, T::into_value)
    }
}

impl<F, T> IntoValue for F
where
    F: FnMut() -> T + Send + 'static,
    T: IntoValue,
{
    fn into_value(mut self) -> Value {
        Value::Live(Box::new(move || self().into_value()))
    }
}

/// Signals are read anew whenever they change.
macro_rules! signals {
    ($($signal:ident),*) => {$(
        impl<T, S> IntoNode for $signal<T, S>
        where
            S: Storage<T> + 'static,
            T: IntoNode + Clone + 'static,
            Self: Get<Value = T> + Send + 'static,
        {
            fn into_node(self) -> Node {
                (move || self.get()).into_node()
            }
        }

        impl<T, S> IntoValue for $signal<T, S>
        where
            S: Storage<T> + 'static,
            T: IntoValue + Clone + 'static,
            Self: Get<Value = T> + Send + 'static,
        {
            fn into_value(self) -> Value {
                (move || self.get()).into_value()
            }
        }
    )*};
}

signals!(Memo, ReadSignal, RwSignal, Signal);
