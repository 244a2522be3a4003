//! Writes that other pages send, with the student's own cookie and even the right token.

use axum::http::StatusCode;
use dika_contract::{ErrorCode, endpoint};

use super::table::{DOORS, Owner};

const HOST: (&str, &str) = ("host", "dika.test");

/// What browsers say of pages that are not this server's. The server is reached by `https://dika.test`.
const FOREIGN: &[&[(&str, &str)]] = &[
    &[("origin", "https://evil.example")],
    &[("origin", "null")],
    &[("origin", "")],
    &[("origin", "http://dika.test")],
    &[("origin", "https://dika.test:8443")],
    &[("origin", "https://dika.test.evil.example")],
    &[("origin", "https://evildika.test")],
    &[("origin", "https://sub.dika.test")],
    &[("origin", "https://dika.test@evil.example")],
    &[("origin", "https://dika.test/")],
    &[("origin", "https://dika.test https://evil.example")],
    &[("origin", "dika.test")],
    &[("origin", "file://dika.test")],
    &[("origin", "chrome-extension://dika.test")],
    // Said twice, and whatever else is said beside it.
    &[
        ("origin", "https://dika.test"),
        ("origin", "https://evil.example"),
    ],
    &[
        ("origin", "https://evil.example"),
        ("origin", "https://dika.test"),
    ],
    &[
        ("origin", "https://evil.example"),
        ("referer", "https://dika.test/"),
    ],
    &[
        ("origin", "https://evil.example"),
        ("sec-fetch-site", "same-origin"),
    ],
    // Where the origin is left out.
    &[("referer", "https://evil.example/page")],
    &[("referer", "http://dika.test/")],
    &[("referer", "https://dika.test:8443/")],
    &[("referer", "https://dika.test.evil.example/")],
    &[("referer", "https://dika.test@evil.example/")],
    &[("referer", "https://evil.example/?https://dika.test/")],
    &[("referer", "about:blank")],
    &[("referer", "")],
    &[
        ("referer", "https://evil.example/"),
        ("sec-fetch-site", "same-origin"),
    ],
    &[("sec-fetch-site", "cross-site")],
    &[("sec-fetch-site", "same-site")],
    &[("sec-fetch-site", "")],
];

/// What browsers say of this server's own pages, and what others than browsers say.
const OWN: &[&[(&str, &str)]] = &[
    &[],
    &[("origin", "https://dika.test")],
    &[
        ("origin", "https://dika.test"),
        ("sec-fetch-site", "same-origin"),
    ],
    &[("referer", "https://dika.test/cards/1?x=2")],
    &[
        ("referer", "https://dika.test/"),
        ("sec-fetch-site", "same-origin"),
    ],
    &[("sec-fetch-site", "same-origin")],
    &[("sec-fetch-site", "none")],
];

#[tokio::test]
async fn no_page_of_another_origin_writes_anything() {
    let owner = Owner::new().await;
    let nobody = owner.client.another();
    let kept = owner.kept().await;
    let mut tried = 0;
    for door in DOORS.iter().filter(|door| door.writes()) {
        for id in owner.ids(door) {
            for said in FOREIGN {
                let mut headers = vec![HOST];
                headers.extend(*said);
                // Signed in with the right token, and before signing in: nobody is signed in by another page either.
                for client in [&owner.client, &nobody] {
                    let reply = door.open(client, &id, &owner.cards[0], &headers).await;
                    assert_eq!(
                        reply.status,
                        StatusCode::FORBIDDEN,
                        "{} {said:?}",
                        door.path
                    );
                    reply.refused(ErrorCode::CsrfRejected);
                    tried += 1;
                }
            }
        }
    }
    assert!(tried >= 1_500, "{tried}");
    assert_eq!(owner.kept().await, kept);
}

#[tokio::test]
async fn this_server_s_own_pages_write() {
    let owner = Owner::new().await;
    let door = DOORS
        .iter()
        .find(|door| door.path == endpoint::CARD_DEFAULT)
        .expect("the door");
    for said in OWN {
        let mut headers = vec![HOST];
        headers.extend(*said);
        let reply = door
            .open(&owner.client, &owner.cards[1], "", &headers)
            .await;
        assert_eq!(reply.status, StatusCode::OK, "{said:?}");
    }
}

#[tokio::test]
async fn an_origin_that_is_listed_writes_and_one_like_it_does_not() {
    let owner = Owner::new().await;
    let listed = owner.client.twin().with(|state| {
        let mut settings = (*state.settings).clone();
        settings.public_origin = Some("https://dika.test".to_owned());
        settings.allowed_origins = vec!["https://app.example".to_owned()];
        state.settings = settings.into();
    });
    let door = DOORS
        .iter()
        .find(|door| door.path == endpoint::CARD_DEFAULT)
        .expect("the door");
    for (said, status) in [
        (("origin", "https://app.example"), StatusCode::OK),
        (("referer", "https://app.example/cards"), StatusCode::OK),
        (("origin", "http://app.example"), StatusCode::FORBIDDEN),
        (
            ("origin", "https://app.example:8443"),
            StatusCode::FORBIDDEN,
        ),
        (("referer", "http://app.example/"), StatusCode::FORBIDDEN),
        (("sec-fetch-site", "cross-site"), StatusCode::FORBIDDEN),
    ] {
        let reply = door.open(&listed, &owner.cards[0], "", &[HOST, said]).await;
        assert_eq!(reply.status, status, "{said:?}");
    }
}
