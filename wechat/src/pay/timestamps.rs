//! RFC 3339 instants as WeChat Pay writes and wants them.

use time::format_description::well_known::Rfc3339;
use time::macros::offset;
use time::{Date, OffsetDateTime};

/// `instant` in Beijing time without fractions of a second: `2026-07-31T20:15:33+08:00`.
pub fn beijing_text(instant: OffsetDateTime) -> String {
    let whole = instant.to_offset(offset!(+8)).replace_nanosecond(0).unwrap_or(instant);
    whole.format(&Rfc3339).unwrap_or_else(|_| String::from("9999-12-31T23:59:59+08:00"))
}

/// A day as bills name it: `2026-07-30`.
pub fn day_text(day: Date) -> String {
    format!("{:04}-{:02}-{:02}", day.year(), u8::from(day.month()), day.day())
}

/// Reads an RFC 3339 instant; `None` for anything else.
pub fn parse(text: &str) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(text.trim(), &Rfc3339).ok()
}

/// Serde for an optional instant. Reading is lenient: a missing, empty or odd time must not hide a payment.
pub(crate) mod optional {
    use serde::{Deserialize, Deserializer, Serializer};
    use time::OffsetDateTime;

    pub(crate) fn serialize<S: Serializer>(value: &Option<OffsetDateTime>, to: S) -> Result<S::Ok, S::Error> {
        match value {
            Some(instant) => to.serialize_str(&super::beijing_text(*instant)),
            None => to.serialize_none(),
        }
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<OffsetDateTime>, D::Error> {
        Ok(Option::<String>::deserialize(from)?.as_deref().and_then(super::parse))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_is_written_in_beijing_time_without_fractions() {
        let instant = parse("2026-07-31T12:15:33.789Z").expect("valid");
        assert_eq!(beijing_text(instant), "2026-07-31T20:15:33+08:00");
    }
}
