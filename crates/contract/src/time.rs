use core::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A moment in whole seconds since 1970 UTC; on the wire RFC 3339 in UTC, `2026-11-22T09:30:00Z`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// A moment as the clocks in China show it (UTC+8, no summer time).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChinaTime {
    /// Year, as in 2026.
    pub year: i32,
    /// 1 to 12.
    pub month: u8,
    /// 1 to 31.
    pub day: u8,
    /// 0 to 23.
    pub hour: u8,
    /// 0 to 59.
    pub minute: u8,
    /// 0 to 59.
    pub second: u8,
}

const DAY: i64 = 86_400;
const CHINA_OFFSET: i64 = 8 * 3_600;

impl Timestamp {
    /// So many seconds since 1970 UTC.
    pub const fn from_unix(seconds: i64) -> Self {
        Self(seconds)
    }

    /// Seconds since 1970 UTC.
    pub const fn unix(self) -> i64 {
        self.0
    }

    /// This many seconds later (earlier where negative).
    pub const fn plus(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds))
    }

    /// Seconds from `earlier` to this moment; negative where this is the earlier one.
    pub const fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// As the clocks in China show it.
    pub fn in_china(self) -> ChinaTime {
        civil(self.0 + CHINA_OFFSET)
    }

    /// Reads RFC 3339 with whole or fractional seconds (the fraction is dropped), in UTC or with an
    /// offset.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let number = |from: usize, to: usize| -> Option<i64> {
            bytes.get(from..to)?.iter().try_fold(0, |sum, byte| {
                byte.is_ascii_digit()
                    .then(|| sum * 10 + i64::from(byte - b'0'))
            })
        };
        let mark = |at: usize, wanted: &[u8]| bytes.get(at).is_some_and(|b| wanted.contains(b));
        if !(mark(4, b"-") && mark(7, b"-") && mark(10, b"Tt ") && mark(13, b":") && mark(16, b":"))
        {
            return None;
        }
        let (month, day) = (number(5, 7)?, number(8, 10)?);
        let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
        if !(1..=12).contains(&month)
            || !(1..=31).contains(&day)
            || hour > 23
            || minute > 59
            || second > 60
        {
            return None;
        }
        let mut at = 19;
        if mark(at, b".") {
            at += 1 + bytes[20..]
                .iter()
                .take_while(|b| b.is_ascii_digit())
                .count();
        }
        let offset = if mark(at, b"Zz") && bytes.len() == at + 1 {
            0
        } else if mark(at, b"+-") && mark(at + 3, b":") && bytes.len() == at + 6 {
            let size = number(at + 1, at + 3)? * 3_600 + number(at + 4, at + 6)? * 60;
            if bytes[at] == b'-' { -size } else { size }
        } else {
            return None;
        };
        let days = days_from_civil(number(0, 4)?, month, day);
        Some(Self(
            days * DAY + hour * 3_600 + minute * 60 + second - offset,
        ))
    }
}

/// Days since 1970-01-01 of a date in the Gregorian calendar (years count from March, so that the
/// leap day comes last).
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// Calendar and clock of a moment, without an offset.
fn civil(seconds: i64) -> ChinaTime {
    let (days, clock) = (seconds.div_euclid(DAY) + 719_468, seconds.rem_euclid(DAY));
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let month = if shifted < 10 {
        shifted + 3
    } else {
        shifted - 9
    };
    ChinaTime {
        year: (year_of_era + era * 400 + i64::from(month <= 2)) as i32,
        month: month as u8,
        day: (day_of_year - (153 * shifted + 2) / 5 + 1) as u8,
        hour: (clock / 3_600) as u8,
        minute: (clock / 60 % 60) as u8,
        second: (clock % 60) as u8,
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ChinaTime {
            year,
            month,
            day,
            hour,
            minute,
            second,
        } = civil(self.0);
        write!(
            f,
            "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z"
        )
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <alloc::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("expected an RFC 3339 moment"))
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Timestamp {
    fn schema_name() -> alloc::borrow::Cow<'static, str> {
        "Timestamp".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "format": "date-time" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;
    use proptest::prelude::*;

    #[test]
    fn reads_rfc_3339() {
        for (text, unix) in [
            ("1970-01-01T00:00:00Z", 0),
            ("2000-02-29T23:59:59Z", 951_868_799),
            ("2026-11-22T21:50:01.250Z", 1_795_384_201),
            ("2026-11-23T05:50:01+08:00", 1_795_384_201),
        ] {
            assert_eq!(Timestamp::parse(text), Some(Timestamp(unix)), "{text}");
        }
        for text in [
            "",
            "2026-11-22",
            "2026-13-01T00:00:00Z",
            "2026-11-22T21:50:01",
            "é026-11-22T21:50:01Z",
        ] {
            assert_eq!(Timestamp::parse(text), None, "{text}");
        }
    }

    #[test]
    fn shows_the_clock_in_china() {
        let shown = Timestamp(1_795_384_201).in_china();
        assert_eq!((shown.year, shown.month, shown.day), (2026, 11, 23));
        assert_eq!((shown.hour, shown.minute, shown.second), (5, 50, 1));
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(unix in -62_000_000_000i64..250_000_000_000) {
            prop_assert_eq!(Timestamp::parse(&Timestamp(unix).to_string()), Some(Timestamp(unix)));
        }

        #[test]
        fn no_text_panics(text in ".{0,40}") {
            let _ = Timestamp::parse(&text);
        }
    }
}
