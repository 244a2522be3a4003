use std::sync::Arc;

use crate::clock::pass_ms;
use crate::instance::Instance;
use crate::plan::{Fault, Seam};
use crate::world::World;

/// What whoever called gets to hear.
pub(crate) enum Heard<T> {
    /// The answer.
    Answer(T),
    /// Nothing.
    Silence,
    /// A refusal; nothing was done.
    Refused,
}

/// How long it may take until a late call is done all the same.
const LATEST_MS: i64 = 10 * 60 * 1_000;

/// Carries a call of a server over a seam. What was asked is done by `act` in one go.
pub(crate) async fn call<T: Send + 'static>(
    world: &Arc<World>,
    instance: &Instance,
    seam: Seam,
    what: &str,
    act: impl Fn() -> T + Send + Sync + 'static,
) -> Heard<T> {
    instance.or_never().await;
    let fault = world.fault(seam);
    world.note(format_args!("{} {what} {fault:?}", seam.name()));
    let chance = &world.chance;
    let heard = match fault {
        None => {
            pass_ms(chance.between(1, 300)).await;
            let answer = act();
            pass_ms(chance.between(1, 300)).await;
            Heard::Answer(answer)
        }
        Some(Fault::LostBefore) => {
            pass_ms(chance.between(1, 12_000)).await;
            Heard::Silence
        }
        Some(Fault::LostAfter) => {
            pass_ms(chance.between(1, 300)).await;
            act();
            pass_ms(chance.between(1, 12_000)).await;
            Heard::Silence
        }
        Some(Fault::Late) => {
            let later = chance.between(1_000, LATEST_MS);
            let wait = chance.between(1, 12_000);
            let (world, what) = (world.clone(), what.to_owned());
            tokio::spawn(async move {
                pass_ms(later).await;
                world.note(format_args!("late: {what}"));
                act();
            });
            pass_ms(wait).await;
            Heard::Silence
        }
        Some(Fault::Slow) => {
            pass_ms(chance.between(1, 2_000)).await;
            let answer = act();
            pass_ms(chance.between(500, 20_000)).await;
            Heard::Answer(answer)
        }
        Some(Fault::Doubled) => {
            pass_ms(chance.between(1, 300)).await;
            let answer = act();
            let later = chance.between(0, LATEST_MS);
            tokio::spawn(async move {
                pass_ms(later).await;
                act();
            });
            pass_ms(chance.between(1, 300)).await;
            Heard::Answer(answer)
        }
        Some(Fault::Refused) => {
            pass_ms(chance.between(1, 300)).await;
            Heard::Refused
        }
        Some(Fault::CrashBefore) => instance.crash_here().await,
        Some(Fault::CrashAfter) => {
            pass_ms(chance.between(1, 300)).await;
            act();
            instance.crash_here().await
        }
    };
    instance.or_never().await;
    heard
}
