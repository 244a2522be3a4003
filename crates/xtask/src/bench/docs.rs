//! The table with the goals, in `docs/performance.md`.

use std::path::Path;

use anyhow::{Context, Result};

use super::page::{HOME, POINTS};
use super::phone::{SLOW_4G, TAPPED};
use super::report::{Read, Series, case, decimal, hundredths, median, plot, taps_case};

/// What is to be reached.
enum Goal {
    /// At most so many hundredths of the better one of the others.
    Ratio(u64),
    /// At most so much.
    AtMost(u64),
    /// Shown beside the others.
    None,
}

/// A line: which visits, which figure, in how large a unit.
struct Line {
    words: &'static str,
    case: String,
    read: Read,
    unit: u64,
    goal: Goal,
}

/// Milliseconds in a unit of the table: a second, or one.
const SECOND: u64 = 1_000;
const MILLISECOND: u64 = 1;
/// Bytes in a unit of the table.
const KILOBYTE: u64 = 1_000;

const BEGIN: &str = "<!-- bench: `cargo xtask bench --document .` writes what follows -->\n";
const END: &str = "<!-- /bench -->";

fn lines() -> Vec<Line> {
    let line = |words, page, visitor, read: Read, unit, goal| Line {
        words,
        case: case(page, visitor, SLOW_4G),
        read,
        unit,
        goal,
    };
    vec![
        line(
            "home, cold: first paint, s",
            HOME,
            "cold",
            |it| it.first_paint,
            SECOND,
            Goal::Ratio(25),
        ),
        line(
            "home, cold: LCP, s",
            HOME,
            "cold",
            |it| it.largest_paint,
            SECOND,
            Goal::None,
        ),
        line(
            "home, cold: usable with its data, s",
            HOME,
            "cold",
            |it| it.usable,
            SECOND,
            Goal::Ratio(20),
        ),
        line(
            "home, cold: interactive, s",
            HOME,
            "cold",
            |it| it.interactive,
            SECOND,
            Goal::Ratio(100),
        ),
        line(
            "home, cold: orders after a tap on their tab, s",
            HOME,
            "cold",
            |it| it.reached,
            SECOND,
            Goal::None,
        ),
        line(
            "home, cold: kB",
            HOME,
            "cold",
            |it| it.bytes,
            KILOBYTE,
            Goal::None,
        ),
        line(
            "home, cold: long tasks, ms",
            HOME,
            "cold",
            |it| it.long_tasks_ms,
            MILLISECOND,
            Goal::None,
        ),
        line(
            "home, warm: LCP, s",
            HOME,
            "warm",
            |it| it.largest_paint,
            SECOND,
            Goal::None,
        ),
        line(
            "home, warm: usable with its data, s",
            HOME,
            "warm",
            |it| it.usable,
            SECOND,
            Goal::Ratio(60),
        ),
        line(
            "home, warm: interactive, s",
            HOME,
            "warm",
            |it| it.interactive,
            SECOND,
            Goal::None,
        ),
        line(
            "service points, cold: first paint, s",
            POINTS,
            "cold",
            |it| it.first_paint,
            SECOND,
            Goal::Ratio(25),
        ),
        line(
            "service points, cold: LCP, s",
            POINTS,
            "cold",
            |it| it.largest_paint,
            SECOND,
            Goal::None,
        ),
        line(
            "service points, cold: usable, s",
            POINTS,
            "cold",
            |it| it.usable,
            SECOND,
            Goal::Ratio(18),
        ),
        line(
            "service points, cold: interactive, s",
            POINTS,
            "cold",
            |it| it.interactive,
            SECOND,
            Goal::Ratio(100),
        ),
        line(
            "service points, cold: kB",
            POINTS,
            "cold",
            |it| it.bytes,
            KILOBYTE,
            Goal::None,
        ),
        line(
            "service points, warm: usable, s",
            POINTS,
            "warm",
            |it| it.usable,
            SECOND,
            Goal::None,
        ),
        line(
            "service points, warm: interactive, s",
            POINTS,
            "warm",
            |it| it.interactive,
            SECOND,
            Goal::None,
        ),
        Line {
            words: "INP, processor 6 times slower, ms",
            case: taps_case(TAPPED.name),
            read: |it| it.inp,
            unit: MILLISECOND,
            goal: Goal::AtMost(100),
        },
    ]
}

/// Medians on slow 4G as a table in Markdown: the first app's, the others', the ratio to the better one of them, and the
/// goal.
pub fn table(all: &[Series]) -> String {
    let mut names: Vec<&str> = Vec::new();
    for series in all {
        if !names.contains(&series.app.as_str()) {
            names.push(&series.app);
        }
    }
    let mut text = String::from("| |");
    for name in &names {
        text += &format!(" {name} |");
    }
    text += " ratio | goal |\n| --- |";
    text += &" ---: |".repeat(names.len() + 1);
    text += " --- |\n";
    for line in lines() {
        let values: Vec<Option<u64>> = names
            .iter()
            .map(|name| {
                let series = all
                    .iter()
                    .find(|it| it.app == *name && it.case == line.case)?;
                median(&series.visits, line.read)
            })
            .collect();
        let own = values.first().copied().flatten();
        let better = values.iter().skip(1).flatten().min().copied();
        let ratio = hundredths(own, better);
        let shown = |value: u64| match line.unit {
            MILLISECOND => value.to_string(),
            unit => decimal(value * 100 / unit),
        };
        let cells: Vec<String> = values
            .iter()
            .map(|value| value.map_or_else(|| "-".to_owned(), shown))
            .collect();
        let (goal, is_reached) = match line.goal {
            Goal::Ratio(most) => (
                format!("ratio {}", decimal(most)),
                ratio.map(|ratio| ratio <= most),
            ),
            Goal::AtMost(most) => (most.to_string(), own.map(|own| own <= most)),
            Goal::None => (String::new(), None),
        };
        let verdict = match is_reached {
            Some(true) => ", reached",
            Some(false) => ", **missed**",
            None => "",
        };
        text += &format!(
            "| {} | {} | {} | {goal}{verdict} |\n",
            line.words,
            cells.join(" | "),
            ratio.map_or_else(|| "-".to_owned(), decimal),
        );
    }
    text
}

/// Puts the table between its marks, and the plot beside the page.
///
/// # Errors
/// Where the page has no such marks, or can't be written.
pub fn write(all: &[Series], checkout: &Path) -> Result<()> {
    let folder = checkout.join("docs");
    let page = folder.join("performance.md");
    let text = std::fs::read_to_string(&page)
        .with_context(|| format!("{} can't be read", page.display()))?;
    let rounds = all
        .iter()
        .map(|series| series.visits.len())
        .min()
        .unwrap_or(0);
    let words = format!("Medians of {rounds} rounds.\n\n{}", table(all));
    std::fs::write(&page, between(&text, &words)?)?;
    std::fs::write(folder.join("performance.svg"), plot(all))?;
    Ok(())
}

fn between(page: &str, words: &str) -> Result<String> {
    let (before, rest) = page
        .split_once(BEGIN)
        .context("docs/performance.md has lost the mark before its table")?;
    let (_, after) = rest
        .split_once(END)
        .context("docs/performance.md has lost the mark after its table")?;
    Ok([before, BEGIN, words, END, after].concat())
}

#[cfg(test)]
mod tests {
    use super::super::visit::Visit;
    use super::*;

    fn series(app: &str, usable: u64) -> Series {
        Series {
            app: app.to_owned(),
            case: case(HOME, "cold", SLOW_4G),
            visits: vec![Visit {
                usable: Some(usable),
                ..Visit::default()
            }],
        }
    }

    #[test]
    fn the_ratio_is_to_the_better_one_and_says_whether_the_goal_is_reached() {
        let beside = |own| {
            table(&[
                series("dika", own),
                series("vue", 4_000),
                series("react", 3_500),
            ])
        };
        let words = "home, cold: usable with its data, s";
        assert!(beside(700).contains(&format!(
            "| {words} | 0.70 | 4.00 | 3.50 | 0.20 | ratio 0.20, reached |\n"
        )));
        assert!(beside(740).contains(&format!(
            "| {words} | 0.74 | 4.00 | 3.50 | 0.21 | ratio 0.20, **missed** |\n"
        )));
    }

    #[test]
    fn what_was_not_measured_reaches_nothing() {
        assert!(
            table(&[series("dika", 700)])
                .contains("| INP, processor 6 times slower, ms | - | - | 100 |\n")
        );
    }

    #[test]
    fn only_what_stands_between_the_marks_changes() {
        let page = format!("before\n{BEGIN}old\n{END}\nafter\n");
        let expected = format!("before\n{BEGIN}new\n{END}\nafter\n");
        assert_eq!(between(&page, "new\n").expect("a page"), expected);
        assert!(between("no marks", "new\n").is_err());
    }
}
