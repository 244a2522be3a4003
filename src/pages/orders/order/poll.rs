//! Polling while a payment is undecided, with growing intervals. Pauses while the page is hidden, and sends
//! no request while another is under way.

use leptos::prelude::*;

use crate::{effect::effect, platform};

/// Seconds before each request; the last interval repeats.
const INTERVALS_S: [u32; 7] = [1, 2, 3, 5, 8, 13, 30];

/// Milliseconds before a request.
fn interval_ms(round: usize) -> u32 {
    INTERVALS_S[round.min(INTERVALS_S.len() - 1)] * 1_000
}

/// Calls `refetch` while `is_undecided` holds. A return to the page calls `returned` and `refetch` at once,
/// in any case, and restarts the intervals.
pub(super) fn poll(
    is_undecided: Memo<bool>,
    asking: RwSignal<bool>,
    refetch: Callback<()>,
    returned: Callback<()>,
) {
    let restarts = RwSignal::new(0_u32);
    let loops = StoredValue::new(0_u32);
    effect(move || {
        restarts.track();
        let Some(this_loop) = loops.try_update_value(|loops| {
            *loops = loops.wrapping_add(1);
            *loops
        }) else {
            return;
        };
        if !is_undecided.get() {
            return;
        }
        platform::spawn(async move {
            for round in 0.. {
                platform::sleep(interval_ms(round)).await;
                // The page is gone or the payment decided, or a return started another loop. A hidden page
                // stops until the return to it.
                if loops.try_get_value() != Some(this_loop) || platform::is_hidden() {
                    return;
                }
                if asking.try_get_untracked() == Some(false) {
                    refetch.run(());
                }
            }
        });
    });
    effect(move || {
        platform::on_page_shown(move || {
            returned.run(());
            if !asking.get_untracked() {
                refetch.run(());
            }
            restarts.update(|times| *times = times.wrapping_add(1));
        });
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_grow_and_the_last_repeats() {
        let intervals: Vec<u32> = (0..9).map(interval_ms).collect();
        let wanted = [1, 2, 3, 5, 8, 13, 30, 30, 30].map(|s| s * 1_000);
        assert_eq!(intervals, wanted);
    }
}
