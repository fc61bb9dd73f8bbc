//! A return of money of a line that was registered as paid, and that the bank sent back later: it is not with its sender, but
//! with us again. By another decision of two people it waits for the cashier once more, for another account; its money stays
//! set aside on its line all the while, so that nothing else is paid with it.

use foundation::problem::Problem;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter};

use super::entity::{line_return_changes, refunds};
use super::line_return_change::{
    APPLIED, LineReturnChangeKind, LineReturnChangeRow, moved_on, recorded, return_in_state, to_asked_account, turn,
};
use super::refund_proposal::BANK;
use super::refunds::RefundState;
use crate::happenings::{Happening, publish};
use crate::orders::TimelineKind;
use crate::staff::Officer;

/// Approved: what was paid is to be paid again, to the account that was asked for and by nobody who asked for it; the payer
/// who was told that he has it is told that it goes once more. The order's row must be held. 409 if the return is no longer
/// what the change was asked for.
pub async fn reopen_line_return<C: ConnectionTrait>(
    connection: &C,
    change: &LineReturnChangeRow,
    officer: &Officer,
    now_ms: i64,
) -> Result<(), Problem> {
    turn(connection, &change.id, APPLIED).await?;
    let reopened = to_asked_account(return_in_state(change, RefundState::Success, now_ms), change)?
        .col_expr(refunds::Column::State, Expr::value(RefundState::Requested.as_str()))
        .col_expr(refunds::Column::BankReference, Expr::value(None::<String>))
        .col_expr(refunds::Column::SucceededAt, Expr::value(None::<i64>))
        .filter(refunds::Column::Channel.eq(BANK))
        .exec(connection)
        .await?;
    if reopened.rows_affected == 0 {
        return Err(moved_on());
    }
    let refund = recorded(connection, change, TimelineKind::RefundBounced, officer, now_ms).await?;
    let happening = Happening::RefundStarted {
        refund_id: refund.id,
        order_id: refund.order_id,
        amount_fen: refund.amount_fen,
        reason: format!("银行退票，{}", change.reason),
        of_order: false,
    };
    publish(connection, &happening, now_ms).await?;
    Ok(())
}

/// How often the bank has sent a payout back: each time it is told anew that the money goes and that it is there.
pub async fn times_bounced<C: ConnectionTrait>(connection: &C, refund_id: &str) -> Result<u64, Problem> {
    let bounced = line_return_changes::Entity::find()
        .filter(line_return_changes::Column::RefundId.eq(refund_id))
        .filter(line_return_changes::Column::Kind.eq(LineReturnChangeKind::Bounced.as_str()))
        .filter(line_return_changes::Column::State.eq(APPLIED));
    Ok(bounced.count(connection).await?)
}
