use dika_contract::directory::{IssuerInfo, Limits, ServiceHours};
use dika_contract::{Fen, Timestamp};

/// Seconds in a day.
pub const DAY_S: i64 = 86_400;
/// China's time is eight hours ahead of UTC, without summer time.
const CHINA_S: i64 = 8 * 3_600;

/// Whether a wallet's limits allow one top-up of this amount.
pub fn allows(limits: &Limits, amount: Fen) -> bool {
    (limits.min_fen..=limits.max_fen).contains(&amount)
}

/// What is left of a limit; never negative.
pub fn left(most: Fen, used: Fen) -> Fen {
    most.checked_sub(used)
        .map_or(Fen::ZERO, |left| left.max(Fen::ZERO))
}

/// The midnight in China that began this day.
pub fn midnight(now: Timestamp) -> Timestamp {
    now.plus(-second_of_day(now))
}

/// Seconds until top-ups are taken; `None` if they are taken now.
pub fn opens_in(hours: ServiceHours, now: Timestamp) -> Option<i64> {
    let second = second_of_day(now);
    let (from, to) = (i64::from(hours.from_min) * 60, i64::from(hours.to_min) * 60);
    (!(from..to).contains(&second)).then(|| (from - second).rem_euclid(DAY_S))
}

/// Seconds until an issuer takes top-ups, its closed days and its hours considered; `None` if it takes them now.
pub fn issuer_opens_in(info: &IssuerInfo, now: Timestamp) -> Option<i64> {
    let closed = info
        .closed_until
        .map_or(0, |opening| opening.since(now).max(0));
    let hours = info
        .hours
        .and_then(|hours| opens_in(hours, now.plus(closed)));
    let wait = closed + hours.unwrap_or(0);
    (wait > 0).then_some(wait)
}

fn second_of_day(now: Timestamp) -> i64 {
    (now.unix() + CHINA_S).rem_euclid(DAY_S)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_are_china_s_and_end_before_their_last_minute() {
        let hours = ServiceHours {
            from_min: 390,
            to_min: 1410,
        };
        // 1970-01-01 08:00 in China.
        let eight = Timestamp::from_unix(0);
        assert_eq!(opens_in(hours, eight), None);
        assert_eq!(midnight(eight), eight.plus(-8 * 3_600));
        let six_thirty = eight.plus(-90 * 60);
        assert_eq!(opens_in(hours, six_thirty), None);
        assert_eq!(opens_in(hours, six_thirty.plus(-1)), Some(1));
        let half_past_eleven = eight.plus(15 * 3_600 + 30 * 60);
        assert_eq!(opens_in(hours, half_past_eleven.plus(-1)), None);
        assert_eq!(opens_in(hours, half_past_eleven), Some(7 * 3_600));
    }

    #[test]
    fn a_closed_day_ends_with_the_next_day_s_first_hour() {
        let mut info: IssuerInfo = serde_json::from_str(
            r#"{"id":"gdut","name":{"zh":"卡","en":"card"},"site":"","official_account":"","wallets":[]}"#,
        )
        .expect("an issuer");
        let now = Timestamp::from_unix(0);
        assert_eq!(issuer_opens_in(&info, now), None);
        info.closed_until = Some(now.plus(16 * 3_600));
        assert_eq!(issuer_opens_in(&info, now), Some(16 * 3_600));
        info.hours = Some(ServiceHours {
            from_min: 390,
            to_min: 1410,
        });
        // Midnight, and then half past six.
        assert_eq!(issuer_opens_in(&info, now), Some(22 * 3_600 + 30 * 60));
        info.closed_until = Some(now);
        assert_eq!(issuer_opens_in(&info, now), None);
    }

    #[test]
    fn the_smallest_and_the_largest_amount_are_allowed() {
        let limits = Limits {
            presets_fen: vec![],
            min_fen: Fen::new(100),
            max_fen: Fen::new(500),
            daily_fen: Fen::new(1_000),
            cap_fen: Fen::new(1_000),
            warn_from_fen: None,
        };
        let allowed = [99, 100, 500, 501].map(|fen| allows(&limits, Fen::new(fen)));
        assert_eq!(allowed, [false, true, true, false]);
    }

    #[test]
    fn nothing_negative_is_left() {
        assert_eq!(left(Fen::new(5), Fen::new(3)), Fen::new(2));
        assert_eq!(left(Fen::new(3), Fen::new(5)), Fen::ZERO);
    }
}
