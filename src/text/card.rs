use dika_contract::CardStatus;

/// One card.
pub(crate) struct CardPage {
    pub(crate) holder: &'static str,
    pub(crate) student_no: &'static str,
    pub(crate) campus: &'static str,
    pub(crate) college: &'static str,
    pub(crate) orders: &'static str,
    pub(crate) no_orders: &'static str,
    pub(crate) all_orders: &'static str,
    pub(crate) manage: &'static str,
    pub(crate) refresh: &'static str,
    pub(crate) set_default: &'static str,
    pub(crate) default_set: &'static str,
    pub(crate) unbind: &'static str,
    pub(crate) unbind_title: &'static str,
    pub(crate) unbind_text: &'static str,
    pub(crate) unbind_yes: &'static str,
    pub(crate) unbind_no: &'static str,
    pub(crate) unbinding: &'static str,
    pub(crate) unbound: &'static str,
    pub(crate) close: &'static str,
    pub(crate) desks: &'static str,
    pub(crate) lost: &'static str,
    pub(crate) frozen: &'static str,
    pub(crate) expired: &'static str,
    pub(crate) replaced: &'static str,
    pub(crate) closed: &'static str,
    pub(crate) unknown: &'static str,
}

texts!(CardPage);

impl CardPage {
    /// What to do with a card that takes no money; nothing for one that works.
    pub(crate) fn next_step(&self, status: CardStatus) -> Option<&'static str> {
        match status {
            CardStatus::Active => None,
            CardStatus::Lost => Some(self.lost),
            CardStatus::Frozen => Some(self.frozen),
            CardStatus::Expired => Some(self.expired),
            CardStatus::Replaced => Some(self.replaced),
            CardStatus::Closed => Some(self.closed),
            CardStatus::Other => Some(self.unknown),
        }
    }
}

static ZH: CardPage = CardPage {
    holder: "持卡人",
    student_no: "学号或工号",
    campus: "校区",
    college: "学院",
    orders: "最近充值",
    no_orders: "这张卡还没有充值记录。",
    all_orders: "全部充值记录",
    manage: "管理这张卡",
    refresh: "刷新",
    set_default: "设为默认卡",
    default_set: "已设为默认卡，首页先显示它。",
    unbind: "解绑这张卡",
    unbind_title: "解绑这张卡？",
    unbind_text: "解绑后这里不再显示它，也不能给它充值。卡里的钱和待领取的钱都不变，可以随时再绑定。",
    unbind_yes: "解绑",
    unbind_no: "不解绑",
    unbinding: "正在解绑",
    unbound: "已解绑。",
    close: "关闭",
    desks: "可以问的服务点",
    lost: "已挂失的卡不能充值。卡找到了，或者要补办，请打服务点电话。",
    frozen: "冻结的卡不能充值。冻结原因和解冻办法，请打服务点电话问。",
    expired: "过期的卡不能充值。怎么换卡，请打服务点电话问。",
    replaced: "你已经换了新卡，旧卡不能充值。请解绑旧卡，再绑定新卡。",
    closed: "这张卡已经销户，不能充值。有疑问，请打服务点电话。",
    unknown: "暂时查不到这张卡的状态，先不要充值。请打服务点电话问。",
};

static EN: CardPage = CardPage {
    holder: "Holder",
    student_no: "Student or staff number",
    campus: "Campus",
    college: "College",
    orders: "Latest top-ups",
    no_orders: "No top-ups on this card yet.",
    all_orders: "All top-ups",
    manage: "This card",
    refresh: "Refresh",
    set_default: "Make this my default card",
    default_set: "This card now comes first on the home page.",
    unbind: "Remove this card",
    unbind_title: "Remove this card?",
    unbind_text: "It will no longer be shown here, and you can't top it up. Money on the card and money to collect stay as they are. You can add it again at any time.",
    unbind_yes: "Remove",
    unbind_no: "Keep it",
    unbinding: "Removing",
    unbound: "The card was removed.",
    close: "Close",
    desks: "Service points to ask",
    lost: "A card that was reported lost can't be topped up. If you have found it, or need a new one, call a service point.",
    frozen: "A frozen card can't be topped up. Call a service point to ask why it is frozen and what to do.",
    expired: "An expired card can't be topped up. Call a service point to ask for a new one.",
    replaced: "You have a new card, so the old one can't be topped up. Remove the old card, then add the new one.",
    closed: "This card's account is closed, so it can't be topped up. If you have questions, call a service point.",
    unknown: "We can't tell whether this card works, so don't top it up for now. Please call a service point.",
};
