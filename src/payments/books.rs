//! Our books as reconciliation reads them (B-19): what was received and given back through WeChat.

use foundation::problem::Problem;
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder};

use super::entity::{payment_attempts, refunds};
use super::model::AttemptState;
use super::{store, watch};
use crate::app::App;

/// Numbers in one question to the database.
const NUMBERS_AT_ONCE: usize = 500;

/// A payment in our books.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BookedPayment {
    /// Number of the payment with us.
    pub out_trade_no: String,
    /// Number of the payment with WeChat.
    pub transaction_id: String,
    /// Fen.
    pub amount_fen: i64,
}

/// A refund in our books that WeChat has accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BookedRefund {
    /// Number of the refund with us.
    pub out_refund_no: String,
    /// Fen.
    pub amount_fen: i64,
}

impl From<payment_attempts::Model> for BookedPayment {
    fn from(row: payment_attempts::Model) -> Self {
        Self {
            out_trade_no: row.out_trade_no,
            transaction_id: row.transaction_id.unwrap_or_default(),
            amount_fen: row.amount_fen,
        }
    }
}

impl From<refunds::Model> for BookedRefund {
    fn from(row: refunds::Model) -> Self {
        Self { out_refund_no: row.out_refund_no, amount_fen: row.amount_fen }
    }
}

/// Payments that WeChat took from `from_ms` on and before `to_ms`.
pub async fn payments_between<C: ConnectionTrait>(
    connection: &C,
    from_ms: i64,
    to_ms: i64,
) -> Result<Vec<BookedPayment>, DbErr> {
    let rows = payment_attempts::Entity::find()
        .filter(payment_attempts::Column::State.eq(AttemptState::Paid.as_str()))
        .filter(payment_attempts::Column::PaidAt.gte(from_ms))
        .filter(payment_attempts::Column::PaidAt.lt(to_ms))
        .order_by_asc(payment_attempts::Column::OutTradeNo)
        .all(connection)
        .await?;
    Ok(rows.into_iter().map(BookedPayment::from).collect())
}

/// The payments with these numbers, whenever they were made.
pub async fn payments_by_numbers<C: ConnectionTrait>(
    connection: &C,
    numbers: &[&str],
) -> Result<Vec<BookedPayment>, DbErr> {
    let mut found = Vec::new();
    for chunk in numbers.chunks(NUMBERS_AT_ONCE) {
        let rows = payment_attempts::Entity::find()
            .filter(payment_attempts::Column::State.eq(AttemptState::Paid.as_str()))
            .filter(payment_attempts::Column::OutTradeNo.is_in(chunk.iter().copied()))
            .all(connection)
            .await?;
        found.extend(rows.into_iter().map(BookedPayment::from));
    }
    Ok(found)
}

/// Refunds that WeChat accepted from `from_ms` on and before `to_ms`.
pub async fn refunds_between<C: ConnectionTrait>(
    connection: &C,
    from_ms: i64,
    to_ms: i64,
) -> Result<Vec<BookedRefund>, DbErr> {
    let rows = refunds::Entity::find()
        .filter(refunds::Column::AcceptedAt.gte(from_ms))
        .filter(refunds::Column::AcceptedAt.lt(to_ms))
        .order_by_asc(refunds::Column::OutRefundNo)
        .all(connection)
        .await?;
    Ok(rows.into_iter().map(BookedRefund::from).collect())
}

/// The refunds with these numbers, whenever they were made.
pub async fn refunds_by_numbers<C: ConnectionTrait>(
    connection: &C,
    numbers: &[&str],
) -> Result<Vec<BookedRefund>, DbErr> {
    let mut found = Vec::new();
    for chunk in numbers.chunks(NUMBERS_AT_ONCE) {
        let rows = refunds::Entity::find()
            .filter(refunds::Column::OutRefundNo.is_in(chunk.iter().copied()))
            .all(connection)
            .await?;
        found.extend(rows.into_iter().map(BookedRefund::from));
    }
    Ok(found)
}

/// Asks WeChat about the payment with this number and books what it says; false when the number is not ours or WeChat
/// cannot tell that it was paid.
pub async fn ask_by_number(app: &App, out_trade_no: &str) -> Result<bool, Problem> {
    let Some(attempt) = store::by_out_trade_no(app.database.reader(), out_trade_no).await? else { return Ok(false) };
    watch::ask(app, &attempt).await?;
    let attempt = store::find(app.database.reader(), &attempt.id).await?;
    Ok(attempt.is_some_and(|attempt| attempt.state == AttemptState::Paid.as_str()))
}
