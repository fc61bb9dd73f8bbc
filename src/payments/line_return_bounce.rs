//! Money that was paid by bank, registered, and sent back by the bank later: it is not with the payer, but with us again. By
//! another decision of two people it waits for the cashier once more, for another account. A return of a line keeps its money
//! set aside on its line all the while, so that nothing else is paid with it. A refund of an order counts as not gone back:
//! its order is on its way of refunding again, and what the decision had made of fees, reports and receipts stands, so that
//! the second payout does nothing of it twice.

use foundation::problem::Problem;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter};

use super::entity::{line_return_changes, refunds};
use super::line_return_change::{
    APPLIED, LineReturnChangeKind, LineReturnChangeRow, RefundRow, in_state, moved_on, recorded, to_asked_account, turn,
};
use super::refund_payee::PayeeSource;
use super::refund_proposal::BANK;
use super::refunds::RefundState;
use crate::happenings::{Happening, publish};
use crate::orders::{self, OrderRow, TimelineKind};
use crate::staff::Officer;

impl RefundRow {
    /// Whether it was paid to an account by bank, so that the bank may send it back: also where WeChat could not carry it out
    /// and a person did, but not what went through WeChat, nor what was handed back at a window.
    pub fn may_bounce(&self) -> bool {
        self.state == RefundState::Success.as_str()
            && (self.channel == BANK || self.bank_reference.is_some())
            && self.payee_is_from() != Some(PayeeSource::Window)
    }
}

/// Approved: what was paid is to be paid again, to the account that was asked for and by nobody who asked for it; the payer
/// who was told that he has it is told that it goes once more. `order`: as it was read while its row is held. 409 if the
/// refund is no longer what the change was asked for.
pub async fn reopen_paid<C: ConnectionTrait>(
    connection: &C,
    change: &LineReturnChangeRow,
    order: &OrderRow,
    officer: &Officer,
    now_ms: i64,
) -> Result<(), Problem> {
    turn(connection, &change.id, APPLIED).await?;
    let window = PayeeSource::Window.as_str();
    let reopened = to_asked_account(in_state(change, RefundState::Success, now_ms), change)?
        .col_expr(refunds::Column::State, Expr::value(RefundState::Requested.as_str()))
        .col_expr(refunds::Column::BankReference, Expr::value(None::<String>))
        .col_expr(refunds::Column::SucceededAt, Expr::value(None::<i64>))
        // From here on a person's, also where WeChat was asked first: WeChat is asked for it no more.
        .col_expr(refunds::Column::Channel, Expr::value(BANK))
        .filter(refunds::Column::Channel.eq(BANK).or(refunds::Column::BankReference.is_not_null()))
        .filter(refunds::Column::PayeeSource.is_null().or(refunds::Column::PayeeSource.ne(window)))
        .exec(connection)
        .await?;
    if reopened.rows_affected == 0 {
        return Err(moved_on());
    }
    let refund = recorded(connection, change, TimelineKind::RefundBounced, officer, now_ms).await?;
    let of_order = refund.is_of_order();
    if of_order {
        orders::note_bounced(connection, order, refund.amount_fen, now_ms).await?;
    }
    let happening = Happening::RefundStarted {
        refund_id: refund.id,
        order_id: refund.order_id,
        amount_fen: refund.amount_fen,
        reason: format!("银行退票，{}", change.reason),
        of_order,
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
