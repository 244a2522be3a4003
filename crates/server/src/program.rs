//! What the programs built on this crate share: log, listener, work beside the requests, graceful end.

use std::io::{IsTerminal, Write};
use std::net::SocketAddr;
use std::panic::AssertUnwindSafe;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use axum::Router;
use dika_store::purge::Retention;
use futures_util::FutureExt;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tracing_subscriber::EnvFilter;

use crate::check_connector::CheckConnector;
use crate::config::{Config, Offers};
use crate::connections::{self, HEADERS_WITHIN};
use crate::services::{Services, notify, purge, reconcile};
use crate::settings::Deployment;
use crate::telemetry;

/// How long requests that are under way may take once the server was told to stop.
const LAST_REQUESTS: Duration = Duration::from_secs(10);
/// How long a worker that ended waits before it is started again.
const RESTART_AFTER: Duration = Duration::from_secs(5);

/// The program's exit code; a fault is printed as one plain sentence.
pub fn exit(run: anyhow::Result<ExitCode>) -> ExitCode {
    match run {
        Ok(code) => code,
        Err(fault) => {
            eprintln!("{fault:#}");
            ExitCode::FAILURE
        }
    }
}

/// The exit code that says whether all was well.
pub fn code(good: bool) -> ExitCode {
    if good {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Prints what `check-config` found.
///
/// # Errors
/// Where the system gives no threads.
pub fn check(config: &Config, online: bool) -> anyhow::Result<ExitCode> {
    let mut findings = config.check();
    let mut offers = Offers::default();
    if online {
        let runtime = runtime()?;
        offers = runtime.block_on(config.ask_connectors());
        findings.extend(config.check_offers(&offers));
        findings.extend(runtime.block_on(config.check_online()));
    }
    if config.settings.deployment != Deployment::Sandbox {
        for line in config.values(&config.merged(&offers.known)) {
            println!("{line}");
        }
    }
    for finding in &findings {
        println!("{finding}");
    }
    Ok(code(findings.iter().all(|finding| finding.good)))
}

/// Tests a school's connector and prints what held and what is broken.
///
/// # Errors
/// One plain sentence where the suite cannot start.
pub fn check_connector(check: &CheckConnector) -> anyhow::Result<ExitCode> {
    let report = runtime()?.block_on(check.run())?;
    print!("{report}");
    Ok(code(report.passed()))
}

/// The threads that everything runs on.
///
/// # Errors
/// Where the system gives none.
pub fn runtime() -> anyhow::Result<Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("The system gives no threads.")
}

/// Serves until somebody ends the program, and works off undecided orders and the outbox beside it; closes the store at
/// the end. Serves metrics, too, where that is set.
///
/// # Errors
/// One plain sentence where metrics cannot be served, or standard output is closed.
pub async fn serve(
    listener: TcpListener,
    app: Router,
    services: Services,
    keep: Retention,
) -> anyhow::Result<()> {
    let address = listener
        .local_addr()
        .context("The system does not say which port is used.")?;
    if let Some(address) = telemetry::address(|name| std::env::var(name).ok())? {
        telemetry::serve(listen(address).await?, services.clone())?;
    }
    let (stop, mut stopped) = watch::channel(());
    let store = services.store.clone();
    let mut workers = JoinSet::new();
    workers.spawn(supervise("reconcile", RESTART_AFTER, {
        let services = services.clone();
        move || reconcile::run(services.clone())
    }));
    workers.spawn(supervise("purge", RESTART_AFTER, {
        let services = services.clone();
        move || purge::run(services.clone(), keep)
    }));
    workers.spawn(supervise("notify", RESTART_AFTER, move || {
        notify::run(services.clone())
    }));
    // Both may be waited for more than once: by the server and by the limit for its last requests.
    let mut told = stop.subscribe();
    tokio::spawn(async move {
        end_signal().await;
        let _ = stop.send(());
    });
    say_ready(address)?;
    let serving = connections::serve(listener, app, HEADERS_WITHIN, async move {
        let _ = told.changed().await;
    });
    tokio::select! {
        () = serving => {}
        () = async {
            let _ = stopped.changed().await;
            tokio::time::sleep(LAST_REQUESTS).await;
        } => tracing::warn!("some requests were still under way"),
    }
    workers.shutdown().await;
    store.close().await;
    Ok(())
}

/// Starts a worker beside the requests; it ends with the program.
pub fn beside<Run: Future<Output = ()> + Send + 'static>(
    worker: &'static str,
    start: impl Fn() -> Run + Send + 'static,
) {
    tokio::spawn(supervise(worker, RESTART_AFTER, start));
}

/// Runs a worker that is meant never to end. One that ends, or panics, is started again after a pause.
async fn supervise<Run: Future<Output = ()>>(
    worker: &'static str,
    pause: Duration,
    start: impl Fn() -> Run,
) {
    loop {
        let ended = AssertUnwindSafe(start()).catch_unwind().await;
        tracing::error!(
            worker,
            panicked = ended.is_err(),
            "a worker ended; it is started again"
        );
        tokio::time::sleep(pause).await;
    }
}

/// Binds the address.
///
/// # Errors
/// One plain sentence that says what to do.
pub async fn listen(address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.map_err(|fault| match fault.kind() {
        std::io::ErrorKind::AddrInUse => anyhow::anyhow!(
            "Port {} is in use by another program; stop that, or choose another with --listen {}:PORT.",
            address.port(),
            address.ip()
        ),
        std::io::ErrorKind::PermissionDenied => anyhow::anyhow!(
            "Port {} needs rights that this user does not have; choose one above 1023.",
            address.port()
        ),
        _ => anyhow::anyhow!("Cannot listen on {address}: {fault}."),
    })
}

/// The one line on standard output, for whoever started the server.
fn say_ready(address: SocketAddr) -> anyhow::Result<()> {
    let mut out = std::io::stdout();
    writeln!(out, "listening on http://{address}")
        .and_then(|()| out.flush())
        .context("Standard output is closed.")
}

/// Waits until somebody ends the server.
async fn end_signal() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let (Ok(mut term), Ok(mut int)) = (
            signal(SignalKind::terminate()),
            signal(SignalKind::interrupt()),
        ) {
            tokio::select! {
                _ = term.recv() => {}
                _ = int.recv() => {}
            }
            return;
        }
    }
    // Without signals there is only the keyboard; without that, the server runs until it is killed.
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// Logs to standard error. `DIKA_LOG` sets how much, `DIKA_LOG_FORMAT=json` the form.
pub fn log() {
    let filter = EnvFilter::try_from_env("DIKA_LOG")
        .unwrap_or_else(|_| EnvFilter::new("warn,dika_server=info,dika_sandbox=info"));
    let logger = tracing_subscriber::fmt()
        .with_env_filter(filter)
        // Where a line cannot be written, as on a full disk, saying so would fail too, and end what was being done.
        .log_internal_errors(false)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    if std::env::var("DIKA_LOG_FORMAT").as_deref() == Ok("json") {
        logger.json().init();
    } else {
        logger.init();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[tokio::test]
    async fn a_worker_that_panics_or_ends_is_started_again() {
        let runs = Arc::new(AtomicU32::new(0));
        let (done, finished) = tokio::sync::oneshot::channel();
        let done = std::sync::Mutex::new(Some(done));
        let supervised = supervise("test", Duration::ZERO, || {
            let run = runs.fetch_add(1, Ordering::Relaxed);
            let done = (run == 2)
                .then(|| done.lock().expect("a lock").take())
                .flatten();
            async move {
                assert_ne!(run, 0, "the first run panics");
                if let Some(done) = done {
                    let _ = done.send(());
                    std::future::pending::<()>().await;
                }
            }
        });
        tokio::select! {
            () = supervised => unreachable!("it never ends"),
            finished = finished => finished.expect("the third run"),
        }
        assert_eq!(runs.load(Ordering::Relaxed), 3);
    }
}
