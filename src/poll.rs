//! Polling for what changes without the student's doing: a payment that is undecided, money that waits at a
//! machine, a closed order that may still be paid late.

use leptos::prelude::*;

use crate::{effect::effect, platform};

/// How often to ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pace {
    /// Somebody waits for the answer now: soon at first, then ever more slowly.
    Eager,
    /// It changes when somebody does something elsewhere: taps a card, pays late.
    Gentle,
}

impl Pace {
    /// Seconds before each question; the last goes on for as long as the page is open.
    const fn pauses_s(self) -> &'static [u32] {
        match self {
            Self::Eager => &[1, 2, 3, 5, 8, 13, 30],
            Self::Gentle => &[10, 10, 15, 15, 20, 30, 60],
        }
    }

    /// Milliseconds before a round's question.
    fn pause_ms(self, round: usize) -> u32 {
        let pauses = self.pauses_s();
        pauses[round.min(pauses.len() - 1)] * 1_000
    }
}

/// Asks at the pace that `wanted` returns, for as long as it returns one. Every return to the page starts
/// the pace anew; asking on a return is the caller's, whose page may have more to do then.
///
/// `is_asking` says whether an answer is still to come.
pub(crate) fn poll(
    wanted: Memo<Option<Pace>>,
    is_asking: impl Fn() -> bool + Copy + 'static,
    ask: Callback<()>,
) {
    let returns = RwSignal::new(0_u32);
    let loops = StoredValue::new(0_u32);
    effect(move || {
        returns.track();
        let Some(this_loop) = loops.try_update_value(|loops| {
            *loops = loops.wrapping_add(1);
            *loops
        }) else {
            return;
        };
        let Some(pace) = wanted.get() else { return };
        platform::spawn(async move {
            let mut round = 0;
            loop {
                platform::sleep(pace.pause_ms(round)).await;
                // Ends when the page is gone, when an event said that it is hidden, or when a return or another
                // pace started another loop.
                if loops.try_get_value() != Some(this_loop) || platform::is_hidden_by_event() {
                    return;
                }
                // A hidden page asks nothing, but the loop goes on: the page may be shown again without
                // an event.
                if !platform::is_hidden() && !is_asking() {
                    ask.run(());
                    round += 1;
                }
            }
        });
    });
    effect(move || {
        platform::on_page_shown(move || returns.update(|times| *times = times.wrapping_add(1)));
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pace_slows_down_and_stays() {
        let pace: Vec<u32> = (0..9).map(|round| Pace::Eager.pause_ms(round)).collect();
        let wanted = [1, 2, 3, 5, 8, 13, 30, 30, 30].map(|s| s * 1_000);
        assert_eq!(pace, wanted);
        let gentle: Vec<u32> = (5..8).map(|round| Pace::Gentle.pause_ms(round)).collect();
        assert_eq!(gentle, [30_000, 60_000, 60_000]);
    }
}
