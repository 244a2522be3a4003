//! Effects that share one copy of their machinery.

use leptos::prelude::Effect;

/// Runs once the page is in the browser, and whenever a signal that `run` read changes. Never natively.
///
/// [`Effect::new`] is generic over its closure: each use compiles another copy, about a kilobyte. This
/// function boxes the closure, so that all uses share one.
pub(crate) fn effect(run: impl FnMut() + 'static) {
    new_effect(Box::new(run));
}

fn new_effect(mut run: Box<dyn FnMut()>) {
    Effect::new(move |_: Option<()>| run());
}
