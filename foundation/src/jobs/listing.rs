//! Jobs as an operator sees them.

use std::str::FromStr;

use sea_orm::sea_query::{Alias, Expr, ExprTrait, Order, Query, SelectStatement};
use sea_orm::{ConnectionTrait, DbErr, QueryResult};

use super::is_in_state;
use crate::text::mask_told;

const COLUMNS: [&str; 8] = ["id", "kind", "dedup_key", "attempts", "state", "run_at", "created_at", "last_error"];

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobState {
    /// It runs, or will run.
    Waiting,
    /// It failed until it was given up.
    Dead,
    /// It is done; its key keeps others out for a time.
    Done,
    /// It is done; its key keeps others out for ever.
    Remembered,
}

impl JobState {
    /// Every state.
    pub const ALL: [JobState; 4] = [JobState::Waiting, JobState::Dead, JobState::Done, JobState::Remembered];

    /// As stored.
    pub fn as_str(self) -> &'static str {
        match self {
            JobState::Waiting => "waiting",
            JobState::Dead => "dead",
            JobState::Done => "done",
            JobState::Remembered => "remembered",
        }
    }
}

impl FromStr for JobState {
    type Err = anyhow::Error;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        JobState::ALL
            .into_iter()
            .find(|state| state.as_str() == text)
            .ok_or_else(|| anyhow::anyhow!("没有状态“{text}”，可用的有：waiting、dead、done、remembered"))
    }
}

/// Which jobs are wanted.
#[derive(Debug, Clone, Default)]
pub struct JobFilter {
    /// In this state; without one, those that are not finished.
    pub state: Option<JobState>,
    /// Of this kind.
    pub kind: Option<String>,
}

/// A job, without what it is to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedJob {
    /// Which.
    pub id: String,
    /// What kind of work.
    pub kind: String,
    /// The key under which there is one alone.
    pub key: Option<String>,
    /// How often it was begun since it was written, set back or last went well.
    pub attempts: i64,
    /// Where it stands.
    pub state: JobState,
    /// In this state since, or for one that waits: until; epoch milliseconds.
    pub at: i64,
    /// When it was due first, epoch milliseconds.
    pub created_at: i64,
    /// Why it failed last, with numbers and addresses of people masked.
    pub last_error: Option<String>,
}

fn of_row(row: &QueryResult) -> Result<ListedJob, DbErr> {
    let state: String = row.try_get("", "state")?;
    let last_error: Option<String> = row.try_get("", "last_error")?;
    Ok(ListedJob {
        id: row.try_get("", "id")?,
        kind: row.try_get("", "kind")?,
        key: row.try_get("", "dedup_key")?,
        attempts: row.try_get("", "attempts")?,
        state: state.parse().map_err(|error: anyhow::Error| DbErr::Custom(error.to_string()))?,
        at: row.try_get("", "run_at")?,
        created_at: row.try_get("", "created_at")?,
        last_error: last_error.as_deref().map(mask_told),
    })
}

fn select() -> SelectStatement {
    Query::select().columns(COLUMNS.map(Alias::new)).from(Alias::new("jobs")).to_owned()
}

/// One job.
///
/// # Errors
/// When the database does not answer.
pub async fn find<C: ConnectionTrait>(connection: &C, id: &str) -> Result<Option<ListedJob>, DbErr> {
    let one = select().and_where(Expr::col(Alias::new("id")).eq(id)).to_owned();
    connection.query_one(&one).await?.as_ref().map(of_row).transpose()
}

/// At most `limit` jobs, newest first, after the one that was seen last. Dead ones are found by their index.
///
/// # Errors
/// When the database does not answer.
pub async fn list<C: ConnectionTrait>(
    connection: &C,
    filter: &JobFilter,
    after: Option<&ListedJob>,
    limit: u64,
) -> Result<Vec<ListedJob>, DbErr> {
    let column = |name: &str| Expr::col(Alias::new(name));
    let mut page = select();
    page.order_by(Alias::new("created_at"), Order::Desc).order_by(Alias::new("id"), Order::Desc).limit(limit);
    page.and_where(match filter.state {
        Some(state) => is_in_state(state),
        None => is_in_state(JobState::Waiting).or(is_in_state(JobState::Dead)),
    });
    if let Some(kind) = &filter.kind {
        page.and_where(column("kind").eq(kind.as_str()));
    }
    if let Some(last) = after {
        let same_moment = column("created_at").eq(last.created_at).and(column("id").lt(last.id.as_str()));
        page.and_where(column("created_at").lt(last.created_at).or(same_moment));
    }
    connection.query_all(&page).await?.iter().map(of_row).collect()
}
