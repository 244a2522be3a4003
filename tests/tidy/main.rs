//! The invariants of `docs/architecture.md` and the words of `docs/glossary.md`, as tests over the source tree.
//!
//! Each rule is a function from a source text to what is wrong with it, and has two kinds of test: one that runs
//! it over the tree, and one that runs it over snippets that break it. The snippets are the record of what a rule
//! catches; what it is known to miss is said in its documentation.
//!
//! To break a rule on purpose, change it here first and give the reason.
#![cfg(not(target_arch = "wasm32"))]

/// Paths, hooks and other things that documents promise.
mod documents;
/// No fake stands in for the server in the app.
mod fakes;
/// What a source may mention: the browser, SQL, floats, lints.
mod idioms;
/// Which crate and which part of a crate may know which.
mod layers;
/// The modules of a crate, and who knows whom.
mod modules;
/// Rust files as syntax trees and tokens.
mod rust;
/// Every string a person reads comes from `src/text/`.
mod sentences;
/// Colours, classes and their order.
mod styles;
/// Files of the tree.
mod tree;
/// What people type is read in one way.
mod typed;
/// `view!` macros as nodes.
mod views;
/// What the texts say: the glossary, two languages.
mod words;
