//! Releasing reports to those who paid.

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter};

use super::entity::reports;
use super::readiness::tell_if_ready;

/// Opens the reports of an order that was just paid, in the same transaction; tells so if all files are there already.
pub async fn release_for_order<C: ConnectionTrait>(
    connection: &C,
    order_id: &str,
    report_ids: &[String],
    now_ms: i64,
) -> Result<(), DbErr> {
    for chunk in report_ids.chunks(500) {
        reports::Entity::update_many()
            .col_expr(reports::Column::ReleasedAt, Expr::value(now_ms))
            .col_expr(reports::Column::OrderId, Expr::value(order_id))
            .col_expr(reports::Column::UpdatedAt, Expr::value(now_ms))
            .filter(reports::Column::Id.is_in(chunk.iter().cloned()))
            .exec(connection)
            .await?;
    }
    tell_if_ready(connection, order_id, now_ms).await
}
