use dika_contract::Fen;
use serde_json::{Value, json};

use super::probe::{Probe, TestCard, new_order, refusal, refused_with, unexpected};
use super::report::{Finding, Report, Trouble, broken, skipped};
use crate::Day;
use crate::client::{Fault, now};
use crate::error::ErrorCode;
use crate::protocol::{
    Credit, CreditAnswer, CreditState, CreditStatus, CreditStatusAnswer, DayStatement, Op, Reopen,
    ReportLoss, UndoLoss,
};

/// How often an order is sent at once.
const AT_ONCE: usize = 8;

pub(super) async fn run(probe: &mut Probe<'_>, report: &mut Report) {
    const IDEMPOTENT: &str = "Store the answer under the order id, for ever, in the transaction that books (or before the card system is told), and give it again.";
    const DURABLE: &str =
        "A refusal is an answer as durable as any: store it, whatever becomes of the card.";
    const STRICT: &str = "Read amount_fen as an integer of 1 or more; refuse anything else with 400 malformed and \"field\":\"amount_fen\".";

    report.add(
        "credit, once",
        "Book the amount in fen, and answer with the order's id and amount.",
        once(probe).await,
    );
    report.add(
        "order never heard of",
        "Answer credit_status with outcome `unknown`: a credit may still be on its way.",
        unknown(probe).await,
    );
    report.add("same order twice", IDEMPOTENT, twice(probe).await);
    report.add(
        "same order eight times at once",
        "Let the database decide which comes first: a unique key on the order id.",
        at_once(probe).await,
    );
    report.add(
        "answer lost, asked again",
        IDEMPOTENT,
        answer_lost(probe).await,
    );
    report.add(
        "same order, another amount",
        "Refuse it with 409 order_conflict and book nothing.",
        conflict(probe).await,
    );
    report.add(
        "order of an earlier run, sent again",
        IDEMPOTENT,
        earlier(probe).await,
    );
    report.add(
        "refusal, then the same order again",
        DURABLE,
        refused_then_again(probe).await,
    );
    report.add(
        "card that takes no money",
        "Answer {\"outcome\":\"refused\",\"code\":\"card_not_active\"}, not an error.",
        refusing(probe).await,
    );
    report.add(
        "fen as a string",
        STRICT,
        unreadable_amount(probe, Some(json!("1"))).await,
    );
    report.add(
        "fen as a fraction",
        STRICT,
        unreadable_amount(probe, Some(fraction())).await,
    );
    report.add(
        "fen negative",
        STRICT,
        unreadable_amount(probe, Some(json!(-1))).await,
    );
    report.add("fen missing", STRICT, unreadable_amount(probe, None).await);
    report.add(
        "credit signed with a wrong key",
        "Check the signature before anything else.",
        forged(probe).await,
    );
    report.add(
        "undecided, then decided: asked",
        "Keep asking the card system until it says what became of the order.",
        undecided_asked(probe).await,
    );
    report.add(
        "undecided, then decided: callback",
        "Send credit.decided, signed, to Dika's address for callbacks.",
        undecided_told(probe).await,
    );
    report.add(
        "reopen",
        "Only let the money wait again: book nothing, and change nothing when asked again.",
        reopen(probe).await,
    );
    report.add("day statement", "List each credit on the day on which it was first accepted; the sums are those of the list.", statement(probe).await);
}

fn same(first: &CreditAnswer, second: &CreditAnswer) -> Result<(), Trouble> {
    // Between two answers waiting money may have been collected.
    let collected = first.state == CreditState::Waiting && second.state == CreditState::OnCard;
    if first == second || collected {
        return Ok(());
    }
    broken(format!("first {}, then {}", word(first), word(second)))
}

fn word(answer: &CreditAnswer) -> String {
    match answer.state {
        CreditState::OnCard => "on_card".to_owned(),
        CreditState::Waiting => "waiting".to_owned(),
        CreditState::Refused(code) => format!("refused ({code})"),
        CreditState::Undecided => "undecided".to_owned(),
    }
}

/// Sends a new order until it is decided; it has to be taken.
async fn taken(probe: &Probe<'_>, card: &TestCard) -> Result<(Credit, CreditAnswer), Trouble> {
    let credit = probe.new_credit(card)?;
    let answer = probe.decided(&credit).await?;
    if matches!(answer.state, CreditState::Refused(_)) {
        return broken(word(&answer));
    }
    Ok((credit, answer))
}

async fn once(probe: &Probe<'_>) -> Finding {
    let card = probe.card()?;
    let before = probe.held(card).await?;
    let (credit, answer) = taken(probe, card).await?;
    probe.gained(card, before, credit.amount_fen).await?;
    let status = probe
        .ask(&CreditStatus {
            order_id: credit.order_id,
        })
        .await;
    match status.map_err(unexpected)? {
        CreditStatusAnswer::Known(status) => same(&answer, &status)?,
        CreditStatusAnswer::Unknown(_) => return broken("credit_status never heard of the order"),
    }
    Ok(format!(
        "{} fen, {}",
        credit.amount_fen.get(),
        word(&answer)
    ))
}

async fn unknown(probe: &Probe<'_>) -> Finding {
    let order_id = new_order()?;
    match probe
        .ask(&CreditStatus { order_id })
        .await
        .map_err(unexpected)?
    {
        CreditStatusAnswer::Unknown(_) => Ok("unknown".to_owned()),
        CreditStatusAnswer::Known(answer) => broken(word(&answer)),
    }
}

async fn twice(probe: &Probe<'_>) -> Finding {
    let card = probe.card()?;
    let before = probe.held(card).await?;
    let (credit, first) = taken(probe, card).await?;
    for _ in 0..2 {
        same(&first, &probe.decided(&credit).await?)?;
    }
    probe.gained(card, before, credit.amount_fen).await?;
    Ok("booked once, one answer".to_owned())
}

async fn at_once(probe: &Probe<'_>) -> Finding {
    let card = probe.card()?;
    let before = probe.held(card).await?;
    let credit = probe.new_credit(card)?;
    // The calls run side by side, each on a connection of its own.
    let [a, b, c, d, e, f, g, h]: [_; AT_ONCE] = core::array::from_fn(|_| probe.ask(&credit));
    let answers: [_; AT_ONCE] = tokio::join!(a, b, c, d, e, f, g, h).into();
    for answer in answers {
        match answer {
            Ok(CreditAnswer {
                state: CreditState::Refused(_),
                ..
            }) => {
                return broken("one of them was refused");
            }
            Ok(_) => {}
            Err(fault) if fault.is_silence() => {}
            Err(fault) => return Err(unexpected(fault)),
        }
    }
    let answer = probe.decided(&credit).await?;
    probe.gained(card, before, credit.amount_fen).await?;
    Ok(format!("booked once, {}", word(&answer)))
}

async fn answer_lost(probe: &Probe<'_>) -> Finding {
    let card = probe.card()?;
    let before = probe.held(card).await?;
    let credit = probe.new_credit(card)?;
    let body = probe.body(&credit)?;
    let unread = probe.send_now(body);
    // The connection is dropped, whether or not the answer is on its way.
    let _ = tokio::time::timeout(core::time::Duration::from_millis(30), unread).await;
    let answer = probe.decided(&credit).await?;
    same(&answer, &probe.decided(&credit).await?)?;
    probe.gained(card, before, credit.amount_fen).await?;
    Ok(format!("booked once, {}", word(&answer)))
}

async fn conflict(probe: &Probe<'_>) -> Finding {
    let card = probe.card()?;
    let (mut credit, _) = taken(probe, card).await?;
    let before = probe.held(card).await?;
    let more = credit.amount_fen.checked_add(Fen::new(1));
    credit.amount_fen = more.ok_or_else(|| Trouble::Skipped("amount".to_owned()))?;
    let reply = probe.send_now(probe.body(&credit)?).await;
    refused_with(reply, ErrorCode::OrderConflict)?;
    probe.gained(card, before, Fen::ZERO).await?;
    Ok("refused, nothing booked".to_owned())
}

async fn earlier(probe: &Probe<'_>) -> Finding {
    let card = probe.card()?;
    let Some(order_id) = probe.options.earlier.clone() else {
        return skipped("no order of an earlier run (--earlier)");
    };
    let before = probe.held(card).await?;
    let question = CreditStatus {
        order_id: order_id.clone(),
    };
    let known = match probe.ask(&question).await.map_err(unexpected)? {
        CreditStatusAnswer::Known(known) => known,
        CreditStatusAnswer::Unknown(_) => return broken("the order is forgotten"),
    };
    let mut credit = probe.new_credit(card)?;
    credit.order_id = order_id;
    credit.amount_fen = known.amount;
    same(&known, &probe.decided(&credit).await?)?;
    probe.gained(card, before, Fen::ZERO).await?;
    Ok(format!("still {}, not booked again", word(&known)))
}

async fn refused_then_again(probe: &Probe<'_>) -> Finding {
    let card = probe.card()?;
    let Some(account) = &probe.options.account else {
        return skipped("no test account (--test-account)");
    };
    if probe
        .offers(Op::ReportLoss)
        .and(probe.offers(Op::UndoLoss))
        .is_err()
    {
        return skipped("needs report_loss and undo_loss");
    }
    let before = probe.held(card).await?;
    let (card_ref, password) = (card.record.card_ref.clone(), account.password.clone());
    let lost = ReportLoss {
        card_ref: card_ref.clone(),
        password: password.clone(),
    };
    probe.ask(&lost).await.map_err(unexpected)?;
    let credit = probe.new_credit(card)?;
    let first = probe.decided(&credit).await;
    probe
        .ask(&UndoLoss { card_ref, password })
        .await
        .map_err(unexpected)?;
    let first = first?;
    if !matches!(first.state, CreditState::Refused(_)) {
        return broken(format!("a lost card: {}", word(&first)));
    }
    // The card works again, and the answer stays: the money is on its way back to its payer.
    same(&first, &probe.decided(&credit).await?)?;
    probe.gained(card, before, Fen::ZERO).await?;
    Ok(format!("{}, also once the card works again", word(&first)))
}

async fn refusing(probe: &Probe<'_>) -> Finding {
    let Some(account) = &probe.options.refusing else {
        return skipped("no such account (--refusing-account)");
    };
    let card = probe.test_card(account).await?;
    let before = probe.held(&card).await?;
    let credit = probe.new_credit(&card)?;
    let first = probe.decided(&credit).await?;
    if !matches!(first.state, CreditState::Refused(_)) {
        return broken(word(&first));
    }
    same(&first, &probe.decided(&credit).await?)?;
    let status = probe
        .ask(&CreditStatus {
            order_id: credit.order_id,
        })
        .await;
    match status.map_err(unexpected)? {
        CreditStatusAnswer::Known(status) => same(&first, &status)?,
        CreditStatusAnswer::Unknown(_) => {
            return broken("credit_status never heard of the refused order");
        }
    }
    probe.gained(&card, before, Fen::ZERO).await?;
    Ok(word(&first))
}

async fn unreadable_amount(probe: &Probe<'_>, amount: Option<Value>) -> Finding {
    let card = probe.card()?;
    let before = probe.held(card).await?;
    let credit = probe.new_credit(card)?;
    let unreadable = |fault: serde_json::Error| Trouble::Skipped(fault.to_string());
    let mut body: Value = serde_json::from_slice(&probe.body(&credit)?).map_err(unreadable)?;
    if let Some(fields) = body.as_object_mut() {
        match amount {
            Some(amount) => fields.insert("amount_fen".to_owned(), amount),
            None => fields.remove("amount_fen"),
        };
    }
    let body = serde_json::to_vec(&body).map_err(unreadable)?;
    let detail = refused_with(probe.send_now(body).await, ErrorCode::Malformed)?;
    if detail.field.as_deref() != Some("amount_fen") {
        return broken("the error does not name the field amount_fen");
    }
    probe.gained(card, before, Fen::ZERO).await?;
    Ok("refused, the field named".to_owned())
}

async fn forged(probe: &Probe<'_>) -> Finding {
    let card = probe.card()?;
    let before = probe.held(card).await?;
    let credit = probe.new_credit(card)?;
    let stranger = crate::Secret::from_bytes(&[0x5a; 32]);
    let stranger = stranger.map_err(|fault| Trouble::Skipped(fault.to_string()))?;
    let keys = crate::Keyring::new(stranger);
    let (status, detail) = refusal(probe.send(&keys, now(), probe.body(&credit)?).await)?;
    if (status, detail.code) != (401, ErrorCode::BadSignature) {
        return broken(format!("status {status}, {}", detail.code));
    }
    probe.gained(card, before, Fen::ZERO).await?;
    Ok("refused, nothing booked".to_owned())
}

/// An order that was undecided at first.
async fn undecided(probe: &Probe<'_>) -> Result<(TestCard, Fen, Credit), Trouble> {
    let Some(account) = &probe.options.undecided else {
        return skipped("no such account (--undecided-account)");
    };
    let card = probe.test_card(account).await?;
    let before = probe.held(&card).await?;
    let credit = probe.new_credit(&card)?;
    let first = probe.ask(&credit).await.map_err(unexpected)?;
    if first.state != CreditState::Undecided {
        return broken(format!("{} instead of undecided", word(&first)));
    }
    probe.gained(&card, before, Fen::ZERO).await?;
    Ok((card, before, credit))
}

async fn undecided_asked(probe: &Probe<'_>) -> Finding {
    let (card, before, credit) = undecided(probe).await?;
    let question = CreditStatus {
        order_id: credit.order_id.clone(),
    };
    let started = std::time::Instant::now();
    let decided = loop {
        match probe.ask(&question).await.map_err(unexpected)? {
            CreditStatusAnswer::Known(answer) if answer.state != CreditState::Undecided => {
                break answer;
            }
            CreditStatusAnswer::Known(_) if started.elapsed() < probe.options.decide_within => {}
            CreditStatusAnswer::Known(_) => return broken("not decided in time"),
            CreditStatusAnswer::Unknown(_) => {
                return broken("credit_status never heard of the order");
            }
        }
        tokio::time::sleep(core::time::Duration::from_millis(200)).await;
    };
    same(&decided, &probe.decided(&credit).await?)?;
    let gain = if matches!(decided.state, CreditState::Refused(_)) {
        Fen::ZERO
    } else {
        credit.amount_fen
    };
    probe.gained(&card, before, gain).await?;
    Ok(format!("undecided, then {}", word(&decided)))
}

async fn undecided_told(probe: &Probe<'_>) -> Finding {
    let Some(listener) = &probe.listener else {
        return skipped("no address for callbacks (--callbacks)");
    };
    let (_, _, credit) = undecided(probe).await?;
    match listener
        .decision(&credit.order_id, probe.options.decide_within)
        .await
    {
        Ok(()) => Ok("credit.decided came".to_owned()),
        Err(None) => broken("credit.decided did not come"),
        Err(Some(fault)) => broken(format!(
            "credit.decided did not come; another callback: {fault}"
        )),
    }
}

async fn reopen(probe: &Probe<'_>) -> Finding {
    let card = probe.card()?;
    probe.offers(Op::Reopen)?;
    let before = probe.held(card).await?;
    let (credit, first) = taken(probe, card).await?;
    let question = Reopen {
        order_id: credit.order_id.clone(),
        claim_by: Some(now().plus(6 * 3_600)),
    };
    for _ in 0..2 {
        same(&first, &probe.ask(&question).await.map_err(unexpected)?)?;
    }
    probe.gained(card, before, credit.amount_fen).await?;
    match probe
        .ask(&Reopen {
            order_id: new_order()?,
            claim_by: None,
        })
        .await
    {
        Err(Fault::Refused(detail)) if detail.code == ErrorCode::UnknownOrder => {}
        Err(fault) => return Err(unexpected(fault)),
        Ok(_) => return broken("an order that it never heard of was reopened"),
    }
    Ok(format!("still {}", word(&first)))
}

async fn statement(probe: &Probe<'_>) -> Finding {
    let card = probe.card()?;
    probe.offers(Op::DayStatement)?;
    let (credit, _) = taken(probe, card).await?;
    let (mut cursor, mut listed, mut found) = (None, Vec::new(), false);
    let day = Day::of(now());
    let totals = loop {
        let question = DayStatement {
            day,
            list: true,
            cursor,
        };
        let page = probe.ask(&question).await.map_err(unexpected)?;
        for one in page.credits.unwrap_or_default() {
            found |= one.order_id == credit.order_id && one.amount_fen == credit.amount_fen;
            listed.push((one.wallet, one.amount_fen));
        }
        match page.next_cursor {
            Some(next) => cursor = Some(next),
            None => break page.wallets,
        }
    };
    if !found {
        return broken("a credit of a moment ago is missing");
    }
    for total in &totals {
        let such = listed.iter().filter(|one| one.0 == total.wallet);
        let (count, sum) = such.fold((0, 0), |(count, sum), one| (count + 1, sum + one.1.get()));
        if (count, sum) != (total.count, total.sum_fen.get()) {
            return broken(format!(
                "{}: the list is not what the sum says",
                total.wallet
            ));
        }
    }
    if listed
        .iter()
        .any(|one| totals.iter().all(|total| total.wallet != one.0))
    {
        return broken("a wallet has no sum");
    }
    Ok(format!("{} credit(s) listed, sums agree", listed.len()))
}

/// One fen and a half, without a float in this crate.
fn fraction() -> Value {
    serde_json::from_str("1.5").unwrap_or(Value::Null)
}
