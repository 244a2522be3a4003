//! Students who go on topping up whatever happens, as somebody does who taps again until it works, and keep in mind what
//! they were told.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use dika_wechat_sim::SimHandle;
use serde_json::{Value, json};

use crate::stage::{Browser, Stage};
use crate::students::{Account, bound, try_tap};

const FEN: i64 = 100;
/// How long somebody goes on asking for one thing.
const PATIENCE: Duration = Duration::from_secs(90);

/// What all students share.
#[derive(Clone)]
struct Shared {
    base: String,
    wechat: SimHandle,
    stop: Arc<AtomicBool>,
    answers: Arc<AtomicUsize>,
}

/// Students at work.
pub struct Load {
    shared: Shared,
    students: tokio::task::JoinSet<Vec<Told>>,
}

/// What a student was told about an order at last.
#[derive(Debug)]
pub struct Told {
    pub order: String,
    pub payment: String,
}

impl Load {
    /// As many students as there are accounts from `first` on.
    pub async fn start(stage: &Stage, first: usize, count: usize) -> Self {
        let shared = Shared {
            base: stage.base.clone(),
            wechat: (*stage.wechat).clone(),
            stop: Arc::default(),
            answers: Arc::default(),
        };
        let mut students = tokio::task::JoinSet::new();
        for number in first..first + count {
            let (browser, card) = bound(stage, Account(number)).await;
            let student = Student {
                shared: shared.clone(),
                account: Account(number),
                browser,
                card,
                taps: 0,
            };
            students.spawn(student.go_on());
        }
        Self { shared, students }
    }

    /// Waits until so many more answers came back.
    pub async fn answered(&self, more: usize) {
        let goal = self.shared.answers.load(Ordering::Relaxed) + more;
        let end = Instant::now() + PATIENCE;
        while self.shared.answers.load(Ordering::Relaxed) < goal {
            assert!(Instant::now() < end, "nobody is answered any more");
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    /// Lets everybody end what they are at; gives what they were told.
    pub async fn end(mut self) -> Vec<Told> {
        self.shared.stop.store(true, Ordering::Relaxed);
        let mut told = Vec::new();
        while let Some(student) = self.students.join_next().await {
            told.extend(student.expect("a student gave up"));
        }
        told
    }
}

struct Student {
    shared: Shared,
    account: Account,
    browser: Browser,
    card: String,
    taps: u32,
}

impl Student {
    /// Top-up after top-up: most are paid and collected, some are cancelled.
    async fn go_on(mut self) -> Vec<Told> {
        let mut told = Vec::new();
        let mut turn = self.account.0;
        while !self.shared.stop.load(Ordering::Relaxed) {
            turn += 1;
            told.push(self.top_up(turn).await);
        }
        told
    }

    async fn top_up(&mut self, turn: usize) -> Told {
        let wish =
            json!({"card_id": self.card, "wallet": "main", "amount_fen": FEN, "channel": "native"});
        let key = format!("turn-{turn}");
        let made = self
            .ask("POST", "/top-ups", Some(wish), &key, |body| {
                body["id"].is_string()
            })
            .await;
        let order = made["id"].as_str().expect("an id").to_owned();
        let path = format!("/top-ups/{order}");
        if turn % 4 == 3 {
            let cancel = format!("{path}/cancel");
            let shown = self
                .ask("POST", &cancel, None, &key, |body| {
                    body["payment"] == "closed"
                })
                .await;
            assert_eq!(shown["id"], order.as_str());
            return Told {
                order,
                payment: "closed".to_owned(),
            };
        }
        self.shared.wechat.pay(&order).expect("payable");
        self.ask("GET", &path, None, &key, |body| body["payment"] == "paid")
            .await;
        self.collect(&path, &key).await;
        Told {
            order,
            payment: "paid".to_owned(),
        }
    }

    /// Lays the card on a machine until the money is on it.
    async fn collect(&mut self, path: &str, key: &str) {
        let end = Instant::now() + PATIENCE;
        loop {
            self.taps += 1;
            let id = format!("{}-{}", self.account.card_no(), self.taps);
            try_tap(&self.shared.base, &id, &self.account.card_no(), "").await;
            let answer = self.browser.call_as("GET", path, None, key, "").await;
            if answer.is_some_and(|it| it.body["claim"] == "claimed") {
                self.shared.answers.fetch_add(1, Ordering::Relaxed);
                return;
            }
            assert!(Instant::now() < end, "{path} is not collected");
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
    }

    /// Says the same until the answer is as it should be.
    async fn ask(
        &mut self,
        method: &str,
        path: &str,
        body: Option<Value>,
        key: &str,
        is_done: impl Fn(&Value) -> bool,
    ) -> Value {
        let end = Instant::now() + PATIENCE;
        loop {
            let answer = self
                .browser
                .call_as(method, path, body.clone(), key, "")
                .await;
            if let Some(answer) = answer {
                self.shared.answers.fetch_add(1, Ordering::Relaxed);
                let status = answer.status.as_u16();
                if answer.status.is_success() && is_done(&answer.body) {
                    return answer.body;
                }
                // Not now: anything else would be a wrong word to somebody who only asks again.
                assert!(
                    answer.status.is_success() || status == 429 || status >= 500,
                    "{method} {path}: {answer:?}"
                );
                assert!(Instant::now() < end, "{method} {path}: {answer:?}");
            } else {
                assert!(Instant::now() < end, "{method} {path}: no answer");
            }
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
    }
}

/// Whether what students were told is still so.
pub async fn still_true(stage: &Stage, told: &[Told]) {
    let store = stage.store().await;
    for told in told {
        let id = dika_contract::OrderId::parse(&told.order).expect("an id");
        let order = store.order(&id).await.expect("reads");
        let order = order.unwrap_or_else(|| panic!("{told:?} is gone"));
        assert_eq!(order.state.payment.as_str(), told.payment, "{told:?}");
    }
    let orders: i64 = dika_store::sql::query_scalar("SELECT COUNT(*) FROM orders")
        .fetch_one(store.pool())
        .await
        .expect("orders");
    assert_eq!(orders as usize, told.len(), "one order for each key");
    store.close().await;
}
