//! The links of everybody, for the institute: seen by whoever sees reports, ended by whoever looks after them.

use axum::extract::State;
use axum::http::StatusCode;
use foundation::paging::{Page, PageRequest};
use foundation::problem::{ErrorAnswer, Problem};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::entity::report_shares::{Column, Entity};
use super::routes::ShareLine;
use super::store::ShareId;
use crate::app::SharedApp;
use crate::audit::{self, Action};
use crate::reports;
use crate::staff::{May, may};
use crate::web::{Json, Path, Query};

const REASON_CHARACTERS_MAX: usize = 200;

/// Routes of the institute's side of this capability.
pub fn staff_router() -> OpenApiRouter<SharedApp> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(end))
}

/// A link of somebody.
#[derive(Debug, Serialize, ToSchema)]
struct StaffShare {
    #[serde(flatten)]
    line: ShareLine,
    /// 报告编号; empty when the report is not to be seen any more.
    report_no: String,
    /// Who shared it.
    unit_name: String,
}

/// Which links.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ShareQuery {
    /// `live` (works now) or `all`; absent = `live`.
    state: Option<String>,
}

/// Links to reports, newest first.
#[utoipa::path(get, path = "/staff/v1/report-shares", tag = "staff", params(ShareQuery, PageRequest), responses((status = 200, body = Page<StaffShare>)))]
async fn list(
    State(app): State<SharedApp>,
    _officer: May<may::ReportsRead>,
    Query(query): Query<ShareQuery>,
    Query(page): Query<PageRequest>,
) -> Result<Json<Page<StaffShare>>, Problem> {
    let (reader, now) = (app.database.reader(), app.now_ms());
    let mut select = Entity::find().order_by_desc(Column::Id).limit(page.limit() + 1);
    if query.state.as_deref() != Some("all") {
        select = select.filter(Column::RevokedAt.is_null()).filter(Column::ExpiresAt.gt(now));
    }
    if let Some(after) = page.after_key() {
        select = select.filter(Column::Id.lt(after));
    }
    let found = Page::from_rows(select.all(reader).await?, page.limit(), |row| row.id.clone());
    let numbers = reports::numbers_of(reader, found.items.iter().map(|row| row.report_id.as_str())).await?;
    Ok(Json(found.map(|row| StaffShare {
        report_no: numbers.get(&row.report_id).cloned().unwrap_or_default(),
        unit_name: row.shared_by.clone(),
        line: ShareLine::of(row, now),
    })))
}

/// Why a link ends.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct EndRequest {
    /// For the audit trail and the one who shared it, 1–200 characters.
    reason: String,
}

/// Ends a link that works; one that ended before stays so.
#[utoipa::path(delete, path = "/staff/v1/report-shares/{id}", tag = "staff", params(("id" = ShareId, Path, description = "link")), request_body = EndRequest, responses(
    (status = 204, description = "the link does not work any more"),
    (status = 404, description = "share_not_found", body = ErrorAnswer),
    (status = 422, description = "reason_missing", body = ErrorAnswer),
))]
async fn end(
    State(app): State<SharedApp>,
    officer: May<may::ReportsEdit>,
    Path(id): Path<ShareId>,
    Json(request): Json<EndRequest>,
) -> Result<StatusCode, Problem> {
    let reason = request.reason.trim();
    if reason.is_empty() || reason.chars().count() > REASON_CHARACTERS_MAX {
        return Err(Problem::unacceptable("reason_missing", "请填写原因，没有执行")
            .field("reason", "1–200 个字")
            .advice("请填写原因后重试"));
    }
    let transaction = app.database.begin_write().await?;
    let row = Entity::find_by_id(id.as_str()).one(&*transaction).await?;
    let row = row.ok_or_else(|| Problem::not_found("share_not_found", "没有找到这个分享链接"))?;
    let ended = Entity::update_many()
        .col_expr(Column::RevokedAt, Expr::value(app.now_ms()))
        .col_expr(Column::EndedReason, Expr::value(reason))
        .filter(Column::Id.eq(id.as_str()))
        .filter(Column::RevokedAt.is_null())
        .exec(&*transaction)
        .await?;
    if ended.rows_affected == 1 {
        let detail = json!({ "reason": reason, "unit_name": row.shared_by });
        audit::record(&*transaction, &app, officer.entry(Action::ShareEnded, &row.report_id, detail)).await?;
    }
    transaction.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
