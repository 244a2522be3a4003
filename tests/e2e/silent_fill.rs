use serde_json::json;

use crate::harness::{App, journey};

/// Puts text into a field as password managers do, and iOS's Chrome: no event tells of it.
async fn fill_silently(app: &App, name: &str, text: &str) {
    app.shows(&format!("input[name='{name}']")).await;
    app.ask(
        "document.querySelector(`input[name='${arguments[0]}']`).value = arguments[1]",
        json!([name, text]),
    )
    .await;
}

/// Signs in and binds with what stands in the fields, over old values that were typed.
pub(crate) async fn binds_what_stands_in_the_fields(app: &App) {
    let me = app.sandbox.ordinary().await;
    app.open_page("/sign-in", "sign-in").await;
    app.type_into("phone", "13800000000").await;
    fill_silently(app, "phone", &format!("+86 {}", me.phone)).await;
    app.click("send-code").await;
    let code = app.sandbox.sms(&me.phone, None).await;
    app.type_into("code", "000000").await;
    fill_silently(app, "code", &format!("{} {}", &code[..3], &code[3..])).await;
    app.click("sign-in").await;
    app.shows_no("main[data-page=sign-in]").await;

    app.open_page("/bind/hemc", "bind").await;
    app.type_into("card_no", "99999999").await;
    app.type_into("password", "000000").await;
    fill_silently(app, "card_no", &me.hemc().card_no).await;
    fill_silently(app, "password", &me.hemc().password).await;
    app.click("bind").await;
    app.page("confirm-identity").await;

    // A manager that mixes the two forms up: nothing is sent, no try is spent.
    app.open_page("/bind/hemc", "bind").await;
    fill_silently(app, "card_no", &me.gdut().account).await;
    fill_silently(app, "password", &me.gdut().password).await;
    app.click("bind").await;
    app.click("other-form").await;
    app.shows("input[name=account]").await;
    assert_eq!(app.count("[data-error]").await, 0);
}

#[test]
fn silent_fill_is_what_is_sent() {
    journey(binds_what_stands_in_the_fields);
}
