//! One visit to one page on one kind of phone and network, measured.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::driver::Chromium;

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
}

/// The three profiles of the project's goals.
pub const PROFILES: [Profile; 3] = [
    Profile {
        name: "slow 4G, processor 4x slower",
        round_trip_ms: 400,
        throughput: 50_000,
        slowdown: 4,
    },
    Profile {
        name: "fast 4G, processor 4x slower",
        round_trip_ms: 150,
        throughput: 200_000,
        slowdown: 4,
    },
    Profile {
        name: "no limits",
        round_trip_ms: 0,
        throughput: 0,
        slowdown: 1,
    },
];

/// A page to open, and how to tell that it can be used.
pub struct Page {
    /// Its name in reports.
    pub name: &'static str,
    /// Its whole address.
    pub address: String,
    /// CSS selector of what is there once it can be used.
    pub ready: String,
    /// CSS selector of what is there once the app answers to taps by itself; none where nothing says so.
    pub awake: Option<&'static str>,
}

impl Page {
    /// The address up to the path.
    fn origin(&self) -> &str {
        let host = self.address.find("://").map_or(0, |at| at + 3);
        let path = self.address[host..].find('/');
        path.map_or(&self.address, |at| &self.address[..host + at])
    }
}

/// What one visit gave. Times in milliseconds since the navigation began.
#[derive(Clone, Default)]
pub struct Visit {
    /// First contentful paint.
    pub first_paint: Option<u64>,
    /// Largest contentful paint.
    pub largest_paint: Option<u64>,
    /// The page's data are there and its frame is drawn.
    pub usable: Option<u64>,
    /// Bytes that crossed the network, headers included.
    pub bytes: u64,
    /// Requests that crossed the network.
    pub requests: u64,
    /// Addresses fetched more than once.
    pub twice: Vec<String>,
    /// Time in tasks of over 50 ms, until the page is usable and awake.
    pub long_tasks_ms: u64,
    /// The same afterwards.
    pub late_tasks_ms: u64,
    /// From a tap to the next frame, on a processor six times slower; none where there was nothing to tap.
    pub tap: Option<u64>,
    /// JavaScript's heap in bytes.
    pub heap: u64,
    /// Layout shift, in ten-thousandths.
    pub shift: u64,
}

/// How long a page may take to be usable.
const LIMIT: Duration = Duration::from_secs(60);
/// How many times slower the processor is when a tap is timed.
const TAP_SLOWDOWN: u32 = 6;
/// How long to watch on afterwards: late tasks, late shifts.
const SETTLE: Duration = Duration::from_millis(1_500);

/// Opens the page with what the browser keeps from earlier visits, or with cookies alone: somebody who is
/// signed in, and nothing on the device. Without a service worker, which not every phone has. Once the page is
/// settled, what `taps` selects is tapped.
///
/// # Errors
/// When browser or page fails; a page that never gets usable is told by `usable: None`.
pub fn visit(
    browser: &Chromium,
    profile: &Profile,
    page: &Page,
    taps: &str,
    cold: bool,
) -> Result<Visit> {
    browser.cdp("Network.enable", json!({}))?;
    browser.cdp("Performance.enable", json!({}))?;
    browser.cdp(
        "Network.emulateNetworkConditions",
        json!({
            "offline": false, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1,
        }),
    )?;
    browser.cdp("Emulation.setCPUThrottlingRate", json!({"rate": 1}))?;
    browser.open("about:blank")?;
    browser.cdp("Network.setBypassServiceWorker", json!({"bypass": true}))?;
    if cold {
        browser.cdp("Network.clearBrowserCache", json!({}))?;
        browser.cdp(
            "Storage.clearDataForOrigin",
            json!({
                "origin": page.origin(),
                "storageTypes": "local_storage,indexeddb,cache_storage,service_workers",
            }),
        )?;
    }
    let script = format!(
        "window.__bench_ready = {};\n{}",
        Value::from(page.ready.as_str()),
        include_str!("observe.js")
    );
    let added = browser.cdp(
        "Page.addScriptToEvaluateOnNewDocument",
        json!({"source": script}),
    )?;
    if profile.round_trip_ms > 0 {
        browser.cdp(
            "Network.emulateNetworkConditions",
            json!({
                "offline": false, "latency": profile.round_trip_ms,
                "downloadThroughput": profile.throughput, "uploadThroughput": profile.throughput,
            }),
        )?;
    }
    browser.cdp(
        "Emulation.setCPUThrottlingRate",
        json!({"rate": profile.slowdown}),
    )?;
    browser.network_events()?;

    browser.open(&page.address)?;
    let until = Instant::now() + LIMIT;
    while browser
        .run("return window.__bench.usable", json!([]))?
        .is_null()
        && Instant::now() < until
    {
        std::thread::sleep(Duration::from_millis(100));
    }
    while let Some(awake) = page.awake
        && browser.run(
            "return !document.querySelector(arguments[0])",
            json!([awake]),
        )? == true
        && Instant::now() < until
    {
        std::thread::sleep(Duration::from_millis(100));
    }
    std::thread::sleep(SETTLE);
    let seen = browser.run("return window.__bench", json!([]))?;
    let metrics = browser.cdp("Performance.getMetrics", json!({}))?;
    let events = browser.network_events()?;
    // Last: it may lead to another page.
    let tap = tap(browser, profile, taps)?;
    let name = added["identifier"]
        .as_str()
        .context("Chromium named no script")?;
    browser.cdp(
        "Page.removeScriptToEvaluateOnNewDocument",
        json!({"identifier": name}),
    )?;

    let heap = metrics["metrics"]
        .as_array()
        .into_iter()
        .flatten()
        .find(|one| one["name"] == "JSHeapUsedSize");
    let (bytes, requests, twice) = traffic(&events);
    let number = |name: &str| seen[name].as_u64();
    // What is there but not painted yet can't be used.
    let usable = number("usable").max(number("usable").and(number("first_paint")));
    let (long_tasks_ms, late_tasks_ms) =
        long_tasks(&seen["long_tasks"], usable.max(number("awake")));
    Ok(Visit {
        first_paint: number("first_paint"),
        largest_paint: number("largest_paint"),
        usable,
        bytes,
        requests,
        twice,
        long_tasks_ms,
        late_tasks_ms,
        tap,
        heap: heap
            .and_then(|heap| {
                heap["value"]
                    .as_number()?
                    .to_string()
                    .split('.')
                    .next()?
                    .parse()
                    .ok()
            })
            .unwrap_or_default(),
        shift: number("shift").unwrap_or_default(),
    })
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

/// Taps what `css` selects as a finger does, on a slow phone, and gives the milliseconds to the next frame.
/// None where there is no such thing, or no limits to measure under.
fn tap(browser: &Chromium, profile: &Profile, css: &str) -> Result<Option<u64>> {
    let place = browser.run(
        "const it = document.querySelector(arguments[0]);
         if (!it) return null;
         it.scrollIntoView({ block: 'center' });
         const { x, y, width, height } = it.getBoundingClientRect();
         window.__bench.tap_ms = null;
         return [Math.round(x + width / 2), Math.round(y + height / 2)];",
        json!([css]),
    )?;
    if place.is_null() || profile.slowdown == 1 {
        return Ok(None);
    }
    browser.cdp(
        "Emulation.setCPUThrottlingRate",
        json!({"rate": TAP_SLOWDOWN}),
    )?;
    for (kind, points) in [
        ("touchStart", json!([{"x": place[0], "y": place[1]}])),
        ("touchEnd", json!([])),
    ] {
        browser.cdp(
            "Input.dispatchTouchEvent",
            json!({"type": kind, "touchPoints": points}),
        )?;
    }
    std::thread::sleep(SETTLE);
    let taken = browser.run("return window.__bench?.tap_ms ?? null", json!([]))?;
    Ok(taken.as_u64())
}

/// Bytes, requests, and addresses that crossed the network twice.
fn traffic(events: &[Value]) -> (u64, u64, Vec<String>) {
    let (mut bytes, mut addresses) = (0, Vec::new());
    let mut asked = std::collections::HashMap::new();
    let mut cached = std::collections::HashSet::new();
    for event in events {
        let (method, detail) = (
            event["method"].as_str().unwrap_or_default(),
            &event["params"],
        );
        let id = detail["requestId"].as_str().unwrap_or_default().to_owned();
        match method {
            "Network.requestWillBeSent" => {
                let request = &detail["request"];
                let text = |name: &str| request[name].as_str().unwrap_or_default().to_owned();
                let key = format!("{} {}", text("method"), text("url"));
                if request["url"]
                    .as_str()
                    .is_some_and(|url| url.starts_with("http"))
                {
                    asked.insert(id, key);
                }
            }
            "Network.requestServedFromCache" => {
                cached.insert(id);
            }
            "Network.responseReceived" if detail["response"]["fromDiskCache"] == true => {
                cached.insert(id);
            }
            "Network.loadingFinished" if !cached.contains(&id) => {
                if let Some(key) = asked.remove(&id) {
                    bytes += detail["encodedDataLength"]
                        .as_number()
                        .and_then(|size| size.to_string().split('.').next()?.parse::<u64>().ok())
                        .unwrap_or_default();
                    addresses.push(key);
                }
            }
            _ => {}
        }
    }
    let requests = addresses.len() as u64;
    addresses.sort();
    let twice = addresses
        .chunk_by(|a, b| a == b)
        .filter(|same| same.len() > 1)
        .map(|same| same[0].clone())
        .collect();
    (bytes, requests, twice)
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

    #[test]
    fn counts_what_crossed_the_network() {
        let asked = |id: &str, url: &str| json!({"method": "Network.requestWillBeSent", "params": {"requestId": id, "request": {"method": "GET", "url": url}}});
        let done = |id: &str, size: u32| json!({"method": "Network.loadingFinished", "params": {"requestId": id, "encodedDataLength": size}});
        let cached =
            json!({"method": "Network.requestServedFromCache", "params": {"requestId": "3"}});
        let events = [
            asked("1", "http://a/x"),
            asked("2", "http://a/x"),
            asked("3", "http://a/y"),
            asked("4", "data:,"),
            cached,
            done("1", 10),
            done("2", 20),
            done("3", 40),
            done("4", 80),
        ];
        assert_eq!(traffic(&events), (30, 2, vec!["GET http://a/x".to_owned()]));
    }
}
