//! Who moved which money, by which request: a line for each movement, in the words of `dika_store::audit`.

use dika_contract::{ErrorCode, Issuer, OrderId, WalletKind, endpoint};
use dika_server::commands::orders::{Note, Parties, Show};
use dika_server::services::reconcile;
use dika_store::audit::AuditLine;
use dika_store::sql;

use crate::client::{Client, person};

async fn audit(client: &Client, order: &OrderId) -> Vec<AuditLine> {
    let lines = client.state.store.money_audit(order).await;
    lines.expect("reads")
}

/// Movement and actor of each line.
fn told(lines: &[AuditLine]) -> Vec<(&str, &str)> {
    let lines = lines.iter();
    lines
        .map(|line| (line.movement.as_str(), line.actor.as_str()))
        .collect()
}

#[tokio::test]
async fn paid_credited_and_collected_each_name_who_did_it() {
    let mut client = Client::signed_in("").await;
    let who = person("");
    let card = client.bind(who, Issuer::Gdut).await;
    let order = client.order(&card, WalletKind::Main, 2_000).await;
    assert_eq!(audit(&client, &order.id).await, []);
    client.decide(&order.id, "paid").await;
    let lines = audit(&client, &order.id).await;
    assert_eq!(
        told(&lines),
        [("paid", "provider"), ("credited", "provider")]
    );
    client
        .tap(who.gdut.expect("a card").card_no, "gdut_top_up")
        .await;
    // Nothing more is written when the order is looked at again.
    client.top_up(&order.id).await;
    let lines = audit(&client, &order.id).await;
    assert_eq!(
        told(&lines),
        [
            ("paid", "provider"),
            ("credited", "provider"),
            ("collected", "machine")
        ]
    );
    assert!(
        lines
            .iter()
            .all(|line| line.amount == Some(order.amount_fen))
    );
    let requests: Vec<_> = lines
        .iter()
        .map(|line| line.request_id.as_deref().expect("by a request"))
        .collect();
    assert_eq!(requests[0], requests[1]);
    assert_ne!(requests[1], requests[2]);
    assert_eq!(lines[2].actor_id.as_deref(), Some("gdut_top_up"));
}

#[tokio::test]
async fn what_a_student_s_look_or_the_sweep_finds_out_is_theirs() {
    let mut client = Client::signed_in("").await;
    let card = client.bind(person(""), Issuer::Gdut).await;
    let order = client.order(&card, WalletKind::Main, 2_000).await;
    // The provider knows, and its message was lost.
    let decided = client
        .state
        .tables()
        .decide_payment(&order.id, "paid")
        .await;
    assert!(decided.expect("decided"));
    let path = endpoint::with_id(endpoint::TOP_UP, order.id.as_str());
    let reply = client.get(&path).await;
    let lines = audit(&client, &order.id).await;
    assert_eq!(told(&lines), [("paid", "student"), ("credited", "student")]);
    let request = reply.headers["x-request-id"].to_str().expect("text");
    let user = client.state.store.order(&order.id).await.expect("reads");
    for line in &lines {
        assert_eq!(line.request_id.as_deref(), Some(request));
        assert_eq!(
            line.actor_id,
            user.as_ref().map(|order| order.user_id.clone())
        );
    }

    let order = client.order(&card, WalletKind::Main, 2_100).await;
    let decided = client
        .state
        .tables()
        .decide_payment(&order.id, "paid")
        .await;
    assert!(decided.expect("decided"));
    client.later(60);
    let swept = reconcile::sweep(&client.state.services()).await;
    assert!(swept.expect("a sweep") > 0);
    let lines = audit(&client, &order.id).await;
    assert_eq!(told(&lines), [("paid", "sweep"), ("credited", "sweep")]);
    assert!(lines.iter().all(|line| line.request_id.is_none()));
}

#[tokio::test]
async fn money_that_the_card_refuses_is_followed_back_and_the_desk_sees_it() {
    let mut client = Client::signed_in("").await;
    let card = client.bind(person(""), Issuer::Gdut).await;
    let order = client.order(&card, WalletKind::Main, 2_000).await;
    // The card closes while the student pays.
    sql::query("UPDATE ledger_cards SET status = 'closed' WHERE card_no = $1")
        .bind(person("").gdut.expect("a card").card_no)
        .execute(client.state.store.pool())
        .await
        .expect("closed");
    client.decide(&order.id, "paid").await;
    let lines = audit(&client, &order.id).await;
    assert_eq!(
        told(&lines),
        [
            ("paid", "provider"),
            ("refused", "provider"),
            ("refund_started", "provider"),
            ("refunded", "provider")
        ]
    );

    let (store, now) = (&client.state.store, order.created_at);
    let note = Note {
        order: order.id.clone(),
        by: "Wang".to_owned(),
        text: "told him".to_owned(),
    };
    note.run(store, now).await.expect("noted");
    let show = Show {
        order: order.id.clone(),
        ask: false,
    };
    let nobody = Parties {
        pay: None,
        connectors: None,
    };
    let text = show.run(store, &nobody).await.expect("shown");
    let request = lines[0].request_id.as_deref().expect("by a request");
    for part in [
        format!("paid, 20.00 yuan, by provider, request {request}"),
        format!("refused, 20.00 yuan, by provider, request {request}"),
        format!("refunded, 20.00 yuan, by provider, request {request}"),
        "note, by desk Wang".to_owned(),
    ] {
        assert!(text.contains(&part), "{part} in\n{text}");
    }
}

#[tokio::test]
async fn an_order_that_moves_no_money_leaves_no_line() {
    let mut client = Client::signed_in("").await;
    let card = client.bind(person(""), Issuer::Gdut).await;
    let order = client.order(&card, WalletKind::Main, 2_000).await;
    let cancelled = client.on_top_up(endpoint::TOP_UP_CANCEL, &order.id).await;
    assert!(cancelled.status.is_success());
    client
        .on_top_up(endpoint::TOP_UP_CONTINUE, &order.id)
        .await
        .refused(ErrorCode::OrderClosed);
    assert_eq!(audit(&client, &order.id).await, []);
}

/// The sandbox's first day comes again; what was written down stays.
#[tokio::test]
async fn a_reset_takes_no_line_away() {
    let mut client = Client::signed_in("").await;
    let card = client.bind(person(""), Issuer::Gdut).await;
    let order = client.paid(&card, WalletKind::Main, 2_000).await;
    let lines = audit(&client, &order.id).await;
    client.sandbox("reset", serde_json::json!({})).await;
    assert_eq!(audit(&client, &order.id).await, lines);
}
