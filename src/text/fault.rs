use dika_contract::{ErrorCode, Language, Problem};

use super::{Common, duration, fill, sentences, yuan};
use crate::api::Fault;

/// The message for a fault: what went wrong, and the next step.
pub(crate) struct FaultMessage {
    pub(crate) title: String,
    pub(crate) text: String,
}

type Pair = (&'static str, &'static str);

/// A title and a text for each fault. `{0}` is a time, an amount or a count, as the name says.
pub(crate) struct Faults {
    language: Language,
    stale: &'static str,
    offline: Pair,
    timeout: Pair,
    unreadable: Pair,
    /// Stands before a duration; [`Self::later`] stands alone.
    before_number: &'static str,
    later: &'static str,
    invalid_request: Pair,
    session_expired: Pair,
    csrf_rejected: Pair,
    not_found: Pair,
    rate_limited_for: Pair,
    code_wrong: Pair,
    code_expired: Pair,
    phone_unreachable: Pair,
    sms_unavailable: Pair,
    wrong_account_or_password: Pair,
    pub(crate) wrong_card_no_or_password: &'static str,
    attempts_left: &'static str,
    binding_locked_for: Pair,
    binding_expired: Pair,
    binding_answered: Pair,
    snapshot_user: Pair,
    phone_required: Pair,
    identity_not_confirmed: Pair,
    card_lost: Pair,
    card_frozen: Pair,
    card_closed: Pair,
    card_expired: Pair,
    card_replaced: Pair,
    wallet_unknown: Pair,
    amount_between: Pair,
    amount_limits: Pair,
    cap_room: Pair,
    cap: Pair,
    daily_room: Pair,
    daily: Pair,
    outside_hours_for: Pair,
    order_already_paid: Pair,
    order_closed: Pair,
    order_undecided: Pair,
    unpaid_order_exists: Pair,
    claim_not_confirmable: Pair,
    idempotency_key_missing: Pair,
    idempotency_key_reused: Pair,
    card_system_unavailable: Pair,
    /// `{1}` is the card.
    card_system_of: Pair,
    payment_unavailable: Pair,
    busy: Pair,
    maintenance: Pair,
    internal: Pair,
}

texts!(Faults);

impl Faults {
    /// The message for a fault.
    pub(crate) fn message(&self, fault: &Fault) -> FaultMessage {
        match fault {
            Fault::Offline => said(self.offline, &[]),
            Fault::Timeout => said(self.timeout, &[]),
            Fault::Unreadable(_) => said(self.unreadable, &[]),
            Fault::Refused(problem) => self.problem(problem),
        }
    }

    /// One line for a value that could not be refreshed.
    pub(crate) fn stale(&self, clock: &str, fault: &Fault) -> String {
        fill(self.stale, &[&self.message(fault).title, clock])
    }

    fn problem(&self, problem: &Problem) -> FaultMessage {
        let wait = problem.retry_after_s.map_or_else(
            || self.later.to_owned(),
            |s| [self.before_number, &duration(self.language, i64::from(s))].concat(),
        );
        let most = problem.max_fen.map(yuan).unwrap_or_default();
        let pair = match problem.code {
            ErrorCode::InvalidRequest => self.invalid_request,
            ErrorCode::SessionExpired => self.session_expired,
            ErrorCode::CsrfRejected => self.csrf_rejected,
            ErrorCode::NotFound => self.not_found,
            ErrorCode::RateLimited => self.rate_limited_for,
            ErrorCode::CodeWrong => self.code_wrong,
            ErrorCode::CodeExpired => self.code_expired,
            ErrorCode::PhoneUnreachable => self.phone_unreachable,
            ErrorCode::SmsUnavailable => self.sms_unavailable,
            // The last attempt locks the binding: say that instead of "0 more tries".
            ErrorCode::WrongAccountOrPassword if problem.attempts_left == Some(0) => {
                self.binding_locked_for
            }
            ErrorCode::WrongAccountOrPassword => {
                let mut words = said(self.wrong_account_or_password, &[]);
                if let Some(left) = problem.attempts_left {
                    let left = fill(self.attempts_left, &[&left.to_string()]);
                    words.text = sentences(self.language, &[&words.text, &left]);
                }
                return words;
            }
            ErrorCode::BindingLocked => self.binding_locked_for,
            ErrorCode::BindingExpired => self.binding_expired,
            ErrorCode::BindingAnswered => self.binding_answered,
            ErrorCode::SnapshotUser => self.snapshot_user,
            ErrorCode::PhoneRequired => self.phone_required,
            ErrorCode::IdentityNotConfirmed => self.identity_not_confirmed,
            ErrorCode::CardLost => self.card_lost,
            ErrorCode::CardFrozen => self.card_frozen,
            ErrorCode::CardClosed => self.card_closed,
            ErrorCode::CardExpired => self.card_expired,
            ErrorCode::CardReplaced => self.card_replaced,
            ErrorCode::WalletUnknown => self.wallet_unknown,
            ErrorCode::AmountOutOfLimits => match (problem.min_fen, problem.max_fen) {
                (Some(min), Some(_)) => return said(self.amount_between, &[&yuan(min), &most]),
                _ => self.amount_limits,
            },
            ErrorCode::WalletCapExceeded if problem.max_fen.is_some() => {
                return said(self.cap_room, &[&most]);
            }
            ErrorCode::WalletCapExceeded => self.cap,
            ErrorCode::DailyLimitReached if problem.max_fen.is_some() => {
                return said(self.daily_room, &[&most]);
            }
            ErrorCode::DailyLimitReached => self.daily,
            ErrorCode::OutsideServiceHours => self.outside_hours_for,
            ErrorCode::OrderAlreadyPaid => self.order_already_paid,
            ErrorCode::OrderClosed => self.order_closed,
            ErrorCode::OrderUndecided => self.order_undecided,
            ErrorCode::UnpaidOrderExists => self.unpaid_order_exists,
            ErrorCode::ClaimNotConfirmable => self.claim_not_confirmable,
            ErrorCode::IdempotencyKeyMissing => self.idempotency_key_missing,
            ErrorCode::IdempotencyKeyReused => self.idempotency_key_reused,
            ErrorCode::CardSystemUnavailable => match problem.issuer {
                Some(issuer) => {
                    let card = Common::of(self.language).issuer(issuer);
                    return said(self.card_system_of, &[&wait, card]);
                }
                None => self.card_system_unavailable,
            },
            ErrorCode::PaymentUnavailable => self.payment_unavailable,
            ErrorCode::Busy => self.busy,
            ErrorCode::Maintenance => self.maintenance,
            ErrorCode::Internal => self.internal,
        };
        said(pair, &[&wait])
    }
}

fn said((title, text): Pair, values: &[&str]) -> FaultMessage {
    FaultMessage {
        title: fill(title, values),
        text: fill(text, values),
    }
}

static ZH: Faults = Faults {
    language: Language::Chinese,
    stale: "{0}，下面是 {1} 的数据。",
    offline: ("网络不通", "请检查网络后再试。已经填的内容都在。"),
    timeout: (
        "网络太慢，没等到回应",
        "请换个信号好的地方再试。已经填的内容都在。",
    ),
    unreadable: (
        "服务暂时用不了",
        "请过几分钟再试；急用请到服务点，或打服务点电话。",
    ),
    before_number: " ",
    later: "几分钟",
    invalid_request: ("填写的内容不对", "请检查后再提交。"),
    session_expired: ("请先登录", "登录后会回到这一页，已经填的内容还在。"),
    csrf_rejected: ("页面放太久了", "请刷新这一页，再操作一次。"),
    not_found: ("找不到这一项", "它可能不在你的账户里。请回首页看看。"),
    rate_limited_for: ("操作太频繁", "请等{0}再试。"),
    code_wrong: ("验证码不对", "请核对短信里的 6 位数字，再输一次。"),
    code_expired: ("验证码已失效", "请重新获取验证码。"),
    phone_unreachable: ("这个号码收不到短信", "请核对号码，或换一个手机号。"),
    sms_unavailable: ("现在发不出短信", "请稍后再试，或到服务点办理。"),
    wrong_account_or_password: (
        "账号或密码不对",
        "请核对填的号码；没改过密码的，初始密码看“密码助手”。",
    ),
    wrong_card_no_or_password: "卡号或密码不对",
    attempts_left: "还可以试 {0} 次。",
    binding_locked_for: (
        "试错太多，这张卡暂时锁定",
        "为防别人试密码，请等{0}再绑定。忘了密码，请打服务点电话问。",
    ),
    binding_expired: ("确认超时了", "超过 10 分钟没有确认，请重新绑定。"),
    binding_answered: ("已经确认过了", "请回首页，看看这张卡是否已经绑好。"),
    snapshot_user: ("现在只能浏览", "请点微信底部的“使用完整服务”，再绑定卡。"),
    phone_required: ("还差手机号", "大学城一卡通要先验证一次手机号。"),
    identity_not_confirmed: (
        "还没有确认是本人的卡",
        "请先绑定，并确认显示的是你本人，再充值。",
    ),
    card_lost: (
        "这张卡已挂失",
        "不能充值。卡找到了，或者要补办，请打服务点电话。",
    ),
    card_frozen: ("这张卡已冻结", "不能充值。冻结原因请打服务点电话问。"),
    card_closed: ("这张卡已销户", "不能充值。有疑问，请打服务点电话。"),
    card_expired: ("这张卡已过期", "不能充值。怎么换卡，请打服务点电话问。"),
    card_replaced: ("这张卡已换成新卡", "请解绑旧卡，再绑定新卡。"),
    wallet_unknown: ("这张卡没有这个钱包", "请回到卡片页，重新选钱包。"),
    amount_between: ("金额超出范围", "每次可充 {0}–{1}。"),
    amount_limits: ("金额超出范围", "请看输入框旁的限额，换一个金额。"),
    cap_room: ("充了会超过钱包上限", "这个钱包现在最多还能充 {0}。"),
    cap: ("充了会超过钱包上限", "请先用掉一些，或换小一点的金额。"),
    daily_room: ("超过今天的限额", "今天最多还能充 {0}，明天恢复。"),
    daily: ("超过今天的限额", "请明天再充。"),
    outside_hours_for: ("现在不在充值时间", "请{0}后再充。"),
    order_already_paid: ("这笔已经付过了", "不用再付。请看这笔记录里怎么领取。"),
    order_closed: ("这笔已经结束", "它不能再付款。要充值请重新开始。"),
    order_undecided: (
        "付款结果还没有确认",
        "请等结果出来，现在不能再付，也不能取消。一直没有结果的话，过{0}可以另充一笔。",
    ),
    unpaid_order_exists: (
        "有一笔还没付款",
        "同一张卡、同一个钱包有一笔还没付款。请继续付款，或者取消它；都不行的话，过{0}可以另充一笔。",
    ),
    claim_not_confirmable: ("不需要继续领取", "这笔钱的状态已经变了，请刷新看看。"),
    idempotency_key_missing: ("提交没有成功", "请刷新这一页，再提交一次。"),
    idempotency_key_reused: (
        "这次提交和上次不一样",
        "请到充值记录看看上一笔，再重新开始。",
    ),
    card_system_unavailable: ("校园卡系统没有回应", "请等{0}再试；急用请打服务点电话。"),
    card_system_of: (
        "{1}的系统没有回应",
        "请等{0}再试；急用请打服务点电话。已经付的钱都有记录：系统恢复后会入账，入不了账就退回。另一张卡不受影响。",
    ),
    payment_unavailable: (
        "支付渠道没有回应",
        "请等{0}，先在充值记录里看这一笔的状态，再决定要不要付。",
    ),
    busy: (
        "现在使用的人太多",
        "请等{0}再试；刚才在付款的，先到充值记录看看这一笔的状态。",
    ),
    maintenance: (
        "系统正在维护",
        "请{0}后再来。指南和服务点照常能看；急用请打服务点电话。",
    ),
    internal: (
        "系统出错了",
        "请等{0}再试；还不行请把这笔的凭据给服务点看。",
    ),
};

static EN: Faults = Faults {
    language: Language::English,
    stale: "{0}. What you see is from {1}.",
    offline: (
        "No connection",
        "Check your network and try again. What you typed is still here.",
    ),
    timeout: (
        "The network is too slow",
        "No answer came. Try again where the signal is better. What you typed is still here.",
    ),
    unreadable: (
        "The service is down for the moment",
        "Try again in a few minutes. If it is urgent, call a service point.",
    ),
    before_number: "",
    later: "a few minutes",
    invalid_request: (
        "Something isn't filled in correctly",
        "Please check it and send it again.",
    ),
    session_expired: (
        "Please sign in",
        "Afterwards you come back to this page, and what you typed is still here.",
    ),
    csrf_rejected: (
        "This page has been open too long",
        "Reload it and try once more.",
    ),
    not_found: (
        "Not found",
        "It may not belong to your account. Check the home page.",
    ),
    rate_limited_for: ("Too many attempts", "Please wait {0} and try again."),
    code_wrong: (
        "Wrong code",
        "Check the 6 digits in the message and enter them again.",
    ),
    code_expired: ("That code has expired", "Please request a new one."),
    phone_unreachable: (
        "This number can’t get text messages",
        "Check the number, or use another one.",
    ),
    sms_unavailable: (
        "No text messages can be sent right now",
        "Try again later, or ask at a service point.",
    ),
    wrong_account_or_password: (
        "Wrong account or password",
        "Check the number you entered. If you never changed the password, the password helper shows the first one.",
    ),
    wrong_card_no_or_password: "Wrong card number or password",
    attempts_left: "Tries left: {0}.",
    binding_locked_for: (
        "Too many wrong passwords: this card is locked for now",
        "To keep others from guessing, wait {0} before you add it. Forgot the password? Call a service point.",
    ),
    binding_expired: (
        "The time to confirm ran out",
        "You didn't confirm within 10 minutes. Please add the card again.",
    ),
    binding_answered: (
        "You have already answered this",
        "Check the home page to see whether the card was added.",
    ),
    snapshot_user: (
        "Browsing only for now",
        "Tap “Use full service” (使用完整服务) at the bottom of WeChat, then add the card.",
    ),
    phone_required: (
        "A phone number is needed",
        "The University Town card needs a verified phone number. You do this only once.",
    ),
    identity_not_confirmed: (
        "You have not confirmed that this card is yours",
        "Add it and confirm that the person shown is you, then top up.",
    ),
    card_lost: (
        "This card was reported lost",
        "It can't be topped up. If you have found it, or need a new one, call a service point.",
    ),
    card_frozen: (
        "This card is frozen",
        "It can't be topped up. Call a service point to ask why.",
    ),
    card_closed: (
        "This card's account is closed",
        "It can't be topped up. If you have questions, call a service point.",
    ),
    card_expired: (
        "This card has expired",
        "It can't be topped up. Call a service point to ask for a new one.",
    ),
    card_replaced: (
        "This card was replaced",
        "Remove the old card, then add the new one.",
    ),
    wallet_unknown: (
        "This card has no such wallet",
        "Go back to the card and choose a wallet there.",
    ),
    amount_between: ("That amount is out of range", "One top-up can be {0}–{1}."),
    amount_limits: (
        "That amount is out of range",
        "The limits are shown below the field. Choose another amount.",
    ),
    cap_room: (
        "That would exceed the wallet's limit",
        "You can add {0} at most right now.",
    ),
    cap: (
        "That would exceed the wallet's limit",
        "Spend some first, or choose a smaller amount.",
    ),
    daily_room: (
        "That is over today's limit",
        "You can still top up {0} today. The limit resets tomorrow.",
    ),
    daily: ("That is over today's limit", "Please top up tomorrow."),
    outside_hours_for: (
        "Top-ups are closed at this hour",
        "Please come back in {0}.",
    ),
    order_already_paid: (
        "This one is already paid",
        "No need to pay again. Its page says how to collect the money.",
    ),
    order_closed: (
        "This top-up is closed",
        "It can't be paid any more. Start a new one instead.",
    ),
    order_undecided: (
        "The payment is still being checked",
        "Please wait for the result. Until then it can't be paid again or cancelled. If none comes, you can start another in {0}.",
    ),
    unpaid_order_exists: (
        "One top-up is still unpaid",
        "There is an unpaid top-up for this card and wallet. Continue its payment, or cancel it. If neither works, you can start another in {0}.",
    ),
    claim_not_confirmable: (
        "No need to reopen collection",
        "This top-up has changed meanwhile. Refresh to see where it is.",
    ),
    idempotency_key_missing: ("It was not sent", "Reload this page and send it again."),
    idempotency_key_reused: (
        "This differs from what you sent before",
        "Check your latest top-up, then start again.",
    ),
    card_system_unavailable: (
        "The card system isn't responding",
        "Please wait {0} and try again. If it is urgent, call a service point.",
    ),
    card_system_of: (
        "The system of the {1} does not answer",
        "Please wait {0} and try again. If it is urgent, phone a service point. What you have already paid is on record: \
         it reaches the card once the system answers, or comes back to you. Your other card is not affected.",
    ),
    payment_unavailable: (
        "The payment service isn't responding",
        "Please wait {0} and check this one under Top-ups before you decide whether to pay.",
    ),
    busy: (
        "Too many people at once",
        "Please wait {0} and try again. If you were paying, look at this one among your top-ups first.",
    ),
    maintenance: (
        "Closed for maintenance",
        "Please come back in {0}. The guide and the service points still work. If it is urgent, call a service point.",
    ),
    internal: (
        "Something went wrong on our side",
        "Please wait {0} and try again. If it keeps happening, show this top-up's proof of payment at a service point.",
    ),
};

#[cfg(test)]
mod tests {
    use dika_contract::Issuer;

    use super::*;

    #[test]
    fn a_silent_card_system_is_named_and_the_paid_money_is_said_to_be_on_record() {
        for (language, card, money) in [
            (Language::Chinese, "大学城一卡通", "已经付的钱都有记录"),
            (
                Language::English,
                "University Town card",
                "already paid is on record",
            ),
        ] {
            let mut problem: Problem = serde_json::from_str(
                r#"{"code":"card_system_unavailable","status":503,"retry_after_s":60,"issuer":"hemc"}"#,
            )
            .expect("a problem");
            assert_eq!(problem.issuer, Some(Issuer::Hemc));
            let told = Faults::of(language).message(&Fault::Refused(Box::new(problem.clone())));
            assert!(told.title.contains(card), "{}", told.title);
            assert!(told.text.contains(money), "{}", told.text);
            // A server that does not say which.
            problem.issuer = None;
            let told = Faults::of(language).message(&Fault::Refused(Box::new(problem)));
            assert!(!told.title.contains(card), "{}", told.title);
        }
    }
}
