use core::fmt;

use dika_contract::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A calendar day in China (UTC+8), `2026-11-25` on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(Timestamp);

impl Day {
    /// The day on which this moment falls.
    pub fn of(moment: Timestamp) -> Self {
        let china = moment.in_china();
        let into_the_day =
            i64::from(china.hour) * 3_600 + i64::from(china.minute) * 60 + i64::from(china.second);
        Self(moment.plus(-into_the_day))
    }

    /// Reads `2026-11-25`. Returns `None` if malformed, or if there is no such day.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() != 10 {
            return None;
        }
        let start = Timestamp::parse(&format!("{text}T00:00:00+08:00"))?;
        let day = Self(start);
        // The 31st of a short month would be a day of the next.
        (day.to_string() == text).then_some(day)
    }

    /// Midnight at its beginning.
    pub const fn start(self) -> Timestamp {
        self.0
    }

    /// Midnight at its end, which is the next day's beginning.
    pub const fn end(self) -> Timestamp {
        self.0.plus(86_400)
    }

    /// The day before.
    #[must_use]
    pub const fn previous(self) -> Self {
        Self(self.0.plus(-86_400))
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let china = self.0.in_china();
        write!(f, "{:04}-{:02}-{:02}", china.year, china.month, china.day)
    }
}

impl Serialize for Day {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <alloc::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("expected a day, YYYY-MM-DD"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_at_midnight_in_china() {
        let day = Day::parse("2026-11-25").expect("a day");
        assert_eq!(day.start().to_string(), "2026-11-24T16:00:00Z");
        assert_eq!(Day::of(day.start()), day);
        assert_eq!(Day::of(day.end().plus(-1)), day);
        assert_eq!(Day::of(day.start().plus(-1)), day.previous());
        assert_eq!(day.previous().to_string(), "2026-11-24");
    }

    #[test]
    fn what_is_no_day_is_refused() {
        for text in [
            "",
            "2026-11-31",
            "2026-02-29",
            "2026-1-1",
            "25.11.2026",
            "2026-11-25T",
        ] {
            assert_eq!(Day::parse(text), None, "{text}");
        }
        assert!(Day::parse("2028-02-29").is_some());
    }
}
