//! What a student agrees to, with links to it.

use leptos::prelude::*;

use crate::{
    route::{PRIVACY, TERMS},
    text::Common,
};

/// A sentence that ends with links to the terms and to the privacy page. The server answers both, so the router
/// leaves the links alone.
pub(crate) fn legal_links(agree: &'static str) -> AnyView {
    let common = Common::current();
    view! {
        <p class="muted small">
            {agree} <a href=TERMS rel="external">{common.terms}</a> {common.and}
            <a href=PRIVACY rel="external">{common.privacy}</a> {common.full_stop}
        </p>
    }
    .into_any()
}
