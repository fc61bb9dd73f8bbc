//! `/api/v1/reports`.

use axum::extract::State;
use foundation::paging::{Cursor, Page, PageRequest};
use foundation::problem::{ErrorAnswer, Problem};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::answer::Report;
use super::list::{self, ReportSearch};
use crate::accounts::Scope;
use crate::app::SharedApp;
use crate::orders::{self, OrderId};
use crate::web::{Json, Path, Query};

/// Routes of this capability.
pub fn router() -> OpenApiRouter<SharedApp> {
    OpenApiRouter::new().routes(routes!(all)).routes(routes!(of_order))
}

/// What is listed.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ReportQuery {
    /// Part of report number, unit, device name or codes.
    q: Option<String>,
    /// Year of issue.
    year: Option<i64>,
    /// Where the previous page ended.
    #[param(value_type = Option<String>)]
    after: Option<Cursor>,
    /// Rows wanted, 1–100.
    limit: Option<u32>,
}

/// A page of reports.
#[derive(Debug, Serialize, ToSchema)]
struct ReportPage {
    items: Vec<Report>,
    next: Option<String>,
    /// Years in which reports were issued, newest first.
    years: Vec<i64>,
}

/// Reports of the scope, newest first, paid or not (S0-46).
#[utoipa::path(get, path = "/api/v1/reports", tag = "reports", params(ReportQuery),
    responses((status = 200, body = ReportPage), (status = 401, body = ErrorAnswer)))]
async fn all(
    State(app): State<SharedApp>,
    scope: Scope,
    Query(query): Query<ReportQuery>,
) -> Result<Json<ReportPage>, Problem> {
    let connection = app.database.reader();
    let search = ReportSearch { q: query.q, year: query.year };
    let page = PageRequest { after: query.after, limit: query.limit };
    let found = list::page(connection, &scope, &search, &page).await?;
    Ok(Json(ReportPage { items: found.items, next: found.next, years: list::years(connection, &scope).await? }))
}

/// Reports of an order, in the order of its lines (S0-46).
#[utoipa::path(get, path = "/api/v1/orders/{id}/reports", tag = "reports",
    params(("id" = OrderId, Path, description = "order"), PageRequest),
    responses((status = 200, body = Page<Report>), (status = 401, body = ErrorAnswer), (status = 404, body = ErrorAnswer)))]
async fn of_order(
    State(app): State<SharedApp>,
    scope: Scope,
    Path(id): Path<OrderId>,
    Query(page): Query<PageRequest>,
) -> Result<Json<Page<Report>>, Problem> {
    let connection = app.database.reader();
    let order = orders::find_for(connection, &scope, &id).await?;
    Ok(Json(list::page_of_order(connection, &order.id, &page).await?))
}
