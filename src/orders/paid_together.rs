//! Several orders paid in one go: as many statements as for one. Every change stays conditional; where one of the orders
//! does not behave as it should, nothing is written.

use std::collections::{BTreeSet, HashMap};

use foundation::batches::values_table;
use foundation::problem::Problem;
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Query, SelectStatement};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::entity::orders::{Column, Entity};
use super::model::{OrderEvent, OrderState, PaidBy};
use super::store::OrderRow;
use super::timeline::{Actor, TimelineKind, record_all};
use crate::happenings::{Happening, publish_all};
use crate::{fees, reports};

/// An order and the attempt that brought its money.
#[derive(Debug, Clone, Copy)]
pub struct PaidOrder<'a> {
    /// As read after [`lock_rows`].
    pub order: &'a OrderRow,
    /// The effective attempt.
    pub attempt_id: &'a str,
    /// When WeChat took the money, epoch milliseconds.
    pub paid_at: i64,
}

/// Holds the rows of the orders whose ids `ids` selects until the transaction ends, always in the same order, so that two
/// groups never wait for each other in a circle. (On SQLite the writing transaction itself holds everything.)
pub async fn lock_rows<C: ConnectionTrait>(
    connection: &C,
    ids: SelectStatement,
) -> Result<HashMap<String, OrderRow>, DbErr> {
    let rows = Entity::find()
        .filter(Column::Id.in_subquery(ids))
        .order_by_asc(Column::Id)
        .lock_exclusive()
        .all(connection)
        .await?;
    Ok(rows.into_iter().map(|row| (row.id.clone(), row)).collect())
}

/// Waiting → paid for orders whose rows are held. An error, after which the caller must roll back, if one of them does not
/// wait for money.
pub async fn mark_all_paid<C: ConnectionTrait>(
    connection: &C,
    paid: &[PaidOrder<'_>],
    now_ms: i64,
) -> Result<(), Problem> {
    let column = |name: &'static str| (Alias::new("paid"), Alias::new(name));
    let rows = paid.iter().map(|paid| (paid.order.id.as_str(), paid.attempt_id, paid.paid_at).into()).collect();
    let update = Query::update()
        .table(Entity)
        .from(values_table("paid", rows))
        .value(Column::State, OrderState::Paid.as_str())
        .value(Column::PaidAttemptId, Expr::col(column("column2")))
        .value(Column::PaidBy, PaidBy::Attempt("").as_str())
        .value(Column::PaidReference, Expr::col(column("column2")))
        .value(Column::PaidAt, Expr::col(column("column3")))
        .value(Column::UpdatedAt, now_ms)
        .and_where(Expr::col((Entity, Column::Id)).equals(column("column1")))
        .and_where(Column::State.is_in(OrderEvent::Paid.sources().map(OrderState::as_str)))
        .and_where(Column::ReceivedFen.eq(0))
        .to_owned();
    let changed = connection.execute(&update).await?.rows_affected();
    if changed != paid.len() as u64 {
        return Err(Problem::internal(format!("{changed} of {} orders waited for their money", paid.len())));
    }
    let orders: Vec<&OrderRow> = paid.iter().map(|paid| paid.order).collect();
    settle_all(connection, &orders, now_ms).await?;
    let steps = paid.iter().map(|paid| (paid.order.id.as_str(), paid.paid_at));
    record_all(connection, steps, TimelineKind::Paid, &Actor::Channel).await?;
    Ok(())
}

/// What follows from money: fees settled, reports open, everybody told.
pub(super) async fn settle_all<C: ConnectionTrait>(
    connection: &C,
    orders: &[&OrderRow],
    now_ms: i64,
) -> Result<(), Problem> {
    let ids: Vec<&str> = orders.iter().map(|order| order.id.as_str()).collect();
    let settled = fees::settle_orders(connection, &ids, now_ms).await?;
    let mut counts: HashMap<&str, i64> = HashMap::new();
    for fee in &settled {
        *counts.entry(fee.order_id.as_str()).or_default() += 1;
    }
    for order in orders {
        let count = counts.get(order.id.as_str()).copied().unwrap_or_default();
        if count != order.fee_count {
            return Err(Problem::internal(format!(
                "order {} has {} fees, {count} were locked",
                order.id, order.fee_count
            )));
        }
    }
    let credits: BTreeSet<String> = settled.iter().filter_map(|fee| fee.credit_id.clone()).collect();
    let opened = settled.into_iter().map(|fee| (fee.report_id, fee.order_id));
    let ready = reports::release(connection, opened, now_ms).await?;
    let mut happenings: Vec<Happening> =
        orders.iter().map(|order| Happening::OrderPaid { order_id: order.id.clone() }).collect();
    happenings.extend(ready.into_iter().map(|order_id| Happening::ReportsReady { order_id }));
    happenings.extend(credits.into_iter().map(|credit_id| Happening::CreditChanged { credit_id }));
    publish_all(connection, &happenings, now_ms).await?;
    Ok(())
}
