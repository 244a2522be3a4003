/// Another account that was found in this WeChat and may be the student's.
pub(crate) struct OtherAccount {
    pub(crate) title: &'static str,
    /// A card, its number, and its holder.
    pub(crate) card: &'static str,
    /// How many cards and top-ups.
    pub(crate) count: &'static str,
    /// How much waits to be collected.
    pub(crate) waiting: &'static str,
    /// `{0}` is the masked phone number.
    pub(crate) text: &'static str,
    pub(crate) join: &'static str,
    pub(crate) keep_apart: &'static str,
}

texts!(OtherAccount);

static ZH: OtherAccount = OtherAccount {
    title: "这个微信里还有一个账户，是你的吗？",
    card: "{0}{1}，持卡人 {2}。",
    count: "共 {0} 张卡、{1} 笔充值记录。",
    waiting: "有 {0} 等着领取。",
    text: "是你本人的就合并：这些会移到手机号 {0} 的账户，以后用这个微信打开的也是它。在别人手机上登录的，请选“不是我的”。合并错了，90 天内可以请服务点分开。",
    join: "是我的，合并",
    keep_apart: "不是我的",
};

static EN: OtherAccount = OtherAccount {
    title: "There is another account in this WeChat. Is it yours?",
    card: "{0}, {1}, held by {2}.",
    count: "Cards: {0}. Top-ups: {1}.",
    waiting: "{0} waiting to be collected.",
    text: "If so, merge them: this moves to the account of {0}, which this WeChat opens from now on. On somebody else's phone, choose “Not mine”. A wrong merge can be undone at a service point within 90 days.",
    join: "It's mine: merge",
    keep_apart: "Not mine",
};
