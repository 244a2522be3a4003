use dika_contract::Language;

use super::sentences;

/// What the notice of `public/rescue.js` says where the app can't: a browser too old, code that did not come, a crash.
/// Each page carries it in its own language; the app itself never shows it.
pub(crate) struct Rescue {
    missing: &'static str,
    lockdown: &'static str,
    /// Also where nothing else came that could be said.
    pub(crate) failed: &'static str,
    crashed: &'static str,
    slow: &'static str,
    wechat: &'static str,
    pub(crate) reload: &'static str,
    pub(crate) guide: &'static str,
    pub(crate) points: &'static str,
}

texts!(Rescue);

impl Rescue {
    /// What has happened, by the names that the script knows; `wechat` follows one of the others.
    pub(crate) fn said(language: Language) -> [(&'static str, String); 6] {
        let words = Self::of(language);
        [
            ("missing", words.missing.to_owned()),
            ("lockdown", words.lockdown.to_owned()),
            ("failed", words.failed.to_owned()),
            ("crashed", words.crashed.to_owned()),
            ("slow", words.slow.to_owned()),
            ("wechat", sentences(language, &["", words.wechat])),
        ]
    }
}

static ZH: Rescue = Rescue {
    missing: "这个浏览器运行不了完整功能。指南和服务点照常能看；要充值，请换一个浏览器。",
    lockdown: "这台设备开着「锁定模式」，充值要用的功能被它关了，换浏览器也一样。在 Safari 里：点地址栏的页面菜单，对本网站关闭锁定模式。在微信里：设置 › 隐私与安全性 › 锁定模式 › 配置网页浏览，把微信排除在外。不想改设置，就去服务点问。",
    failed: "页面没有加载完整。请检查网络，再重新加载。",
    crashed: "页面出了问题。刚付过款的，请重新加载，先看充值记录，不要重复付款。",
    slow: "网络有点慢，还在加载。可以先看这一页。",
    wechat: "也可以点右上角「…」，选「在浏览器打开」。",
    reload: "重新加载",
    guide: "使用指南",
    points: "服务点和电话",
};

static EN: Rescue = Rescue {
    missing: "This browser can't run the whole app. You can still read the guide and the service points; to top up, use another browser.",
    lockdown: "Lockdown Mode is on and has switched off what topping up needs, in every browser. In Safari: open the page menu in the address bar and turn Lockdown Mode off for this website. In WeChat: Settings › Privacy & Security › Lockdown Mode › Configure Web Browsing, and exclude WeChat. Or leave it on and ask at a service point.",
    failed: "The page didn't load completely. Check your network, then reload.",
    crashed: "Something went wrong on this page. If you have just paid, reload and check your top-ups first; don't pay again.",
    slow: "The network is slow; still loading. You can read this page in the meantime.",
    wechat: "Or tap … at the top right and choose “Open in Browser”.",
    reload: "Reload",
    guide: "Guide",
    points: "Service points and phones",
};
