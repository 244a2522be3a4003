//! What every answer passes, and what machines ask.

use std::sync::Arc;

use axum::http::{Method, StatusCode, header};
use dika_contract::{ErrorCode, Issuer, Session, WalletKind, endpoint};
use dika_core::payment_gateway::PaymentGateway;
use dika_server::adapters::measured_gateway::MeasuredGateway;
use dika_server::services::reconcile;
use dika_server::telemetry;
use metrics_exporter_prometheus::PrometheusBuilder;
use serde_json::json;

use crate::client::{Client, Reply, api, person};
use crate::hooked::HookedCards;

/// A server that people reach by https.
async fn encrypted() -> Client {
    Client::new().await.with(|state| {
        let mut settings = (*state.settings).clone();
        settings.public_origin = Some("https://dika.test".to_owned());
        state.settings = settings.into();
    })
}

fn set_cookies(reply: &Reply) -> Vec<String> {
    let cookies = reply.headers.get_all(header::SET_COOKIE).iter();
    let cookies = cookies.map(|cookie| cookie.to_str().expect("text").to_owned());
    cookies.collect()
}

#[tokio::test]
async fn a_panic_is_a_problem_with_the_request_s_own_id() {
    let client = Client::signed_in("").await;
    client.bind(person(""), Issuer::Gdut).await;
    let client = client.with(|state| {
        state.cards = Arc::new(HookedCards::new(&state.cards, |_| {
            Box::pin(async { panic!("secret") })
        }));
    });
    let told = [("x-request-id", "mine")];
    let path = api(endpoint::CARDS);
    let reply = client.call(Method::GET, &path, None, &told).await;
    assert_eq!(reply.status, StatusCode::INTERNAL_SERVER_ERROR);
    let problem = reply.refused(ErrorCode::Internal);
    let id = reply.headers["x-request-id"].to_str().expect("text");
    assert_eq!(problem.request_id.as_deref(), Some(id));
    assert_ne!(id, "mine", "a name from outside could be anything");
    assert!(!String::from_utf8_lossy(&reply.body).contains("secret"));
}

#[tokio::test]
async fn answers_of_the_api_are_taken_for_what_they_say_and_by_https_alone() {
    for (client, https_only) in [(Client::new().await, false), (encrypted().await, true)] {
        for path in [endpoint::SESSION, endpoint::CARDS, "/nowhere"] {
            let reply = client.get(path).await;
            assert_eq!(reply.headers["x-content-type-options"], "nosniff", "{path}");
            let hsts = reply.headers.contains_key("strict-transport-security");
            assert_eq!(hsts, https_only, "{path}");
        }
    }
}

#[tokio::test]
async fn by_https_the_session_s_cookie_comes_from_this_host_alone() {
    let client = encrypted().await;
    let phone = person("").phone;
    let code = client.code(phone).await;
    let body = json!({ "phone": phone, "code": code });
    let reply = client.post(endpoint::SESSION, body).await;
    let session: Session = reply.good();
    let cookies = set_cookies(&reply);
    let token = cookies[0]
        .strip_prefix("__Host-dika_session=")
        .expect("a name of this host")
        .split(';')
        .next()
        .expect("a token");
    for rule in ["Secure", "Path=/", "HttpOnly"] {
        assert!(cookies[0].contains(rule), "{}", cookies[0]);
    }
    assert!(!cookies[0].contains("Domain"), "{}", cookies[0]);
    // The name of the release before goes, and is read while that release's sessions last.
    assert!(
        cookies
            .iter()
            .any(|cookie| cookie.starts_with("dika_session=;"))
    );
    let ask = async |cookie: String| -> Session {
        let headers = [("cookie", cookie.as_str())];
        let path = api(endpoint::SESSION);
        client.call(Method::GET, &path, None, &headers).await.good()
    };
    for name in ["__Host-dika_session", "dika_session"] {
        let here = ask(format!("{name}={token}")).await.user;
        assert_eq!(here, session.user, "{name}");
    }
    // What another host of the domain may set does not win.
    let here = ask(format!(
        "dika_session={}; __Host-dika_session={token}",
        "a".repeat(43)
    ))
    .await;
    assert_eq!(here.user, session.user);
}

#[tokio::test]
async fn a_page_that_came_by_plain_http_writes_nothing_where_https_is_spoken() {
    let client = encrypted().await;
    let ask = async |origin: &str| {
        let headers = [("host", "dika.test"), ("origin", origin)];
        let path = api(endpoint::SESSION_CODE);
        let body = Some(json!({ "phone": person("").phone }));
        client.call(Method::POST, &path, body, &headers).await
    };
    ask("http://dika.test")
        .await
        .refused(ErrorCode::CsrfRejected);
    assert_eq!(ask("https://dika.test").await.status, StatusCode::ACCEPTED);
}

#[tokio::test]
async fn a_server_that_does_not_keep_up_is_not_ready() {
    let mut client = Client::signed_in("").await;
    let card = client.bind(person(""), Issuer::Gdut).await;
    client.order(&card, WalletKind::Main, 2_000).await;
    assert_eq!(client.get(endpoint::READY).await.status, StatusCode::OK);
    // Nobody sweeps.
    client.later(10 * 60);
    let reply = client.get(endpoint::READY).await;
    assert!(
        reply
            .refused(ErrorCode::Maintenance)
            .retry_after_s
            .is_some()
    );
    assert_eq!(client.get(endpoint::HEALTH).await.status, StatusCode::OK);
    reconcile::sweep(&client.state.services())
        .await
        .expect("a sweep");
    assert_eq!(client.get(endpoint::READY).await.status, StatusCode::OK);
    client.state.store.close().await;
    client
        .get(endpoint::READY)
        .await
        .refused(ErrorCode::Maintenance);
}

#[tokio::test]
async fn metrics_say_what_waits() {
    let recorder = PrometheusBuilder::new().build_recorder();
    let _measuring = metrics::set_default_local_recorder(&recorder);
    let mut client = Client::signed_in("").await.with(|state| {
        let inside: Arc<dyn PaymentGateway> = state.gateway.clone();
        state.gateway = Arc::new(MeasuredGateway(inside));
    });
    let card = client.bind(person(""), Issuer::Gdut).await;
    let order = client.order(&card, WalletKind::Main, 2_000).await;
    client.decide(&order.id, "silent").await;
    client.top_up(&order.id).await;
    client.later(600);
    client.router = telemetry::router(client.state.services(), recorder.handle());
    let reply = client.call(Method::GET, "/metrics", None, &[]).await;
    assert_eq!(reply.status, StatusCode::OK);
    let text = String::from_utf8(reply.body).expect("text");
    for line in [
        r#"dika_open_orders{payment="unknown",claim="not_needed"} 1"#,
        r#"dika_open_orders{payment="paid",claim="waiting"} 0"#,
        "dika_paid_not_credited_fen 0",
        "dika_outbox_messages 0",
        r#"dika_provider_seconds_count{call="start",answer="given"} 1"#,
        r#"answer="silent"} 1"#,
    ] {
        assert!(text.contains(line), "{line} is not in:\n{text}");
    }
    let lag = text
        .lines()
        .find_map(|line| line.strip_prefix("dika_sweep_lag_seconds "));
    let lag: f64 = lag.expect("a lag").parse().expect("a number");
    assert!(lag > 500.0, "{lag}");
}
