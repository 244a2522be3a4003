//! `cargo xtask serve`: app and API on this machine, from nothing.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::{native, paths, ports, process, rehearsal, sandbox, say, simulator, tools, web_build};

/// How long the server may take to answer; it starts in well under a second.
const START_LIMIT: Duration = Duration::from_secs(30);

/// What can be chosen.
#[derive(clap::Args)]
pub struct Args {
    /// The port on 127.0.0.1.
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// Open the app in this machine's browser.
    #[arg(long)]
    open: bool,
    /// Where the database lies; without it `data/` in the checkout.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Pay through the simulator of WeChat's protocols in place of the sandbox's own cashier.
    #[arg(long)]
    wechat_sim: bool,
    /// Start the production server in place of the sandbox, with every outside party simulated over its real protocol.
    #[arg(long, conflicts_with = "wechat_sim")]
    rehearsal: bool,
}

/// Installs and builds what is missing, starts the server, and stays until it is stopped.
///
/// # Errors
/// One sentence that says what is wrong and what to do.
pub fn run(args: &Args) -> Result<()> {
    let data = match &args.data {
        Some(dir) => std::path::absolute(dir)?,
        None if args.rehearsal => paths::root().join("data/rehearsal"),
        None => paths::root().join("data"),
    };
    // Before minutes of building, and again by the server itself.
    ports::check(args.port)?;
    tools::all()?;
    native::build(false)?;
    web_build::ensure(false, web_build::Size::Usual)?;
    std::fs::create_dir_all(&data).with_context(|| {
        format!(
            "{} can't be made: choose another folder with --data",
            data.display()
        )
    })?;
    ports::check(args.port)?;

    let origin = format!("http://127.0.0.1:{}", args.port);
    let program = if args.rehearsal {
        "dika-server"
    } else {
        "dika-sandbox"
    };
    let mut command = process::command(paths::native_bin(program));
    command.args(["--listen", &format!("127.0.0.1:{}", args.port), "--app-dir"]);
    command.arg(paths::dist()).arg("--data").arg(&data);
    let mut simulator = None;
    if args.wechat_sim {
        let started = simulator::start(args.port, &origin, &data)?;
        command.arg("--config").arg(&started.config);
        simulator = Some(started);
    }
    let mut parties = None;
    if args.rehearsal {
        let started = rehearsal::start(args.port, &origin, &data)?;
        command.arg("--config").arg(&started.config);
        parties = Some(started);
    }
    let mut server = process::Child::start(&mut command)?;
    let until = Instant::now() + START_LIMIT;
    while !sandbox::is_healthy(&origin) {
        if !server.is_running() {
            let status = server.wait()?;
            bail!("the server stopped at once ({status}); what it said is above");
        }
        if Instant::now() > until {
            bail!(
                "the server started but didn't answer at {origin} within {} s",
                START_LIMIT.as_secs()
            );
        }
        std::thread::sleep(Duration::from_millis(50));
    }

    if let Some(parties) = &parties {
        parties.explain(&origin);
        return stay(args, &origin, server);
    }
    say::note("");
    say::note("Sandbox people (phone  name  campus  card and password):");
    for line in sandbox::people(&origin)? {
        say::note(&format!("  {line}"));
    }
    say::note(&format!(
        "SMS codes, cashier, card machines and the clock: {origin}/sandbox"
    ));
    say::note(&format!(
        "Dika is ready at {origin}/ (data in {}; Ctrl-C stops it)",
        data.display()
    ));
    if let Some(simulator) = &simulator {
        say::note(&format!(
            "WeChat's side, simulated: {}/sim",
            simulator.origin
        ));
    }
    stay(args, &origin, server)
}

/// Stays until the server ends.
fn stay(args: &Args, origin: &str, server: process::Child) -> Result<()> {
    if args.open {
        open(origin);
    }
    let status = server.wait()?;
    bail!("the server stopped by itself ({status}); what it said is above")
}

fn open(address: &str) {
    let opener = if cfg!(target_os = "macos") {
        "open"
    } else {
        "xdg-open"
    };
    if process::output(process::command(opener).arg(address)).is_err() {
        say::note("No browser could be opened from here: copy the address into one.");
    }
}
