use super::Pair;

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
    lead: "答几个问题，告诉你下一步做什么、打哪个电话。",
    problem: "怎么了？",
    not_on_card: "付了钱，卡里没有",
    machine: "机器坏了，或者吞了钱",
    wrong_place: "充到别人那里，或者充错钱包",
    unpaid: "付了钱，还显示未付款或结果待确认",
    late_water: "热水的钱超过 6 小时没领",
    lost: "卡丢了",
    card: "哪张卡？",
    wallet: "哪个钱包？",
    campus: "你在哪个校区？",
    all_answers: "全部答案",
    watch_out: "先别重复付款",
    collect_gdut: "钱在等你领取",
    collect_gdut_steps: [
        (
            "付了钱，还差一步",
            "校园卡充的钱不会自己到卡里，要拿卡去机器上「嘀」一下，把钱写进卡里（这叫圈存）。",
        ),
        (
            "去服务点、圈存补登机或圈存机",
            "机器一般在食堂门口或里面的墙上。大学城一卡通的机器领不了校园卡的钱。学校的指南没有写期限。",
        ),
        ("「嘀」过还是没有", "换一台再试。还不行，打下面的电话。"),
    ],
    hemc_main: "主钱包没有领取这一步",
    hemc_main_steps: [
        (
            "先看充值记录",
            "打开这一笔，看是不是已付款，充的是不是主钱包。",
        ),
        (
            "过一会儿再刷卡",
            "学校的指南里，主钱包没有领取这一步，不用找机器。",
        ),
        ("还是没有", "把凭据复制下来，打下面的电话。"),
    ],
    collect_water: "热水的钱在等你领取",
    collect_water_steps: [
        (
            "拿大学城一卡通去领取",
            "到服务中心，或就近饭堂里大学城一卡通自己的补登机，放上卡，等补登完成。",
        ),
        (
            "别用校园卡的机器",
            "圈存机和圈存补登机是校园卡的，领不了热水的钱。",
        ),
        (
            "最好在 6 小时内",
            "过了 6 小时，先打开这一笔充值确认，再去领取。钱不会丢。",
        ),
    ],
    next_machine: "换一台机器，留好凭据",
    next_machine_steps: [
        (
            "换一台同一种的机器再试",
            "充值记录里还写着“待领取”，钱就还没有领走，换一台机器领就行。",
        ),
        (
            "写着“已到账”，余额却没多",
            "打开这一笔充值，复制凭据：上面有充值单号、时间和金额。",
        ),
        (
            "打电话，说清机器在哪里",
            "记下哪个食堂、哪台机器、几点。打下面的电话，带卡去也行。",
        ),
    ],
    wrong_target: "马上打这张卡的电话",
    wrong_target_steps: [
        ("先停手", "不要再充，也不要去领取。"),
        (
            "复制凭据",
            "打开这一笔充值，复制凭据：充值单号、时间、金额、卡和钱包。",
        ),
        (
            "打电话，请服务点处理",
            "能不能退、怎么退，学校的指南没有写，以服务点说的为准。",
        ),
    ],
    check_payment: "不要再付一次，先查这一笔",
    check_payment_steps: [
        (
            "打开这一笔充值",
            "页面会去问付款的那一边：付了就会变成已付款；没付，可以接着付或取消。",
        ),
        (
            "显示“结果待确认”",
            "还不知道钱动没动。等一会儿再看，不要新开一笔。",
        ),
        (
            "扣了钱，一直不变",
            "复制凭据，连同微信支付的账单，打下面的电话问。",
        ),
    ],
    confirm_late: "先确认，再去领取",
    confirm_late_steps: [
        (
            "打开这一笔充值，点确认",
            "超过 6 小时的热水钱要先由你确认。从公众号充的，点开微信里的通知确认。",
        ),
        (
            "再拿卡去领取",
            "到服务中心，或饭堂里大学城一卡通自己的补登机。",
        ),
        ("钱不会丢", "确认不了，就打下面的电话。"),
    ],
    lost_card: "先打电话，别再充值",
    lost_card_steps: [
        (
            "打这张卡的电话",
            "怎样挂失、补办，学校的指南没有写，请到服务点问。",
        ),
        (
            "问清卡里和待领取的钱",
            "补办以后钱怎么到新卡里，一起问清。水电钱包的要单独问。",
        ),
        ("问清之前不要充值", "充了能不能领到，学校的指南没有写。"),
    ],
    open_orders: "看我的充值记录",
    open_orders_note: "每一笔走到哪一步，凭据也在里面",
    call: "打这个电话",
    call_note: "学校的指南没有写上班时间，没人接就换个时间再打。",
    points: "看全部服务点",
    again: "重新回答",
};

static EN: MoneyTriage = MoneyTriage {
    lead: "A few questions, then what to do next and whom to phone.",
    problem: "What happened?",
    not_on_card: "I paid, but it is not on the card",
    machine: "The machine is broken or swallowed my money",
    wrong_place: "It went to the wrong person or wallet",
    unpaid: "I paid, but it still says not paid or being checked",
    late_water: "Hot-water money, not collected within 6 hours",
    lost: "I lost my card",
    card: "Which card?",
    wallet: "Which wallet?",
    campus: "Which campus are you on?",
    all_answers: "All answers",
    watch_out: "Do not pay a second time yet",
    collect_gdut: "The money is waiting for you to collect it",
    collect_gdut_steps: [
        (
            "Paid, with one step to go",
            "Money for the GDUT card does not reach it by itself: tap the card at a machine, which writes the money onto it (圈存, “loading”).",
        ),
        (
            "Go to a service point, a 圈存补登机 or a 圈存机",
            "The machines are usually at a canteen's door or on its inner wall. A University Town card machine cannot give out this money. The school's guide names no deadline.",
        ),
        (
            "Tapped, and still nothing?",
            "Try another machine. If that fails, phone the number below.",
        ),
    ],
    hemc_main: "The main wallet has no collecting step",
    hemc_main_steps: [
        (
            "Look at your top-ups first",
            "Open this one: has it been paid, and was it for the main wallet?",
        ),
        (
            "Try the card again in a while",
            "The school's guide names no collecting step for the main wallet, so there is no machine to go to.",
        ),
        (
            "Still nothing?",
            "Copy the evidence and phone the number below.",
        ),
    ],
    collect_water: "The hot-water money is waiting for you to collect it",
    collect_water_steps: [
        (
            "Collect it with the University Town card",
            "Go to the service centre, or to the University Town card's own top-up machine (补登机) in a nearby canteen. Lay the card on and wait until it is done.",
        ),
        (
            "Not at a GDUT machine",
            "圈存机 and 圈存补登机 belong to the GDUT card and cannot give out hot-water money.",
        ),
        (
            "Best within 6 hours",
            "After 6 hours, open the top-up and confirm first, then collect. The money is not lost.",
        ),
    ],
    next_machine: "Try another machine and keep the evidence",
    next_machine_steps: [
        (
            "Try another machine of the same kind",
            "While your top-up says “To collect”, nobody has taken the money: another machine will give it out.",
        ),
        (
            "It says “On card”, but the balance did not grow?",
            "Open the top-up and copy the evidence: it has the top-up number, time and amount.",
        ),
        (
            "Phone, and say where the machine is",
            "Note which canteen, which machine and what time. Phone the number below, or go there with the card.",
        ),
    ],
    wrong_target: "Phone this card's number at once",
    wrong_target_steps: [
        ("Stop here", "Do not top up again, and do not collect."),
        (
            "Copy the evidence",
            "Open the top-up and copy the evidence: top-up number, time, amount, card and wallet.",
        ),
        (
            "Phone, and ask the service point to deal with it",
            "The school's guide does not say whether and how money comes back. What the service point says counts.",
        ),
    ],
    check_payment: "Do not pay again: check this one first",
    check_payment_steps: [
        (
            "Open the top-up",
            "The page asks the payment service. If you paid, it changes to paid; if not, you can continue the payment or cancel.",
        ),
        (
            "It says “Being checked”",
            "Nobody knows yet whether money moved. Look again in a while, and do not start another one.",
        ),
        (
            "Money is gone, and nothing changes?",
            "Copy the evidence, have your WeChat Pay bill at hand, and phone the number below.",
        ),
    ],
    confirm_late: "Confirm first, then collect",
    confirm_late_steps: [
        (
            "Open the top-up and confirm",
            "Hot-water money older than 6 hours needs your confirmation. If you paid through the official account, open its notification in WeChat and confirm there.",
        ),
        (
            "Then collect it with the card",
            "Go to the service centre, or to the University Town card's own 补登机 in a canteen.",
        ),
        (
            "The money is not lost",
            "If you cannot confirm, phone the number below.",
        ),
    ],
    lost_card: "Phone first, and stop topping up",
    lost_card_steps: [
        (
            "Phone this card's number",
            "The school's guide does not say how to report a loss or get a new card. Please ask the service point.",
        ),
        (
            "Ask about the money, too",
            "Ask how money on the card and money to collect get to the new card, and ask about the utilities wallet by name.",
        ),
        (
            "No top-ups until you have asked",
            "Whether the money could be collected, the school's guide doesn't say.",
        ),
    ],
    open_orders: "See my top-ups",
    open_orders_note: "Where each one stands, with its evidence",
    call: "The phone to call",
    call_note: "The school's guide gives no opening hours: if nobody answers, try again later.",
    points: "See all service points",
    again: "Start again",
};
