//! Dead jobs that a person has settled in another way, or that nobody needs any more: they are as good as done.

use sea_orm::sea_query::{Alias, Expr, ExprTrait, Query};
use sea_orm::{ConnectionTrait, DbErr};

use super::{JobState, Workers, find, is_in_state, shorten};

/// What became of the wish that a dead job be given up for good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GivenUp {
    /// It is: as after it was done, it is gone, or its key keeps others out for a time.
    Settled {
        /// What kind of work it was.
        kind: String,
    },
    /// It is not dead (any more), or not there.
    NotDead,
    /// It goes on for as long as what it looks after is there, or until it is done ([`super::Handler::goes_on`]); nothing was
    /// changed.
    GoesOn,
}

impl Workers {
    /// Gives a dead job up, for a reason that stays with it where its row stays. Pass the transaction in which it is written
    /// down who did so.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn give_up<C: ConnectionTrait>(&self, connection: &C, id: &str, reason: &str) -> Result<GivenUp, DbErr> {
        let Some(job) = find(connection, id).await? else { return Ok(GivenUp::NotDead) };
        if self.handlers.by_kind.get(job.kind.as_str()).is_some_and(|handler| handler.goes_on()) {
            return Ok(GivenUp::GoesOn);
        }
        let delete = Query::delete()
            .from_table(Alias::new("jobs"))
            .and_where(Expr::col(Alias::new("id")).eq(id))
            .and_where(is_in_state(JobState::Dead))
            .and_where(Expr::col(Alias::new("dedup_key")).is_null())
            .to_owned();
        let keep = Query::update()
            .table(Alias::new("jobs"))
            .value(Alias::new("state"), JobState::Done.as_str())
            .value(Alias::new("run_at"), self.clock.now_ms())
            .value(Alias::new("last_error"), shorten(&format!("由人放弃：{reason}")))
            .and_where(Expr::col(Alias::new("id")).eq(id))
            .and_where(is_in_state(JobState::Dead))
            .to_owned();
        let is_settled = connection.execute(&delete).await?.rows_affected() == 1
            || connection.execute(&keep).await?.rows_affected() == 1;
        Ok(if is_settled { GivenUp::Settled { kind: job.kind } } else { GivenUp::NotDead })
    }
}
