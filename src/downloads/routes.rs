//! `POST /api/v1/download-links` and `GET /files/{token}`.

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, Response};
use axum::routing::get;
use foundation::problem::{ErrorAnswer, Problem};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::answer;
use super::archive;
use super::found::{self, Content};
use super::link::{self, FileKind, Link};
use super::staff;
use crate::accounts::Scope;
use crate::app::SharedApp;
use crate::web::{Json, Path, Query};

/// Documented routes of this capability.
pub fn router() -> OpenApiRouter<SharedApp> {
    OpenApiRouter::new().routes(routes!(make_link))
}

/// Where links lead; not documented, because nobody makes such an address himself.
pub fn files_router() -> Router<SharedApp> {
    Router::new().route("/files/{token}", get(fetch)).route("/files/staff/{token}", get(staff::fetch))
}

/// What is wanted.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct LinkRequest {
    /// The kind of file.
    kind: FileKind,
    /// The order; for `report` the report, for papers of a year the year.
    id: String,
}

/// A link that lives a few minutes.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DownloadLink {
    /// Absolute path; add `?inline=1` to read a PDF in the browser.
    pub(super) url: String,
    /// What the file is called.
    pub(super) file_name: String,
    /// Its media type.
    pub(super) content_type: String,
    /// Epoch milliseconds.
    pub(super) expires_at: i64,
}

/// Makes a short-lived link to a file of the scope (S0-32, S0-46, S0-47, B-24). 403 `report_not_paid` before payment,
/// 409 while a report or receipt is not there yet, 503
/// `archive_being_packed` while a large ZIP is being packed.
#[utoipa::path(post, path = "/api/v1/download-links", tag = "downloads", request_body = LinkRequest,
    responses((status = 200, body = DownloadLink), (status = 401, body = ErrorAnswer), (status = 403, body = ErrorAnswer),
        (status = 404, body = ErrorAnswer), (status = 409, body = ErrorAnswer)))]
async fn make_link(
    State(app): State<SharedApp>,
    scope: Scope,
    Json(request): Json<LinkRequest>,
) -> Result<Json<DownloadLink>, Problem> {
    let found = found::find(&app, &scope, request.kind, &request.id).await?;
    if let Content::Archive(files) = &found.content {
        // Whoever has to wait is told by the page, not by a download that fails.
        archive::ensure(&app, files.clone()).await?;
    }
    let expires_at = app.now_ms() + app.config.links.ttl_minutes * 60_000;
    let token = Link::of(&scope, request.kind, &request.id).sign(&app, expires_at);
    Ok(Json(DownloadLink {
        url: format!("/files/{token}"),
        content_type: found.content.media_type().to_owned(),
        file_name: found.file_name,
        expires_at,
    }))
}

/// How the file is shown.
#[derive(Debug, Deserialize)]
pub(super) struct FetchQuery {
    /// `1`: in the browser instead of saving it; PDF and pictures only.
    inline: Option<String>,
}

impl FetchQuery {
    /// Whether it is shown in the browser.
    pub(super) fn is_inline(&self) -> bool {
        self.inline.as_deref() == Some("1")
    }
}

async fn fetch(
    State(app): State<SharedApp>,
    Path(token): Path<String>,
    Query(query): Query<FetchQuery>,
    headers: HeaderMap,
) -> Result<Response<Body>, Problem> {
    let (link, scope) = link::open(&app, &token).await?;
    let found = found::find(&app, &scope, link.kind, &link.object).await?;
    answer::send(&app, found, &headers, query.is_inline()).await
}
