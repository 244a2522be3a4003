/// The pages on privacy and terms, as far as they are the same for each school. `{operator}`, `{contact}`,
/// `{retention}` and `{since}` stand for what the school says in its settings. Only prerendered; the app itself never
/// shows them.
pub(crate) struct Legal {
    pub(crate) unset: &'static str,
    pub(crate) home: &'static str,
    pub(crate) privacy: Document,
    pub(crate) terms: Document,
}

/// One page.
pub(crate) struct Document {
    pub(crate) title: &'static str,
    pub(crate) description: &'static str,
    pub(crate) lead: &'static str,
    pub(crate) sections: &'static [(&'static str, &'static [&'static str])],
}

texts!(Legal);

static ZH: Legal = Legal {
    unset: "（学校还没有填写）",
    home: "首页",
    privacy: Document {
        title: "隐私说明",
        description: "谁在运营嘀卡，保存什么信息、保存多久，怎样查询和删除。",
        lead: "自 {since} 起适用。",
        sections: &[
            (
                "谁在运营",
                &[
                    "为广东工业大学的学生提供这项服务、收取充值款的是：{operator}。",
                    "个人信息方面的问题、投诉和请求，请联系：{contact}。",
                ],
            ),
            (
                "保存什么，为什么",
                &[
                    "手机号，或微信给这个公众号的用户标识：用来登录，找到你的卡和充值。手机号也用来给你发验证码。",
                    "绑定的卡：发卡方、卡号、学号或工号、姓名、校区、学院。绑定时向发卡方核对，页面上只显示一部分。",
                    "充值记录：卡、钱包、金额、时间、付款和领取的状态，微信支付的单号。用来完成充值、查账和退款。",
                    "登录凭证：浏览器里的 Cookie，只用来保持登录，记住语言、字号和外观，以及记下已经下载过的样式文件。没有广告，没有统计代码。",
                ],
            ),
            (
                "不保存什么",
                &[
                    "卡的密码只在绑定时交给发卡方核对，核对完就丢弃。",
                    "密码助手里输入的身份证末位只在你的手机上计算，不上传。",
                    "银行卡号和支付密码由微信支付处理，这里看不到。",
                ],
            ),
            (
                "交给谁",
                &[
                    "发卡方（广东工业大学、广州大学城一卡通有限公司）：核对你的卡，把钱充进去。",
                    "微信支付：收款和退款。短信服务商：发送验证码。",
                    "除此以外不提供给别人，法律另有要求的除外。",
                ],
            ),
            (
                "保存多久",
                &[
                    "{retention}",
                    "首页的余额也存一份在你的手机上，方便下次打开时马上看到；退出登录就删除。",
                ],
            ),
            (
                "你可以做什么",
                &[
                    "在“我的卡”里查看或解绑卡，在“设置”里退出登录。",
                    "要查询、更正、复制或删除你的信息，或注销账户，请用上面的联系方式。",
                ],
            ),
        ],
    },
    terms: Document {
        title: "使用条款",
        description: "使用嘀卡给校园卡充值的约定：收款方、到账、退款、责任。",
        lead: "自 {since} 起适用。",
        sections: &[
            (
                "这是什么",
                &[
                    "给广东工业大学校园卡和大学城一卡通充值的服务，由{operator}运营，并收取充值款。",
                    "请只绑定你自己的卡。充值前核对持卡人、卡、钱包和金额。",
                ],
            ),
            (
                "付款和到账",
                &[
                    "付款后，大学城一卡通主钱包的钱会自动到卡里；校园卡和水电钱包的钱要带卡到机器或服务点领取。",
                    "水电钱包最好在 6 小时内领取；过了时间，在充值详情里点“继续领取”后仍可领取，钱不会丢。",
                ],
            ),
            (
                "退款和差错",
                &[
                    "付了款但没能充进卡里的，按原路退回。",
                    "充错了卡或钱包，请马上打这张卡的服务电话，由服务点处理。",
                    "多付、少到账或对账单有疑问，请带凭据联系服务点，或联系：{contact}。",
                ],
            ),
            (
                "服务中断",
                &["校园卡系统、支付或网络维护时，服务可能暂停；已经付款的钱不会因此丢失。"],
            ),
        ],
    },
};

static EN: Legal = Legal {
    unset: "(not filled in by the school yet)",
    home: "Home",
    privacy: Document {
        title: "Privacy Notice",
        description: "Who runs Dika, what it keeps and for how long, and how to have it corrected or deleted.",
        lead: "In force since {since}.",
        sections: &[
            (
                "Who runs this",
                &[
                    "This service for students of Guangdong University of Technology is run by {operator}, who also receives the payments.",
                    "For questions, complaints and requests about your data, contact: {contact}.",
                ],
            ),
            (
                "What is kept, and why",
                &[
                    "Your phone number, or the user ID that WeChat gives this official account: to sign you in and find your cards and top-ups. Codes are sent to the phone number.",
                    "The cards you add: issuer, card number, student or staff number, name, campus, college. They are checked with the issuer; pages show only part of them.",
                    "Your top-ups: card, wallet, amount, time, state of payment and collection, and WeChat Pay's number. They are needed for the top-up itself, for accounting and for refunds.",
                    "Cookies that keep you signed in, remember your language, text size and theme, and note which style file is already here. No advertising, no tracking.",
                ],
            ),
            (
                "What is not kept",
                &[
                    "A card's password goes to its issuer once, when you add the card, and is then discarded.",
                    "What you enter in the password helper stays on your phone.",
                    "Bank card numbers and payment passwords are handled by WeChat Pay and never seen here.",
                ],
            ),
            (
                "Who gets it",
                &[
                    "The card issuers (Guangdong University of Technology, Guangzhou University Town Card Co.): to check your card and to load the money.",
                    "WeChat Pay, for payments and refunds. The SMS provider, to send codes.",
                    "Nobody else, unless the law requires it.",
                ],
            ),
            (
                "For how long",
                &[
                    "{retention}",
                    "Your phone keeps a copy of the balances on the home page, so that they show at once next time. Signing out deletes it.",
                ],
            ),
            (
                "What you can do",
                &[
                    "See or remove your cards under “My cards”, and sign out under “Settings”.",
                    "To see, correct, copy or delete your data, or to close your account, use the contact above.",
                ],
            ),
        ],
    },
    terms: Document {
        title: "Terms of Use",
        description: "What applies when you top up a campus card with Dika: who is paid, arrival, refunds, errors.",
        lead: "In force since {since}.",
        sections: &[
            (
                "What this is",
                &[
                    "A service to top up the GDUT card and the University Town card. It is run by {operator}, who also receives the payments.",
                    "Please add only your own cards. Check holder, card, wallet and amount before you pay.",
                ],
            ),
            (
                "Paying and collecting",
                &[
                    "Money for the University Town card's main wallet reaches the card by itself. Money for the GDUT card and for the utilities wallet is collected with the card, at a machine or a service point.",
                    "For the utilities wallet, collect within 6 hours if you can. Later you can still do so after “Reopen collection”; the money is not lost.",
                ],
            ),
            (
                "Refunds and errors",
                &[
                    "Money that was paid and could not be put on the card is returned the way you paid.",
                    "Wrong card or wallet? Call the card's desk at once; the service point will handle it.",
                    "If an amount is wrong or missing, take your proof of payment to a service point, or contact: {contact}.",
                ],
            ),
            (
                "Interruptions",
                &[
                    "The service may pause while the card system, payments or the network are under maintenance. Money that you have paid is not lost.",
                ],
            ),
        ],
    },
};
