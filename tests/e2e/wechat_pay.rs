use dika_contract::{Issuer, WalletKind};
use serde_json::json;

use crate::harness::{
    App,
    wechat::{
        ANDROID, DESKTOP, IPHONE, PHONE_BROWSER, WINDOWS, WeChat, stranger_journey, wechat_journey,
    },
};

/// Signs in by WeChat, binds, and taps *pay*: gives the order's id, while the bridge is being asked.
pub async fn tap_pay(app: &App, wechat: &WeChat) -> String {
    let me = app.sandbox.ordinary().await;
    wechat.sign_in(app, "/bind/gdut", "bind").await;
    app.bind(&me, Issuer::Gdut).await;
    app.open_top_up(Issuer::Gdut, WalletKind::Main).await;
    app.review("20").await;
    app.click("pay").await;
    app.page("order").await;
    let orders = app.orders().await;
    orders.first().expect("an order").id.to_string()
}

fn pays_without_typing(agent: &'static str) {
    wechat_journey(agent, async |app, wechat| {
        let order = tap_pay(app, wechat).await;
        wechat.pays(app, "ok").await;
        app.order_is(&order, "paid", "waiting").await;
    });
}

#[test]
fn wechat_android_pays_without_typing() {
    pays_without_typing(ANDROID);
}

#[test]
fn wechat_iphone_pays_without_typing() {
    pays_without_typing(IPHONE);
}

#[test]
fn wechat_cancelled_and_failed_can_be_continued() {
    wechat_journey(ANDROID, async |app, wechat| {
        let order = tap_pay(app, wechat).await;
        for outcome in ["cancel", "fail"] {
            wechat.pays(app, outcome).await;
            app.shows(&format!("[data-order='{order}'][data-payment=paying]"))
                .await;
            app.click("continue-payment").await;
        }
        wechat.pays(app, "ok").await;
        app.order_is(&order, "paid", "waiting").await;
        assert_eq!(app.orders().await.len(), 1);
    });
}

#[test]
fn wechat_s_ok_without_money_is_no_payment() {
    wechat_journey(ANDROID, async |app, wechat| {
        let order = tap_pay(app, wechat).await;
        wechat.pays(app, "ok_but_unpaid").await;
        app.shows(&format!("[data-order='{order}'][data-payment=paying]"))
            .await;
    });
}

#[test]
fn wechat_closing_the_page_while_paying_loses_nothing() {
    wechat_journey(ANDROID, async |app, wechat| {
        wechat
            .behaves(json!({ "notify": { "enabled": false } }))
            .await;
        let order = tap_pay(app, wechat).await;
        let wish = wechat.asked_to_pay(app).await;
        wechat.decides(&wish, "paid_but_silent").await;
        // The page is gone; nobody tells the next one.
        let left = app.driver().goto("about:blank").await;
        left.expect("the page closes");
        app.open_order(&order).await;
        app.order_is(&order, "paid", "waiting").await;
    });
}

#[test]
fn wechat_pay_from_a_phone_s_browser_comes_back_to_the_order() {
    wechat_journey(PHONE_BROWSER, async |app, _| {
        let me = app.sandbox.ordinary().await;
        app.with_card(&me, Issuer::Gdut).await;
        app.open_top_up(Issuer::Gdut, WalletKind::Main).await;
        app.review("20").await;
        app.click("pay").await;
        app.click("cashier-pay").await;
        app.page("order").await;
        let order = app.orders().await.remove(0).id;
        app.order_is(order.as_str(), "paid", "waiting").await;
    });
}

#[test]
fn wechat_pay_given_up_at_the_cashier_asks_and_concludes_nothing() {
    wechat_journey(PHONE_BROWSER, async |app, _| {
        let me = app.sandbox.ordinary().await;
        app.with_card(&me, Issuer::Gdut).await;
        app.open_top_up(Issuer::Gdut, WalletKind::Main).await;
        app.review("20").await;
        app.click("pay").await;
        app.click("cashier-cancel").await;
        app.page("order").await;
        let order = app.orders().await.remove(0).id.to_string();
        let open = format!("[data-order='{order}'][data-payment=paying]");
        app.shows(&open).await;
        app.click("i-have-paid").await;
        app.shows("[data-action=i-have-paid]:not([aria-busy=true])")
            .await;
        app.shows(&open).await;
        app.click("continue-payment").await;
        app.click("cashier-pay").await;
        app.page("order").await;
        app.order_is(&order, "paid", "waiting").await;
        assert_eq!(app.orders().await.len(), 1);
    });
}

#[test]
fn wechat_whose_bridge_never_answers_or_never_comes_is_not_waited_for_for_ever() {
    wechat_journey(ANDROID, async |app, wechat| {
        // Minutes are long for a test.
        app.before_every_page(
            "const real = window.setTimeout;
            window.setTimeout = (call, ms, ...rest) => real(call, ms >= 5000 ? ms / 100 : ms, ...rest);",
        )
        .await;
        let order = tap_pay(app, wechat).await;
        wechat.asked_to_pay(app).await;
        let open = format!("[data-order='{order}'][data-payment=paying]");
        app.shows(&open).await;
        app.shows("[data-action=continue-payment]:not([aria-busy=true])")
            .await;
        app.before_every_page(
            "Object.defineProperty(window, 'WeixinJSBridge', { get() {}, set() {} });",
        )
        .await;
        app.reload().await;
        app.page("order").await;
        app.click("continue-payment").await;
        app.shows("[data-action=continue-payment]:not([aria-busy=true])")
            .await;
        app.shows(&open).await;
    });
}

/// What a phone reads off the code on the page, as it is on the screen.
async fn scanned(app: &App) -> String {
    app.shows("[data-scan]").await;
    let picture = app
        .devtools("Page.captureScreenshot", json!({ "format": "png" }))
        .await;
    // The page itself takes its picture apart: light and dark of each dot of the code and a little around it.
    let dots = app
        .driver()
        .execute_async(
            "const [data, done] = arguments, whole = new Image();
            whole.onload = () => {
                const box = document.querySelector('[data-scan]').getBoundingClientRect();
                const scale = whole.width / innerWidth, edge = Math.round(box.width * scale);
                const canvas = new OffscreenCanvas(edge, edge), pen = canvas.getContext('2d');
                pen.drawImage(whole, Math.round(box.x * scale), Math.round(box.y * scale), edge, edge, 0, 0, edge, edge);
                const { data } = pen.getImageData(0, 0, edge, edge);
                let dots = '';
                for (let at = 0; at < data.length; at += 4)
                    dots += String.fromCharCode(48 + ((data[at] + data[at + 1] + data[at + 2]) / 3 >> 2));
                done([edge, dots, box.height / box.width]);
            };
            whole.src = 'data:image/png;base64,' + data;",
            vec![picture["data"].clone()],
        )
        .await
        .expect("the picture is taken apart");
    let dots = dots.json();
    let edge = usize::try_from(dots[0].as_u64().expect("a size")).expect("a size");
    let light: Vec<u8> = dots[1]
        .as_str()
        .expect("dots")
        .bytes()
        .map(|it| (it - 48) << 2)
        .collect();
    assert!(
        (0.95..1.05).contains(&dots[2].as_f64().unwrap_or_default()),
        "a square"
    );
    // The margin that readers need, four modules of some forty: light all around.
    let margin = edge / 20;
    let (mut ring, mut lit) = (0, 0);
    for y in 0..edge {
        for x in 0..edge {
            if x.min(y).min(edge - 1 - x).min(edge - 1 - y) < margin {
                ring += 1;
                lit += usize::from(light[y * edge + x] > 200);
            }
        }
    }
    assert!(
        lit * 100 > ring * 97,
        "the margin is light: {lit} of {ring}"
    );
    let mut seen =
        rqrr::PreparedImage::prepare_from_greyscale(edge, edge, |x, y| light[y * edge + x]);
    let codes = seen.detect_grids();
    assert_eq!(codes.len(), 1, "one code");
    codes[0].decode().expect("a readable code").1
}

/// Whoever darkens the page: the theme, the browser, the system, an extension's filters or its style sheet.
#[test]
fn wechat_pay_s_code_is_read_in_whatever_colours_the_page_is_shown() {
    wechat_journey(DESKTOP, async |app, _| {
        let me = app.sandbox.ordinary().await;
        app.with_card(&me, Issuer::Gdut).await;
        app.open_top_up(Issuer::Gdut, WalletKind::Main).await;
        app.review("20").await;
        app.click("pay").await;
        app.page("order").await;
        let plain = scanned(app).await;
        let sheet = |css: &str| {
            format!(
                "const sheet = new CSSStyleSheet();
                sheet.replaceSync({});
                document.adoptedStyleSheets = [sheet];",
                json!(css)
            )
        };
        for (name, css) in [
            ("inverted", "html { filter: invert(1) }"),
            ("inverted body", "body { filter: invert(0.92) hue-rotate(180deg) }"),
            (
                "inverted, pictures turned back",
                "html { filter: invert(1) hue-rotate(180deg) }
                img, video { filter: invert(1) hue-rotate(180deg) !important }",
            ),
            ("inverted main", "main { filter: contrast(.95) invert(100%) }"),
            (
                "dark sheet",
                "* { background-color: #111 !important; color: #ddd !important; fill: #ddd !important;
                    border-color: #444 !important }",
            ),
        ] {
            app.ask(&sheet(css), json!([])).await;
            // It is looked at on every return.
            app.ask("dispatchEvent(new Event('pageshow'))", json!([])).await;
            tokio::time::sleep(std::time::Duration::from_millis(500)).await;
            assert_eq!(scanned(app).await, plain, "{name}");
        }
        app.ask(&sheet(""), json!([])).await;
        app.ask("dispatchEvent(new Event('pageshow'))", json!([]))
            .await;
        app.shows("[data-scan]:not([data-turned])").await;
        app.ask("document.documentElement.dataset.theme = 'dark'", json!([]))
            .await;
        assert_eq!(scanned(app).await, plain, "the dark theme");
        app.devtools(
            "Emulation.setAutoDarkModeOverride",
            json!({ "enabled": true }),
        )
        .await;
        for theme in ["light", "dark"] {
            app.prefers(&[("prefers-color-scheme", theme)]).await;
            tokio::time::sleep(std::time::Duration::from_millis(300)).await;
            assert_eq!(
                scanned(app).await,
                plain,
                "darkened by the browser ({theme})"
            );
        }
        app.prefers(&[
            ("forced-colors", "active"),
            ("prefers-color-scheme", "dark"),
        ])
        .await;
        assert_eq!(scanned(app).await, plain, "the system's colours");
    });
}

fn pays_by_scanning(agent: &'static str) {
    wechat_journey(agent, async |app, wechat| {
        let me = app.sandbox.ordinary().await;
        app.goto("/sign-in?by=phone").await;
        app.with_card(&me, Issuer::Gdut).await;
        app.open_top_up(Issuer::Gdut, WalletKind::Main).await;
        app.review("20").await;
        app.click("pay").await;
        app.page("order").await;
        let code = scanned(app).await;
        let order = app.orders().await.remove(0).id.to_string();
        app.shows(&format!("[data-order='{order}'][data-payment=paying]"))
            .await;
        let label = app.attribute("[data-scan]", "alt").await;
        assert!(label.is_some_and(|label| label.contains("二维码")));
        wechat.pay_scanned(&code).await;
        app.order_is(&order, "paid", "waiting").await;
        app.shows_no("[data-scan]").await;
    });
}

#[test]
fn wechat_pay_on_a_desktop_is_scanned() {
    pays_by_scanning(DESKTOP);
}

#[test]
fn wechat_on_a_desktop_is_scanned_too() {
    pays_by_scanning(WINDOWS);
}

#[test]
fn wechat_pay_s_code_runs_out_and_another_is_drawn() {
    wechat_journey(DESKTOP, async |app, _| {
        app.before_every_page(
            // The page's own clock, by which it counts on from the server's time.
            "const real = performance.now.bind(performance);
            window.later = 0;
            performance.now = () => real() + window.later;",
        )
        .await;
        let me = app.sandbox.ordinary().await;
        app.with_card(&me, Issuer::Gdut).await;
        app.open_top_up(Issuer::Gdut, WalletKind::Main).await;
        app.review("20").await;
        app.click("pay").await;
        app.shows("[data-scan]").await;
        app.ask(
            "window.later = 3 * 3600 * 1000; window.dispatchEvent(new Event('pageshow'))",
            json!([]),
        )
        .await;
        app.shows_no("[data-scan]").await;
        app.reads("这个二维码过期了").await;
        app.ask("window.later = 0", json!([])).await;
        app.click("continue-payment").await;
        app.shows("[data-scan]").await;
    });
}

#[test]
fn wechat_s_name_is_enough_to_try_everything_in_the_sandbox() {
    stranger_journey(ANDROID, async |app, _| {
        let me = app.sandbox.ordinary().await;
        let gdut = me.gdut();
        app.open_page("/", "home").await;
        app.click("bind-card").await;
        app.page("bind-choose").await;
        app.click("choose-gdut").await;
        app.page("bind").await;
        app.type_into("account", &gdut.account).await;
        app.type_into("password", &gdut.password).await;
        app.click("bind").await;
        app.page("confirm-identity").await;
        app.click("identity-yes").await;
        app.page("card").await;
        app.tap("[data-wallet=main] [data-action=top-up]").await;
        app.page("top-up").await;
        app.review("20").await;
        app.click("pay").await;
        app.page("order").await;
        app.click("bridge-cancel").await;
        app.click("continue-payment").await;
        app.click("bridge-pay").await;
        let order = app.orders().await.remove(0).id;
        app.order_is(order.as_str(), "paid", "waiting").await;
        assert_eq!(
            app.amounts(Issuer::Gdut, WalletKind::Main).await.waiting,
            2_000
        );
    });
}

#[test]
fn wechat_pay_survives_the_server_s_death_between_payment_and_notification() {
    wechat_journey(ANDROID, async |app, wechat| {
        let before = {
            let me = app.sandbox.ordinary().await;
            wechat.sign_in(app, "/bind/gdut", "bind").await;
            app.bind(&me, Issuer::Gdut).await;
            app.amounts(Issuer::Gdut, WalletKind::Main).await.waiting
        };
        app.open_top_up(Issuer::Gdut, WalletKind::Main).await;
        app.review("20").await;
        app.click("pay").await;
        app.page("order").await;
        let order = app.orders().await.remove(0).id.to_string();
        // The notification comes to a server that is not there, and is given up.
        wechat
            .behaves(json!({ "notify": { "retry_ms": [] } }))
            .await;
        let wish = wechat.asked_to_pay(app).await;
        let left = app.driver().goto("about:blank").await;
        left.expect("the page closes");
        app.server().kill();
        wechat.decides(&wish, "paid_but_silent").await;
        let asked = wechat.calls("query").await;
        app.server().revive();
        // Nobody looks; the server asks by itself.
        for _ in 0..200 {
            if wechat.calls("query").await > asked {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
        assert!(
            wechat.calls("query").await > asked,
            "nobody asked WeChat Pay"
        );
        app.open_order(&order).await;
        app.order_is(&order, "paid", "waiting").await;
        assert_eq!(app.orders().await.len(), 1);
        let after = app.amounts(Issuer::Gdut, WalletKind::Main).await.waiting;
        assert_eq!(after, before + 2_000, "once");
    });
}
