//! `cargo xtask bench`: how long a student waits, beside another app or another build.

mod driver;
mod report;
mod visit;

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::json;

use crate::{native, paths, process, sandbox, say, system, web_build};
use driver::Chromium;
use report::Series;
use visit::{PROFILES, Page};

/// What can be chosen.
#[derive(clap::Args)]
pub struct Args {
    /// Another app and its origin, such as old=http://127.0.0.1:9000: an older build's server, or anybody's.
    /// As often as there are others.
    #[arg(long, value_name = "NAME=URL", value_parser = named)]
    baseline: Vec<(String, String)>,
    /// CSS selector of what the others' home pages show once they can be used.
    #[arg(long, value_name = "CSS", default_value = HOME_READY)]
    baseline_home: String,
    /// The same for their pages of service points.
    #[arg(long, value_name = "CSS", default_value = POINTS_READY)]
    baseline_points: String,
    /// The address of that page there.
    #[arg(long, value_name = "PATH", default_value = "/service-points")]
    baseline_points_path: String,
    /// CSS selector of what is tapped there once the page can be used.
    #[arg(long, value_name = "CSS", default_value = TAP)]
    baseline_tap: String,
    /// How often each page is opened in each way.
    #[arg(long, default_value_t = 5)]
    rounds: u32,
}

fn named(text: &str) -> Result<(String, String)> {
    let (name, url) = text.split_once('=').context("a name, `=`, an address")?;
    Ok((name.to_owned(), url.trim_end_matches('/').to_owned()))
}

/// An app to open: its name, what to tap, and its pages.
struct App {
    name: String,
    tap: String,
    pages: Vec<Page>,
}

/// A bound card's amounts are on the home page.
const HOME_READY: &str =
    "main[data-page=home] [data-card], main[data-page=home] a[href^='/cards/']";
/// What this app is called in the report.
const OURS: &str = "dika";
/// The app has taken the page over (docs/hooks.md).
const AWAKE: &str = "html[data-ready]";
/// Another place of the tab bar.
const TAP: &str = "nav a:not([aria-current])";
/// A phone number can be tapped.
const POINTS_READY: &str = "[data-service-point] a[href^='tel:']";

/// Measures, prints the table, and leaves JSON and plot in `artefacts/`.
///
/// # Errors
/// When app or browser don't start, or a page can't be opened.
pub fn run(args: &Args) -> Result<()> {
    system::preflight()?;
    let browsers = system::browsers()?;
    native::build(false)?;
    web_build::ensure(false, web_build::Size::Usual)?;
    let (_server, origin) = serve()?;
    let browser = Chromium::start(&browsers)?;
    sign_in_and_bind(&browser, &origin)?;
    let page = |name, address, ready: &str, awake| Page {
        name,
        address,
        ready: ready.to_owned(),
        awake,
    };
    let mut apps = vec![App {
        name: OURS.to_owned(),
        tap: TAP.to_owned(),
        pages: vec![
            page("home", origin.clone(), HOME_READY, Some(AWAKE)),
            page(
                "service points",
                format!("{origin}/service-points"),
                POINTS_READY,
                Some(AWAKE),
            ),
        ],
    }];
    for (at, (name, url)) in args.baseline.iter().enumerate() {
        // Each under a host name of its own: to cookies, all ports of one host are the same, and one app's
        // session would end the other's.
        let url = url.replacen("//127.0.0.1", &format!("//baseline{at}.localhost"), 1);
        // Another build of this app has the same sandbox; anybody else's needs no sign-in to be measured.
        if let Err(why) = sign_in_and_bind(&browser, &url) {
            say::note(&format!("{name} is measured signed out: {why:#}"));
        }
        let points = format!("{url}{}", args.baseline_points_path);
        apps.push(App {
            name: name.clone(),
            tap: args.baseline_tap.clone(),
            pages: vec![
                page("home", url, &args.baseline_home, None),
                page("service points", points, &args.baseline_points, None),
            ],
        });
    }

    let mut all: Vec<Series> = Vec::new();
    for profile in &PROFILES {
        for round in 1..=args.rounds {
            say::note(&format!(
                "{}: round {round} of {}",
                profile.name, args.rounds
            ));
            for app in &apps {
                for page in &app.pages {
                    for (cold, way) in [(true, "cold"), (false, "warm")] {
                        let seen = visit::visit(&browser, profile, page, &app.tap, cold)?;
                        let case = format!("{}, {way}, {}", page.name, profile.name);
                        match all
                            .iter_mut()
                            .find(|series| series.app == app.name && series.case == case)
                        {
                            Some(series) => series.visits.push(seen),
                            None => all.push(Series {
                                app: app.name.clone(),
                                case,
                                visits: vec![seen],
                            }),
                        }
                    }
                }
            }
        }
    }
    // By case; ours first, then the others as they were named.
    all.sort_by(|a, b| a.case.cmp(&b.case));

    say::note(&report::table(&all));
    let folder = paths::artefacts();
    std::fs::create_dir_all(&folder)?;
    std::fs::write(
        folder.join("bench.json"),
        serde_json::to_string_pretty(&report::json(&all))?,
    )?;
    std::fs::write(folder.join("bench.svg"), report::plot(&all))?;
    say::note("All visits: artefacts/bench.json; plot: artefacts/bench.svg");
    Ok(())
}

/// A sandbox server of our own on a free port, with an empty database.
fn serve() -> Result<(process::Child, String)> {
    let port = std::net::TcpListener::bind(("127.0.0.1", 0))?
        .local_addr()?
        .port();
    let data = paths::scratch().join("bench-data");
    let _ = std::fs::remove_dir_all(&data);
    std::fs::create_dir_all(&data)?;
    let mut command = process::command(paths::native_bin("dika-sandbox"));
    command.args(["--listen", &format!("127.0.0.1:{port}"), "--app-dir"]);
    command
        .arg(paths::dist())
        .arg("--data")
        .arg(&data)
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null());
    let mut server = process::Child::start(&mut command)?;
    let origin = format!("http://127.0.0.1:{port}");
    let until = Instant::now() + Duration::from_secs(30);
    while !sandbox::is_healthy(&origin) {
        if !server.is_running() || Instant::now() > until {
            bail!("the server didn't start: try `cargo xtask serve`");
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    Ok((server, origin))
}

/// Gives the browser a session of the first sandbox person, with a bound card.
fn sign_in_and_bind(browser: &Chromium, origin: &str) -> Result<()> {
    browser.open(&format!("{origin}/guide"))?;
    let script = r"
        const call = async (method, path, body, token) => {
            const headers = body ? {'content-type': 'application/json'} : {};
            if (token) headers['x-csrf-token'] = token;
            const answer = await fetch(path, {method, headers, body: body && JSON.stringify(body)});
            if (!answer.ok) throw new Error(method + ' ' + path + ': ' + answer.status);
            return answer.status === 204 ? {} : answer.json().catch(() => ({}));
        };
        const [person] = await call('GET', '/sandbox/people');
        await call('POST', '/api/v1/session/code', {phone: person.phone});
        const {code} = await call('GET', '/sandbox/sms?phone=' + person.phone);
        await call('POST', '/api/v1/session', {phone: person.phone, code});
        const token = (await call('GET', '/api/v1/session')).csrf_token;
        const {account, password} = person.gdut;
        const binding = await call('POST', '/api/v1/bindings', {issuer: 'gdut', account, password}, token);
        await call('POST', '/api/v1/bindings/' + binding.id + '/confirm', null, token);
        return {};
    ";
    browser
        .run_async(script, json!([]))
        .with_context(|| format!("nobody could be signed in at {origin}"))?;
    Ok(())
}
