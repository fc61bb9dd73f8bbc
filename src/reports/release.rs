//! Releasing reports to those who paid.

use std::collections::BTreeMap;

use foundation::batches::{row_batches, values_table};
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Func, Query};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, QueryFilter, UpdateMany};

use super::entity::reports::{Column, Entity};

/// Ids in one IN list.
const CHUNK: usize = 500;

#[derive(FromQueryResult)]
struct Released {
    order_id: String,
    file_key: Option<String>,
}

/// Opens reports whose order was just paid, in the same transaction: pairs of report and order. Returns the orders of which
/// all files are there already: the caller tells that they are ready.
pub async fn release<C: ConnectionTrait>(
    connection: &C,
    reports: impl IntoIterator<Item = (String, String)>,
    now_ms: i64,
) -> Result<Vec<String>, DbErr> {
    let paid = |column: &'static str| (Alias::new("paid"), Alias::new(column));
    let mut complete: BTreeMap<String, bool> = BTreeMap::new();
    for batch in row_batches(reports) {
        let rows = batch.into_iter().map(|(report_id, order_id)| (report_id, order_id).into()).collect();
        let update = Query::update()
            .table(Entity)
            .from(values_table("paid", rows))
            .value(Column::ReleasedAt, now_ms)
            .value(Column::OrderId, Expr::col(paid("column2")))
            .value(Column::UpdatedAt, now_ms)
            .and_where(Expr::col((Entity, Column::Id)).equals(paid("column1")))
            .returning(Query::returning().columns([Column::OrderId, Column::FileKey]))
            .to_owned();
        for row in connection.query_all(&update).await? {
            let released = Released::from_query_result(&row, "")?;
            *complete.entry(released.order_id).or_insert(true) &= released.file_key.is_some();
        }
    }
    Ok(complete.into_iter().filter(|(_, complete)| *complete).map(|(order_id, _)| order_id).collect())
}

/// Opens reports before they are paid for (S1-50).
pub async fn release_on_credit<C: ConnectionTrait>(
    connection: &C,
    reports: &[String],
    now_ms: i64,
) -> Result<(), DbErr> {
    for batch in reports.chunks(CHUNK) {
        let opened = Func::coalesce([Expr::col(Column::ReleasedAt), Expr::value(now_ms)]);
        Entity::update_many()
            .col_expr(Column::ReleasedAt, opened.into())
            .col_expr(Column::CreditAt, Expr::value(now_ms))
            .col_expr(Column::UpdatedAt, Expr::value(now_ms))
            .filter(Column::Id.is_in(batch.iter().map(String::as_str)))
            .exec(connection)
            .await?;
    }
    Ok(())
}

/// Closes the reports of an order again that was paid by mistake: they wait for their payment as if it had never been.
/// What was opened on credit before stays open.
pub async fn recall<C: ConnectionTrait>(connection: &C, order_id: &str, now_ms: i64) -> Result<(), DbErr> {
    closing(order_id, now_ms).col_expr(Column::OrderId, Expr::value(None::<String>)).exec(connection).await?;
    Ok(())
}

/// Closes the reports of an order whose money went back as a whole. They keep naming it: there is nothing to pay for them
/// any more, and the order says why.
pub async fn close_refunded<C: ConnectionTrait>(connection: &C, order_id: &str, now_ms: i64) -> Result<(), DbErr> {
    closing(order_id, now_ms).exec(connection).await?;
    Ok(())
}

/// Closes the reports of fees that were told as settled by mistake: no order had opened them. What was opened on credit
/// stays open.
pub async fn close_told_settled<C: ConnectionTrait>(
    connection: &C,
    reports: &[String],
    now_ms: i64,
) -> Result<(), DbErr> {
    for batch in reports.chunks(CHUNK) {
        closed(now_ms).filter(Column::Id.is_in(batch.iter().map(String::as_str))).exec(connection).await?;
    }
    Ok(())
}

fn closing(order_id: &str, now_ms: i64) -> UpdateMany<Entity> {
    closed(now_ms).filter(Column::OrderId.eq(order_id))
}

fn closed(now_ms: i64) -> UpdateMany<Entity> {
    Entity::update_many()
        .col_expr(Column::ReleasedAt, Expr::col(Column::CreditAt))
        .col_expr(Column::UpdatedAt, Expr::value(now_ms))
}
