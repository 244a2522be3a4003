//! Every page in every state: the walk that judges of looks and access take.
//!
//! What the sandbox brings about by itself is brought about; where it can't, an answer of the API is
//! changed on its way into the page, see [`pretend`]: an order not yet handed to the provider, one on
//! its way back (the sandbox pays back at once), a closed card (nobody's is), an answer that names
//! another order. Not walked: states and words that only a newer server may send
//! (`unknown_words.rs`), and what only WeChat's own engine shows.

use dika_contract::{ErrorCode, Issuer, WalletKind};
use serde_json::json;

use crate::harness::{App, Person, wechat::WeChat};

/// Waits until the shown state stands still, and hands it to the judge.
async fn show<J: AsyncFn(&App, &str)>(app: &App, judge: &J, name: &str) {
    app.wait(
        "the page to stand still",
        "return !document.querySelector('main [aria-busy=true], main .skeleton:not([aria-hidden] *)')",
        json!([]),
    )
    .await;
    judge(app, name).await;
}

/// Chooses the first or the last answer of every question on the page, as long as new ones come.
async fn answer_all(app: &App, last: bool) {
    for _ in 0..8 {
        let more = app
            .ask(
                "const open = [...document.querySelectorAll('main input[type=radio]')]
                    .filter(it => !document.querySelector(`main input[name='${it.name}']:checked`));
                const same = open.filter(it => it.name === open[0]?.name);
                (arguments[0] ? same.at(-1) : same[0])?.click();
                return same.length > 0;",
                json!([last]),
            )
            .await;
        if more != true {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(60)).await;
    }
}

/// Changes answers of the API on their way into a page whose address has `?as=key:value`: the first
/// `key` of each answer gets this value, where `of=METHOD:path` names the call. With `?hold` what is said for a moment stays.
async fn pretend(app: &App) {
    app.before_every_page(
        "{
        const asked = new URLSearchParams(location.search), real = window.fetch;
        const [key, value] = (asked.get('as') ?? '').split(':');
        const [method, part] = (asked.get('of') ?? '').split(':');
        if (value) window.fetch = async (what, ...more) => {
            const url = String(what.url ?? what), does = what.method ?? more[0]?.method ?? 'GET';
            const reply = await real(what, ...more);
            if (does !== method || !url.includes(`/api/v1/${part}`)) return reply;
            const text = (await reply.text()).replace(
                new RegExp(`\"${key}\":(\"[^\"]*\"|[0-9]+)`), (_, before) =>
                    `\"${key}\":${before[0] === '\"' ? JSON.stringify(value) : value}`);
            const { status, headers } = reply;
            return new Response(text, { status, headers });
        };
        if (asked.has('hold')) {
            const later = window.setTimeout;
            window.setTimeout = (call, ms, ...rest) => ms === 2500 ? 0 : later(call, ms, ...rest);
        } }",
    )
    .await;
}

/// The address of a page that takes an answer for another. One that came with its data would ask for none.
fn as_if(path: &str, of: &str, key: &str, value: &str) -> String {
    format!("{path}?shell&of={of}&as={key}:{value}")
}

/// Opens what can be opened on the page.
async fn unfold(app: &App) {
    let script = "document.querySelectorAll('main details').forEach(it => { it.open = true; })";
    app.ask(script, json!([])).await;
}

/// What everyone may read.
async fn open_pages<J: AsyncFn(&App, &str)>(app: &App, judge: &J) {
    for (path, page) in [
        ("/", "home"),
        ("/guide", "guide"),
        ("/guide/which-card", "which-card"),
        ("/guide/new-student", "new-student"),
        ("/guide/password", "password-helper"),
        ("/service-points", "service-points"),
        ("/settings", "settings"),
        ("/nowhere", "not-found"),
    ] {
        app.open_page(path, page).await;
        let name = if page == "home" { "home-first" } else { page };
        show(app, judge, name).await;
        match page {
            "which-card" | "new-student" => {
                answer_all(app, false).await;
                show(app, judge, &format!("{page}-answered")).await;
            }
            "password-helper" => {
                app.type_into("id_tail", "12").await;
                show(app, judge, "password-helper-too-short").await;
                app.type_into("id_tail", "412345X").await;
                app.shows("[data-password]").await;
                show(app, judge, "password-helper-answered").await;
            }
            "service-points" => {
                app.type_into("q", "zzz").await;
                app.shows_no("[data-service-point]").await;
                show(app, judge, "service-points-none").await;
            }
            "guide" => {
                unfold(app).await;
                show(app, judge, "guide-unfolded").await;
            }
            _ => {}
        }
    }
    for (last, name) in [(false, "money-triage-first"), (true, "money-triage-last")] {
        app.open_page("/where-is-my-money", "money-triage").await;
        if !last {
            show(app, judge, "money-triage").await;
        }
        answer_all(app, last).await;
        unfold(app).await;
        show(app, judge, name).await;
    }
    // What is shown where the app can't start or trips.
    app.ask("dispatchEvent(new CustomEvent('dika:panic'))", json!([]))
        .await;
    app.shows("[data-rescue=crashed]").await;
    show(app, judge, "rescue").await;
}

/// From the sign-in page to two bound cards.
async fn binding<J: AsyncFn(&App, &str)>(app: &App, judge: &J, me: &Person) {
    app.open_page("/sign-in?to=/bind", "sign-in").await;
    show(app, judge, "sign-in").await;
    app.click("sign-in").await;
    app.shows("[aria-invalid=true]").await;
    show(app, judge, "sign-in-empty").await;
    app.type_into("phone", &me.phone).await;
    app.click("send-code").await;
    let code = app.sandbox.sms(&me.phone, None).await;
    app.type_into("code", if code == "000000" { "000001" } else { "000000" })
        .await;
    app.click("sign-in").await;
    app.shows("[data-error]").await;
    show(app, judge, "sign-in-wrong-code").await;
    app.type_into("code", &code).await;
    app.click("sign-in").await;
    app.page("bind-choose").await;
    show(app, judge, "bind-choose").await;
    app.open_page("/", "home").await;
    app.shows("main [data-action=bind-card]").await;
    show(app, judge, "home-no-card").await;
    app.open_page("/orders", "orders").await;
    show(app, judge, "orders-none").await;

    for (issuer, name) in [(Issuer::Gdut, "bind-gdut"), (Issuer::Hemc, "bind-hemc")] {
        app.open_page(&format!("/bind/{issuer}"), "bind").await;
        unfold(app).await;
        show(app, judge, name).await;
    }
    app.open_page("/bind/gdut", "bind").await;
    app.click("bind").await;
    app.shows("[aria-invalid=true]").await;
    show(app, judge, "bind-empty").await;
    app.sandbox
        .refuse(
            "POST",
            "/api/v1/bindings",
            ErrorCode::WrongAccountOrPassword,
        )
        .await;
    app.ask_to_bind(me, Issuer::Gdut).await;
    app.shows("[data-error]").await;
    show(app, judge, "bind-refused").await;

    app.ask_to_bind(me, Issuer::Gdut).await;
    app.shows("[data-action=identity-yes]").await;
    show(app, judge, "confirm").await;
    app.click("identity-unsure").await;
    app.shows("[data-answer=cannot-tell]").await;
    show(app, judge, "confirm-cannot-tell").await;
    app.ask_to_bind(me, Issuer::Gdut).await;
    app.click("identity-no").await;
    app.shows("[data-answer=not-me]").await;
    show(app, judge, "confirm-not-me").await;
    app.ask_to_bind(me, Issuer::Gdut).await;
    app.shows("[data-action=identity-yes]").await;
    let question = app.path().await;
    app.click("identity-yes").await;
    app.page("card").await;
    app.open_page(&question, "confirm-identity").await;
    app.shows("[data-answer=confirmed]").await;
    show(app, judge, "confirm-confirmed").await;
    app.bind(me, Issuer::Hemc).await;
}

/// Cards and top-ups of one who has two cards.
async fn topping_up<J: AsyncFn(&App, &str)>(app: &App, judge: &J) -> Vec<String> {
    let card = app.card(Issuer::Hemc).await.id;
    app.open_page(&format!("/cards/{card}"), "card").await;
    app.shows("[data-action=unbind]").await;
    show(app, judge, "card").await;
    app.click("unbind").await;
    app.shows("[role=dialog]").await;
    show(app, judge, "card-unbind").await;

    app.open_top_up(Issuer::Gdut, WalletKind::Main).await;
    app.shows("input[name=amount]").await;
    show(app, judge, "top-up").await;
    app.type_into("amount", "20.001").await;
    app.click("review").await;
    app.shows("[aria-invalid=true]").await;
    show(app, judge, "top-up-error").await;
    app.type_into("amount", "500.01").await;
    app.click("review").await;
    app.shows("[aria-invalid=true]").await;
    show(app, judge, "top-up-over-limit").await;
    app.open_top_up(Issuer::Hemc, WalletKind::Utilities).await;
    app.review("50").await;
    app.shows("main .notice.tone-warn").await;
    show(app, judge, "top-up-large").await;
    app.open_top_up(Issuer::Gdut, WalletKind::Main).await;
    app.review("50").await;
    show(app, judge, "top-up-review").await;
    app.sandbox
        .refuse("POST", "/api/v1/top-ups", ErrorCode::PaymentUnavailable)
        .await;
    app.click("pay").await;
    app.shows("[data-error]").await;
    show(app, judge, "top-up-refused").await;
    // The order is kept, and the page that it leads to closes it: nobody was asked for money.
    let gdut_card = app.card(Issuer::Gdut).await.id;
    let top_up = format!("/cards/{gdut_card}/top-up/main");
    app.open_page(
        &as_if(&top_up, "POST:top-ups", "amount_fen", "500000"),
        "top-up",
    )
    .await;
    app.review("40").await;
    app.click("pay").await;
    app.shows("main [data-action=open-order]").await;
    show(app, judge, "top-up-mismatch").await;
    app.click("open-order").await;
    app.page("order").await;
    app.click("cancel-order").await;
    app.shows("[data-payment=closed]").await;

    let mut orders = Vec::new();
    let gdut = (Issuer::Gdut, WalletKind::Main);
    let unpaid = app.order(gdut.0, gdut.1, "50").await;
    app.open_order(&unpaid).await;
    app.shows("[data-payment=paying]").await;
    show(app, judge, "order-paying").await;
    let path = format!("/orders/{unpaid}");
    app.open_page(&as_if(&path, "GET:top-ups", "payment", "created"), "order")
        .await;
    app.shows("[data-payment=created]").await;
    show(app, judge, "order-unpaid").await;
    app.open_top_up(gdut.0, gdut.1).await;
    app.shows("[data-action=open-order]").await;
    show(app, judge, "top-up-unpaid").await;
    app.open_order(&unpaid).await;
    app.click("cancel-order").await;
    app.shows("[data-payment=closed]").await;
    show(app, judge, "order-closed").await;
    for (outcome, payment) in [
        ("failed", "failed"),
        ("paid", "paid"),
        ("silent", "unknown"),
    ] {
        let order = app.order(gdut.0, gdut.1, "30").await;
        app.sandbox.pay(&order, outcome).await;
        app.open_order(&order).await;
        app.shows(&format!("[data-payment={payment}]")).await;
        show(app, judge, &format!("order-{payment}")).await;
        orders.push(order);
    }
    let order = app.top_up(Issuer::Hemc, WalletKind::Main, "10").await;
    app.order_is(&order, "paid", "not_needed").await;
    show(app, judge, "order-not-needed").await;
    let path = format!("/orders/{order}");
    app.open_page(
        &as_if(&path, "GET:top-ups", "payment", "refunding"),
        "order",
    )
    .await;
    app.shows("[data-payment=refunding]").await;
    show(app, judge, "order-refunding").await;
    app.open_page(&format!("{path}?hold"), "order").await;
    app.click("copy-evidence").await;
    app.shows(".toast").await;
    show(app, judge, "order-copied").await;
    app.open_page(&path, "order").await;
    app.ask("document.execCommand = () => false", json!([]))
        .await;
    app.click("copy-evidence").await;
    app.shows("main .prose").await;
    show(app, judge, "order-copy-by-hand").await;
    orders.push(app.top_up(Issuer::Hemc, WalletKind::Utilities, "10").await);
    show(app, judge, "order-utilities").await;
    orders
}

/// Orders later on; lists; an API that does not answer.
async fn later<J: AsyncFn(&App, &str)>(app: &App, judge: &J, me: &Person, orders: &[String]) {
    let [_, paid, _, utilities] = orders else {
        panic!("four orders were made")
    };
    app.open_page("/", "home").await;
    app.shows("[data-claim=waiting]").await;
    show(app, judge, "home-waiting").await;
    app.sandbox.tap(&me.gdut().card_no, "gdut_load").await;
    app.open_order(paid).await;
    app.order_is(paid, "paid", "claimed").await;
    show(app, judge, "order-claimed").await;
    app.open_page("/orders", "orders").await;
    app.shows("[data-order]").await;
    show(app, judge, "orders").await;

    // What was shown last, marked with its time, and nothing newer to be had.
    app.sandbox.fault("GET", "/api/v1/cards", "error", 9).await;
    app.open_page("/", "home").await;
    app.shows("[data-action=retry]").await;
    show(app, judge, "home-stale").await;
    // And with nothing to show at all.
    app.ask("localStorage.removeItem('dika.home')", json!([]))
        .await;
    app.open_page("/", "home").await;
    app.shows("main .empty [data-action=retry]").await;
    show(app, judge, "home-fault").await;
    app.sandbox.mend().await;
    app.open_page("/settings", "settings").await;
    app.shows("[data-action=sign-out]").await;
    show(app, judge, "settings-signed-in").await;
    app.sandbox
        .fault("GET", "/api/v1/top-ups", "error", 9)
        .await;
    app.open_page("/orders", "orders").await;
    app.shows("[data-action=retry]").await;
    show(app, judge, "orders-fault").await;
    app.sandbox.mend().await;
    app.open_page("/orders/no-such-order", "order").await;
    app.shows("main [data-action=home]").await;
    show(app, judge, "order-not-found").await;
    // Still on its way.
    app.before_every_page(
        "{
        const real = window.fetch;
        if (location.search === '?shell&still') window.fetch = (what, ...more) =>
            String(what.url ?? what).includes('/top-ups') ? new Promise(() => {}) : real(what, ...more);
        }",
    )
    .await;
    app.open_page("/orders?shell&still", "orders").await;
    app.shows(".skeleton").await;
    judge(app, "orders-waiting").await;

    app.sandbox.advance(6 * 3600 + 60).await;
    app.open_order(utilities).await;
    app.order_is(utilities, "paid", "needs_confirmation").await;
    show(app, judge, "order-needs-confirmation").await;
}

/// Forgets who is here, as on another's phone.
async fn leave(app: &App) {
    let forgot = app.driver().delete_all_cookies().await;
    forgot.expect("the browser forgets who it was");
    app.ask("localStorage.clear(); sessionStorage.clear();", json!([]))
        .await;
}

/// Cards that take no money, each with its own words and ways on.
async fn cards_that_take_nothing<J: AsyncFn(&App, &str)>(app: &App, judge: &J) {
    for (state, words) in [
        ("lost", ["lost", "\u{6302}\u{5931}"]),
        ("frozen", ["frozen", "\u{51bb}\u{7ed3}"]),
        ("expired", ["expired", "\u{8fc7}\u{671f}"]),
        ("replaced", ["replaced", "\u{6362}"]),
    ] {
        let me = app.sandbox.noted(&words).await;
        leave(app).await;
        app.sign_in(&me).await;
        app.ask_to_bind(&me, Issuer::Gdut).await;
        app.shows("[data-action=identity-yes]").await;
        if state == "lost" {
            show(app, judge, "confirm-lost").await;
        }
        app.click("identity-yes").await;
        app.page("card").await;
        app.shows("[data-action=unbind]").await;
        show(app, judge, &format!("card-{state}")).await;
        if state == "lost" {
            let card = app.card(Issuer::Gdut).await.id;
            app.open_page(&format!("/cards/{card}/top-up/main"), "top-up")
                .await;
            app.shows("[data-action=back-to-card]").await;
            show(app, judge, "top-up-lost").await;
            app.open_page("/", "home").await;
            app.shows("[data-card]").await;
            show(app, judge, "home-lost").await;
            let path = format!("/cards/{card}");
            app.open_page(&as_if(&path, "GET:cards", "status", "closed"), "card")
                .await;
            app.shows("[data-action=unbind]").await;
            show(app, judge, "card-closed").await;
        }
    }
}

/// Paid twice where only one fits: a closed order that is paid late goes back.
async fn refunded<J: AsyncFn(&App, &str)>(app: &App, judge: &J) {
    let me = app.sandbox.noted(&["near their cap"]).await;
    leave(app).await;
    app.with_card(&me, Issuer::Gdut).await;
    let late = app.order(Issuer::Gdut, WalletKind::Main, "10").await;
    app.open_order(&late).await;
    app.click("cancel-order").await;
    app.shows("[data-payment=closed]").await;
    app.top_up(Issuer::Gdut, WalletKind::Main, "10").await;
    app.sandbox.pay(&late, "paid").await;
    app.open_order(&late).await;
    app.shows("[data-payment=refunded]").await;
    show(app, judge, "order-refunded").await;
}

/// A question that was answered too late.
async fn expired<J: AsyncFn(&App, &str)>(app: &App, judge: &J) {
    let me = app.sandbox.with_letter().await;
    leave(app).await;
    app.sign_in(&me).await;
    app.ask_to_bind(&me, Issuer::Gdut).await;
    app.shows("[data-action=identity-yes]").await;
    app.sandbox.advance(3600).await;
    app.click("identity-yes").await;
    app.shows("[data-answer=expired]").await;
    show(app, judge, "confirm-expired").await;
}

/// Walks through every page in every state, and shows each to the judge under its name.
pub async fn every_state(app: &App, judge: impl AsyncFn(&App, &str)) {
    let me = app.sandbox.ordinary().await;
    pretend(app).await;
    open_pages(app, &judge).await;
    binding(app, &judge, &me).await;
    let orders = topping_up(app, &judge).await;
    later(app, &judge, &me, &orders).await;
    cards_that_take_nothing(app, &judge).await;
    refunded(app, &judge).await;
    expired(app, &judge).await;
}

/// Walks through what there is only inside WeChat; `wechat` is all that stands for it there, so the
/// sandbox's own stand-in for the bridge is shown too.
pub async fn every_state_inside_wechat(
    app: &App,
    wechat: &WeChat,
    judge: impl AsyncFn(&App, &str),
) {
    let me = app.sandbox.ordinary().await;
    wechat
        .fails(json!({ "call": "swap_code", "fault": { "kind": "err_code", "errcode": 40029 } }))
        .await;
    app.goto("/orders").await;
    app.page("sign-in").await;
    app.shows("[data-action=sign-in-wechat]").await;
    show(app, &judge, "sign-in-wechat-failed").await;
    wechat.works_again().await;
    app.click("sign-in-wechat").await;
    app.page("orders").await;
    app.open_page("/bind", "bind-choose").await;
    app.click("choose-hemc").await;
    app.page("sign-in").await;
    show(app, &judge, "sign-in-phone-once").await;
    app.bind(&me, Issuer::Gdut).await;
    app.open_top_up(Issuer::Gdut, WalletKind::Main).await;
    app.review("20").await;
    app.click("pay").await;
    app.page("order").await;
    app.shows("[data-action=bridge-cancel]").await;
    judge(app, "order-bridge").await;
    app.click("bridge-cancel").await;
    app.shows("[data-action=continue-payment]").await;
    show(app, &judge, "order-bridge-cancelled").await;
}

/// Walks through what there is only on a desktop, where a phone scans the code.
pub async fn every_state_on_a_desktop(app: &App, judge: impl AsyncFn(&App, &str)) {
    let me = app.sandbox.ordinary().await;
    app.before_every_page(
        // The page's own clock, by which it counts on from the server's time.
        "const real = performance.now.bind(performance); window.later = 0;
        performance.now = () => real() + window.later;",
    )
    .await;
    app.goto("/sign-in?by=phone").await;
    app.with_card(&me, Issuer::Gdut).await;
    app.open_top_up(Issuer::Gdut, WalletKind::Main).await;
    app.review("20").await;
    app.click("pay").await;
    app.page("order").await;
    app.shows("[data-scan]").await;
    judge(app, "order-scan").await;
    app.ask(
        "window.later = 3 * 3600 * 1000; dispatchEvent(new Event('pageshow'))",
        json!([]),
    )
    .await;
    app.shows_no("[data-scan]").await;
    app.shows("main .notice.tone-warn").await;
    judge(app, "order-scan-over").await;
}
