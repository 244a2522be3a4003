use dika_contract::{Issuer, WalletKind};

use crate::harness::journey;

#[test]
fn session_end_on_the_way_comes_back_to_the_same_page() {
    journey(async |app| {
        let me = app.sandbox.ordinary().await;
        app.with_card(&me, Issuer::Gdut).await;
        let order = app.top_up(Issuer::Gdut, WalletKind::Main, "20").await;
        let card = app.card(Issuer::Gdut).await.id;
        for (path, page) in [
            (format!("/orders/{order}"), "order"),
            (format!("/cards/{card}"), "card"),
            (format!("/cards/{card}/top-up/main"), "top-up"),
            ("/orders".to_owned(), "orders"),
        ] {
            let forgot = app.driver().delete_all_cookies().await;
            forgot.expect("the browser forgets who it was");
            // A code can be asked for once a minute.
            app.sandbox.advance(61).await;
            app.goto(&path).await;
            app.page("sign-in").await;
            app.sign_in(&me).await;
            app.page(page).await;
            assert_eq!(app.path().await, path);
        }
    });
}

#[test]
fn session_end_between_review_and_pay_orders_nothing_and_returns() {
    journey(async |app| {
        let me = app.sandbox.ordinary().await;
        app.with_card(&me, Issuer::Gdut).await;
        app.open_top_up(Issuer::Gdut, WalletKind::Main).await;
        app.review("20").await;
        let forgot = app.driver().delete_all_cookies().await;
        forgot.expect("the browser forgets who it was");
        app.sandbox.advance(61).await;
        app.click("pay").await;
        app.page("sign-in").await;
        app.sign_in(&me).await;
        app.page("top-up").await;
        assert_eq!(app.orders().await.len(), 0);
    });
}

#[test]
fn session_end_by_signing_out_shows_nothing_of_before() {
    journey(async |app| {
        let me = app.sandbox.ordinary().await;
        app.with_card(&me, Issuer::Gdut).await;
        let order = app.top_up(Issuer::Gdut, WalletKind::Main, "20").await;
        app.open_page("/", "home").await;
        app.shows(&format!("[data-order='{order}']")).await;
        app.open_page("/settings", "settings").await;
        app.click("sign-out").await;
        app.wait(
            "sign-out to be over",
            "return !document.querySelector('[data-action=sign-out]')",
            serde_json::json!([]),
        )
        .await;
        app.open_page("/", "home").await;
        app.shows("main a[href^='/bind'], main a[href^='/sign-in']")
            .await;
        assert_eq!(app.count("[data-order]").await, 0);
        let kept = app
            .ask(
                "return JSON.stringify([{ ...localStorage }, { ...sessionStorage }])",
                serde_json::json!([]),
            )
            .await;
        assert!(
            !kept.to_string().contains(&order),
            "something of the student stays behind: {kept}"
        );
        app.back().await;
        app.awake().await;
        assert_eq!(app.count(&format!("[data-order='{order}']")).await, 0);
    });
}

#[test]
fn session_end_sign_in_returns_to_own_pages_only() {
    journey(async |app| {
        let me = app.sandbox.ordinary().await;
        // Whatever the parameter is called, a foreign address in it leads nowhere.
        for name in ["return_to", "next", "to", "from", "redirect"] {
            app.goto(&format!("/sign-in?{name}=https%3A%2F%2Fexample.org%2F"))
                .await;
            app.page("sign-in").await;
        }
        app.goto("/sign-in?return_to=%2F%2Fexample.org%2F").await;
        app.sign_in(&me).await;
        app.awake().await;
        let here = app.driver().current_url().await.expect("an address");
        assert!(here.as_str().starts_with(app.base()), "left for {here}");
    });
}
