//! Both clients against the simulator: over HTTP, signatures checked by another implementation.
#![expect(
    clippy::unwrap_used,
    reason = "a test that can't go on should stop there"
)]

use std::time::{Duration, Instant};

use dika_contract::{Phone, SmsCode};
use dika_core::sms::SmsSender as _;
use dika_sms::{Outcome, Provider, Refusal, Settings};
use dika_sms_sim::{Fault, Provider as Protocol, RunningSim};

const BOTH: [Protocol; 2] = [Protocol::Aliyun, Protocol::Tencent];

async fn sim() -> RunningSim {
    dika_sms_sim::start(([127, 0, 0, 1], 0).into())
        .await
        .unwrap()
}

fn client(sim: &RunningSim, protocol: Protocol, changes: &[(&str, serde_json::Value)]) -> Provider {
    let mut table = sim.client_settings(protocol);
    for (name, value) in changes {
        table[*name] = value.clone();
    }
    let settings: Settings = serde_json::from_value(table).unwrap();
    Provider::new(&settings, 5).unwrap()
}

fn phone() -> Phone {
    Phone::parse("13800000001").unwrap()
}

async fn send(client: &Provider) -> Outcome {
    client
        .send(&phone(), &SmsCode::parse("042319").unwrap())
        .await
}

#[tokio::test]
async fn a_code_arrives_by_either_provider() {
    let sim = sim().await;
    for protocol in BOTH {
        assert_eq!(send(&client(&sim, protocol, &[])).await, Outcome::Sent);
    }
    let messages = sim.messages("13800000001");
    assert_eq!(messages.len(), 2);
    for message in messages {
        assert_eq!(message.code, "042319");
        assert_eq!(message.text, "【滴卡】验证码042319，5分钟内有效。");
    }
}

#[tokio::test]
async fn settings_that_the_provider_does_not_know_are_told_apart() {
    let sim = sim().await;
    let wrong = [
        (Protocol::Aliyun, "access_key_id", Refusal::Auth),
        (Protocol::Aliyun, "access_key_secret", Refusal::Auth),
        (Protocol::Aliyun, "sign_name", Refusal::SignatureOrTemplate),
        (
            Protocol::Aliyun,
            "template_code",
            Refusal::SignatureOrTemplate,
        ),
        (Protocol::Tencent, "secret_id", Refusal::Auth),
        (Protocol::Tencent, "secret_key", Refusal::Auth),
        (Protocol::Tencent, "sdk_app_id", Refusal::Auth),
        (Protocol::Tencent, "sign_name", Refusal::SignatureOrTemplate),
        (
            Protocol::Tencent,
            "template_id",
            Refusal::SignatureOrTemplate,
        ),
    ];
    for (protocol, setting, refusal) in wrong {
        let client = client(&sim, protocol, &[(setting, "another".into())]);
        assert_eq!(send(&client).await, Outcome::Refused(refusal), "{setting}");
    }
    let params = serde_json::json!({ "number": "{code}" });
    let client = client(&sim, Protocol::Aliyun, &[("template_params", params)]);
    assert_eq!(
        send(&client).await,
        Outcome::Refused(Refusal::SignatureOrTemplate)
    );
    assert!(sim.messages("13800000001").is_empty());
}

#[tokio::test]
async fn each_refusal_is_told_by_its_reason() {
    let sim = sim().await;
    let codes = [
        (
            Protocol::Aliyun,
            "isv.MOBILE_NUMBER_ILLEGAL",
            Refusal::NumberIllegal,
        ),
        (
            Protocol::Aliyun,
            "isv.BUSINESS_LIMIT_CONTROL",
            Refusal::LimitPerNumber,
        ),
        (
            Protocol::Aliyun,
            "isv.SMS_SIGNATURE_ILLEGAL",
            Refusal::SignatureOrTemplate,
        ),
        (
            Protocol::Aliyun,
            "isv.TEMPLATE_MISSING_PARAMETERS",
            Refusal::SignatureOrTemplate,
        ),
        (Protocol::Aliyun, "isv.AMOUNT_NOT_ENOUGH", Refusal::Balance),
        (Protocol::Aliyun, "isv.OUT_OF_SERVICE", Refusal::Balance),
        (Protocol::Aliyun, "isp.RAM_PERMISSION_DENY", Refusal::Auth),
        (
            Protocol::Aliyun,
            "InvalidAccessKeyId.Inactive",
            Refusal::Auth,
        ),
        (Protocol::Aliyun, "MOBILE_IN_BLACK", Refusal::Blacklist),
        (
            Protocol::Aliyun,
            "isv.DAY_LIMIT_CONTROL",
            Refusal::Other("isv.DAY_LIMIT_CONTROL".to_owned()),
        ),
        (
            Protocol::Tencent,
            "InvalidParameterValue.IncorrectPhoneNumber",
            Refusal::NumberIllegal,
        ),
        (
            Protocol::Tencent,
            "LimitExceeded.PhoneNumberThirtySecondLimit",
            Refusal::LimitPerNumber,
        ),
        (
            Protocol::Tencent,
            "LimitExceeded.PhoneNumberDailyLimit",
            Refusal::LimitPerNumber,
        ),
        (
            Protocol::Tencent,
            "LimitExceeded.DeliveryFrequencyLimit",
            Refusal::LimitPerNumber,
        ),
        (
            Protocol::Tencent,
            "FailedOperation.TemplateIncorrectOrUnapproved",
            Refusal::SignatureOrTemplate,
        ),
        (
            Protocol::Tencent,
            "FailedOperation.InsufficientBalanceInSmsPackage",
            Refusal::Balance,
        ),
        (
            Protocol::Tencent,
            "FailedOperation.PhoneNumberInBlacklist",
            Refusal::Blacklist,
        ),
        (
            Protocol::Tencent,
            "AuthFailure.SecretIdNotFound",
            Refusal::Auth,
        ),
        (
            Protocol::Tencent,
            "UnauthorizedOperation.RequestIpNotInWhitelist",
            Refusal::Auth,
        ),
        (
            Protocol::Tencent,
            "RequestLimitExceeded",
            Refusal::Other("RequestLimitExceeded".to_owned()),
        ),
    ];
    for (protocol, code, refusal) in codes {
        sim.fault(
            Fault::Refuse {
                code: code.to_owned(),
            },
            1,
        );
        let outcome = send(&client(&sim, protocol, &[])).await;
        assert_eq!(outcome, Outcome::Refused(refusal), "{code}");
    }
    assert!(sim.messages("13800000001").is_empty());
}

#[tokio::test]
async fn a_lost_or_broken_answer_is_maybe_sent_and_not_asked_for_again() {
    let sim = sim().await;
    let faults = [
        (Fault::Hang { ms: 5_000 }, 0),
        (Fault::DoneThenSlow { ms: 5_000 }, 1),
        (Fault::CutOff, 1),
        (Fault::Garbage, 1),
        (Fault::Status { status: 502 }, 0),
        (Fault::DoneThenStatus { status: 504 }, 1),
        (
            Fault::Refuse {
                code: "isp.SYSTEM_ERROR".to_owned(),
            },
            0,
        ),
        (
            Fault::Refuse {
                code: "InternalError.Timeout".to_owned(),
            },
            0,
        ),
    ];
    for protocol in BOTH {
        for (fault, arrives) in &faults {
            if matches!(fault, Fault::Refuse { code } if code.starts_with("isp") != (protocol == Protocol::Aliyun))
            {
                continue;
            }
            let (calls, sent) = (sim.calls(), sim.messages("13800000001").len());
            sim.fault(fault.clone(), 1);
            let begun = Instant::now();
            let client = client(&sim, protocol, &[("time_limit_s", 1.into())]);
            assert_eq!(
                send(&client).await,
                Outcome::MaybeSent,
                "{protocol:?} {fault:?}"
            );
            assert!(begun.elapsed() < Duration::from_secs(3), "{fault:?}");
            assert_eq!(sim.calls(), calls + 1, "{fault:?}");
            assert_eq!(
                sim.messages("13800000001").len(),
                sent + arrives,
                "{fault:?}"
            );
        }
    }
}

#[tokio::test]
async fn nothing_was_sent_where_nobody_listens() {
    let gone = {
        let sim = sim().await;
        sim.base_url().to_owned()
    };
    let sim = sim().await;
    for protocol in BOTH {
        let client = client(&sim, protocol, &[("endpoint", gone.clone().into())]);
        assert_eq!(send(&client).await, Outcome::Refused(Refusal::Unreachable));
    }
}

#[tokio::test]
async fn the_providers_limits_per_number_are_kept_on_demand() {
    for (protocol, wait_s) in [(Protocol::Aliyun, 60), (Protocol::Tencent, 30)] {
        let sim = sim().await;
        sim.keep_limits(true);
        let client = client(&sim, protocol, &[]);
        assert_eq!(send(&client).await, Outcome::Sent);
        assert_eq!(
            send(&client).await,
            Outcome::Refused(Refusal::LimitPerNumber)
        );
        sim.advance(wait_s);
        assert_eq!(send(&client).await, Outcome::Sent);
        for _ in 0..3 {
            sim.advance(wait_s);
            assert_eq!(send(&client).await, Outcome::Sent);
        }
        sim.advance(wait_s);
        assert_eq!(
            send(&client).await,
            Outcome::Refused(Refusal::LimitPerNumber)
        );
    }
}
