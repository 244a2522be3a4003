/// Signing in.
pub(crate) struct SignIn {
    pub(crate) lead: &'static str,
    pub(crate) phone: &'static str,
    pub(crate) phone_help: &'static str,
    pub(crate) phone_wrong: &'static str,
    pub(crate) code: &'static str,
    pub(crate) code_help: &'static str,
    pub(crate) code_wrong: &'static str,
    pub(crate) send_code: &'static str,
    pub(crate) send_again: &'static str,
    pub(crate) send_again_in: &'static str,
    pub(crate) code_sent: &'static str,
    pub(crate) sign_in: &'static str,
    pub(crate) signing_in: &'static str,
    pub(crate) check: &'static str,
    pub(crate) private: &'static str,
}

words!(SignIn);

static ZH: SignIn = SignIn {
    lead: "用常用手机号登录，没有账号会自动建一个。",
    phone: "手机号",
    phone_help: "11 位，中国大陆手机号",
    phone_wrong: "请填 11 位手机号，以 1 开头。",
    code: "验证码",
    code_help: "短信里的 6 位数字，5 分钟内有效",
    code_wrong: "请填短信里的 6 位数字。",
    send_code: "获取验证码",
    send_again: "重新获取",
    send_again_in: "{0} 秒后可重发",
    code_sent: "验证码已发到 {0}",
    sign_in: "登录",
    signing_in: "正在登录",
    check: "请改一下这几处",
    private: "手机号只用来登录和查你的充值，不会给别人看。",
};

static EN: SignIn = SignIn {
    lead: "Use the phone you carry. No account yet? One is made for you.",
    phone: "Phone number",
    phone_help: "11 digits, a mobile number in mainland China",
    phone_wrong: "Please type all 11 digits, starting with 1.",
    code: "Code",
    code_help: "The 6 digits in the message, good for 5 minutes",
    code_wrong: "Please type the 6 digits from the message.",
    send_code: "Send code",
    send_again: "Send again",
    send_again_in: "Again in {0} s",
    code_sent: "A code is on its way to {0}",
    sign_in: "Sign in",
    signing_in: "Signing in",
    check: "Please correct this",
    private: "Your number is used to sign you in and to find your top-ups. Nobody else sees it.",
};
