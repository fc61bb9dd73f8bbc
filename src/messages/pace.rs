//! How fast a channel may go: so many a minute, so many a day, nothing in the quiet hours. Whoever wants to send is given
//! a moment; what is urgent goes at once, on a share of the day that is kept for it. A blast of reminders so spreads over
//! the morning by itself, and no quota of WeChat is crossed (mp §9, B-28).

use foundation::calendar::{beijing_date, next_beijing_day_ms, print_date};
use foundation::clock::{DAY_MS, MINUTE_MS};
use foundation::config::MessagesConfig;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};

use super::channels::Channel;
use super::entity::message_quotas as quotas;
use super::hours::Hours;

/// Nothing is planned further ahead.
const DAYS_AHEAD_MAX: i64 = 14;
/// So often another node may be faster.
const RACES_MAX: usize = 100;

/// How a kind of message may disturb.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// In its turn, not at night.
    Ordinary,
    /// In its turn, at night too: it answers what the reader just did.
    Prompt,
    /// At once.
    Urgent,
}

/// What a channel may do.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Messages a day.
    pub per_day: i64,
    /// Messages a minute.
    pub per_minute: i64,
    /// Of the messages of a day, those kept for what is urgent.
    pub kept_for_urgent: i64,
    /// When people may be disturbed.
    pub hours: Hours,
}

impl Limits {
    /// The limits of a channel.
    ///
    /// # Errors
    /// When the hours of the configuration cannot be read.
    pub fn of(config: &MessagesConfig, channel: Channel) -> anyhow::Result<Self> {
        let (per_day, per_minute) = match channel {
            Channel::Template => (config.template_per_day, config.template_per_minute),
            Channel::Subscription => (config.subscription_per_day, config.subscription_per_minute),
            Channel::Sms => (config.sms_per_day, config.sms_per_minute),
        };
        let kept_for_urgent = per_day * config.urgent_percent / 100;
        Ok(Self { per_day, per_minute: per_minute.max(1), kept_for_urgent, hours: Hours::of(config)? })
    }
}

/// What was planned for a channel on one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Day {
    used: i64,
    /// The last minute that something was planned for, epoch milliseconds.
    minute_at: i64,
    in_minute: i64,
}

/// The day with one message more, and the moment for it; nothing when the day has no room. `earliest` lies on the day.
fn plan(day: Day, limits: &Limits, manner: Manner, earliest: i64) -> Option<(Day, i64)> {
    let used = day.used + 1;
    if manner == Manner::Urgent {
        return (used <= limits.per_day).then_some((Day { used, ..day }, earliest));
    }
    if used > limits.per_day - limits.kept_for_urgent {
        return None;
    }
    let minute = earliest - earliest.rem_euclid(MINUTE_MS);
    let (minute_at, in_minute) = if day.minute_at < minute {
        (minute, 1)
    } else if day.in_minute < limits.per_minute {
        (day.minute_at, day.in_minute + 1)
    } else {
        (day.minute_at + MINUTE_MS, 1)
    };
    let at = earliest.max(minute_at);
    let on = beijing_date(earliest);
    let in_hours = manner == Manner::Prompt || at < limits.hours.close_of(on);
    (in_hours && beijing_date(at) == on).then_some((Day { used, minute_at, in_minute }, at))
}

/// The first moment on or after `earliest` that the manner allows.
fn allowed(limits: &Limits, manner: Manner, earliest: i64) -> i64 {
    if manner == Manner::Ordinary { limits.hours.next_open(earliest) } else { earliest }
}

/// Plans one message; gives the moment at which it may go, epoch milliseconds. Pass a transaction.
///
/// # Errors
/// When the database fails, or nothing is free for two weeks.
pub async fn admit<C: ConnectionTrait>(
    connection: &C,
    channel: Channel,
    limits: &Limits,
    manner: Manner,
    now_ms: i64,
) -> anyhow::Result<i64> {
    let mut earliest = allowed(limits, manner, now_ms);
    while earliest < now_ms + DAYS_AHEAD_MAX * DAY_MS {
        let on_day = print_date(beijing_date(earliest));
        for _ in 0..RACES_MAX {
            let day = day_of(connection, channel, &on_day).await?;
            let Some((next, at)) = plan(day, limits, manner, earliest) else { break };
            if replace(connection, channel, &on_day, day, next).await? {
                return Ok(at);
            }
        }
        let midnight = next_beijing_day_ms(earliest);
        earliest = allowed(limits, manner, midnight);
    }
    anyhow::bail!("{} 两周内没有可用的发送额度", channel.text())
}

/// WeChat says that the day is over for this channel (45009): nothing more is planned for it.
pub async fn use_up<C: ConnectionTrait>(
    connection: &C,
    channel: Channel,
    limits: &Limits,
    now_ms: i64,
) -> anyhow::Result<()> {
    let on_day = print_date(beijing_date(now_ms));
    let day = day_of(connection, channel, &on_day).await?;
    replace(connection, channel, &on_day, day, Day { used: limits.per_day.max(day.used), ..day }).await?;
    Ok(())
}

/// Messages planned for a channel on the day of a moment.
pub async fn used_on<C: ConnectionTrait>(connection: &C, channel: Channel, at_ms: i64) -> anyhow::Result<i64> {
    let key = (channel.as_str().to_owned(), print_date(beijing_date(at_ms)));
    Ok(quotas::Entity::find_by_id(key).one(connection).await?.map_or(0, |row| row.used))
}

async fn day_of<C: ConnectionTrait>(connection: &C, channel: Channel, on_day: &str) -> anyhow::Result<Day> {
    let row = quotas::ActiveModel {
        channel: Set(channel.as_str().to_owned()),
        on_day: Set(on_day.to_owned()),
        used: Set(0),
        minute_at: Set(0),
        in_minute: Set(0),
    };
    quotas::Entity::insert(row)
        .on_conflict(OnConflict::columns([quotas::Column::Channel, quotas::Column::OnDay]).do_nothing().to_owned())
        .exec_without_returning(connection)
        .await?;
    let row = quotas::Entity::find_by_id((channel.as_str().to_owned(), on_day.to_owned())).one(connection).await?;
    Ok(row.map_or_else(Day::default, |row| Day { used: row.used, minute_at: row.minute_at, in_minute: row.in_minute }))
}

/// False when somebody else planned meanwhile: `used` only ever grows.
async fn replace<C: ConnectionTrait>(
    connection: &C,
    channel: Channel,
    on_day: &str,
    known: Day,
    next: Day,
) -> anyhow::Result<bool> {
    let updated = quotas::Entity::update_many()
        .col_expr(quotas::Column::Used, Expr::value(next.used))
        .col_expr(quotas::Column::MinuteAt, Expr::value(next.minute_at))
        .col_expr(quotas::Column::InMinute, Expr::value(next.in_minute))
        .filter(quotas::Column::Channel.eq(channel.as_str()))
        .filter(quotas::Column::OnDay.eq(on_day))
        .filter(quotas::Column::Used.eq(known.used))
        .exec(connection)
        .await?;
    Ok(updated.rows_affected == 1)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::testing::A_MONDAY_MS;

    const HOUR_MS: i64 = 60 * MINUTE_MS;

    fn limits() -> Limits {
        Limits::of(&crate::testing::config().messages, Channel::Template).expect("the defaults fit")
    }

    /// Plans so many over as many days as it takes.
    fn plan_all(count: usize, limits: &Limits, from_ms: i64) -> Vec<i64> {
        let mut days: BTreeMap<time::Date, Day> = BTreeMap::new();
        let mut earliest = allowed(limits, Manner::Ordinary, from_ms);
        let mut moments = Vec::new();
        while moments.len() < count {
            let on = beijing_date(earliest);
            match plan(*days.entry(on).or_default(), limits, Manner::Ordinary, earliest) {
                Some((next, at)) => {
                    days.insert(on, next);
                    moments.push(at);
                }
                None => {
                    let midnight = foundation::calendar::start_of_beijing_day_ms(on) + DAY_MS;
                    earliest = allowed(limits, Manner::Ordinary, midnight);
                }
            }
        }
        moments
    }

    #[test]
    fn sixty_thousand_reminders_of_the_night_go_out_over_one_morning() {
        let limits = limits();
        // Set at 02:00 on Tuesday.
        let moments = plan_all(60_000, &limits, A_MONDAY_MS + 16 * HOUR_MS);
        let eight = A_MONDAY_MS + 22 * HOUR_MS;
        assert_eq!(moments.first(), Some(&eight));
        let last = *moments.last().expect("all are planned");
        assert!(last < eight + 4 * HOUR_MS, "noon: {}", (last - eight) / MINUTE_MS);
        let mut per_minute: BTreeMap<i64, i64> = BTreeMap::new();
        for at in &moments {
            *per_minute.entry(at / MINUTE_MS).or_default() += 1;
        }
        assert!(per_minute.values().all(|count| *count <= limits.per_minute));
        assert!(i64::try_from(moments.len()).expect("fits") <= limits.per_day - limits.kept_for_urgent);
    }

    #[test]
    fn what_a_day_cannot_take_goes_out_the_next_morning() {
        let limits = Limits { per_day: 1_000, kept_for_urgent: 100, per_minute: 10, ..limits() };
        let moments = plan_all(2_000, &limits, A_MONDAY_MS);
        let mut per_day: BTreeMap<time::Date, i64> = BTreeMap::new();
        for at in &moments {
            *per_day.entry(beijing_date(*at)).or_default() += 1;
            assert_eq!(limits.hours.next_open(*at), *at, "nobody is woken");
        }
        let counts: Vec<i64> = per_day.into_values().collect();
        // On Monday only the hours from ten count; no day takes more than its share.
        assert_eq!(counts, [900, 900, 200]);
    }

    #[test]
    fn what_is_urgent_passes_at_night_and_when_the_others_have_used_their_share() {
        let limits = limits();
        let full = Day { used: limits.per_day - limits.kept_for_urgent, ..Day::default() };
        let night = A_MONDAY_MS + 13 * HOUR_MS;
        assert!(plan(full, &limits, Manner::Ordinary, A_MONDAY_MS).is_none());
        let (day, at) = plan(full, &limits, Manner::Urgent, night).expect("there is room");
        assert_eq!((day.used, at), (full.used + 1, night));
        assert!(plan(Day { used: limits.per_day, ..full }, &limits, Manner::Urgent, night).is_none());
    }
}
