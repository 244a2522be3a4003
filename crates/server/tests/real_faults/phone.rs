//! What networks do to a phone: each fault at each step of a whole visit, after which the phone says the same again.

use std::time::Duration;

use dika_store::sql;
use serde_json::{Value, json};

use crate::books;
use crate::stage::{Answer, Browser, Stage, eventually};
use crate::students::{Account, stage_with, try_tap, usual_servers};
use crate::table::Table;

/// What happens to a call before it is made again.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fault {
    NeverSent,
    Offline,
    CutMidway,
    AnswerLost,
    Truncated,
    Html,
    GivenUp,
    Twice,
    SessionEnded,
}

impl Fault {
    const ALL: [Self; 9] = [
        Self::NeverSent,
        Self::Offline,
        Self::CutMidway,
        Self::AnswerLost,
        Self::Truncated,
        Self::Html,
        Self::GivenUp,
        Self::Twice,
        Self::SessionEnded,
    ];

    const fn words(self) -> &'static str {
        match self {
            Self::NeverSent => "request never sent",
            Self::Offline => "no network for five calls",
            Self::CutMidway => "connection cut in the middle of the request",
            Self::AnswerLost => "answer lost",
            Self::Truncated => "answer cut in the middle",
            Self::Html => "a gateway's page of HTML for an answer",
            Self::GivenUp => "answer late: asked again while the first call is under way",
            Self::Twice => "asked twice at once",
            Self::SessionEnded => "session ended",
        }
    }

    /// As the proxy knows it.
    const fn on_the_way(self) -> &'static str {
        match self {
            Self::NeverSent | Self::Offline | Self::CutMidway => "never_sent",
            Self::AnswerLost => "answer_lost",
            Self::Truncated => "truncated",
            Self::Html => "html",
            Self::GivenUp => "late",
            Self::Twice | Self::SessionEnded => "",
        }
    }
}

/// A student to whom one fault happens at every step.
struct Student<'a> {
    stage: &'a Stage,
    account: Account,
    browser: Browser,
    fault: Fault,
    table: Table,
}

/// A call and its idempotency key.
#[derive(Clone, Copy)]
struct Call<'a> {
    method: &'a str,
    path: &'a str,
    body: Option<&'a Value>,
    key: &'a str,
}

impl<'a> Call<'a> {
    const fn post(path: &'a str, body: Option<&'a Value>, key: &'a str) -> Self {
        Self {
            method: "POST",
            path,
            body,
            key,
        }
    }
}

async fn send(browser: &mut Browser, call: Call<'_>, fault: &str) -> Option<Answer> {
    browser
        .call_as(call.method, call.path, call.body.cloned(), call.key, fault)
        .await
}

impl Student<'_> {
    /// The fault, and then the answer to the repetition.
    async fn after_fault(&mut self, step: &'static str, call: Call<'_>) -> Answer {
        let on_the_way = self.fault.on_the_way();
        let mut times = 1;
        match self.fault {
            Fault::NeverSent | Fault::AnswerLost | Fault::Truncated => {
                let lost = send(&mut self.browser, call, on_the_way).await;
                assert!(lost.is_none(), "{step}: {lost:?}");
            }
            Fault::Offline => {
                times = 5;
                for _ in 0..times {
                    assert!(send(&mut self.browser, call, on_the_way).await.is_none());
                }
            }
            Fault::CutMidway => {
                let server = self.stage.server_address();
                self.browser
                    .cut_off(server, call.method, call.path, call.body)
                    .await;
            }
            Fault::Html => {
                let page = send(&mut self.browser, call, on_the_way).await;
                assert_eq!(page.expect("a page").status.as_u16(), 502);
            }
            Fault::GivenUp => {
                let mut impatient = self.browser.clone();
                let asked = send(&mut impatient, call, on_the_way);
                let gave_up = tokio::time::timeout(Duration::from_millis(30), asked).await;
                assert!(gave_up.is_err(), "{step}: {gave_up:?}");
            }
            Fault::Twice => {
                let mut other = self.browser.clone();
                let (one, other) = tokio::join!(
                    send(&mut self.browser, call, ""),
                    send(&mut other, call, "")
                );
                drop(other.expect("an answer"));
                self.table.survived(step, self.fault.words(), 1);
                return one.expect("an answer");
            }
            Fault::SessionEnded => {
                let mut elsewhere = self.browser.clone();
                elsewhere.call("DELETE", "/session", None).await.is(204);
                let refused = send(&mut self.browser, call, "").await;
                let refused = refused.expect("an answer").is(401);
                assert_eq!(refused["code"], "session_expired", "{step}");
                self.minutes_pass().await;
                self.stage
                    .sign_in(&mut self.browser, &self.account.phone())
                    .await;
            }
        }
        self.table.survived(step, self.fault.words(), times);
        let again = send(&mut self.browser, call, "").await;
        let again = again.expect("an answer");
        if again.body["code"] != "csrf_rejected" {
            return again;
        }
        // A session came, and the answer that tells its token was cut off: the app reads the token, and says it again.
        let session = self.browser.get("/session").await;
        self.browser.csrf = session["csrf_token"].as_str().map(str::to_owned);
        let again = send(&mut self.browser, call, "").await;
        again.expect("an answer")
    }

    /// So that another code may be asked for.
    async fn minutes_pass(&self) {
        let store = self.stage.store().await;
        sql::query("UPDATE sign_in_codes SET sent_at = sent_at - 61 WHERE phone = $1")
            .bind(self.account.phone())
            .execute(store.pool())
            .await
            .expect("earlier");
        store.close().await;
    }

    /// Asks for a code and signs in. The session can't end yet.
    async fn sign_in(&mut self) {
        let phone = self.account.phone();
        let wish = json!({"phone": phone});
        let ask = Call::post("/session/code", Some(&wish), "");
        if self.fault == Fault::SessionEnded {
            self.stage.sign_in(&mut self.browser, &phone).await;
            return;
        }
        let answer = self.after_fault("ask for a code", ask).await;
        if answer.status.as_u16() != 202 {
            // It was sent; the phone shows how long to wait for another one.
            assert_eq!(answer.body["code"], "rate_limited", "{answer:?}");
            eventually("one code", async || {
                self.stage.sms.messages(&phone).len() == 1
            })
            .await;
            self.minutes_pass().await;
            let again = send(&mut self.browser, ask, "").await;
            again.expect("an answer").is(202);
        }
        // The last one may still be on its way.
        eventually("a code", async || {
            !self.stage.sms.messages(&phone).is_empty()
        })
        .await;
        let wish = json!({"phone": phone, "code": self.stage.code(&phone)});
        let session = self
            .after_fault("sign in", Call::post("/session", Some(&wish), ""))
            .await
            .is(200);
        self.browser.csrf = session["csrf_token"].as_str().map(str::to_owned);
    }

    /// Asks for the card and says that it is theirs: the card.
    async fn bind(&mut self) -> String {
        let wish =
            json!({"issuer": "gdut", "account": self.account.account(), "password": "102345"});
        let ask = Call::post("/bindings", Some(&wish), "");
        let binding = self.after_fault("ask for a card", ask).await.is(201);
        let path = format!(
            "/bindings/{}/confirm",
            binding["id"].as_str().expect("an id")
        );
        let confirm = Call::post(&path, None, "");
        let bound = self.after_fault("confirm the card", confirm).await.is(200);
        let cards = self.browser.get("/cards").await;
        assert_eq!(cards.as_array().map(Vec::len), Some(1), "{cards}");
        bound["card_id"].as_str().expect("a card").to_owned()
    }

    async fn order(&mut self, card: &str, key: &str) -> String {
        let wish =
            json!({"card_id": card, "wallet": "main", "amount_fen": 1_000, "channel": "native"});
        let place = Call::post("/top-ups", Some(&wish), key);
        let answer = self.after_fault("order", place).await;
        assert!(answer.status.is_success(), "{answer:?}");
        answer.body["id"].as_str().expect("an id").to_owned()
    }

    /// The whole visit.
    async fn visit(mut self) -> Table {
        self.sign_in().await;
        let card = self.bind().await;
        let order = self.order(&card, "first").await;
        let cancel = format!("/top-ups/{order}/cancel");
        let closed = self
            .after_fault("cancel", Call::post(&cancel, None, ""))
            .await
            .is(200);
        assert_eq!(closed["payment"], "closed");
        let order = self.order(&card, "second").await;
        self.stage.wechat.pay(&order).expect("payable");
        let path = format!("/top-ups/{order}");
        let look = Call {
            method: "GET",
            path: &path,
            body: None,
            key: "",
        };
        let shown = self.after_fault("look at the order", look).await.is(200);
        assert_ne!(shown["payment"], "closed");
        self.browser.until(&order, "paid", "waiting").await;
        self.collect(&order).await;
        self.browser.until(&order, "paid", "claimed").await;
        assert_eq!(self.browser.held(&card, "main").await, Some((1_000, 0)));
        let orders = self.browser.get("/top-ups").await;
        let orders = orders["items"].as_array().map(Vec::len);
        assert_eq!(orders, Some(2), "one order for each key");
        let path = format!("/cards/{card}");
        let unbind = Call {
            method: "DELETE",
            path: &path,
            body: None,
            key: "",
        };
        self.after_fault("take the card off", unbind).await.is(204);
        assert_eq!(self.browser.get("/cards").await, json!([]));
        if self.fault != Fault::SessionEnded {
            let sign_out = Call {
                method: "DELETE",
                path: "/session",
                body: None,
                key: "",
            };
            self.after_fault("sign out", sign_out).await.is(204);
        }
        self.table
    }

    /// The machine's call has the fault; it sends another one afterwards.
    async fn collect(&mut self, order: &str) {
        let (base, card_no) = (self.stage.base.clone(), self.account.card_no());
        let tap = async |turn: &str, fault: &str| {
            try_tap(&base, &format!("{order}-{turn}"), &card_no, fault).await
        };
        match self.fault {
            Fault::SessionEnded => {}
            Fault::Twice => {
                let (one, other) = tokio::join!(tap("a", ""), tap("b", ""));
                let fen = |it: Option<(u16, Value)>| it.and_then(|it| it.1["amount_fen"].as_i64());
                assert_eq!(fen(one).unwrap_or(0) + fen(other).unwrap_or(0), 1_000);
                self.table.survived("collect", self.fault.words(), 1);
                return;
            }
            Fault::GivenUp => {
                let asked = tap("a", self.fault.on_the_way());
                let gave_up = tokio::time::timeout(Duration::from_millis(30), asked).await;
                assert!(gave_up.is_err());
                self.table.survived("collect", self.fault.words(), 1);
            }
            Fault::Offline => {
                for turn in ["1", "2", "3", "4", "5"] {
                    assert!(tap(turn, self.fault.on_the_way()).await.is_none());
                }
                self.table.survived("collect", self.fault.words(), 5);
            }
            _ => {
                tap("a", self.fault.on_the_way()).await;
                self.table.survived("collect", self.fault.words(), 1);
            }
        }
        let (status, answer) = tap("b", "").await.expect("an answer");
        assert_eq!(status, 200, "{answer}");
    }
}

/// Each fault at each step, to a student each.
pub async fn faults() -> Table {
    let stage = stage_with(Fault::ALL.len(), usual_servers()).await;
    let visits = Fault::ALL.into_iter().enumerate().map(|(number, fault)| {
        let account = Account(number);
        let student = Student {
            stage: &stage,
            account,
            browser: stage.browser(Some(account.address())),
            fault,
            table: Table::default(),
        };
        student.visit()
    });
    let mut table = Table::default();
    for visited in futures_util::future::join_all(visits).await {
        table.add(visited);
    }
    books::agree(&stage).await;
    table
}
