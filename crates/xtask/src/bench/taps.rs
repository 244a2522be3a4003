//! How soon taps are answered: INP over a walk through the app, as web-vitals defines it.

use std::time::Duration;

use anyhow::{Result, bail};
use serde_json::{Value, json};

use super::driver::Chromium;
use super::page::{AWAKE, Page, TAPS};
use super::phone::{self, TAPPED, Tapping, Visitor};
use super::visit::{LIMIT, SETTLE, Visit, until};

/// From one tap to the next once it was answered; a person takes longer.
const PAUSE: Duration = Duration::from_millis(300);
/// How long an answer may take.
const ANSWER_LIMIT: Duration = Duration::from_secs(20);
/// Interactions that took less are not reported by the browser (`durationThreshold` in `observe.js`).
const UNREPORTED_MS: u64 = 16;
/// Of so many interactions, the slowest one is left out of INP.
const PER_OUTLIER: u64 = 50;

/// Walks through the app by taps of a finger, on a processor six times slower.
///
/// # Errors
/// When browser or page fails, or a tap isn't answered.
pub fn walk(browser: &Chromium, home: &Page, has_awake: bool) -> Result<Visit> {
    let opened = phone::open(browser, &TAPPED, home, Visitor::Warm, Tapping::Nothing)?;
    until(browser, home.ready, LIMIT)?;
    if has_awake {
        until(browser, AWAKE, LIMIT)?;
    }
    std::thread::sleep(SETTLE);
    let mut taps = Vec::new();
    for (control, answer) in TAPS {
        if !until(browser, control, ANSWER_LIMIT)? {
            bail!("{}: there is no {control} to tap", home.address);
        }
        tap(browser, control)?;
        if !until(browser, answer, ANSWER_LIMIT)? {
            bail!("{}: a tap on {control} led to no {answer}", home.address);
        }
        std::thread::sleep(PAUSE);
        for took in interactions(browser)? {
            taps.push((control.to_owned(), took));
        }
    }
    std::thread::sleep(SETTLE);
    for took in interactions(browser)? {
        taps.push(("after all".to_owned(), took));
    }
    let count = browser.run("return performance.interactionCount", json!([]))?;
    opened.leave(browser)?;
    let count = count.as_u64().unwrap_or_default();
    if count < TAPS.len() as u64 {
        bail!(
            "{}: of {} taps the document saw {count}: another one was loaded",
            home.address,
            TAPS.len()
        );
    }
    let durations: Vec<u64> = taps.iter().map(|(_, took)| *took).collect();
    Ok(Visit {
        inp: inp(&durations, count),
        taps,
        ..Visit::default()
    })
}

/// What the browser reported since the last call.
fn interactions(browser: &Chromium) -> Result<Vec<u64>> {
    let seen = browser.run(
        "const taps = Object.values(window.__bench.taps);
         window.__bench.taps = {};
         return taps;",
        json!([]),
    )?;
    let seen = seen.as_array().into_iter().flatten();
    Ok(seen.filter_map(Value::as_u64).collect())
}

/// The slowest of the interactions, or where there are many, the slowest but one for each fifty. `durations` are those
/// that the browser reported, of `count`.
fn inp(durations: &[u64], count: u64) -> Option<u64> {
    let mut durations = durations.to_vec();
    durations.sort_unstable_by(|a, b| b.cmp(a));
    let skipped = usize::try_from(count / PER_OUTLIER).unwrap_or_default();
    let at = skipped.min(durations.len().saturating_sub(1));
    let slowest = durations.get(at).copied();
    slowest.or((count > 0).then_some(UNREPORTED_MS))
}

/// Taps what `css` selects first, in the middle, as a finger does.
fn tap(browser: &Chromium, css: &str) -> Result<()> {
    let place = browser.run(
        "const it = document.querySelector(arguments[0]);
         it.scrollIntoView({ block: 'center', inline: 'center' });
         const { x, y, width, height } = it.getBoundingClientRect();
         const place = [Math.round(x + width / 2), Math.round(y + height / 2)];
         const there = document.elementFromPoint(...place);
         const hit = there && (it.contains(there) || there.contains(it) || there.closest('label')?.contains(it));
         return hit ? place : null;",
        json!([css]),
    )?;
    if place.is_null() {
        bail!("{css} lies below something else");
    }
    for (kind, points) in [
        ("touchStart", json!([{"x": place[0], "y": place[1]}])),
        ("touchEnd", json!([])),
    ] {
        browser.cdp(
            "Input.dispatchTouchEvent",
            json!({"type": kind, "touchPoints": points}),
        )?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inp_is_the_slowest_tap_but_one_in_fifty() {
        assert_eq!(inp(&[24, 80, 40], 14), Some(80));
        assert_eq!(inp(&[24, 80, 40], 49), Some(80));
        assert_eq!(inp(&[24, 80, 40], 50), Some(40));
        assert_eq!(inp(&[80], 120), Some(80));
    }

    #[test]
    fn taps_too_quick_to_be_reported_count_as_the_least_that_is() {
        assert_eq!(inp(&[], 14), Some(16));
        assert_eq!(inp(&[], 0), None);
    }
}
