//! `/api/v1/personal-data`.

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderValue, Response, StatusCode, header};
use axum::routing::get;
use foundation::problem::{ErrorAnswer, Problem};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::entity::personal_exports::Model;
use super::{deletion, export};
use crate::accounts::{self, SessionId, Visitor};
use crate::app::SharedApp;
use crate::sign_in::Proof;
use crate::web::{Json, Path};

const FILE_NAME: &str = "个人信息副本.zip";

/// Routes of this capability, paths in full.
pub fn router() -> OpenApiRouter<SharedApp> {
    OpenApiRouter::new()
        .routes(routes!(standing))
        .routes(routes!(ask_export))
        .routes(routes!(make_link))
        .routes(routes!(delete_account))
}

/// A copy of one's data.
#[derive(Debug, Serialize, ToSchema)]
struct PersonalExport {
    /// Which.
    id: String,
    /// Whether it can be fetched.
    ready: bool,
    /// Epoch milliseconds.
    created_at: i64,
    /// When it is removed, epoch milliseconds.
    expires_at: i64,
}

impl From<Model> for PersonalExport {
    fn from(row: Model) -> Self {
        Self { id: row.id, ready: row.file_key.is_some(), created_at: row.created_at, expires_at: row.expires_at }
    }
}

/// What one can do with one's data, and where it stands.
#[derive(Debug, Serialize, ToSchema)]
struct PersonalData {
    /// The copy that is there or in the making.
    export: Option<PersonalExport>,
    /// Why the account cannot be deleted now; nothing when it can.
    deletion_obstacle: Option<String>,
    /// Days between asking for the deletion and the deletion.
    deletion_days: i64,
    /// What stays after a deletion, and why.
    kept: Vec<String>,
}

/// What one can do with one's data (B-45).
#[utoipa::path(get, path = "/api/v1/personal-data", tag = "session",
    responses((status = 200, body = PersonalData), (status = 401, body = ErrorAnswer)))]
async fn standing(State(app): State<SharedApp>, visitor: Visitor) -> Result<Json<PersonalData>, Problem> {
    let account = visitor.demand_session()?.account;
    Ok(Json(PersonalData {
        export: export::newest(&app, &account.id).await?.map(PersonalExport::from),
        deletion_obstacle: deletion::obstacle(app.database.reader(), &account).await?,
        deletion_days: app.config.members.deletion_days,
        kept: deletion::KEPT.iter().map(|text| (*text).to_owned()).collect(),
    }))
}

/// Asks for a copy of one's data; it is there within a minute, for a day. 401 `bad_code`, 403 `proof_needed`.
#[utoipa::path(post, path = "/api/v1/personal-data/exports", tag = "session", request_body = Proof,
    responses((status = 200, body = PersonalExport), (status = 401, body = ErrorAnswer), (status = 403, body = ErrorAnswer)))]
async fn ask_export(
    State(app): State<SharedApp>,
    visitor: Visitor,
    Json(proof): Json<Proof>,
) -> Result<Json<PersonalExport>, Problem> {
    let session = visitor.demand_session()?;
    Ok(Json(export::ask(&app, &session, &proof).await?.into()))
}

/// A short-lived link to the copy.
#[derive(Debug, Serialize, ToSchema)]
struct PersonalExportLink {
    /// Absolute path.
    url: String,
    /// `application/zip`.
    content_type: String,
    /// Name of the file.
    file_name: String,
    /// Epoch milliseconds.
    expires_at: i64,
}

/// What a link carries: it ends with the session that made it.
#[derive(Debug, Serialize, Deserialize)]
struct ExportLink {
    personal_export: String,
    session: SessionId,
}

/// Makes a short-lived link to the copy, for its owner alone.
#[utoipa::path(post, path = "/api/v1/personal-data/exports/{id}/link", tag = "session", params(("id" = String, Path, description = "copy")),
    responses((status = 200, body = PersonalExportLink), (status = 401, body = ErrorAnswer), (status = 404, body = ErrorAnswer)))]
async fn make_link(
    State(app): State<SharedApp>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Json<PersonalExportLink>, Problem> {
    let session = visitor.demand_session()?;
    export::key_of(&app, &session.account.id, &id).await?;
    let expires_at = app.now_ms() + app.config.links.ttl_minutes * 60_000;
    let link = ExportLink { personal_export: id, session: session.id };
    let token = app.links.sign(&serde_json::to_string(&link).map_err(Problem::internal)?, expires_at);
    Ok(Json(PersonalExportLink {
        url: format!("/personal-files/{token}"),
        content_type: "application/zip".to_owned(),
        file_name: FILE_NAME.to_owned(),
        expires_at,
    }))
}

/// Where links lead.
pub fn files_router() -> Router<SharedApp> {
    Router::new().route("/personal-files/{token}", get(fetch))
}

async fn fetch(State(app): State<SharedApp>, Path(token): Path<String>) -> Result<Response<Body>, Problem> {
    let over = || Problem::new(StatusCode::GONE, "link_expired", "下载链接已失效").advice("请返回页面重新点击下载");
    let payload = app.links.open(&token, app.now_ms()).map_err(|_| over())?;
    // Other tokens of ours are signed with the same secret; only such a link has this form.
    let link: ExportLink = serde_json::from_str(&payload).map_err(|_| over())?;
    let session = accounts::session_of_link(&app, &link.session).await?.ok_or_else(over)?;
    let key = export::key_of(&app, &session.account.id, &link.personal_export).await?;
    let mut response = Response::new(Body::from(app.files.get(&key).await?));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/zip"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    let disposition = crate::downloads::content_disposition(FILE_NAME, false);
    headers.insert(header::CONTENT_DISPOSITION, HeaderValue::from_str(&disposition).map_err(Problem::internal)?);
    Ok(response)
}

/// When the account ends.
#[derive(Debug, Serialize, ToSchema)]
struct PlannedDeletion {
    /// Epoch milliseconds; any sign-in before calls it off.
    due_at: i64,
}

/// Plans the deletion of the account, which is signed out everywhere. 401 `bad_code`, 403 `proof_needed`, 409
/// `deletion_not_possible`.
#[utoipa::path(post, path = "/api/v1/personal-data/deletion", tag = "session", request_body = Proof,
    responses((status = 200, body = PlannedDeletion), (status = 401, body = ErrorAnswer), (status = 403, body = ErrorAnswer),
        (status = 409, body = ErrorAnswer)))]
async fn delete_account(
    State(app): State<SharedApp>,
    visitor: Visitor,
    Json(proof): Json<Proof>,
) -> Result<Json<PlannedDeletion>, Problem> {
    let session = visitor.demand_session()?;
    Ok(Json(PlannedDeletion { due_at: deletion::plan(&app, &session, &proof).await? }))
}
