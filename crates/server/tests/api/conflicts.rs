//! PostgreSQL ends a change that is in another's way. Whoever asked for it never hears of that.

use dika_contract::{Issuer, PaymentState, TopUp, WalletKind, endpoint};
use dika_store::sql;

use crate::client::{Client, person};

/// From now on every third statement that writes to one of these is in another's way.
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
             IF nextval('conflicts') % 3 = 0 THEN
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

#[tokio::test]
async fn changes_in_each_other_s_way_are_made_again_and_doubled_nowhere() {
    let mut client = Client::new().await;
    if !matches!(client.state.store.pool(), sql::Pool::Postgres(_)) {
        return;
    }
    in_each_other_s_way(&client).await;
    client.sign_in(person("").phone).await;
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
    assert!(conflicts > 30, "{conflicts}");
    let orders: i64 = sql::query_scalar("SELECT COUNT(*) FROM orders")
        .fetch_one(client.state.store.pool())
        .await
        .expect("reads");
    assert_eq!(orders, 6);
}
