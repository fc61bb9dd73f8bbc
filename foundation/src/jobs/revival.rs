//! Dead jobs that are set going again: the same row, from the first attempt on. Whatever kind it is, that does nothing twice:
//! a handler must stand being run again after a crash at any point, and this is no more than that.

use sea_orm::sea_query::{Alias, Expr, ExprTrait, Query, UpdateStatement};
use sea_orm::{ConnectionTrait, DbErr};

use super::{JobState, NewJob, is_in_state};

/// Whoever comes second finds it no longer dead.
fn wake_up(run_at: i64) -> UpdateStatement {
    Query::update()
        .table(Alias::new("jobs"))
        .value(Alias::new("state"), JobState::Waiting.as_str())
        .value(Alias::new("attempts"), 0i64)
        .value(Alias::new("run_at"), run_at)
        .value(Alias::new("last_error"), None::<String>)
        .and_where(is_in_state(JobState::Dead))
        .to_owned()
}

/// Sets a dead job going at `run_at`; false when it is not dead (any more).
///
/// # Errors
/// When the database does not answer.
pub async fn revive<C: ConnectionTrait>(connection: &C, id: &str, run_at: i64) -> Result<bool, DbErr> {
    let update = wake_up(run_at).and_where(Expr::col(Alias::new("id")).eq(id)).to_owned();
    Ok(connection.execute(&update).await?.rows_affected() == 1)
}

/// Sets the dead ones going whose keys kept some of `jobs` out, as these would have: what they are to do may have been written
/// by an older version, and is kept only where it is to be ([`NewJob::as_first_written`]). One that waits or is done stays as
/// it is.
pub(super) async fn in_place_of_dead<C: ConnectionTrait>(
    connection: &C,
    jobs: &[NewJob],
    trace: Option<&str>,
) -> Result<(), DbErr> {
    let keys: Vec<&str> = jobs.iter().filter_map(|job| job.dedup_key.as_deref()).collect();
    if keys.is_empty() {
        return Ok(());
    }
    let dead = Query::select()
        .column(Alias::new("dedup_key"))
        .from(Alias::new("jobs"))
        .and_where(Expr::col(Alias::new("dedup_key")).is_in(keys))
        .and_where(is_in_state(JobState::Dead))
        .to_owned();
    for row in connection.query_all(&dead).await? {
        let key: String = row.try_get("", "dedup_key")?;
        let Some(job) = jobs.iter().find(|job| job.dedup_key.as_deref() == Some(key.as_str())) else { continue };
        let mut update = wake_up(job.run_at)
            .value(Alias::new("trace"), trace.filter(|_| job.followed).map(str::to_owned))
            .and_where(Expr::col(Alias::new("dedup_key")).eq(key.as_str()))
            .to_owned();
        if !job.as_first_written {
            update.value(Alias::new("payload"), job.payload.as_str());
        }
        if connection.execute(&update).await?.rows_affected() == 1 {
            tracing::warn!(kind = job.kind, key, "a dead job is tried again");
        }
    }
    Ok(())
}
