//! The production program, its settings file, and every outside party speaking its real protocol over HTTP: WeChat's
//! side, the SMS provider, and a Python connector for each card. With `DIKA_TEST_POSTGRES` on PostgreSQL.
#![cfg(unix)]

mod built_in;
mod journeys;
mod operating;
mod secrets;
mod stage;
#[path = "../../../connector/tests/toy/mod.rs"]
mod toy;
