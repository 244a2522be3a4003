//! Going to another page of the app.

use leptos::prelude::*;
use leptos_router::{NavigateOptions, hooks::use_navigate};

/// Returns a function that goes to an address in place of the current one in the history: the back button
/// does not lead to the current page again. Does nothing once the caller's page is gone.
pub(crate) fn use_replace() -> impl Fn(&str) + Copy + Send + Sync + 'static {
    let navigate = StoredValue::new_local(use_navigate());
    move |to: &str| {
        let options = NavigateOptions {
            replace: true,
            ..Default::default()
        };
        navigate.try_with_value(|navigate| navigate(to, options));
    }
}
