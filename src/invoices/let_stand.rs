//! A red letter that the issuer refused for good: a clerk lets the receipt stand, with a reason that the payer reads beside
//! it. It leaves the desk of failed papers; taking the receipt back may be asked for anew like that of any other.

use axum::extract::State;
use foundation::problem::{ErrorAnswer, Problem};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::desk::{answer, checked_reason, found};
use super::entity::invoices::Column as InvoiceColumn;
use super::entity::red_letters::{Column, Entity};
use super::model::{Invoice, InvoiceId, InvoiceState};
use super::red_letters::{FAILED, STANDS, none_refused, of_round};
use super::staff_list::StaffInvoice;
use crate::app::SharedApp;
use crate::audit::{self, Action};
use crate::orders::{self, Actor, TimelineKind};
use crate::staff::{May, Officer, may};
use crate::web::{Json, Path};

/// Routes of this file.
pub(super) fn router() -> OpenApiRouter<SharedApp> {
    OpenApiRouter::new().routes(routes!(let_stand))
}

/// Why a receipt is not taken back after all.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct LetStandRequest {
    /// At most 100 characters; the payer reads it.
    #[schema(max_length = 100)]
    reason: String,
}

/// Lets a receipt stand whose red letter the issuer refused: nobody has to look after it any more. Needs a step-up.
#[utoipa::path(post, path = "/staff/v1/invoices/{id}/red-letter/let-stand", tag = "staff", params(("id" = InvoiceId, Path, description = "receipt")), request_body = LetStandRequest, responses((status = 200, body = StaffInvoice), (status = 403, description = "step_up_needed", body = ErrorAnswer), (status = 409, description = "red_letter_not_failed", body = ErrorAnswer), (status = 422, description = "reason_missing", body = ErrorAnswer)))]
async fn let_stand(
    State(app): State<SharedApp>,
    officer: May<may::InvoicesEdit>,
    Path(id): Path<InvoiceId>,
    Json(request): Json<LetStandRequest>,
) -> Result<Json<StaffInvoice>, Problem> {
    let now = app.now_ms();
    officer.demand_step_up(now)?;
    let reason = checked_reason(&request.reason)?;
    let transaction = app.database.begin_write().await?;
    let invoice = found(&transaction, &id).await?;
    keep(&*transaction, &invoice, &officer, &reason, now).await?;
    let detail = json!({ "invoice": id, "number": invoice.invoice_number, "reason": reason });
    audit::record(&*transaction, &app, officer.entry(Action::InvoiceStands, &invoice.order_id, detail)).await?;
    answer(&app, transaction, &id).await
}

/// Refused → standing, as long as nobody asks for the red letter again. 409 if none was refused.
async fn keep<C: ConnectionTrait>(
    connection: &C,
    invoice: &Invoice,
    officer: &Officer,
    reason: &str,
    now_ms: i64,
) -> Result<(), Problem> {
    // The receipt before its red letter, as whoever asks for one does.
    let kept = of_round(invoice, InvoiceState::Issued)
        .col_expr(InvoiceColumn::Failure, Expr::value(format!("原票未红冲：{reason}")))
        .col_expr(InvoiceColumn::UpdatedAt, Expr::value(now_ms))
        .exec(connection)
        .await?;
    let stands = Entity::update_many()
        .col_expr(Column::State, Expr::value(STANDS))
        .col_expr(Column::StandsReason, Expr::value(reason))
        .col_expr(Column::StandsBy, Expr::value(officer.id.as_str()))
        .col_expr(Column::StandsAt, Expr::value(now_ms))
        .col_expr(Column::UpdatedAt, Expr::value(now_ms))
        .filter(Column::InvoiceId.eq(invoice.id.as_str()))
        .filter(Column::IssueRound.eq(invoice.issue_round))
        .filter(Column::State.eq(FAILED))
        .exec(connection)
        .await?;
    if kept.rows_affected == 0 || stands.rows_affected == 0 {
        return Err(none_refused());
    }
    let by = Actor::Officer(officer.id.to_string());
    let detail = Some(reason.to_owned());
    orders::record(connection, &invoice.order_id, TimelineKind::InvoiceStands, &by, detail, now_ms).await?;
    Ok(())
}
