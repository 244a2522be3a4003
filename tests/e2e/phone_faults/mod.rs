use dika_contract::{Issuer, WalletKind, endpoint};
use serde_json::{Value, json};

use self::{
    fault::Fault,
    step::{Done, Step, Way},
    table::Table,
};
use crate::harness::{App, assert_plain, journey};

mod fault;
mod step;
mod table;

/// How often a student tries before giving up.
const TRIES: u32 = 4;

/// Begins a script that is given what [`Done`] says: gives `done` where that is so, and nothing while a page is not awake.
const LOOK: &str = "
    const [there, gone, path] = arguments;
    const shown = css => [...document.querySelectorAll(css)].some(it => it.getClientRects().length);
    const cashier = location.pathname.startsWith('/sandbox/cashier/');
    if (!cashier && document.documentElement.dataset.ready !== 'true') return false;
    if ((!there || shown(there)) && (!gone || !shown(gone))
        && (!path || location.pathname.startsWith(path))) return 'done';
";

/// What the page came to after a tap.
#[derive(Debug, PartialEq, Eq)]
enum Seen {
    /// The step is done.
    Done,
    /// The page says what went wrong.
    Told,
    /// The page asks who is there.
    SignedOut,
}

/// Waits until the page has come to something.
async fn seen(app: &App, step: Step, leaves: bool) -> Seen {
    let Done { there, gone, path } = step.done();
    let seen = app
        .wait(
            &format!("an end of {step:?}"),
            &format!(
                "{LOOK}
                const has_session = arguments[3];
                if (document.querySelector('main [aria-busy=true]')) return false;
                if (has_session && document.querySelector('main[data-page=sign-in]')) return 'signed-out';
                return !arguments[4] && shown('main [data-error], main [role=alert], main [data-action=retry]') && 'told';"
            ),
            json!([there, gone, path, step.has_session(), leaves]),
        )
        .await;
    match seen.as_str() {
        Some("done") => Seen::Done,
        Some("signed-out") => Seen::SignedOut,
        _ => Seen::Told,
    }
}

/// Goes on with the step by what the page offers: its button, *retry*, or nothing where it is done.
async fn go_on(app: &App, step: Step, way: &Way) {
    let Done { there, gone, path } = step.done();
    let offered = app
        .wait(
            &format!("a way on with {step:?}"),
            &format!(
                "{LOOK}
                return [arguments[3], 'retry'].find(it =>
                    shown(`[data-action='${{it}}']:not([aria-disabled=true]):not(:disabled)`));"
            ),
            json!([there, gone, path, step.action()]),
        )
        .await;
    match offered.as_str() {
        None | Some("done") => {}
        // A form that was refused may want the password anew.
        Some("bind") if app.value("password").await.is_empty() => {
            step.begin(app, way).await;
            app.click("bind").await;
        }
        Some(action) => app.click(action).await,
    }
}

/// Lets the server end the browser's session without the browser's knowledge.
async fn end_session(app: &App) {
    let session: Value = app.api(endpoint::SESSION).await;
    let cookie = app.driver().get_named_cookie("dika_session").await;
    let cookie = cookie.expect("the browser has a session").value;
    let ended = reqwest::Client::new()
        .delete(format!(
            "{}{}{}",
            app.base(),
            endpoint::BASE,
            endpoint::SESSION
        ))
        .header("cookie", format!("dika_session={cookie}"))
        .header(
            endpoint::CSRF_HEADER,
            session["csrf_token"].as_str().expect("a token"),
        )
        .send()
        .await
        .expect("the server answers");
    assert_eq!(ended.status(), 204);
    // Signing in again wants another code, which comes once a minute.
    app.sandbox.advance(61).await;
}

/// Opens another tab and closes this one.
async fn leave_tab(app: &App) {
    let driver = app.driver();
    let old = driver.window().await.expect("a tab");
    let new = driver.new_tab().await.expect("another one");
    driver.switch_to_window(old).await.expect("it is there");
    driver.close_window().await.expect("it closes");
    driver.switch_to_window(new).await.expect("it is there");
}

/// Another code, where the one that came opens nothing any more.
async fn another_code(app: &App, way: &mut Way) {
    app.sandbox.advance(61).await;
    app.click("send-code").await;
    way.code = app.sandbox.sms(&way.me.phone, Some(&way.code)).await;
    app.type_into("code", &way.code).await;
}

/// Somebody whose tab was closed looks what became of it, and goes on from there.
async fn come_back(app: &App, step: Step, way: &Way) {
    if step == Step::Order {
        // The order may be there; the list says so.
        app.open_page("/orders", "orders").await;
        app.tap("[data-order]").await;
        app.page("order").await;
        app.click("continue-payment").await;
        return;
    }
    step.begin(app, way).await;
    go_on(app, step, way).await;
}

/// Takes a step through a fault, to its end.
async fn take(app: &App, step: Step, fault: Fault, way: &mut Way, table: &mut Table) {
    step.prepare(app, way).await;
    step.begin(app, way).await;
    let is_possible = match fault {
        Fault::SessionEnded => step.has_session(),
        _ => true,
    };
    if is_possible {
        table.injected(step, fault);
        match fault.in_sandbox() {
            Some((kind, after_commit, ms)) => {
                app.sandbox
                    .one_fault("POST", step.asks(), kind, after_commit, ms)
                    .await;
            }
            None => end_session(app).await,
        }
    }
    app.click(step.action()).await;
    match fault {
        Fault::Late => {
            app.ask(
                "document.querySelector(`[data-action=${arguments[0]}]`)?.click()",
                json!([step.action()]),
            )
            .await;
        }
        Fault::TabKilled => {
            app.sandbox.until_no_fault_waits().await;
            leave_tab(app).await;
            come_back(app, step, way).await;
        }
        _ => {}
    }
    for tried in 0..TRIES {
        // What a page says of an ended session stands for a moment: it leaves for the sign-in page.
        let leaves = tried == 0 && is_possible && fault == Fault::SessionEnded;
        match seen(app, step, leaves).await {
            Seen::Done => {
                app.sandbox.until_no_fault_waits().await;
                return;
            }
            Seen::Told => {
                assert_plain(&app.main_text().await, &format!("{step:?} with {fault:?}"));
                // The code was sent, and another one comes later: the student types the one that came.
                if step == Step::Code && app.count("[data-error=rate_limited]").await > 0 {
                    return;
                }
                if step == Step::SignIn && app.count("[data-error=code_expired]").await > 0 {
                    another_code(app, way).await;
                }
                go_on(app, step, way).await;
            }
            Seen::SignedOut => {
                app.sign_in(&way.me).await;
                app.awake().await;
                step.begin(app, way).await;
                go_on(app, step, way).await;
            }
        }
    }
    panic!("{step:?} with {fault:?} came to no end");
}

#[test]
fn phone_faults_at_every_step_are_survived_and_counted() {
    journey(async |app| {
        let mut table = Table::default();
        let mut way = Way::of(app.sandbox.ordinary().await);
        for fault in Fault::ALL {
            let mut held_before = 0;
            let since = std::time::Instant::now();
            for step in Step::ALL {
                take(app, step, fault, &mut way, &mut table).await;
                if step == Step::Confirm {
                    let held = app.amounts(Issuer::Hemc, WalletKind::Utilities).await;
                    held_before = held.on_card;
                }
            }
            way.ends_well(app, held_before).await;
            table.survived(fault);
            println!("{}: {:.1} s", fault.words(), since.elapsed().as_secs_f32());
            // Another student, as far as browser and server know.
            let blank = app.driver().goto("about:blank").await;
            blank.expect("an empty page");
            let origin = json!({ "origin": app.base(), "storageTypes": "cookies,local_storage" });
            app.devtools("Storage.clearDataForOrigin", origin).await;
            leave_tab(app).await;
            app.sandbox.reset().await;
            way = Way::of(app.sandbox.ordinary().await);
        }
        table.compare();
    });
}
