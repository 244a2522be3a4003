//! What was measured, as a table, as JSON and as a plot.

use serde_json::{Value, json};

use super::visit::Visit;

/// All visits of one app to one page in one way.
pub struct Series {
    /// Whose: `dika` or `baseline`.
    pub app: &'static str,
    /// Page, cold or warm, profile.
    pub case: String,
    /// One a round.
    pub visits: Vec<Visit>,
}

/// A figure of a visit: its name, how to read it, and its unit.
type Figure = (&'static str, fn(&Visit) -> Option<u64>, &'static str);

const FIGURES: [Figure; 9] = [
    ("first paint", |visit| visit.first_paint, "ms"),
    ("largest paint", |visit| visit.largest_paint, "ms"),
    ("usable", |visit| visit.usable, "ms"),
    ("bytes", |visit| Some(visit.bytes), "B"),
    ("requests", |visit| Some(visit.requests), ""),
    ("fetched twice", |visit| Some(visit.twice.len() as u64), ""),
    ("long tasks", |visit| Some(visit.long_tasks_ms), "ms"),
    ("heap", |visit| Some(visit.heap), "B"),
    ("layout shift", |visit| Some(visit.shift), "/10000"),
];

/// The middle of the values that are there; none when more than half are missing.
fn median(visits: &[Visit], read: fn(&Visit) -> Option<u64>) -> Option<u64> {
    let mut values: Vec<u64> = visits.iter().filter_map(read).collect();
    values.sort_unstable();
    (values.len() * 2 > visits.len()).then(|| values[values.len() / 2])
}

/// Medians side by side, one block a case.
pub fn table(all: &[Series]) -> String {
    let mut text = String::new();
    for dika in all.iter().filter(|series| series.app == "dika") {
        let baseline = all
            .iter()
            .find(|series| series.app != "dika" && series.case == dika.case);
        text += &format!(
            "\n{}\n{:>16} {:>10} {:>10} {:>8}\n",
            dika.case, "", "dika", "baseline", "ratio"
        );
        for (name, read, unit) in FIGURES {
            let ours = median(&dika.visits, read);
            let theirs = baseline.and_then(|series| median(&series.visits, read));
            let shown = |value: Option<u64>| {
                value.map_or_else(|| "-".to_owned(), |value| value.to_string())
            };
            let ratio = match (ours, theirs) {
                (Some(ours), Some(theirs)) if theirs > 0 => {
                    let hundredths = ours * 100 / theirs;
                    format!("{}.{:02}", hundredths / 100, hundredths % 100)
                }
                _ => "-".to_owned(),
            };
            text += &format!(
                "{name:>16} {:>10} {:>10} {ratio:>8}  {unit}\n",
                shown(ours),
                shown(theirs)
            );
        }
    }
    text
}

/// Every single visit.
pub fn json(all: &[Series]) -> Value {
    all.iter()
        .map(|series| {
            let visits: Vec<Value> = series
                .visits
                .iter()
                .map(|visit| {
                    FIGURES
                        .iter()
                        .map(|(name, read, _)| ((*name).to_owned(), json!(read(visit))))
                        .collect()
                })
                .collect();
            let twice: std::collections::BTreeSet<&String> =
                series.visits.iter().flat_map(|visit| &visit.twice).collect();
            json!({"addresses fetched twice": twice, "app": series.app, "case": series.case, "visits": visits})
        })
        .collect()
}

/// Bars of first paint and usable, medians, in milliseconds.
pub fn plot(all: &[Series]) -> String {
    const LABELS: u64 = 330;
    const WIDTH: u64 = 560;
    const ROW: u64 = 22;
    let usable = |series: &Series| median(&series.visits, |visit| visit.usable);
    let longest = all.iter().filter_map(usable).max().unwrap_or(1).max(1);
    let mut rows = String::new();
    for (at, series) in all.iter().enumerate() {
        let y = 30 + at as u64 * ROW;
        let bar = |value: u64| value * WIDTH / longest;
        let first = median(&series.visits, |visit| visit.first_paint).unwrap_or_default();
        let whole = usable(series).unwrap_or_default();
        let color = if series.app == "dika" {
            "#07753c"
        } else {
            "#8a8a8a"
        };
        rows += &format!(
            "<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{}: {}</text>\
             <rect x=\"{LABELS}\" y=\"{y}\" width=\"{}\" height=\"14\" fill=\"{color}\" opacity=\".45\"/>\
             <rect x=\"{LABELS}\" y=\"{y}\" width=\"{}\" height=\"14\" fill=\"{color}\"/>\
             <text x=\"{}\" y=\"{}\">{first} / {whole} ms</text>",
            LABELS - 8,
            y + 12,
            series.case,
            series.app,
            bar(whole),
            bar(first),
            LABELS + bar(whole) + 6,
            y + 12,
        );
    }
    let height = 40 + all.len() as u64 * ROW;
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 1040 {height}\" font-family=\"sans-serif\" font-size=\"12\">\
         <rect width=\"1040\" height=\"{height}\" fill=\"#fff\"/>\
         <text x=\"{LABELS}\" y=\"18\">first paint (dark) and usable (light), medians</text>{rows}</svg>\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_counts_and_half_a_series_is_none() {
        let visit = |usable| Visit {
            usable,
            ..Visit::default()
        };
        let visits = [visit(Some(9)), visit(Some(1)), visit(Some(5))];
        assert_eq!(median(&visits, |visit| visit.usable), Some(5));
        assert_eq!(
            median(&[visit(None), visit(Some(1))], |visit| visit.usable),
            None
        );
        let all = [Series {
            app: "dika",
            case: "home".into(),
            visits: visits.to_vec(),
        }];
        assert!(table(&all).contains("usable          5          -        -  ms"));
        assert!(plot(&all).contains("0 / 5 ms"));
    }
}
