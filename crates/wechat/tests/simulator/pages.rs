use dika_wechat::pay::{ErrorCode, Verdict};
use dika_wechat_sim::{BridgeOutcome, SimConfig, start};
use serde_json::{Value, json};
use url::Url;

use crate::stage::{Stage, fresh_no, order};

fn browser() -> reqwest::Client {
    reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap()
}

async fn bridge(stage: &Stage, params: &Value) -> Value {
    let answer = browser()
        .post(format!("{}/sim/jsapi-pay", stage.sim.base_url()))
        .body(params.to_string())
        .send()
        .await
        .unwrap();
    serde_json::from_str(&answer.text().await.unwrap()).unwrap()
}

#[tokio::test]
async fn the_bridge_pays_what_the_server_signed() {
    let stage = Stage::new().await;
    let no = fresh_no();
    let prepay_id = stage
        .pay
        .create_jsapi(&order(&no, 2000), &stage.payer)
        .await
        .unwrap();
    let params = json!(stage.pay.bridge_params(&prepay_id).unwrap());
    for name in [
        "appId",
        "timeStamp",
        "nonceStr",
        "package",
        "signType",
        "paySign",
    ] {
        assert!(params[name].is_string(), "{name} must be a text");
        let mut spoilt = params.clone();
        spoilt[name] = json!("1234567890");
        assert_eq!(
            bridge(&stage, &spoilt).await["err_msg"],
            "get_brand_wcpay_request:fail",
            "{name}"
        );
    }
    stage.sim.set(|b| b.bridge = BridgeOutcome::Cancel);
    assert_eq!(
        bridge(&stage, &params).await["err_msg"],
        "get_brand_wcpay_request:cancel"
    );
    stage.sim.set(|b| b.bridge = BridgeOutcome::OkButUnpaid);
    assert_eq!(
        bridge(&stage, &params).await["err_msg"],
        "get_brand_wcpay_request:ok"
    );
    assert_eq!(
        stage.pay.query(&no).await.unwrap().verdict(2000),
        Verdict::NotPaid
    );
    let mut silent = params.clone();
    silent["outcome"] = json!("paid_but_silent");
    assert_eq!(bridge(&stage, &silent).await["err_msg"], Value::Null);
    assert!(matches!(
        stage.pay.query(&no).await.unwrap().verdict(2000),
        Verdict::Paid { .. }
    ));
    stage.sim.set(|b| b.bridge = BridgeOutcome::Ok);
    assert_eq!(
        bridge(&stage, &params).await["err_msg"],
        "get_brand_wcpay_request:fail"
    );
}

#[tokio::test]
async fn a_prepay_id_ends_after_two_hours_and_a_fresh_one_is_had() {
    let stage = Stage::new().await;
    let no = fresh_no();
    let old = stage
        .pay
        .create_jsapi(&order(&no, 2000), &stage.payer)
        .await
        .unwrap();
    stage.sim.advance(2 * 3600 + 1);
    let answer = bridge(&stage, &json!(stage.pay.bridge_params(&old).unwrap())).await;
    assert_eq!(answer["err_desc"], "调用支付JSAPI缺少参数：total_fee");
    let new = stage
        .pay
        .create_jsapi(&order(&no, 2000), &stage.payer)
        .await
        .unwrap();
    let answer = bridge(&stage, &json!(stage.pay.bridge_params(&new).unwrap())).await;
    assert_eq!(answer["err_msg"], "get_brand_wcpay_request:ok");
}

#[tokio::test]
async fn the_h5_cashier_wants_a_referer_and_a_browser_outside_wechat() {
    let stage = Stage::new().await;
    let no = fresh_no();
    let h5 = stage
        .pay
        .create_h5(&order(&no, 2000), "127.0.0.1".parse().unwrap())
        .await
        .unwrap();
    let back = Url::parse("http://127.0.0.1:8080/top-up/orders/1?returned=1&x=二").unwrap();
    let address = h5.returning_to(&back);
    let get = |agent: &'static str, referer: Option<&'static str>| {
        let mut request = browser().get(&address).header("User-Agent", agent);
        if let Some(referer) = referer {
            request = request.header("Referer", referer);
        }
        async move { request.send().await.unwrap().text().await.unwrap() }
    };
    let referer = Some("http://127.0.0.1:8080/");
    assert!(!get("Chrome", None).await.contains("cashier-pay"));
    assert!(
        get("MicroMessenger/8.0", referer)
            .await
            .contains("请在微信外打开")
    );
    let elsewhere = get("Chrome", Some("http://school.example/")).await;
    assert!(elsewhere.contains("未配置的参数"));
    let page = get("Chrome", referer).await;
    assert!(
        page.contains("data-action=\"cashier-pay\"")
            && page.contains("data-action=\"cashier-cancel\"")
    );
    assert!(page.contains("¥20.00"));

    let ticket = stage.sim.trade(no.as_str()).unwrap().ticket;
    let press = |what: &str| {
        let form = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("do", what)
            .append_pair("return_to", back.as_str())
            .finish();
        browser()
            .post(format!("{}/sim/h5/{ticket}", stage.sim.base_url()))
            .header("Content-Type", "application/x-www-form-urlencoded")
            .body(form)
            .send()
    };
    let answer = press("cancel").await.unwrap();
    assert_eq!(
        (
            answer.status().as_u16(),
            answer.headers()["location"].to_str().unwrap()
        ),
        (303, back.as_str())
    );
    assert_eq!(
        stage.pay.query(&no).await.unwrap().verdict(2000),
        Verdict::NotPaid
    );
    assert_eq!(press("pay").await.unwrap().status(), 303);
    assert!(matches!(
        stage.pay.query(&no).await.unwrap().verdict(2000),
        Verdict::Paid { .. }
    ));

    let late = fresh_no();
    let h5 = stage
        .pay
        .create_h5(&order(&late, 1), "127.0.0.1".parse().unwrap())
        .await
        .unwrap();
    stage.sim.advance(301);
    let page = browser()
        .get(h5.as_str())
        .header("User-Agent", "Chrome")
        .header("Referer", "http://x/")
        .send();
    assert!(page.await.unwrap().text().await.unwrap().contains("已失效"));
}

#[tokio::test]
async fn the_h5_cashier_wants_the_registered_domain_and_the_payer_s_own_address() {
    let stage = Stage::new().await;
    let shown = |h5: dika_wechat::pay::H5Url, back: &str| {
        let back = Url::parse(back).unwrap();
        let request = browser()
            .get(h5.returning_to(&back))
            .header("User-Agent", "Chrome")
            .header("Referer", "http://127.0.0.1:8080/");
        async move { request.send().await.unwrap().text().await.unwrap() }
    };
    let create = |ip: &str| {
        let ip = ip.parse().unwrap();
        let order = order(&fresh_no(), 2000);
        let pay = stage.pay.clone();
        async move { pay.create_h5(&order, ip).await.unwrap() }
    };
    let good = shown(create("127.0.0.1").await, "http://127.0.0.1:9/orders/1").await;
    assert!(good.contains("cashier-pay"), "{good}");
    let back = shown(create("127.0.0.1").await, "http://other.example/").await;
    assert!(back.contains("redirect_url的域名"), "{back}");
    // The address of a proxy, say, instead of the payer's.
    let place = shown(create("203.0.113.7").await, "http://127.0.0.1:9/orders/1").await;
    assert!(place.contains("网络环境未能通过安全验证"), "{place}");
}

#[tokio::test]
async fn an_order_can_be_closed_only_after_a_while_where_the_simulator_is_told_so() {
    let stage = Stage::new().await;
    stage.sim.set(|behaviour| behaviour.close_after_s = 300);
    let no = stage.order().await;
    let refused = stage.pay.close(&no).await.unwrap_err();
    assert_eq!(refused.proven_code(), Some(&ErrorCode::InvalidRequest));
    stage.sim.advance(301);
    stage.pay.close(&no).await.unwrap();
}

#[tokio::test]
async fn a_native_code_is_paid_by_its_page() {
    let stage = Stage::new().await;
    let no = fresh_no();
    let code = stage.pay.create_native(&order(&no, 2000)).await.unwrap();
    let pr = code.as_str().rsplit_once("pr=").unwrap().1;
    let address = format!("{}/sim/native/{pr}", stage.sim.base_url());
    let page = browser()
        .get(&address)
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    assert!(page.contains("data-action=\"cashier-pay\""));
    let paid = browser()
        .post(&address)
        .header("Content-Type", "application/x-www-form-urlencoded")
        .body("do=pay&return_to=")
        .send();
    assert!(
        paid.await
            .unwrap()
            .text()
            .await
            .unwrap()
            .contains("支付成功")
    );
    assert!(matches!(
        stage.pay.query(&no).await.unwrap().verdict(2000),
        Verdict::Paid { .. }
    ));
    let index = browser()
        .get(format!("{}/sim", stage.sim.base_url()))
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    assert!(index.contains(no.as_str()));
}

#[tokio::test]
async fn the_control_addresses_do_what_the_handle_does() {
    let stage = Stage::new().await;
    let no = stage.order().await;
    let control = format!("{}/sim/control", stage.sim.base_url());
    let post = |path: String, body: Value| {
        browser()
            .post(format!("{control}{path}"))
            .header("Content-Type", "application/json")
            .body(body.to_string())
            .send()
    };
    let answer = post(
        "/behaviour".into(),
        json!({ "notpay_queries": 1, "notify": { "copies": 2 } }),
    )
    .await
    .unwrap();
    assert_eq!(answer.status(), 204);
    assert_eq!(
        post("/behaviour".into(), json!({ "nonsense": 1 }))
            .await
            .unwrap()
            .status(),
        409
    );
    let rule = json!({ "call": "close", "fault": { "kind": "status", "status": 503 }, "times": 1 });
    assert_eq!(post("/faults".into(), rule).await.unwrap().status(), 204);
    assert_eq!(
        post(format!("/trades/{no}/pay"), json!({}))
            .await
            .unwrap()
            .status(),
        200
    );
    assert_eq!(
        post(format!("/trades/{no}/pay"), json!({}))
            .await
            .unwrap()
            .status(),
        409
    );
    stage.received.wait_for(2).await;
    assert_eq!(
        stage.pay.query(&no).await.unwrap().verdict(2000),
        Verdict::NotPaid
    );
    assert!(stage.pay.close(&no).await.is_err());
    let forged = post(
        "/notices/forge".into(),
        json!({ "out_trade_no": no, "forgery": "stale" }),
    )
    .await
    .unwrap();
    assert_eq!(forged.text().await.unwrap(), r#"{"status":204}"#);
    stage.received.wait_for(3).await;
    let state = browser()
        .get(format!("{control}/state"))
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    let state: Value = serde_json::from_str(&state).unwrap();
    assert_eq!(
        (&state["trades"], &state["calls"]["create"]),
        (&json!(1), &json!(1))
    );
    let settings = browser()
        .get(format!(
            "{control}/client-settings?notify_url=http://127.0.0.1:1/n"
        ))
        .send()
        .await
        .unwrap();
    let settings: dika_wechat::Settings =
        serde_json::from_str(&settings.text().await.unwrap()).unwrap();
    assert_eq!(settings.check(), []);
    assert_eq!(
        post("/reset".into(), json!({})).await.unwrap().status(),
        204
    );
    assert!(stage.sim.trades().is_empty());
}

#[tokio::test]
async fn the_simulator_stays_on_this_machine() {
    let config = SimConfig {
        addr: "0.0.0.0:0".parse().unwrap(),
        ..SimConfig::for_tests()
    };
    assert!(start(config).await.is_err());
    let stage = Stage::new().await;
    let afar = stage.client(|s| s.notify_url = "https://school.example/notify".into());
    assert!(afar.create_native(&order(&fresh_no(), 1)).await.is_err());
}
