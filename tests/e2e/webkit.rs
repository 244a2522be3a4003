use crate::{
    every_page, gdut,
    harness::{Options, journey_with},
    hemc_main, silent_fill,
};

#[test]
fn webkit_gdut_from_sign_in_to_money_on_the_card() {
    journey_with(Options::WEBKIT, gdut::whole_way);
}

#[test]
fn webkit_hemc_main_needs_no_collecting() {
    journey_with(Options::WEBKIT, hemc_main::whole_way);
}

#[test]
fn webkit_every_page_wakes_when_opened_by_its_address() {
    journey_with(Options::WEBKIT, every_page::wakes_everywhere);
}

#[test]
fn webkit_every_page_wakes_when_reached_by_links() {
    journey_with(Options::WEBKIT, every_page::follows_links);
}

#[test]
fn webkit_silent_fill_is_what_is_sent() {
    journey_with(
        Options::WEBKIT,
        silent_fill::binds_what_stands_in_the_fields,
    );
}
