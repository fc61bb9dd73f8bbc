//! Sharing, seeing what was shared, taking it back.

use axum::extract::State;
use axum::http::StatusCode;
use foundation::paging::{Page, PageRequest};
use foundation::problem::{ErrorAnswer, Problem};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::entity::report_shares::Model;
use super::store::{self, ShareId};
use crate::accounts::Scope;
use crate::app::SharedApp;
use crate::reports;
use crate::reports::intake::ReportId;
use crate::web::{Json, Path, Query};

/// Days that a link may live.
const DAYS: std::ops::RangeInclusive<i64> = 1..=30;

/// Routes of this capability.
pub fn router() -> OpenApiRouter<SharedApp> {
    OpenApiRouter::new().routes(routes!(share)).routes(routes!(list)).routes(routes!(revoke))
}

/// How long the link lives.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ShareRequest {
    /// 1–30.
    #[schema(minimum = 1, maximum = 30)]
    days: i64,
}

/// A link to a report.
#[derive(Debug, Serialize, ToSchema)]
struct ReportShare {
    /// Which.
    id: ShareId,
    /// For any browser.
    url: String,
    /// Epoch milliseconds.
    expires_at: i64,
}

/// Makes a link by which anybody can read and save a copy of a paid report with a watermark (B-27).
#[utoipa::path(post, path = "/api/v1/reports/{id}/share", tag = "reports", params(("id" = ReportId, Path, description = "report")),
    request_body = ShareRequest,
    responses((status = 200, body = ReportShare), (status = 401, body = ErrorAnswer), (status = 403, body = ErrorAnswer),
        (status = 404, body = ErrorAnswer), (status = 409, body = ErrorAnswer), (status = 422, body = ErrorAnswer)))]
async fn share(
    State(app): State<SharedApp>,
    scope: Scope,
    Path(id): Path<ReportId>,
    Json(request): Json<ShareRequest>,
) -> Result<Json<ReportShare>, Problem> {
    if !DAYS.contains(&request.days) {
        return Err(Problem::unacceptable("days_out_of_range", "有效期应为 1–30 天").field("days", "请选择 1–30 天"));
    }
    let file = reports::file_for(app.database.reader(), &app.policy, &scope, id.as_str()).await?;
    let shared = store::share(&app, &scope, &file, request.days).await?;
    let url = format!("{}/shared/{}", app.config.service.public_base_url, shared.token);
    Ok(Json(ReportShare { id: shared.id, url, expires_at: shared.expires_at }))
}

/// A link that was made.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ShareLine {
    /// Which.
    id: ShareId,
    /// Epoch milliseconds.
    created_at: i64,
    /// Epoch milliseconds.
    expires_at: i64,
    /// Whether it works now.
    live: bool,
    /// For people: 有效, 已到期, 已撤回, 已被检验机构停用.
    state_text: String,
    /// Why the institute ended it.
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_reason: Option<String>,
    /// How often it was opened or the file was saved.
    opened_count: i64,
    /// Epoch milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_opened_at: Option<i64>,
}

impl ShareLine {
    /// As stored, seen at `now_ms`.
    pub(super) fn of(row: Model, now_ms: i64) -> Self {
        let state_text = match row.revoked_at {
            Some(_) if row.ended_reason.is_some() => "已被检验机构停用",
            Some(_) => "已撤回",
            None if row.expires_at <= now_ms => "已到期",
            None => "有效",
        };
        Self {
            id: ShareId::from_stored(row.id),
            created_at: row.created_at,
            expires_at: row.expires_at,
            live: state_text == "有效",
            state_text: state_text.to_owned(),
            ended_reason: row.ended_reason,
            opened_count: row.opened_count,
            last_opened_at: row.last_opened_at,
        }
    }
}

/// The links to a report, newest first.
#[utoipa::path(get, path = "/api/v1/reports/{id}/shares", tag = "reports", params(("id" = ReportId, Path, description = "report"), PageRequest),
    responses((status = 200, body = Page<ShareLine>), (status = 401, body = ErrorAnswer), (status = 404, body = ErrorAnswer)))]
async fn list(
    State(app): State<SharedApp>,
    scope: Scope,
    Path(id): Path<ReportId>,
    Query(page): Query<PageRequest>,
) -> Result<Json<Page<ShareLine>>, Problem> {
    reports::demand(app.database.reader(), &scope, id.as_str()).await?;
    let now = app.now_ms();
    let found = store::page(&app, &scope, id.as_str(), &page).await?;
    Ok(Json(found.map(|row| ShareLine::of(row, now))))
}

/// Takes a link back.
#[utoipa::path(delete, path = "/api/v1/report-shares/{id}", tag = "reports", params(("id" = ShareId, Path, description = "link")),
    responses((status = 204, description = "the link does not work any more"), (status = 403, description = "role_may_only_look", body = ErrorAnswer), (status = 404, body = ErrorAnswer)))]
async fn revoke(State(app): State<SharedApp>, scope: Scope, Path(id): Path<ShareId>) -> Result<StatusCode, Problem> {
    store::revoke(&app, &scope, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}
