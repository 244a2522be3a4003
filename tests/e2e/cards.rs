use dika_contract::{Issuer, WalletKind};

use crate::harness::{assert_plain, journey};

#[test]
fn cards_that_take_no_money_say_why_and_what_next() {
    for words in [
        ["lost", "\u{6302}\u{5931}"],
        ["frozen", "\u{51bb}\u{7ed3}"],
        ["expired", "\u{8fc7}\u{671f}"],
        ["replaced", "\u{6362}"],
    ] {
        journey(async |app| {
            let me = app.sandbox.noted(&words).await;
            let issuer = if me.gdut.is_some() {
                Issuer::Gdut
            } else {
                Issuer::Hemc
            };
            app.with_card(&me, issuer).await;
            let card = app.card(issuer).await;
            assert!(!card.takes_money(), "{words:?}");
            app.open_page(&format!("/cards/{}", card.id), "card").await;
            app.reads("*").await;
            assert_plain(&app.main_text().await, words[0]);
            app.goto(&format!("/cards/{}/top-up/main", card.id)).await;
            app.awake().await;
            app.shows("main[data-page=top-up] a").await;
            assert_eq!(
                app.count("[data-action=pay], [data-action=review]:not([aria-disabled=true])")
                    .await,
                0,
                "{words:?} can be topped up"
            );
            assert_plain(&app.main_text().await, words[0]);
        });
    }
}

#[test]
fn cards_unbound_are_gone_and_can_be_bound_again() {
    journey(async |app| {
        let me = app.sandbox.ordinary().await;
        app.with_card(&me, Issuer::Gdut).await;
        let card = app.card(Issuer::Gdut).await;
        app.open_page(&format!("/cards/{}", card.id), "card").await;
        app.click("unbind").await;
        // It is asked about once more.
        assert_eq!(app.cards().await.len(), 1);
        app.click("unbind-confirm").await;
        app.shows_no("main[data-page=card]").await;
        assert!(app.cards().await.is_empty(), "unbinding did nothing");
        app.bind(&me, Issuer::Gdut).await;
        assert_eq!(app.cards().await.len(), 1);
    });
}

#[test]
fn cards_can_be_made_the_default_one() {
    journey(async |app| {
        let me = app.sandbox.ordinary().await;
        app.with_card(&me, Issuer::Gdut).await;
        app.bind(&me, Issuer::Hemc).await;
        let cards = app.cards().await;
        let other = cards
            .iter()
            .find(|card| !card.is_default)
            .expect("one of two is not the default");
        app.open_page(&format!("/cards/{}", other.id), "card").await;
        app.click("set-default").await;
        app.shows_no("[data-action=set-default]").await;
        assert_eq!(app.cards().await[0].id, other.id, "the default comes first");
    });
}

#[test]
fn cards_of_one_student_are_not_another_s() {
    journey(async |app| {
        let me = app.sandbox.ordinary().await;
        app.with_card(&me, Issuer::Gdut).await;
        let order = app.top_up(Issuer::Gdut, WalletKind::Main, "20").await;
        let card = app.card(Issuer::Gdut).await;
        let people = app.sandbox.people().await;
        let another = people
            .iter()
            .find(|person| person.phone != me.phone)
            .expect("more than one person");
        let forgot = app.driver().delete_all_cookies().await;
        forgot.expect("the browser forgets who it was");
        app.sign_in(another).await;
        for path in [
            format!("/cards/{}", card.id),
            format!("/cards/{}/top-up/main", card.id),
            format!("/orders/{order}"),
        ] {
            app.goto(&path).await;
            app.awake().await;
            app.shows_no("[aria-busy=true]").await;
            let text = app.main_text().await;
            assert!(!text.contains(&card.card_no_masked), "{path}: {text}");
            assert_eq!(
                app.count("[data-payment], [data-action=review], [data-action=pay]")
                    .await,
                0,
                "{path}"
            );
            assert_plain(&text, &path);
        }
    });
}
