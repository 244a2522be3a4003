//! Two accounts that meet in one browser: the student is asked before anything moves, and the desk can part them again.

use axum::http::StatusCode;
use dika_core::clock::Clock as _;
use dika_sandbox::people::PEOPLE;
use dika_server::commands::joins::{Joins, Split};
use dika_store::account_joins::SPLIT_WITHIN_S;
use serde_json::{Value, json};

use crate::support::{AMOUNT, Browser, IN_WECHAT, World};

const NUMBER: &str = PEOPLE[0].phone;
/// A number that nobody signed in with before.
const NEW_NUMBER: &str = PEOPLE[1].phone;

fn user(session: &Value) -> String {
    session["user"]["id"]
        .as_str()
        .expect("signed in")
        .to_owned()
}

async fn cards(browser: &mut Browser) -> Vec<String> {
    let cards = browser.get("/api/v1/cards").await.json();
    let cards = cards.as_array().expect("a list").iter();
    cards
        .map(|card| card["id"].as_str().expect("an id").to_owned())
        .collect()
}

async fn paid_order(world: &World, browser: &mut Browser, card: &str, key: &str) -> String {
    let made = browser.top_up(card, "jsapi", key).await;
    assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
    let order = made.json()["id"].as_str().expect("an id").to_owned();
    world.sim.pay(&order).expect("payable");
    for _ in 0..400 {
        if browser.order(&order).await["payment"] == "paid" {
            return order;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("{order} is not paid");
}

/// The WeChat user's own browser, later on.
async fn in_wechat_alone(world: &World) -> Browser {
    let mut browser = world.browser(IN_WECHAT);
    browser.sign_in_by_wechat("/").await;
    browser
}

/// The id of the only join of the account with this number.
async fn only_join(world: &World, phone: &str) -> String {
    let joins = world
        .state
        .store
        .account_joins_of(phone)
        .await
        .expect("reads");
    assert_eq!(joins.len(), 1, "{joins:?}");
    joins[0].id.clone()
}

async fn split(world: &World, join: &str, write: bool) -> Result<String, String> {
    let split = Split {
        join: join.to_owned(),
        by: "Wang, desk 2".to_owned(),
        write,
    };
    let now = world.state.clock.now();
    split
        .run(&world.state.store, now)
        .await
        .map_err(|fault| fault.to_string())
}

#[tokio::test]
async fn nothing_moves_before_the_student_said_yes() {
    let world = World::new().await;
    let (mut owner, card) = world.student().await;
    let order = paid_order(&world, &mut owner, &card, "key-1").await;
    let owner_user = user(&owner.session().await);

    // Somebody proves a number inside this WeChat: perhaps the owner, perhaps a friend.
    owner.sign_in_by_phone(NEW_NUMBER).await;
    let session = owner.session().await;
    assert_ne!(user(&session), owner_user);
    let other = &session["user"]["other_account"];
    assert_eq!(other["orders"], 1, "{session}");
    assert_eq!(other["waiting_fen"], AMOUNT);
    let told = &other["cards"][0];
    assert_eq!(told["issuer"], "gdut");
    for masked in ["card_no_masked", "holder"] {
        assert!(
            told[masked].as_str().is_some_and(|it| it.contains('*')),
            "{told}"
        );
    }
    assert_eq!(other["cards"].as_array().map(Vec::len), Some(1));
    assert!(cards(&mut owner).await.is_empty());
    let path = format!("/api/v1/top-ups/{order}");
    assert_eq!(owner.get(&path).await.status, StatusCode::NOT_FOUND);

    // No: each keeps what it has, and nothing is asked again.
    let after = owner.answer_join(false).await;
    assert!(after["user"]["other_account"].is_null(), "{after}");
    assert_ne!(user(&after), owner_user);
    let late = owner.answer_join(true).await;
    assert_ne!(user(&late), owner_user);
    assert!(cards(&mut owner).await.is_empty());
    let mut alone = in_wechat_alone(&world).await;
    assert_eq!(user(&alone.session().await), owner_user);
    assert_eq!(cards(&mut alone).await, std::slice::from_ref(&card));

    // Asked anew where both are proven anew; this time it is a yes, said twice.
    alone.sign_in_by_phone(NEW_NUMBER).await;
    for _ in 0..2 {
        let joined = alone.answer_join(true).await;
        assert_ne!(user(&joined), owner_user);
        assert!(joined["user"]["other_account"].is_null());
        assert_eq!(cards(&mut alone).await, std::slice::from_ref(&card));
        assert_eq!(alone.order(&order).await["claim"], "waiting");
    }
}

#[tokio::test]
async fn the_question_is_there_whichever_was_proven_first_and_after_a_lost_answer() {
    let world = World::new().await;
    let (mut owner, _) = world.student().await;
    let owner_user = user(&owner.session().await);
    // The number first, WeChat second; the callback is fetched twice, and either answer may be the one that is kept.
    let mut browser = world.browser(IN_WECHAT);
    browser.sign_in_by_phone(NEW_NUMBER).await;
    let callback = browser.ask_wechat("/").await;
    let mut twin = browser.clone();
    twin.cookies.remove("dika_session");
    browser.get(&callback).await;
    twin.get(&callback).await;
    for mut kept in [browser, twin] {
        let session = kept.session().await;
        assert_ne!(user(&session), owner_user);
        assert_eq!(
            session["user"]["other_account"]["cards"][0]["issuer"],
            "gdut"
        );
    }
    // Whoever was not asked can't answer.
    let mut elsewhere = world.browser("a desktop");
    elsewhere.sign_in_by_phone(NEW_NUMBER).await;
    assert!(elsewhere.session().await["user"]["other_account"].is_null());
    elsewhere.answer_join(true).await;
    assert!(cards(&mut elsewhere).await.is_empty());
    let body = json!({ "same_person": true });
    let mut nobody = world.browser("a desktop");
    let refused = nobody.post("/api/v1/session/join", Some(body)).await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn an_account_that_holds_nothing_is_joined_unasked_and_listed() {
    let world = World::new().await;
    world.phone_student("a desktop").await;
    let mut wechat = in_wechat_alone(&world).await;
    let empty = user(&wechat.session().await);
    wechat.sign_in_by_phone(NUMBER).await;
    let session = wechat.session().await;
    assert_ne!(user(&session), empty);
    assert!(session["user"]["other_account"].is_null());
    let listed = Joins {
        phone: NUMBER.to_owned(),
    };
    let listed = listed.run(&world.state.store).await.expect("reads");
    assert!(listed.contains("joined  nothing was in it"), "{listed}");
    // That, too, can be undone: this WeChat is signed in by itself to an account of its own again.
    let join = only_join(&world, NUMBER).await;
    split(&world, &join, true).await.expect("parted");
    let mut later = in_wechat_alone(&world).await;
    assert_eq!(user(&later.session().await), empty);
    assert!(cards(&mut later).await.is_empty());
}

#[tokio::test]
async fn wechat_is_not_joined_to_an_account_whose_cards_are_hidden_from_the_browser() {
    let world = World::new().await;
    world.phone_student("a desktop").await;
    world.state.clock.advance(400 * 86_400);
    // Whoever has the number now.
    let mut stranger = world.browser(IN_WECHAT);
    stranger.sign_in_by_phone(NUMBER).await;
    let hidden = &stranger.session().await["user"]["hidden_cards"];
    assert_eq!(hidden.as_array().map(Vec::len), Some(1), "{hidden}");
    stranger.sign_in_by_wechat("/").await;
    assert!(cards(&mut stranger).await.is_empty());
    let mut later = in_wechat_alone(&world).await;
    assert!(cards(&mut later).await.is_empty());
}

#[tokio::test]
async fn an_account_that_holds_nothing_gets_a_number_that_nobody_had() {
    let world = World::new().await;
    let mut wechat = in_wechat_alone(&world).await;
    let before = user(&wechat.session().await);
    wechat.sign_in_by_phone(NUMBER).await;
    assert_eq!(user(&wechat.session().await), before);
    let joins = world.state.store.account_joins_of(NUMBER).await;
    assert_eq!(joins.expect("reads").len(), 0);
}

#[tokio::test]
async fn the_desk_parts_two_accounts_with_all_that_was_theirs() {
    let world = World::new().await;
    // Both have the same card, and an order each; the WeChat account has another card besides.
    let (mut desk, phone_card) = world.phone_student("a desktop").await;
    let (phone_order, _) = desk.order_by(&phone_card, "native").await;
    desk.cancel(&phone_order).await;
    let phone_user = user(&desk.session().await);
    let (mut wechat, wechat_card) = world.student().await;
    let wechat_order = paid_order(&world, &mut wechat, &wechat_card, "key-1").await;
    let wechat_user = user(&wechat.session().await);

    wechat.sign_in_by_phone(NUMBER).await;
    wechat.answer_join(true).await;
    assert_eq!(cards(&mut wechat).await, std::slice::from_ref(&phone_card));
    // Ordered since then.
    let later_order = paid_order(&world, &mut wechat, &phone_card, "key-2").await;
    let join = only_join(&world, NUMBER).await;

    // Only said, unless it is to be done.
    let told = split(&world, &join, false).await.expect("told");
    assert!(
        told.contains("1 card(s), 1 order(s), 1 way(s) to sign in"),
        "{told}"
    );
    assert!(told.contains("Nothing was changed"), "{told}");
    assert_eq!(user(&wechat.session().await), phone_user);
    let told = split(&world, &join, true).await.expect("parted");
    assert!(told.contains("Moved back"), "{told}");

    // Everybody signs in again, and finds what was theirs.
    assert!(wechat.session().await["user"].is_null());
    let mut alone = in_wechat_alone(&world).await;
    assert_eq!(user(&alone.session().await), wechat_user);
    assert_eq!(cards(&mut alone).await, std::slice::from_ref(&wechat_card));
    world.assert_paid_once(&mut alone, &wechat_order).await;
    for other in [&phone_order, &later_order] {
        let path = format!("/api/v1/top-ups/{other}");
        assert_eq!(alone.get(&path).await.status, StatusCode::NOT_FOUND);
    }
    let mut number = world.browser("a desktop");
    number.sign_in_by_phone(NUMBER).await;
    assert_eq!(user(&number.session().await), phone_user);
    assert_eq!(cards(&mut number).await, std::slice::from_ref(&phone_card));
    for own in [&phone_order, &later_order] {
        assert_eq!(number.order(own).await["card_id"], phone_card.as_str());
    }
    let path = format!("/api/v1/top-ups/{wechat_order}");
    assert_eq!(number.get(&path).await.status, StatusCode::NOT_FOUND);
    // Once.
    let again = split(&world, &join, true).await;
    assert_eq!(again, Err("These two are not one account.".to_owned()));
    // And they may meet again.
    alone.sign_in_by_phone(NUMBER).await;
    alone.answer_join(true).await;
    assert_eq!(cards(&mut alone).await, [phone_card]);
}

#[tokio::test]
async fn what_was_ordered_for_a_card_goes_back_with_it() {
    let world = World::new().await;
    let (mut wechat, card) = world.student().await;
    let before = paid_order(&world, &mut wechat, &card, "key-1").await;
    wechat.sign_in_by_phone(NEW_NUMBER).await;
    wechat.answer_join(true).await;
    let since = paid_order(&world, &mut wechat, &card, "key-2").await;
    let join = only_join(&world, NEW_NUMBER).await;
    split(&world, &join, true).await.expect("parted");
    let mut alone = in_wechat_alone(&world).await;
    for order in [&before, &since] {
        world.assert_paid_once(&mut alone, order).await;
    }
    let mut number = world.browser("a desktop");
    number.sign_in_by_phone(NEW_NUMBER).await;
    assert!(cards(&mut number).await.is_empty());
    let orders = number.get("/api/v1/top-ups").await.json();
    assert_eq!(orders["items"].as_array().map(Vec::len), Some(0));
}

#[tokio::test]
async fn a_join_of_long_ago_stays() {
    let world = World::new().await;
    let (mut wechat, _) = world.student().await;
    wechat.sign_in_by_phone(NEW_NUMBER).await;
    wechat.answer_join(true).await;
    let join = only_join(&world, NEW_NUMBER).await;
    world.state.clock.advance(SPLIT_WITHIN_S - 5);
    assert!(split(&world, &join, false).await.is_ok());
    world.state.clock.advance(5);
    let refused = split(&world, &join, true).await.expect_err("too late");
    assert!(refused.contains("90 days"), "{refused}");
    assert_eq!(
        split(&world, "nothing", true).await,
        Err("There is no join nothing.".to_owned())
    );
}

#[tokio::test]
async fn a_sign_in_whose_answer_was_lost_asks_as_the_first_one_did() {
    let world = World::new().await;
    let (mut browser, _) = world.student().await;
    let wish = json!({ "phone": NEW_NUMBER });
    browser.post("/api/v1/session/code", Some(wish)).await;
    let sms = browser
        .get(&format!("/sandbox/sms?phone={NEW_NUMBER}"))
        .await;
    let wish = json!({ "phone": NEW_NUMBER, "code": sms.json()["code"] });
    // The answer, and its cookie, get lost on their way.
    let mut lost = browser.clone();
    let first = lost.post("/api/v1/session", Some(wish.clone())).await;
    assert_eq!(first.status, StatusCode::OK, "{first:?}");
    let again = browser.post("/api/v1/session", Some(wish)).await.json();
    assert_eq!(user(&again), user(&first.json()));
    for session in [first.json(), again] {
        let cards = &session["user"]["other_account"]["cards"];
        assert_eq!(cards.as_array().map(Vec::len), Some(1), "{session}");
    }
    // One yes is enough, whichever session says it.
    browser.session().await;
    browser.answer_join(true).await;
    assert_eq!(cards(&mut browser).await.len(), 1);
    lost.session().await;
    let late = lost.answer_join(true).await;
    assert!(late["user"]["other_account"].is_null(), "{late}");
}
