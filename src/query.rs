//! A read of the API that belongs to a page. When the page goes, a reply that is still to come is dropped.

use dika_contract::Timestamp;
use futures_util::FutureExt;
use leptos::prelude::*;

use crate::{
    api::{Api, Fault, LocalFuture},
    effect::effect,
    platform,
    poll::{Pace, poll},
};

/// A value read from the API when the page opens, on request, and on every return to the page.
pub struct Query<T: Clone + PartialEq + Send + Sync + 'static> {
    data: RwSignal<QueryData<T>>,
    refetch: Callback<()>,
}

/// What a query knows.
#[derive(Clone, Debug, PartialEq)]
pub struct QueryData<T> {
    /// The newest value, and when it was true.
    pub value: Option<(T, Timestamp)>,
    /// Why the last read failed, if it did.
    pub fault: Option<Fault>,
    /// Counts reads and writes of the value: only the newest read may change it.
    version: u32,
    /// Whether the newest read is still to be answered.
    is_fetching: bool,
}

impl<T: Clone + PartialEq + Send + Sync + 'static> Clone for Query<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Clone + PartialEq + Send + Sync + 'static> Copy for Query<T> {}

impl<T: Clone + PartialEq + Send + Sync + 'static> Query<T> {
    /// Reads once the page is in the browser, unless the page brought the reply along, and on every return to it.
    pub fn new(
        call: impl Fn(Api) -> LocalFuture<Result<T, Fault>> + Send + Sync + 'static,
    ) -> Self {
        let query = Self::of_page(call);
        if !query.has_value_untracked() || Api::from_context().reads_page_again() {
            effect(move || query.refetch());
        }
        effect(move || platform::on_page_shown(move || query.refetch()));
        query
    }

    /// Starts with what the page brought along, and reads only when [`Query::refetch`] is called.
    pub fn of_page(
        call: impl Fn(Api) -> LocalFuture<Result<T, Fault>> + Send + Sync + 'static,
    ) -> Self {
        let value = Api::from_context()
            .of_page()
            .and_then(|(page, time)| Some((call(page).now_or_never()?.ok()?, time)));
        Self::starting_with(value, call)
    }

    /// Reads only when [`Query::refetch`] is called.
    pub fn manual(
        call: impl Fn(Api) -> LocalFuture<Result<T, Fault>> + Send + Sync + 'static,
    ) -> Self {
        Self::starting_with(None, call)
    }

    fn starting_with(
        value: Option<(T, Timestamp)>,
        call: impl Fn(Api) -> LocalFuture<Result<T, Fault>> + Send + Sync + 'static,
    ) -> Self {
        let api = Api::from_context();
        let data = RwSignal::new(QueryData {
            value,
            fault: None,
            version: 0,
            is_fetching: false,
        });
        let refetch = Callback::new(move |()| {
            let version = data.try_update_untracked(|data| {
                data.version += 1;
                data.is_fetching = true;
                data.version
            });
            let answer = call(api.clone());
            platform::spawn(async move {
                let answer = answer.await;
                let now = platform::now();
                // Superseded by a newer read or value, or the page is gone.
                if data.try_with_untracked(|data| Some(data.version) == version) != Some(true) {
                    return;
                }
                data.update(|data| {
                    data.is_fetching = false;
                    match answer {
                        Ok(value) => {
                            data.value = Some((value, now));
                            data.fault = None;
                        }
                        Err(fault) => data.fault = Some(fault),
                    }
                });
            });
        });
        Self { data, refetch }
    }

    /// Whether there is a value; does not track.
    pub fn has_value_untracked(self) -> bool {
        self.data.with_untracked(|data| data.value.is_some())
    }

    /// Reads again. The reply to an earlier read is then ignored.
    pub fn refetch(self) {
        self.refetch.run(());
    }

    /// Reads again at the pace that `wanted` returns, for as long as it returns one.
    pub(crate) fn poll(self, wanted: Memo<Option<Pace>>) {
        let refetch = Callback::new(move |()| self.refetch());
        let is_fetching =
            move || self.data.try_with_untracked(|data| data.is_fetching) == Some(true);
        poll(wanted, is_fetching, refetch);
    }

    /// Sets a value from elsewhere: the reply to a write, or a copy kept on the device.
    pub fn set(self, value: T, as_of: Timestamp) {
        self.data.try_update(|data| {
            data.version += 1;
            data.is_fetching = false;
            data.value = Some((value, as_of));
            data.fault = None;
        });
    }

    /// Forgets the value, as before the first read: it belongs to another student.
    pub fn reset(self) {
        self.data.try_update(|data| {
            *data = QueryData {
                value: None,
                fault: None,
                version: data.version + 1,
                is_fetching: false,
            };
        });
    }

    /// Everything known; tracks.
    pub fn with<R>(self, read: impl FnOnce(&QueryData<T>) -> R) -> R {
        self.data.with(read)
    }

    /// The value and its time. Returns `None` if the last read failed. Tracks.
    pub fn fresh_value(self) -> Option<(T, Timestamp)> {
        self.with(|data| match data.fault {
            None => data.value.clone(),
            Some(_) => None,
        })
    }

    /// The newest value, even if the last read failed; tracks.
    pub fn value(self) -> Option<T> {
        self.with(|data| data.value.as_ref().map(|(value, _)| value.clone()))
    }
}
