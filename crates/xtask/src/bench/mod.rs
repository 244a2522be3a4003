//! `cargo xtask bench`: how long a student waits, beside another app or another build.

mod docs;
mod driver;
mod page;
mod phone;
mod report;
mod taps;
mod traffic;
mod visit;

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::json;

use crate::{native, paths, process, sandbox, say, system, web_build};
use driver::Chromium;
use page::Page;
use phone::{PROFILES, TAPPED, Visitor};
use report::Series;
use visit::Visit;

/// What can be chosen.
#[derive(clap::Args)]
pub struct Args {
    /// Another app and its origin, such as old=http://127.0.0.1:9000: an older build's server, or anybody's with the
    /// hooks of docs/performance.md. As often as there are others.
    #[arg(long, value_name = "NAME=URL", value_parser = named)]
    baseline: Vec<(String, String)>,
    /// A sandbox that runs with the built app, in place of one of our own.
    #[arg(long, value_name = "URL")]
    server: Option<String>,
    /// How often each page is opened in each way.
    #[arg(long, default_value_t = 5)]
    rounds: u32,
    /// Add these rounds to those in artefacts/bench.json: a long run in parts.
    #[arg(long)]
    more: bool,
    /// Put table and plot into docs/performance.md and docs/performance.svg of this checkout, such as `.`.
    #[arg(long, value_name = "DIR")]
    document: Option<std::path::PathBuf>,
}

fn named(text: &str) -> Result<(String, String)> {
    let (name, url) = text.split_once('=').context("a name, `=`, an address")?;
    Ok((name.to_owned(), url.trim_end_matches('/').to_owned()))
}

/// An app to open: its name, and its pages.
struct App {
    name: String,
    pages: Vec<Page>,
    /// Whether it says when it has taken a page over.
    has_awake: bool,
}

/// What this app is called in the report.
const OURS: &str = "dika";

/// Measures, prints the table, and leaves JSON and plot in `artefacts/`.
///
/// # Errors
/// When app or browser don't start, or a page can't be opened.
pub fn run(args: &Args) -> Result<()> {
    system::preflight()?;
    let browsers = system::browsers()?;
    let (_server, origin) = match &args.server {
        Some(origin) => (None, origin.trim_end_matches('/').to_owned()),
        None => {
            native::build(false)?;
            web_build::ensure(false, web_build::Size::Usual)?;
            native::build_as_deployed(&["dika-sandbox"])?;
            let (server, origin) = serve()?;
            (Some(server), origin)
        }
    };
    let browser = Chromium::start(&browsers)?;
    prepare_student(&browser, &origin)?;
    let mut apps = vec![App {
        name: OURS.to_owned(),
        pages: page::pages(&origin),
        has_awake: true,
    }];
    for (at, (name, url)) in args.baseline.iter().enumerate() {
        // Each under a host name of its own: to cookies, all ports of one host are the same, and one app's
        // session would end the other's.
        let url = url.replacen("//127.0.0.1", &format!("//baseline{at}.localhost"), 1);
        prepare_student(&browser, &url)?;
        apps.push(App {
            name: name.clone(),
            pages: page::pages(&url),
            has_awake: false,
        });
    }

    let folder = paths::artefacts();
    std::fs::create_dir_all(&folder)?;
    let kept = folder.join("bench.json");
    let mut all: Vec<Series> = if args.more && kept.exists() {
        serde_json::from_slice(&std::fs::read(&kept)?).context("bench.json is another bench's")?
    } else {
        Vec::new()
    };
    for round in 1..=args.rounds {
        say::note(&format!("round {round} of {}", args.rounds));
        measure(&browser, &apps, &mut all)?;
        std::fs::write(&kept, serde_json::to_string_pretty(&all)?)?;
    }

    say::note(&report::table(&all));
    std::fs::write(folder.join("bench.svg"), report::plot(&all))?;
    say::note("All visits: artefacts/bench.json; plot: artefacts/bench.svg");
    match &args.document {
        Some(checkout) => docs::write(&all, checkout),
        None => Ok(()),
    }
}

/// Opens each page of each app once in each way, the apps in turns.
fn measure(browser: &Chromium, apps: &[App], all: &mut Vec<Series>) -> Result<()> {
    for profile in &PROFILES {
        for at in 0..2 {
            for app in apps {
                let page = &app.pages[at];
                // Side by side: the cache that a cold visit empties is the whole browser's.
                for visitor in [Visitor::Cold, Visitor::Warm] {
                    let seen = visit::visit(browser, profile, page, app.has_awake, visitor)?;
                    let case = report::case(page.name, visitor.name(), profile.name);
                    add(all, &app.name, case, seen);
                }
            }
        }
    }
    for app in apps {
        let seen = taps::walk(browser, &app.pages[0], app.has_awake)?;
        add(all, &app.name, report::taps_case(TAPPED.name), seen);
    }
    Ok(())
}

fn add(all: &mut Vec<Series>, app: &str, case: String, seen: Visit) {
    match all
        .iter_mut()
        .find(|series| series.app == app && series.case == case)
    {
        Some(series) => series.visits.push(seen),
        None => all.push(Series {
            app: app.to_owned(),
            case,
            visits: vec![seen],
        }),
    }
    // By case; ours first, then the others as they were named.
    all.sort_by(|a, b| a.case.cmp(&b.case));
}

/// A sandbox server of our own on a free port, with an empty database.
fn serve() -> Result<(process::Child, String)> {
    let port = std::net::TcpListener::bind(("127.0.0.1", 0))?
        .local_addr()?
        .port();
    let data = paths::scratch().join("bench-data");
    let _ = std::fs::remove_dir_all(&data);
    std::fs::create_dir_all(&data)?;
    let mut command = process::command(native::deployed("dika-sandbox"));
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

/// Gives the browser a session of the first sandbox person, with both cards, and one top-up that waits to be collected.
/// What is there already stays: several apps may share a server.
fn prepare_student(browser: &Chromium, origin: &str) -> Result<()> {
    browser.open(&format!("{origin}/guide"))?;
    let script = r"
        const call = async (method, path, body, headers) => {
            headers = {...headers, ...(body && {'content-type': 'application/json'})};
            const answer = await fetch(path, {method, headers, body: body && JSON.stringify(body)});
            if (!answer.ok) throw new Error(method + ' ' + path + ': ' + answer.status + ' ' + await answer.text());
            return answer.status === 204 ? {} : answer.json().catch(() => ({}));
        };
        const [person] = await call('GET', '/sandbox/people');
        if (!(await call('GET', '/api/v1/session')).user) {
            await call('POST', '/api/v1/session/code', {phone: person.phone});
            const {code} = await call('GET', '/sandbox/sms?phone=' + person.phone);
            await call('POST', '/api/v1/session', {phone: person.phone, code});
        }
        const token = {'x-csrf-token': (await call('GET', '/api/v1/session')).csrf_token};
        if ((await call('GET', '/api/v1/cards')).length) return {};
        for (const card of [
            {issuer: 'gdut', account: person.gdut.account, password: person.gdut.password},
            {issuer: 'hemc', card_no: person.hemc.card_no, password: person.hemc.password},
        ]) {
            const binding = await call('POST', '/api/v1/bindings', card, token);
            await call('POST', '/api/v1/bindings/' + binding.id + '/confirm', null, token);
        }
        const [card] = await call('GET', '/api/v1/cards');
        const order = await call('POST', '/api/v1/top-ups', {card_id: card.id, wallet: 'main', amount_fen: 2000},
            {...token, 'idempotency-key': 'bench'});
        await call('POST', '/sandbox/payments/' + order.id, {outcome: 'paid'});
        await call('GET', '/api/v1/top-ups/' + order.id);
        return {};
    ";
    browser
        .run_async(script, json!([]))
        .with_context(|| format!("nobody could be signed in at {origin}"))?;
    Ok(())
}
