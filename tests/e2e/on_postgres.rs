use crate::harness::{
    journey_on_postgres, rehearsal::rehearsal_on_postgres, wechat::PHONE_BROWSER,
};
use crate::{gdut, hemc_main, rehearsal};

#[test]
fn on_postgres_gdut_from_sign_in_to_money_on_the_card() {
    journey_on_postgres(gdut::whole_way);
}

#[test]
fn on_postgres_hemc_main_needs_no_collecting() {
    journey_on_postgres(hemc_main::whole_way);
}

#[test]
fn on_postgres_the_production_server_fills_both_cards_and_both_wallets() {
    rehearsal_on_postgres(PHONE_BROWSER, rehearsal::both_cards);
}
