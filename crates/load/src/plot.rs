//! The plot: one picture without scripts, readable in light and dark.

use std::fmt::Write as _;

use crate::report::{Load, Measured, Report, millis};

const WIDTH: u64 = 720;
const LEFT: u64 = 150;
const RIGHT: u64 = 90;
const BAR: u64 = 18;
const GAP: u64 = 6;

/// A row of bars.
struct Bar {
    label: String,
    build: String,
    value: u64,
    shown: String,
}

/// Draws a report.
pub fn svg(report: &Report) -> String {
    let panels = [
        (
            "Create, pay, credit: journeys a second",
            500,
            bars(
                report,
                &[Load::TopUps, Load::TopUpsWechat],
                |it| it.per_second,
                |value| value.to_string(),
            ),
        ),
        (
            "/cards: answers a second",
            10_000,
            bars(
                report,
                &[Load::Reads],
                |it| it.per_second,
                |value| value.to_string(),
            ),
        ),
        (
            "/cards at half of that: slowest in a hundred, ms",
            50_000,
            bars(report, &[Load::ReadsAtHalf], |it| it.whole.p99_us, millis),
        ),
        (
            "New students: slowest in a hundred of each step, ms",
            0,
            steps(report),
        ),
    ];
    let mut body = String::new();
    let mut top = 10;
    for (title, goal, bars) in panels.iter().filter(|(.., bars)| !bars.is_empty()) {
        top = panel(&mut body, top, title, *goal, bars) + 18;
    }
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{top}\" viewBox=\"0 0 {WIDTH} {top}\" \
         font-family=\"system-ui, sans-serif\" font-size=\"12\" role=\"img\">\n\
         <title>What the server carries</title>\n\
         <style>text{{fill:#222}}.this{{fill:#1e6fd0}}.before{{fill:#9aa4b2}}.goal{{stroke:#c2410c;stroke-dasharray:4 3}}\
         .axis{{stroke:#888}}@media (prefers-color-scheme: dark){{text{{fill:#ddd}}.this{{fill:#6aa9ff}}}}</style>\n\
         {body}</svg>\n"
    )
}

fn bars(
    report: &Report,
    loads: &[Load],
    value: fn(&Measured) -> u64,
    shown: fn(u64) -> String,
) -> Vec<Bar> {
    let mut bars = Vec::new();
    for load in loads {
        let mut found: Vec<&Measured> = report.of(*load).collect();
        found.sort_by_key(|it| (it.orders, it.build != "this"));
        bars.extend(found.into_iter().map(|it| Bar {
            label: match load {
                Load::TopUpsWechat => "with RSA".to_owned(),
                _ => format!("{} orders", it.orders),
            },
            build: it.build.clone(),
            value: value(it),
            shown: shown(value(it)),
        }));
    }
    bars
}

fn steps(report: &Report) -> Vec<Bar> {
    let steps = report.of(Load::FirstHour).flat_map(|it| {
        it.steps.iter().map(|step| Bar {
            label: step.step.clone(),
            build: it.build.clone(),
            value: step.times.p99_us,
            shown: millis(step.times.p99_us),
        })
    });
    steps.collect()
}

/// Draws one panel from `top` on, and gives where it ends.
fn panel(body: &mut String, top: u64, title: &str, goal: u64, bars: &[Bar]) -> u64 {
    let most = bars
        .iter()
        .map(|bar| bar.value)
        .max()
        .unwrap_or(0)
        .max(goal)
        .max(1);
    let width = |value: u64| value * (WIDTH - LEFT - RIGHT) / most;
    let dashed = if goal > 0 { " (dashed: the goal)" } else { "" };
    let _ = writeln!(
        body,
        "<text x=\"0\" y=\"{}\" font-weight=\"600\">{title}{dashed}</text>",
        top + 12
    );
    let first = top + 22;
    let mut at = first;
    for bar in bars {
        let class = if bar.build == "this" {
            "this"
        } else {
            "before"
        };
        let _ = writeln!(
            body,
            "<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text>\
             <rect class=\"{class}\" x=\"{LEFT}\" y=\"{at}\" width=\"{}\" height=\"{BAR}\"/>\
             <text x=\"{}\" y=\"{}\">{} {}</text>",
            LEFT - 8,
            at + 13,
            bar.label,
            width(bar.value).max(1),
            LEFT + width(bar.value) + 6,
            at + 13,
            bar.shown,
            bar.build,
        );
        at += BAR + GAP;
    }
    let _ = writeln!(
        body,
        "<line class=\"axis\" x1=\"{LEFT}\" y1=\"{first}\" x2=\"{LEFT}\" y2=\"{at}\"/>"
    );
    if goal > 0 {
        let x = LEFT + width(goal);
        let _ = writeln!(
            body,
            "<line class=\"goal\" x1=\"{x}\" y1=\"{first}\" x2=\"{x}\" y2=\"{at}\"/>"
        );
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Times;

    #[test]
    fn a_report_becomes_bars_with_their_values() {
        let measured = |build: &str, per_second| Measured {
            build: build.to_owned(),
            load: Load::TopUps,
            orders: 100,
            done: 1,
            failed: 0,
            per_second,
            whole: Times::default(),
            steps: Vec::new(),
            server_percent: 0,
            generator_percent: 0,
        };
        let report = Report {
            measured: vec![measured("before", 250), measured("this", 1_000)],
        };
        let svg = svg(&report);
        assert!(!svg.contains("<script"));
        let this = svg.find("1000 this").expect("its value");
        assert!(this < svg.find("250 before").expect("its value"));
        assert!(svg.contains(&format!("width=\"{}\"", WIDTH - LEFT - RIGHT)));
    }
}
