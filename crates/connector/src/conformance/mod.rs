//! The test suite that a connector passes before it goes live: `dika-server check-connector URL`.
//!
//! Every call is marked as a test, and money moves only on an account that the connector itself calls
//! a test account; if it doesn't, the suite stops before the first credit.

/// Cases about cards, lists and machines.
mod cards;
/// Cases about money.
mod credits;
/// Takes callbacks while the suite runs.
mod listener;
/// Cases about signatures, clocks and unreadable calls.
mod messages;
/// What to test, and with what.
mod options;
/// The connector under test, and what the cases share.
mod probe;
/// The table that people read.
mod report;

use probe::Probe;

pub use options::{Options, StartFault, TestAccount};
pub use report::{CaseReport, Report, Verdict};

/// Runs every case and reports what was seen.
///
/// # Errors
/// A [`StartFault`]; whatever the connector does is in the report.
pub async fn run(options: &Options) -> Result<Report, StartFault> {
    let mut report = Report::default();
    let mut probe = Probe::new(options).await?;
    messages::run(&mut probe, &mut report).await;
    cards::run(&mut probe, &mut report).await;
    credits::run(&mut probe, &mut report).await;
    report.add(
        "answers in time",
        "Answer a credit with `undecided` rather than late, and look for what makes the others slow.",
        probe.latency(),
    );
    if let Some(order) = probe.last_credit() {
        report.note(format!(
            "In 31 days or later, run this again with --earlier {order}: the order must not be booked twice."
        ));
    }
    if let Some(listener) = probe.listener.take() {
        listener.stop().await;
    }
    Ok(report)
}
