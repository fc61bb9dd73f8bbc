//! Work that must happen after a commit, exactly as often as needed: a row written in the business transaction, claimed
//! by lease by any node, repeated with a growing pause until it is done. A killed node's jobs come back by themselves.
//!
//! One that failed too often is dead and waits for a person ([`revive`], [`Workers::give_up`]), or for whoever writes a job
//! with the same key. It goes on as the same row: since handlers are idempotent, and what moves money asks under the number
//! it had before, a job that runs again does nothing twice. What is finished under a key is forgotten after a time
//! ([`forget_finished`]).

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use futures_util::FutureExt;
use sea_orm::sea_query::{
    Alias, CommonTableExpression, Expr, ExprTrait, LockBehavior, LockType, OnConflict, Order, Query, SimpleExpr,
    WithClause,
};
use sea_orm::{ConnectionTrait, DbErr};
use serde::Serialize;
use tokio::sync::Notify;
use tracing::Instrument;

use crate::clock::SharedClock;
use crate::database::Database;
use crate::ids::new_id_text;
use crate::problem::TRACE_ID;
use crate::telemetry;

mod finished;
mod giving_up;
mod lanes;
mod listing;
mod revival;

pub use finished::{FINISHED_KEPT_DAYS, forget_finished, plan_forgetting};
pub use giving_up::GivenUp;
pub use lanes::{LONG_PLACES, PLACES};
pub use listing::{JobFilter, JobState, ListedJob, find, list};
pub use revival::revive;

/// How long a claimed job stays with its worker before another may take it.
const LEASE_MS: i64 = 60_000;
/// After so many failures a job is dead and waits for a person; so is one that was begun so often and never came to an end.
const ATTEMPTS_MAX: i64 = 20;
/// A lease of work that goes on is renewed so often.
const RENEW_EVERY: Duration = Duration::from_secs(20);
/// How long ordinary work may take: whoever takes longer is given up, as if the process had died.
const TIME_LIMIT: Duration = Duration::from_secs(60);
/// For [`Handler::time_limit`] of work that goes over many rows or files.
pub const LONG_WORK: Duration = Duration::from_secs(3_600);
/// How long a worker waits for the database to hand out jobs or to keep what became of one. A database that answers nothing
/// at all, not even that it is gone, must not keep workers for ever.
const DATABASE_LIMIT: Duration = Duration::from_secs(30);
/// Jobs that [`Workers::run_due`] claims at once.
const BATCH: u64 = 16;
/// In the statement that claims: what is due.
const DUE: &str = "due";

/// A job to be written with the business change that causes it.
#[derive(Debug, Clone)]
pub struct NewJob {
    kind: &'static str,
    payload: String,
    run_at: i64,
    dedup_key: Option<String>,
    /// Whether it belongs to the trace of whoever writes it.
    followed: bool,
}

impl NewJob {
    /// A job of `kind` with a payload, due at `run_at` (epoch milliseconds).
    pub fn new(kind: &'static str, payload: &impl Serialize, run_at: i64) -> Self {
        let payload = serde_json::to_string(payload).expect("job payloads are plain data");
        Self { kind, payload, run_at, dedup_key: None, followed: true }
    }

    /// At most one job with this key exists: a second one is silently left out, also for [`FINISHED_KEPT_DAYS`] after the
    /// first one is finished. Whoever must be kept out for longer than that says so ([`Handler::remembers_keys`]). In the
    /// place of a dead one, the second sets it going again: it is still one job, and nothing runs twice that was done.
    pub fn once(mut self, key: impl Into<String>) -> Self {
        self.dedup_key = Some(key.into());
        self
    }

    /// Every run of it begins a trace of its own: for what goes on by itself for as long as the house stands, day after
    /// day, and would be one trace without an end, or never be in any.
    pub fn untraced(mut self) -> Self {
        self.followed = false;
        self
    }
}

const COLUMNS: [&str; 9] = ["id", "kind", "payload", "run_at", "dedup_key", "attempts", "state", "created_at", "trace"];

/// Writes a job; pass the transaction of the business change.
pub async fn enqueue<C: ConnectionTrait>(connection: &C, job: NewJob) -> Result<(), DbErr> {
    enqueue_all(connection, vec![job]).await
}

/// Writes jobs in one statement; pass the transaction of the business change.
pub async fn enqueue_all<C: ConnectionTrait>(connection: &C, jobs: Vec<NewJob>) -> Result<(), DbErr> {
    if jobs.is_empty() {
        return Ok(());
    }
    let mut insert = Query::insert();
    insert
        .into_table(Alias::new("jobs"))
        .columns(COLUMNS.map(Alias::new))
        .on_conflict(OnConflict::column(Alias::new("dedup_key")).do_nothing().to_owned());
    let trace = telemetry::position();
    for job in &jobs {
        insert.values_panic([
            new_id_text("job").into(),
            job.kind.into(),
            job.payload.clone().into(),
            job.run_at.into(),
            job.dedup_key.clone().into(),
            0i64.into(),
            "waiting".into(),
            job.run_at.into(),
            trace.clone().filter(|_| job.followed).into(),
        ]);
    }
    if connection.execute(&insert).await?.rows_affected() < jobs.len() as u64 {
        revival::in_place_of_dead(connection, &jobs, trace.as_deref()).await?;
    }
    Ok(())
}

/// What a handler says when it is through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Finished; the row is deleted, or kept for a time when it has a key.
    Done,
    /// Not finished but nothing is wrong: look again at this moment (epoch milliseconds). Does not count as a failure.
    AgainAt(i64),
}

/// Does the jobs of one kind. Must be idempotent: a job may run again after a crash at any point.
#[async_trait]
pub trait Handler: Send + Sync {
    /// Runs one job. An error is repeated with a growing pause.
    async fn run(&self, payload: &str) -> anyhow::Result<Outcome>;

    /// How long one run may take; more than the usual minute only where the work is long by its nature.
    fn time_limit(&self) -> Duration {
        TIME_LIMIT
    }

    /// Whether the keys of finished jobs keep others out for ever: where doing the same once more, long after, would tell
    /// somebody twice or fail. One row stays for each of them.
    fn remembers_keys(&self) -> bool {
        false
    }

    /// Whether a job goes on for as long as what it looks after is there, by [`Outcome::AgainAt`], or until it is done,
    /// whatever comes. A person cannot give such a one up: its key would keep the next one out, or there is no next one, and
    /// nobody would do it any more.
    fn goes_on(&self) -> bool {
        false
    }
}

/// Which handler does which kind.
#[derive(Default, Clone)]
pub struct Handlers {
    by_kind: HashMap<&'static str, Arc<dyn Handler>>,
}

impl Handlers {
    /// Adds the handler of a kind.
    pub fn add(&mut self, kind: &'static str, handler: Arc<dyn Handler>) {
        // It stands in the text of statements.
        assert!(!kind.contains('\''), "no name of a job kind: {kind}");
        let replaced = self.by_kind.insert(kind, handler);
        assert!(replaced.is_none(), "two handlers for job kind {kind}");
    }

    /// Kinds with such a handler, in the order of their names: the text of a statement that names them is always the same.
    fn kinds(&self, is_wanted: impl Fn(&dyn Handler) -> bool) -> Vec<&'static str> {
        let wanted = self.by_kind.iter().filter(|(_, handler)| is_wanted(&***handler));
        let mut kinds: Vec<&'static str> = wanted.map(|(kind, _)| *kind).collect();
        kinds.sort_unstable();
        kinds
    }
}

/// Takes jobs from the table and runs them.
#[derive(Clone)]
pub struct Workers {
    database: Database,
    clock: SharedClock,
    handlers: Handlers,
    name: String,
    wake: Arc<Notify>,
    ran: Arc<Notify>,
}

struct Claimed {
    id: String,
    kind: String,
    payload: String,
    attempts: i64,
    trace: Option<String>,
    /// Until when it is this worker's. Nobody else has the same job until the same moment: whoever wakes up after that finds
    /// another moment there and leaves the job to those who have it now.
    leased_until: AtomicI64,
}

impl Claimed {
    fn is_held(&self) -> SimpleExpr {
        let is_same = Expr::col(Alias::new("id")).eq(self.id.as_str());
        let same_lease = Expr::col(Alias::new("run_at")).eq(self.leased_until.load(Ordering::SeqCst));
        is_same.and(same_lease).and(is_waiting())
    }
}

impl Workers {
    /// Workers over `database` with these handlers. `wake` is notified after commits that wrote jobs due at once.
    pub fn new(database: Database, clock: SharedClock, handlers: Handlers, wake: Arc<Notify>) -> Self {
        Self { database, clock, handlers, name: new_id_text("wrk"), wake, ran: Arc::default() }
    }

    /// The same workers, who tell everybody who waits at `ran` whenever some jobs have run.
    pub fn telling(mut self, ran: Arc<Notify>) -> Self {
        self.ran = ran;
        self
    }

    /// Runs everything that is due now and everything that becomes due by it; returns how many jobs ran. For tests and
    /// for commands that must leave nothing behind.
    pub async fn run_due(&self) -> anyhow::Result<usize> {
        let kinds = self.handlers.kinds(|_| true);
        let mut total = 0;
        loop {
            let ran = self.run_batch(&kinds).await?;
            if ran == 0 {
                return Ok(total);
            }
            total += ran;
            anyhow::ensure!(total < 100_000, "jobs make each other due without end");
        }
    }

    async fn run_batch(&self, kinds: &[&'static str]) -> anyhow::Result<usize> {
        let claimed = within(DATABASE_LIMIT, self.claim(kinds, BATCH)).await?;
        let count = claimed.len();
        let runs = claimed.into_iter().map(|job| self.run_one(job));
        futures_util::future::join_all(runs).await;
        if count > 0 {
            self.ran.notify_waiters();
        }
        Ok(count)
    }

    /// Claims what is due of these kinds. Others belong to a newer or an older version, whose nodes know what to do: they
    /// stay as they are, and [`queue_figures`] tells how long they have waited.
    async fn claim(&self, kinds: &[&'static str], limit: u64) -> Result<Vec<Claimed>, DbErr> {
        if kinds.is_empty() {
            return Ok(Vec::new());
        }
        let now = self.clock.now_ms();
        let due = Query::select()
            .column(Alias::new("id"))
            .from(Alias::new("jobs"))
            .and_where(is_waiting())
            .and_where(is_one_of(kinds))
            .and_where(Expr::col(Alias::new("run_at")).lte(now))
            .order_by(Alias::new("run_at"), Order::Asc)
            .limit(limit)
            .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
            .to_owned();
        // Worked out once: inside the condition, PostgreSQL may ask anew for each row that it compares, passes over those that
        // it has already, and claims more than the limit.
        let mut once = CommonTableExpression::new();
        once.table_name(Alias::new(DUE)).query(due).materialized(true);
        let due = Query::select().column(Alias::new("id")).from(Alias::new(DUE)).to_owned();
        // Claiming moves `run_at` forward: that is the lease.
        let claim = Query::update()
            .with_cte(WithClause::new().cte(once).to_owned())
            .table(Alias::new("jobs"))
            .value(Alias::new("locked_by"), self.name.clone())
            .value(Alias::new("run_at"), now + LEASE_MS)
            .value(Alias::new("attempts"), Expr::col(Alias::new("attempts")).add(1))
            .and_where(Expr::col(Alias::new("id")).in_subquery(due))
            .returning(Query::returning().columns(["id", "kind", "payload", "attempts", "trace"].map(Alias::new)))
            .to_owned();
        // A column by name: a prepared `*` fails once a newer node has added one.
        let look = Query::select()
            .column(Alias::new("id"))
            .from(Alias::new("jobs"))
            .and_where(is_waiting())
            .and_where(is_one_of(kinds))
            .and_where(Expr::col(Alias::new("run_at")).lte(now))
            .limit(1)
            .to_owned();
        // Looking costs no write lock while there is nothing to do.
        if self.database.reader().query_one(&look).await?.is_none() {
            return Ok(Vec::new());
        }
        let transaction = self.database.begin_write().await?;
        let rows = transaction.query_all(&claim).await?;
        transaction.commit().await?;
        rows.iter()
            .map(|row| {
                Ok(Claimed {
                    id: row.try_get("", "id")?,
                    kind: row.try_get("", "kind")?,
                    payload: row.try_get("", "payload")?,
                    attempts: row.try_get("", "attempts")?,
                    trace: row.try_get("", "trace")?,
                    leased_until: AtomicI64::new(now + LEASE_MS),
                })
            })
            .collect()
    }

    /// Leaves what one claim brought, and was not begun, to whoever comes next: as if it had not been claimed.
    async fn give_back(&self, claimed: &[Claimed]) -> Result<(), DbErr> {
        let Some(first) = claimed.first() else { return Ok(()) };
        let update = Query::update()
            .table(Alias::new("jobs"))
            .value(Alias::new("run_at"), self.clock.now_ms())
            .value(Alias::new("attempts"), Expr::col(Alias::new("attempts")).sub(1))
            .and_where(Expr::col(Alias::new("id")).is_in(claimed.iter().map(|job| job.id.as_str())))
            .and_where(Expr::col(Alias::new("run_at")).eq(first.leased_until.load(Ordering::SeqCst)))
            .and_where(is_waiting())
            .to_owned();
        let transaction = self.database.begin_write().await?;
        transaction.execute(&update).await?;
        transaction.commit().await
    }

    async fn run_one(&self, job: Claimed) {
        let span = tracing::info_span!("job", id = %job.id, kind = job.kind, attempt = job.attempts);
        // The trace of whoever wrote the job goes on here, in whatever process this is.
        if let Some(trace) = &job.trace {
            telemetry::follow(&span, trace);
        }
        let trace_id = job.id.clone();
        TRACE_ID.scope(trace_id, self.run_in_scope(job)).instrument(span).await;
    }

    async fn run_in_scope(&self, job: Claimed) {
        let result = if job.attempts > ATTEMPTS_MAX {
            // Nobody came to the point of saying how the last attempt went: the job may be what ended them.
            Err(anyhow::anyhow!("{} broke off the last time, and perhaps its node with it", job.kind))
        } else {
            self.attempt(&job).await
        };
        if let Err(error) = within(DATABASE_LIMIT, self.keep(&job, result)).await {
            // The lease runs out and the job comes back; handlers are idempotent.
            tracing::error!(job = job.id, %error, "job outcome could not be stored");
        }
    }

    /// Runs it, within its time and for as long as nobody else has it.
    async fn attempt(&self, job: &Claimed) -> anyhow::Result<Outcome> {
        let Some(handler) = self.handlers.by_kind.get(job.kind.as_str()) else {
            anyhow::bail!("no handler for job kind {}", job.kind);
        };
        // One that breaks off has failed like any other, and is dead some day. What it said of itself is in the log alone: it
        // may name people.
        let run = AssertUnwindSafe(handler.run(&job.payload)).catch_unwind();
        tokio::select! {
            ended = tokio::time::timeout(handler.time_limit(), run) => match ended {
                Ok(Ok(result)) => result,
                Ok(Err(_panic)) => Err(anyhow::anyhow!("{} broke off by a mistake in the program", job.kind)),
                Err(_) => Err(anyhow::anyhow!("given up after {:?}", handler.time_limit())),
            },
            () = self.hold(job) => Err(anyhow::anyhow!("another worker has taken it over")),
        }
    }

    async fn keep(&self, job: &Claimed, result: anyhow::Result<Outcome>) -> Result<(), DbErr> {
        match result {
            Ok(Outcome::Done) => {
                metrics::counter!("tejian_jobs_total", "kind" => job.kind.clone(), "outcome" => "done").increment(1);
                self.finish(job).await
            }
            Ok(Outcome::AgainAt(run_at)) => self.reschedule(job, run_at, 0, None).await,
            Err(error) => {
                metrics::counter!("tejian_jobs_total", "kind" => job.kind.clone(), "outcome" => "failed").increment(1);
                tracing::warn!(job = job.id, kind = job.kind, attempt = job.attempts, error = %format!("{error:#}"), "job failed");
                self.fail(job, &format!("{error:#}")).await
            }
        }
    }

    /// Renews the lease while the work goes on; returns when somebody else has the job.
    async fn hold(&self, job: &Claimed) {
        loop {
            tokio::time::sleep(RENEW_EVERY).await;
            match within(DATABASE_LIMIT, self.renew(job)).await {
                Ok(true) => {}
                Ok(false) => return,
                Err(error) => tracing::warn!(job = job.id, %error, "a lease could not be renewed"),
            }
        }
    }

    async fn renew(&self, job: &Claimed) -> Result<bool, DbErr> {
        let until = self.clock.now_ms() + LEASE_MS;
        let update = Query::update()
            .table(Alias::new("jobs"))
            .value(Alias::new("run_at"), until)
            .and_where(job.is_held())
            .to_owned();
        let transaction = self.database.begin_write().await?;
        let is_held = transaction.execute(&update).await?.rows_affected() == 1;
        transaction.commit().await?;
        if is_held {
            job.leased_until.store(until, Ordering::SeqCst);
        }
        Ok(is_held)
    }

    async fn finish(&self, job: &Claimed) -> Result<(), DbErr> {
        let delete = Query::delete()
            .from_table(Alias::new("jobs"))
            .and_where(job.is_held())
            .and_where(Expr::col(Alias::new("dedup_key")).is_null())
            .to_owned();
        // A job made "once" stays as a finished row, so that its key keeps keeping others out.
        let keep = Query::update()
            .table(Alias::new("jobs"))
            .value(Alias::new("state"), "done")
            .value(Alias::new("run_at"), self.clock.now_ms())
            .and_where(job.is_held())
            .to_owned();
        let transaction = self.database.begin_write().await?;
        if transaction.execute(&delete).await?.rows_affected() == 0 {
            transaction.execute(&keep).await?;
        }
        transaction.commit().await
    }

    async fn fail(&self, job: &Claimed, error: &str) -> Result<(), DbErr> {
        if job.attempts >= ATTEMPTS_MAX {
            return self.bury(job, error).await;
        }
        // 2 s, 4 s, 8 s … at most an hour.
        let pause_ms = Ord::min(1_000_i64 << job.attempts.clamp(1, 12), 3_600_000);
        self.reschedule(job, self.clock.now_ms() + pause_ms, job.attempts, Some(error)).await
    }

    async fn reschedule(&self, job: &Claimed, run_at: i64, attempts: i64, error: Option<&str>) -> Result<(), DbErr> {
        let update = Query::update()
            .table(Alias::new("jobs"))
            .value(Alias::new("run_at"), run_at)
            .value(Alias::new("attempts"), attempts)
            .value(Alias::new("last_error"), error.map(shorten))
            .and_where(job.is_held())
            .to_owned();
        let transaction = self.database.begin_write().await?;
        transaction.execute(&update).await?;
        transaction.commit().await
    }

    async fn bury(&self, job: &Claimed, error: &str) -> Result<(), DbErr> {
        let update = Query::update()
            .table(Alias::new("jobs"))
            .value(Alias::new("state"), "dead")
            .value(Alias::new("run_at"), self.clock.now_ms())
            .value(Alias::new("last_error"), shorten(error))
            .and_where(job.is_held())
            .to_owned();
        let transaction = self.database.begin_write().await?;
        transaction.execute(&update).await?;
        transaction.commit().await
    }
}

/// What the database says within `limit`.
async fn within<T>(limit: Duration, asked: impl Future<Output = Result<T, DbErr>>) -> anyhow::Result<T> {
    match tokio::time::timeout(limit, asked).await {
        Ok(answer) => Ok(answer?),
        Err(_) => anyhow::bail!("the database says nothing for {limit:?}"),
    }
}

/// How much work waits, for whoever watches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueueFigures {
    /// Jobs whose time has come and that nobody has taken.
    pub due: i64,
    /// How long the oldest of them has waited, milliseconds.
    pub oldest_due_ms: i64,
    /// Jobs that failed until they were given up.
    pub dead: i64,
}

/// Counts what waits at `now_ms`.
///
/// # Errors
/// When the database does not answer.
pub async fn queue_figures<C: ConnectionTrait>(connection: &C, now_ms: i64) -> Result<QueueFigures, DbErr> {
    let jobs = || Query::select().expr(Expr::col(Alias::new("id")).count()).from(Alias::new("jobs")).to_owned();
    let due = jobs()
        .expr(Expr::col(Alias::new("run_at")).min())
        .and_where(is_waiting())
        .and_where(Expr::col(Alias::new("run_at")).lte(now_ms))
        .to_owned();
    let dead = jobs().and_where(is_in_state(JobState::Dead)).to_owned();
    let mut figures = QueueFigures { due: 0, oldest_due_ms: 0, dead: 0 };
    if let Some(row) = connection.query_one(&due).await? {
        figures.due = row.try_get_by_index(0)?;
        let oldest: Option<i64> = row.try_get_by_index(1)?;
        figures.oldest_due_ms = oldest.map_or(0, |run_at| now_ms - run_at);
    }
    if let Some(row) = connection.query_one(&dead).await? {
        figures.dead = row.try_get_by_index(0)?;
    }
    Ok(figures)
}

fn is_waiting() -> SimpleExpr {
    is_in_state(JobState::Waiting)
}

/// The state stands in the text of the statement: only then does a prepared one use the index of jobs in that state.
fn is_in_state(state: JobState) -> SimpleExpr {
    Expr::col(Alias::new("state")).eq(Expr::cust(format!("'{}'", state.as_str())))
}

/// They stand in the text as well: values of a prepared statement are compared with every row one by one. Rows are found by
/// the moment when they are due; few of those are of other kinds.
fn is_one_of(kinds: &[&'static str]) -> SimpleExpr {
    let names: Vec<String> = kinds.iter().map(|kind| format!("'{kind}'")).collect();
    Expr::cust(format!("kind IN ({})", names.join(", ")))
}

fn shorten(error: &str) -> String {
    error.chars().take(500).collect()
}
