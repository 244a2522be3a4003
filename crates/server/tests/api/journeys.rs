use dika_contract::{
    ClaimState, Issuer, PaymentPrompt, PaymentState, TopUpEvent, WalletKind, endpoint,
};
use dika_core::clock::Clock as _;
use dika_server::services::reconcile;
use serde_json::json;

use crate::client::{Client, person};

fn events(order: &dika_contract::TopUp) -> Vec<TopUpEvent> {
    order.timeline.iter().map(|entry| entry.event).collect()
}

#[tokio::test]
async fn gdut_from_order_to_card() {
    let mut client = Client::signed_in("").await;
    let card = client.bind(person(""), Issuer::Gdut).await;
    let card_no = person("").gdut.expect("a card").card_no;
    let before = client.amounts(&card, WalletKind::Main).await;

    let order = client.order(&card, WalletKind::Main, 5_000).await;
    assert_eq!(order.payment, PaymentState::Paying);
    assert_eq!(order.claim, ClaimState::NotNeeded);
    assert_eq!(
        order.prompt,
        Some(PaymentPrompt::Redirect {
            url: format!("/sandbox/cashier/{}", order.id)
        })
    );
    assert_eq!(client.top_up(&order.id).await.prompt, None);

    client.decide(&order.id, "paid").await;
    let paid = client.top_up(&order.id).await;
    assert_eq!(
        (paid.payment, paid.claim),
        (PaymentState::Paid, ClaimState::Waiting)
    );
    assert_eq!(paid.claim_by, None, "nobody has said a deadline");
    assert_eq!(
        client.amounts(&card, WalletKind::Main).await,
        (before.0, before.1 + 5_000)
    );

    // However long it takes.
    client.later(90 * 86_400);
    client.sign_in(person("").phone).await;
    reconcile::sweep(&client.state.services())
        .await
        .expect("sweeps");
    assert_eq!(client.top_up(&order.id).await.claim, ClaimState::Waiting);

    // The other card's machine releases nothing.
    let wrong = client.tap(card_no, "hemc_top_up").await;
    assert_eq!(wrong["released"], json!([]));
    assert_eq!(wrong["reason"], "wrong_terminal");
    let tap = client.tap(card_no, "gdut_load").await;
    assert_eq!(tap["released"], json!([order.id]));

    let claimed = client.top_up(&order.id).await;
    assert_eq!(claimed.claim, ClaimState::Claimed);
    assert_eq!(
        events(&claimed),
        [
            TopUpEvent::Created,
            TopUpEvent::PaymentStarted,
            TopUpEvent::Paid,
            TopUpEvent::ClaimOpened,
            TopUpEvent::Claimed,
        ]
    );
    assert_eq!(
        client.amounts(&card, WalletKind::Main).await,
        (before.0 + 5_000, before.1)
    );
    assert_eq!(
        client.tap(card_no, "gdut_load").await["reason"],
        "nothing_waiting"
    );
}

#[tokio::test]
async fn hemc_main_is_on_the_card_at_once() {
    let mut client = Client::signed_in("").await;
    let card = client.bind(person(""), Issuer::Hemc).await;
    let before = client.amounts(&card, WalletKind::Main).await;
    let order = client.paid(&card, WalletKind::Main, 5_000).await;
    assert_eq!(
        (order.payment, order.claim),
        (PaymentState::Paid, ClaimState::NotNeeded)
    );
    assert!(order.terminals.is_empty());
    assert_eq!(events(&order).last(), Some(&TopUpEvent::Claimed));
    assert_eq!(
        client.amounts(&card, WalletKind::Main).await,
        (before.0 + 5_000, before.1)
    );
}

#[tokio::test]
async fn hot_water_waits_six_hours_then_for_a_word() {
    let mut client = Client::signed_in("").await;
    let card = client.bind(person(""), Issuer::Hemc).await;
    let card_no = person("").hemc.expect("a card").card_no;
    let first = client.paid(&card, WalletKind::Utilities, 1_000).await;
    assert_eq!(first.claim, ClaimState::Waiting);
    let due = first.claim_by.expect("six hours");
    assert_eq!(
        due.since(first.when(TopUpEvent::Paid).expect("paid")),
        6 * 3_600
    );

    client.later(6 * 3_600 - 60);
    assert_eq!(client.top_up(&first.id).await.claim, ClaimState::Waiting);
    let second = client.paid(&card, WalletKind::Utilities, 2_000).await;
    client.later(60);

    // Lapsed in the list, too, before anything has written it down.
    let page: dika_contract::TopUpPage = client.get("/top-ups?open=true").await.good();
    assert_eq!(page.items[1].claim, ClaimState::NeedsConfirmation);
    let late = client.top_up(&first.id).await;
    assert_eq!(late.claim, ClaimState::NeedsConfirmation);
    assert!(late.when(TopUpEvent::ClaimLapsed).is_some());

    // Only what is not late is released, and the machine of the other card releases nothing.
    assert_eq!(
        client.tap(card_no, "gdut_top_up").await["reason"],
        "wrong_terminal"
    );
    let tap = client.tap(card_no, "hemc_top_up").await;
    assert_eq!(tap["released"], json!([second.id]));
    assert_eq!(tap["reason"], "needs_confirmation");

    let again: dika_contract::TopUp = client
        .on_top_up(endpoint::TOP_UP_CONFIRM_CLAIM, &first.id)
        .await
        .good();
    assert_eq!(again.claim, ClaimState::Waiting);
    let term = again
        .claim_by
        .expect("six hours")
        .since(client.state.clock.now());
    assert!((6 * 3_600 - 5..=6 * 3_600).contains(&term), "{term}");

    let tap = client.tap(card_no, "service_point").await;
    assert_eq!(tap["released"], json!([first.id]));
    let done = client.top_up(&first.id).await;
    assert_eq!(done.claim, ClaimState::Claimed);
    assert_eq!(
        events(&done)[3..],
        [
            TopUpEvent::ClaimOpened,
            TopUpEvent::ClaimLapsed,
            TopUpEvent::ClaimConfirmed,
            TopUpEvent::Claimed,
        ]
    );
}

#[tokio::test]
async fn an_id_that_ends_in_x_has_two_first_passwords() {
    let client = Client::signed_in("ID ends in X").await;
    let student = person("ID ends in X");
    assert_eq!(student.gdut_password().as_deref(), Some("412345"));
    assert_eq!(student.hemc_password().as_deref(), Some("123450"));
    client.bind(student, Issuer::Gdut).await;
    client.bind(student, Issuer::Hemc).await;
}
