//! The cards that the student has bound, for pages that everyone may read.

use dika_contract::Card;

use crate::{effect::effect, query::Query, session::Session};

/// Reads the bound cards once a student is signed in, unless the page brought them along; without a student there is no
/// value.
pub(crate) fn bound_cards() -> Query<Vec<Card>> {
    let session = Session::from_context();
    let cards = Query::of_page(|api| Box::pin(async move { api.cards().await }));
    effect(move || {
        if session.is_signed_in() && !cards.has_value_untracked() {
            cards.refetch();
        }
    });
    cards
}
