//! Our books as reconciliation reads them (B-19): what was received and given back through WeChat. Money that did not fit
//! and was given back by a person came all the same: it stands on both sides, as does its refund.

use std::collections::HashMap;

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

impl From<refunds::Model> for BookedRefund {
    fn from(row: refunds::Model) -> Self {
        Self { out_refund_no: row.out_refund_no, amount_fen: row.amount_fen }
    }
}

/// Attempts for which money may have come: paid, or closed with the money given back.
const MAY_HAVE_MONEY: [AttemptState; 2] = [AttemptState::Paid, AttemptState::Closed];

fn is_paid(row: &payment_attempts::Model) -> bool {
    row.state == AttemptState::Paid.as_str()
}

/// What came for these attempts. A paid one has what it asked for. A closed one has what a person gave back, which was
/// something else, and most have nothing.
async fn booked<C: ConnectionTrait>(
    connection: &C,
    rows: Vec<payment_attempts::Model>,
) -> Result<Vec<BookedPayment>, DbErr> {
    let closed: Vec<&str> = rows.iter().filter(|row| !is_paid(row)).map(|row| row.id.as_str()).collect();
    let mut given_back = HashMap::new();
    for chunk in closed.chunks(NUMBERS_AT_ONCE) {
        let found = refunds::Entity::find()
            .filter(refunds::Column::AttemptId.is_in(chunk.iter().copied()))
            // Not what the institute decided about an order, or about a line of the bank.
            .filter(refunds::Column::ProposedBy.is_null())
            .filter(refunds::Column::LineId.is_null())
            .all(connection)
            .await?;
        given_back.extend(found.into_iter().map(|row| (row.attempt_id, (row.transaction_id, row.total_fen))));
    }
    let payment = |row: payment_attempts::Model| {
        let (transaction_id, amount_fen) = if is_paid(&row) {
            (row.transaction_id.unwrap_or_default(), row.amount_fen)
        } else {
            given_back.remove(&row.id)?
        };
        Some(BookedPayment { out_trade_no: row.out_trade_no, transaction_id, amount_fen })
    };
    Ok(rows.into_iter().filter_map(payment).collect())
}

/// Payments that WeChat took from `from_ms` on and before `to_ms`.
pub async fn payments_between<C: ConnectionTrait>(
    connection: &C,
    from_ms: i64,
    to_ms: i64,
) -> Result<Vec<BookedPayment>, DbErr> {
    let rows = payment_attempts::Entity::find()
        .filter(payment_attempts::Column::State.is_in(MAY_HAVE_MONEY.map(AttemptState::as_str)))
        .filter(payment_attempts::Column::PaidAt.gte(from_ms))
        .filter(payment_attempts::Column::PaidAt.lt(to_ms))
        .order_by_asc(payment_attempts::Column::OutTradeNo)
        .all(connection)
        .await?;
    booked(connection, rows).await
}

/// The payments with these numbers, whenever they were made.
pub async fn payments_by_numbers<C: ConnectionTrait>(
    connection: &C,
    numbers: &[&str],
) -> Result<Vec<BookedPayment>, DbErr> {
    let mut found = Vec::new();
    for chunk in numbers.chunks(NUMBERS_AT_ONCE) {
        let rows = payment_attempts::Entity::find()
            .filter(payment_attempts::Column::State.is_in(MAY_HAVE_MONEY.map(AttemptState::as_str)))
            .filter(payment_attempts::Column::OutTradeNo.is_in(chunk.iter().copied()))
            .all(connection)
            .await?;
        found.extend(booked(connection, rows).await?);
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

/// What WeChat knows of a payment, and what became of it with us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AskedByNumber {
    /// It was paid, and is booked.
    Booked,
    /// It was paid, did not fit, and was given back by a person: nothing changed.
    GivenBack,
    /// It was paid and does not fit: it waits for a person.
    Disputed,
    /// The number is not ours, or WeChat cannot tell that it was paid.
    NothingCame,
}

/// Asks WeChat about the payment with this number and books what it says.
pub async fn ask_by_number(app: &App, out_trade_no: &str) -> Result<AskedByNumber, Problem> {
    let reader = app.database.reader();
    let Some(attempt) = store::by_out_trade_no(reader, out_trade_no).await? else {
        return Ok(AskedByNumber::NothingCame);
    };
    watch::ask(app, &attempt).await?;
    let Some(attempt) = store::find(reader, &attempt.id).await? else { return Ok(AskedByNumber::NothingCame) };
    let state: AttemptState = attempt.state.parse()?;
    let has_money = !booked(reader, vec![attempt]).await?.is_empty();
    Ok(match state {
        AttemptState::Paid => AskedByNumber::Booked,
        AttemptState::Disputed => AskedByNumber::Disputed,
        AttemptState::Closed if has_money => AskedByNumber::GivenBack,
        _ => AskedByNumber::NothingCame,
    })
}
