use dika_connector::{Keyring, Secret};
use dika_contract::Timestamp;
use serde_json::{Value, json};

use crate::stage::{Browser, CLAIM_WITHIN_S, Stage, eventually};
use crate::toy::{OTHER_SECRET, SECRET};

const PHONE: &str = "13800000001";
const GDUT: (&str, &str) = ("3124001001", "102345");
const GDUT_CARD_NO: &str = "60010001";
const HEMC: (&str, &str) = ("70020001", "023450");

#[tokio::test(flavor = "multi_thread")]
async fn both_cards_and_both_wallets_are_topped_up() {
    let stage = Stage::new().await;
    let mut student = stage.student(PHONE).await;
    let directory = student.get("/directory").await;
    let main = &directory["issuers"][0]["wallets"][0]["limits"];
    // The settings' word, and the connector's where they say nothing.
    assert_eq!(
        (&main["min_fen"], &main["max_fen"]),
        (&json!(100), &json!(50_000))
    );
    let gdut = student.bind("gdut", GDUT.0, GDUT.1).await;
    let hemc = student.bind("hemc", HEMC.0, HEMC.1).await;

    // The school's card: the money waits at a machine until the card is laid on one.
    let order = student.order(&gdut, "main", 2_000).await;
    stage.wechat.pay(&order).expect("payable");
    student.until(&order, "paid", "waiting").await;
    assert_eq!(student.held(&gdut, "main").await, Some((1_250, 2_000)));
    let tap = stage
        .gdut
        .drive("tap", json!({"card_no": GDUT_CARD_NO, "terminal": "g-t1"}))
        .await;
    assert_eq!(tap["released"], json!([order]));
    student.until(&order, "paid", "claimed").await;
    assert_eq!(student.held(&gdut, "main").await, Some((3_250, 0)));

    // The University Town card: on the card at once.
    let order = student.order(&hemc, "main", 5_000).await;
    stage.wechat.pay(&order).expect("payable");
    student.until(&order, "paid", "not_needed").await;
    eventually("the money is on the card", async || {
        student.held(&hemc, "main").await == Some((8_300, 0))
    })
    .await;

    // Too little, by the settings' word.
    let refused = student.place(&gdut, "main", 99).await.is(422);
    assert_eq!(
        (&refused["code"], &refused["min_fen"]),
        (&json!("amount_out_of_limits"), &json!(100))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn hot_water_money_lapses_is_confirmed_and_collected() {
    let stage = Stage::new().await;
    let mut student = stage.student(PHONE).await;
    let hemc = student.bind("hemc", HEMC.0, HEMC.1).await;
    let order = student.order(&hemc, "utilities", 1_000).await;
    stage.wechat.pay(&order).expect("payable");
    let waits = student.until(&order, "paid", "waiting").await;
    let moment =
        |value: &Value| Timestamp::parse(value.as_str().expect("a moment")).expect("a moment");
    let by = moment(&waits["claim_by"]);
    let paid = waits["timeline"]
        .as_array()
        .expect("a timeline")
        .iter()
        .find(|it| it["event"] == "paid");
    assert_eq!(by.since(moment(&paid.expect("paid")["at"])), CLAIM_WITHIN_S);
    student.until(&order, "paid", "needs_confirmation").await;
    let tap = json!({"card_no": HEMC.0, "terminal": "h-t1"});
    let late = stage.hemc.drive("tap", tap.clone()).await;
    assert_eq!(
        (&late["released"], &late["reason"]),
        (&json!([]), &json!("needs_confirmation"))
    );
    let confirmed = student
        .call("POST", &format!("/top-ups/{order}/confirm-claim"), None)
        .await
        .is(200);
    assert_eq!(confirmed["claim"], "waiting");
    let tap = stage.hemc.drive("tap", tap).await;
    assert_eq!(tap["released"], json!([order]));
    student.until(&order, "paid", "claimed").await;
    assert_eq!(student.held(&hemc, "utilities").await, Some((1_150, 0)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_person_is_seen_and_a_wrong_password_tells_nothing() {
    let stage = Stage::new().await;
    let mut student = stage.student(PHONE).await;
    let binding = student.ask("gdut", "3124001002", "203456").await;
    assert_eq!(binding["identity"]["name"], "李*", "{binding}");
    let path = format!(
        "/bindings/{}/reject",
        binding["id"].as_str().expect("an id")
    );
    student
        .call("POST", &path, Some(json!({"reason": "not_me"})))
        .await
        .is(200);
    assert_eq!(student.get("/cards").await, json!([]));
    for account in [GDUT.0, "3999999999"] {
        let wish = json!({"issuer": "gdut", "account": account, "password": "999999"});
        let refused = student.call("POST", "/bindings", Some(wish)).await.is(422);
        assert_eq!(refused["code"], "wrong_account_or_password");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn money_for_a_card_that_was_frozen_meanwhile_goes_back() {
    let stage = Stage::new().await;
    let mut student = stage.student(PHONE).await;
    let gdut = student.bind("gdut", GDUT.0, GDUT.1).await;
    let order = student.order(&gdut, "main", 2_000).await;
    stage
        .gdut
        .drive(
            "status",
            json!({"card_no": GDUT_CARD_NO, "status": "frozen"}),
        )
        .await;
    stage.wechat.pay(&order).expect("payable");
    eventually("a refund is asked for", async || {
        !stage.wechat.refunds().is_empty()
    })
    .await;
    stage.wechat.advance(3_600);
    student.until(&order, "refunded", "not_needed").await;
    let refunds = stage.wechat.refunds();
    assert_eq!(
        refunds.iter().map(|refund| refund.refund_fen).sum::<i64>(),
        2_000
    );
    assert_eq!(student.held(&gdut, "main").await, Some((1_250, 0)));
    let refused = student.place(&gdut, "main", 2_000).await.is(409);
    assert_eq!(refused["code"], "card_frozen");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_card_system_down_leaves_the_other_card_and_the_paid_money() {
    let mut stage = Stage::new().await;
    let mut student = stage.student(PHONE).await;
    let gdut = student.bind("gdut", GDUT.0, GDUT.1).await;
    let hemc = student.bind("hemc", HEMC.0, HEMC.1).await;
    let order = student.order(&gdut, "main", 2_000).await;
    stage.gdut.faults(&[("down", 1)]).await;
    stage.wechat.pay(&order).expect("payable");
    student.until(&order, "paid", "waiting").await;
    assert_eq!(student.shown(&order).await["settling"], true);
    // Which is down is said; the other card works.
    let refused = student.place(&gdut, "main", 3_000).await.is(503);
    assert_eq!(
        (&refused["code"], &refused["issuer"]),
        (&json!("card_system_unavailable"), &json!("gdut"))
    );
    assert_eq!(student.held(&gdut, "main").await, None);
    let other = student.order(&hemc, "main", 5_000).await;
    stage.wechat.pay(&other).expect("payable");
    eventually("the other card gets its money", async || {
        student.held(&hemc, "main").await == Some((8_300, 0))
    })
    .await;
    assert!(
        stage.wechat.refunds().is_empty(),
        "paid money waits for its card system"
    );
    // Whoever watches sees which one is down, and how much money waits for it.
    let metrics = stage.metrics().await;
    let counted = |parts: &[&str]| {
        metrics.lines().any(|line| {
            line.starts_with("dika_connector_seconds_count")
                && parts.iter().all(|part| line.contains(part))
        })
    };
    assert!(
        counted(&["issuer=\"gdut\"", "op=\"credit\"", "answer=\"interrupted\""])
            && counted(&["issuer=\"hemc\"", "op=\"credit\"", "answer=\"given\""])
            && metrics.contains("dika_paid_not_credited_fen 2000"),
        "{metrics}"
    );
    // A restart meanwhile forgets neither the order nor the wallet's limits.
    stage.stop();
    stage.start();
    let directory = student.get("/directory").await;
    assert_eq!(
        directory["issuers"][0]["wallets"][0]["limits"]["max_fen"],
        50_000
    );
    stage.gdut.faults(&[]).await;
    eventually("the money arrives", async || {
        student.held(&gdut, "main").await == Some((1_250, 2_000))
    })
    .await;
    eventually("the order knows it", async || {
        student.shown(&order).await["settling"] == Value::Null
    })
    .await;
    // Also where nothing has to be collected, such an order is among the open ones, until its money arrives.
    let order = student.order(&hemc, "main", 4_000).await;
    stage.hemc.faults(&[("down", 1)]).await;
    stage.wechat.pay(&order).expect("payable");
    let shown = student.until(&order, "paid", "not_needed").await;
    assert_eq!(shown["settling"], true);
    let open = async |student: &mut Browser| -> Vec<Value> {
        let open = student.get("/top-ups?open=true").await;
        let items = open["items"].as_array().expect("orders");
        items.iter().map(|it| it["id"].clone()).collect()
    };
    assert!(open(&mut student).await.contains(&json!(order)));
    stage.hemc.faults(&[]).await;
    eventually("it is open no more", async || {
        !open(&mut student).await.contains(&json!(order))
    })
    .await;
    assert_eq!(student.held(&hemc, "main").await, Some((12_300, 0)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_system_slower_than_a_student_waits_gets_the_money_all_the_same() {
    let stage = Stage::new().await;
    let mut student = stage.student(PHONE).await;
    let gdut = student.bind("gdut", GDUT.0, GDUT.1).await;
    let order = student.order(&gdut, "main", 2_000).await;
    stage.gdut.faults(&[("slow_ms", 4_000)]).await;
    stage.wechat.pay(&order).expect("payable");
    student.until(&order, "paid", "waiting").await;
    eventually("what works behind the students waits for it", async || {
        student.shown(&order).await["settling"] == Value::Null
    })
    .await;
    stage.gdut.faults(&[]).await;
    assert_eq!(student.held(&gdut, "main").await, Some((1_250, 2_000)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_and_an_undecided_credit_book_once() {
    let stage = Stage::new().await;
    let mut student = stage.student(PHONE).await;
    let gdut = student.bind("gdut", GDUT.0, GDUT.1).await;
    stage.gdut.faults(&[("lose_answers", 1)]).await;
    let order = student.order(&gdut, "main", 2_000).await;
    stage.wechat.pay(&order).expect("payable");
    eventually("the money waits", async || {
        student.held(&gdut, "main").await == Some((1_250, 2_000))
    })
    .await;
    stage
        .gdut
        .drive("undecided", json!({"card_no": GDUT_CARD_NO, "on": true}))
        .await;
    let order = student.order(&gdut, "main", 3_000).await;
    stage.wechat.pay(&order).expect("payable");
    student.until(&order, "paid", "waiting").await;
    let known = async || {
        let state = stage.gdut.drive("state", json!({})).await;
        let credits = state["credits"].as_array().expect("credits").clone();
        credits
            .into_iter()
            .find(|credit| credit["order_id"] == json!(order))
    };
    eventually("the credit is undecided", async || {
        known()
            .await
            .is_some_and(|credit| credit["outcome"] == "undecided")
    })
    .await;
    assert_eq!(student.held(&gdut, "main").await, Some((1_250, 2_000)));
    let decided = stage.gdut.drive("decide", json!({"order_id": order})).await;
    assert_eq!(decided["outcome"], "waiting");
    eventually("the money waits once", async || {
        student.held(&gdut, "main").await == Some((1_250, 5_000))
    })
    .await;
    let tap = json!({"card_no": GDUT_CARD_NO, "terminal": "g-t2"});
    stage.gdut.drive("tap", tap).await;
    student.until(&order, "paid", "claimed").await;
    assert_eq!(student.held(&gdut, "main").await, Some((6_250, 0)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_machine_is_told_to_students_and_forged_callbacks_are_not_believed() {
    let stage = Stage::new().await;
    let mut student = stage.student(PHONE).await;
    assert_eq!(student.get("/directory").await["notices"], Value::Null);
    stage
        .gdut
        .drive(
            "terminal",
            json!({"id": "g-t1", "condition": "out_of_order"}),
        )
        .await;
    eventually("the notice is there", async || {
        let directory = student.get("/directory").await;
        directory["notices"][0]["text"]["en"] == "Machine out of order: Canteen 2, by the door."
    })
    .await;

    let body =
        br#"{"type":"credit.claimed","timestamp":"2026-11-26T00:00:00Z","data":{"order_id":"a"}}"#;
    let now = Timestamp::from_unix(
        std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .expect("now")
            .as_secs() as i64,
    );
    let http = reqwest::Client::builder()
        .no_proxy()
        .build()
        .expect("a client");
    let send = async |issuer: &str, secret: &str, at: Timestamp, id: &str| {
        let keys = Keyring::new(Secret::parse(secret).expect("a secret"));
        let url = format!("{}/api/v1/connectors/{issuer}/callback", stage.base);
        let mut request = http.post(url).body(body.to_vec());
        for (name, value) in keys.sign(id, at, body).pairs() {
            request = request.header(name, value);
        }
        request.send().await.expect("an answer").status().as_u16()
    };
    assert_eq!(send("gdut", SECRET, now, "a").await, 204);
    assert_eq!(send("gdut", SECRET, now, "a").await, 204);
    assert_eq!(send("gdut", OTHER_SECRET, now, "b").await, 401);
    assert_eq!(send("gdut", SECRET, now.plus(-600), "c").await, 401);
    assert_eq!(send("moon", SECRET, now, "d").await, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_rehearsed_never_becomes_a_school_s() {
    let mut stage = Stage::new().await;
    let told = stage.run(&["check-config", "--online"]);
    let told = String::from_utf8_lossy(&told.stdout).into_owned();
    let problems: Vec<&str> = told
        .lines()
        .filter(|line| line.starts_with("problem"))
        .collect();
    assert_eq!(problems.len(), 1, "{told}");
    assert!(problems[0].contains("rehearsal is on"), "{told}");
    for line in [
        "ok       online: the connector for gdut answers",
        "value    issuers.gdut.wallets.main.max_fen = 500.00 yuan  (connector)",
        "value    issuers.gdut.wallets.main.min_fen = 1.00 yuan  (",
    ] {
        assert!(told.contains(line), "{line} in\n{told}");
    }
    stage.stop();
    // The same database, and everything but the rehearsal's mark and hosts.
    let text = std::fs::read_to_string(&stage.config).expect("a file");
    let hosts = text.find("\"hosts\" = {").expect("hosts");
    let end = hosts + text[hosts..].find("}, ").expect("an end") + 3;
    let text = format!("{}{}", &text[..hosts], &text[end..]).replace("rehearsal = true\n", "");
    let sms = text.find("sms = ").expect("sms");
    let end = sms + text[sms..].find('\n').expect("an end") + 1;
    std::fs::write(&stage.config, format!("{}{}", &text[..sms], &text[end..])).expect("a file");
    let refused = stage.run(&[]);
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(
        !refused.status.success() && said.contains("This database is a rehearsal's"),
        "{said}"
    );
}
