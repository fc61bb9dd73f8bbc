//! Receipts of the payer over HTTP; what belongs to one order is on its page.

use axum::extract::State;
use foundation::paging::PageRequest;
use foundation::problem::Problem;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::list::{self, Receipt};
use crate::accounts::Scope;
use crate::app::SharedApp;
use crate::web::{Json, Query};

/// Routes of this capability.
pub fn router() -> OpenApiRouter<SharedApp> {
    OpenApiRouter::new().routes(routes!(show_list))
}

/// What is listed.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ReceiptQuery {
    /// The year in which they were issued; absent = all.
    year: Option<i32>,
}

/// A page of receipts.
#[derive(Debug, Serialize, ToSchema)]
struct ReceiptPage {
    items: Vec<Receipt>,
    next: Option<String>,
    /// Years in which there are receipts, newest first.
    years: Vec<i32>,
}

/// The scope's receipts, newest first.
#[utoipa::path(get, path = "/api/v1/invoices", tag = "invoices", params(ReceiptQuery, PageRequest), responses((status = 200, body = ReceiptPage)))]
async fn show_list(
    State(app): State<SharedApp>,
    scope: Scope,
    Query(query): Query<ReceiptQuery>,
    Query(page): Query<PageRequest>,
) -> Result<Json<ReceiptPage>, Problem> {
    let years = list::receipt_years(app.database.reader(), &scope).await?;
    let found = list::receipt_page(&app, &scope, query.year, &page).await?;
    Ok(Json(ReceiptPage { items: found.items, next: found.next, years }))
}
