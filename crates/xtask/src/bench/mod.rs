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
    /// The other app's origin, such as http://127.0.0.1:9000: an older build's server, or anybody's.
    #[arg(long, value_name = "URL")]
    baseline: Option<String>,
    /// CSS selector of what the other app's home page shows once it can be used.
    #[arg(long, value_name = "CSS", default_value = HOME_READY)]
    baseline_home: String,
    /// The same for its page of service points.
    #[arg(long, value_name = "CSS", default_value = POINTS_READY)]
    baseline_points: String,
    /// The address of that page there.
    #[arg(long, value_name = "PATH", default_value = "/service-points")]
    baseline_points_path: String,
    /// How often each page is opened in each way.
    #[arg(long, default_value_t = 5)]
    rounds: u32,
}

/// A bound card's amounts are on the home page.
const HOME_READY: &str =
    "main[data-page=home] [data-card], main[data-page=home] a[href^='/cards/']";
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
    // Under another host name: to cookies, all ports of one host are the same, and one app's session would
    // end the other's.
    let baseline = args
        .baseline
        .as_ref()
        .map(|baseline| baseline.replacen("//127.0.0.1", "//localhost", 1));
    if let Some(baseline) = &baseline {
        // Another build of this app has the same sandbox; anybody else's needs no sign-in to be measured.
        let _ = sign_in_and_bind(&browser, baseline);
    }

    let mut apps = vec![(
        "dika",
        [
            ("home", origin.clone(), HOME_READY.to_owned()),
            (
                "service points",
                format!("{origin}/service-points"),
                POINTS_READY.to_owned(),
            ),
        ],
    )];
    if let Some(baseline) = &baseline {
        let points = format!("{baseline}{}", args.baseline_points_path);
        apps.push((
            "baseline",
            [
                ("home", baseline.clone(), args.baseline_home.clone()),
                ("service points", points, args.baseline_points.clone()),
            ],
        ));
    }

    let mut all: Vec<Series> = Vec::new();
    for profile in &PROFILES {
        for round in 0..args.rounds {
            say::note(&format!(
                "{}: round {} of {}",
                profile.name,
                round + 1,
                args.rounds
            ));
            for (app, pages) in &apps {
                for (name, address, ready) in pages {
                    let page = Page {
                        name,
                        address: address.clone(),
                        ready: ready.clone(),
                    };
                    for cold in [true, false] {
                        let seen = visit::visit(&browser, profile, &page, cold)?;
                        let case = format!(
                            "{}, {}, {}",
                            page.name,
                            if cold { "cold" } else { "warm" },
                            profile.name
                        );
                        match all
                            .iter_mut()
                            .find(|series| series.app == *app && series.case == case)
                        {
                            Some(series) => series.visits.push(seen),
                            None => all.push(Series {
                                app,
                                case,
                                visits: vec![seen],
                            }),
                        }
                    }
                }
            }
        }
    }
    all.sort_by(|a, b| (&a.case, b.app).cmp(&(&b.case, a.app)));

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
    let mut command = process::command(paths::native_bin("dika-server"));
    command.args([
        "--sandbox",
        "--listen",
        &format!("127.0.0.1:{port}"),
        "--app-dir",
    ]);
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
