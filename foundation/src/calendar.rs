//! Beijing days and working days. The institute, its banks and WeChat's bills all live in Asia/Shanghai, whatever the
//! machine's own time zone is.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, PoisonError, RwLock};

use serde::Deserialize;
use time::{Date, Duration, OffsetDateTime, UtcOffset, Weekday};

/// Holidays and make-up work days, as `config/calendar.toml` lists them year by year (B-21).
#[derive(Debug, Clone, Default)]
pub struct Calendar {
    holidays: BTreeSet<Date>,
    workdays: BTreeSet<Date>,
    /// Days set while running; shared by all clones.
    set: Arc<RwLock<BTreeMap<Date, bool>>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CalendarFile {
    /// Days off that would be working days or weekends.
    holidays: Vec<String>,
    /// Weekends that are worked.
    make_up_workdays: Vec<String>,
}

impl Calendar {
    /// Reads the TOML text; a date that is none is an error.
    pub fn from_toml(text: &str) -> anyhow::Result<Self> {
        let file: CalendarFile = toml::from_str(text)?;
        let parse = |days: Vec<String>| days.iter().map(|day| parse_date(day)).collect::<anyhow::Result<BTreeSet<_>>>();
        Ok(Self { holidays: parse(file.holidays)?, workdays: parse(file.make_up_workdays)?, set: Arc::default() })
    }

    /// Sets a day otherwise than the file says, from now on.
    pub fn set_day(&self, day: Date, is_working_day: bool) {
        self.set.write().unwrap_or_else(PoisonError::into_inner).insert(day, is_working_day);
    }

    /// Whether people work on `day`.
    pub fn is_working_day(&self, day: Date) -> bool {
        if let Some(set) = self.set.read().unwrap_or_else(PoisonError::into_inner).get(&day) {
            return *set;
        }
        if self.workdays.contains(&day) {
            return true;
        }
        !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday) && !self.holidays.contains(&day)
    }

    /// The day that is `count` working days after `day` (the day itself does not count).
    pub fn add_working_days(&self, day: Date, count: u32) -> Date {
        let mut current = day;
        let mut left = count;
        while left > 0 {
            current += Duration::DAY;
            if self.is_working_day(current) {
                left -= 1;
            }
        }
        current
    }
}

fn beijing_offset() -> UtcOffset {
    UtcOffset::from_hms(8, 0, 0).expect("+08:00 is an offset")
}

/// `2026-11-22` → a date.
pub fn parse_date(text: &str) -> anyhow::Result<Date> {
    let format = time::macros::format_description!("[year]-[month]-[day]");
    Date::parse(text.trim(), format).map_err(|_| anyhow::anyhow!("日期“{text}”写法不对，应为 2026-01-31"))
}

/// A date → `2026-11-22`.
pub fn print_date(date: Date) -> String {
    format!("{:04}-{:02}-{:02}", date.year(), u8::from(date.month()), date.day())
}

/// The moment in Beijing time.
pub fn beijing_time(at_ms: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(at_ms) * 1_000_000)
        .unwrap_or(OffsetDateTime::UNIX_EPOCH)
        .to_offset(beijing_offset())
}

/// The day in Beijing.
pub fn beijing_date(at_ms: i64) -> Date {
    beijing_time(at_ms).date()
}

/// `2026-11-22 09:05` in Beijing.
pub fn beijing_minute_text(at_ms: i64) -> String {
    let moment = beijing_time(at_ms);
    format!("{} {:02}:{:02}", print_date(moment.date()), moment.hour(), moment.minute())
}

/// The first moment of `date` in Beijing, epoch milliseconds.
pub fn start_of_beijing_day_ms(date: Date) -> i64 {
    date.midnight().assume_offset(beijing_offset()).unix_timestamp() * 1_000
}

/// The first moment of the day after the one of `at_ms` in Beijing, epoch milliseconds.
pub fn next_beijing_day_ms(at_ms: i64) -> i64 {
    start_of_beijing_day_ms(beijing_date(at_ms) + Duration::DAY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_second_of_the_year_is_still_that_year_in_beijing() {
        // 2026-12-31 23:59:59 +08:00
        let at = start_of_beijing_day_ms(parse_date("2027-01-01").unwrap()) - 1_000;
        assert_eq!(beijing_date(at).year(), 2026);
        assert_eq!(beijing_date(at + 1_000).year(), 2027);
        assert_eq!(next_beijing_day_ms(at), at + 1_000);
    }

    #[test]
    fn holidays_and_make_up_days_move_a_promise() {
        let calendar = Calendar::from_toml(
            "holidays = [\"2026-10-01\", \"2026-10-02\", \"2026-10-05\"]\nmake_up_workdays = [\"2026-10-10\"]",
        )
        .unwrap();
        let wednesday = parse_date("2026-09-30").unwrap();
        // Thu, Fri, Mon are holidays: Tue 6, Wed 7, Thu 8.
        assert_eq!(print_date(calendar.add_working_days(wednesday, 3)), "2026-10-08");
        // Fri 9, Sat 10 (worked), Mon 12.
        assert_eq!(print_date(calendar.add_working_days(parse_date("2026-10-08").unwrap(), 3)), "2026-10-12");
        assert!(parse_date("2026-02-29").is_err());
        assert!(parse_date("2028-02-29").is_ok());
    }
}
