//! `/api/v1/uploads`.

use axum::Router;
use axum::body::Bytes;
use axum::extract::multipart::MultipartRejection;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, Multipart, State};
use axum::http::StatusCode;
use axum::routing::get;
use foundation::problem::Problem;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::link;
use super::model::{Purpose, UploadId};
use super::receive::{self, NewUpload};
use super::removal;
use super::store;
use super::uploader::Uploader;
use super::used::where_used;
use super::view::Upload;

use crate::app::{App, SharedApp};
use crate::web::{Json, LargeBody, Path, Query};

/// A part and a little around it.
const PART_BODY_BYTES_MAX: usize = 2 * 1024 * 1024;
/// A whole file and its form; what is too large gets our own answer.
pub(super) const WHOLE_BODY_BYTES_MAX: usize = 24 * 1024 * 1024;

/// Routes of this capability.
pub fn router() -> OpenApiRouter<SharedApp> {
    let parts = OpenApiRouter::new().routes(routes!(put_part)).layer(DefaultBodyLimit::max(PART_BODY_BYTES_MAX));
    let whole = OpenApiRouter::new().routes(routes!(post_whole)).layer(DefaultBodyLimit::max(WHOLE_BODY_BYTES_MAX));
    OpenApiRouter::new().routes(routes!(begin)).routes(routes!(show, remove)).merge(parts).merge(whole)
}

/// Where links lead; not documented, because nobody makes such an address himself.
pub fn files_router() -> Router<SharedApp> {
    Router::new().route("/files/uploads/{token}", get(link::fetch))
}

/// A file that is about to come.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct UploadRequest {
    /// What it is for.
    purpose: Purpose,
    /// What it is called.
    file_name: String,
    /// How large it is.
    bytes: i64,
    /// SHA-256 in hexadecimal, checked when the file is whole.
    #[serde(default)]
    content_hash: Option<String>,
}

/// Makes room for a file that is sent in parts.
#[utoipa::path(post, path = "/api/v1/uploads", tag = "uploads", request_body = UploadRequest, responses((status = 201, body = Upload)))]
async fn begin(
    State(app): State<SharedApp>,
    uploader: Uploader,
    Json(request): Json<UploadRequest>,
) -> Result<(StatusCode, axum::Json<Upload>), Problem> {
    let UploadRequest { purpose, file_name, bytes, content_hash } = request;
    refuse_staff_purposes(purpose)?;
    let row = receive::begin(&app, &uploader, NewUpload { purpose, file_name, bytes, content_hash }).await?;
    Ok((StatusCode::CREATED, axum::Json(Upload::of(&app, row)?)))
}

/// Where a part begins.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct PartQuery {
    /// Bytes before it.
    offset: i64,
}

/// Takes one part, at most 1 MiB. 409 `part_out_of_order` tells in `details.received_bytes` where to go on.
#[utoipa::path(put, path = "/api/v1/uploads/{id}/content", tag = "uploads", params(("id" = UploadId, Path, description = "file"), PartQuery), request_body(content = Vec<u8>, content_type = "application/octet-stream"), responses((status = 200, body = Upload)))]
async fn put_part(
    State(app): State<SharedApp>,
    uploader: Uploader,
    Path(id): Path<UploadId>,
    Query(query): Query<PartQuery>,
    body: LargeBody<Result<Bytes, BytesRejection>>,
) -> Result<axum::Json<Upload>, Problem> {
    let LargeBody(body, _room) = body;
    let content = body.map_err(crate::web::unreadable_body)?;
    if content.len() > app.config.uploads.part_limit_bytes {
        return Err(receive::too_large(app.config.uploads.part_limit_bytes as i64));
    }
    let row = receive::add_part(&app, &uploader, &id, query.offset, &content).await?;
    Ok(axum::Json(Upload::of(&app, row)?))
}

/// How far a file is; one that is whole but was not looked at yet (a crash in between) is looked at now.
#[utoipa::path(get, path = "/api/v1/uploads/{id}", tag = "uploads", params(("id" = UploadId, Path, description = "file")), responses((status = 200, body = Upload)))]
async fn show(
    State(app): State<SharedApp>,
    uploader: Uploader,
    Path(id): Path<UploadId>,
) -> Result<axum::Json<Upload>, Problem> {
    store::find_for(app.database.reader(), &uploader, &id).await?;
    receive::finish_if_whole(&app, &id).await?;
    let row = store::find_for(app.database.reader(), &uploader, &id).await?;
    Ok(axum::Json(Upload::of(&app, row)?))
}

/// Removes a file that nothing refers to.
#[utoipa::path(delete, path = "/api/v1/uploads/{id}", tag = "uploads", params(("id" = UploadId, Path, description = "file")), responses((status = 204, description = "removed")))]
async fn remove(
    State(app): State<SharedApp>,
    uploader: Uploader,
    Path(id): Path<UploadId>,
) -> Result<StatusCode, Problem> {
    store::find_for(app.database.reader(), &uploader, &id).await?;
    let transaction = app.database.begin_write().await?;
    let Some(row) = store::hold(&*transaction, id.as_str()).await? else { return Ok(StatusCode::NO_CONTENT) };
    if let Some(place) = where_used(&*transaction, &row.id).await? {
        return Err(in_use(place));
    }
    removal::remove(&*transaction, &row, app.now_ms()).await?;
    transaction.commit().await?;
    app.wake_workers.notify_one();
    Ok(StatusCode::NO_CONTENT)
}

fn in_use(where_used: &str) -> Problem {
    Problem::conflict("upload_in_use", format!("这个文件正在{where_used}中使用，没有删除"))
        .advice(format!("请先从{where_used}中移除，再删除"))
}

/// A whole file, as mini-programs send it.
#[derive(ToSchema)]
#[allow(dead_code)] // describes the form for the documentation
pub(super) struct WholeFile {
    /// What it is for.
    purpose: Purpose,
    /// The file.
    #[schema(format = Binary, content_media_type = "application/octet-stream")]
    file: String,
}

/// Takes a whole file as a form: `purpose` and `file`.
#[utoipa::path(post, path = "/api/v1/uploads/whole", tag = "uploads", request_body(content = WholeFile, content_type = "multipart/form-data"), responses((status = 201, body = Upload)))]
async fn post_whole(
    State(app): State<SharedApp>,
    uploader: Uploader,
    form: LargeBody<Result<Multipart, MultipartRejection>>,
) -> Result<(StatusCode, axum::Json<Upload>), Problem> {
    let LargeBody(form, _room) = form;
    let (purpose, name, content) = read_form(&app, form).await?;
    refuse_staff_purposes(purpose)?;
    let row = receive::whole(&app, &uploader, purpose, name, &content).await?;
    Ok((StatusCode::CREATED, axum::Json(Upload::of(&app, row)?)))
}

fn refuse_staff_purposes(purpose: Purpose) -> Result<(), Problem> {
    if purpose.is_for_payers() {
        return Ok(());
    }
    Err(Problem::unacceptable("purpose_unknown", "不能上传这类文件")
        .field("purpose", "这类文件由工作人员上传")
        .advice("请更新小程序后重试"))
}

/// Purpose, name and content of a form.
pub(super) async fn read_form(
    app: &App,
    form: Result<Multipart, MultipartRejection>,
) -> Result<(Purpose, String, Vec<u8>), Problem> {
    let unreadable = || Problem::bad_request("unreadable_form", "没有完整收到文件").advice("请重新选择文件上传");
    let mut form = form.map_err(|_| unreadable())?;
    let max = app.config.uploads.file_limit_bytes;
    let mut purpose = None;
    let mut file: Option<(String, Vec<u8>)> = None;
    while let Some(mut field) = form.next_field().await.map_err(|_| unreadable())? {
        match field.name() {
            Some("purpose") => {
                let text = field.text().await.map_err(|_| unreadable())?;
                purpose = text.trim().parse::<Purpose>().ok();
            }
            Some("file") => {
                let name = field.file_name().unwrap_or("文件").to_owned();
                let mut content = Vec::new();
                while let Some(piece) = field.chunk().await.map_err(|_| unreadable())? {
                    if (content.len() + piece.len()) as i64 > max {
                        return Err(receive::too_large(max));
                    }
                    content.extend_from_slice(&piece);
                }
                file = Some((name, content));
            }
            _ => {}
        }
    }
    let purpose = purpose.ok_or_else(|| {
        Problem::unacceptable("purpose_missing", "没有说明文件的用途")
            .field("purpose", "请说明文件的用途")
            .advice("请更新小程序后重试")
    })?;
    let (name, content) = file.ok_or_else(|| {
        Problem::unacceptable("file_missing", "没有收到文件").field("file", "请选择文件").advice("请重新选择文件上传")
    })?;
    Ok((purpose, name, content))
}
