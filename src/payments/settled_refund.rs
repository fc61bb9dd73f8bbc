//! What the end of a decided refund means for its order.

use foundation::problem::Problem;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter};

use super::entity::refunds::{Column, Entity, Model as RefundRow};
use super::refunds::{RefundState, of_order};
use crate::happenings::{Happening, publish};
use crate::orders::{self, Refunded};

/// States in which money that was decided to go back has not arrived yet.
pub(super) const UNDER_WAY: [RefundState; 4] =
    [RefundState::Requested, RefundState::Processing, RefundState::Abnormal, RefundState::Closed];

/// Counts the money; the order leaves the state of refunding when nothing more is on its way.
pub(super) async fn settle_order<C: ConnectionTrait>(
    connection: &C,
    row: &RefundRow,
    now_ms: i64,
) -> Result<(), Problem> {
    let order = orders::lock_row(connection, &row.order_id, now_ms).await?;
    let order = order.ok_or_else(|| Problem::internal(format!("refund {} has no order", row.id)))?;
    let others = Entity::find()
        .filter(Column::OrderId.eq(&row.order_id))
        .filter(Column::Id.ne(&row.id))
        .filter(of_order())
        .filter(Column::State.is_in(UNDER_WAY.map(RefundState::as_str)))
        .count(connection)
        .await?;
    let became = orders::note_refunded(connection, &order, row.amount_fen, others > 0, now_ms).await?;
    let happening = Happening::OrderRefunded {
        order_id: row.order_id.clone(),
        refund_id: row.id.clone(),
        amount_fen: row.amount_fen,
        whole: became == Refunded::Whole,
    };
    publish(connection, &happening, now_ms).await?;
    Ok(())
}
