use dika_contract::Issuer;

use crate::harness::{assert_plain, journey};

#[test]
fn not_found_addresses_say_so_and_lead_home() {
    journey(async |app| {
        for path in [
            "/nowhere",
            "/guide/nowhere",
            "/bind/amex",
            "/orders/x/y",
            "/orders/no!id",
            "/orders/an-id-that-is-longer-than-any-id-may-be",
            "/cards/x/top-up/gold",
            "/en/guide",
        ] {
            app.open_page(path, "not-found").await;
            assert_plain(&app.main_text().await, path);
            app.shows("main a[href='/']").await;
        }
        app.tap("main a[href='/']").await;
        app.page("home").await;
    });
}

#[test]
fn not_found_orders_and_cards_are_told_apart_from_faults() {
    journey(async |app| {
        let me = app.sandbox.ordinary().await;
        app.with_card(&me, Issuer::Gdut).await;
        let card = app.card(Issuer::Gdut).await.id;
        for path in [
            "/orders/doesnotexist".to_owned(),
            "/cards/doesnotexist".to_owned(),
            "/bindings/doesnotexist".to_owned(),
            format!("/cards/{card}/top-up/gold"),
            format!("/cards/{card}/top-up/utilities"),
        ] {
            app.goto(&path).await;
            app.awake().await;
            app.shows("main a[href]").await;
            app.shows_no("main [aria-busy=true]").await;
            assert_plain(&app.main_text().await, &path);
            assert_eq!(app.count("[data-action=pay]").await, 0, "{path}");
        }
    });
}
