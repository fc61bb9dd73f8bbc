//! When people may be disturbed: not in the quiet hours of the configuration, Beijing time.

use anyhow::{Context, ensure};
use foundation::calendar::{beijing_date, start_of_beijing_day_ms};
use foundation::clock::{DAY_MS, MINUTE_MS};
use foundation::config::MessagesConfig;
use time::Date;

/// The hours in which messages go out, and the moment of the daily digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hours {
    /// Milliseconds after midnight.
    opens_ms: i64,
    /// Milliseconds after midnight, later than `opens_ms`.
    closes_ms: i64,
    /// Milliseconds after midnight.
    digest_ms: i64,
}

impl Hours {
    /// Reads `messages.quiet_from`, `quiet_until` and `digest_at`.
    ///
    /// # Errors
    /// Names the key that is no time of day, or hours that leave no room between them.
    pub fn of(config: &MessagesConfig) -> anyhow::Result<Self> {
        let read = |key: &str, text: &str| {
            time_of_day_ms(text).with_context(|| format!("messages.{key} 应为 08:00 的写法，而不是 {text}"))
        };
        let hours = Self {
            opens_ms: read("quiet_until", &config.quiet_until)?,
            closes_ms: read("quiet_from", &config.quiet_from)?,
            digest_ms: read("digest_at", &config.digest_at)?,
        };
        ensure!(hours.opens_ms < hours.closes_ms, "messages.quiet_until 应早于 quiet_from（静默时段跨过夜里）");
        let digest_fits = (hours.opens_ms..hours.closes_ms).contains(&hours.digest_ms);
        ensure!(digest_fits, "messages.digest_at 不能在静默时段里");
        Ok(hours)
    }

    /// The moment itself, or the end of the quiet hours around it; epoch milliseconds.
    pub fn next_open(self, at_ms: i64) -> i64 {
        let midnight = start_of_beijing_day_ms(beijing_date(at_ms));
        let into_day = at_ms - midnight;
        if into_day < self.opens_ms {
            midnight + self.opens_ms
        } else if into_day < self.closes_ms {
            at_ms
        } else {
            midnight + DAY_MS + self.opens_ms
        }
    }

    /// Until when messages go out on a day, epoch milliseconds.
    pub fn close_of(self, day: Date) -> i64 {
        start_of_beijing_day_ms(day) + self.closes_ms
    }

    /// The next digest after a moment, epoch milliseconds.
    pub fn next_digest(self, at_ms: i64) -> i64 {
        let today = start_of_beijing_day_ms(beijing_date(at_ms)) + self.digest_ms;
        if today > at_ms { today } else { today + DAY_MS }
    }
}

fn time_of_day_ms(text: &str) -> Option<i64> {
    let (hour, minute) = text.split_once(':')?;
    let number = |text: &str, below: i64| text.parse::<i64>().ok().filter(|number| (0..below).contains(number));
    let fits = hour.len() == 2 && minute.len() == 2;
    fits.then(|| Some((number(hour, 24)? * 60 + number(minute, 60)?) * MINUTE_MS)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::A_MONDAY_MS;

    const HOUR_MS: i64 = 60 * MINUTE_MS;

    fn config() -> MessagesConfig {
        crate::testing::config().messages
    }

    #[test]
    fn at_night_everything_waits_for_the_morning() {
        let hours = Hours::of(&config()).expect("the defaults fit");
        // A Monday, 10:00.
        assert_eq!(hours.next_open(A_MONDAY_MS), A_MONDAY_MS);
        let tuesday_morning = A_MONDAY_MS + 22 * HOUR_MS;
        assert_eq!(hours.next_open(A_MONDAY_MS + 12 * HOUR_MS), tuesday_morning, "22:00");
        assert_eq!(hours.next_open(A_MONDAY_MS + 16 * HOUR_MS), tuesday_morning, "02:00");
        assert_eq!(hours.next_digest(A_MONDAY_MS), tuesday_morning + HOUR_MS);
        assert_eq!(hours.next_digest(A_MONDAY_MS - 2 * HOUR_MS), A_MONDAY_MS - HOUR_MS);
    }

    #[test]
    fn hours_that_make_no_sense_stop_the_start() {
        for (from, until, digest) in [
            ("21:30", "25:00", "09:00"),
            ("9", "08:00", "09:00"),
            ("08:00", "21:30", "09:00"),
            ("21:30", "08:00", "07:59"),
        ] {
            let mut config = config();
            config.quiet_from = from.to_owned();
            config.quiet_until = until.to_owned();
            config.digest_at = digest.to_owned();
            assert!(Hours::of(&config).is_err(), "{from} {until} {digest}");
        }
    }
}
