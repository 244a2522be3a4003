//! Asking again while a payment is undecided: soon at first, then ever more slowly. Not while the
//! page is hidden, and never while the last question is still open.

use leptos::prelude::*;

use crate::{effect::effect, platform};

/// How long to wait before each question, in seconds; the last goes on for ever.
const PACE_S: [u32; 7] = [1, 2, 3, 5, 8, 13, 30];

/// Milliseconds before a round's question.
fn pause_ms(round: usize) -> u32 {
    PACE_S[round.min(PACE_S.len() - 1)] * 1_000
}

/// Asks for as long as `wanted` holds. A return to the page asks at once, wanted or not, calls
/// `returned`, and starts the pace anew.
pub(super) fn poll(
    wanted: Memo<bool>,
    asking: RwSignal<bool>,
    ask: Callback<()>,
    returned: Callback<()>,
) {
    let woken = RwSignal::new(0_u32);
    let turn = StoredValue::new(0_u32);
    effect(move || {
        woken.track();
        let Some(mine) = turn.try_update_value(|turn| {
            *turn = turn.wrapping_add(1);
            *turn
        }) else {
            return;
        };
        if !wanted.get() {
            return;
        }
        platform::spawn(async move {
            for round in 0.. {
                platform::sleep(pause_ms(round)).await;
                // The page is gone, the answer came, or a return started another turn; a hidden page
                // stops and is woken by the return to it.
                if turn.try_get_value() != Some(mine) || platform::is_hidden() {
                    return;
                }
                if asking.try_get_untracked() == Some(false) {
                    ask.run(());
                }
            }
        });
    });
    effect(move || {
        platform::on_page_shown(move || {
            returned.run(());
            if !asking.get_untracked() {
                ask.run(());
            }
            woken.update(|times| *times = times.wrapping_add(1));
        });
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pace_slows_down_and_stays() {
        let pace: Vec<u32> = (0..9).map(pause_ms).collect();
        let wanted = [1, 2, 3, 5, 8, 13, 30, 30, 30].map(|s| s * 1_000);
        assert_eq!(pace, wanted);
    }
}
