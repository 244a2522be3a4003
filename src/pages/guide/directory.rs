//! The directory for pages that need no API: the built-in copy until the API's arrives. A page with the
//! built-in copy is complete, so that a failed read is not an error.

use dika_contract::{Directory, time::ChinaTime};
use dika_markup::{Node, view};
use leptos::prelude::*;

use crate::{
    query::Query,
    text::{self, GuideText, built_in_directory, day, fill},
};

/// The directory of issuers, service points and machines.
#[derive(Clone, Copy)]
pub(crate) struct DirectorySource {
    query: Query<Directory>,
    directory: Memo<Directory>,
}

impl DirectorySource {
    /// Starts with the built-in copy and requests the API's.
    pub(crate) fn new() -> Self {
        let query = Query::new(|api| Box::pin(async move { api.directory().await }));
        let built_in = built_in_directory();
        let directory = Memo::new(move |_| {
            query
                .value()
                // A directory without service points is of no use here.
                .filter(|directory| !directory.service_points.is_empty())
                .unwrap_or_else(|| built_in.clone())
        });
        Self { query, directory }
    }

    /// Reads the directory; tracks.
    pub(crate) fn with<T>(self, read: impl FnOnce(&Directory) -> T) -> T {
        self.directory.with(read)
    }

    /// Reads the directory without tracking.
    pub(crate) fn with_untracked<T>(self, read: impl FnOnce(&Directory) -> T) -> T {
        self.directory.with_untracked(read)
    }
}

/// The date of the directory, and whether it is the built-in copy.
#[component]
pub(crate) fn DirectoryDate(
    /// The directory shown.
    directory: DirectorySource,
) -> Node {
    let (t, language) = (GuideText::current(), text::language());
    let date = move || {
        let moment = directory.with(|directory| directory.as_of);
        let ChinaTime { year, .. } = moment.in_china();
        fill(t.as_of, &[&day(language, moment), &year.to_string()])
    };
    let offline = move || {
        let is_built_in = directory
            .query
            .with(|data| data.fault.is_some() && data.value.is_none());
        is_built_in.then(|| view! { <p class="muted small">{t.as_of_offline}</p> })
    };
    view! {
        <p class="muted small">{date}</p>
        {offline}
    }
}
