use axum::http::{Method, StatusCode, header};
use dika_contract::{Directory, ErrorCode, Session, endpoint};
use dika_core::clock::Clock as _;
use dika_sandbox::testing::sandbox;
use dika_server::settings::Deployment;
use serde_json::json;

use crate::client::{Client, Reply, api, person};

#[tokio::test]
async fn a_phone_signs_in_and_out() {
    let mut client = Client::new().await;
    let nobody: Session = client.get(endpoint::SESSION).await.good();
    assert!(nobody.user.is_none() && nobody.csrf_token.is_none() && nobody.sandbox);

    let phone = person("").phone;
    let session = client.sign_in(phone).await;
    let user = session.user.expect("signed in");
    assert_eq!(user.phone_masked.as_deref(), Some("199****0001"));

    let again: Session = client.get(endpoint::SESSION).await.good();
    assert_eq!(again.user.expect("still").id, user.id);
    assert_eq!(again.csrf_token, client.csrf);

    let out = client
        .call(Method::DELETE, &api(endpoint::SESSION), None, &[])
        .await;
    assert_eq!(out.status, StatusCode::NO_CONTENT);
    client
        .get(endpoint::CARDS)
        .await
        .refused(ErrorCode::SessionExpired);

    // The same number is the same user, on any device.
    let mut other = client.another();
    assert_eq!(
        other.sign_in(phone).await.user.expect("signed in").id,
        user.id
    );
}

/// The cookies that an answer sets, without what rules them.
fn set_by(reply: &Reply) -> Vec<String> {
    let cookies = reply.headers.get_all(header::SET_COOKIE).iter();
    cookies
        .map(|cookie| cookie.to_str().expect("text"))
        .map(|cookie| cookie.split(';').next().unwrap_or_default().to_owned())
        .collect()
}

#[tokio::test]
async fn scripts_see_that_somebody_is_signed_in_and_not_who() {
    let mut client = Client::new().await;
    let phone = person("").phone;
    let code = client.code(phone).await;
    let reply = client
        .post(endpoint::SESSION, json!({ "phone": phone, "code": code }))
        .await;
    let set = set_by(&reply);
    assert_eq!(set.len(), 2);
    assert_eq!(set[1], "dika_student=1");
    let hint = reply.headers.get_all(header::SET_COOKIE).iter().nth(1);
    let hint = hint.and_then(|hint| hint.to_str().ok()).expect("text");
    assert!(!hint.contains("HttpOnly") && hint.contains("Path=/"));
    client.keep(&reply, &reply.good());

    // While the session lives, nothing is set anew; once it is over, both are taken away.
    let hinted = [("cookie", "dika_student=1")];
    let path = api(endpoint::SESSION);
    let look = client.call(Method::GET, &path, None, &[]).await;
    assert_eq!(set_by(&look), [""; 0]);
    let out = client.call(Method::DELETE, &path, None, &[]).await;
    assert_eq!(set_by(&out), ["dika_session=", "dika_student="]);
    let look = client.call(Method::GET, &path, None, &hinted).await;
    assert_eq!(set_by(&look), ["dika_session=", "dika_student="]);
    let stranger = client.another().call(Method::GET, &path, None, &[]).await;
    assert_eq!(set_by(&stranger), [""; 0]);
}

#[tokio::test]
async fn the_cookie_is_out_of_reach_of_scripts_and_other_sites() {
    for (origin, apps, marks, missing) in [
        (
            None,
            &[][..],
            &["HttpOnly", "SameSite=Lax", "Path=/"][..],
            "Secure",
        ),
        (
            Some("https://dika.example"),
            &[],
            &["HttpOnly", "SameSite=Lax", "Secure"],
            "None",
        ),
        (
            Some("https://dika.example"),
            &["https://app.example"],
            &["HttpOnly", "SameSite=None", "Secure"],
            "Lax",
        ),
    ] {
        let client = Client::new().await.with(|state| {
            let mut settings = (*state.settings).clone();
            settings.public_origin = origin.map(str::to_owned);
            settings.allowed_origins = apps.iter().map(|app| (*app).to_owned()).collect();
            state.settings = settings.into();
        });
        let phone = person("").phone;
        let code = client.code(phone).await;
        let reply = client
            .post(endpoint::SESSION, json!({ "phone": phone, "code": code }))
            .await;
        let cookie = reply.headers[header::SET_COOKIE].to_str().expect("text");
        for mark in marks {
            assert!(cookie.contains(mark), "{cookie}");
        }
        assert!(!cookie.contains(missing), "{cookie}");
    }
}

#[tokio::test]
async fn codes_are_single_and_short_lived() {
    let client = Client::new().await;
    let phone = person("").phone;
    let code = client.code(phone).await;
    let body = json!({ "phone": phone, "code": code });
    client.later(5 * 60);
    client
        .post(endpoint::SESSION, body)
        .await
        .refused(ErrorCode::CodeExpired);

    let code = client.code(phone).await;
    let body = json!({ "phone": phone, "code": code });
    assert!(
        client
            .post(endpoint::SESSION, body.clone())
            .await
            .status
            .is_success()
    );
    client
        .post(endpoint::SESSION, body)
        .await
        .refused(ErrorCode::CodeExpired);

    // Five tries, then the right one comes too late.
    let code = client.code(phone).await;
    let wrong = if code == "000000" { "000001" } else { "000000" };
    for _ in 0..5 {
        client
            .post(endpoint::SESSION, json!({ "phone": phone, "code": wrong }))
            .await
            .refused(ErrorCode::CodeWrong);
    }
    client
        .post(endpoint::SESSION, json!({ "phone": phone, "code": code }))
        .await
        .refused(ErrorCode::CodeExpired);
}

#[tokio::test]
async fn writes_need_the_token_and_a_known_origin() {
    let client = Client::signed_in("").await;
    let write = async |origin: Option<&str>, token: bool| {
        let mut client = client.twin();
        if !token {
            client.csrf = Some("somebody else's".to_owned());
        }
        let headers = [("host", "dika.test"), ("origin", origin.unwrap_or(""))];
        let headers = if origin.is_some() {
            &headers[..]
        } else {
            &headers[..1]
        };
        client
            .call(
                Method::POST,
                &api(endpoint::BINDINGS),
                Some(json!({})),
                headers,
            )
            .await
    };
    write(None, false).await.refused(ErrorCode::CsrfRejected);
    write(Some("http://dika.test"), false)
        .await
        .refused(ErrorCode::CsrfRejected);
    write(Some("https://evil.test"), true)
        .await
        .refused(ErrorCode::CsrfRejected);
    write(Some("null"), true)
        .await
        .refused(ErrorCode::CsrfRejected);
    // With both right, the body is what is wrong.
    write(None, true).await.refused(ErrorCode::InvalidRequest);
    write(Some("http://dika.test"), true)
        .await
        .refused(ErrorCode::InvalidRequest);

    // Signed out, the origin alone decides.
    let nobody = client.another();
    nobody
        .call(
            Method::POST,
            &api(endpoint::SESSION_CODE),
            Some(json!({ "phone": "13800000000" })),
            &[("host", "dika.test"), ("origin", "https://evil.test")],
        )
        .await
        .refused(ErrorCode::CsrfRejected);
}

#[tokio::test]
async fn outside_the_sandbox_one_phone_gets_ten_codes_an_hour() {
    let client = Client::new().await.with(|state| {
        let mut settings = (*state.settings).clone();
        settings.deployment = Deployment::Production;
        state.settings = settings.into();
    });
    // To the beginning of an hour, so that all codes fall into one.
    client.later(3_600 - client.state.clock.now().unix().rem_euclid(3_600));
    for _ in 0..10 {
        client.code("13800000000").await;
        client.later(60);
    }
    let refused = client
        .post(endpoint::SESSION_CODE, json!({ "phone": "13800000000" }))
        .await
        .refused(ErrorCode::RateLimited);
    assert!(refused.retry_after_s.is_some_and(|seconds| seconds > 60));
}

#[tokio::test]
async fn a_wechat_user_who_proves_a_known_number_is_that_person() {
    let mut phone_user = Client::signed_in("").await;
    let card = phone_user
        .bind(person(""), dika_contract::Issuer::Gdut)
        .await;
    let state = phone_user.state.clone();
    let now = state.clock.now();
    let wechat = state
        .store
        .user_by_identity("wechat", "openid-1", false, now)
        .await
        .expect("a user");
    let (new, visitor) =
        dika_server::services::sign_in::begin_session(&state.services(), &wechat, None)
            .await
            .expect("a session");
    let mut client = phone_user.another();
    client.cookie = Some(new.token.clone());
    client.csrf = visitor.map(|visitor| visitor.csrf_token);
    let session: Session = client.get(endpoint::SESSION).await.good();
    assert!(session.user.expect("signed in").phone_masked.is_none());

    client.sign_in(person("").phone).await;
    assert_eq!(client.card(&card).await.id, card);
    let again = state
        .store
        .user_by_identity("wechat", "openid-1", false, now)
        .await
        .expect("a user");
    assert_ne!(again, wechat);
    // A new sign-in ends the old session.
    client.cookie = Some(new.token);
    client
        .get(endpoint::CARDS)
        .await
        .refused(ErrorCode::SessionExpired);
    let _ = &mut phone_user;
}

#[tokio::test]
async fn the_directory_is_read_again_only_when_it_changed() {
    let client = Client::new().await;
    let first = client.get(endpoint::DIRECTORY).await;
    let directory: Directory = first.good();
    assert!(directory.sandbox);
    assert_eq!(first.headers[header::CACHE_CONTROL], "no-cache");
    let tag = first.headers[header::ETAG]
        .to_str()
        .expect("text")
        .to_owned();
    let again = client
        .call(
            Method::GET,
            &api(endpoint::DIRECTORY),
            None,
            &[("if-none-match", &tag)],
        )
        .await;
    assert_eq!(again.status, StatusCode::NOT_MODIFIED);
    assert!(again.body.is_empty());

    client
        .state
        .store
        .set_setting("hours.gdut", "390-1410")
        .await
        .expect("stored");
    let changed = client
        .call(
            Method::GET,
            &api(endpoint::DIRECTORY),
            None,
            &[("if-none-match", &tag)],
        )
        .await;
    assert_eq!(changed.status, StatusCode::OK);
}

#[tokio::test]
async fn every_answer_names_its_request_and_is_not_kept() {
    let client = Client::new().await;
    let health = client.get(endpoint::HEALTH).await;
    assert_eq!(health.status, StatusCode::OK);
    assert_eq!(health.headers[header::CACHE_CONTROL], "no-store");
    let refused = client.get("/nowhere").await;
    let id = refused.headers["x-request-id"]
        .to_str()
        .expect("text")
        .to_owned();
    let problem = refused.refused(ErrorCode::NotFound);
    assert_eq!(problem.request_id, Some(id));
    assert_eq!(
        refused.headers[header::CONTENT_TYPE],
        "application/problem+json"
    );
    let method = client
        .call(Method::PATCH, &api(endpoint::CARDS), None, &[])
        .await;
    assert_eq!(method.status, StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn a_restart_forgets_nothing() {
    let folder = tempfile::TempDir::new().expect("a folder");
    let before = sandbox(folder.path(), dika_sandbox::settings()).await;
    before
        .tables()
        .set_clock_offset(before.clock.advance(86_400))
        .await
        .expect("stored");
    let user = before
        .store
        .user_by_identity("phone", "13800000000", false, before.clock.now())
        .await
        .expect("a user");
    let now = before.clock.now();
    before.store.close().await;
    let after = sandbox(folder.path(), dika_sandbox::settings()).await;
    assert!(after.clock.now().since(now) < 5);
    let again = after
        .store
        .user_by_identity("phone", "13800000000", false, now)
        .await
        .expect("a user");
    assert_eq!(user, again);
}
