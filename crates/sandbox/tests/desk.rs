//! The sandbox's controls, as tests and people use them.

mod support;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use dika_core::clock::Clock as _;
use dika_sandbox::testing::sandbox_app;
use serde_json::{Value, json};
use support::{Client, people, with_note};

async fn order(client: &mut Client, person: &Value, issuer: &str, wallet: &str) -> String {
    client
        .sign_in(person["phone"].as_str().expect("a phone"))
        .await;
    let card = client.bind(issuer, person).await;
    let order = client.top_up(&card, wallet, 2_000, "key-1").await;
    assert_eq!(order.status, StatusCode::CREATED, "{}", order.text());
    order.json()["id"].as_str().expect("an id").to_owned()
}

async fn states(client: &mut Client, order: &str) -> (String, String) {
    let order = client.get(&format!("/api/v1/top-ups/{order}")).await.json();
    let text = |name: &str| order[name].as_str().expect("a state").to_owned();
    (text("payment"), text("claim"))
}

fn tap(person: &Value, issuer: &str, terminal: &str) -> Value {
    json!({ "card_no": person[issuer]["card_no"], "terminal": terminal })
}

#[tokio::test]
async fn everybody_can_sign_in_and_bind() {
    let (app, _, _folder) = sandbox_app().await;
    let all = people(&mut Client::new(&app)).await;
    assert!(all.len() >= 10);
    let first = &all[0];
    for key in [
        "name", "phone", "campus", "note", "id_tail7", "gdut", "hemc",
    ] {
        assert!(first.get(key).is_some(), "{key}");
    }
    assert_eq!(
        (&first["campus"], &first["note"]),
        (&json!("daxuecheng"), &Value::Null)
    );
    for person in &all {
        let mut client = Client::new(&app);
        client
            .sign_in(person["phone"].as_str().expect("a phone"))
            .await;
        for issuer in ["gdut", "hemc"] {
            if !person[issuer].is_null() {
                client.bind(issuer, person).await;
            }
        }
    }
}

#[tokio::test]
async fn two_people_cannot_be_told_apart() {
    let (app, _, _folder) = sandbox_app().await;
    let mut client = Client::new(&app);
    let all = people(&mut client).await;
    let alike: Vec<&Value> = all
        .iter()
        .filter(|one| {
            one["note"]
                .as_str()
                .is_some_and(|note| note.contains("cannot tell"))
        })
        .collect();
    let mut seen = Vec::new();
    client
        .sign_in(alike[0]["phone"].as_str().expect("a phone"))
        .await;
    for person in alike {
        let card = &person["hemc"];
        let wish =
            json!({ "issuer": "hemc", "card_no": card["card_no"], "password": card["password"] });
        let binding = client.post("/api/v1/bindings", wish).await.json();
        seen.push((
            binding["identity"].clone(),
            binding["card_no_masked"].clone(),
        ));
    }
    assert_eq!(seen[0], seen[1]);
}

#[tokio::test]
async fn money_is_paid_tapped_and_on_the_card() {
    let (app, _, _folder) = sandbox_app().await;
    let mut client = Client::new(&app);
    let person = people(&mut client).await[0].clone();
    let order = order(&mut client, &person, "gdut", "main").await;
    let pending = client.get("/sandbox/payments").await.json();
    assert_eq!(pending[0]["order_id"], json!(order));
    let path = format!("/sandbox/payments/{order}");
    let paid = client.post(&path, json!({ "outcome": "paid" })).await;
    assert_eq!(paid.status, StatusCode::NO_CONTENT);
    assert_eq!(
        states(&mut client, &order).await,
        ("paid".into(), "waiting".into())
    );
    let wrong = client
        .post("/sandbox/taps", tap(&person, "gdut", "hemc_top_up"))
        .await
        .json();
    assert_eq!(
        (&wrong["released"], &wrong["reason"]),
        (&json!([]), &json!("wrong_terminal"))
    );
    let right = client
        .post("/sandbox/taps", tap(&person, "gdut", "gdut_load"))
        .await
        .json();
    assert_eq!(right["released"], json!([order]));
    assert_eq!(right["amount_fen"], 2_000);
    assert_eq!(
        states(&mut client, &order).await,
        ("paid".into(), "claimed".into())
    );
    let undone = client.post(&path, json!({ "outcome": "failed" })).await;
    assert_eq!(undone.json()["code"], "order_already_paid");
}

#[tokio::test]
async fn six_hours_pass_by_the_clock() {
    let (app, _, _folder) = sandbox_app().await;
    let mut client = Client::new(&app);
    let person = people(&mut client).await[0].clone();
    let order = order(&mut client, &person, "hemc", "utilities").await;
    let path = format!("/sandbox/payments/{order}");
    client.post(&path, json!({ "outcome": "paid" })).await;
    let before = client.get("/sandbox/clock").await.json();
    let moved = client
        .post("/sandbox/clock", json!({ "advance_s": 21_601 }))
        .await;
    assert_eq!(moved.status, StatusCode::OK);
    assert_eq!(moved.json()["offset_s"], 21_601);
    assert_ne!(moved.json()["now"], before["now"]);
    assert_eq!(
        states(&mut client, &order).await,
        ("paid".into(), "needs_confirmation".into())
    );
    for body in [
        json!({ "advance_s": -1 }),
        json!({ "advance_s": "1" }),
        json!({}),
    ] {
        let refused = client.post("/sandbox/clock", body).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    }
}

#[tokio::test]
async fn service_hours_can_be_moved() {
    let (app, state, _folder) = sandbox_app().await;
    let mut client = Client::new(&app);
    let person = people(&mut client).await[0].clone();
    client
        .sign_in(person["phone"].as_str().expect("a phone"))
        .await;
    let card = client.bind("gdut", &person).await;
    let now = state.clock.now().in_china();
    let minute = u16::from(now.hour) * 60 + u16::from(now.minute);
    // A window that is surely not now.
    let (from, to) = if minute < 720 {
        (1_000, 1_010)
    } else {
        (10, 20)
    };
    let set = client
        .post(
            "/sandbox/hours",
            json!({ "issuer": "gdut", "from_min": from, "to_min": to }),
        )
        .await;
    assert_eq!(set.status, StatusCode::NO_CONTENT);
    let refused = client.top_up(&card, "main", 2_000, "k").await;
    assert_eq!(
        refused.json()["code"],
        "outside_service_hours",
        "{}",
        refused.text()
    );
}

#[tokio::test]
async fn nonsense_is_a_problem() {
    let (app, _, _folder) = sandbox_app().await;
    let mut client = Client::new(&app);
    for (path, body) in [
        ("/sandbox/payments/none", json!({ "outcome": "stolen" })),
        (
            "/sandbox/taps",
            json!({ "card_no": "80240101", "terminal": "drone" }),
        ),
        (
            "/sandbox/faults",
            json!({ "path": "/sandbox/reset", "kind": "error" }),
        ),
        ("/sandbox/faults", json!({ "path": "/cards" })),
        (
            "/sandbox/hours",
            json!({ "issuer": "gdut", "from_min": 9, "to_min": 8 }),
        ),
    ] {
        let answer = client.post(path, body).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{path}");
        assert_eq!(
            answer.header("content-type"),
            Some("application/problem+json")
        );
    }
    for path in ["/sandbox/sms?phone=19900000001", "/sandbox/assets/none.js"] {
        assert_eq!(
            client.get(path).await.status,
            StatusCode::NOT_FOUND,
            "{path}"
        );
    }
    let none = client
        .post("/sandbox/payments/none", json!({ "outcome": "paid" }))
        .await;
    assert_eq!(none.json()["code"], "not_found");
    let unknown = client
        .post(
            "/sandbox/taps",
            json!({ "card_no": "1", "terminal": "gdut_load" }),
        )
        .await;
    assert_eq!(unknown.json()["reason"], "unknown_card");
}

#[tokio::test]
async fn reset_is_the_first_day_again() {
    let (app, state, _folder) = sandbox_app().await;
    let mut client = Client::new(&app);
    let before = people(&mut client).await;
    order(&mut client, &before[0], "hemc", "main").await;
    client
        .post("/sandbox/clock", json!({ "advance_s": 600 }))
        .await;
    client
        .post(
            "/sandbox/faults",
            json!({ "path": "/directory", "kind": "error" }),
        )
        .await;
    let reset = client.call("POST", "/sandbox/reset", None).await;
    assert_eq!(reset.status, StatusCode::NO_CONTENT);
    assert_eq!(client.get("/api/v1/directory").await.status, StatusCode::OK);
    assert_eq!(
        client.get("/api/v1/cards").await.json()["code"],
        "session_expired"
    );
    assert_eq!(client.get("/sandbox/clock").await.json()["offset_s"], 0);
    assert_eq!(client.get("/sandbox/payments").await.json(), json!([]));
    assert_eq!(state.tables().clock_offset().await.expect("a clock"), 0);
    let after = people(&mut client).await;
    assert_eq!(before, after);
    let mut fresh = Client::new(&app);
    order(&mut fresh, &after[0], "hemc", "main").await;
}

#[tokio::test]
async fn other_sites_cannot_use_it() {
    let (app, _, _folder) = sandbox_app().await;
    let mut client = Client::new(&app);
    let host = ("host", "127.0.0.1:8080");
    for (origin, allowed) in [
        ("http://127.0.0.1:8080", true),
        ("http://evil.example", false),
        ("null", false),
        ("http://127.0.0.1:8081", false),
    ] {
        let headers = [host, ("origin", origin)];
        let answer = client
            .call_with("POST", "/sandbox/reset", None, &headers)
            .await;
        assert_eq!(answer.status == StatusCode::NO_CONTENT, allowed, "{origin}");
    }
    let form = Request::post("/sandbox/clock")
        .header("content-type", "text/plain")
        .body(Body::from(r#"{"advance_s":1}"#))
        .expect("a request");
    assert!(client.send(form).await.status.is_client_error());
}

fn without_inline(html: &str) {
    for part in ["<style", " style=", "onclick", "javascript:", "<script>"] {
        assert!(!html.contains(part), "{part}");
    }
}

#[tokio::test]
async fn the_cashier_works_by_plain_forms() {
    let (app, _, _folder) = sandbox_app().await;
    let mut client = Client::new(&app);
    let person = people(&mut client).await[0].clone();
    let order = order(&mut client, &person, "gdut", "main").await;
    let path = format!("/sandbox/cashier/{order}");
    let press = |choice: &str| {
        Request::post(format!("/sandbox/cashier/{order}"))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Body::from(format!("choice={choice}")))
            .expect("a request")
    };
    let page = client.get(&path).await;
    let html = page.text();
    assert_eq!(page.header("cache-control"), Some("no-store"));
    without_inline(&html);
    for part in [
        "data-page=\"sandbox-cashier\"",
        "data-action=\"cashier-pay\"",
        "data-action=\"cashier-cancel\"",
        "method=\"post\"",
        "20.00",
        "沙盒",
        order.as_str(),
    ] {
        assert!(html.contains(part), "{part}");
    }
    let english = client
        .get_with(&path, &[("accept-language", "en")])
        .await
        .text();
    assert!(english.contains("lang=\"en\"") && english.contains("Cancel, do not pay"));

    let back = client.send(press("cancel")).await;
    assert_eq!(back.status, StatusCode::SEE_OTHER);
    let orders_page = format!("/orders/{order}");
    assert_eq!(back.header("location"), Some(orders_page.as_str()));
    assert_eq!(states(&mut client, &order).await.0, "created");

    let back = client.send(press("pay")).await;
    assert_eq!(back.header("location"), Some(orders_page.as_str()));
    assert_eq!(states(&mut client, &order).await.0, "paid");
    let html = client.get(&path).await.text();
    assert!(html.contains("data-outcome=\"paid\"") && !html.contains("cashier-pay"));
    // Pressing again, from an old page, changes nothing and still leads back.
    for choice in ["pay", "cancel"] {
        assert_eq!(
            client.send(press(choice)).await.status,
            StatusCode::SEE_OTHER
        );
    }
    assert_eq!(states(&mut client, &order).await.0, "paid");

    let none = client.get("/sandbox/cashier/none").await;
    assert_eq!(none.status, StatusCode::NOT_FOUND);
    assert!(none.text().contains("沙盒"));
}

#[tokio::test]
async fn the_desk_shows_people_messages_and_payments() {
    let (app, _, _folder) = sandbox_app().await;
    let mut client = Client::new(&app);
    let all = people(&mut client).await;
    let order = order(&mut client, &all[0], "gdut", "main").await;
    let page = client.get("/sandbox").await;
    let html = page.text();
    without_inline(&html);
    for person in &all {
        for part in [
            &person["name"],
            &person["phone"],
            &person["gdut"]["password"],
        ] {
            assert!(html.contains(part.as_str().expect("text")), "{part}");
        }
    }
    let code = client
        .get(&format!(
            "/sandbox/sms?phone={}",
            all[0]["phone"].as_str().expect("a phone")
        ))
        .await
        .json();
    for part in [
        code["code"].as_str().expect("a code"),
        order.as_str(),
        "data-action=\"payment-paid\"",
        "data-action=\"tap-gdut_load\"",
        "data-action=\"advance-21600\"",
        "data-action=\"fault-add\"",
        "data-action=\"sandbox-reset\"",
        "data-action=\"copy-password\"",
    ] {
        assert!(html.contains(part), "{part}");
    }
    for (file, kind) in [
        ("sandbox.css", "text/css"),
        ("sandbox.js", "text/javascript"),
    ] {
        let asset = client.get(&format!("/sandbox/assets/{file}")).await;
        assert!(
            asset
                .header("content-type")
                .expect("a type")
                .starts_with(kind)
        );
    }
    assert_eq!(with_note(&all, "ends in X")["hemc"]["password"], "123450");
}

#[tokio::test]
async fn a_database_that_is_no_sandbox_s_is_left_alone() {
    let folder = tempfile::TempDir::new().expect("a folder");
    let url = format!(
        "sqlite://{}?mode=rwc",
        folder.path().join("new.db").display()
    );
    let fresh = dika_store::Store::open(
        &url,
        std::sync::Arc::new(dika_server::adapters::os_random::OsRandom),
    )
    .await
    .expect("a database");
    dika_sandbox::mark::mark(&fresh)
        .await
        .expect("an empty one becomes a sandbox's");
    dika_sandbox::mark::mark(&fresh)
        .await
        .expect("and stays one");
    // Holds accounts, and nobody marked it.
    let (_, state, _folder) = sandbox_app().await;
    dika_store::sql::query("DELETE FROM settings WHERE key = 'sandbox'")
        .execute(state.store.pool())
        .await
        .expect("the mark goes");
    let refused = dika_sandbox::mark::mark(&state.store)
        .await
        .expect_err("refused");
    assert!(refused.to_string().contains("not a sandbox's"));
}
