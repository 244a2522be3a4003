//! The store on both databases: always on SQLite, and on PostgreSQL where `DIKA_TEST_POSTGRES` names a server
//! (`postgres://…`); each test makes a schema of its own there.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use dika_contract::{
    Campus, CardId, CardStatus, ClaimRule, Fen, Issuer, MaskedIdentity, OrderId, PayChannel,
    Timestamp, TopUpEvent, WalletKind,
};
use dika_core::card_system::{CardRecord, CardRef};
use dika_core::ids::Ids;
use dika_core::order::{Event, OrderState, apply, payment};
use dika_store::audit::{Actor, Cause, caused_by};
use dika_store::connect::{Locks, Reach, Tls};
use dika_store::desk::DeskNote;
use dika_store::orders::{NewOrder, OrderRow, TakenOrder};
use dika_store::users::{Proof, Try};
use dika_store::wechat::{Attempt, AttemptState, BackState, TakenAttempt};
use dika_store::{Store, sql};
use tempfile::TempDir;

const NOW: Timestamp = Timestamp::from_unix(1_790_000_000);

/// Different each time; nobody guesses here.
#[derive(Debug, Default)]
struct Counted(AtomicU64);

impl Ids for Counted {
    fn fill(&self, bytes: &mut [u8]) {
        for byte in bytes {
            let next = self.0.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
            *byte = (next >> 29) as u8;
        }
    }
}

/// One database, opened twice, as by two instances of the server.
struct Two {
    name: &'static str,
    one: Store,
    other: Store,
    _folder: TempDir,
}

/// Both databases, where both are there, PostgreSQL with either kind of lock.
async fn databases() -> Vec<Two> {
    let mut urls = Vec::new();
    let folder = TempDir::new().expect("a folder");
    let file = folder.path().join("dika.db");
    let url = format!("sqlite://{}?mode=rwc", file.display());
    urls.push(("SQLite", url, Locks::Advisory));
    if let Ok(server) = std::env::var("DIKA_TEST_POSTGRES") {
        let schema = folder.path().file_name().and_then(|name| name.to_str());
        let schema = schema
            .expect("a name")
            .replace(|it: char| !it.is_alphanumeric(), "");
        for (name, locks) in [
            ("PostgreSQL", Locks::Advisory),
            ("PostgreSQL, row locks", Locks::Rows),
        ] {
            let schema = format!("store_{}_{}", schema.to_lowercase(), urls.len());
            let url = Store::create_schema(&server, &schema).await;
            urls.push((name, url.expect("a schema"), locks));
        }
    }
    let mut two = Vec::new();
    for (name, url, locks) in urls {
        let ids: Arc<dyn Ids> = Arc::new(Counted::default());
        let reach = Reach {
            locks,
            ..Reach::default()
        };
        let open = async || Store::open_with(&url, &reach, ids.clone()).await;
        two.push(Two {
            name,
            one: open().await.expect("opens"),
            other: open().await.expect("opens"),
            _folder: TempDir::new().expect("a folder"),
        });
    }
    // Files go with their folder: keep it until the process ends.
    std::mem::forget(folder);
    two
}

async fn user_with_card(store: &Store) -> (String, CardId) {
    let user = store
        .user_by_identity("phone", "13800000000", false, NOW)
        .await
        .expect("a user");
    let card = CardRecord {
        card_ref: CardRef("gdut-1".to_owned()),
        issuer: Issuer::Gdut,
        identity: MaskedIdentity {
            name: "王*".to_owned(),
            student_no: "312****101".to_owned(),
            campus: Campus::from_word("daxuecheng"),
            college: None,
        },
        card_no_masked: "**** 5678".to_owned(),
        status: CardStatus::Active,
    };
    let session = store
        .begin_session(&user, Proof::default(), NOW, 3_600)
        .await
        .expect("a session");
    let binding = store
        .add_binding(&user, &card, "subject", NOW, NOW.plus(600))
        .await
        .expect("a binding");
    let token = dika_core::digest::digest(&[&session.token]);
    let confirmed = store.confirm_binding(&user, &token, &binding.id, NOW).await;
    assert!(confirmed.expect("answered"));
    let binding = store.binding(&user, &binding.id).await.expect("reads");
    let card = binding.and_then(|binding| binding.card_id);
    (user, card.expect("bound"))
}

async fn order(store: &Store, user: &str, card: &CardId, number: usize) -> OrderRow {
    let new = NewOrder {
        id: OrderId::parse(&format!("order{number:03}")).expect("an id"),
        user_id: user.to_owned(),
        card_id: card.clone(),
        issuer: Issuer::Gdut,
        wallet: WalletKind::Main,
        amount: Fen::new(2_000),
        channel: PayChannel::Native,
        claim_rule: ClaimRule {
            terminals: vec![],
            within_s: None,
        },
        created_at: NOW,
        pay_by: NOW.plus(1_800),
        key: format!("key-{number}"),
        body_digest: "digest".to_owned(),
    };
    let mut tx = store.write("orders").await.expect("begins");
    let row = store.add_order(&mut tx, &new).await.expect("stored");
    tx.commit().await.expect("lasts");
    row.expect("new")
}

/// A payment of an order at WeChat Pay, not asked for yet.
fn attempt(row: &OrderRow, seq: i64) -> Attempt {
    Attempt {
        out_trade_no: format!("{}-{seq}", row.id),
        order_id: row.id.clone(),
        seq,
        channel: PayChannel::Native,
        payer: None,
        description: "x".to_owned(),
        amount: row.amount,
        pay_by: row.pay_by,
        state: AttemptState::Open,
        closed_at: None,
        back: BackState::None,
        refunds_closed: 0,
        refund_again_at: NOW,
        looks: 0,
    }
}

#[tokio::test]
async fn two_instances_never_take_the_same_order() {
    for Two {
        name, one, other, ..
    } in databases().await
    {
        let (user, card) = user_with_card(&one).await;
        for number in 0..40 {
            order(&one, &user, &card, number).await;
        }
        let due = NOW.plus(60);
        let mut takes = tokio::task::JoinSet::new();
        for turn in 0..8 {
            let store = if turn % 2 == 0 {
                one.clone()
            } else {
                other.clone()
            };
            takes.spawn(async move { store.take_orders_to_look_at(due, 60, 5).await });
        }
        let mut taken = Vec::new();
        while let Some(take) = takes.join_next().await {
            for order in take.expect("it ends").expect("taken") {
                match order {
                    TakenOrder::Order(order) => taken.push(order.id.to_string()),
                    TakenOrder::Unreadable { id, fault } => panic!("{name}: {id}: {fault}"),
                }
            }
        }
        let different: HashSet<&String> = taken.iter().collect();
        assert_eq!((taken.len(), different.len()), (40, 40), "{name}");
        // Whoever took them is gone: they are due again.
        let again = one.take_orders_to_look_at(due.plus(61), 60, 100).await;
        assert_eq!(again.expect("taken").len(), 40, "{name}");
    }
}

#[tokio::test]
async fn a_server_that_starts_leaves_to_others_what_they_look_at() {
    for Two {
        name, one, other, ..
    } in databases().await
    {
        let (user, card) = user_with_card(&one).await;
        order(&one, &user, &card, 1).await;
        let due = NOW.plus(60);
        let taken = one.take_orders_to_look_at(due, 60, 100).await;
        assert_eq!(taken.expect("taken").len(), 1, "{name}");
        order(&one, &user, &card, 2).await;
        // One that was looked at, and is looked at again in an hour.
        let waits = order(&one, &user, &card, 3).await;
        let later = one.looked_at_order(&waits, Some(NOW.plus(3_600))).await;
        later.expect("noted");

        other.undecided_orders_are_due(due).await.expect("due");
        let again = other.take_orders_to_look_at(due, 60, 100).await;
        let mut ids = Vec::new();
        for order in again.expect("taken") {
            match order {
                TakenOrder::Order(order) => ids.push(order.id.to_string()),
                TakenOrder::Unreadable { id, fault } => panic!("{name}: {id}: {fault}"),
            }
        }
        ids.sort_unstable();
        // Nobody shares SQLite: whoever took the first one was this server, before it ended.
        let expected: &[&str] = if other.is_shared() {
            &["order002", "order003"]
        } else {
            &["order001", "order002", "order003"]
        };
        assert_eq!(ids, expected, "{name}");
        // Whoever took it is gone, too: it is due when the lease ends.
        let after = other.take_orders_to_look_at(due.plus(60), 60, 100).await;
        assert_eq!(after.expect("taken").len(), 3, "{name}");
    }
}

#[tokio::test]
async fn a_change_made_from_an_older_look_is_not_written() {
    for Two {
        name, one, other, ..
    } in databases().await
    {
        let (user, card) = user_with_card(&one).await;
        let seen = order(&one, &user, &card, 1).await;
        let started = Event::Payment(payment::Event::Started);
        let made = apply(&OrderState::new(), started, &seen.claim_rule, NOW).expect("allowed");
        let (first, second) = tokio::join!(
            one.move_order(&seen, &made, None, NOW),
            other.move_order(&seen, &made, None, NOW)
        );
        let written = [first.expect("written"), second.expect("written")];
        assert_eq!(written.iter().flatten().count(), 1, "{name}");
        let timelines = one
            .timelines(&user, &seen.id, &seen.id)
            .await
            .expect("reads");
        let events: Vec<_> = timelines[seen.id.as_str()]
            .iter()
            .map(|it| it.event)
            .collect();
        assert_eq!(
            events,
            [TopUpEvent::Created, TopUpEvent::PaymentStarted],
            "{name}"
        );
    }
}

#[tokio::test]
async fn the_first_payment_pays_and_the_second_is_told_once() {
    for Two {
        name, one, other, ..
    } in databases().await
    {
        let (user, card) = user_with_card(&one).await;
        let row = order(&one, &user, &card, 1).await;
        let mut attempts = Vec::new();
        for seq in 0..2 {
            let attempt = attempt(&row, seq);
            one.add_wechat_attempt(&attempt).await.expect("kept");
            attempts.push(attempt);
        }
        let mut states = Vec::new();
        for _ in 0..2 {
            let (first, second) = tokio::join!(
                one.pay_wechat_attempt(&attempts[0], None, NOW),
                other.pay_wechat_attempt(&attempts[1], None, NOW)
            );
            states = vec![first.expect("paid"), second.expect("paid")];
        }
        assert!(states.contains(&AttemptState::Paid), "{name}: {states:?}");
        assert!(
            states.contains(&AttemptState::Surplus),
            "{name}: {states:?}"
        );
        let surplus = &attempts[usize::from(states[1] == AttemptState::Surplus)];
        for _ in 0..2 {
            let back = one.wechat_money_back(surplus, BackState::Done, None, NOW.plus(60));
            back.await.expect("noted");
        }
        let timelines = one.timelines(&user, &row.id, &row.id).await.expect("reads");
        let events: Vec<_> = timelines[row.id.as_str()]
            .iter()
            .map(|it| it.event)
            .collect();
        let wanted = [
            TopUpEvent::Created,
            TopUpEvent::SecondPayment,
            TopUpEvent::SecondPaymentReturned,
        ];
        assert_eq!(events, wanted, "{name}");
    }
}

#[tokio::test]
async fn a_payment_is_due_once_its_order_is_decided() {
    for Two { name, one, .. } in databases().await {
        let (user, card) = user_with_card(&one).await;
        let mut row = order(&one, &user, &card, 1).await;
        one.add_wechat_attempt(&attempt(&row, 0))
            .await
            .expect("kept");
        let due = async || {
            let taken = one.take_wechat_attempts_to_look_at(NOW, 0, 10).await;
            taken.expect("taken").len()
        };
        let waiting = async || -> i64 {
            sql::query_scalar("SELECT COUNT(*) FROM wechat_payments WHERE look_at IS NOT NULL")
                .fetch_one(one.pool())
                .await
                .expect("counted")
        };
        assert_eq!((due().await, waiting().await), (0, 0), "{name}");
        let closed = Event::Payment(payment::Event::Closed);
        let made = apply(&row.state, closed, &row.claim_rule, NOW).expect("allowed");
        let moved = one.move_order(&row, &made, None, NOW).await.expect("moved");
        assert!(moved.is_some());
        assert_eq!(due().await, 1, "{name}");
        // One that was on its way while the order closed.
        row.version += 1;
        one.add_wechat_attempt(&attempt(&row, 1))
            .await
            .expect("kept");
        assert_eq!(due().await, 2, "{name}");
    }
}

#[tokio::test]
async fn tries_side_by_side_are_all_counted() {
    for Two {
        name, one, other, ..
    } in databases().await
    {
        let mut tries = tokio::task::JoinSet::new();
        for turn in 0..20 {
            let store = if turn % 2 == 0 {
                one.clone()
            } else {
                other.clone()
            };
            tries.spawn(async move { store.begin_password_try("subject", NOW, 5, 900).await });
        }
        let mut went = 0;
        while let Some(tried) = tries.join_next().await {
            went += usize::from(matches!(
                tried.expect("ends").expect("counted"),
                Try::Go { .. }
            ));
        }
        assert_eq!(went, 5, "{name}");
    }
}

#[tokio::test]
async fn absent_values_are_kept_as_absent_and_changes_that_end_early_never_were() {
    for Two { name, one, .. } in databases().await {
        let insert =
            "INSERT INTO sessions (token_hash, user_id, csrf_token, openid, created_at, expires_at)
             VALUES ($1, $2, 'c', $3, 0, 0)";
        let user = one
            .user_by_identity("phone", "1", false, NOW)
            .await
            .expect("a user");
        for (token, openid) in [("a", None), ("b", Some("o".to_owned()))] {
            let mut tx = one.write("sessions").await.expect("begins");
            sql::query(insert)
                .bind(token)
                .bind(user.clone())
                .bind(openid)
                .execute(&mut tx)
                .await
                .expect("written");
            if token == "a" {
                tx.commit().await.expect("lasts");
            }
        }
        let rows: Vec<(String, Option<String>)> =
            sql::query_as("SELECT token_hash, openid FROM sessions ORDER BY token_hash")
                .fetch_all(one.pool())
                .await
                .expect("reads");
        assert_eq!(rows, [("a".to_owned(), None)], "{name}");
    }
}

#[tokio::test]
async fn whoever_finds_no_place_to_wait_is_told_at_once() {
    for Two { name, one, .. } in databases().await {
        let mut held = Vec::new();
        while let Ok(writer) =
            tokio::time::timeout(std::time::Duration::from_millis(20), one.writer()).await
        {
            held.push(writer.expect("a place"));
        }
        let mut waiting = tokio::task::JoinSet::new();
        for _ in 0..dika_store::MOST_WAITING {
            let store = one.clone();
            waiting.spawn(async move { store.writer().await.map(drop) });
        }
        // Until all of them wait.
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        let since = std::time::Instant::now();
        let refused = one.writer().await.map(drop);
        assert!(
            matches!(refused, Err(dika_store::Error::PoolTimedOut)),
            "{name}"
        );
        assert!(
            since.elapsed() < std::time::Duration::from_secs(1),
            "{name}"
        );
        drop(held);
        while let Some(waited) = waiting.join_next().await {
            waited.expect("ends").expect("its turn");
        }
    }
}

#[tokio::test]
async fn another_instance_s_lock_is_not_waited_for_for_ever_and_passes() {
    for Two {
        name, one, other, ..
    } in databases().await
    {
        let held = one.write("order/1").await.expect("begins");
        let since = std::time::Instant::now();
        let fault = other.write("order/1").await.map(drop).expect_err("held");
        assert!(dika_store::is_passing(&fault), "{name}: {fault}");
        assert!(
            since.elapsed() < std::time::Duration::from_secs(8),
            "{name}"
        );
        held.commit().await.expect("lasts");
        other.write("order/1").await.map(drop).expect("free again");
    }
}

#[tokio::test]
async fn cut_connections_pass() {
    for Two { name, one, .. } in databases().await {
        if !matches!(one.pool(), sql::Pool::Postgres(_)) {
            continue;
        }
        let mut tx = one.write("order/1").await.expect("begins");
        let pid: i64 = sql::query_scalar("SELECT CAST(pg_backend_pid() AS BIGINT)")
            .fetch_one(&mut tx)
            .await
            .expect("reads");
        sql::query("SELECT pg_terminate_backend(CAST($1 AS INT))")
            .bind(pid)
            .fetch_all(one.pool())
            .await
            .expect("cut");
        let fault = sql::query("SELECT 1").execute(&mut tx).await;
        let fault = fault.expect_err("cut");
        assert!(dika_store::is_passing(&fault), "{name}: {fault}");
        drop(tx);
        one.write("order/1").await.map(drop).expect("another one");
    }
}

#[tokio::test]
async fn a_row_that_cannot_be_read_fails_no_other() {
    for Two { name, one, .. } in databases().await {
        let (user, card) = user_with_card(&one).await;
        let row = order(&one, &user, &card, 1).await;
        let closed = Event::Payment(payment::Event::Closed);
        let made = apply(&row.state, closed, &row.claim_rule, NOW).expect("allowed");
        let moved = one.move_order(&row, &made, None, NOW).await.expect("moved");
        assert!(moved.is_some(), "{name}");
        for seq in 0..3 {
            let new = attempt(&row, seq);
            one.add_wechat_attempt(&new).await.expect("kept");
        }
        let sql = "UPDATE wechat_payments SET state = 'teleported' WHERE seq = 1";
        sql::query(sql).execute(one.pool()).await.expect("written");
        let taken = one.take_wechat_attempts_to_look_at(NOW, 60, 10).await;
        let (mut good, mut bad) = (0, 0);
        for attempt in taken.expect("taken") {
            match attempt {
                TakenAttempt::Watched(_) => good += 1,
                TakenAttempt::Unreadable { number, .. } => {
                    assert!(!number.is_empty(), "{name}");
                    bad += 1;
                }
            }
        }
        assert_eq!((good, bad), (2, 1), "{name}");
        // Nor is it taken for one that was paid.
        let paid = one.pay_wechat_attempt(&attempt(&row, 1), None, NOW).await;
        assert!(paid.is_err(), "{name}: {paid:?}");

        for occasion in ["of_tomorrow", "collect_by", "collected"] {
            sql::query(
                "INSERT INTO outbox (order_id, occasion, state, send_at, tries, lost, created_at)
                 VALUES ($1, $2, 'waiting', 0, 0, 0, 0)",
            )
            .bind(row.id.as_str())
            .bind(occasion)
            .execute(one.pool())
            .await
            .expect("written");
        }
        let taken = one.take_due_messages(NOW, 60, 10).await.expect("taken");
        assert_eq!(taken.len(), 2, "{name}");
    }
}

#[tokio::test]
async fn the_audit_of_money_can_only_grow() {
    for Two {
        name, one, other, ..
    } in databases().await
    {
        let (user, card) = user_with_card(&one).await;
        let seen = order(&one, &user, &card, 1).await;
        let paid = Event::Payment(payment::Event::Paid);
        let made = apply(&OrderState::new(), paid, &seen.claim_rule, NOW).expect("allowed");
        let cause = Cause {
            actor: Actor::Student(user.clone()),
            request_id: Some("request-1".to_owned()),
        };
        let moved = caused_by(cause, one.move_order(&seen, &made, None, NOW)).await;
        assert!(moved.expect("written").is_some(), "{name}");
        // A change that is not written leaves no line.
        let late = other.move_order(&seen, &made, None, NOW).await;
        assert!(late.expect("no failure").is_none(), "{name}");
        let note = DeskNote {
            author: "Wang".to_owned(),
            text: "looked".to_owned(),
            at: NOW,
        };
        one.add_order_note(&seen.id, &note).await.expect("noted");

        let kept = one.money_audit(&seen.id).await.expect("reads");
        let told: Vec<_> = kept
            .iter()
            .map(|line| {
                (
                    line.movement.as_str(),
                    line.amount,
                    line.actor.as_str(),
                    line.actor_id.as_deref(),
                    line.request_id.as_deref(),
                )
            })
            .collect();
        assert_eq!(
            told,
            [
                (
                    "paid",
                    Some(seen.amount),
                    "student",
                    Some(user.as_str()),
                    Some("request-1")
                ),
                ("note", None, "desk", Some("Wang"), None),
            ],
            "{name}"
        );

        let mut attacks = vec![
            "UPDATE money_audit SET amount_fen = 1",
            "UPDATE money_audit SET actor = 'sweep' WHERE seq = 2",
            "DELETE FROM money_audit",
            "DELETE FROM money_audit WHERE movement = 'paid'",
            "INSERT INTO money_audit (order_id, seq, at, movement, actor)
             VALUES ('order001', 1, 0, 'refunded', 'desk')",
            "INSERT INTO money_audit (order_id, seq, at, movement, actor)
             VALUES ('order001', 1, 0, 'refunded', 'desk')
             ON CONFLICT (order_id, seq) DO UPDATE SET movement = 'refunded'",
        ];
        if name == "SQLite" {
            attacks.push(
                "INSERT OR REPLACE INTO money_audit (order_id, seq, at, movement, actor)
                 VALUES ('order001', 1, 0, 'refunded', 'desk')",
            );
        } else {
            attacks.push("TRUNCATE money_audit");
        }
        for attack in attacks {
            let fault = sql::query(attack).execute(one.pool()).await;
            assert!(fault.is_err(), "{name}: {attack}");
        }
        let after = other.money_audit(&seen.id).await.expect("reads");
        assert_eq!(after, kept, "{name}");
    }
}

/// Something of a user's that is being written while the user is joined to another.
#[tokio::test]
async fn what_is_added_while_two_users_are_joined_moves_along() {
    for Two {
        name, one, other, ..
    } in databases().await
    {
        if !matches!(one.pool(), sql::Pool::Postgres(_)) {
            // One writer at a time: nothing is written meanwhile.
            continue;
        }
        let to = one.user_by_identity("phone", "13800000000", false, NOW);
        let to = to.await.expect("a user");
        let from = one.user_by_identity("wechat", "openid", false, NOW);
        let from = from.await.expect("a user");
        let mut adding = one.write("somewhere else").await.expect("begins");
        sql::query(
            "INSERT INTO bindings (id, user_id, issuer, card_ref, card_no_masked, card_status,
                 name_masked, student_no, campus, state, created_at, expires_at)
             VALUES ('b', $1, 'gdut', 'c', '', 'active', '', '', 'panyu', 'pending', 0, 9000000000)",
        )
        .bind(from.as_str())
        .execute(&mut adding)
        .await
        .expect("written");
        let joining = {
            let (store, from, to) = (other.clone(), from.clone(), to.clone());
            tokio::spawn(async move { store.join_users(&from, &to, NOW).await })
        };
        // Until it waits for the row that the other change holds.
        let waits = "SELECT COUNT(*) FROM pg_locks WHERE NOT granted AND locktype = 'transactionid'
             AND pid IN (SELECT pid FROM pg_locks l JOIN pg_class c ON c.oid = l.relation
                 JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = current_schema())";
        while sql::query_scalar::<i64>(waits)
            .fetch_one(one.pool())
            .await
            .expect("reads")
            == 0
        {
            assert!(!joining.is_finished(), "{name}");
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        adding.commit().await.expect("lasts");
        let joined = joining.await.expect("ends");
        assert!(joined.expect("no failure"), "{name}");
        let owner: String = sql::query_scalar("SELECT user_id FROM bindings WHERE id = 'b'")
            .fetch_one(one.pool())
            .await
            .expect("reads");
        assert_eq!(owner, to, "{name}");
    }
}

#[tokio::test]
async fn a_statement_that_was_in_another_s_way_is_made_again() {
    for Two { name, one, .. } in databases().await {
        if !matches!(one.pool(), sql::Pool::Postgres(_)) {
            continue;
        }
        for statement in [
            "CREATE SEQUENCE conflicts",
            "CREATE FUNCTION conflict() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                 IF nextval('conflicts') <= 3 THEN
                     RAISE EXCEPTION 'on purpose' USING ERRCODE = '40001';
                 END IF;
                 RETURN NULL; END $$",
            "CREATE TRIGGER conflict BEFORE INSERT ON settings EXECUTE FUNCTION conflict()",
        ] {
            let done = sql::query(statement).execute(one.pool()).await;
            done.expect("made");
        }
        one.set_setting("a", "b").await.expect("the fourth try");
        assert_eq!(
            one.setting("a").await.expect("reads").as_deref(),
            Some("b"),
            "{name}"
        );
        // One that always is, is told after a few.
        sql::query("ALTER SEQUENCE conflicts MINVALUE -1000000 RESTART WITH -1000000")
            .execute(one.pool())
            .await
            .expect("changed");
        let fault = one.set_setting("a", "c").await.expect_err("in its way");
        assert!(dika_store::is_conflict(&fault) && dika_store::is_passing(&fault));
    }
}

#[tokio::test]
async fn a_message_counts_once_at_all_instances() {
    for Two {
        name, one, other, ..
    } in databases().await
    {
        let mut told = tokio::task::JoinSet::new();
        for turn in 0..8 {
            let store = if turn % 2 == 0 {
                one.clone()
            } else {
                other.clone()
            };
            told.spawn(async move { store.is_first_time("tap/a/1", NOW).await });
        }
        let mut first = 0;
        while let Some(one) = told.join_next().await {
            first += usize::from(one.expect("ends").expect("written"));
        }
        assert_eq!(first, 1, "{name}");
        assert!(one.is_first_time("tap/a/2", NOW).await.expect("written"));
    }
}

#[tokio::test]
async fn the_database_is_reached_by_tls_and_known_by_its_certificate() {
    let Ok(server) = std::env::var("DIKA_TEST_POSTGRES") else {
        return;
    };
    let ids: Arc<dyn Ids> = Arc::new(Counted::default());
    let reach = Reach::default();
    let owner = Store::open_read_only(&server, &reach, ids.clone()).await;
    let owner = owner.expect("opens");
    let shown = async |what: &'static str| -> String {
        let shown = sql::query_scalar(what).fetch_one(owner.pool()).await;
        shown.expect("shown")
    };
    if shown("SHOW ssl").await != "on" {
        eprintln!("the server has no certificate: TLS is not tested");
        return;
    }
    let folder = TempDir::new().expect("a folder");
    let ca_file = folder.path().join("ca.pem");
    std::fs::write(&ca_file, shown("SELECT pg_read_file('server.crt')").await).expect("a file");
    // By TCP a password is asked for.
    let port = shown("SHOW port").await;
    let schema = folder.path().file_name().and_then(|name| name.to_str());
    let role = schema
        .expect("a name")
        .replace(|it: char| !it.is_alphanumeric(), "");
    let role = format!("tls_{}", role.to_lowercase());
    let made = format!("CREATE ROLE {role} LOGIN PASSWORD 'a-password'");
    let schema = Store::create_schema(&server, &role)
        .await
        .expect("a schema");
    let writer = Store::open(&schema, ids.clone()).await.expect("opens");
    sql::query(sql::AssertSqlSafe(made))
        .execute(writer.pool())
        .await
        .expect("a role");
    let open = async |host: &str, tls: Option<Tls>, ca_file: Option<&std::path::PathBuf>| {
        let reach = Reach {
            tls,
            ca_file: ca_file.cloned(),
            ..Reach::default()
        };
        let url = format!("postgres://{role}:a-password@{host}:{port}/postgres");
        Store::open_read_only(&url, &reach, ids.clone()).await
    };
    let by_tls = async |store: &Store| -> i64 {
        sql::query_scalar(
            "SELECT CAST(ssl AS INT)::BIGINT FROM pg_stat_ssl WHERE pid = pg_backend_pid()",
        )
        .fetch_one(store.pool())
        .await
        .expect("reads")
    };
    let checked = open("localhost", Some(Tls::VerifyFull), Some(&ca_file)).await;
    assert_eq!(by_tls(&checked.expect("vouched for")).await, 1);
    let plain = open("localhost", Some(Tls::Disable), None).await;
    assert_eq!(by_tls(&plain.expect("on this machine")).await, 0);
    let encrypted = open("localhost", Some(Tls::Require), None).await;
    assert_eq!(
        by_tls(&encrypted.expect("by whatever certificate")).await,
        1
    );
    // By nobody that is known; for another name.
    for (host, ca_file) in [("localhost", None), ("127.0.0.1", Some(&ca_file))] {
        let refused = open(host, Some(Tls::VerifyFull), ca_file).await;
        assert!(
            matches!(
                refused,
                Err(dika_store::Error::Tls(_) | dika_store::Error::Io(_))
            ),
            "{host}: {refused:?}"
        );
    }
}
