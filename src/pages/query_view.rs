//! Draws a [`Query`]: a skeleton, a failure, or the value, with the words for each.

use dika_contract::{Language, Timestamp};
use dika_markup::{Node, view};
use leptos::prelude::*;

use crate::{
    platform,
    query::{Query, QueryData},
    route::Route,
    text::{self, Common, Faults, FrameText, clock, day_and_clock},
    ui::{QueryState, QueryView, SkeletonShape},
};

/// Draws a query; its retry button reads again.
pub(crate) fn query_view<T: Clone + PartialEq + Send + Sync + 'static>(
    query: Query<T>,
    skeleton: SkeletonShape,
    draw: impl Fn(T) -> Node + Send + 'static,
) -> Node {
    query_view_with_retry(query, skeleton, move || query.refetch(), draw)
}

/// Draws a query whose retry button does more than read it again.
pub(crate) fn query_view_with_retry<T: Clone + PartialEq + Send + Sync + 'static>(
    query: Query<T>,
    skeleton: SkeletonShape,
    retry: impl Fn() + Send + Sync + 'static,
    draw: impl Fn(T) -> Node + Send + 'static,
) -> Node {
    let common = Common::current();
    view! {
        <QueryView
            state=state(query)
            retry_label=common.retry
            on_retry=move |()| retry()
            skeleton
            loading_label=FrameText::current().loading
            draw
        />
    }
}

fn state<T: Clone + PartialEq + Send + Sync + 'static>(query: Query<T>) -> Signal<QueryState<T>> {
    let (faults, language) = (Faults::current(), text::language());
    let home = FrameText::current().tab_home;
    Memo::new(move |_| {
        query.with(|QueryData { value, fault, .. }| match (value, fault) {
            (None, None) => QueryState::Loading,
            (None, Some(fault)) => {
                let message = faults.message(fault);
                QueryState::Failed {
                    title: message.title,
                    text: message.text,
                    retry: fault.is_transient(),
                    next: Some((Route::Home.to_string(), home.to_owned())),
                }
            }
            (Some((value, _)), None) => QueryState::Ready {
                value: value.clone(),
                stale: None,
            },
            (Some((value, as_of)), Some(fault)) => QueryState::Ready {
                value: value.clone(),
                stale: Some(faults.stale(&time_or_day(language, *as_of, platform::now()), fault)),
            },
        })
    })
    .into()
}

/// A moment: `14:05`, with the day where that is not today in China.
pub(crate) fn time_or_day(language: Language, as_of: Timestamp, now: Timestamp) -> String {
    let day = |moment: Timestamp| {
        let moment = moment.in_china();
        (moment.year, moment.month, moment.day)
    };
    if day(as_of) == day(now) {
        clock(as_of)
    } else {
        day_and_clock(language, as_of)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_of_another_day_names_the_day() {
        let at = |text| Timestamp::parse(text).expect("a moment");
        // After midnight in China, before midnight in UTC.
        let (late, early) = (at("2026-11-22T15:59:00Z"), at("2026-11-22T16:01:00Z"));
        assert_eq!(time_or_day(Language::Chinese, late, late), "23:59");
        assert_eq!(
            time_or_day(Language::Chinese, late, early),
            "11月22日 23:59"
        );
        assert_eq!(time_or_day(Language::English, late, early), "22 Nov 23:59");
    }
}
