//! What was measured, as a table, as JSON and as a plot.

use serde_json::{Value, json};

use super::visit::Visit;

/// All visits of one app to one page in one way.
pub struct Series {
    /// Whose.
    pub app: String,
    /// Page, cold or warm, profile.
    pub case: String,
    /// One a round.
    pub visits: Vec<Visit>,
}

/// A figure of a visit: its name, how to read it, and its unit.
type Figure = (&'static str, fn(&Visit) -> Option<u64>, &'static str);

const FIGURES: [Figure; 11] = [
    ("first paint", |visit| visit.first_paint, "ms"),
    ("largest paint", |visit| visit.largest_paint, "ms"),
    ("usable", |visit| visit.usable, "ms"),
    ("bytes", |visit| Some(visit.bytes), "B"),
    ("requests", |visit| Some(visit.requests), ""),
    ("fetched twice", |visit| Some(visit.twice.len() as u64), ""),
    ("long tasks", |visit| Some(visit.long_tasks_ms), "ms"),
    ("late tasks", |visit| Some(visit.late_tasks_ms), "ms"),
    ("tap", |visit| visit.tap, "ms"),
    ("heap", |visit| Some(visit.heap), "B"),
    ("layout shift", |visit| Some(visit.shift), "/10000"),
];

/// The middle of the values that are there; none when more than half are missing.
fn median(visits: &[Visit], read: fn(&Visit) -> Option<u64>) -> Option<u64> {
    let mut values: Vec<u64> = visits.iter().filter_map(read).collect();
    values.sort_unstable();
    (values.len() * 2 > visits.len()).then(|| values[values.len() / 2])
}

/// Medians side by side, one block a case: the first app's, and for each other one its own and the ratio of
/// the first to it.
pub fn table(all: &[Series]) -> String {
    let mut text = String::new();
    for apps in all.chunk_by(|one, next| one.case == next.case) {
        let Some((ours, others)) = apps.split_first() else {
            continue;
        };
        text += &format!("\n{}\n{:>16} {:>10}", ours.case, "", ours.app);
        for other in others {
            text += &format!(" {:>10} {:>6}", other.app, "ratio");
        }
        text.push('\n');
        for (name, read, unit) in FIGURES {
            let own = median(&ours.visits, read);
            text += &format!("{name:>16} {:>10}", shown(own));
            for other in others {
                let theirs = median(&other.visits, read);
                text += &format!(" {:>10} {:>6}", shown(theirs), ratio(own, theirs));
            }
            text += &format!("  {unit}\n");
        }
    }
    text
}

fn shown(value: Option<u64>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| value.to_string())
}

fn ratio(ours: Option<u64>, theirs: Option<u64>) -> String {
    match (ours, theirs) {
        (Some(ours), Some(theirs)) if theirs > 0 => {
            let hundredths = (ours * 100 + theirs / 2) / theirs;
            format!("{}.{:02}", hundredths / 100, hundredths % 100)
        }
        _ => "-".to_owned(),
    }
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

/// Bars of first paint and usable, medians, in milliseconds: a group a case, the first app's in colour.
pub fn plot(all: &[Series]) -> String {
    const LABELS: u64 = 380;
    const WIDTH: u64 = 520;
    const ROW: u64 = 18;
    let usable = |series: &Series| median(&series.visits, |visit| visit.usable);
    let longest = all.iter().filter_map(usable).max().unwrap_or(1).max(1);
    let (mut rows, mut y) = (String::new(), 32);
    for apps in all.chunk_by(|one, next| one.case == next.case) {
        for (at, series) in apps.iter().enumerate() {
            let bar = |value: u64| value * WIDTH / longest;
            let first = median(&series.visits, |visit| visit.first_paint).unwrap_or_default();
            let whole = usable(series).unwrap_or_default();
            let color = if at == 0 { "#07753c" } else { "#767676" };
            rows += &format!(
                "<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{}{}</text>\
                 <rect x=\"{LABELS}\" y=\"{y}\" width=\"{}\" height=\"12\" fill=\"{color}\" opacity=\".4\"/>\
                 <rect x=\"{LABELS}\" y=\"{y}\" width=\"{}\" height=\"12\" fill=\"{color}\"/>\
                 <text x=\"{}\" y=\"{}\">{first} / {whole} ms</text>",
                LABELS - 8,
                y + 11,
                if at == 0 {
                    format!("{}: ", series.case)
                } else {
                    String::new()
                },
                series.app,
                bar(whole),
                bar(first),
                LABELS + bar(whole.max(first)) + 6,
                y + 11,
            );
            y += ROW;
        }
        y += ROW / 2;
    }
    let height = y + 8;
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 1040 {height}\" font-family=\"sans-serif\" font-size=\"12\">\
         <title>First paint and usable, by page, visit and network</title>\
         <rect width=\"1040\" height=\"{height}\" fill=\"#fff\"/>\
         <text x=\"{LABELS}\" y=\"20\">first paint (dark) and usable (light), medians</text>{rows}</svg>\n"
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
        let series = |app: &str, visits: &[Visit]| Series {
            app: app.into(),
            case: "home".into(),
            visits: visits.to_vec(),
        };
        let all = [series("dika", &visits), series("other", &[visit(Some(20))])];
        assert!(table(&all).contains("usable          5         20   0.25  ms"));
        assert!(table(&all).contains("first paint          -          -      -  ms"));
        assert!(plot(&all).contains("0 / 5 ms"));
    }
}
