//! What must stand in no log, however much is logged, and in no table that is not its place.

use std::collections::BTreeSet;

use dika_store::Store;
use dika_store::sql::{self, AssertSqlSafe};
use reqwest::header::{COOKIE, LOCATION, SET_COOKIE, USER_AGENT};
use serde_json::json;

use crate::stage::{Browser, Stage, eventually};
use crate::toy::SECRET;

const PHONE: &str = "13800000001";
const GDUT: (&str, &str, &str, &str) = ("3124001001", "60010001", "102345", "陈小明");
const HEMC: (&str, &str) = ("70020001", "023450");
const WRONG_PASSWORD: &str = "415926";
const BROKEN_PASSWORD: &str = "Secret-In-A-Broken-Body-1";
const IN_WECHAT: &str = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 \
    Chrome/130.0 Mobile Safari/537.36 MicroMessenger/8.0.50 Language/zh_CN";

/// Whether a text names a secret. A short one of digits alone must stand by itself: in a time, a length or an id any six
/// digits may come up.
fn names(text: &str, secret: &str) -> bool {
    let by_itself = secret.len() <= 10 && secret.bytes().all(|byte| byte.is_ascii_digit());
    text.match_indices(secret).any(|(at, _)| {
        let (before, after) = (&text[..at], &text[at + secret.len()..]);
        let joins = |letter: char| letter.is_ascii_alphanumeric() || letter == '.';
        !by_itself
            || !(before.ends_with(joins) || after.starts_with(|c: char| c.is_ascii_alphanumeric()))
    })
}

#[test]
fn a_secret_is_found_and_a_time_is_not_taken_for_one() {
    for told in [
        "password=102345",
        "\"102345\"",
        "102345",
        "code 102345, sent",
    ] {
        assert!(names(told, "102345"), "{told}");
    }
    for other in [
        "2026-11-26T10:00:00.102345Z",
        "id 7102345",
        "a102345f",
        "0.102345",
    ] {
        assert!(!names(other, "102345"), "{other}");
    }
    assert!(names("x13800000001y", PHONE) && names("…TOKENabc…", "TOKENabc"));
}

/// What a browser holds that nobody else may.
fn held(browser: &Browser, secrets: &mut BTreeSet<String>) {
    secrets.extend(browser.csrf.clone());
    for (name, value) in &browser.cookies {
        // The hint tells scripts that somebody is signed in, and no more.
        if name != "dika_student" && !value.is_empty() {
            secrets.insert(value.clone());
        }
    }
}

/// Every secret in the settings: WeChat's, the SMS provider's, and each line of the private key.
fn configured(stage: &Stage) -> BTreeSet<String> {
    let text = std::fs::read_to_string(&stage.config).expect("the settings");
    let mut secrets = BTreeSet::from([SECRET.trim_start_matches("whsec_").to_owned()]);
    for key in ["app_secret", "api_v3_key", "access_key_secret"] {
        let value = text
            .split(&format!("\"{key}\" = \""))
            .nth(1)
            .and_then(|rest| rest.split('"').next())
            .unwrap_or_else(|| panic!("{key} in the settings"));
        secrets.insert(value.to_owned());
    }
    let key = text.split("\"merchant_key\" = \"").nth(1).expect("a key");
    let key = key.split('"').next().expect("its end");
    let lines = key
        .split("\\n")
        .filter(|line| line.len() > 40 && !line.contains('-'));
    secrets.extend(lines.map(str::to_owned));
    assert!(secrets.len() > 20, "a whole key");
    secrets
}

/// Signs in as WeChat's browser does; gives the session's token, what ties the sign-in to the browser, code and state.
async fn sign_in_by_wechat(stage: &Stage) -> Vec<String> {
    let http = reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .expect("a client");
    let mut url = format!("{}/wechat/authorize?return_to=/orders", stage.base);
    let (mut cookies, mut secrets) = (Vec::new(), Vec::new());
    loop {
        let request = http.get(&url).header(USER_AGENT, IN_WECHAT);
        let answer = request.header(COOKIE, cookies.join("; ")).send().await;
        let answer = answer.expect("an answer");
        for cookie in answer.headers().get_all(SET_COOKIE) {
            let pair = cookie.to_str().expect("text").split(';').next();
            let pair = pair.expect("a pair").to_owned();
            let value = pair.split_once('=').expect("a pair").1;
            secrets.extend((value.len() > 8).then(|| value.to_owned()));
            cookies.push(pair);
        }
        let to = answer.headers()[LOCATION]
            .to_str()
            .expect("text")
            .to_owned();
        let query = to.split_once('?').map(|(_, query)| query);
        for pair in query.unwrap_or_default().split(['&', '#']) {
            if let Some(("code" | "state", value)) = pair.split_once('=') {
                secrets.push(value.to_owned());
            }
        }
        if to == "/orders" {
            return secrets;
        }
        url = if to.starts_with('/') {
            format!("{}{to}", stage.base)
        } else {
            to
        };
        assert!(!url.contains("sign-in"), "{url}");
    }
}

/// Every text in every table, with where it stands.
async fn kept(store: &Store, is_sqlite: bool) -> Vec<(String, String)> {
    let columns: Vec<(String, String)> = sql::query_as(if is_sqlite {
        "SELECT t.name, c.name FROM sqlite_master t JOIN pragma_table_info(t.name) c WHERE t.type = 'table'"
    } else {
        "SELECT CAST(table_name AS TEXT), CAST(column_name AS TEXT) FROM information_schema.columns
         WHERE table_schema = current_schema()"
    })
    .fetch_all(store.pool())
    .await
    .expect("columns");
    let mut found = Vec::new();
    for (table, column) in columns {
        if table.starts_with("_sqlx") || table.starts_with("sqlite_") {
            continue;
        }
        let text = format!("SELECT CAST({column} AS TEXT) FROM {table} WHERE {column} IS NOT NULL");
        let values: Vec<String> = sql::query_scalar(AssertSqlSafe(text))
            .fetch_all(store.pool())
            .await
            .expect("values");
        let place = format!("{table}.{column}");
        found.extend(values.into_iter().map(|value| (place.clone(), value)));
    }
    assert!(found.len() > 100, "{}", found.len());
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_is_logged_or_kept_where_it_does_not_belong() {
    let mut stage = Stage::new_logging("trace").await;
    let mut secrets = configured(&stage);
    let typed = [GDUT.2, HEMC.1, WRONG_PASSWORD, BROKEN_PASSWORD, "926535"];
    secrets.extend(typed.map(str::to_owned));

    // Sign in, bind both cards, wrong passwords and broken bodies in between.
    let mut student = stage.student(PHONE).await;
    held(&student, &mut secrets);
    let wish = json!({"issuer": "gdut", "account": GDUT.0, "password": WRONG_PASSWORD});
    student.call("POST", "/bindings", Some(wish)).await.is(422);
    let broken = json!({"issuer": "gdut", "account": GDUT.0, "password": {"is": BROKEN_PASSWORD}});
    student
        .call("POST", "/bindings", Some(broken))
        .await
        .is(400);
    // What reads JSON may repeat a number that it does not want.
    let number = json!({"issuer": "gdut", "account": GDUT.0, "password": 926_535});
    student
        .call("POST", "/bindings", Some(number))
        .await
        .is(400);
    let wrong = json!({"phone": PHONE, "code": "not-six-digits"});
    student.call("POST", "/session", Some(wrong)).await.is(400);
    let gdut = student.bind("gdut", GDUT.0, GDUT.2).await;
    let hemc = student.bind("hemc", HEMC.0, HEMC.1).await;

    // Money onto both, one of them collected; one that is given up; the card system asleep meanwhile.
    let order = student.order(&gdut, "main", 2_000).await;
    stage.wechat.pay(&order).expect("payable");
    student.until(&order, "paid", "waiting").await;
    let tap = json!({"card_no": GDUT.1, "terminal": "g-t1"});
    stage.gdut.drive("tap", tap).await;
    student.until(&order, "paid", "claimed").await;
    let given_up = student.order(&hemc, "main", 1_000).await;
    let path = format!("/top-ups/{given_up}/cancel");
    student.call("POST", &path, None).await;
    // The card is frozen while it is paid for: the money goes back.
    let returned = student.order(&gdut, "main", 1_500).await;
    let frozen = json!({"card_no": GDUT.1, "status": "frozen"});
    stage.gdut.drive("status", frozen).await;
    stage.wechat.pay(&returned).expect("payable");
    eventually("a refund is asked for", async || {
        !stage.wechat.refunds().is_empty()
    })
    .await;
    stage.wechat.advance(3_600);
    student.until(&returned, "refunded", "not_needed").await;

    secrets.extend(sign_in_by_wechat(&stage).await);
    student.call("DELETE", "/session", None).await.is(204);
    let codes = stage.sms.messages(PHONE);
    secrets.extend(codes.into_iter().map(|message| message.code));

    // Private, and with a place of its own in the database where it has to be there at all.
    let private = [PHONE, GDUT.0, GDUT.1, GDUT.3, HEMC.0];
    let log = std::fs::read_to_string(stage.folder.path().join("log")).expect("the log");
    assert!(
        log.contains("order moved") && log.contains("TRACE"),
        "all is logged"
    );
    for secret in secrets.iter().map(String::as_str).chain(private) {
        let told = log.lines().find(|line| names(line, secret));
        assert_eq!(told, None, "{secret:?} is logged");
    }

    let store = stage.store().await;
    let belongs = [
        ("identities.subject", PHONE),
        ("sign_in_codes.phone", PHONE),
        ("sign_in_tries.phone", PHONE),
        ("rates.bucket", PHONE),
    ];
    // Not the session itself: whoever reads the table can't use it without the cookie.
    let csrf = student.csrf.clone().unwrap_or_default();
    for (place, value) in kept(&store, stage.is_sqlite()).await {
        for secret in secrets.iter().map(String::as_str).chain(private) {
            let has_its_place = belongs.contains(&(place.as_str(), secret))
                || (place == "sessions.csrf_token" && secret == csrf);
            assert!(
                has_its_place || !names(&value, secret),
                "{secret:?} is kept in {place}"
            );
        }
    }
    store.close().await;
    stage.stop();
    // What was deleted is not left in the file either.
    if stage.is_sqlite() {
        let data = stage.folder.path().join("data");
        for file in std::fs::read_dir(data).expect("a folder") {
            let path = file.expect("a file").path();
            let bytes = std::fs::read(&path).expect("readable");
            for secret in secrets
                .iter()
                .filter(|secret| secret.len() > 10 && **secret != csrf)
            {
                let there = bytes
                    .windows(secret.len())
                    .any(|part| part == secret.as_bytes());
                assert!(!there, "{secret:?} is in {}", path.display());
            }
        }
    }
}
