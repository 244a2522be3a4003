//! The conformance suite against the Python adapter, and against the same adapter with each fault that it
//! can have: the suite has to catch it. Both tables stand in docs/conformance.md; `DIKA_BLESS=1` writes them anew (with
//! `--test-threads=1`).

#[path = "../toy/mod.rs"]
mod toy;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use dika_connector::Secret;
use dika_connector::conformance::{Options, Report, TestAccount, Verdict, run};
use dika_contract::{Issuer, OrderId};
use serde_json::json;
use toy::{OTHER_SECRET, SECRET, Toy};

fn options(toy: &Toy, issuer: Issuer) -> Options {
    let secret = Secret::parse(SECRET).expect("a secret");
    let mut options = Options::new(toy.address.parse().expect("an address"), issuer, secret);
    let account = |number: &str| TestAccount::parse(&format!("{number}:111111"));
    let [ordinary, refusing, undecided] = match issuer {
        Issuer::Hemc => ["99100001", "99100002", "99100003"],
        _ => ["9900000001", "9900000002", "9900000003"],
    };
    options.account = account(ordinary);
    options.refusing = account(refusing);
    options.undecided = account(undecided);
    options.other_secret = Secret::parse(OTHER_SECRET).ok();
    options.callbacks = Some(toy.callbacks);
    options.direct = true;
    options.decide_within = Duration::from_secs(10);
    options
}

/// Compares a table with the document, between its marks.
fn bless(mark: &str, now: &str) {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/conformance.md");
    let text = std::fs::read_to_string(path).expect("the document");
    let (begins, ends) = (
        format!("<!-- {mark} begins -->\n"),
        format!("<!-- {mark} ends -->"),
    );
    let from = text.find(&begins).expect("a mark") + begins.len();
    let to = text.find(&ends).expect("a mark");
    if std::env::var_os("DIKA_BLESS").is_some() {
        let text = [&text[..from], now, &text[to..]].concat();
        std::fs::write(path, text).expect("the document is written");
        return;
    }
    assert_eq!(
        &text[from..to],
        now,
        "docs/conformance.md is not what the suite says; run this test with DIKA_BLESS=1"
    );
}

/// What each of the toy's faults does, in its own words.
fn faults_of_the_toy() -> BTreeMap<String, String> {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/adapters/python/toy_card_system.py"
    );
    let text = std::fs::read_to_string(path).expect("the toy");
    let (_, faults) = text.split_once("FAULTS = {\n").expect("its faults");
    let (faults, _) = faults.split_once("\n}").expect("their end");
    faults
        .lines()
        .filter_map(|line| {
            let (name, what) = line.trim().strip_prefix('"')?.split_once("\": \"")?;
            Some((name.to_owned(), what.trim_end_matches("\",").to_owned()))
        })
        .collect()
}

async fn checked(options: &Options) -> Report {
    run(options).await.expect("the suite runs")
}

/// The number of an order that was booked, from the report's note.
fn booked(report: &Report) -> OrderId {
    let text = report.to_string();
    let number = text
        .split("--earlier ")
        .nth(1)
        .and_then(|rest| rest.split(':').next());
    OrderId::parse(number.expect("a note")).expect("an order")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_python_adapter_holds_every_case() {
    let mut table: BTreeMap<usize, (&str, Vec<String>)> = BTreeMap::new();
    for (settings, issuer) in [
        ("toy_gdut.json", Issuer::Gdut),
        ("toy_hemc.json", Issuer::Hemc),
    ] {
        let toy = Toy::start(settings);
        let mut options = options(&toy, issuer);
        let first = checked(&options).await;
        println!("{issuer}\n{first}");
        assert!(first.passed(), "{first}");
        let skipped: Vec<_> = first
            .cases()
            .iter()
            .filter(|it| it.verdict == Verdict::Skipped)
            .map(|it| it.name)
            .collect();
        assert_eq!(skipped, ["order of an earlier run, sent again"], "{first}");

        // Half a year later.
        toy.drive("clock", json!({"offset_s": 183 * 86_400})).await;
        options.earlier = Some(booked(&first));
        let again = checked(&options).await;
        // The day statement asks for today by the real clock.
        let broken: Vec<_> = again
            .cases()
            .iter()
            .filter(|it| it.verdict == Verdict::Broken)
            .map(|it| it.name)
            .collect();
        assert_eq!(broken, ["day statement"], "{again}");
        assert_eq!(again.count(Verdict::Skipped), 0, "{again}");
        for (place, case) in first.cases().iter().enumerate() {
            let row = table.entry(place).or_insert((case.name, Vec::new()));
            assert_eq!(row.0, case.name);
            row.1.push(match case.verdict {
                Verdict::Skipped => "held, half a year later".to_owned(),
                _ => "held".to_owned(),
            });
        }
    }
    let mut text = "| case | `gdut` | `hemc` |\n| --- | --- | --- |\n".to_owned();
    for (name, verdicts) in table.values() {
        let _ = writeln!(text, "| {name} | {} |", verdicts.join(" | "));
    }
    bless("sound", &text);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_fault_is_caught() {
    let toy = Toy::start("toy_gdut.json");
    let mut options = options(&toy, Issuer::Gdut);
    options.decide_within = Duration::from_secs(2);
    options.patience = Duration::from_secs(2);
    options.answer_within = Duration::from_millis(250);
    let cases: &[(&str, i64, &[&str])] = &[
        ("slow_ms", 300, &["answers in time"]),
        ("html", 1, &["capabilities", "unknown extra fields"]),
        (
            "html_errors",
            1,
            &["wrong key", "not JSON, unknown operation: errors as JSON"],
        ),
        (
            "down",
            1,
            &["capabilities", "wrong key", "verify: the right password"],
        ),
        ("fen_string", 1, &["balances", "credit, once"]),
        ("fen_float", 1, &["balances", "credit, once"]),
        ("fen_negative", 1, &["balances", "credit, once"]),
        ("fen_missing", 1, &["balances", "credit, once"]),
        ("unknown_outcome", 1, &["credit, once"]),
        ("wrong_amount", 1, &["credit, once", "same order twice"]),
        ("other_order", 1, &["credit, once", "order never heard of"]),
        ("unmasked", 1, &["verify: the right password"]),
        ("tells_which", 1, &["verify: wrong password, wrong number"]),
        (
            "any_signature",
            1,
            &[
                "wrong key",
                "no signature",
                "body changed after signing",
                "credit signed with a wrong key",
            ],
        ),
        (
            "any_time",
            1,
            &["clock six minutes off", "message of 31 days ago sent again"],
        ),
        ("one_signature", 1, &["key rotation: two signatures"]),
        (
            "fen_lenient",
            1,
            &[
                "fen as a string",
                "fen as a fraction",
                "fen negative",
                "fen missing",
            ],
        ),
        ("strict_fields", 1, &["unknown extra fields"]),
        (
            "forgets_orders",
            1,
            &["same order twice", "answer lost, asked again"],
        ),
        (
            "forgets_refusals",
            1,
            &["refusal, then the same order again"],
        ),
        ("two_at_once", 1, &["same order eight times at once"]),
        ("takes_conflicts", 1, &["same order, another amount"]),
        ("guesses_unknown", 1, &["order never heard of"]),
        (
            "never_decides",
            1,
            &[
                "undecided, then decided: asked",
                "undecided, then decided: callback",
            ],
        ),
        ("no_callbacks", 1, &["undecided, then decided: callback"]),
        ("reopen_books", 1, &["reopen"]),
        ("statement_short", 1, &["day statement"]),
        ("endless_pages", 1, &["transactions"]),
        ("loss_ignored", 1, &["loss and its undoing"]),
    ];
    // What breaks below is the fault's doing: without one nothing is broken.
    let sound = checked(&options).await;
    let broken = sound
        .cases()
        .iter()
        .filter(|case| case.verdict == Verdict::Broken);
    let broken: Vec<_> = broken.map(|case| case.name).collect();
    assert!(
        broken.is_empty() || broken == ["answers in time"],
        "{sound}"
    );
    let mut table = String::new();
    let words = faults_of_the_toy();
    let mut document = "| the adapter … | caught by |\n| --- | --- |\n".to_owned();
    for (fault, _, caught_by) in cases {
        let what = words.get(*fault).expect("a fault of the toy's");
        let _ = writeln!(
            document,
            "| {what} (`{fault}`) | {} |",
            caught_by.join("; ")
        );
    }
    bless("faults", &document);
    for (fault, value, caught_by) in cases {
        // So that there is a movement to page through.
        toy.faults(&[]).await;
        toy.drive(
            "spend",
            json!({"card_no": "99000001", "wallet": "main", "amount_fen": 1}),
        )
        .await;
        toy.faults(&[(fault, *value)]).await;
        let report = checked(&options).await;
        let broken: Vec<_> = report
            .cases()
            .iter()
            .filter(|case| case.verdict == Verdict::Broken)
            .map(|case| case.name)
            .collect();
        for case in *caught_by {
            assert!(broken.contains(case), "{fault} passes {case}:\n{report}");
        }
        table += &format!("{fault:<18} {}\n", broken.join("; "));
    }
    println!("{table}");
}

#[tokio::test(flavor = "multi_thread")]
async fn orders_that_are_forgotten_after_a_month_are_caught() {
    let toy = Toy::start("toy_gdut.json");
    let mut options = options(&toy, Issuer::Gdut);
    options.earlier = Some(booked(&checked(&options).await));
    toy.drive("clock", json!({"offset_s": 31 * 86_400})).await;
    toy.faults(&[("forgets_after_days", 30)]).await;
    let report = checked(&options).await;
    let case = report
        .cases()
        .iter()
        .find(|case| case.name == "order of an earlier run, sent again");
    assert_eq!(
        case.map(|case| case.verdict),
        Some(Verdict::Broken),
        "{report}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn fields_of_a_later_version_break_nothing() {
    let toy = Toy::start("toy_gdut.json");
    toy.faults(&[("extra_fields", 1)]).await;
    let report = checked(&options(&toy, Issuer::Gdut)).await;
    assert!(report.passed(), "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn lost_answers_change_nothing() {
    let toy = Toy::start("toy_gdut.json");
    // Every answer to a credit is lost once or twice; the suite asks again, as Dika does.
    toy.faults(&[("lose_answers", 5)]).await;
    let report = checked(&options(&toy, Issuer::Gdut)).await;
    let once = report
        .cases()
        .iter()
        .find(|case| case.name == "credit, once");
    assert_eq!(
        once.map(|case| case.verdict),
        Some(Verdict::Held),
        "{report}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn no_money_moves_on_an_account_that_is_no_test_account() {
    let toy = Toy::start("toy_gdut.json");
    let mut options = options(&toy, Issuer::Gdut);
    // A student's card.
    options.account = TestAccount::parse("3124001001:102345");
    options.refusing = None;
    options.undecided = None;
    let before = toy.drive("state", json!({})).await;
    let report = checked(&options).await;
    let after = toy.drive("state", json!({})).await;
    assert_eq!(before["credits"], after["credits"], "{report}");
    assert_eq!(before["cards"], after["cards"], "{report}");
    assert!(!report.passed(), "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_with_a_wrong_password_skips_the_rest() {
    let toy = Toy::start("toy_gdut.json");
    let mut options = options(&toy, Issuer::Gdut);
    options.account = TestAccount::parse("9900000001:222222");
    let report = checked(&options).await;
    let find = |name: &str| {
        report
            .cases()
            .iter()
            .find(|case| case.name == name)
            .map(|case| case.verdict)
    };
    assert_eq!(
        find("verify: the right password"),
        Some(Verdict::Broken),
        "{report}"
    );
    assert_eq!(find("credit, once"), Some(Verdict::Skipped), "{report}");
}
