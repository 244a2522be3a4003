use dika_contract::{Issuer, WalletKind};

use crate::harness::journey;

#[test]
fn triage_ends_in_a_phone_or_an_action_whatever_is_answered() {
    journey(async |app| {
        let me = app.sandbox.ordinary().await;
        app.with_card(&me, Issuer::Hemc).await;
        let order = app.top_up(Issuer::Hemc, WalletKind::Utilities, "10").await;
        app.order_is(&order, "paid", "waiting").await;
        for last in [false, true] {
            app.open_page("/where-is-my-money", "money-triage").await;
            for _ in 0..12 {
                // Answers what is not answered yet: the first answer, or the last.
                app.ask(
                    "const open = [...document.querySelectorAll('main input[type=radio]')]
                        .filter(it => it.getClientRects().length || it.labels?.[0]?.getClientRects().length)
                        .filter(it => !document.querySelector(`main input[name='${it.name}']:checked`));
                    const same = open.filter(it => it.name === open[0]?.name);
                    const choice = arguments[0] ? same.at(-1) : same[0];
                    (choice?.labels?.[0] ?? choice)?.click();",
                    serde_json::json!([last]),
                )
                .await;
                tokio::time::sleep(std::time::Duration::from_millis(100)).await;
            }
            app.shows("main a[href^='tel:'], main a[href^='/orders'], main a[href^='/cards'], main a[href^='/bind']")
                .await;
            crate::harness::assert_plain(&app.main_text().await, "the end of the questions");
        }
    });
}
