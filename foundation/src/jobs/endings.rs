//! What becomes of a job when its work has come to an end: it is gone, waits for another time, or is dead.

use sea_orm::sea_query::{Alias, Expr, ExprTrait, Query};
use sea_orm::{ConnectionTrait, DbErr};

use super::claims::Claimed;
use super::{ATTEMPTS_MAX, Outcome, Workers, shorten};

impl Workers {
    /// Writes down what became of it, for whoever still has it.
    pub(super) async fn keep(&self, job: &Claimed, result: anyhow::Result<Outcome>) -> Result<(), DbErr> {
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
