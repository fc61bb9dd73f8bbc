//! The invoice desk (D7): retry, red letter, reissue; beside it `let_stand`.

use axum::extract::State;
use foundation::money::Fen;
use foundation::paging::{Page, PageRequest};
use foundation::problem::{ErrorAnswer, Problem};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter};
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::entity::invoices::{Column, Entity};
use super::jobs::enqueue_issue;
use super::model::{Invoice, InvoiceId, InvoiceState};
use super::red_letters::{self, Reissue};
use super::staff_list::{self, InvoiceSearch, StaffInvoice};
use super::store;
use crate::app::{App, SharedApp};
use crate::audit::{self, Action};
use crate::invoice_titles::{self, NewInvoiceTitle, TitleFacts, TitleKind};
use crate::orders::{self, Actor, TimelineKind};
use crate::payments;
use crate::staff::{May, Officer, may};
use crate::web::{Json, Path, Query};

const REASON_CHARACTERS_MAX: usize = 100;

/// Routes of the institute's side of this capability.
pub fn staff_router() -> OpenApiRouter<SharedApp> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(retry))
        .routes(routes!(red_letter))
        .routes(routes!(red_letter_again))
        .routes(routes!(reissue))
        .merge(super::let_stand::router())
}

/// A title as the invoice desk types it; what is not said stays as it was.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct StaffTitle {
    /// Unit or person.
    #[serde(default)]
    kind: Option<TitleKind>,
    /// 抬头名称.
    #[schema(max_length = 100)]
    name: String,
    /// 纳税人识别号.
    #[serde(default)]
    #[schema(max_length = 20)]
    tax_no: Option<String>,
}

/// What is mended.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct StaffRetryRequest {
    /// Another title; absent = the same once more.
    #[serde(default)]
    title: Option<StaffTitle>,
}

/// Why it is taken back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RedLetterRequest {
    /// At most 100 characters; goes to the tax or fiscal system.
    #[schema(max_length = 100)]
    reason: String,
}

/// To whom it is made out instead.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ReissueRequest {
    /// The new title.
    title: StaffTitle,
    /// At most 100 characters.
    #[serde(default)]
    #[schema(max_length = 100)]
    reason: Option<String>,
}

/// Receipts, newest first.
#[utoipa::path(get, path = "/staff/v1/invoices", tag = "staff", params(InvoiceSearch, PageRequest), responses((status = 200, body = Page<StaffInvoice>)))]
async fn list(
    State(app): State<SharedApp>,
    _officer: May<may::InvoicesRead>,
    Query(search): Query<InvoiceSearch>,
    Query(page): Query<PageRequest>,
) -> Result<Json<Page<StaffInvoice>>, Problem> {
    Ok(Json(staff_list::invoice_page(&app, &search, &page).await?))
}

/// Asks for a refused receipt again.
#[utoipa::path(post, path = "/staff/v1/invoices/{id}/retry", tag = "staff", params(("id" = InvoiceId, Path, description = "receipt")), request_body = StaffRetryRequest, responses((status = 200, body = StaffInvoice), (status = 409, description = "invoice_not_failed", body = ErrorAnswer)))]
async fn retry(
    State(app): State<SharedApp>,
    officer: May<may::InvoicesEdit>,
    Path(id): Path<InvoiceId>,
    Json(request): Json<StaffRetryRequest>,
) -> Result<Json<StaffInvoice>, Problem> {
    let transaction = app.database.begin_write().await?;
    let invoice = found(&transaction, &id).await?;
    let title = match &request.title {
        Some(title) => checked(&invoice, title)?,
        None => invoice.title.clone(),
    };
    next_round(&app, &transaction, &officer, &invoice, &title).await?;
    let detail = json!({ "invoice": id, "title": title.name });
    audit::record(&*transaction, &app, officer.entry(Action::InvoiceRetried, &invoice.order_id, detail)).await?;
    answer(&app, transaction, &id).await
}

/// Takes an issued receipt back. Needs a step-up.
#[utoipa::path(post, path = "/staff/v1/invoices/{id}/red-letter", tag = "staff", params(("id" = InvoiceId, Path, description = "receipt")), request_body = RedLetterRequest, responses((status = 200, body = StaffInvoice), (status = 403, description = "step_up_needed", body = ErrorAnswer), (status = 409, description = "invoice_in_progress", body = ErrorAnswer)))]
async fn red_letter(
    State(app): State<SharedApp>,
    officer: May<may::InvoicesEdit>,
    Path(id): Path<InvoiceId>,
    Json(request): Json<RedLetterRequest>,
) -> Result<Json<StaffInvoice>, Problem> {
    officer.demand_step_up(app.now_ms())?;
    let reason = checked_reason(&request.reason)?;
    let transaction = app.database.begin_write().await?;
    let invoice = found(&transaction, &id).await?;
    red_letters::request(&app, &*transaction, &invoice, &reason, officer.id.as_str(), None).await?;
    let detail = json!({ "invoice": id, "number": invoice.invoice_number, "reason": reason });
    audit::record(&*transaction, &app, officer.entry(Action::InvoiceRedLetter, &invoice.order_id, detail)).await?;
    answer(&app, transaction, &id).await
}

/// Asks once more for a red letter that the issuer refused. What was to come in the receipt's place then comes now, over
/// what is left of the money. Needs a step-up.
#[utoipa::path(post, path = "/staff/v1/invoices/{id}/red-letter/retry", tag = "staff", params(("id" = InvoiceId, Path, description = "receipt")), responses((status = 200, body = StaffInvoice), (status = 403, description = "step_up_needed", body = ErrorAnswer), (status = 409, description = "red_letter_not_failed, invoice_in_progress", body = ErrorAnswer)))]
async fn red_letter_again(
    State(app): State<SharedApp>,
    officer: May<may::InvoicesEdit>,
    Path(id): Path<InvoiceId>,
) -> Result<Json<StaffInvoice>, Problem> {
    officer.demand_step_up(app.now_ms())?;
    let transaction = app.database.begin_write().await?;
    let invoice = found(&transaction, &id).await?;
    let left = hold_left(&app, &transaction, &invoice).await?;
    let reason = red_letters::request_again(&app, &*transaction, &invoice, left, officer.id.as_str()).await?;
    let detail = json!({ "invoice": id, "number": invoice.invoice_number, "reason": reason });
    audit::record(&*transaction, &app, officer.entry(Action::InvoiceRedLetter, &invoice.order_id, detail)).await?;
    answer(&app, transaction, &id).await
}

/// Issues a receipt anew with another title, over what is left of the money; an issued one is taken back first. Needs a
/// step-up.
#[utoipa::path(post, path = "/staff/v1/invoices/{id}/reissue", tag = "staff", params(("id" = InvoiceId, Path, description = "receipt")), request_body = ReissueRequest, responses((status = 200, body = StaffInvoice), (status = 403, description = "step_up_needed", body = ErrorAnswer), (status = 409, description = "invoice_in_progress, invoice_nothing_left", body = ErrorAnswer), (status = 422, description = "invoice_title_wrong", body = ErrorAnswer)))]
async fn reissue(
    State(app): State<SharedApp>,
    officer: May<may::InvoicesEdit>,
    Path(id): Path<InvoiceId>,
    Json(request): Json<ReissueRequest>,
) -> Result<Json<StaffInvoice>, Problem> {
    officer.demand_step_up(app.now_ms())?;
    let reason = checked_reason(request.reason.as_deref().unwrap_or("抬头有误，换开"))?;
    let transaction = app.database.begin_write().await?;
    let invoice = found(&transaction, &id).await?;
    let title = checked(&invoice, &request.title)?;
    if invoice.state == InvoiceState::Issued {
        // Not what the receipt says: a refund may have been decided whose red letter the issuer refused.
        let amount = hold_left(&app, &transaction, &invoice).await?;
        if amount <= Fen::ZERO {
            return Err(nothing_left());
        }
        let instead = Some(Reissue { title: title.clone(), amount });
        red_letters::request(&app, &*transaction, &invoice, &reason, officer.id.as_str(), instead).await?;
    } else {
        next_round(&app, &transaction, &officer, &invoice, &title).await?;
    }
    let detail = json!({ "invoice": id, "number": invoice.invoice_number, "title": title.name, "reason": reason });
    audit::record(&*transaction, &app, officer.entry(Action::InvoiceReissued, &invoice.order_id, detail)).await?;
    answer(&app, transaction, &id).await
}

pub(super) async fn found(transaction: &DatabaseTransaction, id: &InvoiceId) -> Result<Invoice, Problem> {
    let found = store::find(transaction, id).await?;
    found.ok_or_else(|| Problem::not_found("invoice_not_found", "没有找到这张票据"))
}

pub(super) async fn answer(
    app: &App,
    transaction: foundation::database::WriteTransaction,
    id: &InvoiceId,
) -> Result<Json<StaffInvoice>, Problem> {
    let row = staff_list::find(&*transaction, id.as_str()).await?;
    let answer = staff_list::answers(&*transaction, vec![row]).await?.pop();
    transaction.commit().await?;
    app.wake_workers.notify_one();
    answer.map(Json).ok_or_else(|| Problem::internal("a receipt without an answer"))
}

fn checked(invoice: &Invoice, title: &StaffTitle) -> Result<TitleFacts, Problem> {
    let before = invoice.title.clone();
    let title = NewInvoiceTitle {
        kind: title.kind.unwrap_or(before.kind),
        name: title.name.clone(),
        tax_no: title.tax_no.clone().filter(|tax_no| !tax_no.trim().is_empty()),
        address: before.address,
        phone: before.phone,
        bank_name: before.bank_name,
        bank_account: before.bank_account,
        email: before.email,
    };
    let title = invoice_titles::check(&title).map_err(invoice_titles::wrong_title)?;
    invoice_titles::demand_fit(invoice.kind, &title)?;
    Ok(title)
}

pub(super) fn checked_reason(reason: &str) -> Result<String, Problem> {
    let reason = reason.trim();
    if reason.is_empty() || reason.chars().count() > REASON_CHARACTERS_MAX {
        return Err(Problem::unacceptable("reason_missing", "红冲原因不符合要求，没有提交")
            .field("reason", "请填写原因（100 字以内）")
            .advice("请填写原因后再提交"));
    }
    Ok(reason.to_owned())
}

/// What of the order's money is left that a receipt can be made out over. The order's row is held from here on, so that no
/// refund is decided meanwhile.
async fn hold_left(app: &App, transaction: &DatabaseTransaction, invoice: &Invoice) -> Result<Fen, Problem> {
    let order = orders::lock_row(transaction, &invoice.order_id, app.now_ms()).await?.ok_or_else(not_again)?;
    staff_list::left_fen(&order, payments::sum_decided(transaction, &order.id).await?).map(Fen)
}

/// Failed or taken back → requested in a new round. One that was taken back is made out over what the payer has left now:
/// while it did not stand, no refund made it smaller, and its order may not be paid any more.
async fn next_round(
    app: &App,
    transaction: &DatabaseTransaction,
    officer: &Officer,
    invoice: &Invoice,
    title: &TitleFacts,
) -> Result<(), Problem> {
    let now = app.now_ms();
    let left = hold_left(app, transaction, invoice).await?;
    let mut update = Entity::update_many()
        .col_expr(Column::State, Expr::value(InvoiceState::Requested.as_str()))
        .col_expr(Column::IssueRound, Expr::value(invoice.issue_round + 1))
        .col_expr(Column::Title, Expr::value(title.to_stored()))
        .col_expr(Column::Failure, Expr::value(None::<String>))
        .col_expr(Column::RequestedAt, Expr::value(now))
        .col_expr(Column::UpdatedAt, Expr::value(now))
        .filter(Column::Id.eq(invoice.id.as_str()))
        .filter(Column::State.is_in([InvoiceState::Failed.as_str(), InvoiceState::Reversed.as_str()]))
        .filter(Column::IssueRound.eq(invoice.issue_round))
        .filter(Column::AmountFen.gt(0i64));
    if invoice.state == InvoiceState::Reversed {
        if left <= Fen::ZERO {
            return Err(not_again());
        }
        update = update
            .col_expr(Column::AmountFen, Expr::value(left.0))
            // WeChat takes one application per payment; the next one goes under our own number.
            .col_expr(Column::ApplyId, Expr::value(None::<String>))
            // As it was read: for this state was counted what is left.
            .filter(Column::State.eq(InvoiceState::Reversed.as_str()));
    }
    if update.exec(transaction).await?.rows_affected == 0 {
        return Err(not_again());
    }
    let by = Actor::Officer(officer.id.to_string());
    let kind = TimelineKind::InvoiceRequested;
    orders::record(transaction, &invoice.order_id, kind, &by, Some(title.name.clone()), now).await?;
    let again = found(transaction, &invoice.id).await?;
    enqueue_issue(transaction, &again, now).await?;
    Ok(())
}

fn not_again() -> Problem {
    Problem::conflict("invoice_not_failed", "这张票据现在不能重新开具，没有改变").advice("请刷新页面查看票据状态")
}

fn nothing_left() -> Problem {
    Problem::conflict("invoice_nothing_left", "订单的款项已全部退回（或正在退回），没有可以开票的金额，没有换开")
        .advice("原票还没有红冲的，请红冲")
}
