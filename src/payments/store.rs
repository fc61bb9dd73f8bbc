//! Queries and conditional updates of attempts.

use foundation::batches::padded;
use sea_orm::sea_query::{Expr, Query, SelectStatement};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder};

use super::entity::payment_attempts::{Column, Entity, Model};
use super::model::AttemptState;
use crate::orders;

pub(super) fn open_states() -> impl Iterator<Item = &'static str> {
    AttemptState::OPEN.into_iter().map(AttemptState::as_str)
}

pub(super) async fn find<C: ConnectionTrait>(connection: &C, id: &str) -> Result<Option<Model>, DbErr> {
    Entity::find_by_id(id).one(connection).await
}

pub(super) async fn by_out_trade_no<C: ConnectionTrait>(connection: &C, number: &str) -> Result<Option<Model>, DbErr> {
    Entity::find().filter(Column::OutTradeNo.eq(number)).one(connection).await
}

pub(super) async fn by_client_key<C: ConnectionTrait>(
    connection: &C,
    order_id: &str,
    key: &str,
) -> Result<Option<Model>, DbErr> {
    Entity::find().filter(Column::OrderId.eq(order_id)).filter(Column::ClientKey.eq(key)).one(connection).await
}

/// Open attempts of an order, newest first.
pub(super) async fn open_attempts<C: ConnectionTrait>(connection: &C, order_id: &str) -> Result<Vec<Model>, DbErr> {
    Entity::find()
        .filter(Column::OrderId.eq(order_id))
        .filter(Column::State.is_in(open_states()))
        .order_by_desc(Column::Id)
        .all(connection)
        .await
}

/// Attempts of an order whose money does not fit and waits for a person.
pub(super) async fn disputed_attempts<C: ConnectionTrait>(connection: &C, order_id: &str) -> Result<Vec<Model>, DbErr> {
    Entity::find()
        .filter(Column::OrderId.eq(order_id))
        .filter(Column::State.eq(AttemptState::Disputed.as_str()))
        .all(connection)
        .await
}

/// Selects the ids of the orders to which these attempts belong.
pub(super) fn order_ids_of(numbers: &[&str]) -> SelectStatement {
    Query::select()
        .column(Column::OrderId)
        .from(Entity)
        .and_where(Column::OutTradeNo.is_in(padded(numbers.to_vec())))
        .to_owned()
}

/// All attempts of these orders.
pub(super) async fn attempts_of<C: ConnectionTrait>(
    connection: &C,
    order_ids: impl IntoIterator<Item = &str>,
) -> Result<Vec<Model>, DbErr> {
    Entity::find().filter(Column::OrderId.is_in(padded(order_ids.into_iter().collect()))).all(connection).await
}

/// The attempts of an order.
pub(super) async fn newest_first<C: ConnectionTrait>(connection: &C, order_id: &str) -> Result<Vec<Model>, DbErr> {
    Entity::find().filter(Column::OrderId.eq(order_id)).order_by_desc(Column::Id).all(connection).await
}

/// Moves an attempt from one of `from` to `to`; false if it stood elsewhere.
pub(super) async fn move_state<C: ConnectionTrait>(
    connection: &C,
    id: &str,
    from: &[AttemptState],
    to: AttemptState,
    failure: Option<&str>,
    now_ms: i64,
) -> Result<bool, DbErr> {
    let mut update = Entity::update_many()
        .col_expr(Column::State, Expr::value(to.as_str()))
        .col_expr(Column::UpdatedAt, Expr::value(now_ms))
        .filter(Column::Id.eq(id))
        .filter(Column::State.is_in(from.iter().map(|state| state.as_str())));
    if let Some(failure) = failure {
        update = update.col_expr(Column::Failure, Expr::value(failure));
    }
    Ok(update.exec(connection).await?.rows_affected == 1)
}

/// Writes down under which number WeChat took money for an attempt, and when (epoch milliseconds), although the attempt is
/// not paid by it.
pub(super) async fn note_money<C: ConnectionTrait>(
    connection: &C,
    id: &str,
    transaction_id: &str,
    paid_at: i64,
) -> Result<(), DbErr> {
    Entity::update_many()
        .col_expr(Column::TransactionId, Expr::value(transaction_id))
        .col_expr(Column::PaidAt, Expr::value(paid_at))
        .filter(Column::Id.eq(id))
        .exec(connection)
        .await?;
    Ok(())
}

/// After an attempt ended without money: if it was the last open one, the order waits again, unless money of another
/// attempt is disputed.
pub(super) async fn note_if_last_closed<C: ConnectionTrait>(
    connection: &C,
    order_id: &str,
    now_ms: i64,
) -> Result<(), DbErr> {
    orders::lock_row(connection, order_id, now_ms).await?;
    if open_attempts(connection, order_id).await?.is_empty()
        && disputed_attempts(connection, order_id).await?.is_empty()
        && orders::note_attempts_closed(connection, order_id, now_ms).await?
    {
        let kind = orders::TimelineKind::PaymentClosed;
        orders::record(connection, order_id, kind, &orders::Actor::System, None, now_ms).await?;
    }
    Ok(())
}

/// How the person came to the order who paid it without being of the unit (S2-38, B-09); nothing for its own people.
pub async fn guest_who_paid<C: ConnectionTrait>(
    connection: &C,
    order: &orders::OrderRow,
) -> Result<Option<String>, DbErr> {
    match &order.paid_attempt_id {
        Some(id) => Ok(find(connection, id).await?.and_then(|attempt| attempt.guest)),
        None => Ok(None),
    }
}

/// WeChat's number of the effective payment of an order, once it is paid.
pub async fn paid_transaction<C: ConnectionTrait>(connection: &C, order_id: &str) -> Result<Option<String>, DbErr> {
    let Some(order) = orders::find_row(connection, order_id).await? else { return Ok(None) };
    let Some(attempt_id) = order.paid_attempt_id else { return Ok(None) };
    Ok(find(connection, &attempt_id).await?.and_then(|attempt| attempt.transaction_id))
}
