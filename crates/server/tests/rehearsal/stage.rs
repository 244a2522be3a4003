#![allow(
    dead_code,
    reason = "shared by test targets of which none uses all of it"
)]

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use dika_server::adapters::os_random::OsRandom;
use dika_sms_sim::Provider;
use dika_store::Store;
use dika_store::connect::Reach;
use dika_wechat_sim::{RunningSim, SimConfig};
use reqwest::StatusCode;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::proxy;
use crate::toy::{SECRET, Toy, free_address};

/// How long anything may take that the server does by itself.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long hot-water money waits here before the student has to confirm.
pub const CLAIM_WITHIN_S: i64 = 4;

/// Which card system the server asks.
pub enum Cards {
    Connectors,
    BuiltIn,
}

/// All parties.
pub struct Stage {
    pub wechat: RunningSim,
    pub sms: dika_sms_sim::RunningSim,
    pub gdut: Toy,
    pub hemc: Toy,
    /// Where students and all parties reach the server, or the proxy in front of several.
    pub base: String,
    pub config: PathBuf,
    pub folder: TempDir,
    /// In PostgreSQL: a schema, whose connections bear its name.
    pub database: Option<String>,
    /// How much is logged, as `DIKA_LOG` says it.
    log: &'static str,
    /// Its schema, on PostgreSQL.
    schema: Option<String>,
    instances: Vec<Instance>,
}

/// One of the servers.
struct Instance {
    address: SocketAddr,
    metrics: SocketAddr,
    process: Option<Child>,
}

/// How many servers take turns, where a test doesn't say: `DIKA_TEST_INSTANCES`, which needs PostgreSQL.
fn usual_instances() -> usize {
    let count = std::env::var("DIKA_TEST_INSTANCES").ok();
    let count = count.and_then(|count| count.parse().ok()).unwrap_or(1);
    if std::env::var_os("DIKA_TEST_POSTGRES").is_some() {
        count
    } else {
        1
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.stop();
        if std::thread::panicking() {
            let log = std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
            eprintln!("{log}");
        }
    }
}

/// JSON as TOML on one line.
fn toml(value: &Value) -> String {
    match value {
        Value::Object(fields) => {
            let fields: Vec<String> = fields
                .iter()
                .filter(|(_, value)| !value.is_null())
                .map(|(name, value)| format!("{} = {}", Value::from(name.as_str()), toml(value)))
                .collect();
            format!("{{ {} }}", fields.join(", "))
        }
        Value::Array(items) => format!(
            "[{}]",
            items.iter().map(toml).collect::<Vec<_>>().join(", ")
        ),
        plain => plain.to_string(),
    }
}

impl Stage {
    /// With the card systems behind connectors, and the server running.
    pub async fn new() -> Self {
        Self::new_logging("warn,dika_server=debug").await
    }

    /// As [`Stage::new`], logging so much.
    pub async fn new_logging(log: &'static str) -> Self {
        let mut stage = Self::prepared(Cards::Connectors).await;
        stage.log = log;
        stage.start();
        stage
    }

    /// All parties but the server, which is not started yet.
    pub async fn prepared(cards: Cards) -> Self {
        Self::prepared_for(cards, usual_instances(), false).await
    }

    /// As [`Stage::prepared`], with so many servers; behind a proxy where they are several, or where `proxied` says so.
    pub async fn prepared_for(cards: Cards, count: usize, proxied: bool) -> Self {
        let folder = TempDir::new().expect("a folder");
        let wechat = dika_wechat_sim::start(SimConfig::for_tests())
            .await
            .expect("a simulator");
        let sms = dika_sms_sim::start(SocketAddr::from(([127, 0, 0, 1], 0)))
            .await
            .expect("a simulator");
        let address = free_address();
        let base = format!("http://{address}");
        let toy = |issuer: &str| {
            let path = format!("/api/v1/connectors/{issuer}/callback");
            Toy::start_with(&format!("toy_{issuer}.json"), address, &path)
        };
        let (gdut, hemc) = (toy("gdut"), toy("hemc"));
        let secret = folder.path().join("connector.secret");
        std::fs::write(&secret, SECRET).expect("a file");
        let (database, schema) = match std::env::var("DIKA_TEST_POSTGRES") {
            Ok(server) => {
                use dika_core::ids::Ids;
                let schema = format!("rehearsal_{}", OsRandom.id());
                let url = Store::create_schema(&server, &schema).await;
                let url = url.expect("a schema");
                let url = format!("{url}&application_name={schema}");
                (Some(url), Some(schema))
            }
            Err(_) => (None, None),
        };
        let notify = format!("{base}/api/v1/wechat/notify");
        let settings = serde_json::to_value(wechat.settings(&notify)).expect("settings");
        let connector = |toy: &Toy| json!({"url": toy.address, "secret": format!("file:{}", secret.display()), "breaker_pause_s": 1, "breaker_silences": 3});
        let operator = json!({"name": "Example", "contact": "1", "retention": "Five years."});
        let cards = match cards {
            Cards::Connectors => format!(
                "connectors = {}\n\
                 [issuers.hemc.wallets.utilities]\nclaim_within_s = {CLAIM_WITHIN_S}\n\
                 [issuers.gdut.wallets.main]\nmin_fen = 100\n",
                toml(&json!({"gdut": connector(&gdut), "hemc": connector(&hemc)})),
            ),
            Cards::BuiltIn => format!(
                "cards = \"built-in\"\nmachines = {}\n[issuers.hemc]\ntop_ups = false\n\
                 [issuers.gdut.wallets.main]\n\
                 min_fen = 100\nmax_fen = 50000\ndaily_fen = 50000\ncap_fen = 100000\n",
                toml(
                    &json!({"canteen-2": {"kind": "gdut_load", "secret": format!("file:{}", secret.display())}})
                ),
            ),
        };
        let text = format!(
            "rehearsal = true\nlisten = \"{address}\"\npublic_url = \"{base}\"\ndata_dir = {}\n\
             trusted_proxies = [\"127.0.0.1\"]\n\
             wechat = {}\nsms = {}\noperator = {}\n{cards}",
            Value::from(folder.path().join("data").to_string_lossy()),
            toml(&settings),
            toml(&sms.client_settings(Provider::Aliyun)),
            toml(&json!({"since": "2026-12-01", "zh": operator, "en": operator})),
        );
        let config = folder.path().join("dika.toml");
        std::fs::write(&config, text).expect("a file");
        let proxied = proxied || count > 1;
        let instances: Vec<Instance> = (0..count)
            .map(|_| Instance {
                address: if proxied { free_address() } else { address },
                metrics: free_address(),
                process: None,
            })
            .collect();
        if proxied {
            let servers = instances.iter().map(|instance| instance.address);
            proxy::start(address, servers.collect()).await;
        }
        Self {
            wechat,
            sms,
            gdut,
            hemc,
            base,
            config,
            folder,
            database,
            log: "warn,dika_server=debug",
            schema,
            instances,
        }
    }

    /// What all servers tell whoever watches.
    pub async fn metrics(&self) -> String {
        let http = reqwest::Client::builder().no_proxy().build();
        let http = http.expect("a client");
        let mut told = String::new();
        for instance in &self.instances {
            let answer = http.get(format!("http://{}/metrics", instance.metrics));
            let answer = answer.send().await.expect("an answer");
            told += &answer.text().await.expect("a text");
        }
        told
    }

    /// A command of the program with this stage's settings.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dika-server"));
        command
            .args(args)
            .arg("--config")
            .arg(&self.config)
            .env("DIKA_LOG", self.log)
            // The file names where the proxy listens, where there is one.
            .env("DIKA_LISTEN", self.instances[0].address.to_string());
        if let Some(url) = &self.database {
            command.env("DIKA_DATABASE_URL", url);
        }
        command
    }

    /// Whether the database is the embedded one.
    pub fn is_sqlite(&self) -> bool {
        self.database.is_none()
    }

    /// Loses the database, as where its disk is gone.
    pub async fn lose_the_database(&self) {
        if self.is_sqlite() {
            let data = self.folder.path().join("data");
            std::fs::remove_dir_all(data).expect("the disk is gone");
            return;
        }
        let schema = self.schema.as_deref().expect("a schema");
        let store = self.store().await;
        let sql = dika_store::sql::AssertSqlSafe(format!("DROP SCHEMA {schema} CASCADE"));
        let dropped = dika_store::sql::query(sql).execute(store.pool()).await;
        dropped.expect("it is gone");
        store.close().await;
    }

    /// Whether nothing of a database is there.
    pub async fn is_lost(&self) -> bool {
        match &self.database {
            None => {
                let data = std::fs::read_dir(self.folder.path().join("data"));
                data.expect("a folder").count() == 0
            }
            Some(url) => {
                let store = Store::open_read_only(url, &Reach::default(), Arc::new(OsRandom)).await;
                let store = store.expect("a database");
                store.count_orders().await.is_err()
            }
        }
    }

    /// The database, beside the server.
    pub async fn store(&self) -> Store {
        let file = self.folder.path().join("data/dika.db");
        let url = self
            .database
            .clone()
            .unwrap_or_else(|| format!("sqlite://{}?mode=rw", file.display()));
        Store::open(&url, Arc::new(OsRandom))
            .await
            .expect("a database")
    }

    /// What a command says, and whether it ends well.
    pub fn told(&self, args: &[&str]) -> (String, bool) {
        let output = self.run(args);
        let mut told = String::from_utf8_lossy(&output.stdout).into_owned();
        told += &String::from_utf8_lossy(&output.stderr);
        (told, output.status.success())
    }

    /// Runs a command to its end.
    pub fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().expect("it runs")
    }

    /// Starts all servers and waits until they listen.
    pub fn start(&mut self) {
        // Side by side, as after a power cut.
        let lines: Vec<_> = (0..self.instances.len())
            .map(|place| self.spawn(place))
            .collect();
        for mut out in lines {
            let mut line = String::new();
            out.read_line(&mut line).expect("a line");
            assert!(line.starts_with("listening on "), "{line}");
        }
    }

    /// Starts one server; gives what it says.
    fn spawn(&mut self, place: usize) -> BufReader<ChildStdout> {
        let log = std::fs::File::options()
            .create(true)
            .append(true)
            .open(self.folder.path().join("log"))
            .expect("a log");
        let instance = &self.instances[place];
        // Where a file may grow no further, the write fails; nothing is killed for it.
        let server = self.command(&[]);
        let mut wrapped = Command::new("sh");
        wrapped.args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\""]);
        wrapped.arg(server.get_program()).args(server.get_args());
        for (name, value) in server.get_envs() {
            wrapped.env(name, value.unwrap_or_default());
        }
        let mut process = wrapped
            .env("DIKA_LISTEN", instance.address.to_string())
            .env("DIKA_METRICS_LISTEN", instance.metrics.to_string())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .expect("it starts");
        let out = process.stdout.take().expect("piped");
        self.instances[place].process = Some(process);
        BufReader::new(out)
    }

    /// Ends all servers, whatever they are doing.
    pub fn stop(&mut self) {
        for instance in &mut self.instances {
            if let Some(mut server) = instance.process.take() {
                let _ = server.kill();
                let _ = server.wait();
            }
        }
    }

    /// Ends the first server, which comes back at once where it is the only one.
    pub fn kill_one(&mut self) {
        if let Some(mut server) = self.instances[0].process.take() {
            let _ = server.kill();
            let _ = server.wait();
        }
        if self.instances.len() == 1 {
            self.start();
        }
    }

    /// Ends one server and starts it again.
    pub fn restart(&mut self, place: usize) {
        let place = place % self.instances.len();
        if let Some(mut server) = self.instances[place].process.take() {
            let _ = server.kill();
            let _ = server.wait();
        }
        let mut line = String::new();
        let mut out = self.spawn(place);
        out.read_line(&mut line).expect("a line");
        assert!(line.starts_with("listening on "), "{line}");
    }

    /// Where the first server listens.
    pub fn server_address(&self) -> SocketAddr {
        self.instances[0].address
    }

    /// The process of the first server.
    pub fn pid(&self) -> u32 {
        let first = self.instances.first().and_then(|it| it.process.as_ref());
        first.expect("a running server").id()
    }

    /// Somebody with a phone, signed in by the code that came by SMS.
    pub async fn student(&self, phone: &str) -> Browser {
        let mut browser = self.browser(None);
        self.sign_in(&mut browser, phone).await;
        browser
    }

    /// A browser, nobody signed in; from a net of its own where the server sits behind the proxy.
    pub fn browser(&self, address: Option<String>) -> Browser {
        Browser {
            base: self.base.clone(),
            http: reqwest::Client::builder()
                .no_proxy()
                .build()
                .expect("a client"),
            cookies: BTreeMap::new(),
            csrf: None,
            count: 0,
            address,
        }
    }

    /// Signs somebody in by the code that came by SMS.
    pub async fn sign_in(&self, browser: &mut Browser, phone: &str) {
        browser
            .call("POST", "/session/code", Some(json!({"phone": phone})))
            .await
            .is(202);
        let code = self.code(phone);
        let wish = json!({"phone": phone, "code": code});
        let session = browser.call("POST", "/session", Some(wish)).await.is(200);
        assert_eq!(session["sandbox"], false);
        browser.csrf = session["csrf_token"].as_str().map(str::to_owned);
    }

    /// The last code that came to a phone.
    pub fn code(&self, phone: &str) -> String {
        let sent = self.sms.messages(phone);
        sent.last().expect("a message").code.clone()
    }
}

/// An answer of the API.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub body: Value,
}

impl Answer {
    #[track_caller]
    pub fn is(self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", self.body);
        self.body
    }
}

/// A browser of one person.
#[derive(Clone)]
pub struct Browser {
    base: String,
    http: reqwest::Client,
    pub cookies: BTreeMap<String, String>,
    pub csrf: Option<String>,
    count: u32,
    address: Option<String>,
}

impl Browser {
    pub async fn call(&mut self, method: &str, path: &str, body: Option<Value>) -> Answer {
        self.count += 1;
        let key = format!("key-{}", self.count);
        let answer = self.call_as(method, path, body, &key, "").await;
        answer.expect("an answer")
    }

    /// A call with this idempotency key, and this fault on its way; nothing where no whole answer comes back.
    pub async fn call_as(
        &mut self,
        method: &str,
        path: &str,
        body: Option<Value>,
        key: &str,
        fault: &str,
    ) -> Option<Answer> {
        let url = format!("{}/api/v1{path}", self.base);
        let mut request = self.http.request(method.parse().expect("a method"), url);
        let jar: Vec<String> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        if !jar.is_empty() {
            request = request.header("cookie", jar.join("; "));
        }
        if let Some(token) = &self.csrf {
            request = request.header("x-csrf-token", token);
        }
        if let Some(address) = &self.address {
            request = request.header("x-forwarded-for", address);
        }
        if !fault.is_empty() {
            request = request.header(proxy::FAULT, fault);
        }
        request = request.header("idempotency-key", key);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request.send().await.ok()?;
        // A browser keeps them even where the rest of the answer gets lost.
        for cookie in response.headers().get_all("set-cookie") {
            let text = cookie.to_str().expect("text");
            let pair = text.split(';').next().expect("a pair");
            let (name, value) = pair.split_once('=').expect("a pair");
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        let status = response.status();
        let text = response.text().await.ok()?;
        Some(Answer {
            status,
            body: serde_json::from_str(&text).unwrap_or(Value::Null),
        })
    }

    /// Sends the first half of a call to one of the servers and hangs up.
    pub async fn cut_off(
        &self,
        server: SocketAddr,
        method: &str,
        path: &str,
        body: Option<&Value>,
    ) {
        use tokio::io::AsyncWriteExt;
        let body = body.map_or_else(String::new, Value::to_string);
        let jar: Vec<String> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let request = format!(
            "{method} /api/v1{path} HTTP/1.1\r\nhost: {server}\r\ncontent-type: application/json\r\n\
             content-length: {}\r\ncookie: {}\r\nx-csrf-token: {}\r\nidempotency-key: cut\r\n\r\n{body}",
            body.len(),
            jar.join("; "),
            self.csrf.as_deref().unwrap_or_default(),
        );
        let half = if body.is_empty() {
            request.len() / 2
        } else {
            request.len() - body.len() / 2
        };
        let stream = tokio::net::TcpStream::connect(server).await;
        let mut stream = stream.expect("a connection");
        stream
            .write_all(&request.as_bytes()[..half])
            .await
            .expect("sent");
        // Dropped: the connection ends here.
    }

    pub async fn get(&mut self, path: &str) -> Value {
        self.call("GET", path, None).await.is(200)
    }

    /// Asks for a card: the binding.
    pub async fn ask(&mut self, issuer: &str, number: &str, password: &str) -> Value {
        let name = if issuer == "gdut" {
            "account"
        } else {
            "card_no"
        };
        let wish = json!({"issuer": issuer, name: number, "password": password});
        self.call("POST", "/bindings", Some(wish)).await.is(201)
    }

    /// Binds a card: its id.
    pub async fn bind(&mut self, issuer: &str, number: &str, password: &str) -> String {
        let binding = self.ask(issuer, number, password).await;
        let path = format!(
            "/bindings/{}/confirm",
            binding["id"].as_str().expect("an id")
        );
        let bound = self.call("POST", &path, None).await.is(200);
        bound["card_id"].as_str().expect("a card").to_owned()
    }

    pub async fn place(&mut self, card: &str, wallet: &str, fen: i64) -> Answer {
        let wish =
            json!({"card_id": card, "wallet": wallet, "amount_fen": fen, "channel": "native"});
        self.call("POST", "/top-ups", Some(wish)).await
    }

    /// An order that waits to be paid: its id.
    pub async fn order(&mut self, card: &str, wallet: &str, fen: i64) -> String {
        let order = self.place(card, wallet, fen).await.is(201);
        order["id"].as_str().expect("an id").to_owned()
    }

    pub async fn shown(&mut self, order: &str) -> Value {
        self.get(&format!("/top-ups/{order}")).await
    }

    /// Waits until an order is where it should be.
    #[track_caller]
    pub fn until<'a>(
        &'a mut self,
        order: &'a str,
        payment: &'a str,
        claim: &'a str,
    ) -> impl Future<Output = Value> + 'a {
        let caller = std::panic::Location::caller();
        async move {
            let end = Instant::now() + PATIENCE;
            loop {
                let shown = self.shown(order).await;
                if shown["payment"] == payment && shown["claim"] == claim {
                    return shown;
                }
                assert!(
                    Instant::now() < end,
                    "{caller}: not {payment}, {claim}: {shown}"
                );
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        }
    }

    /// What a card's wallet holds: on the card and waiting, in fen; nothing while its system is silent.
    pub async fn held(&mut self, card: &str, wallet: &str) -> Option<(i64, i64)> {
        let card = self.get(&format!("/cards/{card}")).await;
        let wallets = card["wallets"].as_array().expect("wallets");
        let wallet = wallets
            .iter()
            .find(|it| it["kind"] == wallet)
            .expect("the wallet");
        let fen = |place: &str| wallet[place]["amount_fen"].as_i64();
        Some((fen("on_card")?, fen("waiting")?))
    }
}

/// Waits until something holds.
pub async fn eventually(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !holds().await {
        assert!(Instant::now() < end, "{what}");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}
