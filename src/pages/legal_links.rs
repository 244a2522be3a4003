//! What a student agrees to, with links to it.

use dika_markup::{Node, view};

use crate::{
    route::{PRIVACY, TERMS},
    text::{Common, fill},
};

/// A sentence with links to the terms, `{0}`, and to the privacy page, `{1}`. The server answers both, so the router
/// leaves the links alone.
pub(crate) fn legal_links(agree: &'static str) -> Node {
    let common = Common::current();
    let link = |to, label| ["<a rel=external href=", to, ">", label, "</a>"].concat();
    let html = fill(
        agree,
        &[&link(TERMS, common.terms), &link(PRIVACY, common.privacy)],
    );
    view! { <p class="muted small" inner_html=html></p> }
}
