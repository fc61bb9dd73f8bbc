//! Arrears and limits over HTTP, for the institute.

use axum::extract::State;
use foundation::paging::{Page, PageRequest};
use foundation::problem::{ErrorAnswer, Problem};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::arrears::{Arrears, ArrearsSearch, arrears_page};
use super::limits::{self, CreditLimit, LimitRequest};
use crate::accounts::UnitId;
use crate::app::SharedApp;
use crate::staff::{May, may};
use crate::web::{Json, Path, Query};

/// Routes of the institute's side.
pub fn staff_router() -> OpenApiRouter<SharedApp> {
    OpenApiRouter::new()
        .routes(routes!(list_arrears))
        .routes(routes!(list_limits))
        .routes(routes!(show_limit, set_limit))
}

/// What units owe on credit, what is due first on top.
#[utoipa::path(get, path = "/staff/v1/arrears", tag = "staff", params(ArrearsSearch, PageRequest), responses((status = 200, body = Page<Arrears>)))]
async fn list_arrears(
    State(app): State<SharedApp>,
    _officer: May<may::ArrearsRead>,
    Query(search): Query<ArrearsSearch>,
    Query(page): Query<PageRequest>,
) -> Result<Json<Page<Arrears>>, Problem> {
    Ok(Json(arrears_page(&app, &search, &page).await?))
}

/// Units whose limit is not the usual.
#[utoipa::path(get, path = "/staff/v1/credit-limits", tag = "staff", params(PageRequest), responses((status = 200, body = Page<CreditLimit>)))]
async fn list_limits(
    State(app): State<SharedApp>,
    _officer: May<may::ArrearsRead>,
    Query(page): Query<PageRequest>,
) -> Result<Json<Page<CreditLimit>>, Problem> {
    Ok(Json(limits::page(&app, &page).await?))
}

/// What one unit may owe, and owes.
#[utoipa::path(get, path = "/staff/v1/credit-limits/{unit_id}", tag = "staff", params(("unit_id" = UnitId, Path, description = "unit")), responses((status = 200, body = CreditLimit), (status = 404, description = "unit_not_found", body = ErrorAnswer)))]
async fn show_limit(
    State(app): State<SharedApp>,
    _officer: May<may::ArrearsRead>,
    Path(unit): Path<UnitId>,
) -> Result<Json<CreditLimit>, Problem> {
    Ok(Json(limits::show(&app, &unit).await?))
}

/// Sets what one unit may owe.
#[utoipa::path(put, path = "/staff/v1/credit-limits/{unit_id}", tag = "staff", params(("unit_id" = UnitId, Path, description = "unit")), request_body = LimitRequest, responses(
    (status = 200, body = CreditLimit),
    (status = 404, description = "unit_not_found", body = ErrorAnswer),
    (status = 422, description = "credit_limit_wrong", body = ErrorAnswer),
))]
async fn set_limit(
    State(app): State<SharedApp>,
    officer: May<may::CreditsDecide>,
    Path(unit): Path<UnitId>,
    Json(request): Json<LimitRequest>,
) -> Result<Json<CreditLimit>, Problem> {
    Ok(Json(limits::set(&app, &officer, &unit, &request).await?))
}
