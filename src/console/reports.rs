//! Reports of everybody.

use axum::extract::State;
use foundation::paging::{Page, PageRequest};
use foundation::problem::Problem;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::app::SharedApp;
use crate::reports::{self, StaffReport};
use crate::staff::{May, may};
use crate::web::{Json, Query};

/// What is looked for.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ReportQuery {
    /// Part of report number, unit, device name or codes; several words narrow each other.
    q: Option<String>,
}

/// Reports of everybody, newest first.
#[utoipa::path(get, path = "/staff/v1/reports", tag = "staff", params(ReportQuery, PageRequest), responses((status = 200, body = Page<StaffReport>)))]
pub async fn list(
    State(app): State<SharedApp>,
    _officer: May<may::ReportsRead>,
    Query(query): Query<ReportQuery>,
    Query(page): Query<PageRequest>,
) -> Result<Json<Page<StaffReport>>, Problem> {
    Ok(Json(reports::staff_report_page(app.database.reader(), query.q.as_deref(), &page).await?))
}
