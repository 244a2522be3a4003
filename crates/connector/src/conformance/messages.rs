use super::probe::{Probe, refused_with, unexpected};
use super::report::{Finding, Report, Trouble, broken, skipped};
use crate::client::{Fault, answer, message_id, now};
use crate::error::ErrorCode;
use crate::protocol::{Capabilities, CapabilitiesAnswer, PROTOCOL};
use crate::signature::{Keyring, Secret};

const MINUTE: i64 = 60;
const DAY: i64 = 24 * 60 * MINUTE;
const STRANGER: [u8; 32] = [0x5a; 32];

pub(super) async fn run(probe: &mut Probe<'_>, report: &mut Report) {
    let found = capabilities(probe).await;
    report.add(
        "capabilities",
        "Check the address and the secret first; then every field against docs/connector-openapi.json.",
        found,
    );
    report.add(
        "wrong key",
        "Compute the signature over id.timestamp.body with the secret's bytes (after whsec_, base64) and refuse others with 401 bad_signature.",
        signed_by_a_stranger(probe).await,
    );
    report.add(
        "no signature",
        "Refuse calls that lack one of the three headers with 401 bad_signature.",
        unsigned(probe).await,
    );
    report.add(
        "body changed after signing",
        "Sign and check the body's bytes as they came, before any parsing.",
        changed_body(probe).await,
    );
    report.add(
        "key rotation: two signatures",
        "webhook-signature may hold several signatures, separated by spaces: accept the call if one fits.",
        two_signatures(probe).await,
    );
    report.add(
        "key rotation: the other key",
        "While a key is changed, accept both.",
        other_key(probe).await,
    );
    report.add(
        "clock six minutes off",
        "Refuse a webhook-timestamp more than five minutes away with 401 stale_timestamp; accept four minutes. Keep the clock right (NTP).",
        clocks(probe).await,
    );
    report.add(
        "message of 31 days ago sent again",
        "Check webhook-timestamp as well as the signature.",
        old_message(probe).await,
    );
    report.add(
        "not JSON, unknown operation: errors as JSON",
        "Answer every fault with {\"error\":{\"code\":…}}; turn off the framework's HTML error pages.",
        unreadable(probe).await,
    );
    report.add(
        "unknown extra fields",
        "Ignore fields that you do not know: later versions add some.",
        extra_fields(probe).await,
    );
}

fn question(probe: &Probe<'_>) -> Result<Vec<u8>, Trouble> {
    probe.body(&Capabilities {})
}

async fn capabilities(probe: &mut Probe<'_>) -> Finding {
    let found = probe.ask(&Capabilities {}).await.map_err(unexpected)?;
    if found.issuer != probe.options.issuer {
        return broken(format!(
            "issuer: {} instead of {}",
            found.issuer, probe.options.issuer
        ));
    }
    let seen = format!(
        "protocol {}, {} operations, {} wallet(s)",
        found.protocol,
        found.ops.len(),
        found.wallets.len()
    );
    probe.capabilities = Some(found);
    Ok(seen)
}

fn stranger() -> Result<Secret, Trouble> {
    Secret::from_bytes(&STRANGER).map_err(|fault| Trouble::Skipped(fault.to_string()))
}

async fn signed_by_a_stranger(probe: &Probe<'_>) -> Finding {
    let keys = Keyring::new(stranger()?);
    let reply = probe.send(&keys, now(), question(probe)?).await;
    refused_with(reply, ErrorCode::BadSignature)?;
    Ok("refused".to_owned())
}

async fn unsigned(probe: &Probe<'_>) -> Finding {
    let body = question(probe)?;
    let id = message_id().map_err(unexpected)?;
    let mut headers = probe.options.keys().sign(&id, now(), &body);
    headers.signature = String::new();
    refused_with(probe.post(&headers, body).await, ErrorCode::BadSignature)?;
    Ok("refused".to_owned())
}

async fn changed_body(probe: &Probe<'_>) -> Finding {
    let body = question(probe)?;
    let id = message_id().map_err(unexpected)?;
    let headers = probe.options.keys().sign(&id, now(), &body);
    // A space at the end means the same to a parser, and is another body.
    let changed = [body.as_slice(), b" "].concat();
    refused_with(probe.post(&headers, changed).await, ErrorCode::BadSignature)?;
    Ok("refused".to_owned())
}

async fn accepted(probe: &Probe<'_>, keys: &Keyring, at: i64) -> Result<(), Trouble> {
    let reply = probe.send(keys, now().plus(at), question(probe)?).await;
    let reply = reply.map_err(unexpected)?;
    match answer::<CapabilitiesAnswer>(&reply) {
        Ok(_) => Ok(()),
        Err(Fault::Refused(detail)) => broken(format!("refused: {}", detail.code)),
        Err(fault) => Err(unexpected(fault)),
    }
}

async fn two_signatures(probe: &Probe<'_>) -> Finding {
    let keys = Keyring::new(stranger()?).with_other(probe.options.secret.clone());
    accepted(probe, &keys, 0).await?;
    Ok("accepted by the second".to_owned())
}

async fn other_key(probe: &Probe<'_>) -> Finding {
    let Some(other) = &probe.options.other_secret else {
        return skipped("no other key (--other-secret-file)");
    };
    accepted(probe, &Keyring::new(other.clone()), 0).await?;
    Ok("accepted".to_owned())
}

async fn clocks(probe: &Probe<'_>) -> Finding {
    let keys = probe.options.keys();
    for minutes in [-4, 4] {
        if let Err(Trouble::Broken(seen)) = accepted(probe, &keys, minutes * MINUTE).await {
            return broken(format!(
                "{minutes} minutes off: {seen}; is the clock there right?"
            ));
        }
    }
    for minutes in [-6, 6] {
        let at = now().plus(minutes * MINUTE);
        let reply = probe.send(&keys, at, question(probe)?).await;
        if let Err(Trouble::Broken(seen)) = refused_with(reply, ErrorCode::StaleTimestamp) {
            return broken(format!("{minutes} minutes off: {seen}"));
        }
    }
    Ok("six minutes refused, four accepted".to_owned())
}

async fn old_message(probe: &Probe<'_>) -> Finding {
    let reply = probe
        .send(
            &probe.options.keys(),
            now().plus(-31 * DAY),
            question(probe)?,
        )
        .await;
    refused_with(reply, ErrorCode::StaleTimestamp)?;
    Ok("refused".to_owned())
}

async fn unreadable(probe: &Probe<'_>) -> Finding {
    let issuer = probe.options.issuer;
    let unknown =
        format!(r#"{{"protocol":"{PROTOCOL}","op":"dance","issuer":"{issuer}","test":true}}"#);
    let version =
        format!(r#"{{"protocol":"0","op":"capabilities","issuer":"{issuer}","test":true}}"#);
    for (what, body, code) in [
        (
            "HTML in place of JSON",
            "<html></html>",
            ErrorCode::Malformed,
        ),
        ("an empty body", "", ErrorCode::Malformed),
        ("a list", "[]", ErrorCode::Malformed),
        ("an unknown operation", &unknown, ErrorCode::UnsupportedOp),
        ("an unknown version", &version, ErrorCode::Malformed),
    ] {
        let reply = probe.send_now(body.as_bytes().to_vec()).await;
        if let Err(Trouble::Broken(seen)) = refused_with(reply, code) {
            return broken(format!("{what}: {seen}"));
        }
    }
    Ok("each refused as JSON".to_owned())
}

async fn extra_fields(probe: &Probe<'_>) -> Finding {
    let issuer = probe.options.issuer;
    let body = format!(
        r#"{{"protocol":"{PROTOCOL}","op":"capabilities","issuer":"{issuer}","test":true,"colour":{{"deep":[1,null]}}}}"#
    );
    let reply = probe
        .send_now(body.into_bytes())
        .await
        .map_err(unexpected)?;
    answer::<CapabilitiesAnswer>(&reply).map_err(unexpected)?;
    Ok("ignored".to_owned())
}
