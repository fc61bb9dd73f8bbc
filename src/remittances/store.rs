//! Queries and conditional updates.

use foundation::problem::Problem;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect, UpdateMany,
};

use super::entity::remittance_proofs as proofs;
use super::entity::remittances::{Column, Entity, Model};
use super::model::{RemittanceId, RemittanceState};
use crate::orders::{self, OrderRow};
use crate::uploads::{self, UploadRow};

/// A remittance as stored.
pub type RemittanceRow = Model;

impl RemittanceRow {
    /// Where it stands.
    pub fn state(&self) -> Result<RemittanceState, Problem> {
        Ok(self.state.parse()?)
    }
}

/// A remittance by id.
pub async fn find<C: ConnectionTrait>(connection: &C, id: &str) -> Result<Option<RemittanceRow>, DbErr> {
    Entity::find_by_id(id).one(connection).await
}

/// The remittance of an order.
pub async fn of_order<C: ConnectionTrait>(connection: &C, order_id: &str) -> Result<Option<RemittanceRow>, DbErr> {
    Entity::find().filter(Column::OrderId.eq(order_id)).one(connection).await
}

const TOLD: [&str; 2] = ["submitted", "approved"];

/// The remittance of an order, once it was handed in and as long as nobody found it wrong: for a draft nobody stands.
pub async fn told_of_order<C: ConnectionTrait>(connection: &C, order_id: &str) -> Result<Option<RemittanceRow>, DbErr> {
    Entity::find().filter(Column::OrderId.eq(order_id)).filter(Column::State.is_in(TOLD)).one(connection).await
}

/// Told remittances that name one of these work-order or contract numbers.
pub async fn of_references<C: ConnectionTrait>(
    connection: &C,
    references: &[String],
) -> Result<Vec<RemittanceRow>, DbErr> {
    if references.is_empty() {
        return Ok(Vec::new());
    }
    Entity::find()
        .filter(Column::ReferenceNo.is_in(references))
        .filter(Column::State.is_in(TOLD))
        .limit(20)
        .all(connection)
        .await
}

/// Told remittances with this serial number of the bank.
pub async fn of_serial<C: ConnectionTrait>(connection: &C, serial_key: &str) -> Result<Vec<RemittanceRow>, DbErr> {
    Entity::find()
        .filter(Column::SerialKey.eq(serial_key))
        .filter(Column::State.is_in(TOLD))
        .limit(20)
        .all(connection)
        .await
}

/// Told remittances over this amount.
pub async fn submitted_of_amount<C: ConnectionTrait>(
    connection: &C,
    amount_fen: i64,
) -> Result<Vec<RemittanceRow>, DbErr> {
    Entity::find()
        .filter(Column::State.is_in(TOLD))
        .filter(Column::AmountFen.eq(amount_fen))
        .order_by_desc(Column::Id)
        .limit(50)
        .all(connection)
        .await
}

/// Other told remittances with the same serial number: perhaps the same transfer told twice.
pub async fn same_serial<C: ConnectionTrait>(connection: &C, row: &RemittanceRow) -> Result<Vec<RemittanceRow>, DbErr> {
    let Some(serial) = &row.serial_key else { return Ok(Vec::new()) };
    let found = of_serial(connection, serial).await?;
    Ok(found.into_iter().filter(|other| other.id != row.id).collect())
}

/// The files of a remittance in their order.
pub async fn proofs_of<C: ConnectionTrait>(connection: &C, id: &str) -> Result<Vec<UploadRow>, DbErr> {
    let rows = proofs::Entity::find()
        .filter(proofs::Column::RemittanceId.eq(id))
        .order_by_asc(proofs::Column::Position)
        .all(connection)
        .await?;
    let ids: Vec<String> = rows.into_iter().map(|row| row.upload_id).collect();
    let found = uploads::by_ids(connection, &ids).await?;
    Ok(ids.iter().filter_map(|id| found.iter().find(|upload| upload.id == *id).cloned()).collect())
}

/// Whether a file proves some remittance.
pub async fn uses_upload<C: ConnectionTrait>(connection: &C, upload_id: &str) -> Result<bool, DbErr> {
    let count = proofs::Entity::find().filter(proofs::Column::UploadId.eq(upload_id)).count(connection).await?;
    Ok(count > 0)
}

pub(super) async fn set_proofs<C: ConnectionTrait>(
    connection: &C,
    id: &str,
    upload_ids: &[String],
) -> Result<(), DbErr> {
    proofs::Entity::delete_many().filter(proofs::Column::RemittanceId.eq(id)).exec(connection).await?;
    if upload_ids.is_empty() {
        return Ok(());
    }
    let rows = upload_ids.iter().enumerate().map(|(position, upload)| proofs::ActiveModel {
        remittance_id: Set(id.to_owned()),
        position: Set(position as i64),
        upload_id: Set(upload.clone()),
    });
    proofs::Entity::insert_many(rows).exec_without_returning(connection).await?;
    Ok(())
}

pub(super) async fn insert<C: ConnectionTrait>(connection: &C, row: RemittanceRow) -> Result<(), DbErr> {
    Entity::insert(row.into_active_model()).exec_without_returning(connection).await?;
    Ok(())
}

/// Writes a draft over, or a rejected remittance of an order that still waits; false if it is neither (any more).
pub(super) async fn replace_draft<C: ConnectionTrait>(connection: &C, row: &RemittanceRow) -> Result<bool, DbErr> {
    let editable = [RemittanceState::Draft.as_str(), RemittanceState::Rejected.as_str()];
    let update = Entity::update_many()
        .filter(Column::Id.eq(&row.id))
        .filter(Column::State.is_in(editable))
        .col_expr(Column::State, Expr::value(RemittanceState::Draft.as_str()))
        .col_expr(Column::UpdatedAt, Expr::value(row.updated_at))
        .col_expr(Column::ReviewId, Expr::value(row.review_id.clone()))
        .col_expr(Column::Opinion, Expr::value(row.opinion.clone()))
        .col_expr(Column::SubmittedAt, Expr::value(row.submitted_at))
        .col_expr(Column::DueAt, Expr::value(row.due_at))
        .col_expr(Column::DecidedAt, Expr::value(row.decided_at))
        .col_expr(Column::PayerName, Expr::value(row.payer_name.clone()))
        .col_expr(Column::PayerKey, Expr::value(row.payer_key.clone()))
        .col_expr(Column::PayerAccount, Expr::value(row.payer_account.clone()))
        .col_expr(Column::PayerBank, Expr::value(row.payer_bank.clone()))
        .col_expr(Column::RemittedOn, Expr::value(row.remitted_on.clone()))
        .col_expr(Column::AmountFen, Expr::value(row.amount_fen))
        .col_expr(Column::SerialNo, Expr::value(row.serial_no.clone()))
        .col_expr(Column::SerialKey, Expr::value(row.serial_key.clone()))
        .col_expr(Column::ReferenceNo, Expr::value(row.reference_no.clone()))
        .col_expr(Column::Note, Expr::value(row.note.clone()));
    Ok(update.exec(connection).await?.rows_affected == 1)
}

pub(super) fn change(id: &str, from: RemittanceState, to: RemittanceState, now_ms: i64) -> UpdateMany<Entity> {
    Entity::update_many()
        .col_expr(Column::State, Expr::value(to.as_str()))
        .col_expr(Column::UpdatedAt, Expr::value(now_ms))
        .filter(Column::Id.eq(id))
        .filter(Column::State.eq(from.as_str()))
}

/// A remitted order was made: when its fees were in an order whose remittance was rejected, everything of that is kept as
/// the draft of this one (S0-44).
pub async fn open<C: ConnectionTrait>(connection: &C, order: &OrderRow, now_ms: i64) -> Result<(), Problem> {
    if of_order(connection, &order.id).await?.is_some() {
        return Ok(());
    }
    let lines = orders::lines_of(connection, &order.id).await?;
    let Some(line) = lines.first() else { return Ok(()) };
    let earlier = orders::orders_of_fee(connection, &line.fee_id).await?;
    let rejected = Entity::find()
        .filter(Column::OrderId.is_in(earlier))
        .filter(Column::UnitId.eq(&order.unit_id))
        .filter(Column::State.eq(RemittanceState::Rejected.as_str()))
        .order_by_desc(Column::Id)
        .one(connection)
        .await?;
    let Some(rejected) = rejected else { return Ok(()) };
    let proofs: Vec<String> = proofs_of(connection, &rejected.id).await?.into_iter().map(|upload| upload.id).collect();
    let id = RemittanceId::new();
    let draft = Model {
        id: id.to_string(),
        order_id: order.id.clone(),
        state: RemittanceState::Draft.as_str().to_owned(),
        review_id: None,
        opinion: None,
        submitted_at: None,
        due_at: None,
        decided_at: None,
        created_at: now_ms,
        updated_at: now_ms,
        ..rejected
    };
    insert(connection, draft).await?;
    set_proofs(connection, id.as_str(), &proofs).await?;
    Ok(())
}
