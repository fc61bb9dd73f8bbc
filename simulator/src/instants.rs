//! Unix seconds in Beijing's clothes: WeChat writes all its times at +08:00.

use time::format_description::well_known::Rfc3339;
use time::{Date, OffsetDateTime, UtcOffset};

/// Seconds of Beijing's offset.
pub(crate) const BEIJING_OFFSET_S: i64 = 8 * 3600;
/// Seconds of a day.
pub(crate) const DAY_S: i64 = 86_400;

fn beijing(unix: i64) -> OffsetDateTime {
    let offset = UtcOffset::from_hms(8, 0, 0).expect("eight hours is an offset");
    OffsetDateTime::from_unix_timestamp(unix).unwrap_or(OffsetDateTime::UNIX_EPOCH).to_offset(offset)
}

/// `2026-07-31T20:15:33+08:00`
pub(crate) fn rfc3339(unix: i64) -> String {
    beijing(unix).format(&Rfc3339).expect("years 1970 to 9999 have an RFC 3339 form")
}

/// Reads an RFC 3339 time with any offset.
pub(crate) fn parse_rfc3339(text: &str) -> Option<i64> {
    OffsetDateTime::parse(text, &Rfc3339).ok().map(OffsetDateTime::unix_timestamp)
}

/// `20260731201533`, as in numbers.
pub(crate) fn compact(unix: i64) -> String {
    let at = beijing(unix);
    format!(
        "{:04}{:02}{:02}{:02}{:02}{:02}",
        at.year(),
        u8::from(at.month()),
        at.day(),
        at.hour(),
        at.minute(),
        at.second()
    )
}

/// `2026-07-31 20:15:33`, as in bills.
pub(crate) fn spaced(unix: i64) -> String {
    let at = beijing(unix);
    format!("{} {:02}:{:02}:{:02}", at.date(), at.hour(), at.minute(), at.second())
}

/// The Beijing day of an instant, `2026-07-31`.
pub(crate) fn day(unix: i64) -> String {
    beijing(unix).date().to_string()
}

/// Unix second at which the Beijing day `YYYY-MM-DD` begins.
pub(crate) fn day_begin(text: &str) -> Option<i64> {
    let format = time::macros::format_description!("[year]-[month]-[day]");
    let date = Date::parse(text, format).ok()?;
    Some(date.midnight().assume_utc().unix_timestamp() - BEIJING_OFFSET_S)
}
