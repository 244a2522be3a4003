use std::time::Duration;

use dika_contract::{Issuer, WalletKind};
use serde_json::{Value, json};

use crate::harness::{App, Options, journey, journey_with};

/// Holds the app's code back until `release()`.
const HELD: &str = "
    window.let_go = new Promise(go => window.release = go);
    const real = WebAssembly.instantiateStreaming, plain = WebAssembly.instantiate;
    const late = f => async (...all) => {
        await window.let_go;
        return f.apply(WebAssembly, all);
    };
    WebAssembly.instantiateStreaming = late(real);
    WebAssembly.instantiate = late(plain);
";

/// Opens an address until its page comes with all its data: a busy machine may be too late for it.
async fn open_with_data(app: &App, path: &str) {
    for _ in 0..20 {
        app.goto(path).await;
        let whole = "return document.documentElement.hasAttribute('data-seeded') && !document.querySelector('.app .skeleton')";
        if app.ask(whole, json!([])).await == true {
            return;
        }
    }
    panic!("{path} came without data again and again");
}

/// The paths of the API that this page has asked for, in the order of asking.
async fn asked(app: &App) -> Vec<String> {
    let asked = app
        .ask(
            "return performance.getEntriesByType('resource').map(it => new URL(it.name))
                .filter(it => it.pathname.startsWith('/api/')).map(it => it.pathname.slice(7) + it.search)",
            json!([]),
        )
        .await;
    let asked = asked.as_array().cloned().unwrap_or_default();
    let asked = asked.iter().filter_map(Value::as_str);
    asked.map(str::to_owned).collect()
}

/// Waits until the app knows its student by an answer of the API, too.
async fn settled(app: &App) {
    app.wait(
        "the session",
        "return performance.getEntriesByType('resource').some(it => it.name.endsWith('/session') && it.responseEnd)",
        json!([]),
    )
    .await;
    tokio::time::sleep(Duration::from_millis(300)).await;
}

#[test]
fn with_data_home_shows_the_amounts_before_the_app_is_there_and_asks_for_them_no_more() {
    journey(async |app| {
        let me = app.sandbox.ordinary().await;
        app.with_card(&me, Issuer::Gdut).await;
        let amounts = app.amounts(Issuer::Gdut, WalletKind::Main).await;
        let shown = format!("{}.{:02}", amounts.on_card / 100, amounts.on_card % 100);
        app.before_every_page(HELD).await;
        open_with_data(app, "/").await;
        app.reads(&shown).await;
        let awake = "return document.documentElement.dataset.ready === 'true'";
        assert_eq!(app.ask(awake, json!([])).await, false, "that was the app");
        // What is there can be used: a link leads on without the app.
        let card = app.card(Issuer::Gdut).await;
        app.shows(&format!("a[href='/cards/{}']", card.id)).await;
        app.ask(
            "window.kept = document.querySelector('.face'); release()",
            json!([]),
        )
        .await;
        app.awake().await;
        settled(app).await;
        let same =
            "return window.kept.isConnected && document.querySelector('.face') === window.kept";
        assert_eq!(
            app.ask(same, json!([])).await,
            true,
            "the page was drawn anew"
        );
        app.reads(&shown).await;
        assert_eq!(app.count("#seeds").await, 0, "what came stays in the page");
        let asked = asked(app).await;
        // This test's own question aside.
        assert_eq!(
            asked.iter().filter(|it| *it == "/cards").count(),
            1,
            "{asked:?}"
        );
        assert!(
            !asked.iter().any(|it| it.starts_with("/top-ups")),
            "{asked:?}"
        );
        assert!(asked.iter().any(|it| it == "/session"), "{asked:?}");
    });
}

#[test]
fn with_data_a_later_visit_to_the_same_page_asks_anew() {
    journey(async |app| {
        let me = app.sandbox.ordinary().await;
        app.with_card(&me, Issuer::Gdut).await;
        open_with_data(app, "/").await;
        app.awake().await;
        app.tap("nav a[href='/orders']").await;
        app.page("orders").await;
        app.tap("nav a[href='/']").await;
        app.page("home").await;
        app.shows("[data-card]").await;
        app.wait(
            "the cards to be asked for",
            "return performance.getEntriesByType('resource').some(it => it.name.endsWith('/api/v1/cards'))",
            json!([]),
        )
        .await;
    });
}

/// The amount typed and *next* tapped while the code is still on its way.
#[test]
fn with_data_early_typing_and_tapping_are_kept_and_done_once() {
    journey(async |app| {
        let me = app.sandbox.ordinary().await;
        app.with_card(&me, Issuer::Gdut).await;
        let card = app.card(Issuer::Gdut).await;
        app.before_every_page(HELD).await;
        open_with_data(app, &format!("/cards/{}/top-up/main", card.id)).await;
        app.type_into("amount", "12.5").await;
        app.click("review").await;
        let awake = "return document.documentElement.dataset.ready === 'true'";
        assert_eq!(
            app.ask(awake, json!([])).await,
            false,
            "too late to be early"
        );
        app.ask("release()", json!([])).await;
        app.awake().await;
        app.shows("[data-action=pay]").await;
        app.reads("12.50").await;
        app.click("pay").await;
        app.at_cashier().await;
        assert_eq!(app.orders().await.len(), 1);
    });
}

/// The page has no token for writes; a write waits until the app has it.
#[test]
fn with_data_a_write_waits_for_the_session() {
    journey(async |app| {
        let me = app.sandbox.ordinary().await;
        app.with_card(&me, Issuer::Gdut).await;
        app.before_every_page(
            "const real = window.fetch;
             window.first = true;
             window.fetch = (...all) => {
                 const url = String(all[0].url ?? all[0]);
                 if (!url.endsWith('/session') || !window.first) return real(...all);
                 window.first = false;
                 return new Promise(() => {});
             };",
        )
        .await;
        let card = app.card(Issuer::Gdut).await;
        open_with_data(app, &format!("/cards/{}/top-up/main", card.id)).await;
        app.awake().await;
        app.review("10").await;
        app.click("pay").await;
        app.at_cashier().await;
    });
}

#[test]
fn with_data_an_order_is_asked_about_after_it_is_shown_unless_it_is_decided() {
    journey(async |app| {
        let me = app.sandbox.ordinary().await;
        app.with_card(&me, Issuer::Gdut).await;
        let id = app.top_up(Issuer::Gdut, WalletKind::Main, "10").await;
        let path = format!("/orders/{id}");
        let of_order = format!("/top-ups/{id}");
        open_with_data(app, &path).await;
        app.awake().await;
        app.shows("[data-order]").await;
        app.wait(
            "the order to be asked about",
            "return performance.getEntriesByType('resource').some(it => it.name.endsWith(arguments[0]))",
            json!([of_order]),
        )
        .await;
    });
}

#[test]
fn with_data_other_words_than_the_app_s_never_stay() {
    journey(async |app| {
        let me = app.sandbox.ordinary().await;
        app.with_card(&me, Issuer::Gdut).await;
        let amounts = app.amounts(Issuer::Gdut, WalletKind::Main).await;
        let shown = format!("{}.{:02}", amounts.on_card / 100, amounts.on_card % 100);
        app.before_every_page(HELD).await;
        app.before_every_page(
            "window.told = []; console.error = it => window.told.push(String(it))",
        )
        .await;
        open_with_data(app, "/").await;
        // As if the server had another amount than the app will draw.
        app.ask(
            "document.querySelector('.face .amount-cents').firstChild.data = '.99';
             window.kept = document.querySelector('.face');
             release()",
            json!([]),
        )
        .await;
        app.awake().await;
        app.reads(&shown).await;
        assert!(!app.main_text().await.contains(".99"));
        let told = app.ask("return window.told.join()", json!([])).await;
        assert!(
            told.as_str().unwrap_or_default().contains("drawn anew"),
            "{told}"
        );
        assert_eq!(
            app.ask("return window.kept.isConnected", json!([])).await,
            false
        );
    });
}

/// How many files with code this page has asked for beside those that every page needs.
async fn chunks(app: &App) -> u64 {
    let count = app
        .ask(
            "return performance.getEntriesByType('resource').filter(it => it.name.includes('/assets/page-')).length",
            json!([]),
        )
        .await;
    count.as_u64().unwrap_or_default()
}

/// Opens an address until its page comes with all its data, and waits until the app has taken it over and knows its student.
async fn open_settled(app: &App, path: &str) {
    open_with_data(app, path).await;
    app.awake().await;
    settled(app).await;
}

/// The student's cards as they are kept on the device; the API is not asked.
async fn kept_cards(app: &App) -> Value {
    let kept = app
        .ask("return localStorage.getItem('dika.home')", json!([]))
        .await;
    let kept: Value = serde_json::from_str(kept.as_str().expect("it is kept")).expect("JSON");
    kept["cards"].clone()
}

/// Makes an order without the page's doing, as another device does; gives its id.
async fn order_elsewhere(app: &App) -> String {
    let card = kept_cards(app).await[0]["id"].clone();
    let made = app
        .ask(
            "const get = await fetch('/api/v1/session'), { csrf_token } = await get.json();
             const made = await fetch('/api/v1/top-ups', { method: 'POST',
                 headers: { 'content-type': 'application/json', 'x-csrf-token': csrf_token, 'idempotency-key': crypto.randomUUID() },
                 body: JSON.stringify({ card_id: arguments[0], wallet: 'main', amount_fen: 2000 }) });
             return (await made.json()).id",
            json!([card]),
        )
        .await;
    made.as_str().expect("an order").to_owned()
}

/// Opens the home page of a student with one card, on which nothing is late.
async fn whole_home(app: &App) {
    let me = app.sandbox.ordinary().await;
    app.with_card(&me, Issuer::Gdut).await;
    open_settled(app, "/").await;
}

/// Whether what the page brought along is still in its script; it is not afterwards.
async fn is_kept_in_script(app: &App) -> bool {
    let script = "const there = !!dikaRecall(); dikaForget(); return there";
    app.ask(script, json!([])).await == true
}

/// A student's home page on which nothing waits needs no code of its own until the student comes back to it.
#[test]
fn with_data_a_whole_home_page_stays_as_it_came_until_something_may_have_changed() {
    journey(async |app| {
        whole_home(app).await;
        assert_eq!(chunks(app).await, 0, "code of its own came at once");
        let kept = kept_cards(app).await;
        assert_eq!(kept.as_array().map(Vec::len), Some(1), "{kept}");
        app.ask(
            "window.kept = document.querySelector('.face');
             document.querySelector('.face-link').focus();
             dispatchEvent(new Event('pageshow'))",
            json!([]),
        )
        .await;
        app.wait(
            "the cards to be asked for",
            "return performance.getEntriesByType('resource').some(it => it.name.endsWith('/api/v1/cards'))",
            json!([]),
        )
        .await;
        assert!(chunks(app).await > 0);
        let same =
            "return window.kept.isConnected && document.activeElement.className === 'face-link'";
        assert_eq!(
            app.ask(same, json!([])).await,
            true,
            "the page was drawn anew"
        );
        assert!(!is_kept_in_script(app).await);
        // It lives: an order from elsewhere appears with the next return.
        let order = order_elsewhere(app).await;
        app.ask("dispatchEvent(new Event('pageshow'))", json!([]))
            .await;
        app.shows(&format!("[data-order='{order}']")).await;
        app.assert_clean_console().await;
    });
}

#[test]
fn with_data_a_whole_home_page_that_is_left_takes_its_data_along() {
    journey(async |app| {
        whole_home(app).await;
        app.tap("nav a[href='/orders']").await;
        app.page("orders").await;
        assert!(!is_kept_in_script(app).await);
        app.tap("nav a[href='/']").await;
        app.page("home").await;
        app.shows("[data-card]").await;
    });
}

/// Holds the next pages' code back until `release()`, in this document.
async fn hold_code(app: &App) {
    app.ask(HELD, json!([])).await;
    app.ask("window.isSameDocument = true", json!([])).await;
}

async fn is_same_document(app: &App) -> bool {
    app.ask("return !!window.isSameDocument", json!([])).await == true
}

/// A page that comes with its data is there long before its code, on a slow network: the browser fetches that page.
async fn late_code_is_left_to_the_browser(app: &App) {
    whole_home(app).await;
    let entries = app.ask("return history.length", json!([])).await;
    hold_code(app).await;
    app.tap("nav a[href='/orders']").await;
    app.page("orders").await;
    assert!(!is_same_document(app).await, "it waited for code");
    app.awake().await;
    let now = app.ask("return history.length", json!([])).await;
    assert_eq!(now, entries, "going from tab to tab makes no history");

    // A page that is no tab comes behind the one before.
    open_settled(app, "/").await;
    hold_code(app).await;
    app.tap(".face-link").await;
    app.page("card").await;
    assert!(!is_same_document(app).await, "it waited for code");
    app.awake().await;
    app.driver().back().await.expect("the way back");
    app.page("home").await;
    app.shows("[data-card]").await;

    // Something may be under way on other pages: there the app waits.
    open_settled(app, "/settings").await;
    hold_code(app).await;
    app.tap("nav a[href='/orders']").await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    app.shows("main[data-page=settings]").await;
    app.ask("release()", json!([])).await;
    app.page("orders").await;
    assert!(is_same_document(app).await, "another document came");
}

#[test]
fn with_data_late_code_is_left_to_the_browser() {
    journey(async |app| {
        late_code_is_left_to_the_browser(app).await;
        app.assert_clean_console().await;
    });
}

#[test]
fn webkit_with_data_late_code_is_left_to_the_browser() {
    journey_with(Options::WEBKIT, async |app| {
        late_code_is_left_to_the_browser(app).await;
    });
}

/// Where the code comes at once, the app itself shows the page.
#[test]
fn with_data_code_that_comes_at_once_is_waited_for() {
    journey(async |app| {
        whole_home(app).await;
        app.ask("window.isSameDocument = true", json!([])).await;
        app.tap("nav a[href='/orders']").await;
        app.page("orders").await;
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert!(is_same_document(app).await);
        app.assert_clean_console().await;
    });
}

/// Where something is open, the page asks what became of it as soon as one that the app has drawn.
#[test]
fn with_data_a_whole_home_page_asks_about_an_open_order_by_itself() {
    journey(async |app| {
        let me = app.sandbox.ordinary().await;
        app.with_card(&me, Issuer::Gdut).await;
        let order = app.top_up(Issuer::Gdut, WalletKind::Main, "20").await;
        open_with_data(app, "/").await;
        app.awake().await;
        app.shows(&format!("[data-order='{order}']")).await;
        assert_eq!(chunks(app).await, 0);
        app.sandbox.tap(&me.gdut().card_no, "gdut_load").await;
        app.shows_no(&format!("[data-order='{order}']")).await;
    });
}

/// What a translator or an extension did to the page meanwhile does not end the app: it draws its own.
#[test]
fn with_data_a_whole_home_page_that_others_changed_is_drawn_anew() {
    journey(async |app| {
        whole_home(app).await;
        app.ask(
            "for (const it of document.querySelectorAll('.page h2, .page .cell-label')) {
                 const font = document.createElement('font');
                 font.append(...it.childNodes);
                 it.append(font);
             }
             window.kept = document.querySelector('.face');
             dispatchEvent(new Event('pageshow'))",
            json!([]),
        )
        .await;
        app.wait(
            "the page to be drawn anew",
            "return !window.kept.isConnected && !!document.querySelector('.face')",
            json!([]),
        )
        .await;
        assert_eq!(app.count(".page font").await, 0);
        app.assert_clean_console().await;
    });
}

/// The student signs out in another tab, or somebody else signs in: nothing of the page's stays.
#[test]
fn with_data_a_whole_home_page_leaves_with_its_student() {
    journey(async |app| {
        whole_home(app).await;
        app.ask(
            "return fetch('/api/v1/session').then(it => it.json()).then(({ csrf_token }) => fetch('/api/v1/session', {
                method: 'DELETE', headers: { 'x-csrf-token': csrf_token } })).then(() => dispatchEvent(new Event('pageshow')))",
            json!([]),
        )
        .await;
        app.shows(".first-visit").await;
        app.shows_no("[data-card]").await;
        let kept = app
            .ask("return localStorage.getItem('dika.home')", json!([]))
            .await;
        assert!(kept.is_null(), "{kept}");
    });
}

/// Without a network the page stays readable, and comes to life with the network.
#[test]
fn with_data_a_whole_home_page_outlives_a_lost_network() {
    journey(async |app| {
        whole_home(app).await;
        let offline = |is: bool| json!({ "offline": is, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1 });
        app.devtools("Network.enable", json!({})).await;
        app.devtools("Network.setCacheDisabled", json!({ "cacheDisabled": true }))
            .await;
        app.devtools("Network.emulateNetworkConditions", offline(true))
            .await;
        app.ask("dispatchEvent(new Event('pageshow'))", json!([]))
            .await;
        tokio::time::sleep(Duration::from_millis(800)).await;
        app.shows("[data-card]").await;
        assert_eq!(app.count("[data-rescue]").await, 0);
        app.devtools("Network.emulateNetworkConditions", offline(false))
            .await;
        // The console tells of the lost network, once each.
        drop(app.driver().browser_log().await);
        let order = order_elsewhere(app).await;
        app.ask("dispatchEvent(new Event('pageshow'))", json!([]))
            .await;
        app.shows(&format!("[data-order='{order}']")).await;
    });
}

#[test]
fn with_data_a_page_for_a_student_leads_to_sign_in_and_back() {
    journey(async |app| {
        let me = app.sandbox.ordinary().await;
        app.goto("/orders?x=1").await;
        app.page("sign-in").await;
        assert_eq!(app.path().await, "/sign-in?to=/orders?x=1");
        app.type_into("phone", &me.phone).await;
        app.click("send-code").await;
        let code = app.sandbox.sms(&me.phone, None).await;
        app.type_into("code", &code).await;
        app.click("sign-in").await;
        app.page("orders").await;
    });
}

/// Waits until the cookie says which file with the styles this browser keeps.
async fn style_kept(app: &App, wanted: &str) {
    app.wait(
        "the cookie about the styles",
        "return (/(?:^|; )dika_style=([^;]*)/.exec(document.cookie) || [])[1]?.startsWith(arguments[0])",
        json!([wanted]),
    )
    .await;
}

/// Somebody's home page, in a browser that keeps the styles from then on.
async fn home_that_keeps_the_styles(app: &App) {
    let me = app.sandbox.ordinary().await;
    app.with_card(&me, Issuer::Gdut).await;
    open_with_data(app, "/").await;
    app.awake().await;
    style_kept(app, "style-").await;
}

/// How the page came to its styles, and whether it has them: links, elements, the colour of the chosen tab.
const STYLES: &str = "
    const tabs = document.querySelector('.tabs');
    return [document.querySelectorAll('link[data-sheet]').length, document.querySelectorAll('head style').length,
        getComputedStyle(tabs).position, getComputedStyle(document.querySelector('.face')).color]";

/// Styles are half of a page. A browser that keeps them as a file is not sent them again, and has them all the same.
#[test]
fn with_data_a_browser_that_keeps_the_styles_is_not_sent_them_again() {
    journey(async |app| {
        home_that_keeps_the_styles(app).await;
        // Without the cookie.
        app.ask(
            "document.cookie = 'dika_style=; path=/; max-age=0'",
            json!([]),
        )
        .await;
        open_with_data(app, "/").await;
        let inline = app.ask(STYLES, json!([])).await;
        assert_eq!((&inline[0], &inline[1]), (&json!(0), &json!(1)));
        app.awake().await;
        style_kept(app, "style-").await;
        open_with_data(app, "/").await;
        let linked = app.ask(STYLES, json!([])).await;
        assert_eq!((&linked[0], &linked[1]), (&json!(1), &json!(0)));
        assert_eq!(
            (&linked[2], &linked[3]),
            (&inline[2], &inline[3]),
            "other styles"
        );
        let came = "return performance.getEntriesByName(document.querySelector('link[data-sheet]').href)[0].transferSize";
        assert_eq!(
            app.ask(came, json!([])).await,
            0,
            "it came over the network"
        );
        app.awake().await;
        style_kept(app, "style-").await;
        // A browser that keeps nothing: the page waits for the file, and the next one comes with its styles again.
        app.devtools("Network.enable", json!({})).await;
        app.devtools("Network.setCacheDisabled", json!({ "cacheDisabled": true }))
            .await;
        open_with_data(app, "/").await;
        let fetched = app.ask(STYLES, json!([])).await;
        assert_eq!(fetched, linked);
        app.awake().await;
        style_kept(app, "0").await;
        open_with_data(app, "/").await;
        assert_eq!(app.ask(STYLES, json!([])).await, inline);
    });
}

/// Lets the browser get these files neither from its cache nor from the network.
async fn keep_from(app: &App, files: &str) {
    app.devtools("Network.enable", json!({})).await;
    app.devtools("Network.setCacheDisabled", json!({ "cacheDisabled": true }))
        .await;
    app.devtools("Network.setBlockedURLs", json!({ "urls": [files] }))
        .await;
}

/// A page whose linked styles do not come asks for them once more, then says that it is not whole, and is whole when it
/// is loaded again.
#[test]
fn with_data_a_page_whose_styles_do_not_come_asks_once_more_and_says_so() {
    journey(async |app| {
        home_that_keeps_the_styles(app).await;
        keep_from(app, "*/assets/style-*").await;
        open_with_data(app, "/").await;
        app.shows("[data-rescue=failed]").await;
        let undressed = "return [document.querySelectorAll('link[data-sheet]').length,
            getComputedStyle(document.documentElement).getPropertyValue('--bg')]";
        assert_eq!(app.ask(undressed, json!([])).await, json!([2, ""]));
        style_kept(app, "0").await;
        app.devtools("Network.setBlockedURLs", json!({ "urls": [] }))
            .await;
        app.click("reload").await;
        app.shows_no("[data-rescue]").await;
        app.awake().await;
        let seen = app.ask(STYLES, json!([])).await;
        assert_eq!((&seen[0], &seen[1]), (&json!(0), &json!(1)));
        // The browser says what it was kept from.
        drop(app.driver().browser_log().await);
    });
}

/// A page whose first script does not come from its file comes back with all of it.
#[test]
fn with_data_a_page_whose_script_does_not_come_is_loaded_whole() {
    journey(async |app| {
        home_that_keeps_the_styles(app).await;
        keep_from(app, "*/assets/boot-*").await;
        open_with_data(app, "/").await;
        app.awake().await;
        let seen = app.ask(STYLES, json!([])).await;
        assert_eq!((&seen[0], &seen[1]), (&json!(0), &json!(1)));
        style_kept(app, "0").await;
        app.shows_no("[data-rescue]").await;
        // The browser says what it was kept from.
        drop(app.driver().browser_log().await);
    });
}
