//! Students of the built-in ledger: any number of them, each of a net of their own.
#![allow(
    dead_code,
    reason = "shared by test targets of which none uses all of it"
)]

use dika_connector::{Keyring, Secret};
use dika_contract::Timestamp;
use serde_json::{Value, json};

use crate::proxy;
use crate::stage::{Browser, Cards, Stage};
use crate::toy::SECRET;

/// A student's account in the built-in ledger; the number tells everything about them.
#[derive(Clone, Copy)]
pub struct Account(pub usize);

impl Account {
    pub fn account(self) -> String {
        format!("31250{:05}", self.0)
    }

    pub fn card_no(self) -> String {
        format!("6100{:04}", self.0)
    }

    pub fn phone(self) -> String {
        format!("139000{:05}", self.0)
    }

    /// Of a net of their own.
    pub fn address(self) -> String {
        format!("10.{}.{}.7", self.0 / 250, self.0 % 250)
    }

    pub fn line(self, action: &str) -> String {
        let (card_no, account) = (self.card_no(), self.account());
        format!("{action},gdut,{card_no},{account},102345,陈小明,{account},daxuecheng,\n")
    }
}

/// Opens and closes accounts in one go.
pub fn import(stage: &Stage, lines: &str) {
    let path = stage.folder.path().join("accounts.csv");
    let header = "action,issuer,card_no,account,password,name,student_no,campus,college\n";
    std::fs::write(&path, format!("{header}{lines}")).expect("a file");
    let (told, good) = stage.told(&["accounts", "import", path.to_str().expect("a path")]);
    assert!(good, "{told}");
}

/// Servers on PostgreSQL: three. On SQLite: one, behind the same proxy.
pub fn usual_servers() -> usize {
    if std::env::var_os("DIKA_TEST_POSTGRES").is_some() {
        3
    } else {
        1
    }
}

/// The built-in ledger with so many students, and so many servers that take turns behind a proxy.
pub async fn stage_with(students: usize, servers: usize) -> Stage {
    let mut stage = Stage::prepared_for(Cards::BuiltIn, servers, true).await;
    let lines: Vec<String> = (0..students).map(|it| Account(it).line("open")).collect();
    import(&stage, &lines.concat());
    stage.start();
    stage
}

/// Somebody's browser, signed in, and their bound card.
pub async fn bound(stage: &Stage, account: Account) -> (Browser, String) {
    let mut browser = stage.browser(Some(account.address()));
    stage.sign_in(&mut browser, &account.phone()).await;
    let card = browser.bind("gdut", &account.account(), "102345").await;
    (browser, card)
}

/// A card laid on a machine, told to whichever server it is. Nothing where no answer came back.
pub async fn try_tap(base: &str, id: &str, card_no: &str, fault: &str) -> Option<(u16, Value)> {
    let keys = Keyring::new(Secret::parse(SECRET).expect("a secret"));
    let passed = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let now = Timestamp::from_unix(passed.expect("now").as_secs() as i64);
    let body = json!({"card_no": card_no}).to_string();
    let url = format!("{base}/api/v1/machines/canteen-2/taps");
    let http = reqwest::Client::builder().no_proxy().build();
    let mut request = http.expect("a client").post(url).body(body.clone());
    for (name, value) in keys.sign(id, now, body.as_bytes()).pairs() {
        request = request.header(name, value);
    }
    if !fault.is_empty() {
        request = request.header(proxy::FAULT, fault);
    }
    let answer = request.send().await.ok()?;
    let status = answer.status().as_u16();
    Some((status, answer.json().await.ok()?))
}

/// As [`try_tap`], where an answer comes back.
pub async fn tap(stage: &Stage, id: &str, card_no: &str) -> (u16, Value) {
    let answer = try_tap(&stage.base, id, card_no, "").await;
    answer.expect("an answer")
}
