use std::time::Duration;

use dika_wechat::{
    api::ApiError,
    http::NetworkFault,
    js::Js,
    oauth::{Code, Error, OAuth, State},
};
use dika_wechat_sim::{Call, Fault};
use serde_json::json;
use url::Url;

use crate::stage::Stage;

/// Goes to the authorise address as a browser does; where it is sent back to.
async fn visit(oauth: &OAuth, state: &State) -> Url {
    let back = Url::parse("http://127.0.0.1:8080/wechat/callback").unwrap();
    let browser = reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap();
    let answer = browser
        .get(oauth.authorize_url(&back, state))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 302);
    Url::parse(answer.headers()["location"].to_str().unwrap()).unwrap()
}

async fn code(oauth: &OAuth) -> Code {
    let state = State::random().unwrap();
    let back = visit(oauth, &state).await;
    let get = |name: &str| {
        back.query_pairs()
            .find(|(n, _)| n == name)
            .unwrap()
            .1
            .into_owned()
    };
    assert_eq!(get("state"), state.as_str());
    assert_eq!(back.path(), "/wechat/callback");
    Code::parse(&get("code")).unwrap()
}

#[tokio::test]
async fn a_code_is_swapped_once() {
    let stage = Stage::new().await;
    let oauth = OAuth::new(&stage.config).unwrap();
    let first = code(&oauth).await;
    let user = oauth.exchange(&first).await.unwrap();
    assert_eq!(
        (user.openid, user.is_snapshot),
        (stage.payer.clone(), false)
    );
    assert_eq!(oauth.exchange(&first).await, Err(Error::CodeUsed));
    assert_eq!(
        oauth.exchange(&Code::parse("made-up").unwrap()).await,
        Err(Error::CodeInvalid)
    );
    let late = code(&oauth).await;
    stage.sim.advance(301);
    assert_eq!(oauth.exchange(&late).await, Err(Error::CodeExpired));
}

#[tokio::test]
async fn a_snapshot_user_is_marked_and_others_can_be_chosen() {
    let stage = Stage::new().await;
    let oauth = OAuth::new(&stage.config).unwrap();
    stage.sim.set(|b| b.user = 2);
    assert!(
        oauth
            .exchange(&code(&oauth).await)
            .await
            .unwrap()
            .is_snapshot
    );
    stage.sim.set(|b| b.user = 1);
    let other = oauth.exchange(&code(&oauth).await).await.unwrap();
    assert!(!other.is_snapshot && other.openid != stage.payer);
    stage.sim.set(|b| b.choose_user = true);
    let back = Url::parse("http://127.0.0.1:8080/x").unwrap();
    let page = reqwest::get(oauth.authorize_url(&back, &State::random().unwrap()))
        .await
        .unwrap();
    assert_eq!(
        page.text()
            .await
            .unwrap()
            .matches("data-action=\"sim-sign-in\"")
            .count(),
        3
    );
}

#[tokio::test]
async fn the_authorise_address_is_as_tencent_demands() {
    let stage = Stage::with(|s| s.hosts.open = "https://open.weixin.qq.com".into()).await;
    let oauth = OAuth::new(&stage.config).unwrap();
    let back = Url::parse("https://school.example/wechat/callback").unwrap();
    let state = State::parse("abc123").unwrap();
    assert_eq!(
        oauth.authorize_url(&back, &state),
        format!(
            "https://open.weixin.qq.com/connect/oauth2/authorize?appid={}&redirect_uri=https%3A%2F%2Fschool.example%2Fwechat%2F\
             callback&response_type=code&scope=snsapi_base&state=abc123&connect_redirect=1#wechat_redirect",
            stage.config.appid()
        )
    );
    for bad in ["", "a b", "a-b", &"a".repeat(129)] {
        assert!(State::parse(bad).is_none(), "{bad}");
    }
    assert!(Code::parse("").is_none() && Code::parse("a b").is_none());
}

#[tokio::test]
async fn trouble_at_the_swap_is_told_apart() {
    let stage = Stage::new().await;
    let oauth = OAuth::new(&stage.config).unwrap();
    let impatient = dika_wechat::Settings {
        time_limit_s: 1,
        ..stage.settings.clone()
    };
    let impatient = OAuth::new(&dika_wechat::Config::load(&impatient).unwrap()).unwrap();
    let cases = [
        (Fault::Status { status: 502 }, ApiError::Status(502)),
        (
            Fault::DoneThenSlow { ms: 1500 },
            ApiError::Network(NetworkFault::TimedOut),
        ),
        (Fault::CutOff, ApiError::Network(NetworkFault::Interrupted)),
        (Fault::Garbage, ApiError::Malformed("not JSON")),
        (
            Fault::ErrCode { errcode: 45011 },
            ApiError::Refused {
                errcode: 45011,
                errmsg: "refused on purpose".into(),
            },
        ),
    ];
    for (fault, expected) in cases {
        let slow = matches!(fault, Fault::DoneThenSlow { .. });
        stage.sim.fault(Call::SwapCode, fault, 1);
        let swapping = if slow { &impatient } else { &oauth };
        assert_eq!(
            swapping.exchange(&code(&oauth).await).await,
            Err(Error::Api(expected))
        );
    }
    let wrong = stage.settings.clone();
    let wrong = dika_wechat::Settings {
        app_secret: dika_wechat::Source::new("0".repeat(32)),
        ..wrong
    };
    let wrong = OAuth::new(&dika_wechat::Config::load(&wrong).unwrap()).unwrap();
    let error = wrong.exchange(&code(&oauth).await).await.unwrap_err();
    assert!(matches!(&error, Error::Api(e) if e.errcode() == Some(40125)));
    assert!(!format!("{error:?} {error}").contains(&"0".repeat(32)));
}

/// What WeChat's client would say to a signed page.
async fn checked(stage: &Stage, config: &dika_wechat::js::JsConfig, url: &str) -> String {
    let mut given = json!(config);
    given["url"] = json!(url);
    let answer = reqwest::Client::new()
        .post(format!("{}/sim/js-config-check", stage.sim.base_url()))
        .header("Content-Type", "application/json")
        .body(given.to_string())
        .send();
    answer.await.unwrap().text().await.unwrap()
}

fn count(stage: &Stage, call: Call) -> u32 {
    stage.sim.calls().get(&call).copied().unwrap_or(0)
}

#[tokio::test]
async fn pages_are_signed_with_one_ticket_for_its_life() {
    let stage = Stage::new().await;
    let js = Js::new(&stage.config).unwrap();
    let page = "https://school.example/top-up?from=二";
    let pages = (0..20).map(|_| {
        let js = js.clone();
        tokio::spawn(async move {
            js.sign("https://school.example/top-up?from=二#later")
                .await
                .unwrap()
        })
    });
    for config in pages.collect::<Vec<_>>() {
        assert!(
            checked(&stage, &config.await.unwrap(), page)
                .await
                .contains("config:ok")
        );
    }
    assert_eq!(
        (count(&stage, Call::Token), count(&stage, Call::Ticket)),
        (1, 1)
    );
    let config = js.sign(page).await.unwrap();
    assert!(
        checked(&stage, &config, "https://school.example/other")
            .await
            .contains("invalid signature")
    );
    assert!(matches!(
        js.sign("javascript:alert(1)").await,
        Err(dika_wechat::js::Error::Address)
    ));
}

#[tokio::test]
async fn a_ticket_is_renewed_at_its_end_and_a_dead_token_replaced() {
    let stage = Stage::new().await;
    stage.sim.set(|b| b.token_life_s = 3);
    let js = Js::new(&stage.config).unwrap();
    js.sign("https://school.example/").await.unwrap();
    js.sign("https://school.example/").await.unwrap();
    assert_eq!(count(&stage, Call::Ticket), 1);
    tokio::time::sleep(Duration::from_millis(3100)).await;
    js.sign("https://school.example/").await.unwrap();
    assert_eq!(count(&stage, Call::Ticket), 2);

    // The token dies early, while the client still trusts it, and its ticket has ended.
    stage.sim.set(|b| b.token_life_s = 7200);
    let js = Js::new(&stage.config).unwrap();
    stage
        .sim
        .fault(Call::Ticket, Fault::ErrCode { errcode: 40001 }, 1);
    let before = count(&stage, Call::Token);
    js.sign("https://school.example/").await.unwrap();
    assert_eq!(count(&stage, Call::Token) - before, 2);
}

#[tokio::test]
async fn a_failure_is_shared_by_those_who_wait_and_forgotten_soon() {
    let stage = Stage::new().await;
    let js = Js::new(&stage.config).unwrap();
    stage
        .sim
        .fault(Call::Token, Fault::Status { status: 503 }, 1);
    let all: Vec<_> = (0..10)
        .map(|_| {
            let js = js.clone();
            tokio::spawn(async move { js.sign("https://school.example/").await.is_err() })
        })
        .collect();
    for one in all {
        assert!(one.await.unwrap());
    }
    assert_eq!(count(&stage, Call::Token), 1);
    tokio::time::sleep(Duration::from_millis(2100)).await;
    js.sign("https://school.example/").await.unwrap();
}
