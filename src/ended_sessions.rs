//! Sign-ins that ended, of payers and of officers, are forgotten after `login.ended_sessions_days`, every night: until then
//! they say who was where (device, network address), as long as the law wants such records kept. A living one stays, however
//! old it is.

use std::sync::Arc;

use async_trait::async_trait;
use foundation::calendar::next_beijing_day_ms;
use foundation::clock::DAY_MS;
use foundation::database::Database;
use foundation::jobs::{Handler, Handlers, LONG_WORK, NewJob, Outcome, enqueue};
use sea_orm::sea_query::{Alias, Expr, ExprTrait, LockBehavior, LockType, Order, Query};
use sea_orm::{ConnectionTrait, DbErr};

use crate::app::{App, SharedApp};

/// Forgets what ended long ago, every night; the job itself is never done.
const JOB_FORGET: &str = "sessions.forget";
/// Two in the morning.
const RUN_AFTER_MIDNIGHT_MS: i64 = 2 * 3_600_000;
/// Rows of one transaction: so few that PostgreSQL goes to each by its key, and people who sign in do not wait.
const AT_ONCE: u64 = 100;
/// Pages of one run and table; the rest follows after a pause, in which others write.
const PAGES_PER_RUN: usize = 500;
const PAUSE_MS: i64 = 60_000;
/// When it ended: signed out, or its time over, whichever came first. The text is that of the indexes (m0106).
const ENDED_AT: &str = "CASE WHEN revoked_at < expires_at THEN revoked_at ELSE expires_at END";

/// Whose sign-ins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// Of payers: phones, browsers, the mini-program.
    Payers,
    /// Of the institute's people.
    Officers,
}

impl Whose {
    fn table(self) -> Alias {
        Alias::new(match self {
            Whose::Payers => "sessions",
            Whose::Officers => "staff_sessions",
        })
    }
}

/// Registers the job that forgets.
pub fn add_job_handlers(app: &SharedApp, handlers: &mut Handlers) {
    handlers.add(JOB_FORGET, Arc::new(Forget(app.clone())));
}

/// Puts the job on the list, where it stays; called at every start and from time to time, by every node, and harmless to
/// repeat.
///
/// # Errors
/// When the database does not answer.
pub async fn plan_forgetting<C: ConnectionTrait>(connection: &C, now_ms: i64) -> Result<(), DbErr> {
    enqueue(connection, NewJob::new(JOB_FORGET, &(), next_night(now_ms)).once(JOB_FORGET).untraced()).await
}

fn next_night(now_ms: i64) -> i64 {
    next_beijing_day_ms(now_ms) + RUN_AFTER_MIDNIGHT_MS
}

struct Forget(SharedApp);

#[async_trait]
impl Handler for Forget {
    async fn run(&self, _payload: &str) -> anyhow::Result<Outcome> {
        let app = &self.0;
        let before = app.now_ms() - app.config.login.ended_sessions_days * DAY_MS;
        for whose in [Whose::Payers, Whose::Officers] {
            if !forget_all(app, whose, before).await? {
                return Ok(Outcome::AgainAt(app.now_ms() + PAUSE_MS));
            }
        }
        Ok(Outcome::AgainAt(next_night(app.now_ms())))
    }

    fn time_limit(&self) -> std::time::Duration {
        LONG_WORK
    }

    fn goes_on(&self) -> bool {
        true
    }
}

/// False when more is left than one run takes.
async fn forget_all(app: &App, whose: Whose, before_ms: i64) -> Result<bool, DbErr> {
    let mut from = 0;
    for _ in 0..PAGES_PER_RUN {
        match forget_page(&app.database, whose, from, before_ms, AT_ONCE).await? {
            Some(last) => from = last,
            None => return Ok(true),
        }
    }
    Ok(false)
}

/// Deletes a page of the sign-ins that ended from `from_ms` on and before `before_ms` (epoch milliseconds), oldest first.
/// Returns when the last of them ended, from where the next page goes on; nothing when this page was the last. Whoever does
/// the same at the same time takes others.
///
/// # Errors
/// When the database does not answer.
pub async fn forget_page(
    database: &Database,
    whose: Whose,
    from_ms: i64,
    before_ms: i64,
    limit: u64,
) -> Result<Option<i64>, DbErr> {
    let ended_at = || Expr::cust(ENDED_AT);
    let oldest = Query::select()
        .column(Alias::new("id"))
        .expr_as(ended_at(), Alias::new("ended_at"))
        .from(whose.table())
        .and_where(ended_at().gte(from_ms))
        .and_where(ended_at().lt(before_ms))
        .order_by_expr(ended_at(), Order::Asc)
        .limit(limit)
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
        .to_owned();
    let transaction = database.begin_write().await?;
    let mut over: Vec<String> = Vec::new();
    let mut last = None;
    for row in transaction.query_all(&oldest).await? {
        over.push(row.try_get("", "id")?);
        last = Some(row.try_get::<i64>("", "ended_at")?);
    }
    let is_full = over.len() as u64 == limit;
    if !over.is_empty() {
        // What has ended never lives again, and these rows are held.
        let delete =
            Query::delete().from_table(whose.table()).and_where(Expr::col(Alias::new("id")).is_in(over)).to_owned();
        transaction.execute(&delete).await?;
    }
    transaction.commit().await?;
    Ok(last.filter(|_| is_full))
}
