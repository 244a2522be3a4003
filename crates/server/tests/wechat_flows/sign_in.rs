//! Signing in inside WeChat, and one account for one person.

use axum::http::StatusCode;
use dika_core::clock::Clock as _;
use dika_sandbox::people::PEOPLE;
use dika_wechat_sim::{Call, Fault};
use serde_json::json;

use crate::support::{IN_WECHAT, World};

fn user(session: &serde_json::Value) -> &str {
    session["user"]["id"].as_str().expect("signed in")
}

#[tokio::test]
async fn it_comes_back_to_the_page_and_going_back_is_no_circle() {
    let world = World::new().await;
    let mut browser = world.browser(IN_WECHAT);
    let callback = browser.ask_wechat("/cards/abc").await;
    let done = browser.get(&callback).await;
    assert_eq!(done.location(), "/cards/abc");
    let first = browser.session().await;
    // The same address again: by a reload, by the back button.
    for _ in 0..2 {
        let again = browser.get(&callback).await;
        assert_eq!(again.location(), "/cards/abc");
    }
    // Whoever goes back further is sent on without WeChat.
    let back = browser.get("/wechat/authorize?return_to=/orders").await;
    assert_eq!(back.location(), "/orders");
    assert_eq!(user(&browser.session().await), user(&first));
    assert_eq!(world.sim.calls().get(&Call::SwapCode), Some(&1));
}

#[tokio::test]
async fn a_callback_fetched_twice_side_by_side_swaps_once_and_signs_both_in() {
    let world = World::new().await;
    let mut browser = world.browser(IN_WECHAT);
    let callback = browser.ask_wechat("/orders").await;
    world
        .sim
        .fault(Call::SwapCode, Fault::DoneThenSlow { ms: 300 }, 1);
    let mut twin = browser.clone();
    let (one, other) = tokio::join!(browser.get(&callback), twin.get(&callback));
    assert_eq!(one.location(), "/orders");
    assert_eq!(other.location(), "/orders");
    assert_eq!(user(&browser.session().await), user(&twin.session().await));
    assert_eq!(world.sim.calls().get(&Call::SwapCode), Some(&1));
}

#[tokio::test]
async fn a_callback_signs_in_once_more_for_a_moment_and_no_longer() {
    for (seconds, is_signed_in) in [(0, true), (60, false)] {
        let world = World::new().await;
        let mut browser = world.browser(IN_WECHAT);
        let callback = browser.ask_wechat("/orders").await;
        assert_eq!(browser.get(&callback).await.location(), "/orders");
        // As where the first answer was lost.
        browser.cookies.remove("dika_session");
        world.state.clock.advance(seconds);
        let again = browser.get(&callback).await;
        let user = &browser.session().await["user"];
        assert_eq!(user.is_object(), is_signed_in, "{seconds}: {again:?}");
    }
}

#[tokio::test]
async fn a_state_of_another_browser_or_nobody_s_signs_nobody_in() {
    let world = World::new().await;
    let mut attacker = world.browser(IN_WECHAT);
    let callback = attacker.ask_wechat("/orders").await;
    let mut victim = world.browser(IN_WECHAT);
    // The victim never began, then began something else.
    let led = victim.get(&callback).await;
    assert_eq!(led.location(), "/sign-in?to=/&by=phone");
    victim.ask_wechat("/cards").await;
    let led = victim.get(&callback).await;
    assert_eq!(led.location(), "/sign-in?to=/&by=phone");
    assert!(victim.session().await["user"].is_null());
    for forged in [
        "/wechat/callback",
        "/wechat/callback?code=abc",
        "/wechat/callback?code=abc&state=",
        "/wechat/callback?code=abc&state=ffffffffffffffffffffffffffffffff",
        "/wechat/callback?code=abc&state=%0d%0a",
        "/wechat/callback?state=a&state=b&code=c",
    ] {
        let led = victim.get(forged).await;
        assert_eq!(led.location(), "/sign-in?to=/&by=phone", "{forged}");
    }
    assert_eq!(world.sim.calls().get(&Call::SwapCode), None);
    // The attacker's own browser still works: nothing was used up.
    assert_eq!(attacker.get(&callback).await.location(), "/orders");
}

#[tokio::test]
async fn a_code_replayed_in_another_sign_in_is_refused() {
    let world = World::new().await;
    let mut browser = world.browser(IN_WECHAT);
    let callback = browser.ask_wechat("/").await;
    browser.get(&callback).await;
    let code = callback
        .split(['?', '&'])
        .find(|part| part.starts_with("code="))
        .expect("a code")
        .to_owned();
    let mut other = world.browser(IN_WECHAT);
    let callback = other.ask_wechat("/orders").await;
    let state = callback
        .split(['?', '&'])
        .find(|part| part.starts_with("state="))
        .expect("a state");
    let replayed = format!("/wechat/callback?{code}&{state}");
    let led = other.get(&replayed).await;
    assert_eq!(led.location(), "/sign-in?to=/orders&by=phone");
    assert!(other.session().await["user"].is_null());
    // That sign-in is over: its own code opens nothing any more.
    let led = other.get(&callback).await;
    assert_eq!(led.location(), "/sign-in?to=/orders&by=phone");
}

#[tokio::test]
async fn old_ones_and_silence_lead_to_the_phone() {
    let world = World::new().await;
    let mut browser = world.browser(IN_WECHAT);
    let callback = browser.ask_wechat("/orders").await;
    world.state.clock.advance(11 * 60);
    let led = browser.get(&callback).await;
    assert_eq!(led.location(), "/sign-in?to=/&by=phone");

    let callback = browser.ask_wechat("/orders").await;
    world
        .sim
        .fault(Call::SwapCode, Fault::Status { status: 502 }, 1);
    let led = browser.get(&callback).await;
    assert_eq!(led.location(), "/sign-in?to=/orders&by=phone");
    // And the next try works.
    assert_eq!(browser.sign_in_by_wechat("/orders").await, "/orders");
}

#[tokio::test]
async fn a_twin_that_never_finishes_keeps_the_page_it_was_on_its_way_to() {
    let world = World::new().await;
    let mut browser = world.browser(IN_WECHAT);
    let callback = browser.ask_wechat("/orders").await;
    world
        .sim
        .fault(Call::SwapCode, Fault::Hang { ms: 4_500 }, 1);
    let mut twin = browser.clone();
    let late = async {
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        twin.get(&callback).await
    };
    let (_, other) = tokio::join!(browser.get(&callback), late);
    assert_eq!(other.location(), "/sign-in?to=/orders&by=phone");
}

#[tokio::test]
async fn a_database_that_is_gone_leads_to_the_phone_and_shows_no_json() {
    let world = World::new().await;
    let mut browser = world.browser(IN_WECHAT);
    let callback = browser.ask_wechat("/orders").await;
    // A session, which is looked up before anything else.
    browser
        .cookies
        .insert("dika_session".into(), "a".repeat(64));
    world.state.store.close().await;
    let led = browser.get("/wechat/authorize?return_to=/orders").await;
    assert_eq!(led.location(), "/sign-in?to=/orders&by=phone");
    let led = browser.get(&callback).await;
    assert_eq!(led.location(), "/sign-in?to=/&by=phone");
}

#[tokio::test]
async fn a_browser_is_known_by_a_cookie_of_our_making_only() {
    let world = World::new().await;
    let planted = "planted-by-somebody-else";
    let mut browser = world.browser(IN_WECHAT);
    browser.cookies.insert("dika_wechat".into(), planted.into());
    browser.ask_wechat("/").await;
    let issued = browser.cookies["dika_wechat"].clone();
    assert_ne!(issued, planted);
    assert_eq!(issued.len(), 64);
    // A second tab, while the first one's sign-in waits: the same browser.
    let callback = browser.ask_wechat("/orders").await;
    assert_eq!(browser.cookies["dika_wechat"], issued);
    assert_eq!(browser.get(&callback).await.location(), "/orders");
    // One of the right shape that nobody here began anything with.
    let mut other = world.browser(IN_WECHAT);
    let shaped = "a".repeat(64);
    other.cookies.insert("dika_wechat".into(), shaped.clone());
    other.ask_wechat("/").await;
    assert_ne!(other.cookies["dika_wechat"], shaped);
}

#[tokio::test]
async fn it_returns_to_own_pages_only() {
    let world = World::new().await;
    for elsewhere in [
        "https://evil.example/",
        "//evil.example/",
        "/%5Cevil.example",
        "/%0d%0aset-cookie:%20a=b",
        "javascript:alert(1)",
        "/wechat/authorize",
    ] {
        let mut browser = world.browser(IN_WECHAT);
        assert_eq!(
            browser.sign_in_by_wechat(elsewhere).await,
            "/",
            "{elsewhere}"
        );
    }
}

#[tokio::test]
async fn a_snapshot_may_look_and_not_bind() {
    let world = World::new().await;
    world.sim.set(|behaviour| behaviour.user = 2);
    let mut browser = world.browser(IN_WECHAT);
    browser.sign_in_by_wechat("/").await;
    let session = browser.session().await;
    assert_eq!(session["user"]["snapshot"], true);
    assert_eq!(browser.get("/api/v1/cards").await.status, StatusCode::OK);
    let refused = browser.ask_to_bind().await;
    assert_eq!(refused.json()["code"], "snapshot_user");
    // Proving a number makes that number's account, not the virtual one's.
    browser.sign_in_by_phone(PEOPLE[0].phone).await;
    let real = browser.session().await;
    assert_ne!(user(&real), user(&session));
    assert_eq!(real["user"]["snapshot"], false);
}

#[tokio::test]
async fn wechat_first_and_the_phone_later_is_one_account_with_everything_of_both() {
    let world = World::new().await;
    // By phone, at a desk: a card.
    let (mut desk, card) = world.phone_student("a desktop").await;
    let phone_user = user(&desk.session().await).to_owned();
    // In WeChat, without the phone: the same card, and an order.
    let (mut wechat, same_card) = world.student().await;
    assert_ne!(user(&wechat.session().await), phone_user);
    assert_ne!(card, same_card);
    let (order, _) = wechat.order_by(&same_card, "jsapi").await;
    world.sim.pay(&order).expect("payable");
    world.notified(1).await;
    assert_eq!(
        desk.get(&format!("/api/v1/top-ups/{order}")).await.status,
        404
    );

    wechat.sign_in_by_phone(PEOPLE[0].phone).await;
    assert_eq!(user(&wechat.session().await), phone_user);
    wechat.answer_join(true).await;
    // One card, and the order is its.
    let cards = wechat.get("/api/v1/cards").await.json();
    assert_eq!(cards.as_array().map(Vec::len), Some(1), "{cards}");
    assert_eq!(cards[0]["id"], card.as_str());
    world.assert_paid_once(&mut wechat, &order).await;
    assert_eq!(desk.order(&order).await["card_id"], card.as_str());
    // From now on WeChat alone proves that account.
    let mut later = world.browser(IN_WECHAT);
    later.sign_in_by_wechat("/").await;
    assert_eq!(user(&later.session().await), phone_user);
}

#[tokio::test]
async fn the_phone_first_and_wechat_later_is_one_account_too() {
    let world = World::new().await;
    // A WeChat user with a card, who then signs in by phone elsewhere.
    let (mut wechat, card) = world.student().await;
    let wechat_user = user(&wechat.session().await).to_owned();
    let mut browser = world.browser(IN_WECHAT);
    browser.sign_in_by_phone(PEOPLE[1].phone).await;
    let phone_user = user(&browser.session().await).to_owned();
    assert_ne!(phone_user, wechat_user);
    browser.sign_in_by_wechat("/").await;
    assert_eq!(user(&browser.session().await), phone_user);
    browser.answer_join(true).await;
    let cards = browser.get("/api/v1/cards").await.json();
    assert_eq!(cards[0]["id"], card.as_str());
    // The account that was taken over has no session left.
    assert!(wechat.session().await["user"].is_null());
}

#[tokio::test]
async fn a_number_proven_inside_a_friend_s_wechat_takes_nothing_of_the_friend_s() {
    let world = World::new().await;
    // Somebody with a card of their own, by phone.
    let friend = PEOPLE
        .iter()
        .skip(1)
        .find(|person| person.gdut.is_some() && person.gdut_password().is_some())
        .expect("another one");
    let mut desk = world.browser("a desktop");
    desk.sign_in_by_phone(friend.phone).await;
    let wish = json!({
        "issuer": "gdut", "account": friend.student_no, "password": friend.gdut_password(),
    });
    let binding = desk.post("/api/v1/bindings", Some(wish)).await.json();
    let confirm = format!(
        "/api/v1/bindings/{}/confirm",
        binding["id"].as_str().expect("an id")
    );
    let card = desk.post(&confirm, None).await.json()["card_id"].clone();
    let friend_user = user(&desk.session().await).to_owned();

    // They borrow a phone and prove their number inside its owner's WeChat.
    let (mut borrowed, owners_card) = world.student().await;
    let owner = user(&borrowed.session().await).to_owned();
    borrowed.sign_in_by_phone(friend.phone).await;
    assert_eq!(user(&borrowed.session().await), friend_user);
    // Two people: nobody is asked, and a yes that nobody asked for changes nothing.
    assert!(borrowed.session().await["user"]["other_account"].is_null());
    borrowed.answer_join(true).await;
    let cards = borrowed.get("/api/v1/cards").await.json();
    assert_eq!(cards.as_array().map(Vec::len), Some(1), "{cards}");
    assert_eq!(cards[0]["id"], card);
    // The owner's WeChat is the owner's, with their card.
    let mut later = world.browser(IN_WECHAT);
    later.sign_in_by_wechat("/").await;
    assert_eq!(user(&later.session().await), owner);
    let cards = later.get("/api/v1/cards").await.json();
    assert_eq!(cards[0]["id"], owners_card.as_str());
}

#[tokio::test]
async fn two_numbers_are_two_people_who_share_a_phone() {
    let world = World::new().await;
    let mut owner = world.browser(IN_WECHAT);
    owner.sign_in_by_wechat("/").await;
    owner.sign_in_by_phone(PEOPLE[0].phone).await;
    let owner_user = user(&owner.session().await).to_owned();
    let mut friend = world.browser(IN_WECHAT);
    friend.sign_in_by_phone(PEOPLE[1].phone).await;
    let friend_user = user(&friend.session().await).to_owned();
    friend.sign_in_by_wechat("/").await;
    assert_eq!(user(&friend.session().await), friend_user);
    // The WeChat user is still the owner's.
    let mut again = world.browser(IN_WECHAT);
    again.sign_in_by_wechat("/").await;
    assert_eq!(user(&again.session().await), owner_user);
}

#[tokio::test]
async fn only_own_pages_are_signed() {
    let world = World::new().await;
    let mut browser = world.browser(IN_WECHAT);
    let page = format!("{}/cards?x=1", world.base);
    let escaped: String = url::form_urlencoded::byte_serialize(page.as_bytes()).collect();
    let signed = browser
        .get(&format!("/api/v1/wechat/js-config?url={escaped}"))
        .await;
    assert_eq!(signed.status, StatusCode::OK, "{signed:?}");
    let mut check = signed.json();
    check["url"] = page.into();
    let to = format!("{}/sim/js-config-check", world.sim.base_url());
    let said = browser.post(&to, Some(check)).await.json();
    assert_eq!(said["errMsg"], "config:ok");
    for other in ["https://evil.example/", "/cards", ""] {
        let refused = browser
            .get(&format!("/api/v1/wechat/js-config?url={other}"))
            .await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{other}");
    }
}

#[tokio::test]
async fn one_net_begins_so_many_sign_ins_and_goes_on_by_phone() {
    let world = World::new().await;
    let mut browser = world.browser(IN_WECHAT);
    let now = world.state.clock.now().unix();
    dika_store::sql::query("INSERT INTO rates (bucket, window_at, calls) VALUES ($1, $2, 4999)")
        .bind("wechat-sign-in/from/127.0.0.1")
        .bind(now - now.rem_euclid(3_600))
        .execute(world.state.store.pool())
        .await
        .expect("written");
    let last = browser.get("/wechat/authorize?return_to=/orders").await;
    assert!(last.location().contains("snsapi_base"), "{last:?}");
    let refused = browser.get("/wechat/authorize?return_to=/orders").await;
    assert_eq!(refused.location(), "/sign-in?to=/orders&by=phone");
}
