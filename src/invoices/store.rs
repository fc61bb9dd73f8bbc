//! Rows of receipts: every change is conditional on state and round.

use foundation::money::Fen;
use foundation::problem::Problem;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict, Query};
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter};

use super::entity::invoices::{ActiveModel, Column, Entity, Model};
use super::entity::red_letters;
use super::issuer::Issued;
use super::model::{Invoice, InvoiceId, InvoiceState};
use crate::invoice_titles::TitleFacts;
use crate::orders::OrderFacts;

pub(super) fn invoice_of_row(row: Model) -> Result<Invoice, Problem> {
    Ok(Invoice {
        id: InvoiceId::from_stored(row.id),
        order_id: row.order_id,
        receipt_class: row.receipt_class.parse()?,
        kind: row.kind.parse()?,
        title: TitleFacts::from_stored(&row.title).map_err(Problem::internal)?,
        amount: Fen(row.amount_fen),
        state: row.state.parse()?,
        issue_round: row.issue_round,
        apply_id: row.apply_id,
        invoice_code: row.invoice_code,
        invoice_number: row.invoice_number,
        check_code: row.check_code,
        file_key: row.file_key,
        ofd_key: row.ofd_key,
        failure: row.failure,
        requested_at: row.requested_at,
        issued_at: row.issued_at,
    })
}

/// The receipt of an order; nothing before it is paid.
pub async fn of_order<C: ConnectionTrait>(connection: &C, order_id: &str) -> Result<Option<Invoice>, Problem> {
    let row = Entity::find().filter(Column::OrderId.eq(order_id)).one(connection).await?;
    row.map(invoice_of_row).transpose()
}

/// A receipt by id.
pub async fn find<C: ConnectionTrait>(connection: &C, id: &InvoiceId) -> Result<Option<Invoice>, Problem> {
    Entity::find_by_id(id.as_str()).one(connection).await?.map(invoice_of_row).transpose()
}

/// The receipts that were applied for under this id at WeChat.
pub(super) async fn of_application<C: ConnectionTrait>(
    connection: &C,
    apply_id: &str,
) -> Result<Vec<Invoice>, Problem> {
    let rows = Entity::find().filter(Column::ApplyId.eq(apply_id)).all(connection).await?;
    rows.into_iter().map(invoice_of_row).collect()
}

/// Writes the request for the receipt of a paid order; false if there is one already that stands for this payment.
pub(super) async fn request<C: ConnectionTrait>(
    connection: &C,
    order: &OrderFacts,
    apply_id: Option<String>,
    now_ms: i64,
) -> Result<bool, DbErr> {
    let row = ActiveModel {
        id: Set(InvoiceId::new().into()),
        order_id: Set(order.id.clone()),
        receipt_class: Set(order.receipt_class.as_str().to_owned()),
        kind: Set(order.invoice_kind.clone()),
        title: Set(order.invoice_title.clone()),
        amount_fen: Set(order.amount.0 - order.refunded.0),
        state: Set(InvoiceState::Requested.as_str().to_owned()),
        issue_round: Set(1),
        apply_id: Set(apply_id),
        invoice_code: Set(None),
        invoice_number: Set(None),
        check_code: Set(None),
        file_key: Set(None),
        ofd_key: Set(None),
        failure: Set(None),
        requested_at: Set(now_ms),
        issued_at: Set(None),
        updated_at: Set(now_ms),
    };
    let inserted = Entity::insert(row)
        .on_conflict(OnConflict::column(Column::OrderId).do_nothing().to_owned())
        .exec_without_returning(connection)
        .await?;
    if inserted == 1 { Ok(true) } else { request_anew(connection, order, now_ms).await }
}

/// Where the files of an issued receipt are stored.
#[derive(Debug, Clone)]
pub(super) struct ReceiptFiles {
    pub(super) pdf: String,
    pub(super) ofd: Option<String>,
}

/// Requested → issued, if this round is still the current one; false if somebody else was faster.
pub(super) async fn mark_issued<C: ConnectionTrait>(
    connection: &C,
    invoice: &Invoice,
    issued: &Issued,
    files: &ReceiptFiles,
    now_ms: i64,
) -> Result<bool, DbErr> {
    let update = requested_round(invoice)
        .col_expr(Column::State, Expr::value(InvoiceState::Issued.as_str()))
        .col_expr(Column::InvoiceCode, Expr::value(issued.code.clone()))
        .col_expr(Column::InvoiceNumber, Expr::value(issued.number.clone()))
        .col_expr(Column::CheckCode, Expr::value(issued.check_code.clone()))
        .col_expr(Column::FileKey, Expr::value(files.pdf.as_str()))
        .col_expr(Column::OfdKey, Expr::value(files.ofd.as_deref()))
        .col_expr(Column::Failure, Expr::value(None::<String>))
        .col_expr(Column::IssuedAt, Expr::value(issued.issued_at.unwrap_or(now_ms)))
        .col_expr(Column::UpdatedAt, Expr::value(now_ms));
    Ok(update.exec(connection).await?.rows_affected == 1)
}

/// Requested → failed, if this round is still the current one.
pub(super) async fn mark_failed<C: ConnectionTrait>(
    connection: &C,
    invoice: &Invoice,
    reason: &str,
    now_ms: i64,
) -> Result<bool, DbErr> {
    let update = requested_round(invoice)
        .col_expr(Column::State, Expr::value(InvoiceState::Failed.as_str()))
        .col_expr(Column::Failure, Expr::value(reason))
        .col_expr(Column::UpdatedAt, Expr::value(now_ms));
    Ok(update.exec(connection).await?.rows_affected == 1)
}

/// Failed → requested in a new round with this title; false if it had not failed (any more).
pub(super) async fn start_round<C: ConnectionTrait>(
    connection: &C,
    invoice: &Invoice,
    title: &TitleFacts,
    now_ms: i64,
) -> Result<bool, DbErr> {
    let update = Entity::update_many()
        .col_expr(Column::State, Expr::value(InvoiceState::Requested.as_str()))
        .col_expr(Column::IssueRound, Expr::value(invoice.issue_round + 1))
        .col_expr(Column::Title, Expr::value(title.to_stored()))
        .col_expr(Column::Failure, Expr::value(None::<String>))
        .col_expr(Column::RequestedAt, Expr::value(now_ms))
        .col_expr(Column::UpdatedAt, Expr::value(now_ms))
        .filter(Column::Id.eq(invoice.id.as_str()))
        .filter(Column::State.eq(InvoiceState::Failed.as_str()))
        .filter(Column::IssueRound.eq(invoice.issue_round));
    Ok(update.exec(connection).await?.rows_affected == 1)
}

/// Whether [`let_go`] could let go of the receipt of an order now; changes nothing.
pub async fn may_let_go<C: ConnectionTrait>(connection: &C, order_id: &str) -> Result<bool, DbErr> {
    let gone = [InvoiceState::Failed, InvoiceState::Reversed].map(InvoiceState::as_str);
    let receipt = Entity::find().filter(Column::OrderId.eq(order_id)).one(connection).await?;
    Ok(receipt.is_none_or(|receipt| gone.contains(&receipt.state.as_str())))
}

/// Lets go of the receipt of an order that turned out not to be paid: one that could not be made is forgotten, one that was
/// taken back stays in the books, also where the one in its place could not be made. False if one stands or is being made; an
/// order without any is fine. Only with the change that makes the order wait again: nobody asks for the receipt of an order
/// that stays paid once more.
pub async fn let_go<C: ConnectionTrait>(connection: &C, order_id: &str) -> Result<bool, DbErr> {
    let taken_back = Query::select()
        .column(red_letters::Column::InvoiceId)
        .from(red_letters::Entity)
        .and_where(red_letters::Column::OrderId.eq(order_id))
        .to_owned();
    Entity::update_many()
        .col_expr(Column::State, Expr::value(InvoiceState::Reversed.as_str()))
        .col_expr(Column::Failure, Expr::value(None::<String>))
        .filter(Column::OrderId.eq(order_id))
        .filter(Column::State.eq(InvoiceState::Failed.as_str()))
        .filter(Column::Id.in_subquery(taken_back))
        .exec(connection)
        .await?;
    Entity::delete_many()
        .filter(Column::OrderId.eq(order_id))
        .filter(Column::State.eq(InvoiceState::Failed.as_str()))
        .exec(connection)
        .await?;
    let standing = Entity::find().filter(Column::OrderId.eq(order_id)).one(connection).await?;
    Ok(standing.is_none_or(|receipt| receipt.state == InvoiceState::Reversed.as_str()))
}

/// Reversed → requested in a new round, for an order that was paid anew after its money had been taken back; false if the
/// receipt was taken back of the payment that the order has now.
async fn request_anew<C: ConnectionTrait>(connection: &C, order: &OrderFacts, now_ms: i64) -> Result<bool, DbErr> {
    let update = Entity::update_many()
        .col_expr(Column::State, Expr::value(InvoiceState::Requested.as_str()))
        .col_expr(Column::IssueRound, Expr::col(Column::IssueRound).add(1))
        .col_expr(Column::Title, Expr::value(order.invoice_title.clone()))
        .col_expr(Column::AmountFen, Expr::value(order.amount.0 - order.refunded.0))
        // WeChat takes one application per payment; this one goes under our own number.
        .col_expr(Column::ApplyId, Expr::value(None::<String>))
        .col_expr(Column::InvoiceCode, Expr::value(None::<String>))
        .col_expr(Column::InvoiceNumber, Expr::value(None::<String>))
        .col_expr(Column::CheckCode, Expr::value(None::<String>))
        .col_expr(Column::FileKey, Expr::value(None::<String>))
        .col_expr(Column::OfdKey, Expr::value(None::<String>))
        .col_expr(Column::IssuedAt, Expr::value(None::<i64>))
        .col_expr(Column::RequestedAt, Expr::value(now_ms))
        .col_expr(Column::UpdatedAt, Expr::value(now_ms))
        .filter(Column::OrderId.eq(&order.id))
        .filter(Column::State.eq(InvoiceState::Reversed.as_str()))
        .filter(Column::RequestedAt.lt(order.paid_at.unwrap_or(i64::MIN)));
    Ok(update.exec(connection).await?.rows_affected == 1)
}

fn requested_round(invoice: &Invoice) -> sea_orm::UpdateMany<Entity> {
    Entity::update_many()
        .filter(Column::Id.eq(invoice.id.as_str()))
        .filter(Column::State.eq(InvoiceState::Requested.as_str()))
        .filter(Column::IssueRound.eq(invoice.issue_round))
}
