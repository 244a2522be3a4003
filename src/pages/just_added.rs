//! Passes a card that was just bound to its page, which says so once.

use std::cell::RefCell;

use dika_contract::CardId;

thread_local! {
    static ADDED: RefCell<Option<CardId>> = const { RefCell::new(None) };
}

/// Notes that this card was bound just now.
pub(crate) fn note(id: &CardId) {
    ADDED.with_borrow_mut(|added| *added = Some(id.clone()));
}

/// Whether this card was bound just now. `true` once.
pub(crate) fn take(id: &CardId) -> bool {
    ADDED.with_borrow_mut(Option::take).as_ref() == Some(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_said_once_and_of_that_card() {
        let id = |text| CardId::parse(text).expect("an id");
        note(&id("a"));
        assert!(take(&id("a")));
        assert!(!take(&id("a")));
        note(&id("a"));
        assert!(!take(&id("b")) && !take(&id("a")));
    }
}
