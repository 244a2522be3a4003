use std::fmt;

use dika_connector::Day;
use dika_contract::directory::{Bilingual, ServiceHours};
use dika_contract::{Campus, Issuer, TerminalKind};
use serde::{Deserialize, Deserializer, de};

/// The hours of a day, `06:30-23:30`; `24:00` is midnight at its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hours(pub ServiceHours);

impl Hours {
    /// Reads `06:30-23:30`. Returns `None` if malformed, or if the end is not after the beginning.
    pub fn parse(text: &str) -> Option<Self> {
        let (from, to) = text.split_once('-')?;
        let (from_min, to_min) = (minute(from.trim())?, minute(to.trim())?);
        (from_min < to_min).then_some(Self(ServiceHours { from_min, to_min }))
    }
}

fn minute(text: &str) -> Option<u16> {
    let (hour, minute) = text.split_once(':')?;
    let number = |text: &str| -> Option<u16> {
        let digits = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| text.parse().ok()).flatten()
    };
    let (hour, minute) = (number(hour)?, number(minute)?);
    let whole = hour * 60 + minute;
    (minute < 60 && whole <= 24 * 60).then_some(whole)
}

impl fmt::Display for Hours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(ServiceHours { from_min, to_min }) = self;
        let clock = |min: &u16| format!("{:02}:{:02}", min / 60, min % 60);
        write!(f, "{}-{}", clock(from_min), clock(to_min))
    }
}

impl<'de> Deserialize<'de> for Hours {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text)
            .ok_or_else(|| de::Error::custom("hours like 06:30-23:30 are expected, up to 24:00"))
    }
}

/// One day, `2027-01-01`, or several, `2027-02-10/2027-02-17`, both included; days of China.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Days {
    /// The first.
    pub first: Day,
    /// The last.
    pub last: Day,
}

impl Days {
    /// Reads one day or two with a slash. Returns `None` if malformed, or if the last is before the first.
    pub fn parse(text: &str) -> Option<Self> {
        let (first, last) = text.split_once('/').unwrap_or((text, text));
        let (first, last) = (Day::parse(first.trim())?, Day::parse(last.trim())?);
        (first <= last).then_some(Self { first, last })
    }
}

impl fmt::Display for Days {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.first)?;
        if self.last > self.first {
            write!(f, "/{}", self.last)?;
        }
        Ok(())
    }
}

impl<'de> Deserialize<'de> for Days {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| {
            de::Error::custom(
                "a day like 2027-01-01 is expected, or two with a slash like 2027-02-10/2027-02-17",
            )
        })
    }
}

/// The same words in both languages.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Words {
    /// Simplified Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

impl From<&Words> for Bilingual {
    fn from(words: &Words) -> Self {
        Self {
            zh: words.zh.clone(),
            en: words.en.clone(),
        }
    }
}

/// Reads words of the contract that this version knows; any other is an error, not the fallback.
fn known<'de, D: Deserializer<'de>, T: Copy>(
    deserializer: D,
    all: &'static [T],
    as_str: fn(T) -> &'static str,
) -> Result<Vec<T>, D::Error> {
    let words = Vec::<String>::deserialize(deserializer)?;
    // The last one stands for what is not known.
    let known = &all[..all.len() - 1];
    words
        .iter()
        .map(|word| {
            known
                .iter()
                .copied()
                .find(|it| as_str(*it) == word)
                .ok_or_else(|| {
                    let names: Vec<&str> = known.iter().map(|it| as_str(*it)).collect();
                    de::Error::custom(format!(
                        "one of {} is expected, not {word}",
                        names.join(", ")
                    ))
                })
        })
        .collect()
}

/// Issuers by their words.
pub(super) fn issuers<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Vec<Issuer>>, D::Error> {
    known(deserializer, Issuer::ALL, Issuer::as_str).map(Some)
}

/// Kinds of machines by their words.
pub(super) fn terminals<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Vec<TerminalKind>>, D::Error> {
    known(deserializer, TerminalKind::ALL, TerminalKind::as_str).map(Some)
}

/// A campus by its word.
pub(super) fn campus<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Campus>, D::Error> {
    let word = String::deserialize(deserializer)?;
    match Campus::from_word(&word) {
        Campus::Other => Err(de::Error::custom(
            "one of daxuecheng, longdong, dongfenglu, panyu is expected",
        )),
        campus => Ok(Some(campus)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_are_written_as_on_a_door() {
        for text in ["06:30-23:30", "00:00-24:00", "08:00 - 12:00"] {
            let hours = Hours::parse(text).expect(text);
            assert_eq!(hours.to_string(), text.replace(' ', ""));
        }
        for text in [
            "",
            "6:30-23:30",
            "06:30",
            "23:30-06:30",
            "06:30-24:01",
            "06:60-07:00",
            "06:30-06:30",
            "+6:30-07:00",
        ] {
            assert_eq!(Hours::parse(text), None, "{text}");
        }
    }

    #[test]
    fn days_are_one_or_several() {
        for text in ["2027-01-01", "2027-02-10/2027-02-17"] {
            assert_eq!(Days::parse(text).expect(text).to_string(), text);
        }
        for text in [
            "",
            "2027-02-30",
            "2027-02-17/2027-02-10",
            "2027-1-1",
            "01.01.2027",
        ] {
            assert_eq!(Days::parse(text), None, "{text}");
        }
    }
}
