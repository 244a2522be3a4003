use std::{sync::Arc, time::Duration};

use serde_json::{Value, json};

use crate::{
    address::may_notify,
    clock::{china_time, real_ms},
    keys::{random_hex, seal},
    notices::{EventKind, Forgery, NoticeBytes, Pending, SentNotice},
    shared::Shared,
    trades::State,
};

/// Encrypts and signs one notification, with one thing wrong in it where a forgery is asked for.
fn write_notice(sim: &Shared, notice: &Pending, forgery: Forgery) -> anyhow::Result<NoticeBytes> {
    let merchant = &sim.keys.merchant;
    let mut content = notice.content.clone();
    let mut put = |place: &str, value: Value| {
        if let Some(found) = content.pointer_mut(place) {
            *found = value;
        }
    };
    match forgery {
        Forgery::OtherMerchant => put("/mchid", json!("1900000000")),
        Forgery::OtherAccount => put("/appid", json!("wx0000000000000000")),
        Forgery::OtherOrder => put("/out_trade_no", json!("another-order-0")),
        Forgery::OtherAmount => {
            let total = notice
                .content
                .pointer("/amount/total")
                .and_then(Value::as_i64)
                .unwrap_or(0);
            put("/amount/total", json!(total + 1));
        }
        _ => {}
    }
    if notice.kind == EventKind::Refund
        && let Some(object) = content.as_object_mut()
    {
        object
            .entry("mchid")
            .or_insert_with(|| json!(merchant.mchid));
    }
    let seal_nonce = random_hex(6);
    let original_type = notice.kind.original_type();
    let seal_key = if forgery == Forgery::WrongSealKey {
        "x".repeat(32)
    } else {
        merchant.api_v3_key.clone()
    };
    let associated_data = if forgery == Forgery::WrongAssociatedData {
        "another"
    } else {
        original_type
    };
    let mut sealed = seal(
        &seal_key,
        &seal_nonce,
        associated_data,
        content.to_string().as_bytes(),
    )?;
    if forgery == Forgery::TruncatedSeal {
        sealed.truncate(sealed.len() / 8 * 4);
    }
    let event_type = if forgery == Forgery::OtherEvent {
        "MARKETING.SEND"
    } else {
        notice.event_type
    };
    let algorithm = if forgery == Forgery::WrongAlgorithm {
        "AEAD_SM4_GCM"
    } else {
        "AEAD_AES_256_GCM"
    };
    let mut body = json!({
        "id": notice.id,
        "create_time": china_time(sim.world().now_ms()),
        "resource_type": "encrypt-resource",
        "event_type": event_type,
        "summary": "支付成功",
        "resource": {
            "original_type": original_type,
            "algorithm": algorithm,
            "ciphertext": sealed,
            "associated_data": original_type,
            "nonce": seal_nonce,
        },
    })
    .to_string();
    if forgery == Forgery::TruncatedAndSigned {
        body.truncate(100);
    }

    let honest = sim.keys.platform_signer(
        sim.world().behaviour.signing_key,
        notice.asked_key.as_deref(),
    );
    let signing = if matches!(forgery, Forgery::WrongKey | Forgery::UnknownKey) {
        &sim.keys.stranger
    } else {
        honest
    };
    let serial = if forgery == Forgery::UnknownKey {
        &sim.keys.stranger.id
    } else {
        &honest.id
    };
    let timestamp = real_ms() / 1000
        + match forgery {
            Forgery::Stale => -600,
            Forgery::Future => 600,
            _ => 0,
        };
    let nonce = random_hex(16);
    let mut message = format!("{timestamp}\n{nonce}\n{body}\n");
    if forgery == Forgery::BadSignature {
        message.push('x');
    }
    let mut signature = signing.sign(message.as_bytes());
    if forgery == Forgery::GarbledSignature {
        signature = "WECHATPAY/SIGNTEST/not-base64".to_owned();
    }
    if forgery == Forgery::Truncated {
        body.truncate(100);
    }
    let mut headers = vec![
        ("Wechatpay-Serial".to_owned(), serial.clone()),
        ("Wechatpay-Timestamp".to_owned(), timestamp.to_string()),
        ("Wechatpay-Nonce".to_owned(), nonce),
        ("Wechatpay-Signature".to_owned(), signature),
    ];
    if forgery == Forgery::NoHeaders {
        headers.clear();
    }
    Ok(NoticeBytes { headers, body })
}

/// Posts a notification. Returns the status answered within five seconds, if any.
pub(crate) async fn post(sim: &Shared, url: &str, bytes: &NoticeBytes) -> Option<u16> {
    if !may_notify(url) {
        return None;
    }
    let mut request = sim
        .http
        .post(url)
        .timeout(Duration::from_secs(5))
        .header("Content-Type", "application/json")
        .header("User-Agent", "Mozilla/4.0");
    for (name, value) in &bytes.headers {
        request = request.header(name, value);
    }
    request
        .body(bytes.body.clone())
        .send()
        .await
        .ok()
        .map(|response| response.status().as_u16())
}

/// Sends what is due, for ever; wakes when the clock or the queue changes.
pub(crate) async fn deliver(sim: Arc<Shared>) {
    loop {
        let due: Vec<Pending> = {
            let mut world = sim.world();
            world.settle_refunds();
            let now = world.now_ms();
            let (due, rest) = world
                .pending
                .drain(..)
                .partition(|notice| !notice.held && notice.due_ms <= now);
            world.pending = rest;
            due
        };
        for notice in due {
            tokio::spawn(deliver_one(Arc::clone(&sim), notice));
        }
        let _ = tokio::time::timeout(Duration::from_millis(20), sim.wake.notified()).await;
    }
}

async fn deliver_one(sim: Arc<Shared>, notice: Pending) {
    let Ok(bytes) = write_notice(&sim, &notice, Forgery::None) else {
        return;
    };
    let status = post(&sim, &notice.url, &bytes).await;
    let mut world = sim.world();
    let at_ms = world.now_ms();
    world.sent.push(SentNotice {
        id: notice.id.clone(),
        event_type: notice.event_type.to_owned(),
        out_trade_no: notice.out_trade_no.clone(),
        attempt: notice.attempt,
        url: notice.url.clone(),
        headers: bytes.headers,
        body: bytes.body,
        status,
        at_ms,
    });
    let acknowledged = status.is_some_and(|status| status == 200 || status == 204);
    if acknowledged || !notice.retries {
        return;
    }
    let place = usize::try_from(notice.attempt)
        .unwrap_or(usize::MAX)
        .saturating_sub(1);
    if let Some(wait) = world.behaviour.notify.retry_ms.get(place).copied() {
        let due_ms = at_ms + i64::try_from(wait).unwrap_or(i64::MAX / 2);
        world.pending.push(Pending {
            due_ms,
            attempt: notice.attempt + 1,
            ..notice
        });
    }
}

/// Writes a notification about an order as if it were paid now, with one thing wrong in it. Changes no state.
pub(crate) fn forge(
    sim: &Shared,
    out_trade_no: &str,
    forgery: Forgery,
) -> anyhow::Result<(String, NoticeBytes)> {
    let trade = {
        let world = sim.world();
        let mut trade = world
            .trades
            .get(out_trade_no)
            .cloned()
            .ok_or_else(|| anyhow::anyhow!("no order {out_trade_no}"))?;
        if trade.transaction_id.is_none() {
            trade.state = State::Success;
            trade.transaction_id = Some("4200000000000000000000000000".to_owned());
            trade.paid_ms = Some(world.now_ms());
        }
        trade
    };
    let notice = Pending {
        id: format!("EV-{}", random_hex(10)),
        kind: EventKind::Payment,
        event_type: "TRANSACTION.SUCCESS",
        url: trade.notify_url.clone(),
        out_trade_no: trade.out_trade_no.clone(),
        asked_key: trade.asked_key.clone(),
        content: trade.to_json(&sim.keys.merchant),
        due_ms: 0,
        attempt: 1,
        held: false,
        retries: false,
    };
    Ok((
        trade.notify_url.clone(),
        write_notice(sim, &notice, forgery)?,
    ))
}
