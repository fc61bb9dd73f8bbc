//! Lists, the page, its lines, and giving up.

use axum::extract::State;
use foundation::paging::{Cursor, Page, PageRequest};
use foundation::problem::Problem;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::answer::{self, Order, OrderLine, OrderSummary};
use crate::accounts::Scope;
use crate::app::SharedApp;
use crate::invoice_titles::NewInvoiceTitle;
use crate::invoices;
use crate::orders::{self, OrderId, OrderSearch, OrderTab};
use crate::payments::{self, PaymentState};
use crate::web::{Json, Path, Query};

/// Routes of this capability.
pub fn router() -> OpenApiRouter<SharedApp> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(show))
        .routes(routes!(lines))
        .routes(routes!(void))
        .routes(routes!(payment_state))
        .routes(routes!(retry_invoice))
        .routes(routes!(mail_invoice))
        .merge(super::money_routes::router())
}

/// What is listed.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct OrderListQuery {
    /// One of the four entries of the home page; absent = all.
    #[param(inline)]
    tab: Option<OrderTab>,
    /// Year (S0-48).
    year: Option<i64>,
    /// Part of order number, unit name, report number or registration code.
    q: Option<String>,
    /// Where the previous page ended.
    #[param(value_type = Option<String>)]
    after: Option<Cursor>,
    /// Rows wanted, 1–100.
    limit: Option<u32>,
}

/// A page of orders.
#[derive(Debug, Serialize, ToSchema)]
struct OrderPage {
    items: Vec<OrderSummary>,
    next: Option<String>,
    /// Years in which there are orders, newest first.
    years: Vec<i64>,
}

/// The scope's orders, newest first (S0-10, S0-48).
#[utoipa::path(get, path = "/api/v1/orders", tag = "orders", params(OrderListQuery), responses((status = 200, body = OrderPage)))]
async fn list(
    State(app): State<SharedApp>,
    scope: Scope,
    Query(query): Query<OrderListQuery>,
) -> Result<axum::Json<OrderPage>, Problem> {
    let connection = app.database.reader();
    let search = OrderSearch { tab: query.tab, year: query.year, q: query.q };
    let page = PageRequest { after: query.after, limit: query.limit };
    let rows = orders::order_page(connection, &scope, &search, &page).await?;
    let years = orders::years(connection, &scope).await?;
    Ok(axum::Json(OrderPage { next: rows.next.clone(), items: answer::summaries(&app, rows.items).await?, years }))
}

/// One order in full.
#[utoipa::path(get, path = "/api/v1/orders/{id}", tag = "orders", params(("id" = OrderId, Path, description = "order")), responses((status = 200, body = Order)))]
async fn show(
    State(app): State<SharedApp>,
    scope: Scope,
    Path(id): Path<OrderId>,
) -> Result<axum::Json<Order>, Problem> {
    let row = orders::find_for(app.database.reader(), &scope, &id).await?;
    Ok(axum::Json(answer::page(&app, row).await?))
}

/// Lines of an order, page by page.
#[utoipa::path(get, path = "/api/v1/orders/{id}/lines", tag = "orders", params(("id" = OrderId, Path, description = "order"), PageRequest), responses((status = 200, body = Page<OrderLine>)))]
async fn lines(
    State(app): State<SharedApp>,
    scope: Scope,
    Path(id): Path<OrderId>,
    Query(page): Query<PageRequest>,
) -> Result<axum::Json<Page<OrderLine>>, Problem> {
    let row = orders::find_for(app.database.reader(), &scope, &id).await?;
    Ok(axum::Json(answer::lines(&app, &row.id, &page).await?))
}

/// Why it is given up.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct VoidRequest {
    /// For the timeline, at most 100 characters.
    #[serde(default)]
    reason: Option<String>,
}

/// Gives an unpaid order up; its reports become payable again (S0-33).
#[utoipa::path(post, path = "/api/v1/orders/{id}/void", tag = "orders", params(("id" = OrderId, Path, description = "order")), request_body = VoidRequest, responses((status = 200, body = Order)))]
async fn void(
    State(app): State<SharedApp>,
    scope: Scope,
    Path(id): Path<OrderId>,
    Json(request): Json<VoidRequest>,
) -> Result<axum::Json<Order>, Problem> {
    let reason = request.reason.as_deref().map(str::trim).filter(|reason| !reason.is_empty()).unwrap_or("缴款人作废");
    if reason.chars().count() > 100 {
        return Err(
            Problem::unacceptable("reason_too_long", "作废原因请控制在 100 字以内").field("reason", "最多 100 字")
        );
    }
    payments::give_up(&app, &scope, &id, reason).await?;
    let row = orders::find_for(app.database.reader(), &scope, &id).await?;
    Ok(axum::Json(answer::page(&app, row).await?))
}

/// Whether to ask WeChat.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct AskQuery {
    /// 1 = let the server ask WeChat now, at a limited rate.
    ask: Option<u8>,
}

/// How the payment stands, with a sentence for people.
#[derive(Debug, Serialize, ToSchema)]
struct PaymentStateAnswer {
    state: PaymentState,
    message: String,
    order: OrderSummary,
}

/// How the payment of an order stands. The page never believes the phone; it asks here.
#[utoipa::path(get, path = "/api/v1/orders/{id}/payment-state", tag = "payments", params(("id" = OrderId, Path, description = "order"), AskQuery), responses((status = 200, body = PaymentStateAnswer)))]
async fn payment_state(
    State(app): State<SharedApp>,
    scope: Scope,
    Path(id): Path<OrderId>,
    Query(query): Query<AskQuery>,
) -> Result<axum::Json<PaymentStateAnswer>, Problem> {
    let row = orders::find_for(app.database.reader(), &scope, &id).await?;
    let standing = payments::standing(&app, row, query.ask == Some(1)).await?;
    let mut summaries = answer::summaries(&app, vec![standing.order]).await?;
    let order = summaries.pop().ok_or_else(|| Problem::internal("an order without a summary"))?;
    Ok(axum::Json(PaymentStateAnswer { state: standing.state, message: standing.message.to_owned(), order }))
}

/// What is mended.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RetryRequest {
    /// Another title; absent = the same once more.
    #[serde(default)]
    title: Option<NewInvoiceTitle>,
}

/// Asks for a refused receipt again (S0-47).
#[utoipa::path(post, path = "/api/v1/orders/{id}/invoice/retry", tag = "invoices", params(("id" = OrderId, Path, description = "order")), request_body = RetryRequest, responses((status = 200, body = Order)))]
async fn retry_invoice(
    State(app): State<SharedApp>,
    scope: Scope,
    Path(id): Path<OrderId>,
    Json(request): Json<RetryRequest>,
) -> Result<axum::Json<Order>, Problem> {
    invoices::retry(&app, &scope, &id, request.title.as_ref()).await?;
    let row = orders::find_for(app.database.reader(), &scope, &id).await?;
    Ok(axum::Json(answer::page(&app, row).await?))
}

/// To whom it is sent.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ReceiptMailRequest {
    /// An e-mail address.
    #[schema(max_length = 200)]
    email: String,
}

/// Sends an issued receipt to an e-mail address (S0-47); how far it is stands in `invoice.mail`. 409 `invoice_not_issued`,
/// `mail_not_set_up`; 429 `mails_used_up`.
#[utoipa::path(post, path = "/api/v1/orders/{id}/invoice/email", tag = "invoices", params(("id" = OrderId, Path, description = "order")), request_body = ReceiptMailRequest, responses((status = 200, body = Order)))]
async fn mail_invoice(
    State(app): State<SharedApp>,
    scope: Scope,
    Path(id): Path<OrderId>,
    Json(request): Json<ReceiptMailRequest>,
) -> Result<axum::Json<Order>, Problem> {
    invoices::mail(&app, &scope, &id, &request.email).await?;
    let row = orders::find_for(app.database.reader(), &scope, &id).await?;
    Ok(axum::Json(answer::page(&app, row).await?))
}
