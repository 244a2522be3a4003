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

/// The time left until a moment, in seconds, as it is shown: whole minutes, the one that has begun
/// counted, because the clock here moves every half minute only. None once the moment has come.
pub(crate) fn left(by: Timestamp, now: Timestamp) -> Option<i64> {
    let left = by.since(now);
    (left > 0).then(|| (left + 59) / 60 * 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_left_never_says_none_while_there_is_some() {
        let by = Timestamp::from_unix(100_000);
        for (before, shown) in [
            (21_600, Some(21_600)),
            (61, Some(120)),
            (60, Some(60)),
            (1, Some(60)),
            (0, None),
            (-5, None),
        ] {
            assert_eq!(left(by, by.plus(-before)), shown, "{before} s before");
        }
    }
}
