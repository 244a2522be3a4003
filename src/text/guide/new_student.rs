use super::Pair;

/// First steps of a new student.
pub(crate) struct NewStudent {
    pub(crate) lead: &'static str,
    pub(crate) campus: &'static str,
    pub(crate) other_campuses: &'static str,
    pub(crate) daxuecheng_cards: &'static str,
    pub(crate) other_cards: &'static str,
    pub(crate) on_gdut: &'static str,
    pub(crate) on_hemc: &'static str,
    pub(crate) nothing: &'static str,
    pub(crate) hundred: &'static str,
    pub(crate) hundred_in_two: &'static str,
    pub(crate) daxuecheng_steps: [Pair; 3],
    pub(crate) other_steps: [Pair; 3],
    pub(crate) next: &'static str,
    pub(crate) bind_gdut: &'static str,
    pub(crate) bind_hemc: &'static str,
    pub(crate) password: &'static str,
    pub(crate) password_note: &'static str,
}

texts!(NewStudent);

static ZH: NewStudent = NewStudent {
    lead: "刚拿到卡？看你的校区。",
    campus: "你在哪个校区？",
    other_campuses: "龙洞、东风路、番禺校区",
    daxuecheng_cards: "你会拿到两张卡。",
    other_cards: "你会拿到一张卡：校园卡。",
    on_gdut: "校园卡里",
    on_hemc: "大学城一卡通里",
    nothing: "0 元，先充值才能用",
    hundred: "100 元，可以直接用",
    hundred_in_two: "100 元：主钱包 90 元，水电钱包 10 元",
    daxuecheng_steps: [
        (
            "先用大学城一卡通吃饭、打热水",
            "里面已经有 100 元：主钱包 90 元，在食堂用；水电钱包 10 元，打热水用。",
        ),
        (
            "绑定校园卡，充第一笔",
            "校园卡里是 0 元。绑定，核对持卡人，再付款。",
        ),
        (
            "去机器上「嘀」一下",
            "拿校园卡到服务点、圈存补登机或圈存机领取（这叫圈存），钱才到卡里。机器一般在食堂门口或里面的墙上。",
        ),
    ],
    other_steps: [
        ("直接去食堂刷卡", "校园卡里已经有 100 元，也可以借书还书。"),
        (
            "绑定校园卡",
            "填账号和初始密码，核对持卡人。绑好后随时能看余额。",
        ),
        (
            "快用完时，充完再去刷卡领取",
            "付款后，拿卡到服务点、圈存补登机或圈存机领取（这叫圈存），钱才到卡里。",
        ),
    ],
    next: "现在就做",
    bind_gdut: "绑定校园卡",
    bind_hemc: "绑定大学城一卡通",
    password: "初始密码是什么？",
    password_note: "输入身份证最后 7 位，看两张卡的初始密码",
};

static EN: NewStudent = NewStudent {
    lead: "Just got your card? Choose your campus.",
    campus: "Which campus are you on?",
    other_campuses: "Longdong, Dongfeng Road and Panyu",
    daxuecheng_cards: "You get two cards.",
    other_cards: "You get one card: the GDUT card.",
    on_gdut: "On the GDUT card",
    on_hemc: "On the University Town card",
    nothing: "0 yuan: top it up before first use",
    hundred: "100 yuan, ready to use",
    hundred_in_two: "100 yuan: 90 in the main wallet, 10 in the utilities wallet",
    daxuecheng_steps: [
        (
            "Start with the University Town card",
            "It has 100 yuan on it: 90 in the main wallet for canteens, 10 in the utilities wallet for hot water.",
        ),
        (
            "Add the GDUT card and make the first top-up",
            "The GDUT card has 0 yuan on it. Add it, check that it is you, then pay.",
        ),
        (
            "Tap it at a machine",
            "Take the GDUT card to a service point, a 圈存补登机 or a 圈存机: only then is the money on the card. The machines are usually at a canteen's door or on its inner wall.",
        ),
    ],
    other_steps: [
        (
            "Go straight to the canteen",
            "The GDUT card has 100 yuan on it. You can borrow books with it, too.",
        ),
        (
            "Add the GDUT card",
            "Enter account and first password, and check that it is you. Then you can see the balance at any time.",
        ),
        (
            "Running low? Top up, then tap",
            "After paying, take the card to a service point, a 圈存补登机 or a 圈存机: only then is the money on the card.",
        ),
    ],
    next: "Do it now",
    bind_gdut: "Add the GDUT card",
    bind_hemc: "Add the University Town card",
    password: "What is the first password?",
    password_note: "Enter the last 7 characters of your ID",
};
