//! Several servers on one database, taking turns request by request: students side by side, and what must hold whichever
//! server answers. On SQLite one server stands behind the same proxy.

use std::collections::BTreeMap;

use dika_store::sql;
use dika_wechat_sim::Behaviour;
use serde_json::json;

use crate::stage::{Browser, Stage, eventually};
use crate::students::{Account, bound, import, stage_with, tap, usual_servers};

/// Students at once.
const STUDENTS: usize = 12;
const FEN: i64 = 2_000;

fn accounts() -> impl Iterator<Item = Account> {
    (0..STUDENTS).map(Account)
}

async fn several() -> Stage {
    stage_with(STUDENTS, usual_servers()).await
}

/// Signed in, with a bound card, and an order that was asked for three times at once.
async fn bound_with_order(stage: &Stage, account: Account) -> (Browser, String, String) {
    let (browser, card) = bound(stage, account).await;
    let order = ask_thrice(&browser, &card, "first").await;
    (browser, card, order)
}

/// The same call three times at once, as by an impatient thumb: one order.
async fn ask_thrice(browser: &Browser, card: &str, key: &str) -> String {
    let mut calls = tokio::task::JoinSet::new();
    for _ in 0..3 {
        let (mut browser, key) = (browser.clone(), key.to_owned());
        let wish =
            json!({"card_id": card, "wallet": "main", "amount_fen": FEN, "channel": "native"});
        calls.spawn(async move {
            let answer = browser
                .call_as("POST", "/top-ups", Some(wish), &key, "")
                .await;
            answer.expect("an answer")
        });
    }
    let mut ids = Vec::new();
    while let Some(answer) = calls.join_next().await {
        let answer = answer.expect("it ends");
        assert!(answer.status.is_success(), "{answer:?}");
        ids.push(answer.body["id"].as_str().expect("an id").to_owned());
    }
    ids.dedup();
    assert_eq!(ids.len(), 1, "{ids:?}");
    ids.remove(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn journeys_side_by_side_double_nothing_whoever_answers() {
    let stage = several().await;
    // Every notification twice: by turns to two servers.
    stage
        .wechat
        .set(|behaviour: &mut Behaviour| behaviour.notify.copies = 2);
    let mut begun = Vec::new();
    for wave in accounts().collect::<Vec<_>>().chunks(4) {
        let wave = wave
            .iter()
            .map(|account| bound_with_order(&stage, *account));
        begun.extend(futures_util::future::join_all(wave).await);
    }
    // A third pays and collects; a third cancels, changes the mind and collects; a third's cards are closed meanwhile.
    let gone: String = accounts()
        .filter(|it| it.0 % 3 == 2)
        .map(|it| it.line("close"))
        .collect();
    import(&stage, &gone);
    let journeys = accounts().zip(begun).map(|(account, begun)| {
        let stage = &stage;
        async move {
            let (mut browser, card, mut order) = begun;
            match account.0 % 3 {
                0 | 1 => {
                    if account.0 % 3 == 1 {
                        let path = format!("/top-ups/{order}/cancel");
                        let closed = browser.call("POST", &path, None).await.is(200);
                        assert_eq!(closed["payment"], "closed");
                        order = ask_thrice(&browser, &card, "second").await;
                    }
                    stage.wechat.pay(&order).expect("payable");
                    browser.until(&order, "paid", "waiting").await;
                    // Laid down twice at once, on two machines: the money goes onto the card once.
                    let ids = [format!("{order}-a"), format!("{order}-b")];
                    let card_no = account.card_no();
                    let (one, other) =
                        tokio::join!(tap(stage, &ids[0], &card_no), tap(stage, &ids[1], &card_no));
                    let released = one.1["amount_fen"].as_i64().unwrap_or(0)
                        + other.1["amount_fen"].as_i64().unwrap_or(0);
                    assert_eq!(released, FEN, "{one:?} {other:?}");
                    browser.until(&order, "paid", "claimed").await;
                    assert_eq!(browser.held(&card, "main").await, Some((FEN, 0)));
                }
                _ => {
                    stage.wechat.pay(&order).expect("payable");
                    browser.until(&order, "refunded", "not_needed").await;
                }
            }
            (account, order)
        }
    });
    let ended: Vec<(Account, String)> = futures_util::future::join_all(journeys).await;

    // All parties' books agree.
    let store = stage.store().await;
    assert_eq!(store.ledger_sum().await.expect("books"), 0);
    assert_eq!(
        store.ledger_unbalanced().await.expect("books"),
        Vec::<String>::new()
    );
    let mut refunds = BTreeMap::new();
    for refund in stage.wechat.refunds() {
        *refunds.entry(refund.out_trade_no).or_insert(0) += refund.refund_fen;
    }
    for (account, order) in &ended {
        let deposits: i64 = sql::query_scalar(
            "SELECT CAST(COALESCE(SUM(amount_fen), 0) AS BIGINT) FROM ledger_deposits WHERE order_id = $1",
        )
        .bind(order.as_str())
        .fetch_one(store.pool())
        .await
        .expect("books");
        let went_back = refunds.get(order).copied().unwrap_or(0);
        let expected = if account.0 % 3 == 2 {
            (0, FEN)
        } else {
            (FEN, 0)
        };
        assert_eq!((deposits, went_back), expected, "{order}");
        let paid: i64 = sql::query_scalar(
            "SELECT COUNT(*) FROM order_events WHERE order_id = $1 AND event = 'paid'",
        )
        .bind(order.as_str())
        .fetch_one(store.pool())
        .await
        .expect("events");
        assert_eq!(paid, 1, "{order}");
    }
    let back: i64 = refunds.values().sum();
    assert_eq!(back, FEN * (STUDENTS / 3) as i64);
    // One order for each key, and one payment at WeChat Pay for each order.
    let orders: i64 = sql::query_scalar("SELECT COUNT(*) FROM orders")
        .fetch_one(store.pool())
        .await
        .expect("orders");
    assert_eq!(orders as usize, STUDENTS + STUDENTS / 3);
    let paid = stage
        .wechat
        .sent()
        .into_iter()
        .filter(|notice| notice.status.is_some_and(|status| status >= 300))
        .count();
    assert_eq!(paid, 0, "a notification was not taken");
    // Notifications came by turns to all servers, and each was sent twice.
    assert!(stage.wechat.sent().len() >= 2 * STUDENTS);
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_and_sessions_hold_whoever_answers() {
    let stage = several().await;
    let account = Account(0);
    let mut browser = stage.browser(Some(account.address()));
    stage.sign_in(&mut browser, &account.phone()).await;
    // A session's token counts everywhere, and nothing is written without it.
    let mut stranger = browser.clone();
    stranger.csrf = None;
    for _ in 0..3 {
        browser.get("/cards").await;
        let wish = json!({"issuer": "gdut", "account": account.account(), "password": "102345"});
        let refused = stranger.call("POST", "/bindings", Some(wish)).await.is(403);
        assert_eq!(refused["code"], "csrf_rejected");
    }
    // Wrong passwords side by side: five count, whoever they are told to.
    let mut tries = tokio::task::JoinSet::new();
    for _ in 0..9 {
        let mut browser = browser.clone();
        let wish = json!({"issuer": "gdut", "account": account.account(), "password": "999999"});
        tries.spawn(async move { browser.call("POST", "/bindings", Some(wish)).await });
    }
    let mut codes: BTreeMap<String, usize> = BTreeMap::new();
    while let Some(tried) = tries.join_next().await {
        let body = tried.expect("it ends").body;
        *codes
            .entry(body["code"].as_str().expect("a code").to_owned())
            .or_default() += 1;
    }
    assert_eq!(
        codes.get("wrong_account_or_password"),
        Some(&5),
        "{codes:?}"
    );
    assert_eq!(codes.get("binding_locked"), Some(&4), "{codes:?}");

    // Wrong codes side by side: a right one afterwards is not good any more.
    let phone = Account(1).phone();
    let mut other = stage.browser(Some(Account(1).address()));
    let wish = Some(json!({"phone": phone}));
    other
        .call("POST", "/session/code", wish.clone())
        .await
        .is(202);
    let code = stage.code(&phone);
    let wrong = if code == "000000" { "000001" } else { "000000" };
    let mut tries = tokio::task::JoinSet::new();
    for _ in 0..9 {
        let mut other = other.clone();
        let wish = json!({"phone": phone, "code": wrong});
        tries.spawn(async move { other.call("POST", "/session", Some(wish)).await });
    }
    let mut wrong = 0;
    while let Some(tried) = tries.join_next().await {
        wrong += usize::from(tried.expect("it ends").body["code"] == "code_wrong");
    }
    assert_eq!(wrong, 5);
    let late = json!({"phone": phone, "code": code});
    let late = other.call("POST", "/session", Some(late)).await;
    assert_eq!(late.body["code"], "code_expired");
    // A second code within the minute is refused by whoever is asked.
    for _ in 0..3 {
        let refused = other.call("POST", "/session/code", wish.clone()).await;
        assert_eq!(refused.body["code"], "rate_limited");
    }

    // Signed out is signed out everywhere.
    browser.call("DELETE", "/session", None).await.is(204);
    let mut token = browser;
    for _ in 0..3 {
        let refused = token.call("GET", "/cards", None).await.is(401);
        assert_eq!(refused["code"], "session_expired");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tap_that_was_overheard_releases_nothing_at_another_server() {
    let stage = several().await;
    let (mut browser, card, order) = bound_with_order(&stage, Account(0)).await;
    assert_eq!(tap(&stage, "overheard", &Account(0).card_no()).await.0, 200);
    stage.wechat.pay(&order).expect("payable");
    browser.until(&order, "paid", "waiting").await;
    for _ in 0..3 {
        assert_eq!(tap(&stage, "overheard", &Account(0).card_no()).await.0, 401);
    }
    assert_eq!(browser.held(&card, "main").await, Some((0, FEN)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_dies_leaves_its_work_to_the_others() {
    let mut stage = several().await;
    let (mut browser, _, order) = bound_with_order(&stage, Account(0)).await;
    // WeChat tells nobody, so that the money is found by a sweep.
    stage
        .wechat
        .set(|behaviour: &mut Behaviour| behaviour.notify.enabled = false);
    stage.kill_one();
    stage.wechat.pay(&order).expect("payable");
    let path = format!("/top-ups/{order}");
    eventually("a living server finds the money", async || {
        let answer = browser.call_as("GET", &path, None, "", "").await;
        answer.is_some_and(|it| it.body["payment"] == "paid")
    })
    .await;
}
