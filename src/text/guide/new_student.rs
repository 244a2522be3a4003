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
    hundred_in_two: "100 元：饭卡 90 元，热水 10 元",
    daxuecheng_steps: [
        (
            "先用大学城一卡通吃饭、打热水",
            "里面已经有 100 元：90 元在食堂用，10 元打热水。",
        ),
        (
            "绑定校园卡，充第一笔",
            "校园卡里是 0 元。绑定，核对是不是你，再付款。",
        ),
        (
            "去机器上「嘀」一下",
            "拿校园卡到服务点、圈存补登机或圈存机，把付了的钱写进卡里（这叫圈存）。机器一般在食堂门口或里面的墙上。",
        ),
    ],
    other_steps: [
        ("直接去食堂刷卡", "校园卡里已经有 100 元，也可以借书还书。"),
        (
            "绑定校园卡",
            "填账号和初始密码，核对是不是你。这样随时能看余额。",
        ),
        (
            "快用完了再充值，充完去「嘀」",
            "付款以后，拿卡到服务点、圈存补登机或圈存机，把付了的钱写进卡里（这叫圈存）。",
        ),
    ],
    next: "现在就做",
    bind_gdut: "绑定校园卡",
    bind_hemc: "绑定大学城一卡通",
    password: "初始密码是什么？",
    password_note: "输入身份证最后 7 位，两张卡的都告诉你",
};

static EN: NewStudent = NewStudent {
    lead: "Just got your card? Look up your campus.",
    campus: "Which campus are you on?",
    other_campuses: "Longdong, Dongfeng Road and Panyu campuses",
    daxuecheng_cards: "You get two cards.",
    other_cards: "You get one card: the GDUT card.",
    on_gdut: "On the GDUT card",
    on_hemc: "On the University Town card",
    nothing: "0 yuan: top it up before first use",
    hundred: "100 yuan, ready to use",
    hundred_in_two: "100 yuan: 90 for meals and 10 for hot water",
    daxuecheng_steps: [
        (
            "Start with the University Town card",
            "It has 100 yuan on it: 90 for meals in canteens, 10 for hot water.",
        ),
        (
            "Bind the GDUT card and make the first top-up",
            "The GDUT card has 0 yuan on it. Bind it, check that it is you, then pay.",
        ),
        (
            "Tap it at a machine",
            "Take the GDUT card to a service point, a 圈存补登机 or a 圈存机, which write the paid money onto it (圈存, “loading”). The machines are usually at a canteen's door or on its inner wall.",
        ),
    ],
    other_steps: [
        (
            "Go straight to the canteen",
            "The GDUT card has 100 yuan on it. You can borrow books with it, too.",
        ),
        (
            "Bind the GDUT card",
            "Type account and first password, and check that it is you. From then on you can see the balance at any time.",
        ),
        (
            "Running low? Top up, then tap",
            "After paying, take the card to a service point, a 圈存补登机 or a 圈存机, which write the paid money onto it (圈存, “loading”).",
        ),
    ],
    next: "Do it now",
    bind_gdut: "Bind the GDUT card",
    bind_hemc: "Bind the University Town card",
    password: "What is the first password?",
    password_note: "Type the last 7 characters of your ID, see both",
};
