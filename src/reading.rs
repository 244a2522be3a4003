//! One read of the API for one page. When the page goes, what is still under way comes to nothing.

use leptos::prelude::*;

use crate::{
    api::{Api, Fault, LocalFuture},
    effect::effect,
    platform,
    route::Route,
    text::{Common, Faults, Locale, clock, day_and_clock},
    ui::Load,
};
use dika_contract::Timestamp;

/// A value that the API is asked for when the page opens, when the user asks again, and when they
/// return to the page.
pub struct Reading<T: Clone + PartialEq + Send + Sync + 'static> {
    state: RwSignal<State<T>>,
    ask: Callback<()>,
}

/// What is known of the value.
#[derive(Clone, Debug, PartialEq)]
struct State<T> {
    value: Option<(T, Timestamp)>,
    fault: Option<Fault>,
    rounds: u32,
}

impl<T: Clone + PartialEq + Send + Sync + 'static> Clone for Reading<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Clone + PartialEq + Send + Sync + 'static> Copy for Reading<T> {}

impl<T: Clone + PartialEq + Send + Sync + 'static> Reading<T> {
    /// Asks once the page is in the browser, and again on every return to it.
    pub fn new(
        call: impl Fn(Api) -> LocalFuture<Result<T, Fault>> + Send + Sync + 'static,
    ) -> Self {
        let reading = Self::when_asked(call);
        effect(move || reading.ask());
        effect(move || platform::on_return(move || reading.ask()));
        reading
    }

    /// Asks only when [`Reading::ask`] is called.
    pub fn when_asked(
        call: impl Fn(Api) -> LocalFuture<Result<T, Fault>> + Send + Sync + 'static,
    ) -> Self {
        let api = Api::here();
        let state = RwSignal::new(State {
            value: None,
            fault: None,
            rounds: 0,
        });
        let ask = Callback::new(move |()| {
            let round = state.try_update_untracked(|state| {
                state.rounds += 1;
                state.rounds
            });
            let answer = call(api.clone());
            platform::spawn(async move {
                let answer = answer.await;
                let now = platform::now();
                // A later question's answer is newer than this one; a page that is gone wants none.
                if state.try_with_untracked(|state| Some(state.rounds) == round) != Some(true) {
                    return;
                }
                match answer {
                    Ok(value) => state.update(|state| {
                        state.value = Some((value, now));
                        state.fault = None;
                    }),
                    Err(fault) => state.update(|state| state.fault = Some(fault)),
                }
            });
        });
        Self { state, ask }
    }

    /// Asks (again).
    pub fn ask(self) {
        self.ask.run(());
    }

    /// Shows a value that came another way: the answer to a write, or what was kept on the device.
    pub fn put(self, value: T, as_of: Timestamp) {
        self.state.try_update(|state| {
            state.rounds += 1;
            state.value = Some((value, as_of));
            state.fault = None;
        });
    }

    /// Shows nothing and waits: what was shown is somebody else's.
    pub fn clear(self) {
        self.state.try_update(|state| {
            *state = State {
                value: None,
                fault: None,
                rounds: state.rounds + 1,
            };
        });
    }

    /// The value as the server gave it last, and when; none while the last call failed; tracks.
    pub fn answer(self) -> Option<(T, Timestamp)> {
        self.state.with(|state| match state.fault {
            None => state.value.clone(),
            Some(_) => None,
        })
    }

    /// The value, if there is one; tracks.
    pub fn value(self) -> Option<T> {
        self.state
            .with(|state| state.value.as_ref().map(|(value, _)| value.clone()))
    }

    /// The last call's fault, if it had one; tracks.
    pub fn fault(self) -> Option<Fault> {
        self.state.with(|state| state.fault.clone())
    }

    /// Whether nothing has been answered yet; tracks.
    pub fn is_waiting(self) -> bool {
        self.state
            .with(|state| state.value.is_none() && state.fault.is_none())
    }

    /// As the page's `Loaded` draws it, with the faults' words.
    pub fn load(self) -> Signal<Load<T>> {
        let (faults, locale) = (Faults::here(), Locale::here());
        let home = Common::here().tab_home;
        Memo::new(move |_| {
            self.state.with(|state| match (&state.value, &state.fault) {
                (None, None) => Load::Waiting,
                (None, Some(fault)) => {
                    let words = faults.words(fault);
                    Load::Fault {
                        title: words.title,
                        text: words.text,
                        retry: fault.can_pass(),
                        next: Some((Route::Home.to_string(), home.to_owned())),
                    }
                }
                (Some((value, _)), None) => Load::Value {
                    value: value.clone(),
                    stale: None,
                },
                (Some((value, as_of)), Some(fault)) => Load::Value {
                    value: value.clone(),
                    stale: Some(faults.stale(&since(locale, *as_of, platform::now()), fault)),
                },
            })
        })
        .into()
    }
}

/// When something was true, as short as it can be said today: `14:05`; on another day with that day.
fn since(locale: Locale, as_of: Timestamp, now: Timestamp) -> String {
    let day = |moment: Timestamp| {
        let moment = moment.in_china();
        (moment.year, moment.month, moment.day)
    };
    if day(as_of) == day(now) {
        clock(as_of)
    } else {
        day_and_clock(locale, as_of)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_of_today_says_its_day() {
        let at = |text| Timestamp::parse(text).expect("a moment");
        // Past midnight in China, though not in Greenwich.
        let (late, early) = (at("2026-11-22T15:59:00Z"), at("2026-11-22T16:01:00Z"));
        assert_eq!(since(Locale::ZhCn, late, late), "23:59");
        assert_eq!(since(Locale::ZhCn, late, early), "11月22日 23:59");
        assert_eq!(since(Locale::En, late, early), "22 Nov 23:59");
    }
}
