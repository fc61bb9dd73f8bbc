//! Fees on credit: in at most one live request, owed while they are payable (S1-56). Which requests there are, and who
//! decides them, is known to [`crate::credit`].

use std::collections::HashMap;

use foundation::money::Fen;
use foundation::problem::Problem;
use sea_orm::sea_query::{Alias, Expr, ExprTrait, SimpleExpr};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, QueryFilter, QuerySelect};

use super::entity::fees::{Column, Entity};
use super::intake::FeeState;
use super::model::FeeId;
use super::store::FeeTotal;
use crate::accounts::{Scope, UnitId};

/// Ids in one IN list.
const CHUNK: usize = 500;

/// What a unit owes and would like to owe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CreditStanding {
    /// Granted and not paid yet.
    pub owed: Fen,
    /// Of that, past its day of payment.
    pub overdue: Fen,
    /// Asked for and not decided.
    pub asked: Fen,
}

/// Where a fee stands now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FeeStanding {
    /// Payable, in an order, paid or cancelled.
    pub state: FeeState,
    /// Fen.
    pub amount: Fen,
}

/// As text, so that a prepared statement uses the partial indexes.
fn is_owed() -> SimpleExpr {
    Expr::col(Column::State).is_in([Expr::cust("'payable'"), Expr::cust("'locked'")])
}

/// Puts payable fees that are in no request into one; how many there were.
pub async fn claim_for_credit<C: ConnectionTrait>(
    connection: &C,
    scope: &Scope,
    ids: &[FeeId],
    credit_id: &str,
    now_ms: i64,
) -> Result<u64, DbErr> {
    let mut claimed = 0;
    for chunk in ids.chunks(CHUNK) {
        let result = Entity::update_many()
            .col_expr(Column::CreditId, Expr::value(credit_id))
            .col_expr(Column::UpdatedAt, Expr::value(now_ms))
            .filter(scope.condition::<Entity>())
            .filter(Column::Id.is_in(chunk.iter().map(FeeId::as_str)))
            .filter(Column::State.eq(FeeState::Payable.as_str()))
            .filter(Column::CreditId.is_null())
            .exec(connection)
            .await?;
        claimed += result.rows_affected;
    }
    Ok(claimed)
}

/// Takes the fees of a request that was not granted out of it again.
pub async fn leave_credit<C: ConnectionTrait>(connection: &C, credit_id: &str, now_ms: i64) -> Result<(), DbErr> {
    Entity::update_many()
        .col_expr(Column::CreditId, Expr::value(None::<String>))
        .col_expr(Column::UpdatedAt, Expr::value(now_ms))
        .filter(Column::CreditId.eq(credit_id))
        .filter(Column::CreditDueOn.is_null())
        .exec(connection)
        .await?;
    Ok(())
}

/// The fees of a request that are not paid yet are on credit until a day; returns their reports.
pub async fn grant_credit<C: ConnectionTrait>(
    connection: &C,
    credit_id: &str,
    due_on: &str,
    now_ms: i64,
) -> Result<Vec<String>, DbErr> {
    Entity::update_many()
        .col_expr(Column::CreditDueOn, Expr::value(due_on))
        .col_expr(Column::UpdatedAt, Expr::value(now_ms))
        .filter(Column::CreditId.eq(credit_id))
        .filter(is_owed())
        .exec(connection)
        .await?;
    // What was paid or taken back meanwhile is not on credit, also if it should be owed again.
    leave_credit(connection, credit_id, now_ms).await?;
    Entity::find()
        .select_only()
        .column(Column::ReportId)
        .filter(Column::CreditId.eq(credit_id))
        .filter(is_owed())
        .into_tuple()
        .all(connection)
        .await
}

#[derive(FromQueryResult)]
struct OwedRow {
    credit_id: String,
    count: i64,
    amount_fen: Option<i64>,
}

/// PostgreSQL sums bigints as numeric; money stays an integer.
fn sum_of_amounts() -> SimpleExpr {
    Expr::col(Column::AmountFen).sum().cast_as(Alias::new("bigint"))
}

/// What is owed by each of these requests; nothing for one that owes nothing.
pub async fn owed_on_credit<C: ConnectionTrait>(
    connection: &C,
    credit_ids: impl IntoIterator<Item = &str>,
) -> Result<HashMap<String, FeeTotal>, DbErr> {
    let ids: Vec<&str> = credit_ids.into_iter().collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = Entity::find()
        .select_only()
        .column(Column::CreditId)
        .column_as(Column::Id.count(), "count")
        .column_as(sum_of_amounts(), "amount_fen")
        .filter(Column::CreditId.is_in(ids))
        .filter(Column::CreditDueOn.is_not_null())
        .filter(is_owed())
        .group_by(Column::CreditId)
        .into_model::<OwedRow>()
        .all(connection)
        .await?;
    let total =
        |row: OwedRow| (row.credit_id, FeeTotal { count: row.count, amount: Fen(row.amount_fen.unwrap_or_default()) });
    Ok(rows.into_iter().map(total).collect())
}

/// What a unit owes; `today` is `YYYY-MM-DD`.
pub async fn credit_standing<C: ConnectionTrait>(
    connection: &C,
    unit: &UnitId,
    today: &str,
) -> Result<CreditStanding, Problem> {
    let granted = || Condition::all().add(Column::CreditDueOn.is_not_null());
    let asked = Condition::all().add(Column::CreditDueOn.is_null());
    Ok(CreditStanding {
        owed: sum(connection, unit, granted()).await?,
        overdue: sum(connection, unit, granted().add(Column::CreditDueOn.lt(today))).await?,
        asked: sum(connection, unit, asked).await?,
    })
}

async fn sum<C: ConnectionTrait>(connection: &C, unit: &UnitId, which: Condition) -> Result<Fen, DbErr> {
    let amount: Option<Option<i64>> = Entity::find()
        .select_only()
        .column_as(sum_of_amounts(), "amount_fen")
        .filter(Column::UnitId.eq(unit.as_str()))
        .filter(Column::CreditId.is_not_null())
        .filter(is_owed())
        .filter(which)
        .into_tuple()
        .one(connection)
        .await?;
    Ok(Fen(amount.flatten().unwrap_or_default()))
}

/// What is owed on credit within a scope, and the first day by which some of it is to be paid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwedOnCredit {
    /// Fees and their sum.
    pub total: FeeTotal,
    /// `YYYY-MM-DD`, Beijing.
    pub first_due_on: String,
}

#[derive(FromQueryResult)]
struct OwedInScopeRow {
    count: i64,
    amount_fen: Option<i64>,
    first_due_on: Option<String>,
}

/// What whoever asks owes on credit; nothing when he owes nothing.
pub async fn owed_in_scope<C: ConnectionTrait>(connection: &C, scope: &Scope) -> Result<Option<OwedOnCredit>, DbErr> {
    let row = scope
        .select::<Entity>()
        .select_only()
        .column_as(Column::Id.count(), "count")
        .column_as(sum_of_amounts(), "amount_fen")
        .column_as(Column::CreditDueOn.min(), "first_due_on")
        // In the words of the index of what is on credit.
        .filter(Column::CreditId.is_not_null())
        .filter(Column::CreditDueOn.is_not_null())
        .filter(is_owed())
        .into_model::<OwedInScopeRow>()
        .one(connection)
        .await?;
    let Some(OwedInScopeRow { count, amount_fen, first_due_on: Some(first_due_on) }) = row else { return Ok(None) };
    Ok(Some(OwedOnCredit { total: FeeTotal { count, amount: Fen(amount_fen.unwrap_or_default()) }, first_due_on }))
}

/// Where fees stand now, by id.
pub async fn standing_of<C: ConnectionTrait>(
    connection: &C,
    ids: impl IntoIterator<Item = &str>,
) -> Result<HashMap<String, FeeStanding>, Problem> {
    let ids: Vec<&str> = ids.into_iter().collect();
    let mut found = HashMap::with_capacity(ids.len());
    for chunk in ids.chunks(CHUNK) {
        let rows = Entity::find().filter(Column::Id.is_in(chunk.iter().copied())).all(connection).await?;
        for row in rows {
            found.insert(row.id, FeeStanding { state: row.state.parse()?, amount: Fen(row.amount_fen) });
        }
    }
    Ok(found)
}

/// Whether a fee of a request, granted or not, is still to be paid.
pub async fn is_still_owed<C: ConnectionTrait>(connection: &C, credit_id: &str) -> Result<bool, DbErr> {
    let one = Entity::find().filter(Column::CreditId.eq(credit_id)).filter(is_owed()).one(connection).await?;
    Ok(one.is_some())
}

/// Requests, granted or waiting, that fees of an order belong to.
pub async fn credits_of_order<C: ConnectionTrait>(connection: &C, order_id: &str) -> Result<Vec<String>, DbErr> {
    let ids: Vec<Option<String>> = Entity::find()
        .select_only()
        .column(Column::CreditId)
        .distinct()
        .filter(Column::OrderId.eq(order_id))
        .filter(Column::CreditId.is_not_null())
        .into_tuple()
        .all(connection)
        .await?;
    Ok(ids.into_iter().flatten().collect())
}
