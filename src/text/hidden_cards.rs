/// Cards that are hidden because the phone number may have changed hands.
pub(crate) struct HiddenCards {
    pub(crate) title: &'static str,
    pub(crate) text: &'static str,
    pub(crate) give_password: &'static str,
    pub(crate) start_clean: &'static str,
    pub(crate) start_clean_text: &'static str,
    pub(crate) start_clean_yes: &'static str,
    pub(crate) start_clean_no: &'static str,
}

texts!(HiddenCards);

static ZH: HiddenCards = HiddenCards {
    title: "这个手机号以前绑过卡",
    text: "你很久没在这里登录了。手机号可能换了主人，所以先不显示卡。如果是你的卡，再填一次账号和密码，卡和充值记录就会显示。",
    give_password: "：再填一次密码",
    start_clean: "不是我的卡，重新开始",
    start_clean_text: "以前绑的卡会和这个手机号解除关联，这里不再显示它们的充值记录。卡里的钱不受影响。",
    start_clean_yes: "不是我的，解除关联",
    start_clean_no: "暂不解除",
};

static EN: HiddenCards = HiddenCards {
    title: "Cards were added with this number before",
    text: "It has been a while since the last sign-in here. The number may have a new owner, so the cards are hidden for now. If they are yours, enter the password once more to see cards and top-ups again.",
    give_password: ": enter the password again",
    start_clean: "Not my cards: start over",
    start_clean_text: "The cards added before are detached from this number, and their top-ups are no longer shown here. The money on the cards is not affected.",
    start_clean_yes: "Not mine: detach them",
    start_clean_no: "Not now",
};
