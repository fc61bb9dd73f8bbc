//! A transfer that had nothing to pay for goes back by bank, by decision of two people: the part of a refund in it. The room
//! of the bank's lines keeps the line's books beside it.

use foundation::ids::new_id_text;
use foundation::money::Fen;
use foundation::problem::Problem;
use sea_orm::{ActiveValue::Set, ConnectionTrait, EntityTrait};

use super::entity::refunds::{ActiveModel, Entity, Model as RefundRow};
use super::refund_payee::{PayeeSource, RefundPayee};
use super::refund_proposal::{BANK, checked_reason, find_refund, move_state};
use super::refunds::RefundState;
use crate::happenings::{Happening, publish};
use crate::orders::{self, Actor, OrderRow, TimelineKind};
use crate::staff::Officer;

/// What is to go back of a line.
#[derive(Debug)]
pub struct NewLineReturn<'a> {
    /// Which line.
    pub line_id: &'a str,
    /// The order that the line names, which needs no money.
    pub order: &'a OrderRow,
    /// How much.
    pub amount: Fen,
    /// For the payer.
    pub reason: &'a str,
    /// The account it came from, where the statement tells it.
    pub payee: Option<RefundPayee>,
}

/// Writes the proposal; the caller has set the money of the line aside and opens the review.
pub async fn propose_line_return<C: ConnectionTrait>(
    connection: &C,
    officer: &Officer,
    new: NewLineReturn<'_>,
    now_ms: i64,
) -> Result<RefundRow, Problem> {
    let reason = checked_reason(new.reason)?;
    let id = new_id_text("rfd");
    let row = ActiveModel {
        id: Set(id.clone()),
        order_id: Set(new.order.id.clone()),
        attempt_id: Set(String::new()),
        out_refund_no: Set(format!("S-{}", id.trim_start_matches("rfd_"))),
        refund_id: Set(None),
        transaction_id: Set(String::new()),
        amount_fen: Set(new.amount.0),
        total_fen: Set(new.amount.0),
        reason: Set(reason),
        state: Set(RefundState::Proposed.as_str().to_owned()),
        failure: Set(None),
        created_at: Set(now_ms),
        accepted_at: Set(None),
        succeeded_at: Set(None),
        updated_at: Set(now_ms),
        channel: Set(BANK.to_owned()),
        proposed_by: Set(Some(officer.id.to_string())),
        bank_reference: Set(None),
        voids_order: Set(false),
        line_id: Set(Some(new.line_id.to_owned())),
        payee_name: Set(new.payee.as_ref().map(|payee| payee.name.clone())),
        payee_account: Set(new.payee.as_ref().map(|payee| payee.account.clone().into())),
        payee_source: Set(new.payee.as_ref().map(|_| PayeeSource::Line.as_str().to_owned())),
        payee_set_by: Set(None),
        called_off_at: Set(None),
        payee_bank: Set(new.payee.and_then(|payee| payee.bank)),
    };
    Entity::insert(row).exec_without_returning(connection).await?;
    find_refund(connection, &id).await
}

/// Approved: the money waits for the cashier, and the payer is told. The order that was named does not change.
pub async fn approve_line_return<C: ConnectionTrait>(
    connection: &C,
    id: &str,
    officer: &Officer,
    now_ms: i64,
) -> Result<(), Problem> {
    let row = find_refund(connection, id).await?;
    move_state(connection, id, RefundState::Proposed, RefundState::Requested, now_ms).await?;
    let by = Actor::Officer(officer.id.to_string());
    let detail = Some(format!("多收的转账 {} 元：{}", Fen(row.amount_fen), row.reason));
    orders::record(connection, &row.order_id, TimelineKind::RefundStarted, &by, detail, now_ms).await?;
    let happening = Happening::RefundStarted {
        refund_id: row.id,
        order_id: row.order_id,
        amount_fen: row.amount_fen,
        reason: row.reason,
        of_order: false,
    };
    publish(connection, &happening, now_ms).await?;
    metrics::counter!("tejian_line_returns_total").increment(1);
    Ok(())
}

/// Rejected: nothing goes back; the caller lets the line have its money again.
pub async fn decline_line_return<C: ConnectionTrait>(
    connection: &C,
    id: &str,
    now_ms: i64,
) -> Result<RefundRow, Problem> {
    let row = find_refund(connection, id).await?;
    move_state(connection, id, RefundState::Proposed, RefundState::Declined, now_ms).await?;
    Ok(row)
}
