use dika_contract::Issuer;

use crate::route::Route;

/// The titles of pages, and their descriptions for search engines.
pub(crate) struct Title {
    home: Words,
    sign_in: Words,
    bind_choose: Words,
    bind_gdut: Words,
    bind_hemc: Words,
    confirm_identity: Words,
    card: Words,
    top_up: Words,
    orders: Words,
    order: Words,
    service_points: Words,
    guide: Words,
    which_card: Words,
    new_student: Words,
    password: Words,
    money_triage: Words,
    settings: Words,
    not_found: Words,
    #[cfg(feature = "ssr")]
    needs_scripts: &'static str,
}

/// Of one page. The description is in prerendered pages alone.
#[derive(Clone, Copy)]
struct Words {
    title: &'static str,
    #[cfg(feature = "ssr")]
    description: &'static str,
}

const fn words(title: &'static str, description: &'static str) -> Words {
    #[cfg(not(feature = "ssr"))]
    let _ = description;
    Words {
        title,
        #[cfg(feature = "ssr")]
        description,
    }
}

texts!(Title);

impl Title {
    /// The title of a page.
    pub(crate) fn title(&self, route: &Route) -> &'static str {
        self.words(route).title
    }

    /// What a page that needs scripts says without them.
    #[cfg(feature = "ssr")]
    pub(crate) fn needs_scripts(&self) -> &'static str {
        self.needs_scripts
    }

    /// The description of a page.
    #[cfg(feature = "ssr")]
    pub(crate) fn description(&self, route: &Route) -> &'static str {
        self.words(route).description
    }

    fn words(&self, route: &Route) -> Words {
        match route {
            Route::Home => self.home,
            Route::SignIn => self.sign_in,
            Route::BindChoose => self.bind_choose,
            Route::Bind(Issuer::Hemc) => self.bind_hemc,
            Route::Bind(_) => self.bind_gdut,
            Route::ConfirmIdentity(_) => self.confirm_identity,
            Route::Card(_) => self.card,
            Route::TopUp(..) => self.top_up,
            Route::Orders => self.orders,
            Route::Order(_) => self.order,
            Route::ServicePoints => self.service_points,
            Route::Guide => self.guide,
            Route::WhichCard => self.which_card,
            Route::NewStudent => self.new_student,
            Route::PasswordHelper => self.password,
            Route::MoneyTriage => self.money_triage,
            Route::Settings => self.settings,
            Route::Gallery | Route::NotFound => self.not_found,
        }
    }
}

static ZH: Title = Title {
    home: words(
        "嘀卡 · 校园卡充值",
        "广工学生给校园卡和大学城一卡通充值：绑卡、核对本人、付款、到机器上嘀卡领取。",
    ),
    sign_in: words("登录", "用手机号和短信验证码登录。"),
    bind_choose: words("绑定一张卡", "选要绑定的卡：校园卡，还是大学城一卡通。"),
    bind_gdut: words("绑定校园卡", "用账号和密码绑定广东工业大学校园卡。"),
    bind_hemc: words("绑定大学城一卡通", "用卡面号码和密码绑定广州大学城一卡通。"),
    confirm_identity: words("请核对持卡人", "充值前先核对是不是本人。"),
    card: words("我的卡", "余额、钱包和充值。"),
    top_up: words("充值", "选金额，核对，付款。"),
    orders: words("充值记录", "每一笔充值的进度。"),
    order: words("充值详情", "这一笔钱在哪里，下一步做什么。"),
    service_points: words("服务点", "五个校园卡服务点的地址和电话，领取机器长什么样。"),
    guide: words("使用指南", "两张卡的区别，怎样充值和领取。"),
    which_card: words(
        "用哪张卡、哪个钱包？",
        "按校区和用途，告诉你用哪张卡、哪个钱包、怎么充。",
    ),
    new_student: words("新生第一步", "卡里预存了多少，头三步做什么，按校区说明。"),
    password: words(
        "密码助手",
        "输入身份证号最后 7 位，算出两张卡的初始密码。只在手机上算，不上传。",
    ),
    money_triage: words("我的钱去哪了？", "答几个问题，找到该做的事和该打的电话。"),
    settings: words("设置", "语言、字号、外观、账户。"),
    not_found: words("没有这个页面", "地址可能写错了。"),
    #[cfg(feature = "ssr")]
    needs_scripts: "这个浏览器没有运行 JavaScript，这一页用不了。指南和服务点照样能看。",
};

static EN: Title = Title {
    home: words(
        "Dika · campus card top-up",
        "For students of Guangdong University of Technology: add a card, check that it is yours, pay, and collect the money at a machine.",
    ),
    sign_in: words("Sign in", "Sign in with a phone number and a code by SMS."),
    bind_choose: words(
        "Add a card",
        "Which card: the GDUT card or the University Town card?",
    ),
    bind_gdut: words(
        "Add your GDUT card",
        "Add a GDUT campus card with its account and password.",
    ),
    bind_hemc: words(
        "Add your University Town card",
        "Add a University Town card with the number printed on it and its password.",
    ),
    confirm_identity: words(
        "Is this you?",
        "Check whose card it is before any money moves.",
    ),
    card: words("My card", "Balances, wallets, top-up."),
    top_up: words("Top up", "Choose an amount, check it, pay."),
    orders: words("Top-ups", "The progress of each top-up."),
    order: words("Top-up", "Where this money is and what to do next."),
    service_points: words(
        "Service points",
        "Addresses and phones of the five card service points, and what the machines look like.",
    ),
    guide: words(
        "Guide",
        "How the two cards differ, how to top up, how to collect.",
    ),
    which_card: words(
        "Which card, which wallet?",
        "By campus and purpose: which card, which wallet, and how to top it up.",
    ),
    new_student: words(
        "New here? First steps",
        "What is already on your card, and the first three things to do, by campus.",
    ),
    password: words(
        "Password helper",
        "Enter the last 7 characters of your ID to see both first passwords. Worked out on your phone, not sent.",
    ),
    money_triage: words(
        "Where is my money?",
        "A few questions that lead to the right step or phone number.",
    ),
    settings: words("Settings", "Language, text size, appearance, account."),
    not_found: words("No such page", "The address may be mistyped."),
    #[cfg(feature = "ssr")]
    needs_scripts: "JavaScript doesn't run in this browser, so this page can't work. You can still read the guide and the service points.",
};
