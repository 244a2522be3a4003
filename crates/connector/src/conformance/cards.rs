use dika_contract::CardPassword;

use super::options::TestAccount;
use super::probe::{Probe, TestCard, unexpected};
use super::report::{Finding, Report, broken, skipped};
use crate::client::Fault;
use crate::client::now;
use crate::error::ErrorCode;
use crate::protocol::cards::VerifyOutcome;
use crate::protocol::{
    Balances, Card, CardRef, ChangeAnswer, ChangeCode, ChangeOutcome, ChangePassword, Op,
    Operation, ReportLoss, Terminals, Transactions, UndoLoss, Verify,
};

/// A password that no account has: the suite's own, of a shape that every card system knows.
const WRONG_PASSWORD: &str = "000001";
/// What the test account's password is changed to, for a moment.
const OTHER_PASSWORD: &str = "735194";
/// Pages that are read at the most.
const PAGES: usize = 50;

pub(super) async fn run(probe: &mut Probe<'_>, report: &mut Report) {
    let found = verify(probe).await;
    report.add(
        "verify: the right password",
        "Mask name and numbers, and mark the account as a test account: \"test\": true in the card's record.",
        found,
    );
    report.add(
        "verify: wrong password, wrong number",
        "Give one answer to both, {\"outcome\":\"refused\"}, and take as long for both.",
        verify_wrong(probe).await,
    );
    report.add(
        "card",
        "Answer with the record of the card that was asked for; 404 unknown_card for a reference that does not exist.",
        card(probe).await,
    );
    report.add(
        "balances",
        "Send every amount as an integer of fen, 0 or more: no string, no decimal point, nothing left out.",
        balances(probe).await,
    );
    report.add(
        "transactions",
        "Newest first, spending negative; give next_cursor on every page but the last, and begin the next page there.",
        transactions(probe).await,
    );
    report.add(
        "loss and its undoing",
        "Block the card at once; check the password; doing it again is done, too.",
        loss(probe).await,
    );
    report.add(
        "password change",
        "Check the old password, change to the new one.",
        password(probe).await,
    );
    report.add(
        "terminals",
        "Give every machine an id that stays.",
        terminals(probe).await,
    );
}

async fn verify(probe: &mut Probe<'_>) -> Finding {
    let Some(account) = probe.options.account.clone() else {
        return skipped("no test account (--test-account)");
    };
    let card = probe.test_card(&account).await?;
    let seen = format!("{}, {}", card.record.card_no_masked, card.record.status);
    probe.card = Some(card);
    Ok(seen)
}

async fn verify_wrong(probe: &Probe<'_>) -> Finding {
    let Some(account) = &probe.options.account else {
        return skipped("no test account (--test-account)");
    };
    let Some(wrong) = CardPassword::parse(WRONG_PASSWORD) else {
        return skipped("no wrong password");
    };
    let unknown = format!("{}0", account.identifier.as_str());
    let Some(unknown) = crate::Identifier::parse(&unknown) else {
        return skipped("no unknown number");
    };
    let mut bodies = Vec::new();
    for identifier in [account.identifier.clone(), unknown] {
        let question = Verify {
            identifier,
            password: wrong.clone(),
        };
        let answered = probe.ask(&question).await.map_err(unexpected)?;
        if answered.outcome != VerifyOutcome::Refused {
            return broken("a wrong password was taken");
        }
        let reply = probe.send_now(probe.body(&question)?).await;
        bodies.push(reply.map_err(unexpected)?.body);
    }
    if bodies.first() != bodies.last() {
        return broken("the answers differ: whoever asks learns which numbers exist");
    }
    Ok("one answer for both".to_owned())
}

async fn card(probe: &Probe<'_>) -> Finding {
    let own = probe.card()?;
    let question = Card {
        card_ref: own.record.card_ref.clone(),
    };
    let answered = probe.ask(&question).await.map_err(unexpected)?;
    if answered.card.identity != own.record.identity {
        return broken("another identity than verify gave");
    }
    let unknown = CardRef::parse("no-such-card-of-a-test");
    let Some(unknown) = unknown else {
        return skipped("no unknown reference");
    };
    match probe.ask(&Card { card_ref: unknown }).await {
        // A call marked as a test may be refused because the card is no test account.
        Err(Fault::Refused(detail))
            if matches!(
                detail.code,
                ErrorCode::UnknownCard | ErrorCode::NotATestAccount
            ) => {}
        Err(fault) => return Err(unexpected(fault)),
        Ok(_) => return broken("a card that does not exist was found"),
    }
    Ok(format!("{}", answered.card.status))
}

async fn balances(probe: &Probe<'_>) -> Finding {
    let own = probe.card()?;
    let question = Balances {
        card_ref: own.record.card_ref.clone(),
    };
    let answered = probe.ask(&question).await.map_err(unexpected)?;
    let offered = probe.capabilities.iter().flat_map(|it| &it.wallets);
    for wallet in offered {
        if !answered.wallets.iter().any(|it| it.kind == wallet.kind) {
            return broken(format!("the wallet {} is missing", wallet.kind));
        }
    }
    Ok(format!("{} wallet(s), whole fen", answered.wallets.len()))
}

async fn transactions(probe: &Probe<'_>) -> Finding {
    let own = probe.card()?;
    probe.offers(Op::Transactions)?;
    let mut cursor = None;
    let (mut count, mut last) = (0, None);
    let mut ids = std::collections::BTreeSet::new();
    for _ in 0..PAGES {
        let question = Transactions {
            card_ref: own.record.card_ref.clone(),
            wallet: None,
            from: None,
            to: Some(now().plus(60)),
            cursor: cursor.take(),
            limit: 20,
        };
        let page = probe.ask(&question).await.map_err(unexpected)?;
        for item in &page.items {
            if last.is_some_and(|earlier| item.at > earlier) {
                return broken("not newest first");
            }
            if !ids.insert(item.id.clone()) {
                return broken("the same movement twice");
            }
            last = Some(item.at);
            count += 1;
        }
        cursor = page.next_cursor;
        if cursor.is_none() {
            return Ok(format!("{count} movement(s)"));
        }
        if page.items.is_empty() {
            return broken("an empty page that is not the last");
        }
    }
    Ok(format!("{count} movement(s), then stopped reading"))
}

fn refused(answer: &ChangeAnswer, code: ChangeCode) -> bool {
    answer.outcome == ChangeOutcome::Refused && answer.code == Some(code)
}

async fn done<O: Operation<Answer = ChangeAnswer>>(
    probe: &Probe<'_>,
    question: &O,
) -> Result<(), super::report::Trouble> {
    let answered = probe.ask(question).await.map_err(unexpected)?;
    if answered.outcome == ChangeOutcome::Done {
        return Ok(());
    }
    broken(format!("{}: not done", O::OP))
}

fn account<'a>(
    probe: &'a Probe<'_>,
) -> Result<(&'a TestAccount, &'a TestCard), super::report::Trouble> {
    match (&probe.options.account, probe.card()) {
        (Some(account), Ok(card)) => Ok((account, card)),
        _ => skipped("no test account (--test-account)"),
    }
}

async fn loss(probe: &Probe<'_>) -> Finding {
    let (account, own) = account(probe)?;
    probe.offers(Op::ReportLoss)?;
    probe.offers(Op::UndoLoss)?;
    let card_ref = own.record.card_ref.clone();
    let Some(wrong) = CardPassword::parse(WRONG_PASSWORD) else {
        return skipped("no wrong password");
    };
    let with = |password: CardPassword| ReportLoss {
        card_ref: card_ref.clone(),
        password,
    };
    let answered = probe.ask(&with(wrong)).await.map_err(unexpected)?;
    if !refused(&answered, ChangeCode::WrongPassword) {
        return broken("a wrong password was not refused with wrong_password");
    }
    let status = async || {
        let question = Card {
            card_ref: card_ref.clone(),
        };
        let answered = probe.ask(&question).await.map_err(unexpected)?;
        Ok::<_, super::report::Trouble>(answered.card.status)
    };
    let before = status().await?;
    let reported = async {
        done(probe, &with(account.password.clone())).await?;
        done(probe, &with(account.password.clone())).await?;
        status().await
    }
    .await;
    // Whatever was seen, the card works again afterwards.
    let undo = UndoLoss {
        card_ref: card_ref.clone(),
        password: account.password.clone(),
    };
    done(probe, &undo).await?;
    let (lost, after) = (reported?, status().await?);
    if lost == before {
        return broken(format!("reported lost, and the status stayed {lost}"));
    }
    if after != before {
        return broken(format!(
            "after undoing, the status is {after} instead of {before}"
        ));
    }
    Ok(format!("{before}, {lost}, {after}"))
}

async fn password(probe: &Probe<'_>) -> Finding {
    let (account, own) = account(probe)?;
    probe.offers(Op::ChangePassword)?;
    let Some(other) = CardPassword::parse(OTHER_PASSWORD) else {
        return skipped("no other password");
    };
    let change = |from: &CardPassword, to: &CardPassword| ChangePassword {
        card_ref: own.record.card_ref.clone(),
        password: from.clone(),
        new_password: to.clone(),
    };
    let answered = probe.ask(&change(&other, &account.password)).await;
    if !refused(&answered.map_err(unexpected)?, ChangeCode::WrongPassword) {
        return broken("a wrong password was not refused with wrong_password");
    }
    done(probe, &change(&account.password, &other)).await?;
    let changed = TestAccount {
        identifier: account.identifier.clone(),
        password: other.clone(),
    };
    let seen = probe.test_card(&changed).await;
    done(probe, &change(&other, &account.password)).await?;
    if seen.is_err() {
        return broken("the new password does not verify");
    }
    Ok("changed and changed back".to_owned())
}

async fn terminals(probe: &Probe<'_>) -> Finding {
    probe.offers(Op::Terminals)?;
    let answered = probe.ask(&Terminals {}).await.map_err(unexpected)?;
    let ids: std::collections::BTreeSet<_> = answered.terminals.iter().map(|it| &it.id).collect();
    if ids.len() != answered.terminals.len() {
        return broken("two machines have one id");
    }
    Ok(format!("{} machine(s)", ids.len()))
}
