//! Reminding of the day of payment, before and after it, at nine in the morning.

use async_trait::async_trait;
use foundation::calendar::{beijing_date, start_of_beijing_day_ms};
use foundation::jobs::{Handler, NewJob, Outcome, enqueue};
use foundation::money::Fen;
use foundation::problem::Problem;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use serde::{Deserialize, Serialize};
use time::{Date, Duration};

use super::check::{owed, settle_or_reopen};
use super::entity::requests::{Column, Entity};
use super::model::{CreditState, Step};
use super::store::{self, RequestRow};
use crate::app::{App, SharedApp};
use crate::happenings::{Happening, publish};

/// Reminds of one request.
pub(super) const JOB_REMIND: &str = "credit.remind";
/// Nobody wants to be reminded at night.
const NINE_O_CLOCK_MS: i64 = 9 * 3_600_000;

/// Payload of [`JOB_REMIND`].
#[derive(Debug, Serialize, Deserialize)]
struct RemindJob {
    credit_id: String,
}

/// Handler of [`JOB_REMIND`].
pub(super) struct Remind(pub(super) SharedApp);

/// The moment of a reminder so many days before the day of payment, epoch milliseconds.
fn moment(due: Date, days: i64) -> i64 {
    start_of_beijing_day_ms(due - Duration::days(days)) + NINE_O_CLOCK_MS
}

/// The next reminder after the one `days` before the day of payment.
fn next_after(reminders: &[i64], days: i64) -> Option<i64> {
    reminders.iter().copied().filter(|reminder| *reminder < days).max()
}

/// The reminder that is to be sent when so many days are left and this one was sent last: the latest that is due.
fn due_now(reminders: &[i64], days_left: i64, last: Option<i64>) -> Option<i64> {
    let open = |reminder: &i64| *reminder >= days_left && last.is_none_or(|last| *reminder < last);
    reminders.iter().copied().filter(open).min()
}

/// Sets the first reminder of a request that was just granted.
pub(super) async fn begin<C: ConnectionTrait>(
    app: &App,
    connection: &C,
    credit_id: &str,
    due: Date,
    days_left: i64,
) -> Result<(), Problem> {
    let reminders = app.config.credit.reminders().map_err(Problem::internal)?;
    let Some(next) = next_after(&reminders, days_left) else { return Ok(()) };
    let job = RemindJob { credit_id: credit_id.to_owned() };
    Ok(enqueue(connection, NewJob::new(JOB_REMIND, &job, moment(due, next))).await?)
}

/// Goes on reminding of a request that is owed again.
pub(super) async fn again<C: ConnectionTrait>(app: &App, connection: &C, row: &RequestRow) -> Result<(), Problem> {
    let Some(due) = row.due_date()? else { return Ok(()) };
    let days_left = (due - beijing_date(app.now_ms())).whole_days();
    begin(app, connection, &row.id, due, days_left).await
}

#[async_trait]
impl Handler for Remind {
    async fn run(&self, payload: &str) -> anyhow::Result<Outcome> {
        let job: RemindJob = serde_json::from_str(payload)?;
        Ok(remind(&self.0, &job.credit_id).await?)
    }
}

async fn remind(app: &App, credit_id: &str) -> Result<Outcome, Problem> {
    let now = app.now_ms();
    let reminders = app.config.credit.reminders().map_err(Problem::internal)?;
    let transaction = app.database.begin_write().await?;
    let row = store::hold(&*transaction, credit_id, now).await?;
    // A fee may have been taken back without anybody telling us.
    settle_or_reopen(app, &*transaction, &row).await?;
    let owed = owed(&*transaction, credit_id).await?;
    let (Some(due), true) = (row.due_date()?, owed > Fen::ZERO && row.stored_state()? == CreditState::Approved) else {
        transaction.commit().await?;
        return Ok(Outcome::Done);
    };
    let days_left = (due - beijing_date(now)).whole_days();
    if let Some(days) = due_now(&reminders, days_left, row.reminded_days) {
        let first_overdue = days < 0 && row.reminded_days.is_none_or(|last| last >= 0);
        note_reminded(&*transaction, &row, days, now).await?;
        let detail = match days {
            0 => format!("今天到期，还欠 {owed} 元"),
            days if days > 0 => format!("还有 {days} 天到期，还欠 {owed} 元"),
            days => format!("已逾期 {} 天，还欠 {owed} 元", -days),
        };
        store::note(&*transaction, credit_id, Step::Reminded, "system", Some(detail), now).await?;
        let happening = Happening::CreditReminder { credit_id: credit_id.to_owned(), days, first_overdue };
        publish(&*transaction, &happening, now).await?;
    }
    transaction.commit().await?;
    app.wake_workers.notify_one();
    Ok(match next_after(&reminders, days_left) {
        Some(next) => Outcome::AgainAt(moment(due, next)),
        None => Outcome::Done,
    })
}

async fn note_reminded<C: ConnectionTrait>(
    connection: &C,
    row: &RequestRow,
    days: i64,
    now: i64,
) -> Result<(), Problem> {
    Entity::update_many()
        .col_expr(Column::RemindedDays, Expr::value(days))
        .col_expr(Column::UpdatedAt, Expr::value(now))
        .filter(Column::Id.eq(&row.id))
        .exec(connection)
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const REMINDERS: [i64; 5] = [7, 1, 0, -1, -7];

    #[test]
    fn each_reminder_is_sent_once_and_a_missed_one_gives_way_to_the_latest() {
        assert_eq!(due_now(&REMINDERS, 8, Some(20)), None);
        assert_eq!(due_now(&REMINDERS, 7, Some(20)), Some(7));
        assert_eq!(due_now(&REMINDERS, 6, Some(7)), None);
        assert_eq!(due_now(&REMINDERS, 0, Some(7)), Some(0), "the one of the day before was missed");
        assert_eq!(due_now(&REMINDERS, -30, Some(0)), Some(-7));
        assert_eq!(next_after(&REMINDERS, 7), Some(1));
        assert_eq!(next_after(&REMINDERS, 5), Some(1));
        assert_eq!(next_after(&REMINDERS, -7), None);
    }
}
