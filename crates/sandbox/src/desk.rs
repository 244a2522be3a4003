//! The sandbox for people: who there is, messages, payments, terminals, the clock, faults. The same
//! calls as tests make, behind buttons; the script sends them.

use std::fmt::Write;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response;
use dika_contract::{ErrorCode, TerminalKind, Timestamp, endpoint};

use dika_contract::Language;
use dika_core::clock::Clock;
use dika_server::http::problem::ApiError;
use dika_server::language;

use crate::faults::FaultKind;
use crate::layout::{self, Safe, Words};
use crate::people::{PEOPLE, Person};
use crate::sandbox::Sandbox;

const MOST_MESSAGES: i64 = 12;

/// Calls that people like to break, as path, method and what it is.
const BREAKABLE: [(&str, &str, &str, &str); 9] = [
    ("*", "*", "所有接口", "Every call"),
    (endpoint::SESSION, "GET", "读取登录状态", "Who is signed in"),
    (
        endpoint::CARDS,
        "GET",
        "读取卡片和余额",
        "Cards and balances",
    ),
    (endpoint::BINDINGS, "POST", "绑定卡片", "Bind a card"),
    (endpoint::TOP_UPS, "POST", "提交充值订单", "Place an order"),
    (endpoint::TOP_UPS, "GET", "订单列表", "List of orders"),
    (endpoint::TOP_UP, "GET", "查看订单", "Look at an order"),
    (
        endpoint::TOP_UP_CONTINUE,
        "POST",
        "继续支付",
        "Continue to pay",
    ),
    (endpoint::DIRECTORY, "GET", "读取服务目录", "Directory"),
];

pub(crate) async fn show(
    State(sandbox): State<Sandbox>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    if let Some(response) = language::switch(&uri, false) {
        return Ok(response);
    }
    let language = language::of(&headers);
    let mut main = format!(
        "<header><h1>{}</h1><p class=\"lead\">{}</p></header>\
         <p class=\"said\" role=\"status\" data-said hidden></p>\
         <div data-words data-done=\"{}\" data-failed=\"{}\" data-copied=\"{}\"></div>",
        language.say("沙盒控制台", "Sandbox desk"),
        language.say(
            "用下面的人登录和绑卡；短信、付款、刷卡和时间都在这里控制。金额和限额也是沙盒自己的。",
            "Sign in and bind as one of these people; messages, payments, terminals and time are steered \
             here. Amounts and limits are the sandbox's own too.",
        ),
        language.say("完成", "Done"),
        language.say("没有成功", "That did not work"),
        language.say("已复制", "Copied"),
    );
    main.push_str("<nav class=\"buttons\">");
    for (part, chinese, english) in [
        ("people", "人物", "People"),
        ("sms", "短信", "Messages"),
        ("payments", "待支付", "Payments"),
        ("taps", "刷卡", "Tap"),
        ("clock", "时间", "Clock"),
        ("faults", "故障", "Faults"),
        ("reset", "重置", "Reset"),
    ] {
        let word = language.say(chinese, english);
        let _ = write!(
            main,
            "<a class=\"small-button\" href=\"#{part}\">{word}</a>"
        );
    }
    main.push_str("</nav>");
    // The script fetches this page again and swaps this part, so that messages and payments appear.
    main.push_str("<div data-live>");
    messages(&mut main, language, &sandbox).await?;
    payments(&mut main, language, &sandbox).await?;
    main.push_str("</div>");
    taps(&mut main, language);
    main.push_str("<div data-live>");
    clock(&mut main, language, &sandbox);
    faults(&mut main, language, &sandbox);
    main.push_str("</div>");
    people(&mut main, language);
    let _ = write!(
        main,
        "<section id=\"reset\"><h2>{}</h2><p class=\"small\">{}</p>\
         <button class=\"button warn\" data-action=\"sandbox-reset\">{}</button></section>\
         <p class=\"small\"><a href=\"/\">{}</a></p>",
        language.say("重置", "Reset"),
        language.say(
            "删除所有用户、订单和短信，时间回到现在，所有人重新登录。",
            "Forgets all users, orders and messages; the clock is right again; everyone is signed out.",
        ),
        language.say("重置沙盒", "Reset the sandbox"),
        language.say("打开嘀卡", "Open Dika"),
    );
    let title = language.say("沙盒控制台 · 嘀卡", "Sandbox desk · Dika");
    Ok(layout::page(
        &sandbox.settings,
        language,
        StatusCode::OK,
        "sandbox",
        title,
        &main,
    ))
}

async fn messages(
    main: &mut String,
    language: Language,
    sandbox: &Sandbox,
) -> Result<(), ApiError> {
    let inbox = sandbox.tables().sms_inbox(MOST_MESSAGES).await?;
    let _ = write!(
        main,
        "<section id=\"sms\"><h2>{}</h2>",
        language.say("短信", "Messages sent")
    );
    if inbox.is_empty() {
        let none = language.say("还没有短信。", "None yet.");
        let _ = write!(main, "<p class=\"empty\">{none}</p>");
    } else {
        main.push_str("<ul class=\"rows\">");
        for message in inbox {
            let _ = write!(
                main,
                "<li><span>{} <small>{}</small></span>{}</li>",
                Safe(&message.phone),
                time(Timestamp::from_unix(message.sent_at)),
                copyable(language, &message.code, "copy-code"),
            );
        }
        main.push_str("</ul>");
    }
    main.push_str("</section>");
    Ok(())
}

async fn payments(
    main: &mut String,
    language: Language,
    sandbox: &Sandbox,
) -> Result<(), ApiError> {
    let pending = sandbox.tables().pending_payments().await?;
    let heading = language.say("待支付", "Payments that wait");
    let _ = write!(main, "<section id=\"payments\"><h2>{heading}</h2>");
    if pending.is_empty() {
        let none = language.say("没有待支付的订单。", "None.");
        let _ = write!(main, "<p class=\"empty\">{none}</p>");
    }
    for payment in pending {
        let order = Safe(&payment.order_id);
        let outcome = match payment.outcome.as_str() {
            "silent" => language.say("无应答", "silent"),
            "cancelled" => language.say("已返回", "turned back"),
            _ => language.say("等待", "waiting"),
        };
        let _ = write!(
            main,
            "<div class=\"item\" data-payment-of=\"{order}\"><p><b>¥{}</b> {} · {} <small>{outcome}</small><br>\
             <a class=\"code\" href=\"/sandbox/cashier/{order}\">{order}</a></p><p class=\"buttons\">",
            payment.amount,
            layout::issuer(language, payment.issuer),
            layout::wallet(language, payment.wallet),
        );
        for (word, shown) in [
            ("paid", language.say("支付成功", "Paid")),
            ("cancelled", language.say("取消", "Cancelled")),
            ("failed", language.say("失败", "Failed")),
            ("silent", language.say("不应答", "Silent")),
        ] {
            let _ = write!(
                main,
                "<button class=\"small-button\" data-action=\"payment-{word}\" data-path=\"/sandbox/payments/{order}\" \
                 data-body='{{\"outcome\":\"{word}\"}}'>{shown}</button>"
            );
        }
        main.push_str("</p></div>");
    }
    main.push_str("</section>");
    Ok(())
}

fn clock(main: &mut String, language: Language, sandbox: &Sandbox) {
    let _ = write!(
        main,
        "<section id=\"clock\"><h2>{}</h2><p>{} <small>{}</small></p><p class=\"buttons\">",
        language.say("时间", "Clock"),
        time(sandbox.clock.now()),
        match sandbox.clock.offset_s() {
            0 => language.say("未调整", "as it is").to_owned(),
            moved => format!("+{moved} s"),
        },
    );
    for (seconds, chinese, english) in [
        (60, "一分钟", "1 minute"),
        (600, "十分钟", "10 minutes"),
        (900, "十五分钟", "15 minutes"),
        (21_600, "六小时", "6 hours"),
        (86_400, "一天", "1 day"),
    ] {
        let _ = write!(
            main,
            "<button class=\"small-button\" data-action=\"advance-{seconds}\" data-path=\"/sandbox/clock\" \
             data-body='{{\"advance_s\":{seconds}}}'>+ {}</button>",
            language.say(chinese, english),
        );
    }
    main.push_str("</p></section>");
}

fn faults(main: &mut String, language: Language, sandbox: &Sandbox) {
    let waiting = sandbox.faults.list();
    let _ = write!(
        main,
        "<section id=\"faults\"><h2>{}</h2>",
        language.say("故障", "Faults")
    );
    if !waiting.is_empty() {
        main.push_str("<ul class=\"rows\">");
        for fault in waiting {
            let times = match fault.times {
                Some(times) => format!("× {times}"),
                None => language.say("一直", "until reset").to_owned(),
            };
            let _ = write!(
                main,
                "<li><span class=\"code\">{} {}</span><small>{} {times}{}</small></li>",
                Safe(fault.method.as_deref().unwrap_or("*")),
                Safe(&fault.path),
                kind(language, fault.kind),
                if fault.after_commit {
                    language.say("，处理后", ", after commit")
                } else {
                    ""
                },
            );
        }
        let _ = write!(
            main,
            "</ul><p class=\"buttons\"><button class=\"small-button\" data-action=\"faults-clear\" \
             data-path=\"/sandbox/faults\" data-method=\"DELETE\">{}</button></p>",
            language.say("清除故障", "Clear faults"),
        );
    }
    let _ = write!(
        main,
        "<form class=\"grid\" data-form=\"fault\"><label>{}<select name=\"call\">",
        language.say("接口", "Call"),
    );
    for (path, method, chinese, english) in BREAKABLE {
        let path = if path == "*" { "/*" } else { path };
        let _ = write!(
            main,
            "<option value=\"{method} {}\">{}</option>",
            Safe(path),
            language.say(chinese, english),
        );
    }
    let _ = write!(
        main,
        "</select></label><label>{}<select name=\"kind\">\
         <option value=\"delay\">{}</option><option value=\"error\">{}</option>\
         <option value=\"html\">{}</option><option value=\"drop\">{}</option>\
         <option value=\"cut\">{}</option><option value=\"extra\">{}</option></select></label>\
         <label>{}<select name=\"code\"><option value=\"\">—</option>",
        language.say("故障", "What goes wrong"),
        kind(language, FaultKind::Delay),
        kind(language, FaultKind::Error),
        kind(language, FaultKind::Html),
        kind(language, FaultKind::Drop),
        kind(language, FaultKind::Cut),
        kind(language, FaultKind::Extra),
        language.say("错误码", "Error code"),
    );
    for code in ErrorCode::ALL {
        let _ = write!(main, "<option>{code}</option>");
    }
    let _ = write!(
        main,
        "</select></label><label>{}<input name=\"times\" inputmode=\"numeric\" value=\"1\" autocomplete=\"off\"></label>\
         <label class=\"check\"><input type=\"checkbox\" name=\"after_commit\"> {}</label>\
         <button class=\"button plain\" data-action=\"fault-add\">{}</button></form></section>",
        language.say("次数（空 = 一直）", "Times (empty = always)"),
        language.say("先处理请求，再出故障", "Carry out the request first"),
        language.say("添加故障", "Add the fault"),
    );
}

fn kind(language: Language, kind: FaultKind) -> &'static str {
    match kind {
        FaultKind::Delay => language.say("延迟", "Late"),
        FaultKind::Error => language.say("返回错误", "Refused with an error"),
        FaultKind::Html => language.say("返回网页 (502)", "Answered by a page (502)"),
        FaultKind::Drop => language.say("断开连接", "Connection closed"),
        FaultKind::Cut => language.say("答到一半断开", "Cut off in the middle"),
        FaultKind::Extra => language.say("多出未知字段", "With unknown fields"),
    }
}

fn taps(main: &mut String, language: Language) {
    let _ = write!(
        main,
        "<section id=\"taps\"><h2>{}</h2><form class=\"grid\" data-form=\"tap\"><label>{}<select name=\"card_no\">",
        language.say("刷卡领款（嘀）", "Tap a card"),
        language.say("卡", "Card"),
    );
    for person in PEOPLE {
        for (issuer, card) in [
            (dika_contract::Issuer::Gdut, person.gdut),
            (dika_contract::Issuer::Hemc, person.hemc),
        ] {
            if let Some(card) = card {
                let _ = write!(
                    main,
                    "<option value=\"{no}\">{} · {} {no}</option>",
                    Safe(person.name),
                    layout::issuer(language, issuer),
                    no = card.card_no,
                );
            }
        }
    }
    let _ = write!(
        main,
        "</select></label><fieldset><legend>{}</legend>",
        language.say("终端", "Terminal")
    );
    for terminal in TerminalKind::ALL {
        if *terminal != TerminalKind::Other {
            let _ = write!(
                main,
                "<button class=\"small-button\" name=\"terminal\" value=\"{terminal}\" data-action=\"tap-{terminal}\">{}</button>",
                layout::terminal(language, *terminal),
            );
        }
    }
    main.push_str("</fieldset></form></section>");
}

fn people(main: &mut String, language: Language) {
    let _ = write!(
        main,
        "<section id=\"people\"><h2>{}</h2>",
        language.say("人物", "People")
    );
    for (place, person) in PEOPLE.iter().enumerate() {
        let _ = write!(
            main,
            "<details class=\"item\" data-person=\"{}\"{}><summary><b>{}</b> <small>{}</small>",
            person.phone,
            if place == 0 { " open" } else { "" },
            Safe(person.name),
            layout::campus(language, person.campus),
        );
        if let Some(note) = person.note {
            let _ = write!(main, "<br><span class=\"note\">{}</span>", Safe(note));
        }
        main.push_str("</summary>");
        main.push_str("<dl class=\"facts\">");
        fact(
            main,
            language,
            language.say("手机", "Phone"),
            person.phone,
            "copy-phone",
        );
        if let Some(tail) = person.id_tail7 {
            let label = language.say("身份证后七位", "Last 7 of the ID");
            fact(main, language, label, tail, "copy-id-tail");
        }
        cards(main, language, person);
        main.push_str("</dl></details>");
    }
    main.push_str("</section>");
}

fn cards(main: &mut String, language: Language, person: &Person) {
    if let (Some(card), Some(password)) = (person.gdut, person.gdut_password()) {
        let name = layout::issuer(language, dika_contract::Issuer::Gdut);
        let _ = write!(main, "<div class=\"head\"><dt>{name}</dt></div>");
        fact(
            main,
            language,
            language.say("账号", "Account"),
            person.student_no,
            "copy-account",
        );
        fact(
            main,
            language,
            language.say("卡号", "Card number"),
            card.card_no,
            "copy-card-no",
        );
        fact(
            main,
            language,
            language.say("密码", "Password"),
            &password,
            "copy-password",
        );
    }
    if let (Some(card), Some(password)) = (person.hemc, person.hemc_password()) {
        let name = layout::issuer(language, dika_contract::Issuer::Hemc);
        let _ = write!(main, "<div class=\"head\"><dt>{name}</dt></div>");
        fact(
            main,
            language,
            language.say("卡号", "Card number"),
            card.card_no,
            "copy-card-no",
        );
        fact(
            main,
            language,
            language.say("密码", "Password"),
            &password,
            "copy-password",
        );
    }
}

fn fact(main: &mut String, language: Language, label: &str, value: &str, action: &str) {
    let value = copyable(language, value, action);
    let _ = write!(main, "<div><dt>{label}</dt><dd>{value}</dd></div>");
}

/// A value that a press copies.
fn copyable(language: Language, value: &str, action: &str) -> String {
    format!(
        "<button class=\"copy code\" data-action=\"{action}\" data-copy=\"{value}\" title=\"{hint}\">{value}</button>",
        value = Safe(value),
        hint = language.say("复制", "Copy"),
    )
}

/// As the clocks in China show it.
fn time(at: Timestamp) -> String {
    let shown = at.in_china();
    format!(
        "{:04}-{:02}-{:02} {:02}:{:02}:{:02}",
        shown.year, shown.month, shown.day, shown.hour, shown.minute, shown.second
    )
}
