use std::sync::Arc;

use axum::{
    Form,
    extract::State,
    response::{Html, Redirect},
};
use serde::Deserialize;

use crate::{
    faults::{Fault, FaultRule},
    shared::Shared,
};

/// What the page offers: the form's value, and the words for it.
const OFFERED: [(&str, &str); 12] = [
    (
        "refuse isv.BUSINESS_LIMIT_CONTROL",
        "Aliyun: limit per number",
    ),
    ("refuse isv.MOBILE_NUMBER_ILLEGAL", "Aliyun: number illegal"),
    (
        "refuse isv.SMS_SIGNATURE_ILLEGAL",
        "Aliyun: signature not approved",
    ),
    ("refuse isv.AMOUNT_NOT_ENOUGH", "Aliyun: no money left"),
    (
        "refuse LimitExceeded.PhoneNumberDailyLimit",
        "Tencent: limit per number",
    ),
    (
        "refuse InvalidParameterValue.IncorrectPhoneNumber",
        "Tencent: number illegal",
    ),
    (
        "refuse FailedOperation.SignatureIncorrectOrUnapproved",
        "Tencent: signature not approved",
    ),
    (
        "refuse FailedOperation.PhoneNumberInBlacklist",
        "Tencent: number on the blacklist",
    ),
    ("slow", "sent, answered after 20 s"),
    ("hang", "not sent, answered after 20 s"),
    ("cut_off", "sent, the answer breaks off"),
    ("status", "not sent, 502"),
];

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('"', "&quot;")
}

/// What was sent, and the next call's fault.
pub(crate) async fn show(State(sim): State<Arc<Shared>>) -> Html<String> {
    let world = sim.world();
    let rows: String = world
        .messages
        .iter()
        .rev()
        .take(50)
        .map(|message| {
            format!(
                "<tr><td>{}</td><td data-sim=\"code\">{}</td><td>{}</td><td>{:?}</td></tr>",
                escape(&message.phone),
                escape(&message.code),
                escape(&message.text),
                message.provider,
            )
        })
        .collect();
    let offers: String = OFFERED
        .iter()
        .map(|(value, words)| format!("<option value=\"{value}\">{words}</option>"))
        .collect();
    let waiting: String = world
        .faults
        .iter()
        .map(|rule| format!("<li>{}</li>", escape(&format!("{:?}", rule.fault))))
        .collect();
    Html(format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><link rel=\"icon\" href=\"data:,\">\
         <title>SMS simulator</title><style>body{{font:16px/1.5 sans-serif;max-width:48rem;margin:2rem auto;padding:0 1rem}}\
         button,select{{font:inherit;padding:.5rem}}table{{border-collapse:collapse}}\
         td,th{{padding:.3rem .6rem;border:1px solid #ccc;text-align:left}}</style></head>\
         <body data-page=\"sms-sim\"><p><small>短信模拟器 · SMS simulator: no real messages</small></p>\
         <h1>Messages</h1><table><tr><th>Number</th><th>Code</th><th>Text</th><th>Provider</th></tr>{rows}</table>\
         <h2>The next call</h2><form method=\"post\"><select name=\"fault\">{offers}</select>\
         <button data-action=\"sim-fault\" name=\"do\" value=\"add\">Set</button>\
         <button data-action=\"sim-clear\" name=\"do\" value=\"clear\">Clear</button></form><ul>{waiting}</ul></body></html>"
    ))
}

#[derive(Deserialize)]
pub(crate) struct Change {
    #[serde(rename = "do")]
    what: String,
    #[serde(default)]
    fault: String,
}

/// Sets the next call's fault, or ends all faults.
pub(crate) async fn change(State(sim): State<Arc<Shared>>, Form(change): Form<Change>) -> Redirect {
    if change.what == "clear" {
        sim.world().faults.clear();
    } else if let Some(fault) = fault(&change.fault) {
        sim.world().faults.push(FaultRule {
            provider: None,
            fault,
            times: Some(1),
        });
    }
    Redirect::to("/sim")
}

fn fault(value: &str) -> Option<Fault> {
    Some(match value {
        "slow" => Fault::DoneThenSlow { ms: 20_000 },
        "hang" => Fault::Hang { ms: 20_000 },
        "cut_off" => Fault::CutOff,
        "status" => Fault::Status { status: 502 },
        other => Fault::Refuse {
            code: other.strip_prefix("refuse ")?.to_owned(),
        },
    })
}
