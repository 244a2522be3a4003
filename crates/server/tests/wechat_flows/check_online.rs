//! `check-config --online`: what WeChat's side says about the settings, in plain words.

use dika_server::config::{Config, Finding, Options, WechatSection};
use dika_server::settings::Deployment;
use dika_wechat::Source;
use dika_wechat_sim::{Call, Fault, RunningSim, SimConfig, SimKeys};

async fn sim() -> RunningSim {
    dika_wechat_sim::start(SimConfig::for_tests())
        .await
        .expect("a simulator")
}

/// What is found with the simulator's settings after a change to them.
async fn found(sim: &RunningSim, change: impl FnOnce(&mut dika_wechat::Settings)) -> Vec<Finding> {
    let origin = "http://127.0.0.1:8080";
    let mut wechat = sim.settings(&format!("{origin}/api/v1/wechat/notify"));
    change(&mut wechat);
    let mut settings = dika_sandbox::settings();
    settings.public_origin = Some(origin.to_owned());
    let mut config =
        Config::read(&Options::default(), Deployment::Sandbox, |_| None).expect("none");
    config.settings = settings;
    config.wechat = Some(WechatSection(
        toml::Table::try_from(&wechat).expect("a table"),
    ));
    config.check_online().await
}

#[tokio::test]
async fn right_settings_are_seen_to_be_right_and_nothing_is_ordered() {
    let sim = sim().await;
    let found = found(&sim, |_| {}).await;
    assert_eq!(found.len(), 2);
    assert!(found.iter().all(|finding| finding.good), "{found:#?}");
    let calls = sim.calls();
    assert_eq!(calls.get(&Call::Query), Some(&1));
    assert_eq!(calls.get(&Call::Create), None);
    assert_eq!(calls.get(&Call::Ticket), Some(&1));
}

#[tokio::test]
async fn every_wrong_setting_is_named_in_plain_words_and_no_secret_is() {
    let sim = sim().await;
    let other = SimKeys::generate().expect("keys");
    let foreign = other.settings("http://127.0.0.1:1", "http://127.0.0.1:1/n");
    let mchid = |settings: &mut dika_wechat::Settings| "1900000009".clone_into(&mut settings.mchid);
    let told = |found: Vec<Finding>, place: usize| {
        assert!(!found[place].good, "{found:#?}");
        found[place].text.clone()
    };
    // The merchant's side.
    let said = told(found(&sim, mchid).await, 0);
    assert!(
        said.contains("mchid, merchant_key and merchant_serial"),
        "{said}"
    );
    let said = found(&sim, |settings| {
        settings.merchant_key = foreign.merchant_key.clone();
        settings.merchant_certificate = None;
    });
    assert!(told(said.await, 0).contains("did not take our signature"));
    let said = found(&sim, |settings| {
        settings.merchant_serial = Some("ABCDEF".to_owned());
        settings.merchant_certificate = None;
    });
    assert!(told(said.await, 0).contains("did not take our signature"));
    // WeChat Pay's side: a key of another id, and another key under the right id.
    let said = found(&sim, |settings| {
        settings.platform_keys = foreign.platform_keys.clone()
    });
    assert!(told(said.await, 0).contains("not among platform_keys"));
    let said = found(&sim, |settings| {
        settings.platform_keys.remove(0);
        settings.platform_keys[0].pem = Source::new(other.public_key_pem());
    });
    assert!(told(said.await, 0).contains("does not fit the verifying key"));
    // The account's side.
    let said = found(&sim, |settings| {
        "wx0123456789abcdef".clone_into(&mut settings.appid)
    });
    assert!(told(said.await, 1).contains("no such appid"));
    let secret = "0123456789abcdef0123456789abcdef";
    let said = told(
        found(&sim, |settings| settings.app_secret = Source::new(secret)).await,
        1,
    );
    assert!(
        said.contains("app_secret is not this appid's") && !said.contains(secret),
        "{said}"
    );
    sim.fault(Call::Token, Fault::ErrCode { errcode: 40164 }, 1);
    assert!(told(found(&sim, |_| {}).await, 1).contains("IP list"));
}

#[tokio::test]
async fn an_answer_without_a_signature_proves_nothing() {
    let sim = sim().await;
    for fault in [
        Fault::Unsigned,
        Fault::BadSignature,
        Fault::StaleSignature,
        Fault::UnknownKey,
        Fault::Status { status: 502 },
        Fault::CutOff,
        Fault::Refuse {
            status: 403,
            code: "NO_AUTH".to_owned(),
        },
    ] {
        sim.fault(Call::Query, fault.clone(), 1);
        let found = found(&sim, |_| {}).await;
        assert!(!found[0].good, "{fault:?}: {found:#?}");
        assert!(found[1].good, "{found:#?}");
    }
    // Nobody at all.
    let found = found(&sim, |settings| {
        let nowhere = "http://127.0.0.1:9".to_owned();
        (settings.hosts.pay, settings.hosts.api) = (nowhere.clone(), nowhere);
    });
    assert!(
        found
            .await
            .iter()
            .all(|finding| finding.text.contains("was not reached"))
    );
}
