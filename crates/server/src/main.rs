//! Starts the server: reads the settings, opens the database, listens, and stops when it is told to.

use std::io::{IsTerminal, Write};
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use clap::Parser;
use dika_core::clock::Clock;
use dika_core::ids::Ids;
use dika_core::payment_gateway::PaymentGateway;
use dika_core::sms::SmsSender;
use dika_server::adapters::built_in_cards::{BuiltInCards, Strength};
use dika_server::adapters::no_sms::NoSms;
use dika_server::adapters::os_random::OsRandom;
use dika_server::config::{Command, CommandLine, Config};
use dika_server::sandbox::clock::MovableClock;
use dika_server::sandbox::gateway::SandboxGateway;
use dika_server::sandbox::{self, SandboxSms, faults::Faults};
use dika_server::services::reconcile;
use dika_server::state::AppState;
use dika_store::Store;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::watch;
use tracing_subscriber::EnvFilter;

/// How long requests that are under way may take once the server was told to stop.
const LAST_REQUESTS: Duration = Duration::from_secs(10);

fn main() -> ExitCode {
    let line = CommandLine::parse();
    match run(&line) {
        Ok(code) => code,
        Err(fault) => {
            eprintln!("{fault:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(line: &CommandLine) -> anyhow::Result<ExitCode> {
    if let Some(Command::CheckConnector(check)) = &line.command {
        let report = runtime()?.block_on(check.run())?;
        print!("{report}");
        return Ok(if report.passed() {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        });
    }
    let config = Config::read(&line.options, |name| std::env::var(name).ok())?;
    if let Some(Command::CheckConfig { online }) = line.command {
        let mut findings = config.check();
        if online {
            findings.extend(runtime()?.block_on(config.check_online()));
        }
        for finding in &findings {
            println!("{finding}");
        }
        let good = findings.iter().all(|finding| finding.good);
        return Ok(if good {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        });
    }
    log();
    runtime()?.block_on(serve(config))?;
    Ok(ExitCode::SUCCESS)
}

fn runtime() -> anyhow::Result<Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("The system gives no threads.")
}

async fn serve(config: Config) -> anyhow::Result<()> {
    let listener = listen(config.listen).await?;
    let state = open(&config).await?;
    let address = listener
        .local_addr()
        .context("The system does not say which port is used.")?;
    let app = dika_server::app(state.clone());

    let (stop, mut stopped) = watch::channel(());
    let keeper = tokio::spawn(reconcile::run(state.clone()));
    // Both may be waited for more than once: by the server and by the limit for its last requests.
    let mut told = stop.subscribe();
    tokio::spawn(async move {
        end_signal().await;
        let _ = stop.send(());
    });
    say_ready(address)?;
    let serving = axum::serve(
        listener,
        app.into_make_service_with_connect_info::<SocketAddr>(),
    )
    .with_graceful_shutdown(async move {
        let _ = told.changed().await;
    });
    tokio::select! {
        served = serving => served.context("The server stopped by itself.")?,
        () = async {
            let _ = stopped.changed().await;
            tokio::time::sleep(LAST_REQUESTS).await;
        } => tracing::warn!("some requests were still under way"),
    }
    keeper.abort();
    let _ = keeper.await;
    state.store.close().await;
    Ok(())
}

/// Everything that handlers use.
async fn open(config: &Config) -> anyhow::Result<AppState> {
    let sandbox = config.settings.sandbox;
    if !sandbox && config.wechat.is_none() {
        bail!(
            "Nothing takes payments: fill in [wechat] in the settings file, or start with --sandbox."
        );
    }
    let url = config.open_data()?;
    let ids: Arc<dyn Ids> = Arc::new(OsRandom);
    let store = Store::open(&url, ids.clone())
        .await
        .context("The database cannot be opened.")?;
    let movable = MovableClock::default();
    if sandbox {
        sandbox::mark(&store).await?;
        movable.set_offset(
            store
                .clock_offset()
                .await
                .context("The database cannot be read.")?,
        );
    } else {
        sandbox::refuse_marked(&store).await?;
    }
    let clock: Arc<dyn Clock> = Arc::new(movable.clone());
    let wechat = config.connect_wechat(&store, &clock)?.map(Arc::new);
    let gateway: Arc<dyn PaymentGateway> = match &wechat {
        Some(wechat) => wechat.gateway.clone(),
        None => Arc::new(SandboxGateway::new(store.clone(), clock.clone())),
    };
    let sms: Arc<dyn SmsSender> = match &config.sms {
        _ if sandbox => Arc::new(SandboxSms::new(store.clone(), clock.clone())),
        Some(section) => Arc::new(section.connect()?),
        None => Arc::new(NoSms),
    };
    let strength = if sandbox {
        Strength::Sandbox
    } else {
        Strength::Real
    };
    let state = AppState {
        cards: Arc::new(BuiltInCards::new(
            store.clone(),
            clock.clone(),
            ids.clone(),
            config.settings.directory.clone(),
            strength,
        )?),
        gateway,
        wechat,
        sms,
        settings: Arc::new(config.settings.clone()),
        faults: Faults::default(),
        store,
        clock,
        movable,
        ids,
    };
    if sandbox {
        sandbox::people::seed(&state)
            .await
            .context("The sandbox's people cannot be stored.")?;
    }
    Ok(state)
}

async fn listen(address: SocketAddr) -> anyhow::Result<TcpListener> {
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
fn log() {
    let filter = EnvFilter::try_from_env("DIKA_LOG")
        .unwrap_or_else(|_| EnvFilter::new("warn,dika_server=info"));
    let logger = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    if std::env::var("DIKA_LOG_FORMAT").as_deref() == Ok("json") {
        logger.json().init();
    } else {
        logger.init();
    }
}
