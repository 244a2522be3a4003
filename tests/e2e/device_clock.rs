use dika_contract::{Issuer, WalletKind};
use serde_json::json;

use crate::harness::{App, journey};

/// Makes the device's clock wrong by so many minutes, from the next page on.
async fn set_off(app: &App, minutes: i64) {
    app.before_every_page(&format!(
        "{{
            const by = {minutes} * 60_000, Real = Date;
            Date = class extends Real {{
                constructor(...given) {{ given.length ? super(...given) : super(Real.now() + by); }}
                static now() {{ return Real.now() + by; }}
            }};
        }}"
    ))
    .await;
}

/// Hours and minutes left, as the page says them, in minutes.
async fn minutes_left(app: &App) -> i64 {
    app.wait(
        "time left",
        "return /还剩.*\\d/.test(document.querySelector('[role=timer]')?.textContent ?? '')",
        json!([]),
    )
    .await;
    let text = app
        .ask(
            "return document.querySelector('[role=timer]').textContent",
            json!([]),
        )
        .await;
    let text = text.as_str().unwrap_or_default();
    let text = text.rsplit("还剩").next().unwrap_or_default().to_owned();
    let number_before = |unit: &str| {
        let before = text.split(unit).next().filter(|_| text.contains(unit));
        let digits: String = before
            .unwrap_or_default()
            .trim_end()
            .chars()
            .rev()
            .take_while(char::is_ascii_digit)
            .collect();
        digits
            .chars()
            .rev()
            .collect::<String>()
            .parse()
            .unwrap_or(0)
    };
    number_before("小时") * 60 + number_before("分")
}

#[test]
fn device_clock_does_not_decide_what_is_left_of_six_hours() {
    for minutes in [-480, -33, 33, 95, 480] {
        journey(async |app| {
            let me = app.sandbox.ordinary().await;
            app.with_card(&me, Issuer::Hemc).await;
            set_off(app, minutes).await;
            app.top_up(Issuer::Hemc, WalletKind::Utilities, "10").await;
            let left = minutes_left(app).await;
            assert!(
                (358..=360).contains(&left),
                "{left} min left, with a clock off by {minutes} min"
            );
            // Neither does the home page go by it.
            app.open_page("/", "home").await;
            app.shows("[data-claim=waiting]").await;
            app.wait(
                &format!("six hours left at home, with a clock off by {minutes} min"),
                "return /还剩 (6 小时|5 小时 5\\d 分)/.test(document.querySelector('main').innerText)",
                json!([]),
            )
            .await;
        });
    }
}

#[test]
fn device_clock_does_not_decide_which_months_are_shown() {
    for days in [-200, 200] {
        journey(async |app| {
            let me = app.sandbox.ordinary().await;
            app.with_card(&me, Issuer::Gdut).await;
            set_off(app, days * 1_440).await;
            app.top_up(Issuer::Gdut, WalletKind::Main, "20").await;
            app.open_page("/orders", "orders").await;
            app.reads("¥20.00（").await;
        });
    }
}
