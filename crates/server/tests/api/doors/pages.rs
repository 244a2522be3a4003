//! Pages that come with a student's data come with their own student's alone.

use std::sync::Arc;

use axum::http::Method;
use dika_contract::Language;
use dika_server::web::pages::{Audience, Drawn, Known, Pages};
use tempfile::TempDir;

use super::table::Owner;
use crate::client::person;

/// Pages that show all that the API would tell about every id in their address.
struct TellAll;

impl Pages for TellAll {
    fn audience(&self, _: &str) -> Audience {
        Audience::Student
    }

    fn sign_in(&self, _: &str) -> String {
        "/sign-in".to_owned()
    }

    fn draw(&self, address: &str, _: Language, known: &Known, _: &str) -> Option<Drawn> {
        let id = address.rsplit('/').next().unwrap_or_default();
        let wanted = ["/bindings/", "/cards/", "/top-ups/"].map(|path| format!("{path}{id}"));
        let html = format!("<!doctype html>{:?}", known.replies);
        let missing = wanted
            .into_iter()
            .filter(|path| !known.replies.contains_key(path))
            .collect();
        Some(Drawn { html, missing })
    }
}

#[tokio::test]
async fn a_page_shows_its_own_student_s_data_to_nobody_else() {
    let owner = Owner::new().await;
    let folder = TempDir::new().expect("a folder");
    std::fs::write(folder.path().join("index.html"), "<!doctype html>").expect("written");
    let mut state = owner.client.state.clone();
    let mut settings = (*state.settings).clone();
    settings.app_dir = Some(folder.path().to_owned());
    state.settings = settings.into();
    let router = dika_sandbox::app_with(&state, Some(Arc::new(TellAll)));

    let mut own = owner.client.twin();
    let mut other = owner.client.another();
    other.sign_in(person("lost").phone).await;
    let mut nobody = owner.client.another();
    for client in [&mut own, &mut other, &mut nobody] {
        client.router = router.clone();
    }
    let all = [
        ("bindings", &owner.bindings),
        ("cards", &owner.cards),
        ("orders", &owner.orders),
    ];
    for (page, ids) in all {
        for id in ids {
            let path = format!("/{page}/{id}");
            let mine = own.call(Method::GET, &path, None, &[]).await;
            let text = String::from_utf8_lossy(&mine.body).into_owned();
            assert!(text.contains("3124"), "{path}: {text}");
            let token = own.csrf.as_deref().expect("a token");
            assert!(!text.contains(token), "{path}: {text}");
            let theirs = other.call(Method::GET, &path, None, &[]).await;
            let text = String::from_utf8_lossy(&theirs.body).into_owned();
            assert!(
                !text.contains("3124") && !text.contains('陈'),
                "{path}: {text}"
            );
            let reply = nobody.call(Method::GET, &path, None, &[]).await;
            assert_eq!(reply.headers["location"], "/sign-in", "{path}");
        }
    }
}
