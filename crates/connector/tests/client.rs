//! Dika's client against a connector that misbehaves: each fault has its name, and none is taken for a
//! refusal of money.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use dika_connector::breaker::{Rules, State};
use dika_connector::client::{Client, Fault, Observer, Options};
use dika_connector::protocol::{
    Balances, Capabilities, Card, CardRef, Credit, CreditState, CreditStatus, CreditStatusAnswer,
    Operation,
};
use dika_connector::{ErrorCode, Keyring, Malformed, Op, Secret};
use dika_contract::{Fen, Issuer, OrderId, WalletKind};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const GOOD: &str = r#"{"order_id":"o1","outcome":"on_card","amount_fen":2000}"#;

/// What the other side does with a call.
#[derive(Clone, Debug)]
enum Play {
    /// Answers with this status and body.
    Answer(u16, String),
    /// Answers after a while.
    Late(Duration, String),
    /// Reads the call and drops the connection.
    Hang,
    /// Announces more than it sends.
    CutOff,
}

fn ok(body: &str) -> Play {
    Play::Answer(200, body.to_owned())
}

/// A server that plays the same part for every call; gives its address.
async fn connector(play: Arc<Mutex<Play>>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let play = play.lock().expect("nobody panics").clone();
            tokio::spawn(act(stream, play));
        }
    });
    format!("http://{address}/dika")
}

async fn act(mut stream: TcpStream, play: Play) {
    let mut call = Vec::new();
    let mut piece = [0; 4096];
    // A whole request: head, and a body that ends in a brace.
    while !call.windows(4).any(|four| four == b"\r\n\r\n") || !call.ends_with(b"}") {
        match stream.read(&mut piece).await {
            Ok(0) | Err(_) => return,
            Ok(count) => call.extend_from_slice(&piece[..count]),
        }
    }
    let (status, body, announced) = match play {
        Play::Answer(status, body) => (status, body, 0),
        Play::Late(pause, body) => {
            tokio::time::sleep(pause).await;
            (200, body, 0)
        }
        Play::Hang => return,
        Play::CutOff => (200, "{".to_owned(), 100),
    };
    let length = body.len() + announced;
    let head = format!(
        "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {length}\r\nlocation: /elsewhere\r\nconnection: close\r\n\r\n"
    );
    let _ = stream
        .write_all(&[head.as_bytes(), body.as_bytes()].concat())
        .await;
}

fn options(address: &str) -> Options {
    let keys = Keyring::new(Secret::from_bytes(&[7; 32]).expect("long enough"));
    let mut options = Options::new(address.parse().expect("an address"), Issuer::Gdut, keys);
    options.direct = true;
    options.time_limit = Duration::from_secs(1);
    options
}

fn credit() -> Credit {
    Credit {
        order_id: OrderId::parse("o1").expect("an id"),
        card_ref: card_ref(),
        wallet: WalletKind::Main,
        amount_fen: Fen::new(2000),
        paid_at: None,
        waits: false,
        claim_by: None,
        cap_fen: None,
    }
}

fn card_ref() -> CardRef {
    CardRef::parse("c1").expect("a reference")
}

async fn asked<O: Operation>(operation: &O, play: Play) -> Result<O::Answer, Fault> {
    let address = connector(Arc::new(Mutex::new(play))).await;
    let client = Client::new(options(&address)).expect("a client");
    client.call(operation).await
}

fn malformed(field: &str) -> impl Fn(&Fault) -> bool {
    move |fault| matches!(fault, Fault::Malformed(Malformed { field: named, .. }) if named == field)
}

#[tokio::test]
async fn each_bad_answer_to_a_credit_is_named() {
    type Wanted = Box<dyn Fn(&Fault) -> bool>;
    let html = "<!doctype html><title>Sign in</title>";
    let cases: Vec<(&str, Play, Wanted)> = vec![
        (
            "HTML with 200",
            ok(html),
            Box::new(|it| {
                *it == Fault::NotJson {
                    status: 200,
                    html: true,
                }
            }),
        ),
        (
            "HTML with 502",
            Play::Answer(502, html.to_owned()),
            Box::new(|it| {
                *it == Fault::NotJson {
                    status: 502,
                    html: true,
                }
            }),
        ),
        (
            "nothing",
            ok(""),
            Box::new(|it| {
                *it == Fault::NotJson {
                    status: 200,
                    html: false,
                }
            }),
        ),
        (
            "a gateway's own JSON",
            Play::Answer(503, r#"{"message":"no upstream"}"#.to_owned()),
            Box::new(|it| {
                *it == Fault::NotJson {
                    status: 503,
                    html: false,
                }
            }),
        ),
        (
            "a redirect",
            Play::Answer(302, "{}".to_owned()),
            Box::new(|it| {
                *it == Fault::NotJson {
                    status: 302,
                    html: false,
                }
            }),
        ),
        (
            "cut off JSON",
            ok(r#"{"order_id":"o1""#),
            Box::new(malformed("")),
        ),
        (
            "fen as a string",
            ok(r#"{"order_id":"o1","outcome":"on_card","amount_fen":"2000"}"#),
            Box::new(malformed("amount_fen")),
        ),
        (
            "yuan",
            ok(r#"{"order_id":"o1","outcome":"on_card","amount_fen":20.00}"#),
            Box::new(malformed("amount_fen")),
        ),
        (
            "negative",
            ok(r#"{"order_id":"o1","outcome":"on_card","amount_fen":-2000}"#),
            Box::new(malformed("amount_fen")),
        ),
        (
            "no amount",
            ok(r#"{"order_id":"o1","outcome":"on_card"}"#),
            Box::new(malformed("amount_fen")),
        ),
        (
            "a refusal without amount",
            ok(r#"{"order_id":"o1","outcome":"refused","code":"over_cap"}"#),
            Box::new(malformed("amount_fen")),
        ),
        (
            "another amount",
            ok(r#"{"order_id":"o1","outcome":"on_card","amount_fen":20}"#),
            Box::new(malformed("amount_fen")),
        ),
        (
            "another order",
            ok(r#"{"order_id":"o2","outcome":"refused","amount_fen":2000}"#),
            Box::new(malformed("order_id")),
        ),
        (
            "no outcome",
            ok(r#"{"order_id":"o1","amount_fen":2000}"#),
            Box::new(malformed("outcome")),
        ),
        (
            "unknown to a credit",
            ok(r#"{"order_id":"o1","outcome":"unknown"}"#),
            Box::new(malformed("")),
        ),
        (
            "dropped",
            Play::Hang,
            Box::new(|it| *it == Fault::Interrupted),
        ),
        (
            "cut off",
            Play::CutOff,
            Box::new(|it| *it == Fault::Interrupted),
        ),
        (
            "after the time limit",
            Play::Late(Duration::from_secs(20), GOOD.to_owned()),
            Box::new(|it| *it == Fault::TimedOut),
        ),
        (
            "too long",
            ok(&format!("{{\"order_id\":\"{}\"}}", "x".repeat(1 << 20))),
            Box::new(|it| *it == Fault::TooLong),
        ),
    ];
    for (name, play, wanted) in cases {
        let fault = asked(&credit(), play).await.expect_err(name);
        assert!(wanted(&fault), "{name}: {fault:?}");
        // Nothing of this says that no money moved.
        assert!(!fault.was_not_done(), "{name}: {fault:?}");
    }
}

#[tokio::test]
async fn unknown_fields_and_words_are_survived() {
    for (body, state) in [
        (GOOD, CreditState::OnCard),
        (
            r#"{"order_id":"o1","outcome":"on_card","amount_fen":2000,"colour":{"deep":[1]}}"#,
            CreditState::OnCard,
        ),
        (
            r#"{"order_id":"o1","outcome":"parked","amount_fen":2000}"#,
            CreditState::Undecided,
        ),
        (
            r#"{"order_id":"o1","outcome":"refused","amount_fen":2000,"code":"moon"}"#,
            CreditState::Refused(dika_connector::protocol::CreditRefusal::Other),
        ),
    ] {
        let answer = asked(&credit(), ok(body)).await.expect(body);
        assert_eq!(answer.state, state, "{body}");
    }
    let status = CreditStatus {
        order_id: OrderId::parse("o1").expect("an id"),
    };
    let unknown = asked(&status, ok(r#"{"order_id":"o1","outcome":"unknown"}"#)).await;
    assert!(
        matches!(unknown, Ok(CreditStatusAnswer::Unknown(_))),
        "{unknown:?}"
    );
}

#[tokio::test]
async fn other_answers_are_checked_too() {
    let balances = Balances {
        card_ref: card_ref(),
    };
    let body = r#"{"wallets":[{"kind":"main","on_card_fen":1,"waiting_fen":0,"as_of":"2026-11-26T00:00:00Z"},
                  {"kind":"utilities","on_card_fen":"12","waiting_fen":0,"as_of":"2026-11-26T00:00:00Z"}]}"#;
    let fault = asked(&balances, ok(body)).await.expect_err("a string");
    assert!(malformed("wallets[1].on_card_fen")(&fault), "{fault:?}");

    let card = Card {
        card_ref: card_ref(),
    };
    let record = |card_ref: &str, name: &str| {
        format!(
            r#"{{"card":{{"card_ref":"{card_ref}","card_no_masked":"**** 5678","status":"active",
               "identity":{{"name":"{name}","student_no":"3124****08","campus":"panyu"}}}}}}"#
        )
    };
    assert!(asked(&card, ok(&record("c1", "陈*"))).await.is_ok());
    let other = asked(&card, ok(&record("c2", "陈*")))
        .await
        .expect_err("another card");
    assert!(malformed("card.card_ref")(&other), "{other:?}");
    let bare = asked(&card, ok(&record("c1", "陈小明")))
        .await
        .expect_err("a full name");
    assert!(malformed("card.identity.name")(&bare), "{bare:?}");
    assert!(!format!("{bare} {bare:?}").contains("陈小明"));

    let partial =
        r#"{"protocol":"1","issuer":"gdut","ops":["verify"],"wallets":[{"kind":"main"}]}"#;
    let fault = asked(&Capabilities {}, ok(partial))
        .await
        .expect_err("operations are missing");
    assert!(malformed("ops")(&fault), "{fault:?}");
}

#[tokio::test]
async fn errors_keep_their_code() {
    let play = Play::Answer(404, r#"{"error":{"code":"unknown_card"}}"#.to_owned());
    let fault = asked(&credit(), play).await.expect_err("an error");
    // An error is no refusal of the money: whether the order was booked before stays open.
    assert!(
        matches!(&fault, Fault::Refused(detail) if detail.code == ErrorCode::UnknownCard),
        "{fault:?}"
    );
    assert!(!fault.is_silence());
    let play = Play::Answer(503, r#"{"error":{"code":"unavailable"}}"#.to_owned());
    assert!(
        asked(&credit(), play)
            .await
            .expect_err("an error")
            .is_silence()
    );
}

/// Remembers what it was told.
#[derive(Default)]
struct Told(Mutex<Vec<(Op, Option<&'static str>)>>);

impl Observer for Told {
    fn called(&self, issuer: Issuer, op: Op, _: Duration, fault: Option<&Fault>) {
        assert_eq!(issuer, Issuer::Gdut);
        self.0
            .lock()
            .expect("nobody panics")
            .push((op, fault.map(Fault::as_str)));
    }
}

#[tokio::test]
async fn silence_opens_the_breaker_and_one_answer_closes_it() {
    let play = Arc::new(Mutex::new(Play::Hang));
    let address = connector(play.clone()).await;
    let mut options = options(&address);
    options.breaker = Rules {
        silences: 2,
        pause: Duration::from_millis(200),
        longest_pause: Duration::from_secs(1),
    };
    let told = Arc::new(Told::default());
    let client = Client::observed(options, told.clone()).expect("a client");
    for _ in 0..2 {
        assert_eq!(client.call(&credit()).await, Err(Fault::Interrupted));
    }
    assert_eq!(client.breaker(), State::Open);
    let started = Instant::now();
    let fault = client.call(&credit()).await.expect_err("open");
    assert!(matches!(fault, Fault::BreakerOpen(_)) && fault.was_not_done());
    assert!(
        started.elapsed() < Duration::from_millis(100),
        "it fails at once"
    );

    // A refusal is an answer.
    *play.lock().expect("nobody panics") =
        Play::Answer(409, r#"{"error":{"code":"order_conflict"}}"#.to_owned());
    tokio::time::sleep(Duration::from_millis(250)).await;
    let fault = client.call(&credit()).await.expect_err("refused");
    assert!(matches!(fault, Fault::Refused(_)));
    assert_eq!(client.breaker(), State::Closed);
    // So is a malformed one: one card's broken record must not close the counter for all.
    *play.lock().expect("nobody panics") = ok("{}");
    for _ in 0..5 {
        assert!(matches!(
            client.call(&credit()).await,
            Err(Fault::Malformed(_))
        ));
    }
    assert_eq!(client.breaker(), State::Closed);
    let told = told.0.lock().expect("nobody panics");
    assert_eq!(
        told[..4],
        [
            (Op::Credit, Some("interrupted")),
            (Op::Credit, Some("interrupted")),
            (Op::Credit, Some("breaker_open")),
            (Op::Credit, Some("refused")),
        ]
    );
}

#[tokio::test]
async fn nothing_is_sent_where_nobody_listens() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = format!("http://{}/", listener.local_addr().expect("an address"));
    drop(listener);
    let client = Client::new(options(&address)).expect("a client");
    let fault = client.call(&credit()).await.expect_err("nobody listens");
    assert_eq!(fault, Fault::NotSent);
    assert!(fault.was_not_done() && fault.is_silence());
}
