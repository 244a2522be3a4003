//! What an operator does beside a running server.

use dika_connector::Day;
use dika_contract::Timestamp;

use crate::stage::{Browser, Stage, eventually};

const PHONE: &str = "13800000001";

fn today() -> String {
    let passed = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let now = Timestamp::from_unix(passed.expect("now").as_secs() as i64);
    Day::of(now).to_string()
}

/// Two orders for the school's card and one for the other, paid and credited.
async fn three_orders(stage: &Stage) -> (Browser, [String; 3]) {
    let mut student = stage.student(PHONE).await;
    let gdut = student.bind("gdut", "3124001001", "102345").await;
    let hemc = student.bind("hemc", "70020001", "023450").await;
    let mut orders = Vec::new();
    for (card, fen) in [(&gdut, 2_000), (&gdut, 3_000), (&hemc, 5_000)] {
        let order = student.order(card, "main", fen).await;
        stage.wechat.pay(&order).expect("payable");
        orders.push(order);
        // One after the other: an unpaid order for a wallet is continued.
        let order = orders.last().expect("one").clone();
        eventually("it is paid", async || {
            student.shown(&order).await["payment"] == "paid"
        })
        .await;
    }
    eventually("all of it is credited", async || {
        student.held(&gdut, "main").await == Some((1_250, 5_000))
            && student.held(&hemc, "main").await == Some((8_300, 0))
    })
    .await;
    eventually("the orders know it", async || {
        stage
            .told(&["orders", "find", "--phone", PHONE])
            .0
            .matches("paid,")
            .count()
            == 3
    })
    .await;
    let orders: [String; 3] = orders.try_into().expect("three");
    // What the server writes after the card system's answer.
    for order in &orders {
        eventually("it is credited", async || {
            stage
                .told(&["orders", "show", order])
                .0
                .contains("credited    yes")
        })
        .await;
    }
    (student, orders)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_is_compared_and_three_planted_differences_are_found() {
    let stage = Stage::new().await;
    let (_, [first, second, third]) = three_orders(&stage).await;
    let day = today();
    let compare = || stage.told(&["reconcile", "--day", &day]);
    let (told, good) = compare();
    assert!(good && told.contains("Nothing differs."), "{told}");
    for line in [
        "WeChat Pay's bill: 3 payment(s), 100.00 yuan; 0 refund(s), 0.00 yuan",
        "gdut's statement: 2 credit(s), 50.00 yuan",
        "hemc's statement: 1 credit(s), 50.00 yuan",
    ] {
        assert!(told.contains(line), "{line} in\n{told}");
    }

    // Somebody pays a part back in the merchant console; a card system loses a credit; a row is changed by hand.
    stage.wechat.console_refund(&first, 500).expect("a refund");
    stage.wechat.advance(1);
    stage.gdut.faults(&[("statement_short", 1)]).await;
    let store = stage.store().await;
    let changed = dika_store::sql::query("UPDATE orders SET amount_fen = 4999 WHERE id = $1")
        .bind(third.clone())
        .execute(store.pool())
        .await
        .expect("a change");
    assert_eq!(changed.rows_affected(), 1);
    let (told, good) = compare();
    assert!(!good, "{told}");
    for line in [
        format!(
            "difference  WeChat Pay, order {first}, 5.00 yuan: went back in the bill, and the order is paid here"
        ),
        format!(
            "difference  gdut, order {second}, 30.00 yuan: credited here, and not in its statement"
        ),
        format!(
            "difference  WeChat Pay, order {third}, 50.00 yuan: here the order is about 49.99 yuan"
        ),
        format!(
            "difference  hemc, order {third}, 50.00 yuan: credited there; here the order is about 49.99 yuan"
        ),
    ] {
        assert!(told.contains(&line), "{line} in\n{told}");
    }
    assert!(
        told.contains("4 difference(s), 0 part(s) not read."),
        "{told}"
    );

    // Who does not answer is said, and is no difference.
    stage.gdut.faults(&[("down", 1)]).await;
    let (told, good) = compare();
    assert!(
        !good && told.contains("not read    gdut's statement"),
        "{told}"
    );
    assert!(
        told.contains("3 difference(s), 1 part(s) not read."),
        "{told}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_desk_finds_shows_and_notes_an_order() {
    let stage = Stage::new().await;
    let (mut student, [first, second, third]) = three_orders(&stage).await;
    let transaction = stage.wechat.trade(&second).expect("a trade");
    let transaction = transaction.transaction_id.expect("paid");
    let booked = format!("toy-{third}");
    let find = |args: &[&str]| stage.told(&[&["orders", "find"], args].concat());
    for (args, expected) in [
        (&["--phone", PHONE][..], vec![&third, &second, &first]),
        (&["--order", &first[..12]][..], vec![&first]),
        (&["--wechat", &second][..], vec![&second]),
        (&["--wechat", &transaction][..], vec![&second]),
        (&["--wechat", &booked][..], vec![&third]),
        (
            &["--amount-fen", "5000", "--phone", PHONE][..],
            vec![&third],
        ),
        (&["--phone", "13900000000"][..], vec![]),
        (&["--day", "2020-01-01"][..], vec![]),
    ] {
        let (told, good) = find(args);
        assert!(good, "{told}");
        let found: Vec<&str> = told
            .lines()
            .filter_map(|line| line.split_once("  "))
            .map(|(id, _)| id)
            .collect();
        // The prefix may be shared: ids begin with the time.
        assert!(
            expected.iter().all(|id| found.contains(&id.as_str())),
            "{args:?}: {told}"
        );
        if !args.contains(&"--order") {
            assert_eq!(found, expected, "{args:?}");
        }
    }
    let (told, good) = find(&[]);
    assert!(!good && told.contains("Say what to look for"), "{told}");

    let (told, good) = stage.told(&[
        "orders",
        "note",
        &second,
        "--by",
        "Wang, desk 2",
        "paid twice, he says",
    ]);
    assert!(good, "{told}");
    let shown = student.shown(&second).await;
    assert_eq!(shown["payment_no"], *transaction);
    assert_eq!(shown["card_system_no"], format!("toy-{second}"));
    // What is kept, without asking anybody.
    let (told, good) = stage.told(&["orders", "show", &second]);
    for part in [
        format!("transaction {transaction}  paid 20"),
        format!("booked as   toy-{second}"),
    ] {
        assert!(good && told.contains(&part), "{part} in\n{told}");
    }
    let (told, good) = stage.told(&["orders", "show", &second, "--ask"]);
    assert!(good, "{told}");
    for part in [
        "for         gdut main, 30.00 yuan",
        "means       paid; it waits until the card is laid on a machine",
        "phone       …0001",
        &format!("transaction {transaction}"),
        "card system waits at a machine",
        "Wang, desk 2: paid twice, he says",
    ] {
        assert!(told.contains(part), "{part} in\n{told}");
    }
    for private in [PHONE, "陈小明", "3124001001", "60010001"] {
        assert!(!told.contains(private), "{private} in\n{told}");
    }
    // The server's own log leads to the order, and names nobody.
    let log = std::fs::read_to_string(stage.folder.path().join("log")).expect("a log");
    let asked = log.lines().find(|line| {
        [
            "path=\"/api/v1/top-ups/{id}\"",
            "status=200",
            "ms=",
            &second,
        ]
        .iter()
        .all(|part| line.contains(part))
    });
    assert!(asked.is_some(), "no line about {second} in\n{log}");
    for private in [PHONE, "102345", "陈小明", "3124001001", "60010001"] {
        assert!(!log.contains(private), "{private} in\n{log}");
    }
    let (told, good) = stage.told(&["orders", "show", "nothing"]);
    assert!(
        !good && told.contains("There is no order nothing"),
        "{told}"
    );
    let (told, good) = stage.told(&["orders", "note", "nothing", "--by", "a", "b"]);
    assert!(
        !good && told.contains("There is no order nothing"),
        "{told}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_is_restored_and_what_happened_since_is_found() {
    let mut stage = Stage::new().await;
    let tool = std::process::Command::new("pg_dump")
        .arg("--version")
        .output();
    if !stage.is_sqlite() && tool.is_err() {
        eprintln!("SKIPPED: pg_dump is not here; the copy of PostgreSQL is not tested");
        return;
    }
    let (mut student, [first, ..]) = three_orders(&stage).await;
    let copy = stage.folder.path().join("copy.db");
    let copy = copy.to_str().expect("a plain path").to_owned();
    let (told, good) = stage.told(&["backup", &copy]);
    assert!(good && told.contains("holds 3 order(s)"), "{told}");
    let mode = std::os::unix::fs::MetadataExt::mode(&std::fs::metadata(&copy).expect("it"));
    assert_eq!(mode & 0o777, 0o600);
    let (told, good) = stage.told(&["backup", &copy]);
    assert!(!good && told.contains("there already"), "{told}");
    // A payment after the copy.
    let cards = student.get("/cards").await;
    let hemc = cards
        .as_array()
        .expect("cards")
        .iter()
        .find(|card| card["issuer"] == "hemc");
    let hemc = hemc.expect("it")["id"].as_str().expect("an id").to_owned();
    let late = student.order(&hemc, "main", 1_500).await;
    stage.wechat.pay(&late).expect("payable");
    eventually("it is credited", async || {
        student.held(&hemc, "main").await == Some((9_800, 0))
    })
    .await;

    let (told, good) = stage.told(&["restore", &copy]);
    let taken = if stage.is_sqlite() {
        "move it away first"
    } else {
        "into an empty one"
    };
    assert!(!good && told.contains(taken), "{told}");
    stage.stop();
    stage.lose_the_database().await;
    // A copy that was cut off is not taken.
    let bytes = std::fs::read(&copy).expect("a copy");
    let broken = format!("{copy}.broken");
    std::fs::write(&broken, &bytes[..bytes.len() / 2]).expect("a file");
    let (told, good) = stage.told(&["restore", &broken]);
    assert!(!good, "{told}");
    assert!(stage.is_lost().await, "nothing is left of it");
    let (told, good) = stage.told(&["restore", &copy]);
    assert!(good && told.contains("holds 3 order(s)"), "{told}");

    stage.start();
    assert_eq!(student.shown(&first).await["payment"], "paid");
    student
        .call("GET", &format!("/top-ups/{late}"), None)
        .await
        .is(404);
    let (told, good) = stage.told(&["reconcile", "--day", &today()]);
    assert!(!good, "{told}");
    for line in [
        format!("WeChat Pay, order {late}, 15.00 yuan: in the bill, and no such payment is here"),
        format!("hemc, order {late}, 15.00 yuan: credited there, and no such order is here"),
    ] {
        assert!(told.contains(&line), "{line} in\n{told}");
    }
}
