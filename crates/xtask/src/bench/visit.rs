//! One visit to one page on one kind of phone and network, measured.

use std::time::{Duration, Instant};

use anyhow::Result;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::driver::Chromium;
use super::page::{AWAKE, Page};
use super::phone::{self, Profile, Tapping, Visitor};
use super::traffic::{Traffic, traffic, whole};

/// What one visit gave. Times in milliseconds since the navigation began.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Visit {
    /// First contentful paint.
    pub first_paint: Option<u64>,
    /// LCP: largest contentful paint.
    pub largest_paint: Option<u64>,
    /// The page's data are there and its frame is drawn.
    pub usable: Option<u64>,
    /// The first frame after the app answered a tap. Taps begin with the first paint.
    pub interactive: Option<u64>,
    /// A tap on a place of the tab bar, made as soon as it was painted, had led to that place's data.
    pub reached: Option<u64>,
    /// INP of a walk through the app.
    pub inp: Option<u64>,
    /// What was tapped on that walk, and how soon the next frame came.
    pub taps: Vec<(String, u64)>,
    /// Bytes that crossed the network, headers included.
    pub bytes: Option<u64>,
    /// Requests that crossed the network.
    pub requests: Option<u64>,
    /// Addresses fetched more than once.
    pub twice: Vec<String>,
    /// Time in tasks of over 50 ms, until the page is usable and awake.
    pub long_tasks_ms: Option<u64>,
    /// The same afterwards.
    pub late_tasks_ms: Option<u64>,
    /// JavaScript's heap in bytes.
    pub heap: Option<u64>,
    /// Layout shift, in ten-thousandths.
    pub shift: Option<u64>,
}

/// How long a page may take to be usable.
pub const LIMIT: Duration = Duration::from_secs(60);
/// How long to watch on afterwards: late tasks, late shifts.
pub const SETTLE: Duration = Duration::from_millis(1_500);

/// Opens the page and watches; then, where the profile asks for it, once more for each way of tapping: a tap ends what
/// the browser says about paints. `has_awake` says that the app says when it has taken the page over.
///
/// # Errors
/// When browser or page fails; a page that never gets usable is told by `usable: None`.
pub fn visit(
    browser: &Chromium,
    profile: &Profile,
    page: &Page,
    has_awake: bool,
    visitor: Visitor,
) -> Result<Visit> {
    let opened = phone::open(browser, profile, page, visitor, Tapping::Nothing)?;
    until_noted(browser, "usable")?;
    if has_awake {
        until(browser, AWAKE, LIMIT)?;
    }
    std::thread::sleep(SETTLE);
    let seen = browser.run("return window.__bench", json!([]))?;
    let metrics = browser.cdp("Performance.getMetrics", json!({}))?;
    let events = browser.network_events()?;
    opened.leave(browser)?;

    let tapped = |tapping, name| -> Result<Option<u64>> {
        let opened = phone::open(browser, profile, page, visitor, tapping)?;
        let noted = until_noted(browser, name)?;
        opened.leave(browser)?;
        Ok(noted)
    };
    let (mut interactive, mut reached) = (None, None);
    if profile.finds_interactive {
        interactive = tapped(Tapping::UntilAnswered(&page.probe), "interactive")?;
        if let Some(next) = &page.next {
            reached = tapped(Tapping::Once(next), "reached")?;
        }
    }

    let heap = metrics["metrics"]
        .as_array()
        .into_iter()
        .flatten()
        .find(|one| one["name"] == "JSHeapUsedSize");
    let Traffic {
        bytes,
        requests,
        twice,
    } = traffic(&events);
    let number = |name: &str| seen[name].as_u64();
    // What is there but not painted yet can't be used.
    let usable = number("usable").max(number("usable").and(number("first_paint")));
    let (long_tasks_ms, late_tasks_ms) =
        long_tasks(&seen["long_tasks"], usable.max(number("awake")));
    Ok(Visit {
        first_paint: number("first_paint"),
        largest_paint: number("largest_paint"),
        usable,
        interactive,
        reached,
        inp: None,
        taps: Vec::new(),
        bytes: Some(bytes),
        requests: Some(requests),
        twice,
        long_tasks_ms: Some(long_tasks_ms),
        late_tasks_ms: Some(late_tasks_ms),
        heap: heap.map(|heap| whole(&heap["value"])),
        shift: number("shift"),
    })
}

/// Waits until something is in the page, and says whether it came.
///
/// # Errors
/// When the browser fails.
pub fn until(browser: &Chromium, css: &str, limit: Duration) -> Result<bool> {
    let end = Instant::now() + limit;
    loop {
        let is_there = browser.run(
            "return !!document.querySelector(arguments[0])",
            json!([css]),
        )?;
        if is_there == true || Instant::now() > end {
            return Ok(is_there == true);
        }
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// Waits until the page has noted a moment, and gives it.
fn until_noted(browser: &Chromium, name: &str) -> Result<Option<u64>> {
    let end = Instant::now() + LIMIT;
    loop {
        // Between two documents no script runs.
        let noted = browser
            .run(
                "return window.__bench?.[arguments[0]] ?? null",
                json!([name]),
            )
            .unwrap_or_default();
        if !noted.is_null() || Instant::now() > end {
            return Ok(noted.as_u64());
        }
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// Time in long tasks that began before a moment, and after it.
fn long_tasks(tasks: &Value, settled: Option<u64>) -> (u64, u64) {
    let (mut before, mut after) = (0, 0);
    for task in tasks.as_array().into_iter().flatten() {
        let (start, length) = (task[0].as_u64(), task[1].as_u64().unwrap_or_default());
        if settled.is_some() && start > settled {
            after += length;
        } else {
            before += length;
        }
    }
    (before, after)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tasks_are_told_apart_by_when_they_begin() {
        let tasks = json!([[10, 60], [100, 70], [101, 80]]);
        assert_eq!(long_tasks(&tasks, Some(100)), (130, 80));
        assert_eq!(long_tasks(&tasks, None), (210, 0));
        assert_eq!(long_tasks(&Value::Null, Some(1)), (0, 0));
    }
}
