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
use std::time::Duration;

use async_trait::async_trait;
use futures_util::FutureExt;
use sea_orm::sea_query::{Alias, Expr, ExprTrait, OnConflict, Query, SimpleExpr};
use sea_orm::{ConnectionTrait, DbErr};
use serde::Serialize;
use tokio::sync::Notify;
use tracing::Instrument;

use crate::clock::SharedClock;
use crate::database::Database;
use crate::ids::new_id_text;
use crate::problem::TRACE_ID;
use crate::telemetry;

mod claims;
mod endings;
mod figures;
mod finished;
mod giving_up;
mod lanes;
mod listing;
mod revival;

use claims::Claimed;

pub use figures::{QueueFigures, queue_figures};
pub use finished::{FINISHED_KEPT_DAYS, forget_finished, plan_forgetting};
pub use giving_up::GivenUp;
pub use lanes::{LONG_PLACES, PLACES, STRANGERS_PLACES};
pub use listing::{JobFilter, JobState, ListedJob, find, list};
pub use revival::revive;

/// After so many failures a job is dead and waits for a person; so is one that was begun so often and never came to an end.
const ATTEMPTS_MAX: i64 = 20;
/// How long ordinary work may take: whoever takes longer is given up, as if the process had died.
const TIME_LIMIT: Duration = Duration::from_secs(60);
/// For [`Handler::time_limit`] of work that goes over many rows or files.
pub const LONG_WORK: Duration = Duration::from_secs(3_600);
/// How long a worker waits for the database to hand out jobs or to keep what became of one. A database that answers nothing
/// at all, not even that it is gone, must not keep workers for ever.
const DATABASE_LIMIT: Duration = Duration::from_secs(30);
/// Jobs that [`Workers::run_due`] claims at once.
const BATCH: u64 = 16;

/// A job to be written with the business change that causes it.
#[derive(Debug, Clone)]
pub struct NewJob {
    kind: &'static str,
    payload: String,
    run_at: i64,
    dedup_key: Option<String>,
    /// Whether it belongs to the trace of whoever writes it.
    followed: bool,
    /// Whether a dead one with the same key goes on with what it was told to do.
    as_first_written: bool,
}

impl NewJob {
    /// A job of `kind` with a payload, due at `run_at` (epoch milliseconds).
    pub fn new(kind: &'static str, payload: &impl Serialize, run_at: i64) -> Self {
        let payload = serde_json::to_string(payload).expect("job payloads are plain data");
        Self { kind, payload, run_at, dedup_key: None, followed: true, as_first_written: false }
    }

    /// At most one job with this key exists: a second one is silently left out, also for [`FINISHED_KEPT_DAYS`] after the
    /// first one is finished. Whoever must be kept out for longer than that says so ([`Handler::remembers_keys`]). In the
    /// place of a dead one, the second sets it going again: it is still one job, and nothing runs twice that was done.
    pub fn once(mut self, key: impl Into<String>) -> Self {
        self.dedup_key = Some(key.into());
        self
    }

    /// A dead one that this sets going goes on with what it was told at first, not with what this one says: for what is to
    /// count from the first time it was asked for. Every version must be able to read what an older one wrote.
    pub fn as_first_written(mut self) -> Self {
        self.as_first_written = true;
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

    /// Whether a run waits for a system of somebody else that may be slow, while thousands of the kind may be due: such jobs
    /// have [`STRANGERS_PLACES`] of their own, and hold up nobody else.
    fn asks_strangers(&self) -> bool {
        false
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
}

/// What the database says within `limit`.
async fn within<T>(limit: Duration, asked: impl Future<Output = Result<T, DbErr>>) -> anyhow::Result<T> {
    match tokio::time::timeout(limit, asked).await {
        Ok(answer) => Ok(answer?),
        Err(_) => anyhow::bail!("the database says nothing for {limit:?}"),
    }
}

fn is_waiting() -> SimpleExpr {
    is_in_state(JobState::Waiting)
}

/// The state stands in the text of the statement: only then does a prepared one use the index of jobs in that state.
fn is_in_state(state: JobState) -> SimpleExpr {
    Expr::col(Alias::new("state")).eq(Expr::cust(format!("'{}'", state.as_str())))
}

fn shorten(error: &str) -> String {
    error.chars().take(500).collect()
}
