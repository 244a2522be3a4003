//! The production server among all outside parties, each a program of its own that speaks its real protocol over HTTP:
//! WeChat's side, the SMS provider, and a Python connector for each card.

use std::{ffi::OsStr, path::PathBuf, time::Duration};

use dika_contract::{Campus, Issuer};
use serde_json::{Value, json};

use super::{
    App, GdutCard, HemcCard, Options, Person, place,
    postgres::Schema,
    process::Guarded,
    server::Server,
    tell,
    wechat::{WeChat, free_origin, give_bridge, toml},
};

/// The key of the toy card systems.
const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
/// How long hot-water money waits here, in place of six hours.
const CLAIM_WITHIN_S: u32 = 15;
/// How long anything may take that the parties do among themselves.
const LOOKS: u32 = 240;
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// The parties of one journey.
#[derive(Debug)]
pub struct Rehearsal {
    /// WeChat's side.
    pub wechat: WeChat,
    sms: Party,
    gdut: Party,
    hemc: Party,
    folder: PathBuf,
    client: reqwest::Client,
}

/// A running program and where it listens.
#[derive(Debug)]
struct Party {
    origin: String,
    program: Option<Guarded>,
}

impl Party {
    fn start(program: &std::path::Path, arguments: &[&OsStr], log: &std::path::Path) -> Self {
        let environment = [("PYTHONDONTWRITEBYTECODE", "1")];
        let (program, origin) = Guarded::start(program, arguments, &environment, log, |line| {
            let (_, address) = line.split_once(" on ")?;
            Some(address.trim().trim_end_matches("/sim").to_owned())
        });
        Self {
            origin,
            program: Some(program),
        }
    }
}

/// Tells a story in Chromium under this name, on the production server.
pub fn rehearsal_journey(agent: &'static str, story: impl AsyncFnOnce(&App, &Rehearsal)) {
    rehearsal_with(agent, None, story);
}

/// The same where the server keeps everything in PostgreSQL, where there is a server.
pub fn rehearsal_on_postgres(agent: &'static str, story: impl AsyncFnOnce(&App, &Rehearsal)) {
    if let Some(schema) = Schema::make() {
        rehearsal_with(agent, Some(&schema.url), story);
    }
}

fn rehearsal_with(
    agent: &'static str,
    database: Option<&str>,
    story: impl AsyncFnOnce(&App, &Rehearsal),
) {
    let (port, origin) = free_origin();
    let (wechat, merchant) = WeChat::start(&origin);
    let folder = std::env::temp_dir().join(format!(
        "dika-e2e-rehearsal-{}-{}",
        std::process::id(),
        place::number()
    ));
    std::fs::create_dir_all(&folder).expect("a folder for the parties");
    let secret = folder.join("connector.secret");
    std::fs::write(&secret, SECRET).expect("a file");
    let card_system = |issuer: &str| {
        let script = place::toy_card_system();
        let settings = script.with_file_name(format!("toy_{issuer}.json"));
        let data = folder.join(issuer);
        std::fs::create_dir_all(&data).expect("a folder");
        let callbacks = format!("{origin}/api/v1/connectors/{issuer}/callback");
        let arguments = [
            script.as_os_str(),
            OsStr::new("--listen"),
            OsStr::new("127.0.0.1:0"),
            OsStr::new("--settings"),
            settings.as_os_str(),
            OsStr::new("--data"),
            data.as_os_str(),
            OsStr::new("--secret-file"),
            secret.as_os_str(),
            OsStr::new("--callback-url"),
            OsStr::new(&callbacks),
        ];
        Party::start("python3".as_ref(), &arguments, &data.join("log"))
    };
    let rehearsal = Rehearsal {
        wechat,
        sms: Party::start(
            &place::sms_simulator(),
            &[OsStr::new("--addr"), OsStr::new("127.0.0.1:0")],
            &folder.join("sms.log"),
        ),
        gdut: card_system("gdut"),
        hemc: card_system("hemc"),
        // A connection kept from one runtime would wait for ever in the next.
        client: reqwest::Client::builder()
            .pool_max_idle_per_host(0)
            .build()
            .expect("a client"),
        folder,
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let sms = runtime.block_on(rehearsal.get(&rehearsal.sms, "client-settings?provider=aliyun"));
    let config = rehearsal.folder.join("dika.toml");
    let text = rehearsal.settings(&origin, &merchant, &sms, &secret);
    std::fs::write(&config, text).expect("the server's settings are written");
    let server = Server::start_program(place::production_server(), port, Some(&config), database);
    let options = Options {
        user_agent: Some(agent),
        ..Options::default()
    };
    tell(server, options, async |app| {
        give_bridge(app, agent).await;
        story(app, &rehearsal).await;
    });
}

/// Whom the toy card systems know: 陈小明, with both cards.
pub fn holder() -> Person {
    Person {
        name: "陈小明".to_owned(),
        phone: "13800000001".to_owned(),
        campus: Campus::Daxuecheng,
        note: None,
        id_tail7: None,
        gdut: Some(GdutCard {
            account: "3124001001".to_owned(),
            card_no: "60010001".to_owned(),
            password: "102345".to_owned(),
        }),
        hemc: Some(HemcCard {
            card_no: "70020001".to_owned(),
            password: "023450".to_owned(),
        }),
    }
}

/// Somebody else, with the school's card alone: 李青.
pub fn stranger() -> Person {
    Person {
        name: "李青".to_owned(),
        gdut: Some(GdutCard {
            account: "3124001002".to_owned(),
            card_no: "60010002".to_owned(),
            password: "203456".to_owned(),
        }),
        hemc: None,
        ..holder()
    }
}

impl Rehearsal {
    fn settings(
        &self,
        origin: &str,
        merchant: &Value,
        sms: &Value,
        secret: &std::path::Path,
    ) -> String {
        let connector = |party: &Party| {
            json!({
                "url": party.origin, "secret": format!("file:{}", secret.display()),
                "breaker_pause_s": 1,
            })
        };
        let connectors = json!({ "gdut": connector(&self.gdut), "hemc": connector(&self.hemc) });
        let words = json!({ "name": "Example", "contact": "1", "retention": "Five years." });
        let operator = json!({ "since": "2026-12-01", "zh": words, "en": words });
        format!(
            "rehearsal = true\npublic_url = \"{origin}\"\nwechat = {}\nsms = {}\noperator = {}\n\
             connectors = {}\n[issuers.hemc.wallets.utilities]\nclaim_within_s = {CLAIM_WITHIN_S}\n",
            toml(merchant),
            toml(sms),
            toml(&operator),
            toml(&connectors),
        )
    }

    async fn get(&self, party: &Party, path: &str) -> Value {
        let url = format!("{}/sim/control/{path}", party.origin);
        let reply = self.client.get(url).send().await;
        let reply = reply.expect("the simulator answers").json().await;
        reply.expect("JSON")
    }

    async fn codes(&self, phone: &str) -> Vec<String> {
        let sent = self
            .get(&self.sms, &format!("messages?phone={phone}"))
            .await;
        let sent = sent.as_array().expect("a list").iter();
        sent.filter_map(|it| it["code"].as_str().map(str::to_owned))
            .collect()
    }

    /// Signs in by the code that the SMS provider was asked to send.
    pub async fn sign_in(&self, app: &App, person: &Person) {
        app.open_page("/sign-in", "sign-in").await;
        app.type_into("phone", &person.phone).await;
        app.click("send-code").await;
        let code = eventually("a code", async || self.codes(&person.phone).await.pop());
        app.type_into("code", &code.await).await;
        app.click("sign-in").await;
        app.shows_no("main[data-page=sign-in]").await;
    }

    /// Drives a card system: `tap`, `status`, `faults` and so on.
    pub async fn drive(&self, issuer: Issuer, action: &str, body: Value) -> Value {
        let party = match issuer {
            Issuer::Gdut => &self.gdut,
            _ => &self.hemc,
        };
        let url = format!("{}/drive/{action}", party.origin);
        let reply = self.client.post(&url).json(&body).send().await;
        let reply = reply.expect("the card system's page answers");
        assert!(reply.status().is_success(), "{url}: {}", reply.status());
        reply.json().await.expect("JSON")
    }
}

impl Drop for Rehearsal {
    fn drop(&mut self) {
        for party in [&mut self.sms, &mut self.gdut, &mut self.hemc] {
            drop(party.program.take());
        }
        drop(std::fs::remove_dir_all(&self.folder));
    }
}

/// Waits until there is something.
pub async fn eventually<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    for _ in 0..LOOKS {
        if let Some(found) = look().await {
            return found;
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
    panic!("waited in vain for {what}");
}
