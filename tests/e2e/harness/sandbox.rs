use dika_contract::{Campus, ErrorCode};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};

/// An invented person of the sandbox.
#[derive(Clone, Debug, Deserialize)]
pub struct Person {
    /// The name, as a picture of whom one is.
    pub name: String,
    /// Signs in with it.
    pub phone: String,
    /// Studies here.
    pub campus: Campus,
    /// What is special; none for ordinary people.
    pub note: Option<String>,
    /// The end of the national ID; none for people without one.
    pub id_tail7: Option<String>,
    /// The school's card.
    pub gdut: Option<GdutCard>,
    /// The University Town card.
    pub hemc: Option<HemcCard>,
}

/// What is needed to bind and to tap a card of the school.
#[derive(Clone, Debug, Deserialize)]
pub struct GdutCard {
    /// Typed to bind.
    pub account: String,
    /// What a machine reads.
    pub card_no: String,
    /// Typed to bind.
    pub password: String,
}

/// What is needed to bind and to tap a University Town card.
#[derive(Clone, Debug, Deserialize)]
pub struct HemcCard {
    /// Typed to bind; what a machine reads.
    pub card_no: String,
    /// Typed to bind.
    pub password: String,
}

impl Person {
    /// The school's card of one who has it.
    pub fn gdut(&self) -> &GdutCard {
        self.gdut.as_ref().expect("this person has a gdut card")
    }

    /// The University Town card of one who has it.
    pub fn hemc(&self) -> &HemcCard {
        self.hemc.as_ref().expect("this person has a hemc card")
    }

    fn ends_in_letter(&self) -> bool {
        self.id_tail7
            .as_deref()
            .is_some_and(|tail| tail.ends_with(|last: char| last.is_ascii_alphabetic()))
    }
}

/// The sandbox of one server.
#[derive(Clone, Debug)]
pub struct Sandbox {
    base: String,
    client: reqwest::Client,
}

impl Sandbox {
    /// The sandbox of the server at this address.
    pub fn new(base: &str) -> Self {
        Self {
            base: base.to_owned(),
            client: reqwest::Client::new(),
        }
    }

    async fn read<T: DeserializeOwned>(&self, reply: reqwest::Response) -> T {
        let (url, status) = (reply.url().clone(), reply.status());
        let text = reply.text().await.expect("a whole answer");
        assert!(
            status.is_success(),
            "the sandbox refused {url}: {status} {text}"
        );
        let text = if text.is_empty() { "null" } else { &text };
        serde_json::from_str(text).unwrap_or_else(|why| panic!("{url} answered {text}: {why}"))
    }

    async fn get<T: DeserializeOwned>(&self, path: &str) -> T {
        let url = format!("{}{path}", self.base);
        let reply = self.client.get(url).send().await;
        self.read(reply.expect("the sandbox answers")).await
    }

    async fn post(&self, path: &str, body: Value) -> Value {
        let url = format!("{}{path}", self.base);
        let reply = self.client.post(url).json(&body).send().await;
        self.read(reply.expect("the sandbox answers")).await
    }

    /// Everybody.
    pub async fn people(&self) -> Vec<Person> {
        self.get("/sandbox/people").await
    }

    async fn find(&self, what: &str, fits: impl Fn(&Person) -> bool) -> Person {
        let people = self.people().await;
        people
            .into_iter()
            .find(|person| fits(person))
            .unwrap_or_else(|| panic!("the sandbox has nobody who is {what}"))
    }

    /// An ordinary person with both cards whose ID ends in a digit.
    pub async fn ordinary(&self) -> Person {
        self.find("ordinary, with both cards and a digit", |person| {
            person.note.is_none()
                && person.gdut.is_some()
                && person.hemc.is_some()
                && !person.ends_in_letter()
        })
        .await
    }

    /// A person with both cards whose ID ends in a letter.
    pub async fn with_letter(&self) -> Person {
        self.find("with both cards and an ID ending in a letter", |person| {
            person.gdut.is_some() && person.hemc.is_some() && person.ends_in_letter()
        })
        .await
    }

    /// Somebody of this campus who has nothing special about them.
    pub async fn at(&self, campus: Campus) -> Person {
        self.find(campus.as_str(), |person| {
            person.campus == campus && person.note.is_none()
        })
        .await
    }

    /// Somebody whose note has one of these words in it.
    pub async fn noted(&self, words: &[&str]) -> Person {
        self.find(&words.join(" / "), |person| {
            person.note.as_deref().is_some_and(|note| {
                let note = note.to_lowercase();
                words.iter().any(|word| note.contains(word))
            })
        })
        .await
    }

    /// The newest code that was sent to this number, if any was.
    pub async fn last_sms(&self, phone: &str) -> Option<String> {
        let url = format!("{}/sandbox/sms?phone={phone}", self.base);
        let reply = self.client.get(&url).send().await;
        let reply = reply.expect("the sandbox answers");
        if !reply.status().is_success() {
            return None;
        }
        let sent: Value = self.read(reply).await;
        sent["code"].as_str().map(str::to_owned)
    }

    /// The code that is sent to this number after `before`; waits a while for it.
    pub async fn sms(&self, phone: &str, before: Option<&str>) -> String {
        for _ in 0..50 {
            match self.last_sms(phone).await {
                Some(code) if Some(code.as_str()) != before => return code,
                _ => tokio::time::sleep(std::time::Duration::from_millis(100)).await,
            }
        }
        panic!("no SMS was sent to {phone} within five seconds");
    }

    /// Lets the payment of this order end so.
    pub async fn pay(&self, order: &str, outcome: &str) {
        self.post(
            &format!("/sandbox/payments/{order}"),
            json!({ "outcome": outcome }),
        )
        .await;
    }

    /// Holds a card to a terminal and says what it did.
    pub async fn tap(&self, card_no: &str, terminal: &str) -> Value {
        self.post(
            "/sandbox/taps",
            json!({ "card_no": card_no, "terminal": terminal }),
        )
        .await
    }

    /// Moves the clock.
    pub async fn advance(&self, seconds: u32) {
        self.post("/sandbox/clock", json!({ "advance_s": seconds }))
            .await;
    }

    /// Lets the next calls of this endpoint (`/api/v1/…`) fail in a way: `delay`, `error`, `html`
    /// or `drop`.
    pub async fn fault(&self, method: &str, path: &str, kind: &str, times: u32) {
        self.post(
            "/sandbox/faults",
            json!({
                "path": path, "method": method, "kind": kind, "times": times, "after_commit": false,
            }),
        )
        .await;
    }

    /// Lets the next call of this endpoint fail in a way, before or after it is carried out.
    pub async fn one_fault(
        &self,
        method: &str,
        path: &str,
        kind: &str,
        after_commit: bool,
        ms: u32,
    ) {
        self.post(
            "/sandbox/faults",
            json!({
                "path": path, "method": method, "kind": kind, "times": 1,
                "after_commit": after_commit, "ms": ms,
            }),
        )
        .await;
    }

    /// Waits until each fault has met its request.
    pub async fn until_no_fault_waits(&self) {
        for _ in 0..200 {
            let waiting: Vec<Value> = self.get("/sandbox/faults").await;
            if waiting.is_empty() {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        panic!("a fault met no request");
    }

    /// Lets the next call be done and its answer be lost.
    pub async fn lose_answer(&self, method: &str, path: &str) {
        self.post(
            "/sandbox/faults",
            json!({
                "path": path, "method": method, "kind": "drop", "times": 1, "after_commit": true,
            }),
        )
        .await;
    }

    /// Lets the next call of this endpoint be refused with this code.
    pub async fn refuse(&self, method: &str, path: &str, code: ErrorCode) {
        self.post(
            "/sandbox/faults",
            json!({
                "path": path, "method": method, "kind": "error", "times": 1,
                "after_commit": false, "code": code,
            }),
        )
        .await;
    }

    /// The same, with the time after which another try is worth while.
    pub async fn refuse_for(&self, method: &str, path: &str, code: ErrorCode, seconds: u32) {
        self.post(
            "/sandbox/faults",
            json!({
                "path": path, "method": method, "kind": "error", "times": 1,
                "after_commit": false, "code": code, "retry_after_s": seconds,
            }),
        )
        .await;
    }

    /// Takes all faults away.
    pub async fn mend(&self) {
        let url = format!("{}/sandbox/faults", self.base);
        let reply = self.client.delete(url).send().await;
        let _: Value = self.read(reply.expect("the sandbox answers")).await;
    }

    /// Everything as on the first day.
    pub async fn reset(&self) {
        self.post("/sandbox/reset", json!({})).await;
    }
}
