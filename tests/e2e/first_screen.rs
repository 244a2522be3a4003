//! What a page is for lies on its first screen, on small phones, in both languages.

use dika_contract::{Issuer, WalletKind};
use serde_json::json;

use crate::harness::{App, Options, artefacts, journey_with};

const SCREENS: [(u32, u32); 3] = [(320, 568), (375, 667), (360, 740)];
const SIX_HOURS: u32 = 6 * 3600;

/// Empty, or what of the element lies outside of the first screen. The pinned tab bar covers the screen's end.
const HIDDEN: &str = "
    scrollTo(0, 0);
    const all = document.querySelectorAll(arguments[0]);
    const it = all[all.length - 1];
    if (!it) return 'is missing';
    const bar = document.querySelector('.tabs');
    const pinned = bar && getComputedStyle(bar).position === 'sticky';
    const end = pinned ? innerHeight - bar.getBoundingClientRect().height : innerHeight;
    const box = it.getBoundingClientRect();
    return box.bottom > end ? `ends at ${Math.round(box.bottom)} of ${Math.round(end)}` : '';
";

/// Notes where the last element of that kind is not on the first screen of the page as it is.
async fn look(
    app: &App,
    page: &str,
    language: &str,
    css: &str,
    all: bool,
    hidden: &mut Vec<String>,
) {
    for (width, height) in SCREENS {
        if !all && width == 320 {
            continue;
        }
        app.screen(width, height).await;
        let said = app.ask(HIDDEN, json!([css])).await;
        let said = said.as_str().unwrap_or("?");
        let file = format!("{page}-{language}-{width}.png");
        let folder = artefacts("first-screen");
        std::fs::create_dir_all(&folder).expect("the folder can be made");
        app.picture(&folder.join(file)).await;
        if !said.is_empty() {
            hidden.push(format!(
                "{page}, {language}, {width}×{height}: {css} {said}"
            ));
        }
    }
}

async fn walk(app: &App, language: &str) -> Vec<String> {
    let mut hidden = Vec::new();
    app.open_page("/", "home").await;
    look(
        app,
        "home-first",
        language,
        "main [data-action=bind-card]",
        true,
        &mut hidden,
    )
    .await;
    app.open_page("/sign-in", "sign-in").await;
    look(app, "sign-in", language, "[name=phone]", true, &mut hidden).await;

    let me = app.sandbox.ordinary().await;
    app.with_card(&me, Issuer::Gdut).await;
    app.shows("[data-page=card] [data-action=bind-card]").await;
    look(
        app,
        "card-added",
        language,
        ".tone-success",
        true,
        &mut hidden,
    )
    .await;
    app.open_page("/bind", "bind-choose").await;
    app.wait(
        "the card that is added already to be marked",
        "const [one, other] = ['gdut', 'hemc'].map(it =>
            document.querySelector(`[data-action=choose-${it}] svg`)?.outerHTML);
        return one && other && one !== other",
        json!([]),
    )
    .await;
    look(
        app,
        "bind-choose",
        language,
        "[data-action=choose-hemc]",
        true,
        &mut hidden,
    )
    .await;
    app.bind(&me, Issuer::Hemc).await;
    app.open_page("/", "home").await;
    app.shows("[data-issuer=hemc]").await;
    // At 320 × 568 the second card's last wallet is below.
    look(
        app,
        "home-two",
        language,
        "[data-action=top-up]",
        false,
        &mut hidden,
    )
    .await;
    look(
        app,
        "home-two",
        language,
        "[data-issuer=gdut] [data-action=top-up]",
        true,
        &mut hidden,
    )
    .await;
    app.open_top_up(Issuer::Hemc, WalletKind::Utilities).await;
    app.shows("[data-action=review]").await;
    look(
        app,
        "top-up",
        language,
        "[data-action=review]",
        true,
        &mut hidden,
    )
    .await;
    app.review("50").await;
    look(
        app,
        "review",
        language,
        "[data-action=edit]",
        true,
        &mut hidden,
    )
    .await;
    let order = app.pay().await;
    app.cashier_pay().await;
    app.order_is(&order, "paid", "waiting").await;
    app.shows(".countdown").await;
    look(
        app,
        "order-waiting",
        language,
        ".countdown",
        true,
        &mut hidden,
    )
    .await;
    app.open_page("/", "home").await;
    app.shows("[data-claim=waiting]").await;
    look(
        app,
        "home-waiting",
        language,
        "[data-claim=waiting]",
        true,
        &mut hidden,
    )
    .await;
    app.sandbox.advance(SIX_HOURS + 60).await;
    app.open_order(&order).await;
    app.order_is(&order, "paid", "needs_confirmation").await;
    look(
        app,
        "order-late",
        language,
        "[data-action=confirm-claim]",
        true,
        &mut hidden,
    )
    .await;
    app.ask("scrollTo(0, 300)", json!([])).await;
    app.click("confirm-claim").await;
    app.order_is(&order, "paid", "waiting").await;
    look(
        app,
        "order-reopened",
        language,
        ".countdown",
        true,
        &mut hidden,
    )
    .await;
    app.open_page("/", "home").await;
    app.shows("[data-claim=waiting]").await;
    app.sandbox.tap(&me.hemc().card_no, "hemc_top_up").await;
    app.shows(".tone-success").await;
    look(
        app,
        "home-arrived",
        language,
        ".tone-success",
        true,
        &mut hidden,
    )
    .await;
    hidden
}

#[test]
fn first_screen_holds_what_the_page_is_for() {
    for language in ["zh-CN", "en"] {
        let options = Options {
            language,
            ..Options::default()
        };
        journey_with(options, async |app| {
            let hidden = walk(app, language).await;
            assert!(hidden.is_empty(), "{}", hidden.join("\n"));
        });
    }
}
