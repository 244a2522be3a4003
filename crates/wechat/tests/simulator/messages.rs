use std::collections::HashMap;

use dika_wechat::{
    OpenId,
    api::ApiError,
    http::NetworkFault,
    js::Js,
    subscribe::{Error, Message, Reserved, Scene, Subscribe},
};
use dika_wechat_sim::{Call, Fault};
use url::Url;

use crate::stage::Stage;

fn client(stage: &Stage) -> Subscribe {
    let js = Js::new(&stage.config).unwrap();
    Subscribe::new(&stage.config, &js).unwrap().unwrap()
}

fn scene(number: u16) -> Scene {
    Scene::new(number).unwrap()
}

fn message(stage: &Stage, number: u16) -> Message {
    Message {
        openid: stage.payer.clone(),
        scene: scene(number),
        title: "请到圈存机领取充值款".to_owned(),
        content: "今天 18:00 前领取。".to_owned(),
        url: Url::parse("https://dika.example.edu/orders/1").unwrap(),
    }
}

/// Opens the page as WeChat does, and answers it; what comes back.
async fn answer(subscribe: &Subscribe, number: u16, what: &str) -> HashMap<String, String> {
    let back = Url::parse("http://127.0.0.1:8080/wechat/reminder?a=b").unwrap();
    let link = subscribe.confirm_url(scene(number), &back, &Reserved::parse("abc123").unwrap());
    let link = Url::parse(&link).unwrap();
    assert_eq!(link.fragment(), Some("wechat_redirect"));
    let browser = reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap();
    let page = browser.get(link.clone()).send().await.unwrap();
    assert_eq!(page.status(), 200);
    let form: String = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(link.query_pairs())
        .append_pair("do", what)
        .finish();
    let mut post = link;
    post.set_query(None);
    let answer = browser
        .post(post)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 303);
    let back = Url::parse(answer.headers()["location"].to_str().unwrap()).unwrap();
    assert_eq!(back.path(), "/wechat/reminder");
    back.query_pairs().into_owned().collect()
}

#[tokio::test]
async fn a_user_allows_one_message_per_scene() {
    let stage = Stage::new().await;
    let subscribe = client(&stage);
    let back = answer(&subscribe, 7, "confirm").await;
    assert_eq!(back["openid"], stage.payer.as_str());
    assert_eq!(
        (back["action"].as_str(), back["scene"].as_str()),
        ("confirm", "7")
    );
    assert_eq!(
        (back["reserved"].as_str(), back["a"].as_str()),
        ("abc123", "b")
    );
    // Agreeing twice is worth one message.
    answer(&subscribe, 7, "confirm").await;
    subscribe.send(&message(&stage, 7)).await.unwrap();
    assert_eq!(
        subscribe.send(&message(&stage, 7)).await,
        Err(Error::NotAllowed)
    );
    assert_eq!(
        subscribe.send(&message(&stage, 8)).await,
        Err(Error::NotAllowed)
    );
    let sent = stage.sim.messages();
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0].url, "https://dika.example.edu/orders/1");
    assert_eq!(sent[0].content, "今天 18:00 前领取。");
    // Not agreeing allows none.
    assert_eq!(answer(&subscribe, 9, "cancel").await["action"], "cancel");
    assert_eq!(
        subscribe.send(&message(&stage, 9)).await,
        Err(Error::NotAllowed)
    );
}

#[tokio::test]
async fn refusals_are_told_apart() {
    let stage = Stage::new().await;
    let subscribe = client(&stage);
    let refusals = [
        (43101, Error::NotAllowed, false),
        (43004, Error::NotFollowing, false),
        (40037, Error::WrongTemplate, false),
        (47003, Error::WrongField, false),
        (45009, Error::Quota, true),
        (48001, Error::NoRight, false),
    ];
    for (errcode, error, temporary) in refusals {
        stage
            .sim
            .fault(Call::Message, Fault::ErrCode { errcode }, 1);
        assert_eq!(
            subscribe.send(&message(&stage, 1)).await,
            Err(error.clone()),
            "{errcode}"
        );
        assert_eq!(error.is_temporary(), temporary, "{errcode}");
    }
    stage
        .sim
        .fault(Call::Message, Fault::ErrCode { errcode: -1 }, 1);
    assert!(
        subscribe
            .send(&message(&stage, 1))
            .await
            .unwrap_err()
            .is_temporary()
    );
    stage
        .sim
        .fault(Call::Message, Fault::ErrCode { errcode: 40003 }, 1);
    assert!(
        !subscribe
            .send(&message(&stage, 1))
            .await
            .unwrap_err()
            .is_temporary()
    );
    stage.sim.fault(Call::Message, Fault::CutOff, 1);
    let lost = subscribe.send(&message(&stage, 1)).await.unwrap_err();
    assert_eq!(
        lost,
        Error::Api(ApiError::Network(NetworkFault::Interrupted))
    );
    assert!(lost.is_temporary());
    // What the simulator itself refuses: a user that it does not know.
    let mut stranger = message(&stage, 1);
    stranger.openid = OpenId::new("oNobody00000000000000000009").unwrap();
    assert!(subscribe.send(&stranger).await.is_err());
    assert!(stage.sim.messages().is_empty());
}

#[tokio::test]
async fn a_token_that_died_early_is_replaced_and_long_text_is_cut() {
    let stage = Stage::new().await;
    let subscribe = client(&stage);
    for number in [1, 2] {
        answer(&subscribe, number, "confirm").await;
    }
    subscribe.send(&message(&stage, 1)).await.unwrap();
    stage.sim.kill_tokens();
    let mut long = message(&stage, 2);
    (long.title, long.content) = ("长".repeat(16), "长".repeat(201));
    subscribe.send(&long).await.unwrap();
    assert_eq!(stage.sim.messages()[1].content, "长".repeat(200));
}

#[tokio::test]
async fn without_a_template_no_messages_are_offered() {
    let stage = Stage::with(|settings| settings.subscribe_template_id = None).await;
    let js = Js::new(&stage.config).unwrap();
    assert!(Subscribe::new(&stage.config, &js).unwrap().is_none());
    assert!(Scene::new(10_001).is_none());
    assert!(Reserved::parse("").is_none() && Reserved::parse("a b").is_none());
    assert!(Reserved::parse(&"a".repeat(129)).is_none());
}
