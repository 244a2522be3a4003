//! The time of day, for views that count down.

use dika_contract::Timestamp;
use leptos::prelude::*;

use crate::effect::effect;
use crate::platform;

/// The device's clock, every half minute while the page can be seen, and on every return to it.
/// Nothing on the first render, which must be the same everywhere.
pub(crate) fn now() -> Signal<Option<Timestamp>> {
    const PACE_MS: u32 = 30_000;
    let now = RwSignal::new(None);
    let rounds = StoredValue::new(0_u32);
    let start = move || {
        let Some(round) = rounds.try_update_value(|rounds| {
            *rounds += 1;
            *rounds
        }) else {
            return;
        };
        platform::spawn(async move {
            // Ends when hidden, when the page is gone, and when a return started another round.
            while !platform::is_hidden() && rounds.try_get_value() == Some(round) {
                if now.try_set(Some(platform::now())).is_some() {
                    break;
                }
                platform::sleep(PACE_MS).await;
            }
        });
    };
    effect(move || {
        start();
        platform::on_return(start);
    });
    now.into()
}
