//! A phone number that changed hands: docs/decisions/0006-a-number-that-changed-hands.md.

use axum::http::{Method, StatusCode, header};
use dika_contract::{
    Binding, Card, CardId, ErrorCode, Issuer, Session, TopUpPage, WalletKind, endpoint,
};
use dika_core::clock::Clock;
use dika_store::users::Proof;
use serde_json::json;

use crate::client::{Client, api, person};

const DAY_S: i64 = 86_400;

/// Asks for a code and keeps the name that the browser gets.
async fn name_browser(client: &mut Client) {
    let phone = json!({ "phone": "13700000000" });
    let reply = client.post(endpoint::SESSION_CODE, phone).await;
    let cookies = reply.headers.get_all(header::SET_COOKIE).iter();
    let device = cookies
        .filter_map(|cookie| cookie.to_str().ok()?.strip_prefix("dika_device="))
        .find_map(|cookie| Some(cookie.split(';').next()?.to_owned()));
    client.device = Some(device.expect("the browser is named"));
}

async fn me(client: &Client) -> dika_contract::User {
    let session: Session = client.get(endpoint::SESSION).await.good();
    session.user.expect("signed in")
}

async fn cards(client: &Client) -> Vec<Card> {
    client.get(endpoint::CARDS).await.good()
}

/// All that this session can read, as text.
async fn all_text(client: &Client, paths: &[String]) -> String {
    let mut text = String::new();
    let lists = [
        endpoint::SESSION,
        endpoint::CARDS,
        endpoint::TOP_UPS,
        "/top-ups?open=true",
    ];
    for path in lists.into_iter().chain(paths.iter().map(String::as_str)) {
        let reply = client.get(path).await;
        text.push_str(&String::from_utf8_lossy(&reply.body));
    }
    text
}

/// An owner with both cards, an order on one of them, and the clock so many days later.
async fn left_for(days: i64) -> (Client, CardId, CardId, dika_contract::OrderId) {
    let mut owner = Client::new().await;
    name_browser(&mut owner).await;
    owner.sign_in(person("").phone).await;
    let gdut = owner.bind(person(""), Issuer::Gdut).await;
    let hemc = owner.bind(person(""), Issuer::Hemc).await;
    let order = owner.paid(&gdut, WalletKind::Main, 2_000).await;
    owner.later(days * DAY_S);
    (owner, gdut, hemc, order.id)
}

#[tokio::test]
async fn a_year_later_an_sms_alone_shows_nothing() {
    let (owner, gdut, hemc, order) = left_for(365).await;
    let mut stranger = owner.another();
    stranger.sign_in(person("").phone).await;
    assert_eq!(
        me(&stranger).await.hidden_cards,
        [Issuer::Gdut, Issuer::Hemc]
    );
    assert_eq!(cards(&stranger).await, []);

    let card = endpoint::with_id(endpoint::CARD, gdut.as_str());
    let top_up = endpoint::with_id(endpoint::TOP_UP, order.as_str());
    let of_card = format!("{}?card_id={gdut}", endpoint::TOP_UPS);
    let text = all_text(&stranger, &[card.clone(), top_up.clone(), of_card]).await;
    for private in [
        "陈",
        "3124",
        "0101",
        "amount_fen",
        "2350",
        gdut.as_str(),
        order.as_str(),
    ] {
        assert!(!text.contains(private), "{private} in {text}");
    }
    for (method, path) in [
        (Method::GET, card.clone()),
        (Method::DELETE, card.clone()),
        (
            Method::PUT,
            endpoint::with_id(endpoint::CARD_DEFAULT, hemc.as_str()),
        ),
        (Method::GET, top_up),
        (
            Method::POST,
            endpoint::with_id(endpoint::TOP_UP_CANCEL, order.as_str()),
        ),
        (
            Method::POST,
            endpoint::with_id(endpoint::TOP_UP_CONFIRM_CLAIM, order.as_str()),
        ),
    ] {
        let reply = stranger
            .call(method.clone(), &api(&path), Some(json!({})), &[])
            .await;
        let refused = reply.refused(ErrorCode::IdentityNotConfirmed);
        assert_eq!(refused.status, 403, "{method} {path}");
    }
    let reply = stranger
        .create(&gdut, WalletKind::Main, 2_000, "stranger-1")
        .await;
    reply.refused(ErrorCode::IdentityNotConfirmed);
    // Not even the owner's own key gives the owner's order.
    let reply = stranger
        .create(&gdut, WalletKind::Main, 2_000, "key-1")
        .await;
    reply.refused(ErrorCode::IdentityNotConfirmed);
}

#[tokio::test]
async fn signing_in_again_and_again_proves_nothing_new() {
    let (owner, ..) = left_for(200).await;
    let mut stranger = owner.another();
    for _ in 0..3 {
        name_browser(&mut stranger).await;
        stranger.sign_in(person("").phone).await;
        assert_eq!(cards(&stranger).await, []);
        stranger.later(DAY_S);
    }
}

#[tokio::test]
async fn each_card_is_shown_again_by_its_own_password() {
    let (owner, gdut, hemc, order) = left_for(121).await;
    let mut returned = owner.another();
    returned.device.clone_from(&owner.device);
    returned.sign_in(person("").phone).await;
    assert_eq!(me(&returned).await.hidden_cards.len(), 2);

    // A wrong password shows nothing.
    let wrong = json!({ "issuer": "gdut", "account": person("").student_no, "password": "999999" });
    returned
        .post(endpoint::BINDINGS, wrong)
        .await
        .refused(ErrorCode::WrongAccountOrPassword);
    // Asking is not yet saying yes.
    let asked: Binding = returned.ask_binding(person(""), Issuer::Gdut).await.good();
    assert_eq!(cards(&returned).await, []);
    let confirm = endpoint::with_id(endpoint::BINDING_CONFIRM, asked.id.as_str());
    let bound: Binding = returned.post(&confirm, json!({})).await.good();
    assert_eq!(bound.card_id.as_ref(), Some(&gdut), "it is the same card");

    let shown: Vec<CardId> = cards(&returned)
        .await
        .into_iter()
        .map(|card| card.id)
        .collect();
    assert_eq!(shown.as_slice(), std::slice::from_ref(&gdut));
    assert_eq!(returned.top_up(&order).await.card_id, gdut);
    assert_eq!(me(&returned).await.hidden_cards, [Issuer::Hemc]);

    assert_eq!(returned.bind(person(""), Issuer::Hemc).await, hemc);
    assert_eq!(cards(&returned).await.len(), 2);
    assert_eq!(me(&returned).await.hidden_cards, []);

    // From then on nothing is asked for, here and elsewhere.
    returned.later(44 * DAY_S);
    let mut elsewhere = returned.another();
    elsewhere.sign_in(person("").phone).await;
    assert_eq!(cards(&elsewhere).await.len(), 2);
}

#[tokio::test]
async fn what_one_session_proves_another_does_not_have() {
    let (owner, ..) = left_for(100).await;
    let mut stranger = owner.another();
    stranger.sign_in(person("").phone).await;
    owner.later(61);
    let mut returned = owner.another();
    returned.sign_in(person("").phone).await;
    returned.bind(person(""), Issuer::Gdut).await;
    returned.bind(person(""), Issuer::Hemc).await;
    assert_eq!(cards(&returned).await.len(), 2);
    assert_eq!(cards(&stranger).await, []);
}

#[tokio::test]
async fn a_known_browser_is_asked_later_than_a_new_one() {
    for (days, in_known, in_new) in [(1, 2, 2), (44, 2, 2), (46, 2, 0), (119, 2, 0), (121, 0, 0)] {
        let (owner, ..) = left_for(days).await;
        // The new one first: it must not make anything known.
        let mut new = owner.another();
        name_browser(&mut new).await;
        new.sign_in(person("").phone).await;
        assert_eq!(
            cards(&new).await.len(),
            in_new,
            "{days} days, a new browser"
        );
        if in_new > 0 {
            continue;
        }
        owner.later(61);
        let mut known = owner.another();
        known.device.clone_from(&owner.device);
        known.sign_in(person("").phone).await;
        assert_eq!(
            cards(&known).await.len(),
            in_known,
            "{days} days, a known browser"
        );
    }
}

#[tokio::test]
async fn a_name_that_a_browser_made_up_is_not_known() {
    let (owner, ..) = left_for(60).await;
    for made_up in ["", "x", &"0".repeat(64)] {
        let mut stranger = owner.another();
        stranger.device = Some(made_up.to_owned());
        stranger.sign_in(person("").phone).await;
        assert_eq!(cards(&stranger).await, [], "{made_up:?}");
        owner.later(61);
    }
}

#[tokio::test]
async fn a_browser_that_kept_its_last_session_s_cookie_is_known() {
    let (mut owner, ..) = left_for(80).await;
    owner.device = None;
    owner.sign_in(person("").phone).await;
    assert_eq!(cards(&owner).await.len(), 2);
    // Of another account's session, it is not.
    let (mut owner, ..) = left_for(80).await;
    owner.device = None;
    owner.sign_in(person("ID ends in X").phone).await;
    owner.sign_in(person("").phone).await;
    assert_eq!(cards(&owner).await, []);
}

#[tokio::test]
async fn a_school_can_have_every_new_browser_asked() {
    let owner = Client::new().await.with(|state| {
        let mut settings = (*state.settings).clone();
        settings.sign_in.new_device_s = 0;
        state.settings = settings.into();
    });
    let mut owner = owner;
    name_browser(&mut owner).await;
    owner.sign_in(person("").phone).await;
    owner.bind(person(""), Issuer::Gdut).await;
    owner.later(61);
    let mut new = owner.another();
    new.sign_in(person("").phone).await;
    assert_eq!(cards(&new).await, []);
    owner.later(61);
    let mut known = owner.another();
    known.device.clone_from(&owner.device);
    known.sign_in(person("").phone).await;
    assert_eq!(cards(&known).await.len(), 1);
}

#[tokio::test]
async fn a_new_owner_starts_clean() {
    let (owner, gdut, _, order) = left_for(120).await;
    let mut new_owner = owner.another();
    new_owner.sign_in(person("").phone).await;
    let before = me(&new_owner).await.id;

    // First it is decided whose the cards are.
    let other = person("ID ends in X");
    let asked = new_owner.ask_binding(other, Issuer::Gdut).await;
    asked.refused(ErrorCode::IdentityNotConfirmed);

    let clean: Session = new_owner
        .post(endpoint::SESSION_START_CLEAN, json!({}))
        .await
        .good();
    let user = clean.user.expect("still signed in");
    assert_ne!(user.id, before);
    assert_eq!(
        (user.phone_masked.as_deref(), user.hidden_cards),
        (Some("199****0001"), vec![])
    );
    assert_eq!(cards(&new_owner).await, []);
    let orders: TopUpPage = new_owner.get(endpoint::TOP_UPS).await.good();
    assert_eq!(orders.items, []);
    let path = endpoint::with_id(endpoint::TOP_UP, order.as_str());
    new_owner.get(&path).await.refused(ErrorCode::NotFound);

    // A second tap changes nothing.
    let again: Session = new_owner
        .post(endpoint::SESSION_START_CLEAN, json!({}))
        .await
        .good();
    assert_eq!(again.user.expect("still").id, user.id);

    // Their own cards, and the next sign-in elsewhere.
    let own = new_owner.bind(other, Issuer::Gdut).await;
    let mut elsewhere = new_owner.another();
    elsewhere.sign_in(person("").phone).await;
    let shown: Vec<CardId> = cards(&elsewhere)
        .await
        .into_iter()
        .map(|card| card.id)
        .collect();
    assert_eq!(shown, [own]);
    // The old owner's card is not bound by anybody any more, and can be bound anew.
    assert!(
        owner
            .state
            .store
            .any_card(&gdut)
            .await
            .expect("reads")
            .expect("kept")
            .unbound
    );
    let rebound = elsewhere.bind(person(""), Issuer::Hemc).await;
    assert_eq!(cards(&elsewhere).await.len(), 2);
    assert_ne!(rebound, gdut);
}

#[tokio::test]
async fn starting_clean_without_anything_hidden_does_nothing() {
    let client = Client::signed_in("").await;
    client.bind(person(""), Issuer::Gdut).await;
    let before = me(&client).await.id;
    let after: Session = client
        .post(endpoint::SESSION_START_CLEAN, json!({}))
        .await
        .good();
    assert_eq!(after.user.expect("still").id, before);
    assert_eq!(cards(&client).await.len(), 1);
    let nobody = client.another();
    nobody
        .post(endpoint::SESSION_START_CLEAN, json!({}))
        .await
        .refused(ErrorCode::SessionExpired);
}

/// A browser in which WeChat has proven this openid.
async fn by_wechat(client: &Client, openid: &str) -> Client {
    let store = &client.state.store;
    let now = client.state.clock.now();
    let user = store
        .user_by_identity("wechat", openid, false, now)
        .await
        .expect("a user");
    let proof = Proof {
        openid: Some(openid),
        ..Proof::default()
    };
    let new = store
        .begin_session(&user, proof, now, 30 * DAY_S)
        .await
        .expect("a session");
    let mut browser = client.another();
    browser.cookie = Some(new.token);
    browser.csrf = Some(new.csrf_token);
    browser
}

#[tokio::test]
async fn wechat_proves_the_same_person_and_a_stranger_s_wechat_is_never_joined() {
    let (owner, ..) = left_for(0).await;
    // The owner proves number and WeChat in one browser.
    let mut in_wechat = by_wechat(&owner, "openid-owner").await;
    in_wechat.later(61);
    in_wechat.sign_in(person("").phone).await;
    assert_eq!(cards(&in_wechat).await.len(), 2);

    owner.later(400 * DAY_S);
    let returned = by_wechat(&owner, "openid-owner").await;
    assert_eq!(
        cards(&returned).await.len(),
        2,
        "WeChat alone shows everything"
    );

    // The new owner of the number, signed in by WeChat with a card of their own, proves the number.
    let mut stranger = by_wechat(&owner, "openid-stranger").await;
    let own = stranger.bind(person("ID ends in X"), Issuer::Gdut).await;
    stranger.sign_in(person("").phone).await;
    assert_eq!(cards(&stranger).await, []);
    assert_eq!(me(&stranger).await.hidden_cards.len(), 2);
    assert_eq!(me(&stranger).await.other_account, None);
    let theirs = by_wechat(&owner, "openid-stranger").await;
    let shown: Vec<CardId> = cards(&theirs)
        .await
        .into_iter()
        .map(|card| card.id)
        .collect();
    assert_eq!(
        shown.as_slice(),
        std::slice::from_ref(&own),
        "their WeChat does not open the owner's cards"
    );

    // Starting clean, they have number, WeChat and card in one account; the owner keeps theirs.
    let _: Session = stranger
        .post(endpoint::SESSION_START_CLEAN, json!({}))
        .await
        .good();
    let shown: Vec<CardId> = cards(&stranger)
        .await
        .into_iter()
        .map(|card| card.id)
        .collect();
    assert_eq!(shown, [own]);
    assert_eq!(
        me(&stranger).await.phone_masked.as_deref(),
        Some("199****0001")
    );
    let returned = by_wechat(&owner, "openid-owner").await;
    assert_eq!(cards(&returned).await.len(), 2);
    assert_eq!(me(&returned).await.phone_masked, None);
}

#[tokio::test]
async fn a_wechat_user_who_has_nothing_is_not_joined_to_an_account_whose_cards_are_hidden() {
    let (owner, ..) = left_for(400).await;
    let mut stranger = by_wechat(&owner, "openid-stranger").await;
    stranger.sign_in(person("").phone).await;
    assert_eq!(me(&stranger).await.hidden_cards.len(), 2);
    let theirs = by_wechat(&owner, "openid-stranger").await;
    assert_eq!(cards(&theirs).await, []);
}

#[tokio::test]
async fn wechat_opens_an_account_once_the_passwords_of_all_its_hidden_cards_were_given() {
    let (owner, ..) = left_for(400).await;
    let mut returned = by_wechat(&owner, "openid-owner").await;
    returned.sign_in(person("").phone).await;
    for (issuer, shown) in [(Issuer::Gdut, 0), (Issuer::Hemc, 2)] {
        returned.bind(person(""), issuer).await;
        let by_wechat = by_wechat(&owner, "openid-owner").await;
        assert_eq!(cards(&by_wechat).await.len(), shown, "{issuer}");
    }
}

#[tokio::test]
async fn a_password_given_in_wechat_does_not_vouch_for_the_number() {
    let (owner, ..) = left_for(0).await;
    let mut in_wechat = by_wechat(&owner, "openid-owner").await;
    in_wechat.later(61);
    in_wechat.sign_in(person("").phone).await;
    owner.later(400 * DAY_S);
    let returned = by_wechat(&owner, "openid-owner").await;
    returned.bind(person(""), Issuer::Gdut).await;
    let mut stranger = owner.another();
    stranger.sign_in(person("").phone).await;
    assert_eq!(cards(&stranger).await, []);
}

#[tokio::test]
async fn orders_of_cards_taken_off_long_ago_stay_hidden() {
    let (owner, gdut, hemc, order) = left_for(0).await;
    for card in [&gdut, &hemc] {
        let path = api(&endpoint::with_id(endpoint::CARD, card.as_str()));
        let reply = owner.call(Method::DELETE, &path, None, &[]).await;
        assert_eq!(reply.status, StatusCode::NO_CONTENT);
    }
    owner.later(300 * DAY_S);
    let mut stranger = owner.another();
    stranger.sign_in(person("").phone).await;
    assert_eq!(me(&stranger).await.hidden_cards, [], "nothing is bound");
    let orders: TopUpPage = stranger.get(endpoint::TOP_UPS).await.good();
    assert_eq!(orders.items, []);
    let path = endpoint::with_id(endpoint::TOP_UP, order.as_str());
    stranger
        .get(&path)
        .await
        .refused(ErrorCode::IdentityNotConfirmed);
    // Binding a card of their own needs no decision, and does not join the two.
    stranger.bind(person("ID ends in X"), Issuer::Gdut).await;
    assert_eq!(cards(&stranger).await.len(), 1);
    stranger.get(&path).await.refused(ErrorCode::NotFound);
}
