/// A student's home page.
pub(crate) struct StudentHome {
    pub(crate) my_cards: &'static str,
    pub(crate) arrived: &'static str,
    pub(crate) no_cards: &'static str,
    pub(crate) no_cards_text: &'static str,
    pub(crate) bind_card: &'static str,
    pub(crate) bind_another: &'static str,
    pub(crate) to_collect: &'static str,
    pub(crate) to_collect_note: &'static str,
    pub(crate) collect_at: &'static str,
    pub(crate) collect_by: &'static str,
    pub(crate) confirm_first: &'static str,
    pub(crate) unpaid: &'static str,
    pub(crate) unpaid_note: &'static str,
    pub(crate) under_way: &'static str,
    pub(crate) unknown_note: &'static str,
    pub(crate) settling_note: &'static str,
}

texts!(StudentHome);

static ZH: StudentHome = StudentHome {
    my_cards: "我的卡",
    arrived: "{0} 已到账",
    no_cards: "还没有绑卡",
    no_cards_text: "绑一张卡，就能看余额和充值。",
    bind_card: "绑定一张卡",
    bind_another: "再绑一张卡",
    to_collect: "待领取",
    to_collect_note: "已付款，钱还没到卡里",
    collect_at: "到{0}放卡领取",
    collect_by: "请在 {0} 前领，还剩 {1}",
    confirm_first: "已过领取时间，点开后选“继续领取”，钱不会丢",
    unpaid: "还没付款",
    unpaid_note: "继续付款，或者取消",
    under_way: "处理中",
    unknown_note: "正在向支付方查询，先不要再付",
    settling_note: "已付款，正在入账，钱不会丢",
};

static EN: StudentHome = StudentHome {
    my_cards: "My cards",
    arrived: "{0} is on your card",
    no_cards: "No card yet",
    no_cards_text: "Add a card to see its balance and top it up.",
    bind_card: "Add a card",
    bind_another: "Add another card",
    to_collect: "To collect",
    to_collect_note: "Your payment isn't on the card yet",
    collect_at: "Tap the card at a {0}",
    collect_by: "by {0}, {1} left",
    confirm_first: "Time to collect is over. Open it and tap “Reopen collection”; the money is safe",
    unpaid: "Not paid yet",
    unpaid_note: "Continue the payment, or cancel",
    under_way: "In progress",
    unknown_note: "We are checking with the payment service. Don't pay again yet",
    settling_note: "Paid, being put on the card. The money is safe",
};
