//! Code that runs again whenever a signal that it read changes.

use leptos::prelude::Effect;

/// Runs once the page is there, and whenever a signal that `run` read changes. Never natively.
///
/// The same as [`Effect::new`], which is generic over its closure and brings a copy of its whole machinery
/// for each: about a kilobyte. Here all share one.
pub(crate) fn effect(run: impl FnMut() + 'static) {
    shared(Box::new(run));
}

fn shared(mut run: Box<dyn FnMut()>) {
    Effect::new(move |_: Option<()>| run());
}
