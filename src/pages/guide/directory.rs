//! The directory as pages that need no API know it: the copy built into the app, until the API's
//! has come. A page with the built-in copy is whole, so a failed read is no error here.

use dika_contract::{Directory, time::ChinaTime};
use leptos::prelude::*;

use crate::{
    query::Query,
    text::{GuideText, Locale, built_in_directory, day, fill},
};

/// What is known of issuers, desks and machines.
#[derive(Clone, Copy)]
pub(crate) struct Known {
    query: Query<Directory>,
    directory: Memo<Directory>,
}

impl Known {
    /// The built-in copy; asks the API for its own.
    pub(crate) fn new() -> Self {
        let query = Query::new(|api| Box::pin(async move { api.directory().await }));
        let built_in = built_in_directory();
        let directory = Memo::new(move |_| {
            query
                .value()
                // One without desks helps nobody who looks for one.
                .filter(|directory| !directory.service_points.is_empty())
                .unwrap_or_else(|| built_in.clone())
        });
        Self { query, directory }
    }

    /// Something of the directory; tracks.
    pub(crate) fn with<T>(self, look: impl FnOnce(&Directory) -> T) -> T {
        self.directory.with(look)
    }

    /// The same without tracking, for what is named once.
    pub(crate) fn with_untracked<T>(self, look: impl FnOnce(&Directory) -> T) -> T {
        self.directory.with_untracked(look)
    }
}

/// The date of the facts, and, quietly, that they are the app's own copy.
#[component]
pub(crate) fn AsOf(
    /// The directory shown.
    known: Known,
) -> impl IntoView {
    let (t, locale) = (GuideText::current(), Locale::current());
    let date = move || {
        let moment = known.with(|directory| directory.as_of);
        let ChinaTime { year, .. } = moment.in_china();
        fill(t.as_of, &[&day(locale, moment), &year.to_string()])
    };
    let offline = move || {
        let is_built_in = known
            .query
            .with(|data| data.fault.is_some() && data.value.is_none());
        is_built_in.then(|| view! { <p class="muted small">{t.as_of_offline}</p> })
    };
    view! {
        <p class="muted small">{date}</p>
        {offline}
    }
}
