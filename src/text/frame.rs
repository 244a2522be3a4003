/// The frame around the pages, and what stands in it until a page is there. A first visit brings it.
pub(crate) struct Frame {
    pub(crate) school: &'static str,
    pub(crate) skip: &'static str,
    pub(crate) sandbox_mark: &'static str,
    pub(crate) main_nav: &'static str,
    pub(crate) tab_home: &'static str,
    pub(crate) tab_orders: &'static str,
    pub(crate) tab_points: &'static str,
    pub(crate) tab_guide: &'static str,
    pub(crate) loading: &'static str,
    pub(crate) not_found: &'static str,
    pub(crate) page_not_fetched: &'static str,
}

texts!(Frame);

static ZH: Frame = Frame {
    school: "嘀卡 · 广东工业大学",
    skip: "跳到正文",
    sandbox_mark: "演示环境，不动真钱",
    main_nav: "主要页面",
    tab_home: "首页",
    tab_orders: "充值记录",
    tab_points: "服务点",
    tab_guide: "指南",
    loading: "正在加载",
    not_found: "地址可能有误，或者页面已经不在了。",
    page_not_fetched: "页面没有加载成功，正在重新打开",
};

static EN: Frame = Frame {
    school: "Dika · Guangdong University of Technology",
    skip: "Skip to content",
    sandbox_mark: "Sandbox: no real money",
    main_nav: "Main pages",
    tab_home: "Home",
    tab_orders: "Top-ups",
    tab_points: "Service points",
    tab_guide: "Guide",
    loading: "Loading",
    not_found: "The address may be mistyped, or the page has moved.",
    page_not_fetched: "That page didn't load; opening it again",
};
