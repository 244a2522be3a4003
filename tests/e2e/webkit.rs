use crate::{
    gdut,
    harness::{Engine, Options, journey_with},
    hemc_main,
};

const WEBKIT: Options = Options {
    engine: Engine::WebKit,
    language: "zh-CN",
    user_agent: None,
    scripts: true,
};

#[test]
fn webkit_gdut_from_sign_in_to_money_on_the_card() {
    journey_with(WEBKIT, gdut::whole_way);
}

#[test]
fn webkit_hemc_main_needs_no_collecting() {
    journey_with(WEBKIT, hemc_main::whole_way);
}
