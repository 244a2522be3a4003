//! The current time as a signal, for views that count down.

use dika_contract::Timestamp;
use leptos::prelude::*;

use crate::{api::Api, effect::effect, platform};

/// The server's time, updated every half minute while the page is visible and on every return to it.
/// On the first render, which must equal the page that came, the time at which that was drawn with data; `None` for
/// a page without, until the server has replied.
pub(crate) fn current_time() -> Signal<Option<Timestamp>> {
    const INTERVAL_MS: u32 = 30_000;
    /// How soon to look again while the server has not replied.
    const UNKNOWN_INTERVAL_MS: u32 = 250;
    let now = RwSignal::new(Api::from_context().page_time());
    let loops = StoredValue::new(0_u32);
    let start = move || {
        let Some(this_loop) = loops.try_update_value(|loops| {
            *loops += 1;
            *loops
        }) else {
            return;
        };
        platform::spawn(async move {
            // Ends when the page is gone, when an event said that it is hidden, or when a return started another
            // loop.
            while loops.try_get_value() == Some(this_loop) && !platform::is_hidden_by_event() {
                let time = platform::server_now();
                if time.is_some() && !platform::is_hidden() && now.try_set(time).is_some() {
                    break;
                }
                let interval_ms = if time.is_some() {
                    INTERVAL_MS
                } else {
                    UNKNOWN_INTERVAL_MS
                };
                platform::sleep(interval_ms).await;
            }
        });
    };
    effect(move || {
        start();
        platform::on_page_shown(start);
    });
    now.into()
}

/// Seconds left until a moment, rounded up to whole minutes, because [`current_time`] is updated every
/// half minute only. Returns `None` once the moment has passed.
pub(crate) fn time_left(by: Timestamp, now: Timestamp) -> Option<i64> {
    let left = by.since(now);
    (left > 0).then(|| (left + 59) / 60 * 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_left_is_none_only_when_there_is_none() {
        let by = Timestamp::from_unix(100_000);
        for (before, shown) in [
            (21_600, Some(21_600)),
            (61, Some(120)),
            (60, Some(60)),
            (1, Some(60)),
            (0, None),
            (-5, None),
        ] {
            assert_eq!(time_left(by, by.plus(-before)), shown, "{before} s before");
        }
    }
}
