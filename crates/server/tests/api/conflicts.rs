//! PostgreSQL ends a change that is in another's way. Whoever asked for it never hears of that.

use axum::http::{Method, header};
use dika_contract::{Issuer, PaymentState, TopUp, WalletKind, endpoint};
use dika_store::sql;
use serde_json::json;

use crate::client::{Client, api, person};

/// From now on every seventh statement that writes to one of these is in another's way.
async fn in_each_other_s_way(client: &Client) {
    let make = async |statement: String| {
        sql::query(sql::AssertSqlSafe(statement))
            .execute(client.state.store.pool())
            .await
            .expect("made");
    };
    make("CREATE SEQUENCE conflicts".to_owned()).await;
    make(
        "CREATE FUNCTION conflict() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
             IF nextval('conflicts') % 7 = 0 THEN
                 RAISE EXCEPTION 'on purpose' USING ERRCODE = '40001';
             END IF;
             RETURN NULL; END $$"
            .to_owned(),
    )
    .await;
    for table in [
        "users",
        "identities",
        "sessions",
        "sign_in_codes",
        "rates",
        "bindings",
        "cards",
        "orders",
    ] {
        make(format!(
            "CREATE TRIGGER conflict BEFORE INSERT OR UPDATE OR DELETE ON {table} EXECUTE FUNCTION conflict()"
        ))
        .await;
    }
}

/// As a browser does, which keeps the name that it was given with the code: a code that was used up before the session began
/// is good once more for that browser alone.
async fn sign_in(client: &mut Client) {
    let phone = person("").phone;
    let sent = client
        .post(endpoint::SESSION_CODE, json!({ "phone": phone }))
        .await;
    let browser = sent.headers[header::SET_COOKIE].to_str().expect("text");
    let browser = browser.split(';').next().expect("a name").to_owned();
    let code = client.state.tables().latest_sms(phone).await;
    let body = json!({ "phone": phone, "code": code.expect("reads").expect("a code") });
    let (path, cookies) = (api(endpoint::SESSION), [("cookie", browser.as_str())]);
    let reply = client.call(Method::POST, &path, Some(body), &cookies).await;
    client.keep(&reply, &reply.good());
}

#[tokio::test]
async fn changes_in_each_other_s_way_are_made_again_and_doubled_nowhere() {
    let mut client = Client::new().await;
    if !matches!(client.state.store.pool(), sql::Pool::Postgres(_)) {
        return;
    }
    in_each_other_s_way(&client).await;
    sign_in(&mut client).await;
    let card = client.bind(person(""), Issuer::Gdut).await;
    for turn in 0..6 {
        let key = format!("key-{turn}");
        let order: TopUp = client
            .create(&card, WalletKind::Main, 1_000, &key)
            .await
            .good();
        if turn % 2 == 0 {
            let closed: TopUp = client
                .on_top_up(endpoint::TOP_UP_CANCEL, &order.id)
                .await
                .good();
            assert_eq!(closed.payment, PaymentState::Closed);
        } else {
            let tables = client.state.tables();
            let decided = tables.decide_payment(&order.id, "paid").await;
            assert!(decided.expect("decided"));
            let paid = client.top_up(&order.id).await;
            assert_eq!(paid.payment, PaymentState::Paid);
        }
    }
    assert_eq!(
        client.amounts(&card, WalletKind::Main).await,
        (2_350, 3_000)
    );
    let conflicts: i64 = sql::query_scalar("SELECT last_value FROM conflicts")
        .fetch_one(client.state.store.pool())
        .await
        .expect("reads");
    assert!(conflicts > 40, "{conflicts}");
    let orders: i64 = sql::query_scalar("SELECT COUNT(*) FROM orders")
        .fetch_one(client.state.store.pool())
        .await
        .expect("reads");
    assert_eq!(orders, 6);
}
