use dika_wechat::{
    OpenId, OutRefundNo, OutTradeNo,
    pay::{
        Error, ErrorCode, NetworkFault, NewRefund, Outcome, Pay, RefundStatus, SignatureFault,
        TradeState, TradeType, Verdict,
    },
};
use dika_wechat_sim::{Call, Fault, RefundEnd, SigningKey};

use crate::stage::{Is, Stage, fresh_no, now, order};

fn code<T: std::fmt::Debug>(result: Result<T, Error>) -> ErrorCode {
    result.unwrap_err().proven_code().unwrap().clone()
}

#[tokio::test]
async fn all_three_forms_are_created_paid_and_told() {
    let stage = Stage::new().await;
    let (a, b, c) = (fresh_no(), fresh_no(), fresh_no());
    stage
        .pay
        .create_jsapi(&order(&a, 1), &stage.payer)
        .await
        .unwrap();
    let h5 = stage
        .pay
        .create_h5(&order(&b, 2), "203.0.113.7".parse().unwrap())
        .await
        .unwrap();
    assert!(h5.as_str().starts_with(&format!(
        "{}/cgi-bin/mmpayweb-bin/checkmweb?",
        stage.sim.base_url()
    )));
    let native = stage.pay.create_native(&order(&c, 3)).await.unwrap();
    assert!(native.as_str().starts_with("weixin://wxpay/bizpayurl?pr="));
    for (no, fen, form) in [
        (a, 1, TradeType::Jsapi),
        (b, 2, TradeType::H5),
        (c, 3, TradeType::Native),
    ] {
        let before = stage.pay.query(&no).await.unwrap();
        assert_eq!(before.verdict(fen), Verdict::NotPaid);
        stage.sim.pay(no.as_str()).unwrap();
        let after = stage.pay.query(&no).await.unwrap();
        assert_eq!(after.trade_type, Some(form));
        assert_eq!(after.payer(), Some(&stage.payer));
        assert!(
            matches!(after.verdict(fen), Verdict::Paid { paid_at_unix_s: Some(at), .. } if (at - now()).abs() < 5)
        );
        assert_eq!(
            after.verdict(fen + 1),
            Verdict::WrongAmount { total: Some(fen) }
        );
    }
}

#[tokio::test]
async fn attached_text_time_limit_and_odd_numbers_travel() {
    let stage = Stage::new().await;
    let no = OutTradeNo::new("a|b*c_d-1").unwrap();
    let asked = order(&no, 5)
        .attach("x=1 & y=\"二\"")
        .unwrap()
        .expires_at(now() + 600)
        .unwrap();
    stage.pay.create_jsapi(&asked, &stage.payer).await.unwrap();
    stage.sim.pay(no.as_str()).unwrap();
    let trade = stage.pay.query(&no).await.unwrap();
    assert_eq!(trade.attach.as_deref(), Some("x=1 & y=\"二\""));
    assert_eq!(trade.out_trade_no, no);
}

#[tokio::test]
async fn the_same_order_again_gives_a_fresh_ticket_and_another_is_refused() {
    let stage = Stage::new().await;
    let no = fresh_no();
    let first = stage
        .pay
        .create_jsapi(&order(&no, 100), &stage.payer)
        .await
        .unwrap();
    let second = stage
        .pay
        .create_jsapi(&order(&no, 100), &stage.payer)
        .await
        .unwrap();
    assert_ne!(first.as_str(), second.as_str());
    assert_eq!(
        code(stage.pay.create_jsapi(&order(&no, 101), &stage.payer).await),
        ErrorCode::OutTradeNoUsed
    );
    assert_eq!(
        code(stage.pay.create_native(&order(&no, 100)).await),
        ErrorCode::OutTradeNoUsed
    );
    let other = order(&no, 100).attach("other").unwrap();
    assert_eq!(
        code(stage.pay.create_jsapi(&other, &stage.payer).await),
        ErrorCode::InvalidRequest
    );
    stage.sim.pay(no.as_str()).unwrap();
    assert_eq!(
        code(stage.pay.create_jsapi(&order(&no, 100), &stage.payer).await),
        ErrorCode::OrderPaid
    );
}

#[tokio::test]
async fn refusals_keep_their_codes() {
    let stage = Stage::new().await;
    let stranger = OpenId::new("oNobody").unwrap();
    assert_eq!(
        code(
            stage
                .pay
                .create_jsapi(&order(&fresh_no(), 1), &stranger)
                .await
        ),
        ErrorCode::ParamError
    );
    assert_eq!(
        code(stage.pay.query(&fresh_no()).await),
        ErrorCode::OrderNotExist
    );
    assert_eq!(
        code(stage.pay.close(&fresh_no()).await),
        ErrorCode::OrderNotExist
    );
    assert_eq!(
        code(
            stage
                .pay
                .query_refund(&OutRefundNo::new("r1").unwrap())
                .await
        ),
        ErrorCode::ResourceNotExists
    );
    let past = order(&fresh_no(), 1).expires_at(now() - 60).unwrap();
    assert_eq!(
        code(stage.pay.create_native(&past).await),
        ErrorCode::ParamError
    );
    stage.sim.fault(
        Call::Create,
        Fault::Refuse {
            status: 403,
            code: "BRAND_NEW".into(),
        },
        1,
    );
    let error = stage
        .pay
        .create_native(&order(&fresh_no(), 1))
        .await
        .unwrap_err();
    assert_eq!(
        error.proven_code(),
        Some(&ErrorCode::Other("BRAND_NEW".into()))
    );
    assert_eq!(error.outcome(), Outcome::NotDone);
}

#[tokio::test]
async fn closing_ends_an_unpaid_order_and_no_other() {
    let stage = Stage::new().await;
    let no = stage.order().await;
    stage.pay.close(&no).await.unwrap();
    assert_eq!(
        stage.pay.query(&no).await.unwrap().verdict(2000),
        Verdict::Closed
    );
    assert_eq!(code(stage.pay.close(&no).await), ErrorCode::OrderClosed);
    assert_eq!(
        code(
            stage
                .pay
                .create_jsapi(&order(&no, 2000), &stage.payer)
                .await
        ),
        ErrorCode::OrderClosed
    );
    let paid = stage.order().await;
    stage.sim.pay(paid.as_str()).unwrap();
    assert_eq!(code(stage.pay.close(&paid).await), ErrorCode::OrderPaid);
}

#[tokio::test]
async fn a_payment_later_than_our_close_is_told_and_can_be_refunded() {
    let stage = Stage::new().await;
    let no = stage.order().await;
    stage.pay.close(&no).await.unwrap();
    assert!(stage.sim.pay(no.as_str()).is_err());
    stage.sim.pay_late(no.as_str()).unwrap();
    assert!(matches!(
        stage.pay.query(&no).await.unwrap().verdict(2000),
        Verdict::Paid { .. }
    ));
    let refund_no = OutRefundNo::new(format!("r-{no}")).unwrap();
    let asked = NewRefund::new(no.clone(), refund_no.clone(), 2000, 2000)
        .unwrap()
        .reason("订单已关闭")
        .unwrap();
    assert_eq!(
        stage.pay.refund(&asked).await.unwrap().status,
        RefundStatus::Processing
    );
    let refund = stage.pay.query_refund(&refund_no).await.unwrap();
    assert_eq!(
        (
            refund.status.clone(),
            refund.refund_fen(),
            refund.total_fen()
        ),
        (RefundStatus::Success, Some(2000), Some(2000))
    );
    assert!(matches!(
        stage.pay.query(&no).await.unwrap().verdict(2000),
        Verdict::Refunded { .. }
    ));
}

#[tokio::test]
async fn a_refund_asked_for_twice_is_one_and_never_exceeds_the_payment() {
    let stage = Stage::new().await;
    stage
        .sim
        .set(|b| (b.refund_after_s, b.refund_end) = (60, RefundEnd::Abnormal));
    let no = stage.order().await;
    let ask = |name: &str, fen| {
        NewRefund::new(no.clone(), OutRefundNo::new(name).unwrap(), fen, 2000).unwrap()
    };
    assert_eq!(
        code(stage.pay.refund(&ask("early", 1)).await),
        ErrorCode::InvalidRequest
    );
    stage.sim.pay(no.as_str()).unwrap();
    let first = stage.pay.refund(&ask("one", 1500)).await.unwrap();
    assert_eq!(stage.pay.refund(&ask("one", 1500)).await.unwrap(), first);
    assert_eq!(
        code(stage.pay.refund(&ask("one", 1400)).await),
        ErrorCode::InvalidRequest
    );
    assert_eq!(
        code(stage.pay.refund(&ask("two", 501)).await),
        ErrorCode::InvalidRequest
    );
    stage.pay.refund(&ask("two", 500)).await.unwrap();
    assert_eq!(
        stage
            .pay
            .query_refund(&first.out_refund_no)
            .await
            .unwrap()
            .status,
        RefundStatus::Processing
    );
    stage.sim.advance(61);
    assert_eq!(
        stage
            .pay
            .query_refund(&first.out_refund_no)
            .await
            .unwrap()
            .status,
        RefundStatus::Abnormal
    );
}

#[tokio::test]
async fn a_paid_order_may_be_called_unpaid_for_a_while() {
    let stage = Stage::new().await;
    stage.sim.set(|b| b.notpay_queries = 2);
    let no = stage.order().await;
    stage.sim.pay(no.as_str()).unwrap();
    for _ in 0..2 {
        assert_eq!(
            stage.pay.query(&no).await.unwrap().verdict(2000),
            Verdict::NotPaid
        );
    }
    assert!(matches!(
        stage.pay.query(&no).await.unwrap().verdict(2000),
        Verdict::Paid { .. }
    ));
    stage
        .sim
        .set(|b| (b.notpay_queries, b.notpay_for_s) = (0, 30));
    let no = stage.order().await;
    stage.sim.pay(no.as_str()).unwrap();
    assert_eq!(
        stage.pay.query(&no).await.unwrap().verdict(2000),
        Verdict::NotPaid
    );
    stage.sim.advance(31);
    assert!(matches!(
        stage.pay.query(&no).await.unwrap().verdict(2000),
        Verdict::Paid { .. }
    ));
}

#[tokio::test]
async fn an_order_past_its_time_is_closed() {
    let stage = Stage::new().await;
    let no = fresh_no();
    stage
        .pay
        .create_native(&order(&no, 9).expires_at(now() + 120).unwrap())
        .await
        .unwrap();
    stage.sim.advance(121);
    assert!(stage.sim.pay(no.as_str()).is_err());
    assert_eq!(
        stage.pay.query(&no).await.unwrap().verdict(9),
        Verdict::Closed
    );
}

#[tokio::test]
async fn an_answer_not_signed_as_it_must_be_is_not_read() {
    let stage = Stage::new().await;
    let no = stage.order().await;
    stage.sim.pay(no.as_str()).unwrap();
    let cases: [(Fault, Is<SignatureFault>); 4] = [
        (Fault::Unsigned, |f| matches!(f, SignatureFault::Header(_))),
        (Fault::BadSignature, |f| *f == SignatureFault::Wrong),
        (Fault::StaleSignature, |f| {
            matches!(f, SignatureFault::Stale(600..=610))
        }),
        (Fault::UnknownKey, |f| {
            matches!(f, SignatureFault::UnknownKey(_))
        }),
    ];
    for (fault, expected) in cases {
        for call in [Call::Query, Call::Create, Call::Close, Call::Refund] {
            stage.sim.fault(call, fault.clone(), 1);
            let error = match call {
                Call::Query => stage.pay.query(&no).await.unwrap_err(),
                Call::Create => stage
                    .pay
                    .create_native(&order(&fresh_no(), 1))
                    .await
                    .unwrap_err(),
                Call::Close => {
                    let open = stage.order().await;
                    stage.pay.close(&open).await.unwrap_err()
                }
                _ => {
                    let refund_no = OutRefundNo::new(format!("r-{}", fresh_no())).unwrap();
                    stage
                        .pay
                        .refund(&NewRefund::new(no.clone(), refund_no, 1, 2000).unwrap())
                        .await
                        .unwrap_err()
                }
            };
            assert!(
                matches!(&error, Error::Signature(f) if expected(f)),
                "{fault:?} on {call:?}: {error:?}"
            );
            assert_eq!(error.outcome(), Outcome::Unknown);
        }
    }
}

#[tokio::test]
async fn a_refusal_signed_wrongly_proves_nothing() {
    let stage = Stage::new().await;
    let no = stage.order().await;
    stage.sim.pay(no.as_str()).unwrap();
    stage.sim.fault(Call::Close, Fault::BadSignature, 1);
    assert_eq!(
        stage.pay.close(&no).await.unwrap_err(),
        Error::Signature(SignatureFault::Wrong)
    );
    stage.sim.fault(Call::Close, Fault::Unsigned, 1);
    let error = stage.pay.close(&no).await.unwrap_err();
    assert!(matches!(&error, Error::Rejected(r) if r.code == ErrorCode::OrderPaid && !r.proven));
    assert_eq!(
        (error.proven_code(), error.outcome()),
        (None, Outcome::Unknown)
    );
}

#[tokio::test]
async fn our_own_bad_signature_is_refused() {
    let stage = Stage::new().await;
    // Another key under the same serial: as after a mixed-up download.
    let other = dika_wechat_sim::SimKeys::generate().unwrap();
    let mixed = stage.client(|s| {
        s.merchant_key = dika_wechat::Source::new(other.merchant_key_pem());
        s.merchant_certificate = None;
    });
    let error = mixed
        .create_native(&order(&fresh_no(), 1))
        .await
        .unwrap_err();
    assert!(
        matches!(&error, Error::Rejected(r) if r.status == 401 && r.code == ErrorCode::SignError && !r.proven)
    );
    assert_eq!(error.outcome(), Outcome::NotDone);
    let wrong_serial = stage.client(|s| {
        s.merchant_serial = Some("5157F09EFDC096DE15EBE81A47057A7232F1B8E1".into());
        s.merchant_certificate = None;
    });
    assert!(
        matches!(wrong_serial.query(&fresh_no()).await.unwrap_err(), Error::Rejected(r) if r.code == ErrorCode::SignError)
    );
}

#[tokio::test]
async fn keys_rotate_without_a_gap_when_both_are_configured() {
    let stage = Stage::new().await;
    for key in [
        SigningKey::Certificate,
        SigningKey::PublicKey,
        SigningKey::Asked,
    ] {
        stage.sim.set(|b| b.signing_key = key);
        stage.order().await;
    }
    let certificate_only = stage.client(|s| drop(s.platform_keys.pop()));
    let public_key_only = stage.client(|s| drop(s.platform_keys.remove(0)));
    // Each is answered with the key it asks for …
    certificate_only
        .create_native(&order(&fresh_no(), 1))
        .await
        .unwrap();
    public_key_only
        .create_native(&order(&fresh_no(), 1))
        .await
        .unwrap();
    // … and one that missed the rotation says which key it lacks.
    stage.sim.set(|b| b.signing_key = SigningKey::PublicKey);
    let error = certificate_only
        .create_native(&order(&fresh_no(), 1))
        .await
        .unwrap_err();
    assert!(
        matches!(&error, Error::Signature(SignatureFault::UnknownKey(id)) if id.starts_with("PUB_KEY_ID_"))
    );
    assert!(error.to_string().contains("not among the configured ones"));
    stage.sim.set(|b| b.signing_key = SigningKey::Certificate);
    assert!(
        public_key_only
            .create_native(&order(&fresh_no(), 1))
            .await
            .is_err()
    );
}

#[tokio::test]
async fn trouble_on_the_way_leaves_the_outcome_unknown_and_a_query_tells() {
    let stage = Stage::new().await;
    let impatient = stage.client(|s| s.time_limit_s = 1);
    let cases: [(Fault, Is<Error>, bool); 6] = [
        (
            Fault::Status { status: 502 },
            |e| *e == Error::Unavailable { status: 502 },
            false,
        ),
        (
            Fault::DoneThenStatus { status: 504 },
            |e| *e == Error::Unavailable { status: 504 },
            true,
        ),
        (
            Fault::Hang { ms: 1500 },
            |e| *e == Error::Network(NetworkFault::TimedOut),
            false,
        ),
        (
            Fault::DoneThenSlow { ms: 1500 },
            |e| *e == Error::Network(NetworkFault::TimedOut),
            true,
        ),
        (
            Fault::CutOff,
            |e| *e == Error::Network(NetworkFault::Interrupted),
            true,
        ),
        (Fault::Garbage, |e| matches!(e, Error::Malformed(_)), true),
    ];
    for (fault, expected, done) in cases {
        let no = fresh_no();
        stage.sim.fault(Call::Create, fault.clone(), 1);
        let slow = matches!(fault, Fault::Hang { .. } | Fault::DoneThenSlow { .. });
        let pay = if slow { &impatient } else { &stage.pay };
        let error = pay
            .create_jsapi(&order(&no, 7), &stage.payer)
            .await
            .unwrap_err();
        assert!(expected(&error), "{fault:?}: {error:?}");
        assert_eq!(error.outcome(), Outcome::Unknown);
        let told = stage.pay.query(&no).await;
        if done {
            assert_eq!(told.unwrap().state, TradeState::NotPay, "{fault:?}");
        } else {
            assert_eq!(code(told), ErrorCode::OrderNotExist, "{fault:?}");
        }
        // Asking for the same order again is always safe.
        stage
            .pay
            .create_jsapi(&order(&no, 7), &stage.payer)
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn a_host_that_is_not_there_took_nothing() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let nowhere = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let stage = Stage::new().await;
    let pay = stage.client(|s| s.hosts.pay = nowhere);
    let error = pay.create_native(&order(&fresh_no(), 1)).await.unwrap_err();
    assert_eq!(error, Error::Network(NetworkFault::NotSent));
    assert_eq!(error.outcome(), Outcome::NotDone);
}

#[tokio::test]
async fn a_signed_answer_about_something_else_is_refused() {
    let stage = Stage::new().await;
    let no = stage.order().await;
    stage.sim.pay(no.as_str()).unwrap();
    stage.sim.fault(Call::Query, Fault::OtherOrder, 1);
    assert_eq!(
        stage.pay.query(&no).await.unwrap_err(),
        Error::Mismatch("out_trade_no")
    );
    stage.sim.fault(Call::Query, Fault::OtherMerchant, 1);
    assert_eq!(
        stage.pay.query(&no).await.unwrap_err(),
        Error::Mismatch("mchid")
    );
    stage.sim.fault(Call::Query, Fault::OtherAmount, 1);
    assert_eq!(
        stage.pay.query(&no).await.unwrap().verdict(2000),
        Verdict::WrongAmount { total: Some(2001) }
    );
    stage.sim.fault(
        Call::Query,
        Fault::State {
            state: "FROZEN".into(),
        },
        1,
    );
    assert_eq!(
        stage.pay.query(&no).await.unwrap().verdict(2000),
        Verdict::Unknown("FROZEN".into())
    );
    assert!(matches!(
        stage.pay.query(&no).await.unwrap().verdict(2000),
        Verdict::Paid { .. }
    ));
}

#[tokio::test]
async fn nothing_secret_is_printed() {
    let stage = Stage::new().await;
    let settings = format!("{:?}", stage.settings);
    let client: &Pay = &stage.pay;
    let all = format!("{settings}{:?}{client:?}", stage.config);
    assert!(!all.contains("PRIVATE KEY") && !all.contains("BEGIN"));
    let plain = serde_json::to_value(&stage.settings).unwrap();
    for name in ["app_secret", "api_v3_key"] {
        assert!(!all.contains(plain[name].as_str().unwrap()), "{name}");
    }
}
