//! Finished jobs that had a key are forgotten some day, so that the table is as large as what happened lately.

use std::sync::Arc;

use async_trait::async_trait;
use sea_orm::sea_query::{Alias, Expr, ExprTrait, LockBehavior, LockType, Order, Query};
use sea_orm::{ConnectionTrait, DbErr};

use super::{Handler, Handlers, JobState, LONG_WORK, NewJob, Outcome, enqueue, is_in_state};
use crate::calendar::next_beijing_day_ms;
use crate::clock::{DAY_MS, SharedClock};
use crate::database::Database;

/// How long the key of a finished job keeps others out, days. Longer than anybody looks back: a day that was missed is
/// compared with WeChat's bill for ninety days.
pub const FINISHED_KEPT_DAYS: i64 = 100;
/// Forgets what is finished, every night; the job itself is never done.
const JOB_FORGET: &str = "jobs.forget";
/// Half past one in the morning.
const RUN_AFTER_MIDNIGHT_MS: i64 = 90 * 60_000;
/// Rows of one transaction: so few that PostgreSQL goes to each by its key, however small the table.
const AT_ONCE: u64 = 100;
/// Pages of one run; the rest follows after a pause, in which others write.
const PAGES_PER_RUN: usize = 1_000;
const PAUSE_MS: i64 = 60_000;

/// Puts the job on the list, where it stays; harmless to repeat.
///
/// # Errors
/// When the database does not answer.
pub async fn plan_forgetting<C: ConnectionTrait>(connection: &C, now_ms: i64) -> Result<(), DbErr> {
    enqueue(connection, NewJob::new(JOB_FORGET, &(), next_night(now_ms)).once(JOB_FORGET).untraced()).await
}

fn next_night(now_ms: i64) -> i64 {
    next_beijing_day_ms(now_ms) + RUN_AFTER_MIDNIGHT_MS
}

impl Handlers {
    /// Adds the handler that forgets what is finished; after all others, of which it must know whose keys stay.
    pub fn add_forgetting(&mut self, database: &Database, clock: &SharedClock) {
        let stay = self.by_kind.iter().filter(|(_, handler)| handler.remembers_keys()).map(|(kind, _)| *kind).collect();
        let forgetting = Forgetting { database: database.clone(), clock: clock.clone(), stay };
        self.add(JOB_FORGET, Arc::new(forgetting));
    }
}

struct Forgetting {
    database: Database,
    clock: SharedClock,
    /// Kinds whose keys are remembered for ever.
    stay: Vec<&'static str>,
}

#[async_trait]
impl Handler for Forgetting {
    async fn run(&self, _payload: &str) -> anyhow::Result<Outcome> {
        let before = self.clock.now_ms() - FINISHED_KEPT_DAYS * DAY_MS;
        for _ in 0..PAGES_PER_RUN {
            if forget_finished(&self.database, before, &self.stay, AT_ONCE).await? < AT_ONCE {
                return Ok(Outcome::AgainAt(next_night(self.clock.now_ms())));
            }
        }
        Ok(Outcome::AgainAt(self.clock.now_ms() + PAUSE_MS))
    }

    fn time_limit(&self) -> std::time::Duration {
        LONG_WORK
    }

    fn goes_on(&self) -> bool {
        true
    }
}

/// Deletes a page of what was finished before this moment; what is of the kinds that `stay` is set aside instead, so that
/// nobody looks at it again. Returns how many rows it was. Whoever does the same at the same time takes others.
///
/// # Errors
/// When the database does not answer.
pub async fn forget_finished(
    database: &Database,
    before_ms: i64,
    stay: &[&'static str],
    limit: u64,
) -> Result<u64, DbErr> {
    let oldest = Query::select()
        .columns(["id", "kind"].map(Alias::new))
        .from(Alias::new("jobs"))
        .and_where(is_in_state(JobState::Done))
        .and_where(Expr::col(Alias::new("run_at")).lt(before_ms))
        .order_by(Alias::new("run_at"), Order::Asc)
        .limit(limit)
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
        .to_owned();
    let transaction = database.begin_write().await?;
    let (mut set_aside, mut over) = (Vec::new(), Vec::new());
    for row in transaction.query_all(&oldest).await? {
        let (id, kind): (String, String) = (row.try_get("", "id")?, row.try_get("", "kind")?);
        if stay.contains(&kind.as_str()) { set_aside.push(id) } else { over.push(id) }
    }
    let count = (set_aside.len() + over.len()) as u64;
    if !set_aside.is_empty() {
        let update = Query::update()
            .table(Alias::new("jobs"))
            .value(Alias::new("state"), JobState::Remembered.as_str())
            .and_where(Expr::col(Alias::new("id")).is_in(set_aside))
            .and_where(is_in_state(JobState::Done))
            .to_owned();
        transaction.execute(&update).await?;
    }
    if !over.is_empty() {
        let delete = Query::delete()
            .from_table(Alias::new("jobs"))
            .and_where(Expr::col(Alias::new("id")).is_in(over))
            .and_where(is_in_state(JobState::Done))
            .to_owned();
        transaction.execute(&delete).await?;
    }
    transaction.commit().await?;
    Ok(count)
}
