//! Kinds of phones and networks, and a browser made to look like one.

use std::time::SystemTime;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::driver::Chromium;
use super::page::{Page, Probe};

/// A kind of network and phone.
pub struct Profile {
    /// Its name in reports.
    pub name: &'static str,
    /// Round trip, milliseconds; 0 leaves the network alone.
    round_trip_ms: u32,
    /// Bytes a second.
    throughput: u32,
    /// How many times slower the processor is.
    slowdown: u32,
    /// Whether the first answer to a tap is looked for, too: that takes a visit of its own.
    pub finds_interactive: bool,
}

/// The profile of the project's goals.
pub const SLOW_4G: &str = "slow 4G, processor 4x slower";

/// The profiles in which pages are opened.
pub const PROFILES: [Profile; 3] = [
    Profile {
        name: SLOW_4G,
        round_trip_ms: 400,
        throughput: 50_000,
        slowdown: 4,
        finds_interactive: true,
    },
    Profile {
        name: "fast 4G, processor 4x slower",
        round_trip_ms: 150,
        throughput: 200_000,
        slowdown: 4,
        finds_interactive: false,
    },
    Profile {
        name: "no limits",
        round_trip_ms: 0,
        throughput: 0,
        slowdown: 1,
        finds_interactive: false,
    },
];

/// The profile in which taps are timed. The network is left alone: how long an answer takes to be painted is the
/// processor's.
pub const TAPPED: Profile = Profile {
    name: "processor 6x slower",
    round_trip_ms: 0,
    throughput: 0,
    slowdown: 6,
    finds_interactive: false,
};

/// What the browser keeps from earlier visits.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Visitor {
    /// Cookies alone: somebody who is signed in, and nothing on the device.
    Cold,
    /// All of it.
    Warm,
}

impl Visitor {
    /// Its name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cold => "cold",
            Self::Warm => "warm",
        }
    }
}

/// What is tapped while the page is on its way.
#[derive(Clone, Copy)]
pub enum Tapping<'a> {
    /// Nothing: a tap ends LCP.
    Nothing,
    /// The control again and again, from the first paint on, until the app answers; the moment is `interactive`. A link
    /// that the app doesn't take is not followed.
    UntilAnswered(&'a Probe),
    /// The control once, as soon as it is painted, whoever answers; the moment at which that led to its answer, in this
    /// document or the next one, is `reached`.
    Once(&'a Probe),
}

/// A page that was opened on a phone; what it notes is `window.__bench`. `Opened::leave` ends it.
pub struct Opened {
    script: String,
}

/// Opens a page. Without a service worker, which not every phone has.
///
/// # Errors
/// When browser or page fails.
pub fn open(
    browser: &Chromium,
    profile: &Profile,
    page: &Page,
    visitor: Visitor,
    tapping: Tapping,
) -> Result<Opened> {
    browser.cdp("Network.enable", json!({}))?;
    browser.cdp("Performance.enable", json!({}))?;
    browser.cdp(
        "Emulation.setTouchEmulationEnabled",
        json!({"enabled": true}),
    )?;
    network(browser, 0, -1)?;
    browser.cdp("Emulation.setCPUThrottlingRate", json!({"rate": 1}))?;
    browser.open("about:blank")?;
    browser.cdp("Network.setBypassServiceWorker", json!({"bypass": true}))?;
    if visitor == Visitor::Cold {
        browser.cdp("Network.clearBrowserCache", json!({}))?;
        // It says what that cache holds, and goes with it.
        browser.cdp(
            "Network.deleteCookies",
            json!({"name": "dika_style", "url": page.origin()}),
        )?;
        browser.cdp(
            "Storage.clearDataForOrigin",
            json!({
                "origin": page.origin(),
                "storageTypes": "local_storage,indexeddb,cache_storage,service_workers",
            }),
        )?;
    }
    let probe = match tapping {
        Tapping::Nothing => Value::Null,
        Tapping::UntilAnswered(probe) => {
            json!({"control": probe.control, "answered": probe.answered})
        }
        Tapping::Once(probe) => {
            // Tells the documents of this visit from those of earlier ones.
            let visit = SystemTime::now()
                .duration_since(SystemTime::UNIX_EPOCH)?
                .as_nanos();
            json!({"control": probe.control, "answered": probe.answered, "once": visit.to_string()})
        }
    };
    let source = format!(
        "window.__bench_ready = {}; window.__bench_probe = {};\n{}",
        Value::from(page.ready),
        probe,
        include_str!("observe.js")
    );
    let added = browser.cdp(
        "Page.addScriptToEvaluateOnNewDocument",
        json!({"source": source}),
    )?;
    let script = added["identifier"]
        .as_str()
        .context("Chromium named no script")?
        .to_owned();
    if profile.round_trip_ms > 0 {
        network(
            browser,
            profile.round_trip_ms,
            i64::from(profile.throughput),
        )?;
    }
    browser.cdp(
        "Emulation.setCPUThrottlingRate",
        json!({"rate": profile.slowdown}),
    )?;
    browser.network_events()?;
    browser.open(&page.address)?;
    Ok(Opened { script })
}

impl Opened {
    /// Pages opened afterwards note nothing.
    ///
    /// # Errors
    /// When the browser refuses.
    pub fn leave(self, browser: &Chromium) -> Result<()> {
        browser.cdp(
            "Page.removeScriptToEvaluateOnNewDocument",
            json!({"identifier": self.script}),
        )?;
        Ok(())
    }
}

fn network(browser: &Chromium, round_trip_ms: u32, throughput: i64) -> Result<()> {
    browser.cdp(
        "Network.emulateNetworkConditions",
        json!({
            "offline": false, "latency": round_trip_ms,
            "downloadThroughput": throughput, "uploadThroughput": throughput,
        }),
    )?;
    Ok(())
}
