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
    text: "好久没在这里登录了。手机号可能换了主人，所以先不显示卡。是你的卡，再填一次账号和密码就会显示，充值记录也在。",
    give_password: "：再填一次密码",
    start_clean: "不是我的卡，重新开始",
    start_clean_text: "以前绑的卡会和这个手机号分开，在这里再也看不到它们的充值记录。卡里的钱不受影响。",
    start_clean_yes: "不是我的，分开",
    start_clean_no: "先不分开",
};

static EN: HiddenCards = HiddenCards {
    title: "Cards were bound with this number before",
    text: "It is a while since the last sign-in here. The number may have a new owner, so the cards are not shown yet. If they are yours, give account and password once more: cards and top-ups are then shown again.",
    give_password: ": give the password again",
    start_clean: "Not my cards: start afresh",
    start_clean_text: "The cards bound before are parted from this number, and their top-ups are never shown here again. The money on the cards stays where it is.",
    start_clean_yes: "Not mine: part with them",
    start_clean_no: "Not now",
};
