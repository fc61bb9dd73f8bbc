//! Undoing a payment at the window: one officer asks with a reason, another one confirms, and the money is handed back. The
//! order goes back to what it was before.

use foundation::calendar::beijing_date;
use foundation::money::Fen;
use foundation::problem::{Money, Problem};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter};
use serde_json::json;

use super::entity::counter_payments::{Column, Entity, Model};
use super::receive::{CounterPaymentId, LIVE, UNDONE};
use super::undo_review::KIND;
use crate::app::App;
use crate::audit::{self, Action};
use crate::happenings::{Happening, publish};
use crate::orders::{self, Actor, OrderRow, OrderState, TimelineKind};
use crate::reviews::{self, NewReview, Review, Submitter};
use crate::staff::Officer;
use crate::{invoices, payments, reconciliation};

/// The payer may be standing at the window.
const WORKING_DAYS: u32 = 1;
const REASON_CHARACTERS_MAX: usize = 60;

/// Asks for a payment to be undone; the answer is the review that another member of staff decides. Refused at once where it
/// could not be confirmed either.
pub(super) async fn ask(app: &App, officer: &Officer, id: &CounterPaymentId, reason: &str) -> Result<Review, Problem> {
    let reason = checked_reason(reason)?;
    let now = app.now_ms();
    let transaction = app.database.begin_write().await?;
    let (row, order) = held(&*transaction, id.as_str(), now).await?;
    refuse_unless_undoable(&*transaction, &order, &row).await?;
    let new = NewReview {
        kind: KIND,
        subject_id: &row.id,
        title: format!("撤销窗口收款 {} 元：{} {}", Fen(row.amount_fen), order.order_no, order.unit_name),
        amount_fen: Some(row.amount_fen),
        search: format!("{} {} {reason}", order.order_no, row.receipt_no.as_deref().unwrap_or("")),
        submitter: Submitter::officer(officer),
        working_days: WORKING_DAYS,
    };
    let review = reviews::open(&*transaction, app, new).await?;
    set_reason(&*transaction, &row.id, &reason).await?;
    let detail = json!({ "counter_payment": row.id, "amount_fen": row.amount_fen, "reason": reason });
    audit::record(&*transaction, app, officer.entry(Action::CounterUndoAsked, &order.id, detail)).await?;
    let review = reviews::find(&*transaction, &review).await?.ok_or_else(not_found)?;
    transaction.commit().await?;
    Ok(review)
}

/// A payment that counts and its order, which is held: what is judged was read behind the lock.
async fn held<C: ConnectionTrait>(connection: &C, id: &str, now: i64) -> Result<(Model, OrderRow), Problem> {
    let of = find(connection, id).await?.order_id;
    let order = orders::lock_row(connection, &of, now).await?.ok_or_else(not_found)?;
    let row = find(connection, id).await?;
    if row.state == LIVE { Ok((row, order)) } else { Err(undone_already()) }
}

/// Confirmed: the payment counts no more, and the payer is told. In the transaction of the verdict.
pub(super) async fn confirm(
    app: &App,
    transaction: &DatabaseTransaction,
    id: &str,
    officer: &Officer,
) -> Result<(), Problem> {
    let now = app.now_ms();
    let (row, order) = held(transaction, id, now).await?;
    refuse_unless_undoable(transaction, &order, &row).await?;
    let undone = Entity::update_many()
        .col_expr(Column::State, Expr::value(UNDONE))
        .col_expr(Column::UndoneBy, Expr::value(officer.display_name.as_str()))
        .col_expr(Column::UndoneAt, Expr::value(now))
        .filter(Column::Id.eq(id))
        .filter(Column::State.eq(LIVE))
        .exec(transaction)
        .await?;
    if undone.rows_affected == 0 {
        return Err(undone_already());
    }
    if order.state()? != OrderState::PendingPayment && !invoices::let_go(transaction, &order.id).await? {
        // Its payer has just asked for it again.
        return Err(receipt_made(&order));
    }
    let reason = row.undo_reason.as_deref().unwrap_or("");
    let actor = Actor::Officer(officer.id.to_string());
    let amount = Fen(row.amount_fen);
    orders::take_back(transaction, &order, amount, TimelineKind::CounterUndone, &actor, reason, now).await?;
    let happening = Happening::CounterPaymentUndone {
        order_id: order.id.clone(),
        counter_payment_id: row.id.clone(),
        amount_fen: row.amount_fen,
        reason: reason.to_owned(),
    };
    publish(transaction, &happening, now).await?;
    let detail = json!({ "counter_payment": row.id, "amount_fen": row.amount_fen, "reason": reason });
    audit::record(transaction, app, officer.entry(Action::CounterUndone, &order.id, detail)).await?;
    metrics::counter!("tejian_counter_payments_undone_total").increment(1);
    Ok(())
}

/// Declined: nothing happened; it may be asked for again.
pub(super) async fn decline(transaction: &DatabaseTransaction, id: &str) -> Result<(), Problem> {
    Entity::update_many()
        .col_expr(Column::UndoReason, Expr::value(None::<String>))
        .filter(Column::Id.eq(id))
        .filter(Column::State.eq(LIVE))
        .exec(transaction)
        .await?;
    Ok(())
}

/// What stands in the way: money on its way back, a remittance that was found right for the rest, a receipt that stands, a
/// day whose books are closed.
async fn refuse_unless_undoable<C: ConnectionTrait>(
    connection: &C,
    order: &OrderRow,
    row: &Model,
) -> Result<(), Problem> {
    payments::refuse_while_money_goes_back(connection, order).await?;
    let state = order.state()?;
    let stands = matches!(state, OrderState::PendingPayment | OrderState::Paid | OrderState::Completed);
    if !stands || orders::is_word_of_mouth(order) {
        return Err(refused(
            order,
            "order_moved_on",
            format!("订单 {}{}，这笔收款不能单独撤销", order.order_no, state.text()),
        )
        .advice("请按退款办理"));
    }
    if order.under_review {
        return Err(refused(
            order,
            "order_under_review",
            format!("订单 {} 的汇款正在审核，现在不能撤销收款", order.order_no),
        )
        .advice("请等汇款审核有结果后再办"));
    }
    let mut days: Vec<_> = [Some(row.created_at), order.paid_at].into_iter().flatten().map(beijing_date).collect();
    days.sort();
    for day in days {
        if reconciliation::is_closed(connection, day).await? {
            return Err(refused(order, "day_closed", format!("{day} 已经日结，当天的收款不能再撤销"))
                .advice("请按退款办理，退款记在今天的账上"));
        }
    }
    if state != OrderState::PendingPayment && !invoices::may_let_go(connection, &order.id).await? {
        return Err(receipt_made(order));
    }
    Ok(())
}

fn receipt_made(order: &OrderRow) -> Problem {
    let what = format!("订单 {} 已开具或正在开具票据，还不能撤销收款", order.order_no);
    refused(order, "order_receipt_made", what).advice("请先红冲票据，红冲完成后再撤销")
}

fn refused(order: &OrderRow, code: &'static str, what: String) -> Problem {
    tracing::debug!(order = order.id, code, "a payment at the window stays");
    Problem::conflict(code, what).money(Money::Taken)
}

async fn set_reason<C: ConnectionTrait>(connection: &C, id: &str, reason: &str) -> Result<(), Problem> {
    Entity::update_many()
        .col_expr(Column::UndoReason, Expr::value(reason))
        .filter(Column::Id.eq(id))
        .filter(Column::State.eq(LIVE))
        .exec(connection)
        .await?;
    Ok(())
}

/// A payment by id, or 404.
pub(super) async fn find<C: ConnectionTrait>(connection: &C, id: &str) -> Result<Model, Problem> {
    Entity::find_by_id(id).one(connection).await?.ok_or_else(not_found)
}

fn checked_reason(reason: &str) -> Result<String, Problem> {
    let reason = reason.trim();
    if reason.is_empty() || reason.chars().count() > REASON_CHARACTERS_MAX {
        return Err(Problem::unacceptable("reason_missing", "撤销原因不符合要求，没有提交")
            .field("reason", "请填写撤销原因（60 字以内），缴款人会看到")
            .advice("请填写撤销原因后再提交"));
    }
    Ok(reason.to_owned())
}

fn undone_already() -> Problem {
    Problem::conflict("counter_payment_undone", "这笔收款已经撤销，没有再次撤销").advice("请刷新后查看")
}

fn not_found() -> Problem {
    Problem::not_found("counter_payment_not_found", "没有找到这笔窗口收款")
}
