use dika_wechat::pay::{BillEntry, Error};
use dika_wechat_sim::{Call, Fault};
use time::{OffsetDateTime, macros::offset};

use crate::stage::{Stage, fresh_no, now, order};

/// Today in China.
fn today() -> String {
    let china = OffsetDateTime::from_unix_timestamp(now())
        .unwrap()
        .to_offset(offset!(+8));
    format!(
        "{:04}-{:02}-{:02}",
        china.year(),
        u8::from(china.month()),
        china.day()
    )
}

#[tokio::test]
async fn a_day_s_payments_and_refunds_are_listed() {
    let stage = Stage::new().await;
    assert_eq!(stage.pay.trade_bill(&today()).await.unwrap(), []);
    let (first, second) = (fresh_no(), fresh_no());
    for (no, fen) in [(&first, 2_000), (&second, 1)] {
        stage.pay.create_native(&order(no, fen)).await.unwrap();
        stage.sim.pay(no.as_str()).unwrap();
    }
    let unpaid = fresh_no();
    stage.pay.create_native(&order(&unpaid, 5)).await.unwrap();
    stage.sim.console_refund(first.as_str(), 500).unwrap();
    let bill = stage.pay.trade_bill(&today()).await.unwrap();
    assert_eq!(bill.len(), 3);
    let of = |no: &str| {
        bill.iter()
            .filter(|line| line.out_trade_no == no)
            .collect::<Vec<_>>()
    };
    let id = stage
        .sim
        .trade(first.as_str())
        .unwrap()
        .transaction_id
        .unwrap();
    assert_eq!(of(first.as_str())[0].entry, BillEntry::Payment(2_000));
    assert_eq!(of(first.as_str())[0].transaction_id, id);
    assert!(
        matches!(
            &of(first.as_str())[1].entry,
            BillEntry::Refund { fen: 500, .. }
        ),
        "{bill:?}"
    );
    assert_eq!(of(second.as_str())[0].entry, BillEntry::Payment(1));
    assert_eq!(stage.pay.trade_bill("2020-01-01").await.unwrap(), []);
}

#[tokio::test]
async fn a_bill_that_is_not_the_one_announced_is_not_believed() {
    let stage = Stage::new().await;
    let no = fresh_no();
    stage.pay.create_native(&order(&no, 3)).await.unwrap();
    stage.sim.pay(no.as_str()).unwrap();
    for (call, fault) in [
        (Call::BillFile, Fault::Garbage),
        (Call::BillFile, Fault::CutOff),
        (Call::BillFile, Fault::Status { status: 502 }),
        (Call::TradeBill, Fault::BadSignature),
        (Call::TradeBill, Fault::Unsigned),
        (Call::TradeBill, Fault::Garbage),
    ] {
        stage.sim.fault(call, fault.clone(), 1);
        let asked = stage.pay.trade_bill(&today()).await;
        assert!(asked.is_err(), "{call:?}, {fault:?}: {asked:?}");
    }
    stage.sim.fault(Call::BillFile, Fault::Garbage, 1);
    let asked = stage.pay.trade_bill(&today()).await;
    assert!(matches!(asked, Err(Error::Malformed(_))), "{asked:?}");
    assert_eq!(stage.pay.trade_bill(&today()).await.unwrap().len(), 1);
}
