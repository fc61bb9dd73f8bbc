//! Reading the trail over HTTP.

use axum::extract::State;
use foundation::paging::{Page, PageRequest};
use foundation::problem::Problem;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::list::{self, AuditEntry, AuditSearch};
use crate::app::SharedApp;
use crate::staff::{May, may};
use crate::web::{Json, Query};

/// Routes of this capability.
pub fn router() -> OpenApiRouter<SharedApp> {
    OpenApiRouter::new().routes(routes!(list_entries))
}

/// The audit trail, newest first.
#[utoipa::path(get, path = "/staff/v1/audit", tag = "staff", params(AuditSearch, PageRequest), responses((status = 200, body = Page<AuditEntry>)))]
async fn list_entries(
    State(app): State<SharedApp>,
    _officer: May<may::AuditRead>,
    Query(search): Query<AuditSearch>,
    Query(page): Query<PageRequest>,
) -> Result<Json<Page<AuditEntry>>, Problem> {
    Ok(Json(list::page(app.database.reader(), &search, &page).await?))
}
