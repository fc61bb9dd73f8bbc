//! Which reports can be downloaded: released (paid for) and with a file.

use std::collections::HashMap;

use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter};

use super::entity::reports::{Column, Entity};
use crate::happenings::{Happening, publish};
use crate::orders;

/// How many reports of an order have their file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OrderFiles {
    /// Downloadable.
    pub ready: i64,
    /// Released in all.
    pub total: i64,
}

/// Counts the reports of a paid order.
pub async fn order_files<C: ConnectionTrait>(connection: &C, order_id: &str) -> Result<OrderFiles, DbErr> {
    let released = Entity::find().filter(Column::OrderId.eq(order_id)).filter(Column::ReleasedAt.is_not_null());
    let total = released.clone().count(connection).await?;
    let ready = released.filter(Column::FileKey.is_not_null()).count(connection).await?;
    Ok(OrderFiles { ready: ready as i64, total: total as i64 })
}

/// Which of these reports can be downloaded; the caller already knows that they are his to see.
pub async fn downloadable<C: ConnectionTrait>(connection: &C, ids: &[String]) -> Result<HashMap<String, bool>, DbErr> {
    let rows = Entity::find().filter(Column::Id.is_in(ids.iter().map(String::as_str))).all(connection).await?;
    Ok(rows.into_iter().map(|row| (row.id, row.released_at.is_some() && row.file_key.is_some())).collect())
}

/// Runs in the transaction that gave a report its first file: if it was the last one missing in a paid order, the payer
/// is told.
pub(super) async fn file_arrived<C: ConnectionTrait>(
    connection: &C,
    report_id: &str,
    now_ms: i64,
) -> Result<(), DbErr> {
    // Read after the file was written: if the order was paid in between, that is seen here.
    let report = Entity::find_by_id(report_id).filter(Column::ReleasedAt.is_not_null()).one(connection).await?;
    let Some(order_id) = report.and_then(|report| report.order_id) else { return Ok(()) };
    // Two last files that arrive together queue up here, so that the second one sees the first.
    orders::lock_row(connection, &order_id, now_ms).await?;
    let files = order_files(connection, &order_id).await?;
    if files.total > 0 && files.ready == files.total {
        publish(connection, &Happening::ReportsReady { order_id }, now_ms).await?;
    }
    Ok(())
}
