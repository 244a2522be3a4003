//! The API from outside: every call goes through the whole router, each test has its own database.

mod audit;
mod books;
mod cards;
mod client;
mod conflicts;
mod doors;
mod hardened;
mod hidden_cards;
mod hooked;
mod journeys;
mod keeper;
mod ledger;
mod looks;
mod lost_answers;
mod pressure;
mod refusals;
mod sessions;
mod sms;
mod told;
mod top_ups;
mod typed;
