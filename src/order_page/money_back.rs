//! What came for an order and what of it goes back: beside the sum that the order asks for, once any of it does.

use foundation::money::Fen;
use foundation::problem::Problem;
use sea_orm::ConnectionTrait;
use serde::Serialize;
use utoipa::ToSchema;

use crate::bank;
use crate::orders::{OrderRow, OrderState};
use crate::payments::{self, RefundFacts, RefundState};

const ACCOUNT_ASKED: &str = "退款已同意，工作人员会与您核对收款账户，之后从银行转出";

/// Money of an order that goes back or is back.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MoneyBack {
    /// 已收: all that came, fen.
    pub received_fen: Fen,
    /// 待退: decided, and not with the payer yet, fen.
    pub going_back_fen: Fen,
    /// 已退, fen.
    pub refunded_fen: Fen,
}

/// Of this order; nothing as long as nothing goes back.
pub(super) async fn money_back<C: ConnectionTrait>(
    connection: &C,
    order: &OrderRow,
) -> Result<Option<MoneyBack>, Problem> {
    let sums = payments::under_way_of_orders(connection, std::slice::from_ref(&order.id)).await?;
    let going_back = sums.get(&order.id).copied().unwrap_or(0);
    if going_back == 0 && order.refunded_fen == 0 {
        return Ok(None);
    }
    // A part may have come of an order that was never paid.
    let received = match order.state()? {
        OrderState::PendingPayment | OrderState::Paying | OrderState::Void => Fen(order.received_fen),
        OrderState::Paid | OrderState::Completed | OrderState::Refunding | OrderState::Refunded => order.at_hand(),
    };
    Ok(Some(MoneyBack {
        received_fen: received,
        going_back_fen: Fen(going_back),
        refunded_fen: Fen(order.refunded_fen),
    }))
}

/// The newest refund of an order; where nobody knows yet to which account it goes, the payer reads that he is asked.
pub(super) async fn refund_told<C: ConnectionTrait>(
    connection: &C,
    order_id: &str,
) -> Result<Option<RefundFacts>, Problem> {
    let Some(refund) = payments::refund_of_order(connection, order_id).await? else { return Ok(None) };
    let lacks_account = refund.state == RefundState::Requested
        && payments::goes_by_bank(connection, &refund.id).await?
        && bank::paid_out_to(connection, &refund.id).await?.is_none();
    let told = if lacks_account { ACCOUNT_ASKED.to_owned() } else { refund.state_text };
    Ok(Some(RefundFacts { state_text: told, ..refund }))
}
