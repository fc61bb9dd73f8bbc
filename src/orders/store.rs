//! Queries and conditional updates: every change of state is one `UPDATE … WHERE state IN (…)`.

use std::str::FromStr;

use foundation::problem::{Money, Problem};
use foundation::text::{like_pattern, search_form};
use sea_orm::sea_query::{BinOper, Expr, ExprTrait, LikeExpr, Query, SelectStatement};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, UpdateMany};

use super::elsewhere::refuse_if_money_came_or_is_reviewed;
use super::entity::{order_lines, orders};
use super::model::{OrderEvent, OrderId, OrderState, PaidBy};
use super::paid_together::settle_all;
use super::timeline::{Actor, TimelineKind, record};
use crate::accounts::{Scope, ScopedEntity, View};
use crate::happenings::{Happening, publish};
use crate::{fees, reports};

/// An order as stored.
pub type OrderRow = orders::Model;

impl ScopedEntity for orders::Entity {
    fn unit_column() -> orders::Column {
        orders::Column::UnitId
    }
    fn applicant_column() -> orders::Column {
        orders::Column::ApplicantPhone
    }
    fn within(view: &View) -> Condition {
        let of = (order_lines::Column::OrderId, orders::Column::Id);
        reports::all_lines_within::<order_lines::Entity, _>(view, of, order_lines::Column::ReportId)
    }
}

impl OrderRow {
    /// Where it stands.
    pub fn state(&self) -> Result<OrderState, Problem> {
        Ok(OrderState::from_str(&self.state)?)
    }
}

/// An order that the scope may see, or 404.
pub async fn find_for<C: ConnectionTrait>(connection: &C, scope: &Scope, id: &OrderId) -> Result<OrderRow, Problem> {
    let row = scope.select::<orders::Entity>().filter(orders::Column::Id.eq(id.as_str())).one(connection).await?;
    row.ok_or_else(|| Problem::not_found("order_not_found", "没有找到这个订单"))
}

/// An order by id, for jobs and callbacks.
pub async fn find_row<C: ConnectionTrait>(connection: &C, id: &str) -> Result<Option<OrderRow>, DbErr> {
    orders::Entity::find_by_id(id).one(connection).await
}

/// Lets an order be found by a number that came to it later, such as a payment code or what a payer told of his transfer.
/// Known words are not added twice.
pub async fn add_search_word<C: ConnectionTrait>(connection: &C, id: &str, word: &str) -> Result<(), DbErr> {
    let form = search_form(word);
    if form.is_empty() {
        return Ok(());
    }
    let column = || Expr::col(orders::Column::SearchText);
    orders::Entity::update_many()
        .col_expr(orders::Column::SearchText, column().binary(BinOper::Custom("||"), Expr::val(format!("|{form}"))))
        .filter(orders::Column::Id.eq(id))
        .filter(column().not_like(LikeExpr::new(like_pattern(&form)).escape('\\')))
        .exec(connection)
        .await?;
    Ok(())
}

/// Selects the order with this id (a column of another table) if it is paid and its money is not on its way back: a
/// condition for rooms downstream.
pub fn paid_with_id(id: Expr) -> SelectStatement {
    let paid = [OrderState::Paid.as_str(), OrderState::Completed.as_str()];
    Query::select()
        .column((orders::Entity, orders::Column::Id))
        .from(orders::Entity)
        .and_where(Expr::col((orders::Entity, orders::Column::Id)).eq(id))
        .and_where(orders::Column::State.is_in(paid))
        .to_owned()
}

/// Orders by id, in no order; for desks of the institute.
pub async fn rows_by_id<C: ConnectionTrait>(
    connection: &C,
    ids: impl Iterator<Item = &str>,
) -> Result<Vec<OrderRow>, DbErr> {
    orders::Entity::find().filter(orders::Column::Id.is_in(ids)).all(connection).await
}

/// An order by its number, for who knows the number.
pub async fn find_by_number<C: ConnectionTrait>(connection: &C, order_no: &str) -> Result<Option<OrderRow>, DbErr> {
    orders::Entity::find().filter(orders::Column::OrderNo.eq(order_no)).one(connection).await
}

/// Holds the order's row until the transaction ends, so that two writers of one order queue up on both databases. What is
/// judged of an order is read from the row that this returns, never from one that was read before.
///
/// Rows are held in one order everywhere, so that nobody waits for another in a circle: the review, the orders (several by
/// their ids), the line of the bank, what belongs to a room (claims, refunds, payments at the window), the day of
/// reconciliation, and with the last word the end of the audit trail.
pub async fn lock_row<C: ConnectionTrait>(connection: &C, id: &str, now_ms: i64) -> Result<Option<OrderRow>, DbErr> {
    orders::Entity::update_many()
        .col_expr(orders::Column::UpdatedAt, Expr::value(now_ms))
        .filter(orders::Column::Id.eq(id))
        .exec(connection)
        .await?;
    find_row(connection, id).await
}

pub(super) fn change(id: &str, event: OrderEvent, target: OrderState, now_ms: i64) -> UpdateMany<orders::Entity> {
    orders::Entity::update_many()
        .col_expr(orders::Column::State, Expr::value(target.as_str()))
        .col_expr(orders::Column::UpdatedAt, Expr::value(now_ms))
        .filter(orders::Column::Id.eq(id))
        .filter(orders::Column::State.is_in(event.sources().map(OrderState::as_str)))
}

/// Pending → paying; false if the order does not wait for money (any more).
pub async fn note_attempt_opened<C: ConnectionTrait>(connection: &C, id: &str, now_ms: i64) -> Result<bool, DbErr> {
    let update = change(id, OrderEvent::AttemptOpened, OrderState::Paying, now_ms);
    Ok(update.exec(connection).await?.rows_affected == 1)
}

/// Paying → pending, when no attempt is open any more.
pub async fn note_attempts_closed<C: ConnectionTrait>(connection: &C, id: &str, now_ms: i64) -> Result<bool, DbErr> {
    let update = change(id, OrderEvent::AttemptsClosed, OrderState::PendingPayment, now_ms);
    Ok(update.exec(connection).await?.rows_affected == 1)
}

/// How an order got its money.
#[derive(Debug, Clone, Copy)]
pub struct Payment<'a> {
    /// Which money.
    pub by: PaidBy<'a>,
    /// Who did it, for the timeline.
    pub actor: &'a Actor,
    /// When it is booked, epoch milliseconds: this day's books have it. Through WeChat, when WeChat took it.
    pub paid_at: i64,
    /// Day on which the bank or the window had it, `YYYY-MM-DD`; nothing through WeChat, and where only somebody's word is
    /// known: the payer's bank shows it on this day.
    pub came_on: Option<&'a str>,
}

/// Waiting → paid; false if the order did not wait for this money. Settles its fees and tells everybody. Money through
/// WeChat is all or nothing: an order that has got a part another way is not paid by it.
pub async fn mark_paid<C: ConnectionTrait>(
    connection: &C,
    order: &OrderRow,
    payment: Payment<'_>,
    now_ms: i64,
) -> Result<bool, Problem> {
    let mut update = paid(&order.id, OrderEvent::Paid, payment, now_ms);
    if payment.by.attempt().is_some() {
        update = update.filter(orders::Column::ReceivedFen.eq(0));
    }
    if update.exec(connection).await?.rows_affected == 0 {
        return Ok(false);
    }
    settle_all(connection, &[order], now_ms).await?;
    record(connection, &order.id, TimelineKind::Paid, payment.actor, None, payment.paid_at).await?;
    Ok(true)
}

fn paid(id: &str, event: OrderEvent, payment: Payment<'_>, now_ms: i64) -> UpdateMany<orders::Entity> {
    let mut update = change(id, event, OrderState::Paid, now_ms)
        .col_expr(orders::Column::PaidAttemptId, Expr::value(payment.by.attempt()))
        .col_expr(orders::Column::PaidBy, Expr::value(payment.by.as_str()))
        .col_expr(orders::Column::PaidReference, Expr::value(payment.by.reference()))
        .col_expr(orders::Column::PaidAt, Expr::value(payment.paid_at))
        .col_expr(orders::Column::UnderReview, Expr::value(false));
    if payment.came_on.is_none() {
        // The day of a part that came before is not the day of the whole.
        update = update.col_expr(orders::Column::CameOn, Expr::value(None::<String>));
    }
    update
}

/// Void → paid for late money, if every fee is still payable as it was ordered: at the same amount, for the same unit and
/// payee; false (and nothing written) if not.
pub async fn mark_revived<C: ConnectionTrait>(
    connection: &C,
    order: &OrderRow,
    payment: Payment<'_>,
    now_ms: i64,
) -> Result<bool, Problem> {
    // What had come in parts was given back when it was voided: that story is over.
    if order.state()?.after(OrderEvent::Revived).is_err() || order.received_fen > 0 {
        return Ok(false);
    }
    let lines = lines_of(connection, &order.id).await?;
    let pairs: Vec<(String, i64)> = lines.iter().map(|line| (line.fee_id.clone(), line.amount_fen)).collect();
    let terms =
        fees::OrderedTerms { unit_id: &order.unit_id, payee_id: &order.payee_id, receipt_class: &order.receipt_class };
    if !fees::relock_if_unchanged(connection, &order.id, &pairs, terms, now_ms).await? {
        // A part may have been locked before the changed fee was met.
        fees::unlock_order(connection, &order.id, now_ms).await?;
        return Ok(false);
    }
    let update = paid(&order.id, OrderEvent::Revived, payment, now_ms)
        .col_expr(orders::Column::VoidReason, Expr::value(None::<String>))
        .col_expr(orders::Column::VoidedAt, Expr::value(None::<i64>));
    if update.exec(connection).await?.rows_affected == 0 {
        return Err(Problem::internal(format!("order {} changed while its row was held", order.id)));
    }
    settle_all(connection, &[order], now_ms).await?;
    record(connection, &order.id, TimelineKind::Revived, payment.actor, None, now_ms).await?;
    Ok(true)
}

/// Paid → completed; false if it was not just paid.
pub async fn complete<C: ConnectionTrait>(connection: &C, id: &str, now_ms: i64) -> Result<bool, DbErr> {
    let update = change(id, OrderEvent::Completed, OrderState::Completed, now_ms)
        .col_expr(orders::Column::CompletedAt, Expr::value(now_ms));
    let completed = update.exec(connection).await?.rows_affected == 1;
    if completed {
        record(connection, id, TimelineKind::Completed, &Actor::System, None, now_ms).await?;
        publish(connection, &Happening::OrderCompleted { order_id: id.to_owned() }, now_ms).await?;
    }
    Ok(completed)
}

/// Pending → void; its fees become payable again. Refused while an attempt is open or after money came.
pub async fn void<C: ConnectionTrait>(
    connection: &C,
    order: &OrderRow,
    reason: &str,
    actor: &Actor,
    now_ms: i64,
) -> Result<(), Problem> {
    let update = change(&order.id, OrderEvent::Voided, OrderState::Void, now_ms)
        .col_expr(orders::Column::VoidReason, Expr::value(reason))
        .col_expr(orders::Column::VoidedAt, Expr::value(now_ms))
        .filter(orders::Column::ReceivedFen.eq(0))
        .filter(orders::Column::UnderReview.eq(false));
    if update.exec(connection).await?.rows_affected == 0 {
        let row = find_row(connection, &order.id).await?;
        if let Some(row) = row.as_ref().filter(|row| row.state == OrderState::PendingPayment.as_str()) {
            refuse_if_money_came_or_is_reviewed(row, "作废")?;
        }
        return Err(refused_void(row.map(|row| row.state()).transpose()?));
    }
    fees::unlock_order(connection, &order.id, now_ms).await?;
    record(connection, &order.id, TimelineKind::Voided, actor, Some(reason.to_owned()), now_ms).await?;
    let happening = Happening::OrderVoided { order_id: order.id.clone(), reason: reason.to_owned() };
    publish(connection, &happening, now_ms).await?;
    Ok(())
}

/// Pending → void although `received_fen` of it came, which goes back to the payer: exactly so much, and nobody reviews a
/// remittance of it. Its fees become payable again; what was received stays in the books of the voided order.
pub async fn void_part_paid<C: ConnectionTrait>(
    connection: &C,
    order: &OrderRow,
    received_fen: i64,
    reason: &str,
    actor: &Actor,
    now_ms: i64,
) -> Result<(), Problem> {
    let update = change(&order.id, OrderEvent::Voided, OrderState::Void, now_ms)
        .col_expr(orders::Column::VoidReason, Expr::value(reason))
        .col_expr(orders::Column::VoidedAt, Expr::value(now_ms))
        .filter(orders::Column::ReceivedFen.eq(received_fen))
        .filter(orders::Column::UnderReview.eq(false));
    if received_fen < 1 || update.exec(connection).await?.rows_affected == 0 {
        return Err(Problem::conflict(
            "order_money_changed",
            format!("订单 {} 的收款情况有变化，没有退款", order.order_no),
        )
        .money(Money::Taken)
        .advice("请驳回这项申请，核对订单后重新申请"));
    }
    fees::unlock_order(connection, &order.id, now_ms).await?;
    record(connection, &order.id, TimelineKind::Voided, actor, Some(reason.to_owned()), now_ms).await?;
    let happening = Happening::OrderVoided { order_id: order.id.clone(), reason: reason.to_owned() };
    publish(connection, &happening, now_ms).await?;
    Ok(())
}

fn refused_void(state: Option<OrderState>) -> Problem {
    match state {
        Some(OrderState::Void) => {
            Problem::conflict("order_void", "这个订单已经作废").advice("报告已回到待缴费，可重新缴费")
        }
        Some(OrderState::Paying) => Problem::conflict("order_paying", "这个订单正在支付，暂时不能作废")
            .money(Money::Unknown)
            .advice("请稍等片刻，确认没有付款后再作废"),
        _ => Problem::conflict("order_paid", "这个订单已经支付，不能作废")
            .money(Money::Taken)
            .advice("如需退款请致电客服"),
    }
}

/// One line of an order.
#[derive(Debug, Clone)]
pub struct LineFacts {
    /// From 0.
    pub position: i64,
    /// The fee.
    pub fee_id: String,
    /// The report.
    pub report_id: String,
    /// 报告编号.
    pub report_no: String,
    /// 设备名称.
    pub device_name: String,
    /// 注册代码.
    pub registration_code: String,
    /// 出厂编号.
    pub factory_serial_no: Option<String>,
    /// Fen.
    pub amount_fen: i64,
}

impl From<order_lines::Model> for LineFacts {
    fn from(row: order_lines::Model) -> Self {
        Self {
            position: row.position,
            fee_id: row.fee_id,
            report_id: row.report_id,
            report_no: row.report_no,
            device_name: row.device_name,
            registration_code: row.registration_code,
            factory_serial_no: row.factory_serial_no,
            amount_fen: row.amount_fen,
        }
    }
}

/// All lines of an order in their order.
pub async fn lines_of<C: ConnectionTrait>(connection: &C, order_id: &str) -> Result<Vec<LineFacts>, DbErr> {
    let rows = order_lines::Entity::find()
        .filter(order_lines::Column::OrderId.eq(order_id))
        .order_by_asc(order_lines::Column::Position)
        .all(connection)
        .await?;
    Ok(rows.into_iter().map(LineFacts::from).collect())
}

/// Orders whose money came from `from_ms` on and before `to_ms`, with their number and fen: what the core system must
/// have booked too (B-19). An order whose money went back entirely is not among them.
pub async fn paid_between<C: ConnectionTrait>(
    connection: &C,
    from_ms: i64,
    to_ms: i64,
) -> Result<Vec<(String, i64)>, DbErr> {
    let paid = OrderState::ALL.into_iter().filter(|state| state.has_money()).map(OrderState::as_str);
    let rows = orders::Entity::find()
        .filter(orders::Column::PaidAt.gte(from_ms))
        .filter(orders::Column::PaidAt.lt(to_ms))
        .filter(orders::Column::State.is_in(paid))
        .order_by_asc(orders::Column::OrderNo)
        .all(connection)
        .await?;
    Ok(rows.into_iter().map(|row| (row.order_no, row.amount_fen)).collect())
}
