//! Queries and conditional updates.

use foundation::jobs::{NewJob, enqueue};
use foundation::problem::Problem;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, UpdateMany};

use super::entity::payment_notices::{Column, Entity, Model};
use super::jobs::{JOB_CANCEL, JOB_NOTICE, NoticeJob};
use super::model::{NoticeId, NoticeState};
use crate::fees::{PayeeId, payees_by_id};
use crate::orders::{self, OrderRow};

/// A notice as stored.
pub type NoticeRow = Model;

impl NoticeRow {
    /// Where it stands.
    pub fn state(&self) -> Result<NoticeState, Problem> {
        Ok(self.state.parse()?)
    }
}

/// Opens the next notice of an order over what is missing, and has its code asked for after the commit.
pub async fn open<C: ConnectionTrait>(connection: &C, order: &OrderRow, now_ms: i64) -> Result<(), Problem> {
    let payee_id = PayeeId::from_stored(order.payee_id.clone());
    let payee = payees_by_id(connection, [payee_id.clone()]).await?.remove(&payee_id);
    let payee = payee.ok_or_else(|| Problem::internal(format!("order {} has no payee", order.id)))?;
    let round = newest(connection, &order.id).await?.map_or(1, |notice| notice.round + 1);
    let notice = Model {
        id: NoticeId::new().into(),
        order_id: order.id.clone(),
        round,
        notice_no: format!("{}-{round}", order.order_no),
        state: NoticeState::Requested.as_str().to_owned(),
        payment_code: None,
        payee_name: payee.name,
        account_name: payee.account_name,
        account_no: payee.bank_account,
        bank_name: payee.bank_name,
        amount_fen: order.missing().0,
        failure: None,
        requested_at: now_ms,
        issued_at: None,
        expires_at: None,
        ended_at: None,
        updated_at: now_ms,
    };
    enqueue(connection, NewJob::new(JOB_NOTICE, &NoticeJob { notice_id: notice.id.clone() }, now_ms)).await?;
    orders::add_search_word(connection, &order.id, &notice.notice_no).await?;
    Entity::insert(notice.into_active_model()).exec_without_returning(connection).await?;
    Ok(())
}

/// The newest notice of an order.
pub async fn newest<C: ConnectionTrait>(connection: &C, order_id: &str) -> Result<Option<NoticeRow>, DbErr> {
    Entity::find().filter(Column::OrderId.eq(order_id)).order_by_desc(Column::Round).one(connection).await
}

/// All notices of an order, newest first.
pub async fn of_order<C: ConnectionTrait>(connection: &C, order_id: &str) -> Result<Vec<NoticeRow>, DbErr> {
    Entity::find().filter(Column::OrderId.eq(order_id)).order_by_desc(Column::Round).all(connection).await
}

/// The order of the notice that carries this number or payment code, in whatever state.
pub async fn order_of_number<C: ConnectionTrait>(connection: &C, number: &str) -> Result<Option<String>, DbErr> {
    let named = Column::NoticeNo.eq(number).or(Column::PaymentCode.eq(number));
    Ok(Entity::find().filter(named).one(connection).await?.map(|notice| notice.order_id))
}

/// Notices whose code is among these, in whatever state: money that carries an old code is recognised all the same.
pub async fn of_codes<C: ConnectionTrait>(connection: &C, codes: &[String]) -> Result<Vec<NoticeRow>, DbErr> {
    if codes.is_empty() {
        return Ok(Vec::new());
    }
    Entity::find().filter(Column::PaymentCode.is_in(codes)).all(connection).await
}

pub(super) async fn find<C: ConnectionTrait>(connection: &C, id: &str) -> Result<Option<NoticeRow>, DbErr> {
    Entity::find_by_id(id).one(connection).await
}

fn change(id: &str, from: &[NoticeState], to: NoticeState, now_ms: i64) -> UpdateMany<Entity> {
    Entity::update_many()
        .col_expr(Column::State, Expr::value(to.as_str()))
        .col_expr(Column::UpdatedAt, Expr::value(now_ms))
        .filter(Column::Id.eq(id))
        .filter(Column::State.is_in(from.iter().map(|state| state.as_str())))
}

/// Requested → issued with its code; false if it was given up meanwhile.
pub(super) async fn mark_issued<C: ConnectionTrait>(
    connection: &C,
    id: &str,
    code: &str,
    expires_at: i64,
    now_ms: i64,
) -> Result<bool, DbErr> {
    let update = change(id, &[NoticeState::Requested], NoticeState::Issued, now_ms)
        .col_expr(Column::PaymentCode, Expr::value(code))
        .col_expr(Column::ExpiresAt, Expr::value(expires_at))
        .col_expr(Column::IssuedAt, Expr::value(now_ms))
        .col_expr(Column::Failure, Expr::value(None::<String>));
    Ok(update.exec(connection).await?.rows_affected == 1)
}

/// Requested → failed; false if it was given up meanwhile.
pub(super) async fn mark_failed<C: ConnectionTrait>(
    connection: &C,
    id: &str,
    reason: &str,
    now_ms: i64,
) -> Result<bool, DbErr> {
    let update = change(id, &[NoticeState::Requested], NoticeState::Failed, now_ms)
        .col_expr(Column::Failure, Expr::value(reason))
        .col_expr(Column::EndedAt, Expr::value(now_ms));
    Ok(update.exec(connection).await?.rows_affected == 1)
}

/// Writes down why the code is not there yet, for the page.
pub(super) async fn note_trouble<C: ConnectionTrait>(
    connection: &C,
    id: &str,
    trouble: &str,
    now_ms: i64,
) -> Result<(), DbErr> {
    change(id, &[NoticeState::Requested], NoticeState::Requested, now_ms)
        .col_expr(Column::Failure, Expr::value(trouble))
        .exec(connection)
        .await?;
    Ok(())
}

/// Issued → expired; false if it had ended already.
pub(super) async fn mark_expired<C: ConnectionTrait>(connection: &C, id: &str, now_ms: i64) -> Result<bool, DbErr> {
    let update =
        change(id, &[NoticeState::Issued], NoticeState::Expired, now_ms).col_expr(Column::EndedAt, Expr::value(now_ms));
    Ok(update.exec(connection).await?.rows_affected == 1)
}

/// The order has its money from a line of the bank: the notice whose code is among those that the line carries is done, and
/// all others are cancelled, here and at the fiscal system, so that nobody pays a second time with one of them.
pub async fn note_paid_with<C: ConnectionTrait>(
    connection: &C,
    order_id: &str,
    codes: &[String],
    now_ms: i64,
) -> Result<(), Problem> {
    let carried = |notice: &NoticeRow| notice.payment_code.as_ref().is_some_and(|code| codes.contains(code));
    // Of several the newest.
    if let Some(notice) = of_order(connection, order_id).await?.into_iter().find(carried) {
        mark_paid(connection, &notice.id, now_ms).await?;
    }
    leave(connection, order_id, now_ms).await
}

/// A person gives money that came with these codes to other orders than `orders`, or back to its sender: what the fiscal
/// system tells of it later pays nothing.
pub async fn note_spoken_for<C: ConnectionTrait>(
    connection: &C,
    codes: &[String],
    orders: &[&str],
    now_ms: i64,
) -> Result<(), DbErr> {
    for notice in of_codes(connection, codes).await? {
        if !orders.contains(&notice.order_id.as_str()) {
            mark_paid(connection, &notice.id, now_ms).await?;
        }
    }
    Ok(())
}

/// Money with the code of this notice is in the fiscal account, whatever became of the notice before; false if that was known.
pub(super) async fn mark_paid<C: ConnectionTrait>(connection: &C, id: &str, now_ms: i64) -> Result<bool, DbErr> {
    let before = NoticeState::ALL.into_iter().filter(|state| *state != NoticeState::Paid).collect::<Vec<_>>();
    let update = change(id, &before, NoticeState::Paid, now_ms).col_expr(Column::EndedAt, Expr::value(now_ms));
    Ok(update.exec(connection).await?.rows_affected == 1)
}

/// The order is given up or paid another way: its live notices are cancelled, here and at the fiscal system.
pub async fn leave<C: ConnectionTrait>(connection: &C, order_id: &str, now_ms: i64) -> Result<(), Problem> {
    for notice in of_order(connection, order_id).await? {
        cancel(connection, &notice, now_ms).await?;
    }
    Ok(())
}

/// Cancels one live notice; what the fiscal system may have made is cancelled there by a job.
pub(super) async fn cancel<C: ConnectionTrait>(connection: &C, notice: &NoticeRow, now_ms: i64) -> Result<(), Problem> {
    let live = [NoticeState::Requested, NoticeState::Issued, NoticeState::Expired];
    let update =
        change(&notice.id, &live, NoticeState::Cancelled, now_ms).col_expr(Column::EndedAt, Expr::value(now_ms));
    if update.exec(connection).await?.rows_affected == 1 {
        cancel_later(connection, &notice.id, now_ms).await?;
    }
    Ok(())
}

/// Has what the fiscal system made for a notice cancelled there.
async fn cancel_later<C: ConnectionTrait>(connection: &C, id: &str, now_ms: i64) -> Result<(), DbErr> {
    enqueue(connection, NewJob::new(JOB_CANCEL, &NoticeJob { notice_id: id.to_owned() }, now_ms)).await
}

/// A code came for a notice that was given up while it was made: nobody cancelled it yet.
pub(super) async fn cancel_if_given_up<C: ConnectionTrait>(
    connection: &C,
    id: &str,
    now_ms: i64,
) -> Result<(), Problem> {
    let notice = find(connection, id).await?;
    if notice.is_some_and(|notice| notice.state == NoticeState::Cancelled.as_str()) {
        cancel_later(connection, id, now_ms).await?;
    }
    Ok(())
}
