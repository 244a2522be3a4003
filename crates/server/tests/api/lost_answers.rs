//! An answer may be lost on its way: what is said again is answered as the first time.

use std::time::Duration;

use axum::http::{Method, StatusCode, header};
use dika_contract::{
    ClaimState, ErrorCode, Issuer, Session, TopUp, TopUpEvent, WalletKind, endpoint,
};
use serde_json::json;

use crate::client::{Client, Reply, api, person};

/// A code for the ordinary student, and the cookie that names the browser which asked for it.
async fn code_and_browser(client: &Client) -> (serde_json::Value, String) {
    let phone = person("").phone;
    let sent = client
        .post(endpoint::SESSION_CODE, json!({ "phone": phone }))
        .await;
    let cookie = sent.headers.get_all(header::SET_COOKIE).iter().next();
    let cookie = cookie.and_then(|cookie| cookie.to_str().ok());
    let browser = cookie.and_then(|cookie| cookie.split(';').next());
    let code = client.state.tables().latest_sms(phone).await;
    let code = code.expect("reads").expect("a code");
    (
        json!({ "phone": phone, "code": code }),
        browser.expect("a name").to_owned(),
    )
}

async fn sign_in(client: &Client, browser: &str, body: &serde_json::Value) -> Reply {
    let path = api(endpoint::SESSION);
    let cookies = [("cookie", browser)];
    client
        .call(Method::POST, &path, Some(body.clone()), &cookies)
        .await
}

/// Wherever the phone hangs up: a code that makes the next one wait is on its way.
#[tokio::test]
async fn a_code_that_is_kept_is_sent_though_the_phone_hangs_up() {
    let client = Client::new().await;
    let mut waited = 0;
    for at in 0..60_u64 {
        let phone = format!("199000010{at:02}");
        let asked = client.post(endpoint::SESSION_CODE, json!({ "phone": phone }));
        let hangs_up = Duration::from_micros(at * 150);
        drop(tokio::time::timeout(hangs_up, asked).await);
        // What goes on without the phone comes to its end.
        tokio::time::sleep(Duration::from_millis(100)).await;
        let sent = client.state.tables().latest_sms(&phone).await;
        let sent = sent.expect("reads").is_some();
        let again = client
            .post(endpoint::SESSION_CODE, json!({ "phone": phone }))
            .await;
        if again.status == StatusCode::TOO_MANY_REQUESTS {
            assert!(sent, "{phone} waits for a code that was not sent");
            waited += 1;
        }
    }
    assert!(waited > 0, "no code was kept");
}

#[tokio::test]
async fn a_sign_in_said_again_signs_in() {
    let client = Client::new().await;
    let (body, browser) = code_and_browser(&client).await;
    let mut first = client.another();
    let reply = sign_in(&client, &browser, &body).await;
    first.keep(&reply, &reply.good());
    let first_user = reply.good::<Session>().user.expect("signed in").id;
    first.bind(person(""), Issuer::Gdut).await;

    client.later(60);
    let mut again = client.another();
    let reply = sign_in(&client, &browser, &body).await;
    let session: Session = reply.good();
    again.keep(&reply, &session);
    assert_eq!(session.user.expect("signed in").id, first_user);
    assert_ne!(first.cookie, again.cookie, "a token is told once");
    let cards: Vec<dika_contract::Card> = again.get(endpoint::CARDS).await.good();
    assert_eq!(cards.len(), 1);
    // Which of the two answers the browser kept, nobody knows.
    let cards: Vec<dika_contract::Card> = first.get(endpoint::CARDS).await.good();
    assert_eq!(cards.len(), 1);
}

#[tokio::test]
async fn a_used_code_opens_nothing_to_others_later_or_after_signing_out() {
    let client = Client::new().await;
    let (body, browser) = code_and_browser(&client).await;
    let mut me = client.another();
    let reply = sign_in(&client, &browser, &body).await;
    me.keep(&reply, &reply.good());

    let other = format!("dika_code={}", "a".repeat(43));
    for stranger in ["", other.as_str()] {
        sign_in(&client, stranger, &body)
            .await
            .refused(ErrorCode::CodeExpired);
    }
    // Another code is not refused for the used one's sake.
    let (newer, newer_browser) = code_and_browser(&client).await;
    sign_in(&client, &newer_browser, &newer)
        .await
        .good::<Session>();
    sign_in(&client, &browser, &body)
        .await
        .refused(ErrorCode::CodeExpired);

    let out = me
        .call(Method::DELETE, &api(endpoint::SESSION), None, &[])
        .await;
    assert_eq!(out.status, StatusCode::NO_CONTENT);
    sign_in(&client, &newer_browser, &newer)
        .await
        .refused(ErrorCode::CodeExpired);

    let (body, browser) = code_and_browser(&client).await;
    sign_in(&client, &browser, &body).await.good::<Session>();
    client.later(5 * 60);
    sign_in(&client, &browser, &body)
        .await
        .refused(ErrorCode::CodeExpired);
}

#[tokio::test]
async fn a_claim_confirmed_again_is_confirmed() {
    let mut client = Client::signed_in("").await;
    let card = client.bind(person(""), Issuer::Hemc).await;
    let order = client.paid(&card, WalletKind::Utilities, 1_000).await;
    // Not before its time, whatever comes later.
    client
        .on_top_up(endpoint::TOP_UP_CONFIRM_CLAIM, &order.id)
        .await
        .refused(ErrorCode::ClaimNotConfirmable);
    client.later(6 * 3_600);
    let confirm = async || -> TopUp {
        let path = endpoint::TOP_UP_CONFIRM_CLAIM;
        client.on_top_up(path, &order.id).await.good()
    };
    let first = confirm().await;
    assert_eq!(first.claim, ClaimState::Waiting);
    client.later(60);
    assert_eq!(confirm().await, first);
    // The order as it is: collected meanwhile.
    let card_no = person("").hemc.expect("a card").card_no;
    client.tap(card_no, "hemc_top_up").await;
    assert_eq!(confirm().await.claim, ClaimState::Claimed);
    let events = client.top_up(&order.id).await.timeline;
    let confirmed = events
        .iter()
        .filter(|entry| entry.event == TopUpEvent::ClaimConfirmed);
    assert_eq!(confirmed.count(), 1);
}

#[tokio::test]
async fn a_card_taken_off_again_is_off_and_a_stranger_s_is_not_there() {
    let client = Client::signed_in("").await;
    let card = client.bind(person(""), Issuer::Gdut).await;
    let path = api(&endpoint::with_id(endpoint::CARD, card.as_str()));
    for _ in 0..2 {
        let reply = client.call(Method::DELETE, &path, None, &[]).await;
        assert_eq!(reply.status, StatusCode::NO_CONTENT);
    }
    let mut stranger = client.another();
    stranger.sign_in(person("ID ends in X").phone).await;
    stranger
        .call(Method::DELETE, &path, None, &[])
        .await
        .refused(ErrorCode::NotFound);
}
