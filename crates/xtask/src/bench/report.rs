//! What was measured, as a table and as a plot.

use serde::{Deserialize, Serialize};

use super::visit::Visit;

/// All visits of one app to one page in one way.
#[derive(Serialize, Deserialize)]
pub struct Series {
    /// Whose.
    pub app: String,
    /// Page, cold or warm, profile.
    pub case: String,
    /// One a round.
    pub visits: Vec<Visit>,
}

/// The name of visits to a page in one way.
pub fn case(page: &str, visitor: &str, profile: &str) -> String {
    format!("{page}, {visitor}, {profile}")
}

/// The name of walks through the app.
pub fn taps_case(profile: &str) -> String {
    format!("taps, {profile}")
}

/// How a figure is read from a visit.
pub type Read = fn(&Visit) -> Option<u64>;

const FIGURES: [(&str, Read, &str); 13] = [
    ("first paint", |visit| visit.first_paint, "ms"),
    ("LCP", |visit| visit.largest_paint, "ms"),
    ("usable", |visit| visit.usable, "ms"),
    ("interactive", |visit| visit.interactive, "ms"),
    ("next page", |visit| visit.reached, "ms"),
    ("INP", |visit| visit.inp, "ms"),
    ("bytes", |visit| visit.bytes, "B"),
    ("requests", |visit| visit.requests, ""),
    (
        "fetched twice",
        |visit| visit.bytes.map(|_| visit.twice.len() as u64),
        "",
    ),
    ("long tasks", |visit| visit.long_tasks_ms, "ms"),
    ("late tasks", |visit| visit.late_tasks_ms, "ms"),
    ("heap", |visit| visit.heap, "B"),
    ("layout shift", |visit| visit.shift, "/10000"),
];

/// The middle of the values that are there; none when more than half are missing.
pub fn median(visits: &[Visit], read: Read) -> Option<u64> {
    let mut values: Vec<u64> = visits.iter().filter_map(read).collect();
    values.sort_unstable();
    (values.len() * 2 > visits.len()).then(|| values[values.len() / 2])
}

/// Medians side by side, one block a case: the first app's, and for each other one its own and the ratio of
/// the first to it. Figures that nobody has there are left out.
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
            if apps.iter().all(|app| median(&app.visits, read).is_none()) {
                continue;
            }
            let own = median(&ours.visits, read);
            text += &format!("{name:>16} {:>10}", shown(own));
            for other in others {
                let theirs = median(&other.visits, read);
                text += &format!(" {:>10} {:>6}", shown(theirs), ratio(own, theirs));
            }
            text += &format!("  {unit}\n");
        }
        for app in apps {
            let taps = app.visits.iter().flat_map(|visit| &visit.taps);
            if let Some((control, took)) = taps.max_by_key(|(_, took)| *took) {
                text += &format!("{:>16} {took} ms, {control}\n", app.app);
            }
        }
        let mut twice: Vec<&String> = apps
            .iter()
            .flat_map(|app| &app.visits)
            .flat_map(|visit| &visit.twice)
            .collect();
        twice.sort();
        twice.dedup();
        for address in twice {
            text += &format!("{:>16} {address}\n", "twice:");
        }
    }
    text
}

fn shown(value: Option<u64>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| value.to_string())
}

/// The ratio in hundredths; none where something is missing.
pub fn hundredths(ours: Option<u64>, theirs: Option<u64>) -> Option<u64> {
    let (ours, theirs) = (ours?, theirs.filter(|theirs| *theirs > 0)?);
    Some((ours * 100 + theirs / 2) / theirs)
}

/// Hundredths as a number with two decimals.
pub fn decimal(hundredths: u64) -> String {
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

fn ratio(ours: Option<u64>, theirs: Option<u64>) -> String {
    hundredths(ours, theirs).map_or_else(|| "-".to_owned(), decimal)
}

/// Bars of first paint and usable, and a mark for interactive, medians, in milliseconds: a group a case, the first app's
/// in colour.
pub fn plot(all: &[Series]) -> String {
    const LABELS: u64 = 380;
    const WIDTH: u64 = 480;
    const ROW: u64 = 18;
    let usable = |series: &Series| median(&series.visits, |visit| visit.usable);
    let interactive = |series: &Series| median(&series.visits, |visit| visit.interactive);
    let shown: Vec<&Series> = all
        .iter()
        .filter(|series| usable(series).is_some())
        .collect();
    let longest = shown
        .iter()
        .filter_map(|series| usable(series).max(interactive(series)))
        .max()
        .unwrap_or(1)
        .max(1);
    let bar = |value: u64| value * WIDTH / longest;
    let (mut rows, mut y) = (String::new(), 32);
    for apps in shown.chunk_by(|one, next| one.case == next.case) {
        for (at, series) in apps.iter().enumerate() {
            let first = median(&series.visits, |visit| visit.first_paint).unwrap_or_default();
            let whole = usable(series).unwrap_or_default();
            let color = if at == 0 { "#07753c" } else { "#767676" };
            let (mut mark, mut words) = (String::new(), format!("{first} / {whole}"));
            let mut end = whole.max(first);
            if let Some(answered) = interactive(series) {
                mark = format!(
                    "<rect x=\"{}\" y=\"{}\" width=\"3\" height=\"16\" fill=\"{color}\"/>",
                    LABELS + bar(answered),
                    y - 2
                );
                words += &format!(" / {answered}");
                end = end.max(answered);
            }
            rows += &format!(
                "<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{}{}</text>\
                 <rect x=\"{LABELS}\" y=\"{y}\" width=\"{}\" height=\"12\" fill=\"{color}\" opacity=\".4\"/>\
                 <rect x=\"{LABELS}\" y=\"{y}\" width=\"{}\" height=\"12\" fill=\"{color}\"/>{mark}\
                 <text x=\"{}\" y=\"{}\">{words} ms</text>",
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
                LABELS + bar(end) + 8,
                y + 11,
            );
            y += ROW;
        }
        y += ROW / 2;
    }
    let height = y + 8;
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 1040 {height}\" font-family=\"sans-serif\" font-size=\"12\">\
         <title>First paint, usable and interactive, by page, visit and network</title>\
         <rect width=\"1040\" height=\"{height}\" fill=\"#fff\"/>\
         <text x=\"{LABELS}\" y=\"20\">first paint (dark), usable (light) and interactive (mark), medians</text>{rows}</svg>\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usable(usable: Option<u64>) -> Visit {
        Visit {
            usable,
            ..Visit::default()
        }
    }

    fn series(app: &str, visits: Vec<Visit>) -> Series {
        Series {
            app: app.into(),
            case: "home".into(),
            visits,
        }
    }

    #[test]
    fn the_middle_counts_and_half_a_series_is_none() {
        let visits = vec![usable(Some(9)), usable(Some(1)), usable(Some(5))];
        assert_eq!(median(&visits, |visit| visit.usable), Some(5));
        assert_eq!(
            median(&[usable(None), usable(Some(1))], |visit| visit.usable),
            None
        );
        let all = [
            series("dika", visits),
            series("other", vec![usable(Some(20))]),
        ];
        assert!(table(&all).contains("usable          5         20   0.25  ms"));
        assert!(!table(&all).contains("INP"));
        assert!(plot(&all).contains(">0 / 5 ms<"));
    }

    #[test]
    fn addresses_that_were_fetched_twice_are_named() {
        let mut visit = usable(Some(1));
        visit.twice = vec!["GET http://a/x".to_owned()];
        assert!(table(&[series("dika", vec![visit])]).contains("twice: GET http://a/x\n"));
    }

    #[test]
    fn the_first_answer_to_a_tap_is_marked_in_the_plot() {
        let mut visit = usable(Some(100));
        visit.interactive = Some(200);
        assert!(plot(&[series("dika", vec![visit])]).contains(">0 / 100 / 200 ms<"));
    }

    #[test]
    fn a_run_in_parts_reads_what_it_wrote() {
        let all = [series("dika", vec![usable(Some(7)), usable(None)])];
        let text = serde_json::to_string(&all).expect("JSON");
        let read: Vec<Series> = serde_json::from_str(&text).expect("the same");
        assert_eq!(read[0].visits.len(), 2);
        assert_eq!(read[0].visits[0].usable, Some(7));
    }
}
