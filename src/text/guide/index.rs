use super::{
    super::common::{MAIN_BY_ITSELF_EN, MAIN_BY_ITSELF_ZH},
    Pair,
};

/// The guide's first page: the facts of the school's own guide, in our words.
pub(crate) struct Guide {
    pub(crate) lead: &'static str,
    pub(crate) which_card_note: &'static str,
    pub(crate) new_student_note: &'static str,
    pub(crate) password_note: &'static str,
    pub(crate) money_note: &'static str,
    pub(crate) points_note: &'static str,
    pub(crate) settings_note: &'static str,
    pub(crate) cards_lead: &'static str,
    pub(crate) gdut_facts: [Pair; 6],
    pub(crate) hemc_facts: [Pair; 6],
    pub(crate) gdut_title: &'static str,
    pub(crate) gdut_steps: [Pair; 5],
    pub(crate) hemc_main_title: &'static str,
    pub(crate) hemc_main_lead: &'static str,
    pub(crate) hemc_main_steps: [Pair; 4],
    pub(crate) hemc_water_title: &'static str,
    pub(crate) hemc_water_lead: &'static str,
    pub(crate) hemc_water_steps: [Pair; 4],
    pub(crate) official: &'static str,
    pub(crate) gdut_official: [&'static str; 4],
    pub(crate) hemc_main_official: [&'static str; 4],
    pub(crate) hemc_water_official: [&'static str; 3],
    pub(crate) collect_title: &'static str,
    pub(crate) collect_lead: &'static str,
    pub(crate) collect_facts: [Pair; 3],
    pub(crate) never_cross: &'static str,
    pub(crate) unsure_title: &'static str,
    pub(crate) unsure_text: &'static str,
    pub(crate) unsure_link: &'static str,
    pub(crate) not_said_title: &'static str,
    pub(crate) not_said_text: &'static str,
    pub(crate) links_title: &'static str,
    pub(crate) site_unreachable: &'static str,
    pub(crate) email: &'static str,
    pub(crate) account: &'static str,
    pub(crate) as_of: &'static str,
    pub(crate) as_of_offline: &'static str,
}

texts!(Guide);

static ZH: Guide = Guide {
    lead: "两张卡有什么不同，怎样充值，钱怎样到卡里。",
    which_card_note: "选校区和用途，直接告诉你",
    new_student_note: "卡里有多少钱，头三步做什么",
    password_note: "两张卡的初始密码，只在手机上算",
    money_note: "已付款，钱没到卡里？答几个问题",
    points_note: "五个服务点的地址和电话",
    settings_note: "语言、字号、外观、账户",
    cards_lead: "大学城校区的新生发两张卡；龙洞、东风路、番禺校区的新生只发校园卡。",
    gdut_facts: [
        ("谁发的", "广东工业大学"),
        ("谁有", "四个校区的新生；四个校区都能用"),
        ("在大学城校区", "当证件，食堂消费"),
        ("在龙洞、东风路、番禺校区", "当证件，食堂消费，借书还书"),
        (
            "新生卡里预存",
            "龙洞、东风路、番禺校区 100 元；大学城校区 0 元，先充值才能用",
        ),
        (
            "以后",
            "会逐步成为校内唯一的证件卡，身份认证和消费都归到这张卡上",
        ),
    ],
    hemc_facts: [
        ("谁发的", "广州大学城一卡通有限公司，受学校委托"),
        (
            "谁有",
            "大学城校区的新生；教师也有用它的，怎样拿到，指南没有写",
        ),
        (
            "在大学城校区",
            "当证件，消费，进图书馆和借书还书，学生打热水；教师用它登录多媒体课室中控台",
        ),
        ("在大学城其他 9 所高校", "只能消费"),
        ("在龙洞、东风路、番禺校区", "只当证件"),
        ("新生卡里预存", "100 元：主钱包 90 元，水电钱包 10 元"),
    ],
    gdut_title: "给校园卡充值",
    gdut_steps: [
        (
            "绑定校园卡",
            "填账号和密码。没改过的密码是身份证最后 6 位数字；身份证末位是字母的，往前退一位取 6 位数字。",
        ),
        (
            "核对持卡人",
            "看清姓名、学号和校区。分不清是谁的账户，就不要付款。",
        ),
        (
            "选金额，付款",
            "选一个金额和支付方式。付款后，钱还没到卡里。",
        ),
        (
            "去机器上「嘀」一下",
            "拿卡到服务点、圈存补登机或圈存机领取。圈存就是把已经付了的钱写进卡里。",
        ),
        ("听到「嘀」", "这才算到账，可以去食堂刷卡了。"),
    ],
    hemc_main_title: "给大学城一卡通主钱包充值",
    hemc_main_lead: "主钱包主要在食堂用。",
    hemc_main_steps: [
        (
            "绑定大学城一卡通",
            "填卡面上的号码和密码。没改过的密码是身份证最后 6 位，末位是字母的写成 0。",
        ),
        ("核对持卡人", "分不清是谁的账户，就不要付款。"),
        (
            "选主钱包和金额，付款",
            "付款前再看一眼：是大学城一卡通，是主钱包。",
        ),
        ("不用领取", MAIN_BY_ITSELF_ZH),
    ],
    hemc_water_title: "给水电钱包充值（热水）",
    hemc_water_lead: "打热水用大学城一卡通的水电钱包，和主钱包分开。",
    hemc_water_steps: [
        ("选水电钱包", "在大学城一卡通里选水电钱包，选金额。"),
        ("付款", "照提示付款。付款后，钱还没到卡里。"),
        (
            "拿卡去领取",
            "到服务中心，或就近饭堂里大学城一卡通的补登机，放上卡，等补登完成。",
        ),
        (
            "最好在 6 小时内",
            "过了 6 小时，先在手机上点“继续领取”，再去领。钱不会丢。",
        ),
    ],
    official: "也可以走微信公众号",
    gdut_official: [
        "在微信里搜“gdutcard”，关注校园卡公众号。",
        "绑定校园卡的账号和密码。",
        "核对个人信息，充值，选支付方式。",
        "同样要到服务点、圈存补登机或圈存机「嘀」卡领取。",
    ],
    hemc_main_official: [
        "关注公众号“广州大学城一卡通”。",
        "用常用的手机号注册“校随行”，再登录。",
        "进“一卡通业务”，设默认卡：卡号看卡面，密码是身份证最后 6 位，末位是字母的写成 0。",
        "再点一次“一卡通业务”，照提示充值。",
    ],
    hemc_water_official: [
        "在“一卡通业务”里点左下角“水电钱包充值”，进入“校园水电控”。",
        "选金额，照提示付款。",
        "超过 6 小时没有补登，先点开微信通知确认。",
    ],
    collect_title: "怎样领取：「嘀」",
    collect_lead: "付款后要刷卡领取：把卡放到机器上，听到「嘀」，钱才到卡里。",
    collect_facts: [
        ("校园卡", "服务点、圈存补登机或圈存机。指南没有写期限。"),
        ("大学城一卡通 · 主钱包", MAIN_BY_ITSELF_ZH),
        (
            "大学城一卡通 · 水电钱包",
            "服务中心，或大学城一卡通自己的补登机。最好在 6 小时内。",
        ),
    ],
    never_cross: "两张卡的机器不通用：校园卡的机器领不了大学城一卡通的钱，反过来也不行。",
    unsure_title: "分不清是谁的账户？先别付款",
    unsure_text: "如果显示的信息不够判断是不是你，请到服务点找工作人员核对，以免充到别人卡里。",
    unsure_link: "找服务点",
    not_said_title: "指南没有写的事",
    not_said_text: "充值限额、手续费、服务点的上班时间、退款、挂失补办、每台机器在哪里、领取水电钱包的服务中心在哪里、校园卡的账号是哪个号码，还有用护照等证件办的卡，学校的指南都没有写。请打服务点的电话问。",
    links_title: "网站和邮箱",
    site_unreachable: "近期可能无法访问",
    email: "投诉和建议",
    account: "微信公众号：{0}",
    as_of: "资料按学校的《校园卡微信充值使用指引》整理，{1}年{0}核对。",
    as_of_offline: "现在连不上服务器，显示的是本机自带的一份。",
};

static EN: Guide = Guide {
    lead: "How the two cards differ, how to top them up, and how the money gets onto the card.",
    which_card_note: "By campus and purpose",
    new_student_note: "What is already on your card, and what to do first",
    password_note: "Both first passwords, worked out on this phone only",
    money_note: "Your payment isn't on the card yet? Start here",
    points_note: "Addresses and phone numbers",
    settings_note: "Language, text size, appearance, account",
    cards_lead: "New students of the University Town campus get both cards. New students of Longdong, Dongfeng Road and Panyu get only the GDUT card.",
    gdut_facts: [
        ("Issued by", "Guangdong University of Technology"),
        (
            "Who holds it",
            "New students of all four campuses; it works on all four",
        ),
        ("At University Town", "ID, canteens"),
        (
            "At Longdong, Dongfeng Road, Panyu",
            "ID, canteens, library loans",
        ),
        (
            "On a new student's card",
            "100 yuan at Longdong, Dongfeng Road and Panyu. 0 yuan at University Town: top it up before first use",
        ),
        (
            "Later",
            "It will gradually become the only ID card on campus, for identity checks and for paying",
        ),
    ],
    hemc_facts: [
        (
            "Issued by",
            "Guangzhou University Town Card Co., on the school's behalf",
        ),
        (
            "Who holds it",
            "New students of the University Town campus. Teachers use it too; the guide doesn't say how they get theirs",
        ),
        (
            "At University Town",
            "ID, spending, library gates and loans, hot water for students; teachers sign in to lecture-room consoles with it",
        ),
        ("At the 9 other universities there", "Spending only"),
        ("At Longdong, Dongfeng Road, Panyu", "ID only"),
        (
            "On a new student's card",
            "100 yuan: 90 in the main wallet, 10 in the utilities wallet",
        ),
    ],
    gdut_title: "Top up the GDUT card",
    gdut_steps: [
        (
            "Add the card",
            "Enter account and password. If you never changed it, the password is the last six digits of your national ID; if the ID ends in a letter, take the six digits before the letter.",
        ),
        (
            "Check that it is you",
            "Check name, student number and campus. If you can't tell whose account it is, don't pay.",
        ),
        (
            "Choose an amount and pay",
            "Choose an amount and a way to pay. After paying, the money isn't on the card yet.",
        ),
        (
            "Tap the card at a machine",
            "Go to a service point, a loading and top-up machine (圈存补登机) or a loading machine (圈存机). Loading (圈存) puts the money you paid onto the card.",
        ),
        (
            "Listen for the beep",
            "Only now is the money on the card, ready for the canteen.",
        ),
    ],
    hemc_main_title: "Top up the University Town card: main wallet",
    hemc_main_lead: "The main wallet pays for meals and is mostly used in canteens.",
    hemc_main_steps: [
        (
            "Add the card",
            "Enter the number printed on the card and the password. If you never changed it, that is the last six of your national ID, with 0 in place of a final letter.",
        ),
        (
            "Check that it is you",
            "If you can't tell whose account it is, don't pay.",
        ),
        (
            "Choose the main wallet and an amount, and pay",
            "Check once more before paying: University Town card, main wallet.",
        ),
        ("Nothing to collect", MAIN_BY_ITSELF_EN),
    ],
    hemc_water_title: "Top up the utilities wallet (hot water)",
    hemc_water_lead: "Hot water is paid from the utilities wallet of the University Town card, which is separate from the main wallet.",
    hemc_water_steps: [
        (
            "Choose the utilities wallet",
            "On the University Town card, choose the utilities wallet (水电钱包) and an amount.",
        ),
        (
            "Pay",
            "Follow the steps. After paying, the money isn't on the card yet.",
        ),
        (
            "Collect it with the card",
            "Go to the service centre, or to the University Town card's own top-up machine (补登机) in a nearby canteen. Hold the card to it and wait until it is done.",
        ),
        (
            "Best within 6 hours",
            "After 6 hours, tap “Reopen collection” on your phone first, then collect. The money is not lost.",
        ),
    ],
    official: "Or use the official account in WeChat",
    gdut_official: [
        "Search WeChat for “gdutcard” and follow the card's official account.",
        "Enter the account and password of your GDUT card.",
        "Check the personal data, top up, choose a way to pay.",
        "Then collect the money: tap the card at a service point or a machine.",
    ],
    hemc_main_official: [
        "Follow the official account 广州大学城一卡通.",
        "Register for 校随行 with the phone number you use, then sign in.",
        "Open 一卡通业务 and set your default card: the number is printed on it; the password is the last six of your national ID, with 0 in place of a final letter.",
        "Open 一卡通业务 again and follow the steps to top up.",
    ],
    hemc_water_official: [
        "In 一卡通业务, tap 水电钱包充值 at the bottom left to reach 校园水电控.",
        "Choose an amount and follow the steps to pay.",
        "After 6 hours without collecting, open the WeChat notification and confirm first.",
    ],
    collect_title: "How to collect: the beep",
    collect_lead: "After paying you collect the money with the card: hold it to a machine until it beeps (嘀). Only then is the money on the card.",
    collect_facts: [
        (
            "GDUT card",
            "Service point, 圈存补登机 or 圈存机. The school's guide names no deadline.",
        ),
        ("University Town card, main wallet", MAIN_BY_ITSELF_EN),
        (
            "University Town card, utilities wallet",
            "Service centre, or the University Town card's own 补登机. Best within 6 hours.",
        ),
    ],
    never_cross: "Each card has its own machines: GDUT machines can't release money for the University Town card, nor the other way round.",
    unsure_title: "Not sure whose account it is? Don't pay",
    unsure_text: "If the details shown aren't enough to tell that it is you, ask the staff at a service point before you pay.",
    unsure_link: "Find a service point",
    not_said_title: "What the school's guide doesn't say",
    not_said_text: "Limits, fees, opening hours, refunds, lost cards, where each machine is, where the service centre for the utilities wallet is, which number is the GDUT card's account, and cards issued with a passport or another document: the school's guide doesn't cover these. Please call a service point.",
    links_title: "Sites and e-mail",
    site_unreachable: "May be unreachable at the moment",
    email: "Complaints and suggestions",
    account: "Official account in WeChat: {0}",
    as_of: "From the school's own guide to topping up cards, checked {0} {1}.",
    as_of_offline: "The server can't be reached now; this is the copy that comes with the app.",
};
