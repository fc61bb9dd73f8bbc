//! Money of an order on its way back, as the order sees it.

use foundation::problem::{Money, Problem};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};

use super::entity::orders::{Column, Entity};
use super::model::{OrderEvent, OrderState};
use super::store::{OrderRow, find_row};
use crate::{fees, reports};

/// Paid or completed → refunding. 409 if no money of the order is with us.
pub async fn start_refund<C: ConnectionTrait>(connection: &C, id: &str, now_ms: i64) -> Result<(), Problem> {
    let started = move_by(OrderEvent::RefundStarted, OrderState::Refunding, id, now_ms).exec(connection).await?;
    if started.rows_affected == 1 {
        return Ok(());
    }
    Err(Problem::conflict("order_not_paid", "这个订单现在没有可退的款项，没有退款")
        .money(Money::None)
        .advice("请刷新订单查看最新状态"))
}

/// What a refund that arrived made of its order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refunded {
    /// Nothing is left: fees are taken back and reports closed.
    Whole,
    /// A part is left.
    Part,
    /// Another refund is still on its way.
    MoreUnderWay,
}

/// Counts what went back. The order's row must be held; `more_under_way` tells whether other refunds of it are not settled
/// yet.
pub async fn note_refunded<C: ConnectionTrait>(
    connection: &C,
    order: &OrderRow,
    amount_fen: i64,
    more_under_way: bool,
    now_ms: i64,
) -> Result<Refunded, Problem> {
    Entity::update_many()
        .col_expr(Column::RefundedFen, Expr::col(Column::RefundedFen).add(amount_fen))
        .col_expr(Column::UpdatedAt, Expr::value(now_ms))
        .filter(Column::Id.eq(&order.id))
        .exec(connection)
        .await?;
    let order = find_row(connection, &order.id).await?.ok_or_else(|| Problem::internal("the order vanished"))?;
    if order.state()? == OrderState::Void {
        // It was voided with the decision; what had come of it in parts is back now.
        return Ok(Refunded::Part);
    }
    if order.refunded_fen >= order.amount_fen {
        leave(connection, &order, OrderEvent::RefundedWhole, now_ms).await?;
        // Once: what the bank sent back and went once more finds fees that were taken back before, or are owed or settled anew.
        if fees::take_back(connection, &order.id, now_ms).await? > 0 {
            reports::close_refunded(connection, &order.id, now_ms).await?;
        }
        return Ok(Refunded::Whole);
    }
    if more_under_way {
        return Ok(Refunded::MoreUnderWay);
    }
    let event = match order.completed_at {
        Some(_) => OrderEvent::PartRefundedAfterCompletion,
        None => OrderEvent::PartRefunded,
    };
    leave(connection, &order, event, now_ms).await?;
    Ok(Refunded::Part)
}

/// Counts money as not gone back that the bank has sent back to us: it goes once more. What the decision had made of fees,
/// reports and receipts stands, and the second time changes nothing of it. The order's row must be held; a voided order
/// stays so.
pub async fn note_bounced<C: ConnectionTrait>(
    connection: &C,
    order: &OrderRow,
    amount_fen: i64,
    now_ms: i64,
) -> Result<(), Problem> {
    let lowered = Entity::update_many()
        .col_expr(Column::RefundedFen, Expr::col(Column::RefundedFen).sub(amount_fen))
        .col_expr(Column::UpdatedAt, Expr::value(now_ms))
        .filter(Column::Id.eq(&order.id))
        .filter(Column::RefundedFen.gte(amount_fen))
        .exec(connection)
        .await?;
    if lowered.rows_affected == 0 {
        return Err(Problem::internal(format!("of order {} less went back than the bank sent back", order.id)));
    }
    if order.state()? == OrderState::Void {
        return Ok(());
    }
    leave(connection, order, OrderEvent::RefundBounced, now_ms).await
}

async fn leave<C: ConnectionTrait>(
    connection: &C,
    order: &OrderRow,
    event: OrderEvent,
    now_ms: i64,
) -> Result<(), Problem> {
    let target = order.state()?.after(event).map_err(Problem::internal)?;
    let left = move_by(event, target, &order.id, now_ms).exec(connection).await?;
    if left.rows_affected == 1 {
        Ok(())
    } else {
        Err(Problem::internal(format!("order {} moved while held", order.id)))
    }
}

fn move_by(event: OrderEvent, target: OrderState, id: &str, now_ms: i64) -> sea_orm::UpdateMany<Entity> {
    Entity::update_many()
        .col_expr(Column::State, Expr::value(target.as_str()))
        .col_expr(Column::UpdatedAt, Expr::value(now_ms))
        .filter(Column::Id.eq(id))
        .filter(Column::State.is_in(event.sources().map(OrderState::as_str)))
}
