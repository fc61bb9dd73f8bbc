//! How much work waits: what alarms are set on.

use sea_orm::sea_query::{Alias, Expr, ExprTrait, Query};
use sea_orm::{ConnectionTrait, DbErr};

use super::{JobState, is_in_state, is_waiting};

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
