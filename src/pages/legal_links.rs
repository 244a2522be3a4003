//! What a student agrees to, with links to it.

use leptos::prelude::*;

use crate::{
    route::{PRIVACY, TERMS},
    text::Common,
};

/// A sentence with links to the terms, `{0}`, and to the privacy page, `{1}`. The server answers both, so the router
/// leaves the links alone.
pub(crate) fn legal_links(agree: &'static str) -> AnyView {
    let common = Common::current();
    let (before, rest) = agree.split_once("{0}").unwrap_or_default();
    let (between, after) = rest.split_once("{1}").unwrap_or_default();
    view! {
        <p class="muted small">
            {before}<a href=TERMS rel="external">{common.terms}</a>{between}
            <a href=PRIVACY rel="external">{common.privacy}</a>{after}
        </p>
    }
    .into_any()
}
