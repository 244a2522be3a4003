//! `cargo xtask serve --rehearsal`: the production server, and every outside party as a program of its own that speaks
//! its real protocol over HTTP.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use crate::simulator::{self, toml, write_private};
use crate::{paths, ports, process, sandbox, say};

/// How long each party may take to start.
const START_LIMIT: Duration = Duration::from_secs(30);
/// The key of the toy card systems. Whoever knows it moves toy money on this machine.
const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
/// How long hot-water money waits, in place of six hours.
const CLAIM_WITHIN_S: u32 = 120;

/// The running parties; leaving scope stops them.
pub struct Rehearsal {
    /// The server's settings file.
    pub config: std::path::PathBuf,
    wechat: simulator::Simulator,
    sms: Party,
    cards: [(&'static str, Party); 2],
}

/// A running program and where it listens.
struct Party {
    origin: String,
    _process: process::Child,
}

impl Party {
    fn start(command: &mut Command, port: u16, page: &str, who: &str) -> Result<Self> {
        ports::check(port)?;
        let origin = format!("http://127.0.0.1:{port}");
        let mut process =
            process::Child::start(command).with_context(|| format!("{who} can't be started"))?;
        let until = Instant::now() + START_LIMIT;
        while sandbox::agent()
            .get(format!("{origin}{page}"))
            .call()
            .is_err()
        {
            if !process.is_running() || Instant::now() > until {
                bail!("{who} didn't start; what it said is above");
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(Self {
            origin,
            _process: process,
        })
    }
}

/// Starts all parties but the server, on the ports after the server's.
///
/// # Errors
/// When a port is taken or a party doesn't start.
pub fn start(server_port: u16, server_origin: &str, data: &Path) -> Result<Rehearsal> {
    let port = |nth: u16| {
        server_port
            .checked_add(nth)
            .context("the rehearsal needs the four ports after --port")
    };
    let wechat = simulator::start(server_port, server_origin, data)?;
    let sms = Party::start(
        process::command(paths::native_bin("dika-sms-sim"))
            .args(["--addr", &format!("127.0.0.1:{}", port(2)?)]),
        port(2)?,
        "/sim",
        "the simulator of the SMS provider",
    )?;
    let secret = data.join("connector.secret");
    write_private(&secret, SECRET)?;
    let card_system = |issuer: &'static str, nth| -> Result<(&'static str, Party)> {
        let folder = data.join(format!("cards-{issuer}"));
        std::fs::create_dir_all(&folder)?;
        let mut command = process::command("python3");
        command
            .current_dir(paths::root().join("crates/connector/adapters/python"))
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .args([
                "toy_card_system.py",
                "--listen",
                &format!("127.0.0.1:{}", port(nth)?),
            ])
            .args(["--settings", &format!("toy_{issuer}.json")])
            .arg("--data")
            .arg(&folder)
            .arg("--secret-file")
            .arg(&secret)
            .args([
                "--callback-url",
                &format!("{server_origin}/api/v1/connectors/{issuer}/callback"),
            ]);
        let who = format!("the card system of {issuer}");
        Ok((
            issuer,
            Party::start(&mut command, port(nth)?, "/drive", &who)?,
        ))
    };
    let cards = [card_system("gdut", 3)?, card_system("hemc", 4)?];
    let sms_settings: Value = sandbox::agent()
        .get(format!(
            "{}/sim/control/client-settings?provider=aliyun",
            sms.origin
        ))
        .call()
        .and_then(|mut answer| answer.body_mut().read_json())
        .context("the simulator of the SMS provider gave no settings")?;
    let config = data.join("dika.toml");
    let text = settings(
        server_port,
        server_origin,
        &wechat.settings,
        &sms_settings,
        &cards
            .each_ref()
            .map(|(issuer, party)| (*issuer, party.origin.as_str())),
        &secret,
    );
    write_private(&config, &text)?;
    Ok(Rehearsal {
        config,
        wechat,
        sms,
        cards,
    })
}

/// The server's settings file.
fn settings(
    port: u16,
    origin: &str,
    wechat: &Value,
    sms: &Value,
    cards: &[(&str, &str)],
    secret: &Path,
) -> String {
    let secret = format!("file:{}", secret.display());
    let mut text = format!(
        "# Written by `cargo xtask serve --rehearsal`.\nrehearsal = true\nlisten = \"127.0.0.1:{port}\"\n\
         public_url = \"{origin}\"\nwechat = {}\nsms = {}\noperator = {}\n\n\
         # Six hours at a school.\n[issuers.hemc.wallets.utilities]\nclaim_within_s = {CLAIM_WITHIN_S}\n",
        toml(wechat),
        toml(sms),
        toml(&operator())
    );
    text += "\n[connectors]\n";
    for (issuer, url) in cards {
        let table = toml(&json!({"url": url, "secret": secret}));
        text += &format!("{issuer} = {table}\n");
    }
    text
}

/// Who runs the rehearsal.
fn operator() -> Value {
    json!({
        "since": "2026-12-01",
        "zh": {"name": "演练（不是真的）", "contact": "演练没有人回答", "retention": "演练的数据在这台电脑上。"},
        "en": {"name": "a rehearsal", "contact": "nobody answers in a rehearsal", "retention": "A rehearsal's data stays on this machine."},
    })
}

impl Rehearsal {
    /// Says how to walk it.
    pub fn explain(&self, origin: &str) {
        let [(_, gdut), (_, hemc)] = &self.cards;
        for line in [
            String::new(),
            "The production server, all other parties simulated on this machine:".to_owned(),
            format!("  the app                    {origin}/"),
            format!("  WeChat's side              {}/sim", self.wechat.origin),
            format!("  codes by SMS               {}/sim", self.sms.origin),
            format!("  school card system         {}/drive", gdut.origin),
            format!("  University Town card       {}/drive", hemc.origin),
            format!("  settings                   {}", self.config.display()),
            "Walk it:".to_owned(),
            "  1. Sign in with any mobile number, 13800000001 say; the code stands at \"codes by SMS\".".to_owned(),
            "  2. Bind the school card 3124001001 / 102345 and the University Town card 70020001 / 023450.".to_owned(),
            "  3. Top up the school card; on a desktop, pay the code with the button at \"WeChat's side\".".to_owned(),
            "     The money waits: tap g-t1 at \"school card system\", and the order is collected.".to_owned(),
            format!("  4. Top up the hot-water wallet and wait {CLAIM_WITHIN_S} s (six hours at a school): confirm, then tap h-t1."),
            "  5. Order, then freeze the card at its system, then pay: the money goes back.".to_owned(),
            "  6. Order, set the fault \"down\" at one card system, pay: the other card works, and the money arrives".to_owned(),
            "     when the fault is gone.".to_owned(),
            "  7. Bind 3124001002 / 203456 and say that it is not you.".to_owned(),
            "On PostgreSQL: set DIKA_DATABASE_URL before.".to_owned(),
        ] {
            say::note(&line);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_settings_file_names_every_party_once() {
        let text = settings(
            8080,
            "http://127.0.0.1:8080",
            &json!({"mchid": "1"}),
            &json!({"provider": "aliyun"}),
            &[
                ("gdut", "http://127.0.0.1:8083"),
                ("hemc", "http://127.0.0.1:8084"),
            ],
            Path::new("/x/secret"),
        );
        assert_eq!(text.matches("[connectors]").count(), 1, "{text}");
        let has = |parts: &[&str]| {
            text.lines()
                .any(|line| parts.iter().all(|part| line.contains(part)))
        };
        // The order of keys depends on what else is built beside this.
        let secret = "\"secret\" = \"file:/x/secret\"";
        for parts in [
            ["rehearsal = true", "", ""],
            ["wechat = {", "\"mchid\" = \"1\"", ""],
            ["gdut = {", secret, "\"url\" = \"http://127.0.0.1:8083\""],
            ["hemc = {", secret, "\"url\" = \"http://127.0.0.1:8084\""],
        ] {
            assert!(has(&parts), "{parts:?} in {text}");
        }
    }
}
