//! The built-in ledger: accounts from a file, taps from machines.

use std::path::PathBuf;

use dika_connector::{Keyring, Secret};
use dika_contract::Timestamp;
use serde_json::{Value, json};

use crate::stage::{Cards, Stage};
use crate::toy::{OTHER_SECRET, SECRET};

const HEADER: &str = "action,issuer,card_no,account,password,name,student_no,campus,college\n";
const CHEN: &str = "open,gdut,60010001,3124001001,102345,陈小明,3124001001,daxuecheng,计算机学院\n";
const LI: &str = "open,gdut,60010002,3124001002,203456,李青,3124001002,longdong,\n";

impl Stage {
    fn file(&self, lines: &str) -> PathBuf {
        let path = self.folder.path().join("accounts.csv");
        std::fs::write(&path, format!("{HEADER}{lines}")).expect("a file");
        path
    }

    /// What the import says, and whether it ends well.
    fn import(&self, lines: &str, more: &[&str]) -> (String, bool) {
        let path = self.file(lines);
        let path = path.to_str().expect("a plain path");
        let output = self.run(&[&["accounts", "import", path], more].concat());
        let mut told = String::from_utf8_lossy(&output.stdout).into_owned();
        told += &String::from_utf8_lossy(&output.stderr);
        (told, output.status.success())
    }
}

fn now() -> Timestamp {
    let passed = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    Timestamp::from_unix(passed.expect("now").as_secs() as i64)
}

/// A signed tap: status and answer.
async fn tap(stage: &Stage, machine: &str, secret: &str, id: &str, card_no: &str) -> (u16, Value) {
    let keys = Keyring::new(Secret::parse(secret).expect("a secret"));
    let body = json!({"card_no": card_no}).to_string();
    let url = format!("{}/api/v1/machines/{machine}/taps", stage.base);
    let http = reqwest::Client::builder()
        .no_proxy()
        .build()
        .expect("a client");
    let mut request = http.post(url).body(body.clone());
    for (name, value) in keys.sign(id, now(), body.as_bytes()).pairs() {
        request = request.header(name, value);
    }
    let answer = request.send().await.expect("an answer");
    (answer.status().as_u16(), answer.json().await.expect("JSON"))
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_come_from_a_file_all_or_none_and_machines_send_taps() {
    let mut stage = Stage::prepared(Cards::BuiltIn).await;
    // A dry run changes nothing, and shows nothing private.
    let (told, good) = stage.import(&format!("{CHEN}{LI}"), &["--dry-run"]);
    assert!(
        good && told.contains("2 to open") && told.contains("dry run"),
        "{told}"
    );
    for private in ["102345", "陈小明", "3124001001", "60010001"] {
        assert!(!told.contains(private), "{private} in {told}");
    }
    // One wrong line, and nothing is done.
    for (wrong, problem) in [
        (
            "open,gdut,60010002,,203456,李青,3124001002,longdong,\n",
            "account is missing",
        ),
        (
            "open,hemc,70010002,,203456,李青,3124001002,longdong,\n",
            "nobody there holds a card of hemc",
        ),
        (
            "open,moon,60010002,1,203456,李青,3124001002,longdong,\n",
            "gdut or hemc",
        ),
        (
            "opne,gdut,60010002,1,203456,李青,3124001002,longdong,\n",
            "open or close",
        ),
        (
            "open,gdut,60010001,1,203456,李青,3124001002,longdong,\n",
            "line 2 is about the same account",
        ),
        ("close,gdut,60019999,,,,,,\n", "there is no such account"),
        ("open,gdut\n", "columns of the first line"),
    ] {
        let (told, good) = stage.import(&format!("{CHEN}{wrong}"), &[]);
        assert!(
            !good && told.contains("line 3") && told.contains(problem),
            "{problem}: {told}"
        );
        assert!(told.contains("Nothing was changed"), "{told}");
    }
    let (told, good) = stage.import(&format!("{CHEN}{LI}"), &[]);
    assert!(
        good && told.contains("2 to open") && told.contains("All of it is done"),
        "{told}"
    );
    // Again: nothing to do. For somebody else: refused.
    let (told, good) = stage.import(&format!("{CHEN}{LI}"), &[]);
    assert!(
        good && told.contains("0 to open, 0 to open again, 0 to close, 2 unchanged"),
        "{told}"
    );
    let (told, good) = stage.import(&CHEN.replace("陈小明", "王丽"), &[]);
    assert!(!good && told.contains("somebody else"), "{told}");

    stage.start();
    let mut student = stage.student("13800000001").await;
    let card = student.bind("gdut", "3124001001", "102345").await;
    let order = student.order(&card, "main", 2_000).await;
    stage.wechat.pay(&order).expect("payable");
    student.until(&order, "paid", "waiting").await;
    // A card that money waits for is not closed.
    let (told, good) = stage.import("close,gdut,60010001,,,,,,\n", &[]);
    assert!(!good && told.contains("2000 fen wait"), "{told}");
    // Strangers, other keys and repeated calls release nothing.
    assert_eq!(
        tap(&stage, "canteen-2", OTHER_SECRET, "1", "60010001")
            .await
            .0,
        401
    );
    assert_eq!(
        tap(&stage, "canteen-3", SECRET, "2", "60010001").await.0,
        401
    );
    let (status, answer) = tap(&stage, "canteen-2", SECRET, "3", "60010001").await;
    assert_eq!(
        (status, &answer["released"], &answer["amount_fen"]),
        (200, &json!([order]), &json!(2_000))
    );
    assert_eq!(
        tap(&stage, "canteen-2", SECRET, "3", "60010001").await.0,
        401
    );
    let (_, answer) = tap(&stage, "canteen-2", SECRET, "4", "60010001").await;
    assert_eq!(answer["reason"], "nothing_waiting");
    student.until(&order, "paid", "claimed").await;
    assert_eq!(student.held(&card, "main").await, Some((2_000, 0)));

    // Closed, the card takes no money; opened again, it does.
    let (told, good) = stage.import("close,gdut,60010001,,,,,,\n", &[]);
    assert!(good && told.contains("1 to close"), "{told}");
    assert_eq!(
        student.place(&card, "main", 2_000).await.is(409)["code"],
        "card_closed"
    );
    let (told, good) = stage.import(CHEN, &[]);
    assert!(good && told.contains("1 to open again"), "{told}");
    student.place(&card, "main", 2_000).await.is(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_school_s_card_systems_keep_their_accounts_themselves() {
    let stage = Stage::prepared(Cards::Connectors).await;
    let (told, good) = stage.import(CHEN, &[]);
    assert!(!good && told.contains("cards = \"built-in\""), "{told}");
}
