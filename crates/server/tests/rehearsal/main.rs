//! The production program, its settings file, and every outside party speaking its real protocol over HTTP: WeChat's
//! side, the SMS provider, and a Python connector for each card. With `DIKA_TEST_POSTGRES` on PostgreSQL,
//! and with `DIKA_TEST_INSTANCES` so many servers take turns, request by request.
#![cfg(unix)]

mod built_in;
mod instances;
mod journeys;
mod operating;
mod proxy;
mod secrets;
mod stage;
mod students;
#[path = "../../../connector/tests/toy/mod.rs"]
mod toy;
