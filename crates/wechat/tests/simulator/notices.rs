use std::time::Duration;

use axum::http::HeaderMap;
use dika_wechat::{
    OutRefundNo,
    pay::{Event, NewRefund, NoticeError, RefundStatus, SignatureFault, Verdict},
};
use dika_wechat_sim::{Forgery, NotifyPlan, ReleaseOrder, SigningKey};
use proptest::prelude::*;

use crate::stage::{Is, Stage, headers, now};

#[tokio::test]
async fn a_payment_is_announced_and_believed() {
    let stage = Stage::new().await;
    let no = stage.order().await;
    stage.sim.pay(no.as_str()).unwrap();
    let (headers, body) = stage.received.wait_for(1).await.remove(0);
    let notice = stage.pay.read_notice(&headers, &body, now()).unwrap();
    assert!(notice.id.starts_with("EV-"));
    let Event::Payment(trade) = notice.event else {
        panic!("{notice:?}")
    };
    assert_eq!(trade.out_trade_no, no);
    assert!(matches!(trade.verdict(2000), Verdict::Paid { .. }));
    assert!(matches!(trade.verdict(1999), Verdict::WrongAmount { .. }));
}

#[tokio::test]
async fn a_refund_is_announced() {
    let stage = Stage::new().await;
    let no = stage.order().await;
    stage.sim.pay(no.as_str()).unwrap();
    stage.received.wait_for(1).await;
    let refund_no = OutRefundNo::new(format!("r-{no}")).unwrap();
    stage
        .pay
        .refund(&NewRefund::new(no.clone(), refund_no.clone(), 2000, 2000).unwrap())
        .await
        .unwrap();
    let (headers, body) = stage.received.wait_for(2).await.remove(1);
    let Event::Refund(refund) = stage.pay.read_notice(&headers, &body, now()).unwrap().event else {
        panic!()
    };
    assert_eq!(
        (refund.out_refund_no.clone(), refund.status.clone()),
        (refund_no, RefundStatus::Success)
    );
    assert_eq!((refund.refund_fen(), refund.out_trade_no), (Some(2000), no));
}

#[tokio::test]
async fn every_forgery_is_told_apart() {
    let stage = Stage::new().await;
    let no = stage.order().await;
    let read = |forgery| {
        let bytes = stage.sim.forge(no.as_str(), forgery).unwrap();
        stage
            .pay
            .read_notice(&headers(&bytes), bytes.body.as_bytes(), now())
    };
    assert!(
        matches!(read(Forgery::None).unwrap().event, Event::Payment(t) if matches!(t.verdict(2000), Verdict::Paid { .. }))
    );
    let cases: [(Forgery, Is<NoticeError>, u16); 15] = [
        (
            Forgery::WrongKey,
            |e| *e == NoticeError::Signature(SignatureFault::Wrong),
            401,
        ),
        (
            Forgery::UnknownKey,
            |e| matches!(e, NoticeError::Signature(SignatureFault::UnknownKey(_))),
            401,
        ),
        (
            Forgery::BadSignature,
            |e| *e == NoticeError::Signature(SignatureFault::Wrong),
            401,
        ),
        (
            Forgery::GarbledSignature,
            |e| *e == NoticeError::Signature(SignatureFault::Wrong),
            401,
        ),
        (
            Forgery::NoHeaders,
            |e| matches!(e, NoticeError::Signature(SignatureFault::Header(_))),
            401,
        ),
        (
            Forgery::Stale,
            |e| matches!(e, NoticeError::Signature(SignatureFault::Stale(595..=605))),
            401,
        ),
        (
            Forgery::Future,
            |e| {
                matches!(
                    e,
                    NoticeError::Signature(SignatureFault::Stale(-605..=-595))
                )
            },
            401,
        ),
        (
            Forgery::Truncated,
            |e| *e == NoticeError::Signature(SignatureFault::Wrong),
            401,
        ),
        (
            Forgery::TruncatedAndSigned,
            |e| matches!(e, NoticeError::Malformed(_)),
            400,
        ),
        (
            Forgery::TruncatedSeal,
            |e| *e == NoticeError::Unsealable,
            500,
        ),
        (
            Forgery::WrongSealKey,
            |e| *e == NoticeError::Unsealable,
            500,
        ),
        (
            Forgery::WrongAssociatedData,
            |e| *e == NoticeError::Unsealable,
            500,
        ),
        (
            Forgery::WrongAlgorithm,
            |e| matches!(e, NoticeError::Malformed(_)),
            400,
        ),
        (
            Forgery::OtherMerchant,
            |e| *e == NoticeError::Mismatch("mchid"),
            400,
        ),
        (
            Forgery::OtherAccount,
            |e| *e == NoticeError::Mismatch("appid"),
            400,
        ),
    ];
    for (forgery, expected, status) in cases {
        let error = read(forgery).unwrap_err();
        assert!(expected(&error), "{forgery:?}: {error:?}");
        assert_eq!(error.http_status(), status, "{forgery:?}");
    }
    // In order as notifications go; for the caller to refuse, or to leave alone.
    assert!(matches!(read(Forgery::OtherAmount).unwrap().event,
        Event::Payment(t) if t.verdict(2000) == Verdict::WrongAmount { total: Some(2001) }));
    assert!(
        matches!(read(Forgery::OtherOrder).unwrap().event, Event::Payment(t) if t.out_trade_no != no)
    );
    assert_eq!(
        read(Forgery::OtherEvent).unwrap().event,
        Event::Other("MARKETING.SEND".into())
    );
}

#[tokio::test]
async fn a_header_given_twice_is_refused() {
    let stage = Stage::new().await;
    let no = stage.order().await;
    let bytes = stage.sim.forge(no.as_str(), Forgery::None).unwrap();
    for name in [
        "wechatpay-serial",
        "wechatpay-signature",
        "wechatpay-timestamp",
        "wechatpay-nonce",
    ] {
        let mut twice = headers(&bytes);
        let value = twice[name].clone();
        twice.append(name, value);
        let error = stage
            .pay
            .read_notice(&twice, bytes.body.as_bytes(), now())
            .unwrap_err();
        assert!(matches!(
            error,
            NoticeError::Signature(SignatureFault::Header(_))
        ));
        let mut without = headers(&bytes);
        without.remove(name);
        assert!(
            stage
                .pay
                .read_notice(&without, bytes.body.as_bytes(), now())
                .is_err()
        );
    }
}

#[tokio::test]
async fn a_replay_reads_alike_for_five_minutes_and_then_not_at_all() {
    let stage = Stage::new().await;
    let no = stage.order().await;
    stage.sim.pay(no.as_str()).unwrap();
    stage.wait_sent(1).await;
    assert_eq!(stage.sim.replay(0).await.unwrap(), Some(204));
    let both = stage.received.wait_for(2).await;
    let read =
        |(headers, body): &(HeaderMap, Vec<u8>), at| stage.pay.read_notice(headers, body, at);
    assert_eq!(
        read(&both[0], now()).unwrap(),
        read(&both[1], now()).unwrap()
    );
    assert!(read(&both[1], now() + 290).is_ok());
    assert!(matches!(
        read(&both[1], now() + 310),
        Err(NoticeError::Signature(SignatureFault::Stale(_)))
    ));
}

#[tokio::test]
async fn doubled_notifications_bear_one_id() {
    let stage = Stage::new().await;
    stage.sim.set(|b| b.notify.copies = 3);
    let no = stage.order().await;
    stage.sim.pay(no.as_str()).unwrap();
    let ids: Vec<String> = stage
        .received
        .wait_for(3)
        .await
        .iter()
        .map(|(headers, body)| stage.pay.read_notice(headers, body, now()).unwrap().id)
        .collect();
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
}

#[tokio::test]
async fn what_is_not_acknowledged_comes_again_and_what_is_does_not() {
    let stage = Stage::new().await;
    stage
        .received
        .answers
        .lock()
        .unwrap()
        .extend([500, 404, 200]);
    stage.sim.set(|b| b.notify.retry_ms = vec![30, 30, 30, 30]);
    let no = stage.order().await;
    stage.sim.pay(no.as_str()).unwrap();
    stage.wait_sent(3).await;
    tokio::time::sleep(Duration::from_millis(150)).await;
    assert_eq!(stage.received.count(), 3);
    let tries: Vec<(u32, Option<u16>)> = stage
        .sim
        .sent()
        .iter()
        .map(|s| (s.attempt, s.status))
        .collect();
    assert_eq!(tries, [(1, Some(500)), (2, Some(404)), (3, Some(200))]);
}

#[tokio::test]
async fn tencents_own_retries_follow_the_simulated_clock() {
    let stage = Stage::new().await;
    stage.received.answers.lock().unwrap().extend([500, 500]);
    let no = stage.order().await;
    stage.sim.pay(no.as_str()).unwrap();
    stage.wait_sent(1).await;
    tokio::time::sleep(Duration::from_millis(80)).await;
    assert_eq!(stage.received.count(), 1);
    stage.sim.advance(15);
    stage.wait_sent(2).await;
    stage.sim.advance(15);
    let all = stage.received.wait_for(3).await;
    // Each try is signed anew, by the real clock.
    assert!(stage.pay.read_notice(&all[2].0, &all[2].1, now()).is_ok());
}

#[tokio::test]
async fn held_notifications_can_be_reordered_delayed_or_left_out() {
    let stage = Stage::new().await;
    stage.sim.set(|b| b.notify.hold = true);
    let (a, b) = (stage.order().await, stage.order().await);
    stage.sim.pay(a.as_str()).unwrap();
    stage.sim.pay(b.as_str()).unwrap();
    tokio::time::sleep(Duration::from_millis(80)).await;
    assert_eq!(stage.received.count(), 0);
    assert_eq!(stage.sim.release(ReleaseOrder::Reversed), 2);
    let order: Vec<String> = stage
        .received
        .wait_for(2)
        .await
        .iter()
        .map(
            |(headers, body)| match stage.pay.read_notice(headers, body, now()).unwrap().event {
                Event::Payment(trade) => trade.out_trade_no.to_string(),
                other => panic!("{other:?}"),
            },
        )
        .collect();
    assert_eq!(order, [b.to_string(), a.to_string()]);

    stage.sim.set(|b| {
        b.notify = NotifyPlan {
            delay_ms: 60_000,
            ..NotifyPlan::default()
        }
    });
    let late = stage.order().await;
    stage.sim.pay(late.as_str()).unwrap();
    tokio::time::sleep(Duration::from_millis(80)).await;
    assert_eq!(stage.received.count(), 2);
    stage.sim.advance(60);
    stage.received.wait_for(3).await;

    stage.sim.set(|b| b.notify.enabled = false);
    let never = stage.order().await;
    stage.sim.pay(never.as_str()).unwrap();
    stage.sim.advance(24 * 3600);
    tokio::time::sleep(Duration::from_millis(80)).await;
    assert_eq!(stage.received.count(), 3);
    assert!(matches!(
        stage.pay.query(&never).await.unwrap().verdict(2000),
        Verdict::Paid { .. }
    ));
}

#[tokio::test]
async fn notifications_survive_a_rotation() {
    let stage = Stage::new().await;
    for (place, key) in [SigningKey::Certificate, SigningKey::PublicKey]
        .into_iter()
        .enumerate()
    {
        stage.sim.set(|b| b.signing_key = key);
        let no = stage.order().await;
        stage.sim.pay(no.as_str()).unwrap();
        let (headers, body) = stage.received.wait_for(place + 1).await.remove(place);
        stage.pay.read_notice(&headers, &body, now()).unwrap();
    }
    stage.sim.set(|b| b.signing_key = SigningKey::Stranger);
    let bytes = stage
        .sim
        .forge(stage.sim.trades()[0].out_trade_no.as_str(), Forgery::None)
        .unwrap();
    let error = stage
        .pay
        .read_notice(&headers(&bytes), bytes.body.as_bytes(), now())
        .unwrap_err();
    assert!(matches!(
        error,
        NoticeError::Signature(SignatureFault::UnknownKey(_))
    ));
}

#[tokio::test]
async fn one_changed_byte_anywhere_is_noticed() {
    let stage = Stage::new().await;
    let no = stage.order().await;
    let bytes = stage.sim.forge(no.as_str(), Forgery::None).unwrap();
    let good = headers(&bytes);
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::with_cases(200));
    runner
        .run(
            &(any::<proptest::sample::Index>(), 1..=255u8),
            |(place, flip)| {
                let mut body = bytes.body.clone().into_bytes();
                let place = place.index(body.len());
                body[place] ^= flip;
                prop_assert_eq!(
                    stage.pay.read_notice(&good, &body, now()),
                    Err(NoticeError::Signature(SignatureFault::Wrong))
                );
                Ok(())
            },
        )
        .unwrap();
    runner
        .run(&any::<proptest::sample::Index>(), |end| {
            let body = &bytes.body.as_bytes()[..end.index(bytes.body.len())];
            prop_assert!(stage.pay.read_notice(&good, body, now()).is_err());
            Ok(())
        })
        .unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Junk of any kind is refused, and never a panic.
    #[test]
    fn junk_is_refused(body in proptest::collection::vec(any::<u8>(), 0..400), texts in proptest::collection::vec("[ -~]{0,40}", 4)) {
        static PAY: std::sync::LazyLock<dika_wechat::pay::Pay> = std::sync::LazyLock::new(|| {
            let settings = dika_wechat_sim::SimKeys::shared().settings("http://127.0.0.1:1", "http://127.0.0.1:1/notify");
            dika_wechat::pay::Pay::new(&dika_wechat::Config::load(&settings).unwrap()).unwrap()
        });
        let mut map = HeaderMap::new();
        for (name, text) in ["wechatpay-serial", "wechatpay-signature", "wechatpay-timestamp", "wechatpay-nonce"].into_iter().zip(&texts) {
            map.insert(name, text.parse().unwrap());
        }
        prop_assert!(PAY.read_notice(&map, &body, 0).is_err());
    }
}
