//! What is payable in all. Triggers leave beside the fees what each statement changed of it (docs/decisions/0015); the sum of
//! these changes is the total, however many fees there are. On PostgreSQL, where changes are rows of their own, a job makes
//! one row of them from time to time.

use std::sync::Arc;

use async_trait::async_trait;
use foundation::jobs::{Handler, Handlers, NewJob, Outcome, enqueue};
use foundation::money::Fen;
use foundation::problem::Problem;
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Query};
use sea_orm::{ConnectionTrait, FromQueryResult, Statement};

use super::store::FeeTotal;
use crate::app::{App, SharedApp};

/// Makes one row of many changes.
const JOB_ADD_UP: &str = "fees.add_up";
/// How often.
const EVERY_MS: i64 = 10 * 60_000;
/// Changes that become one at once.
const AT_ONCE: u64 = 10_000;

/// Registers this room's job.
pub fn add_job_handlers(app: &SharedApp, handlers: &mut Handlers) {
    handlers.add(JOB_ADD_UP, Arc::new(AddUp(app.clone())));
}

/// Puts the job on the list, where it stays, or sets it going again after it was given up; called at every start and from time
/// to time, by every node, and harmless to repeat.
///
/// # Errors
/// When the database does not answer.
pub async fn schedule(app: &App) -> anyhow::Result<()> {
    if app.database.is_sqlite() {
        // Its triggers change one row.
        return Ok(());
    }
    let transaction = app.database.begin_write().await?;
    enqueue(&*transaction, NewJob::new(JOB_ADD_UP, &(), app.now_ms() + EVERY_MS).once(JOB_ADD_UP)).await?;
    Ok(transaction.commit().await?)
}

/// Count and sum of what is payable, over everybody.
///
/// # Errors
/// When the database does not answer.
pub async fn payable_total_of_all<C: ConnectionTrait>(connection: &C) -> Result<FeeTotal, Problem> {
    #[derive(FromQueryResult)]
    struct Total {
        count: Option<i64>,
        amount_fen: Option<i64>,
    }
    // PostgreSQL sums bigints as numeric.
    let sum = |column: &'static str| Expr::col(Alias::new(column)).sum().cast_as(Alias::new("bigint"));
    let select = Query::select()
        .expr_as(sum("fee_count"), Alias::new("count"))
        .expr_as(sum("amount_fen"), Alias::new("amount_fen"))
        .from(Alias::new("payable_changes"))
        .to_owned();
    let row = connection.query_one(&select).await?;
    let total = row.map(|row| Total::from_query_result(&row, "")).transpose()?;
    Ok(total.map_or(FeeTotal::default(), |total| FeeTotal {
        count: total.count.unwrap_or(0),
        amount: Fen(total.amount_fen.unwrap_or(0)),
    }))
}

struct AddUp(SharedApp);

#[async_trait]
impl Handler for AddUp {
    async fn run(&self, _payload: &str) -> anyhow::Result<Outcome> {
        while add_up(&self.0).await? == AT_ONCE {}
        Ok(Outcome::AgainAt(self.0.now_ms() + EVERY_MS))
    }

    fn goes_on(&self) -> bool {
        true
    }
}

/// Makes one row of so many; returns of how many. One statement: whoever reads meanwhile sees all of them or the one.
/// A second node at the same work takes others. Which, is worked out once: inside the condition, PostgreSQL
/// may pick anew for each row that it compares, and take more.
async fn add_up(app: &App) -> anyhow::Result<u64> {
    let statement = format!(
        "WITH picked AS MATERIALIZED (SELECT id FROM payable_changes LIMIT {AT_ONCE} FOR UPDATE SKIP LOCKED), \
         taken AS (DELETE FROM payable_changes WHERE id IN (SELECT id FROM picked) RETURNING fee_count, amount_fen), \
         kept AS (INSERT INTO payable_changes (id, fee_count, amount_fen) \
           SELECT gen_random_uuid()::text, SUM(fee_count)::bigint, SUM(amount_fen)::bigint FROM taken HAVING COUNT(*) > 0) \
         SELECT COUNT(*) AS taken FROM taken"
    );
    let transaction = app.database.begin_write().await?;
    let backend = transaction.get_database_backend();
    let row = transaction.query_one_raw(Statement::from_string(backend, statement)).await?;
    let taken: i64 = row.map(|row| row.try_get("", "taken")).transpose()?.unwrap_or(0);
    transaction.commit().await?;
    Ok(taken.unsigned_abs())
}
