//! What people type is read on the server as it is in the app: docs of `dika_contract::typed`.

use axum::http::StatusCode;
use dika_contract::{Binding, ErrorCode, Session, endpoint};
use serde_json::json;

use crate::client::Client;

#[tokio::test]
async fn a_number_in_any_form_is_one_account() {
    let mut client = Client::new().await;
    let user = client.sign_in("19900000001").await.user.expect("signed in");
    for (phone, spoilt) in [
        ("+86 199 0000 0001", " "),
        ("００８６１９９０００００００１", "\u{200b}"),
        ("(+86)199\u{2011}0000\u{2011}0001", "-"),
        ("\u{202d}8619900000001\u{202c}", "\u{3000}"),
        ("手机：199.0000.0001", "\n"),
    ] {
        let mut other = client.another();
        client.later(60);
        let sent = other
            .post(endpoint::SESSION_CODE, json!({ "phone": phone }))
            .await;
        assert_eq!(sent.status, StatusCode::ACCEPTED, "{phone}");
        let code = client.state.tables().latest_sms("19900000001").await;
        let code = code.expect("reads").expect("a code");
        let code = [&code[..3], spoilt, &code[3..]].concat();
        let reply = other
            .post(endpoint::SESSION, json!({ "phone": phone, "code": code }))
            .await;
        let session: Session = reply.good();
        other.keep(&reply, &session);
        assert_eq!(session.user.expect("signed in").id, user.id, "{phone}");
    }
}

#[tokio::test]
async fn what_is_no_number_is_refused() {
    let client = Client::new().await;
    for phone in [
        "1990000000①",
        "1990000000²",
        "+852 9123 4567",
        "1990000000O",
        "\u{200b}",
    ] {
        client
            .post(endpoint::SESSION_CODE, json!({ "phone": phone }))
            .await
            .refused(ErrorCode::InvalidRequest);
    }
}

#[tokio::test]
async fn account_and_password_are_read_in_any_form() {
    let client = Client::signed_in("").await;
    for (account, password) in [
        ("３１２４０００１０１", "８０３４１７"),
        (" 3124 0001 01 ", "803 417"),
        ("学号：3124\u{ad}000101", "\u{feff}803417\u{200f}"),
        ("3124\u{2013}000101", "٨٠٣٤١٧"),
    ] {
        let body = json!({ "issuer": "gdut", "account": account, "password": password });
        let binding: Binding = client.post(endpoint::BINDINGS, body).await.good();
        assert_eq!(binding.identity.student_no, "3124****01", "{account:?}");
    }
    let hemc = json!({ "issuer": "hemc", "card_no": "８０２４ ０１０１", "password": "803417" });
    let _: Binding = client.post(endpoint::BINDINGS, hemc).await.good();
}
