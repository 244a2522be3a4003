use axum::http::{Method, StatusCode};
use dika_contract::{
    Binding, BindingState, Card, CardStatus, ErrorCode, Issuer, TopUp, WalletKind, endpoint,
};
use serde_json::json;

use crate::client::{Client, api, person};

#[tokio::test]
async fn the_identity_is_masked_and_waits_for_a_yes() {
    let client = Client::signed_in("").await;
    let student = person("");
    let reply = client.ask_binding(student, Issuer::Gdut).await;
    assert_eq!(reply.status, StatusCode::CREATED);
    let text = String::from_utf8(reply.body.clone()).expect("text");
    for private in [
        student.name,
        student.student_no,
        student.gdut.expect("a card").card_no,
    ] {
        assert!(!text.contains(private), "{text}");
    }
    let binding: Binding = reply.good();
    assert_eq!(binding.state, BindingState::Pending);
    assert_eq!(binding.card_no_masked, "**** 0101");
    let cards: Vec<Card> = client.get(endpoint::CARDS).await.good();
    assert!(cards.is_empty(), "not confirmed, not bound");

    // Nobody else sees it.
    let mut other = client.another();
    other.sign_in(person("ID ends in X").phone).await;
    let path = endpoint::with_id(endpoint::BINDING, binding.id.as_str());
    other.get(&path).await.refused(ErrorCode::NotFound);
    other
        .post(
            &endpoint::with_id(endpoint::BINDING_CONFIRM, binding.id.as_str()),
            json!({}),
        )
        .await
        .refused(ErrorCode::NotFound);

    let confirm = endpoint::with_id(endpoint::BINDING_CONFIRM, binding.id.as_str());
    let confirmed: Binding = client.post(&confirm, json!({})).await.good();
    assert_eq!(confirmed.state, BindingState::Confirmed);
    // A second tap repeats nothing and is no error; another answer is.
    let twice: Binding = client.post(&confirm, json!({})).await.good();
    assert_eq!(twice, confirmed);
    let cards: Vec<Card> = client.get(endpoint::CARDS).await.good();
    assert_eq!(cards.len(), 1);
    assert!(cards[0].is_default);
}

#[tokio::test]
async fn no_and_cannot_tell_bind_nothing() {
    let client = Client::signed_in("cannot tell").await;
    for reason in ["not_me", "cannot_tell"] {
        let binding: Binding = client
            .ask_binding(person("cannot tell"), Issuer::Gdut)
            .await
            .good();
        let reject = endpoint::with_id(endpoint::BINDING_REJECT, binding.id.as_str());
        let rejected: Binding = client
            .post(&reject, json!({ "reason": reason }))
            .await
            .good();
        assert_eq!(rejected.state, BindingState::Rejected);
        assert!(rejected.card_id.is_none());
        client
            .post(
                &endpoint::with_id(endpoint::BINDING_CONFIRM, binding.id.as_str()),
                json!({}),
            )
            .await
            .refused(ErrorCode::BindingAnswered);
    }
    let cards: Vec<Card> = client.get(endpoint::CARDS).await.good();
    assert!(cards.is_empty());
}

#[tokio::test]
async fn an_unanswered_binding_expires() {
    let client = Client::signed_in("").await;
    let binding: Binding = client.ask_binding(person(""), Issuer::Hemc).await.good();
    let path = endpoint::with_id(endpoint::BINDING, binding.id.as_str());
    client.later(10 * 60 - 1);
    let in_time: Binding = client.get(&path).await.good();
    assert_eq!(in_time.state, BindingState::Pending);
    client.later(1);
    let late: Binding = client.get(&path).await.good();
    assert_eq!(late.state, BindingState::Expired);
    let confirm = endpoint::with_id(endpoint::BINDING_CONFIRM, binding.id.as_str());
    client
        .post(&confirm, json!({}))
        .await
        .refused(ErrorCode::BindingExpired);
}

#[tokio::test]
async fn five_wrong_passwords_lock_the_card_for_everyone() {
    for (what, account) in [("known", person("").student_no), ("unknown", "3199999999")] {
        let client = Client::signed_in("").await;
        let wrong = json!({ "issuer": "gdut", "account": account, "password": "999999" });
        for left in [4, 3, 2, 1, 0] {
            let refused = client
                .post(endpoint::BINDINGS, wrong.clone())
                .await
                .refused(ErrorCode::WrongAccountOrPassword);
            assert_eq!(refused.attempts_left, Some(left), "{what}");
            let wait = refused.retry_after_s;
            assert_eq!(wait, (left == 0).then_some(900), "{what}, {left}");
        }
        let mut other = client.another();
        other.sign_in(person("ID ends in X").phone).await;
        let locked = other
            .post(endpoint::BINDINGS, wrong.clone())
            .await
            .refused(ErrorCode::BindingLocked);
        assert!(
            locked
                .retry_after_s
                .is_some_and(|s| (890..=900).contains(&s)),
            "{what}"
        );
        // Not even the right password opens it before its time.
        if what == "known" {
            client
                .ask_binding(person(""), Issuer::Gdut)
                .await
                .refused(ErrorCode::BindingLocked);
            client.later(15 * 60);
            let binding: Binding = client.ask_binding(person(""), Issuer::Gdut).await.good();
            assert_eq!(binding.state, BindingState::Pending);
        }
    }
}

#[tokio::test]
async fn guesses_side_by_side_get_no_more_than_five_tries() {
    let client = Client::signed_in("").await;
    let mut guesses = tokio::task::JoinSet::new();
    for guess in 0..20 {
        let client = client.twin();
        guesses.spawn(async move {
            let body = json!({
                "issuer": "gdut", "account": person("").student_no,
                "password": format!("{guess:06}"),
            });
            client.post(endpoint::BINDINGS, body).await.status
        });
    }
    let statuses = guesses.join_all().await;
    let tried = statuses
        .iter()
        .filter(|status| **status == StatusCode::UNPROCESSABLE_ENTITY)
        .count();
    assert_eq!(tried, 5);
}

#[tokio::test]
async fn a_right_password_begins_the_count_anew() {
    let client = Client::signed_in("").await;
    let wrong = json!({ "issuer": "gdut", "account": person("").student_no, "password": "999999" });
    for _ in 0..2 {
        for _ in 0..4 {
            client
                .post(endpoint::BINDINGS, wrong.clone())
                .await
                .refused(ErrorCode::WrongAccountOrPassword);
        }
        let _: Binding = client.ask_binding(person(""), Issuer::Gdut).await.good();
    }
}

#[tokio::test]
async fn a_card_bound_again_keeps_its_id_and_its_orders() {
    let mut client = Client::signed_in("").await;
    let gdut = client.bind(person(""), Issuer::Gdut).await;
    assert_eq!(client.bind(person(""), Issuer::Gdut).await, gdut);
    let hemc = client.bind(person(""), Issuer::Hemc).await;
    let order = client.paid(&gdut, WalletKind::Main, 5_000).await;

    let default: Card = client
        .call(
            Method::PUT,
            &api(&endpoint::with_id(endpoint::CARD_DEFAULT, hemc.as_str())),
            None,
            &[],
        )
        .await
        .good();
    assert!(default.is_default);
    let cards: Vec<Card> = client.get(endpoint::CARDS).await.good();
    assert_eq!(
        cards.iter().map(|card| &card.id).collect::<Vec<_>>(),
        [&hemc, &gdut]
    );

    let unbind = api(&endpoint::with_id(endpoint::CARD, hemc.as_str()));
    assert_eq!(
        client.call(Method::DELETE, &unbind, None, &[]).await.status,
        StatusCode::NO_CONTENT
    );
    // Again, as after a lost answer: as the first time.
    assert_eq!(
        client.call(Method::DELETE, &unbind, None, &[]).await.status,
        StatusCode::NO_CONTENT
    );
    assert!(client.card(&gdut).await.is_default);
    client
        .call(
            Method::DELETE,
            &api(&endpoint::with_id(endpoint::CARD, gdut.as_str())),
            None,
            &[],
        )
        .await;
    let still: TopUp = client.top_up(&order.id).await;
    assert_eq!(still.holder, order.holder);
    client
        .create(&gdut, WalletKind::Main, 5_000, "after-unbinding")
        .await
        .refused(ErrorCode::IdentityNotConfirmed);
    assert_eq!(client.bind(person(""), Issuer::Gdut).await, gdut);
}

#[tokio::test]
async fn two_people_may_hold_one_card_without_seeing_each_other() {
    let mut student = Client::signed_in("").await;
    let mut parent = student.another();
    parent.sign_in("13900000000").await;
    let one = student.bind(person(""), Issuer::Gdut).await;
    let two = parent.bind(person(""), Issuer::Gdut).await;
    assert_ne!(one, two);
    let order = student.paid(&one, WalletKind::Main, 5_000).await;
    parent
        .get(&endpoint::with_id(endpoint::TOP_UP, order.id.as_str()))
        .await
        .refused(ErrorCode::NotFound);
    parent
        .get(&endpoint::with_id(endpoint::CARD, one.as_str()))
        .await
        .refused(ErrorCode::NotFound);
    // What waits, waits on the card, whoever paid.
    assert_eq!(parent.amounts(&two, WalletKind::Main).await.1, 5_000);
    let _ = &mut parent;
}

#[tokio::test]
async fn a_lost_card_is_shown_as_lost() {
    let client = Client::signed_in("lost").await;
    let card = client.bind(person("lost"), Issuer::Gdut).await;
    let card = client.card(&card).await;
    assert_eq!(card.status, CardStatus::Lost);
    assert!(!card.takes_money());
}
