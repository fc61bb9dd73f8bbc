//! Whose a job is, and until when: it is claimed by lease, which goes on for as long as the work does, and is given back when
//! the work is not begun. Nobody tells of the end of a node: the lease of what it had runs out.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use sea_orm::sea_query::{
    Alias, CommonTableExpression, Expr, ExprTrait, LockBehavior, LockType, Order, Query, SimpleExpr, WithClause,
};
use sea_orm::{ConnectionTrait, DbErr};

use super::{DATABASE_LIMIT, Workers, is_waiting, within};

/// How long a claimed job stays with its worker before another may take it.
const LEASE_MS: i64 = 60_000;
/// A lease of work that goes on is renewed so often.
const RENEW_EVERY: Duration = Duration::from_secs(20);
/// In the statement that claims: what is due.
const DUE: &str = "due";

/// A job that is this worker's for a time.
pub(super) struct Claimed {
    pub(super) id: String,
    pub(super) kind: String,
    pub(super) payload: String,
    pub(super) attempts: i64,
    pub(super) trace: Option<String>,
    /// Until when it is this worker's. Nobody else has the same job until the same moment: whoever wakes up after that finds
    /// another moment there and leaves the job to those who have it now.
    leased_until: AtomicI64,
}

impl Claimed {
    /// In a statement: this worker has it still.
    pub(super) fn is_held(&self) -> SimpleExpr {
        let is_same = Expr::col(Alias::new("id")).eq(self.id.as_str());
        let same_lease = Expr::col(Alias::new("run_at")).eq(self.leased_until.load(Ordering::SeqCst));
        is_same.and(same_lease).and(is_waiting())
    }
}

impl Workers {
    /// Claims what is due of these kinds. Others belong to a newer or an older version, whose nodes know what to do: they
    /// stay as they are, and [`super::queue_figures`] tells how long they have waited.
    pub(super) async fn claim(&self, kinds: &[&'static str], limit: u64) -> Result<Vec<Claimed>, DbErr> {
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
    pub(super) async fn give_back(&self, claimed: &[Claimed]) -> Result<(), DbErr> {
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

    /// Renews the lease while the work goes on; returns when somebody else has the job.
    pub(super) async fn hold(&self, job: &Claimed) {
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
}

/// They stand in the text as well: values of a prepared statement are compared with every row one by one. Rows are found by
/// the moment when they are due; few of those are of other kinds.
fn is_one_of(kinds: &[&'static str]) -> SimpleExpr {
    let names: Vec<String> = kinds.iter().map(|kind| format!("'{kind}'")).collect();
    Expr::cust(format!("kind IN ({})", names.join(", ")))
}
