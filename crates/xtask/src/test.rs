//! `cargo xtask test`: everything that CI runs, one cargo at a time.

use std::process::Command;

use anyhow::Result;

use crate::tally::{Tally, failed_test};
use crate::{checks, deny, fuzz, native, paths, postgres, process, say, system, tools, web_build};

/// The test targets that open a database: `tests/tidy` compares the list with the sources.
const ON_POSTGRES: [&str; 14] = [
    "api",
    "contract",
    "databases",
    "desk",
    "edge_app_files",
    "edge_cors",
    "edge_openapi",
    "faults",
    "plans",
    "real_faults",
    "rehearsal",
    "smoke",
    "wechat_flows",
    "with_data",
];

/// What can be chosen.
#[derive(clap::Args)]
pub struct Args {
    /// Run one ring of tests only, without the checks around them.
    #[arg(long, value_enum)]
    only: Option<Ring>,
    /// Run tests whose name contains this, without the checks around them.
    filter: Option<String>,
}

/// The rings of tests, inner first.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Ring {
    /// Native tests of all packages.
    Unit,
    /// Native tests of all that has a database, on PostgreSQL.
    Postgres,
    /// The API against its own document, by a fuzzer.
    Fuzz,
    /// Pages and parts with scripted replies, in headless Chromium.
    Component,
    /// The built app, the real server, real browsers.
    E2e,
}

/// Runs the rings and the checks around them; the last line says how it went.
///
/// # Errors
/// When anything failed, or no test ran.
pub fn run(args: &Args) -> Result<()> {
    let wanted = |ring: Ring| args.only.is_none_or(|only| only == ring);
    let everything = args.only.is_none() && args.filter.is_none();
    system::preflight()?;
    tools::crates()?;
    let mut session = Session {
        filter: args.filter.clone(),
        ..Session::default()
    };

    if everything {
        session.check("Formatting", || {
            process::run(process::cargo().args(["fmt", "--all", "--check"]))
        });
        session.check("Clippy, native", || {
            clippy(&[&["--workspace", "--all-targets"], &native::FEATURES[..]])
        });
        // Cargo counts no target that `cargo test` shall leave alone among all targets.
        session.check("Clippy, the journeys", || {
            clippy(&[&["--workspace", "--test", "e2e"], &native::FEATURES[..]])
        });
        session.check("Licences, banned crates, sources", deny::run);
        tools::wasm_target()?;
        for (feature, targets) in [
            ("csr", &["--lib", "--bins", "--test", "browser"][..]),
            ("hydrate,split", &["--lib", "--bins"][..]),
        ] {
            session.check(&format!("Clippy, in the browser ({feature})"), || {
                clippy(&[
                    &[
                        "--target",
                        "wasm32-unknown-unknown",
                        "--locked",
                        "--features",
                        feature,
                    ],
                    targets,
                ])
            });
        }
    }
    if wanted(Ring::Unit) {
        session.unit();
    }
    if wanted(Ring::Postgres) {
        session.postgres();
    }
    // It takes no filter: one run tries every call.
    if wanted(Ring::Fuzz) && args.filter.is_none() {
        native::build(true)?;
        session.check("The API against its document (1 to 2 minutes)", fuzz::run);
        session.tests += 1;
    }
    if wanted(Ring::Component) {
        session.component()?;
    }
    if wanted(Ring::E2e) {
        session.e2e(everything)?;
    }
    session.close()
}

fn clippy(args: &[&[&str]]) -> Result<()> {
    let mut clippy = process::cargo();
    clippy
        .args(["clippy", "--quiet"])
        .args(args.concat())
        .args(["--", "-D", "warnings"]);
    process::run(native::plain_flags(&mut clippy))
}

/// How many failed tests are tried once more. A fault of the code fails more, or fails again.
const MOST_AGAIN: usize = 3;

/// One run: what was counted, and what went wrong.
#[derive(Default)]
struct Session {
    filter: Option<String>,
    total: Tally,
    /// Tests alone, checks not counted: a run without any has tested nothing.
    tests: u64,
    failures: Vec<String>,
    /// Tests that failed beside others and passed alone.
    unsteady: Vec<String>,
}

impl Session {
    /// Something that passes or fails as a whole, counted as one.
    fn check(&mut self, name: &str, run: impl FnOnce() -> Result<()>) {
        let step = say::step(name);
        match run() {
            Ok(()) => self.total.passed += 1,
            Err(error) => {
                say::error(&error);
                self.fail(name);
            }
        }
        step.done();
    }

    fn fail(&mut self, name: &str) {
        self.total.failed += 1;
        self.failures.push(name.to_owned());
    }

    /// Runs `command`, a cargo test, and counts what its runners say.
    fn tests(&mut self, name: &str, command: &mut Command) {
        let step = say::step(name);
        if let Some(filter) = &self.filter {
            command.arg(filter);
        }
        let mut tally = Tally::default();
        let mut failed = Vec::new();
        let status = process::run_watched(command, |line| {
            tally += Tally::of_line(line);
            failed.extend(failed_test(line).map(str::to_owned));
        });
        let passed_alone = self.again(command, tally, &failed);
        tally.failed -= passed_alone;
        tally.passed += passed_alone;
        self.total += tally;
        self.tests += tally.passed + tally.failed;
        match status {
            Ok(status) if status.success() => {}
            Ok(_) if passed_alone > 0 && tally.failed == 0 => {}
            // Counted already, one by one.
            Ok(_) if tally.failed > 0 => self.failures.push(format!("{name} ({})", tally.failed)),
            Ok(status) => {
                say::note(&format!("{name}: {status}"));
                self.fail(name);
            }
            Err(error) => {
                say::error(&error);
                self.fail(name);
            }
        }
        step.done();
    }

    /// Tries tests that failed once more, each alone, and gives how many passed. Browsers and servers side by side on a busy
    /// machine may miss a limit of time that they keep alone; the last lines of the run name these tests, since they may as
    /// well have found a race. A run that was narrowed by hand tries nothing twice.
    fn again(&mut self, command: &Command, tally: Tally, failed: &[String]) -> u64 {
        if self.filter.is_some() || failed.len() > MOST_AGAIN || tally.failed != failed.len() as u64
        {
            return 0;
        }
        let mut passed = 0;
        for name in failed {
            let mut alone = process::like(command);
            alone.args(["--", "--exact", name, "--test-threads=1"]);
            let step = say::step(&format!("Once more, alone: {name}"));
            let mut second = Tally::default();
            let status = process::run_watched(&mut alone, |line| second += Tally::of_line(line));
            if matches!(status, Ok(status) if status.success()) && second.passed > 0 {
                passed += 1;
                self.unsteady.push(name.clone());
            }
            step.done();
        }
        passed
    }

    fn unit(&mut self) {
        let mut cargo = process::cargo();
        cargo
            .args(["test", "--no-fail-fast", "--workspace"])
            .args(native::FEATURES);
        self.tests(
            "Native tests (the first build takes 5 to 10 minutes)",
            &mut cargo,
        );
    }

    /// The tests that open a database once more, on a PostgreSQL server of this run. With `$DIKA_TEST_POSTGRES`, on that
    /// one.
    fn postgres(&mut self) {
        let mut cargo = process::cargo();
        cargo
            .args(["test", "--no-fail-fast", "--workspace"])
            .args(native::FEATURES)
            .args(ON_POSTGRES.iter().flat_map(|name| ["--test", name]))
            .env("DIKA_TEST_INSTANCES", "3");
        let mut own = None;
        if self.with_postgres(&mut cargo, &mut own) {
            self.tests(
                "The same on PostgreSQL, journeys on three instances",
                &mut cargo,
            );
        }
    }

    /// Gives these tests a PostgreSQL server, which `own` keeps; with `$DIKA_TEST_POSTGRES`, that one. Fails where there is
    /// none.
    fn with_postgres(&mut self, cargo: &mut Command, own: &mut Option<postgres::Postgres>) -> bool {
        if std::env::var_os("DIKA_TEST_POSTGRES").is_some() {
            return true;
        }
        match postgres::start() {
            Ok(server) => {
                cargo.env("DIKA_TEST_POSTGRES", &server.url);
                *own = Some(server);
                true
            }
            Err(error) => {
                say::error(&error);
                self.fail("PostgreSQL");
                false
            }
        }
    }

    fn component(&mut self) -> Result<()> {
        tools::wasm_target()?;
        let browsers = system::browsers()?;
        let bindgen = tools::bindgen()?;
        let mut cargo = process::cargo();
        cargo
            .args([
                "test",
                "--locked",
                "--target",
                "wasm32-unknown-unknown",
                "--features",
                "csr",
                "--test",
                "browser",
            ])
            .env("CHROMEDRIVER", browsers.chromedriver)
            // A page under test may wait for its own timers.
            .env("WASM_BINDGEN_TEST_TIMEOUT", "120");
        process::prepend_path(&mut cargo, &[&bindgen]);
        self.tests(
            "Component tests in headless Chromium",
            native::plain_flags(&mut cargo),
        );
        Ok(())
    }

    fn e2e(&mut self, with_checks: bool) -> Result<()> {
        let browsers = system::browsers()?;
        tools::all()?;
        let mut built = false;
        self.check("The built app", || {
            native::build(true)?;
            web_build::ensure(false, web_build::Size::Usual)?;
            built = true;
            Ok(())
        });
        if !built {
            return Ok(());
        }
        if with_checks {
            for (name, check) in checks::OF_BUILT_APP {
                self.check(name, check);
            }
        }
        std::fs::create_dir_all(paths::artefacts())?;
        let mut cargo = process::cargo();
        cargo
            .args(["test", "--workspace", "--test", "e2e"])
            .args(native::FEATURES)
            .env("DIKA_SERVER_BIN", paths::native_bin("dika-sandbox"))
            .env("DIKA_SITE_BIN", paths::native_bin("dika-site"))
            .env("DIKA_WECHAT_SIM_BIN", paths::native_bin("dika-wechat-sim"))
            .env("DIKA_SMS_SIM_BIN", paths::native_bin("dika-sms-sim"))
            .env("DIKA_DIST", paths::dist())
            .env("DIKA_ARTEFACTS", paths::artefacts())
            .env("CHROMEDRIVER", browsers.chromedriver)
            .env("CHROMIUM", browsers.chromium);
        if let Some(driver) = browsers.webkit_driver {
            cargo.env("WEBKIT_DRIVER", driver);
        }
        let mut own = None;
        if !self.with_postgres(&mut cargo, &mut own) {
            return Ok(());
        }
        self.tests("End-to-end journeys on the built app", &mut cargo);
        Ok(())
    }

    /// The last two lines: what failed, and how many.
    fn close(self) -> Result<()> {
        let summary = match (&self.failures[..], self.tests) {
            ([], 0) => "No test ran.".to_owned(),
            ([], _) => "All is well.".to_owned(),
            (failures, _) => format!("Failed: {}.", failures.join(", ")),
        };
        if !self.unsteady.is_empty() {
            say::note(&format!(
                "\nFailed beside others and passed alone, please look: {}.",
                self.unsteady.join(", ")
            ));
        }
        say::note(&format!(
            "\n{summary}\n{} passed, {} failed",
            self.total.passed, self.total.failed
        ));
        if self.total.failed > 0 || !self.failures.is_empty() || self.tests == 0 {
            // Said already; the counts must stay the last line.
            std::process::exit(1);
        }
        Ok(())
    }
}
