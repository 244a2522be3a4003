use dika_server::settings::{Operator, OperatorWords};

/// Who runs the sandbox: nobody, and it says so.
pub fn invented() -> Operator {
    Operator {
        since: "2026-11-26".to_owned(),
        zh: OperatorWords {
            name: "嘀卡演示环境（不动真钱）".to_owned(),
            contact: "演示环境没有客服".to_owned(),
            retention: "演示环境的人、卡和充值都是虚构的，重置时全部删除。".to_owned(),
            privacy: "请不要在演示环境里填写真实的手机号、卡号或密码。".to_owned(),
            terms: "演示环境里的付款不是真的，机器和服务点也领不到钱。".to_owned(),
        },
        en: OperatorWords {
            name: "Dika sandbox (no real money)".to_owned(),
            contact: "nobody; this is a sandbox".to_owned(),
            retention: "People, cards and top-ups of the sandbox are invented. A reset deletes all of it."
                .to_owned(),
            privacy: "Please don't enter a real phone number, card number or password here.".to_owned(),
            terms: "Payments in the sandbox are not real, and no machine or service point will release money."
                .to_owned(),
        },
    }
}
