use super::{
    Pair,
    common::{MAIN_BY_ITSELF_EN, MAIN_BY_ITSELF_ZH},
};

/// Where is my money?
pub(crate) struct MoneyTriage {
    pub(crate) lead: &'static str,
    pub(crate) problem: &'static str,
    pub(crate) not_on_card: &'static str,
    pub(crate) machine: &'static str,
    pub(crate) wrong_place: &'static str,
    pub(crate) unpaid: &'static str,
    pub(crate) late_water: &'static str,
    pub(crate) lost: &'static str,
    pub(crate) card: &'static str,
    pub(crate) wallet: &'static str,
    pub(crate) campus: &'static str,
    pub(crate) all_answers: &'static str,
    pub(crate) watch_out: &'static str,
    pub(crate) collect_gdut: &'static str,
    pub(crate) collect_gdut_steps: [Pair; 3],
    pub(crate) hemc_main: &'static str,
    pub(crate) hemc_main_steps: [Pair; 3],
    pub(crate) collect_water: &'static str,
    pub(crate) collect_water_steps: [Pair; 3],
    pub(crate) next_machine: &'static str,
    pub(crate) next_machine_steps: [Pair; 3],
    pub(crate) wrong_target: &'static str,
    pub(crate) wrong_target_steps: [Pair; 3],
    pub(crate) check_payment: &'static str,
    pub(crate) check_payment_steps: [Pair; 3],
    pub(crate) confirm_late: &'static str,
    pub(crate) confirm_late_steps: [Pair; 3],
    pub(crate) lost_card: &'static str,
    pub(crate) lost_card_steps: [Pair; 3],
    pub(crate) open_orders: &'static str,
    pub(crate) open_orders_note: &'static str,
    pub(crate) call: &'static str,
    pub(crate) call_note: &'static str,
    pub(crate) points: &'static str,
    pub(crate) again: &'static str,
}

texts!(MoneyTriage);

static ZH: MoneyTriage = MoneyTriage {
    lead: "答几个问题，找到下一步和该打的电话。",
    problem: "怎么了？",
    not_on_card: "已付款，钱还没到卡里",
    machine: "机器坏了，或领取时出错",
    wrong_place: "充到别人的卡，或充错钱包",
    unpaid: "已付款，却显示未付款或结果待确认",
    late_water: "水电钱包的钱超过 6 小时没领",
    lost: "卡丢了",
    card: "哪张卡？",
    wallet: "哪个钱包？",
    campus: "你在哪个校区？",
    all_answers: "全部答案",
    watch_out: "先别重复付款",
    collect_gdut: "钱在等你领取",
    collect_gdut_steps: [
        (
            "已付款，还差一步",
            "校园卡充的钱不会自动到卡里，要带卡去机器上「嘀」一下（这叫圈存）。",
        ),
        (
            "去服务点、圈存补登机或圈存机",
            "机器一般在食堂门口或内墙上。大学城一卡通的机器领不了校园卡的钱。",
        ),
        ("「嘀」过还是没有", "换一台机器再试。还不行，打下面的电话。"),
    ],
    hemc_main: "主钱包不用领取",
    hemc_main_steps: [
        (
            "先看充值记录",
            "打开这一笔，看是不是已付款，充的是不是主钱包。",
        ),
        ("过一会儿再刷卡", MAIN_BY_ITSELF_ZH),
        ("还是没有", "把凭据复制下来，打下面的电话。"),
    ],
    collect_water: "水电钱包的钱在等你领取",
    collect_water_steps: [
        (
            "拿大学城一卡通去领取",
            "到服务中心，或就近饭堂里大学城一卡通自己的补登机，放上卡，等补登完成。",
        ),
        (
            "别用校园卡的机器",
            "圈存机和圈存补登机是校园卡的，领不了水电钱包的钱。",
        ),
        (
            "最好在 6 小时内",
            "过了 6 小时，先打开这一笔充值，点“继续领取”，再去领。钱不会丢。",
        ),
    ],
    next_machine: "换一台机器，留好凭据",
    next_machine_steps: [
        (
            "换一台同一种的机器再试",
            "充值记录里还是“待领取”，就说明钱还没领走，换一台机器领就行。",
        ),
        (
            "显示“已到账”，余额却没变",
            "打开这一笔充值，复制凭据：上面有充值单号、时间和金额。",
        ),
        (
            "打电话，说清机器在哪里",
            "记下哪个食堂、哪台机器、几点。打下面的电话，带卡去也行。",
        ),
    ],
    wrong_target: "马上打这张卡的服务电话",
    wrong_target_steps: [
        ("先停一下", "不要再充，也不要去领取。"),
        (
            "复制凭据",
            "打开这一笔充值，复制凭据：充值单号、时间、金额、卡和钱包。",
        ),
        (
            "打电话，请服务点处理",
            "能不能退、怎么退，以服务点的答复为准。",
        ),
    ],
    check_payment: "先查这一笔，不要重复付款",
    check_payment_steps: [
        (
            "打开这一笔充值",
            "页面会向支付方查询：付过就会变成已付款；没付的，可以继续付款或取消。",
        ),
        (
            "显示“结果待确认”",
            "还不知道有没有扣款。等一会儿再看，不要再充一笔。",
        ),
        (
            "扣了钱，一直不变",
            "复制凭据，连同微信支付的账单，打下面的电话问。",
        ),
    ],
    confirm_late: "先点“继续领取”，再去领",
    confirm_late_steps: [
        (
            "打开这一笔充值，点“继续领取”",
            "过了 6 小时，要你先点“继续领取”。从公众号充的，点开微信里的通知确认。",
        ),
        (
            "再拿卡去领取",
            "到服务中心，或饭堂里大学城一卡通自己的补登机。",
        ),
        ("钱不会丢", "点不了“继续领取”，就打下面的电话。"),
    ],
    lost_card: "先打电话，不要再充值",
    lost_card_steps: [
        ("打这张卡的服务电话", "问清怎样挂失、怎样补办。"),
        (
            "问清卡里和待领取的钱",
            "补办后，钱怎样转到新卡。水电钱包要单独问。",
        ),
        ("问清之前不要充值", "充了不一定领得到。"),
    ],
    open_orders: "看我的充值记录",
    open_orders_note: "每一笔的进度和凭据",
    call: "服务点和电话",
    call_note: "没人接就换个时间再打。",
    points: "看全部服务点",
    again: "重新回答",
};

static EN: MoneyTriage = MoneyTriage {
    lead: "A few questions, then what to do next and whom to call.",
    problem: "What happened?",
    not_on_card: "I paid, but the money isn't on the card",
    machine: "The machine is broken or failed halfway",
    wrong_place: "It went to the wrong card or wallet",
    unpaid: "I paid, but it still says “Not paid” or “Being checked”",
    late_water: "Utilities wallet, not collected within 6 hours",
    lost: "I lost my card",
    card: "Which card?",
    wallet: "Which wallet?",
    campus: "Which campus are you on?",
    all_answers: "All answers",
    watch_out: "Don't pay a second time yet",
    collect_gdut: "The money is waiting for you to collect it",
    collect_gdut_steps: [
        (
            "Paid, with one step to go",
            "Money for the GDUT card doesn't reach it by itself: tap the card at a machine to collect it (圈存, “loading”).",
        ),
        (
            "Go to a service point, a 圈存补登机 or a 圈存机",
            "The machines are usually at a canteen's door or on its inner wall. A University Town card machine can't release this money.",
        ),
        (
            "Tapped, and still nothing?",
            "Try another machine. If that fails, call the number below.",
        ),
    ],
    hemc_main: "The main wallet needs no collecting",
    hemc_main_steps: [
        (
            "Look at your top-ups first",
            "Open this one: was it paid, and was it for the main wallet?",
        ),
        ("Try the card again in a while", MAIN_BY_ITSELF_EN),
        (
            "Still nothing?",
            "Copy the proof of payment and call the number below.",
        ),
    ],
    collect_water: "The money is waiting for you to collect it",
    collect_water_steps: [
        (
            "Collect it with the University Town card",
            "Go to the service centre, or to the University Town card's own top-up machine (补登机) in a nearby canteen. Hold the card to it and wait until it is done.",
        ),
        (
            "Not at a GDUT machine",
            "圈存机 and 圈存补登机 belong to the GDUT card and can't release money for the utilities wallet.",
        ),
        (
            "Best within 6 hours",
            "After 6 hours, open the top-up and tap “Reopen collection” first, then collect. The money is not lost.",
        ),
    ],
    next_machine: "Try another machine and keep the proof",
    next_machine_steps: [
        (
            "Try another machine of the same kind",
            "While your top-up says “To collect”, the money is still there: another machine will release it.",
        ),
        (
            "It says “On card”, but the balance hasn't changed?",
            "Open the top-up and copy the proof of payment: it has the top-up number, time and amount.",
        ),
        (
            "Call, and say where the machine is",
            "Note which canteen, which machine and what time. Call the number below, or go there with the card.",
        ),
    ],
    wrong_target: "Call this card's desk now",
    wrong_target_steps: [
        ("Stop here", "Don't top up again, and don't collect."),
        (
            "Copy the proof of payment",
            "Open the top-up and copy it: top-up number, time, amount, card and wallet.",
        ),
        (
            "Call, and ask the service point to handle it",
            "They decide whether and how the money can be returned.",
        ),
    ],
    check_payment: "Check this one first; don't pay again",
    check_payment_steps: [
        (
            "Open the top-up",
            "The page asks the payment service. If you paid, it changes to paid; if not, you can continue the payment or cancel.",
        ),
        (
            "It says “Being checked”",
            "It isn't known yet whether you were charged. Check again in a while, and don't start another one.",
        ),
        (
            "Charged, and nothing changes?",
            "Copy the proof of payment, have your WeChat Pay bill at hand, and call the number below.",
        ),
    ],
    confirm_late: "Reopen collection first, then collect",
    confirm_late_steps: [
        (
            "Open the top-up and tap “Reopen collection”",
            "After 6 hours this comes first. If you paid through the official account, open its notification in WeChat and confirm there.",
        ),
        (
            "Then collect it with the card",
            "Go to the service centre, or to the University Town card's own 补登机 in a canteen.",
        ),
        (
            "The money is not lost",
            "If you can't reopen collection, call the number below.",
        ),
    ],
    lost_card: "Call first, and stop topping up",
    lost_card_steps: [
        (
            "Call this card's desk",
            "Ask how to report the loss and how to get a new card.",
        ),
        (
            "Ask about the money, too",
            "How do money on the card and money to collect get to the new card? Ask about the utilities wallet separately.",
        ),
        (
            "No top-ups until you have asked",
            "You might not be able to collect the money.",
        ),
    ],
    open_orders: "See my top-ups",
    open_orders_note: "Progress and proof of payment of each one",
    call: "Service points to call",
    call_note: "If nobody answers, try again later.",
    points: "Show all service points",
    again: "Start again",
};
