//! A reminder as a calendar file (RFC 5545), for students who are not in WeChat.

use dika_contract::{OrderId, Timestamp};

/// What the entry says.
#[derive(Clone, Debug)]
pub struct Entry<'a> {
    /// The order; makes the entry's id, so that a file opened twice is one entry.
    pub order_id: &'a OrderId,
    /// When the file is made.
    pub now: Timestamp,
    /// The end of the time to collect.
    pub collect_by: Timestamp,
    /// One line.
    pub summary: &'a str,
    /// The rest.
    pub description: &'a str,
    /// Leads to the order.
    pub url: &'a str,
}

/// How long before the end the phone rings, in minutes.
const ALARM_MIN: u32 = 60;
/// A line's most bytes, without its line break.
const LINE: usize = 75;

/// The file: UTF-8, lines ended by CR LF and folded at 75 bytes, times in UTC.
pub fn file(entry: &Entry<'_>) -> String {
    let alarm = format!("TRIGGER:-PT{ALARM_MIN}M");
    let lines = [
        "BEGIN:VCALENDAR".to_owned(),
        "VERSION:2.0".to_owned(),
        "PRODID:-//Dika//Dika//EN".to_owned(),
        "METHOD:PUBLISH".to_owned(),
        "BEGIN:VEVENT".to_owned(),
        format!("UID:{}@dika", entry.order_id),
        format!("DTSTAMP:{}", utc(entry.now)),
        // A point in time: the entry ends when it starts.
        format!("DTSTART:{}", utc(entry.collect_by)),
        format!("DTEND:{}", utc(entry.collect_by)),
        format!("SUMMARY:{}", escape(entry.summary)),
        format!("DESCRIPTION:{}", escape(entry.description)),
        // A URI is not escaped as text is.
        format!("URL:{}", entry.url),
        "TRANSP:TRANSPARENT".to_owned(),
        "BEGIN:VALARM".to_owned(),
        "ACTION:DISPLAY".to_owned(),
        format!("DESCRIPTION:{}", escape(entry.summary)),
        alarm,
        "END:VALARM".to_owned(),
        "END:VEVENT".to_owned(),
        "END:VCALENDAR".to_owned(),
    ];
    lines.iter().map(|line| fold(line)).collect()
}

/// `20261126T100000Z`.
fn utc(moment: Timestamp) -> String {
    moment.to_string().replace(['-', ':'], "")
}

/// Text as a value: backslash, semicolon, comma and line breaks are escaped, other control characters left out.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.replace("\r\n", "\n").chars() {
        match letter {
            '\\' | ';' | ',' => escaped.extend(['\\', letter]),
            '\n' | '\r' => escaped.push_str("\\n"),
            control if control.is_control() => {}
            other => escaped.push(other),
        }
    }
    escaped
}

/// A line with its line break, folded between characters: what follows a fold begins with a space, which counts.
fn fold(line: &str) -> String {
    let mut folded = String::with_capacity(line.len() + 8);
    let mut length = 0;
    for letter in line.chars() {
        if length + letter.len_utf8() > LINE {
            folded.push_str("\r\n ");
            length = 1;
        }
        folded.push(letter);
        length += letter.len_utf8();
    }
    folded.push_str("\r\n");
    folded
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example(summary: &str, description: &str) -> String {
        file(&Entry {
            order_id: &OrderId::parse("01abcdef").expect("an id"),
            now: Timestamp::from_unix(1_795_000_000),
            collect_by: Timestamp::from_unix(1_795_021_600),
            summary,
            description,
            url: "https://dika.example.edu/orders/01abcdef?a=1,2;b",
        })
    }

    /// Undoes the folding, as a calendar does.
    fn unfolded(file: &str) -> Vec<String> {
        let joined = file.replace("\r\n ", "");
        joined.split("\r\n").map(str::to_owned).collect()
    }

    #[test]
    fn the_file_is_what_rfc_5545_asks_for() {
        let file = example("领取 ¥20.00", "一,二;三\\四\r\n五\u{7}");
        let lines = unfolded(&file);
        assert_eq!(lines.first().map(String::as_str), Some("BEGIN:VCALENDAR"));
        assert_eq!(lines[lines.len() - 2], "END:VCALENDAR");
        assert_eq!(lines.last().map(String::as_str), Some(""));
        for line in [
            "VERSION:2.0",
            "UID:01abcdef@dika",
            "DTSTAMP:20261118T110640Z",
            "DTSTART:20261118T170640Z",
            "DTEND:20261118T170640Z",
            "SUMMARY:领取 ¥20.00",
            "DESCRIPTION:一\\,二\\;三\\\\四\\n五",
            "URL:https://dika.example.edu/orders/01abcdef?a=1,2;b",
            "TRIGGER:-PT60M",
        ] {
            assert!(lines.iter().any(|found| found == line), "{line}: {lines:?}");
        }
        // No line break of another kind, and each thing that begins ends.
        assert!(!file.replace("\r\n", "").contains(['\r', '\n']));
        for kind in ["VCALENDAR", "VEVENT", "VALARM"] {
            for mark in ["BEGIN", "END"] {
                let mark = format!("{mark}:{kind}");
                assert_eq!(lines.iter().filter(|line| **line == mark).count(), 1);
            }
        }
    }

    #[test]
    fn long_lines_are_folded_between_characters() {
        let long = "热水钱包的充值款还没有领，".repeat(20);
        let file = example(&long, &"a".repeat(300));
        for line in file.split("\r\n") {
            assert!(line.len() <= 75, "{}", line.len());
        }
        let lines = unfolded(&file);
        assert!(lines.contains(&format!("SUMMARY:{long}")));
        assert!(lines.contains(&format!("DESCRIPTION:{}", "a".repeat(300))));
    }

    #[test]
    fn a_line_of_exactly_75_bytes_is_not_folded() {
        assert_eq!(fold(&"a".repeat(75)), format!("{}\r\n", "a".repeat(75)));
        assert_eq!(
            fold(&"a".repeat(76)),
            format!("{}\r\n a\r\n", "a".repeat(75))
        );
    }
}
