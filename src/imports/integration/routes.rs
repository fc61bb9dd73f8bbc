//! The routes; each takes a [`SignedRequest`] as its last argument.

use axum::Json;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use foundation::problem::Problem;
use foundation::secret_hash::sha256_hex;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::batch::FeeBatch;
use super::signature::{SignatureHeaders, SignedRequest};
use crate::app::{App, SharedApp};
use crate::imports::model::{ImportId, ImportSummary};
use crate::imports::report_file::{REPORT_FILE_BYTES_MAX, is_pdf};
use crate::imports::{service, store};
use crate::reports::intake::{Attached, NewFile, reports_by_external_id};
use crate::web::{Path, parse_json};

/// 500 rows of full length fit.
const BATCH_BYTES_MAX: usize = 8 * 1024 * 1024;
/// A little more than a report file may have, so that what is too large gets our own answer.
const FILE_BODY_BYTES_MAX: usize = REPORT_FILE_BYTES_MAX as usize + 1_024;
const IDEMPOTENCY_HEADER: &str = "idempotency-key";

/// All routes of the integration API.
pub fn router() -> OpenApiRouter<SharedApp> {
    let batches = OpenApiRouter::new().routes(routes!(post_batch)).layer(DefaultBodyLimit::max(BATCH_BYTES_MAX));
    let files = OpenApiRouter::new().routes(routes!(put_report_file)).layer(DefaultBodyLimit::max(FILE_BODY_BYTES_MAX));
    OpenApiRouter::new().routes(routes!(get_import)).routes(routes!(get_error_file)).merge(batches).merge(files)
}

/// Takes in up to 500 fees. Idempotent by the ids of the core system; with an Idempotency-Key the same answer is given
/// again. Rows that cannot be taken are told in `errors`; the others are taken.
#[utoipa::path(post, path = "/integration/v1/fee-batches", tag = "integration", params(SignatureHeaders, ("Idempotency-Key" = Option<String>, Header, description = "8–64 letters, digits or -_; the same key gives the same answer")), request_body = FeeBatch, responses((status = 200, body = ImportSummary), (status = 401, description = "signature"), (status = 409, description = "the key was used for another batch"), (status = 422, description = "not acceptable")))]
async fn post_batch(State(app): State<SharedApp>, request: SignedRequest) -> Result<Json<ImportSummary>, Problem> {
    let request_id = request_id(&app, &request.headers)?;
    let request_hash = sha256_hex(&request.body);
    if let Some(id) = &request_id
        && let Some(earlier) = store::earlier_answer(app.database.reader(), id).await?
    {
        return same_answer(earlier, &request_hash);
    }
    let batch: FeeBatch = parse_json(&request.body)?;
    if batch.rows.is_empty() || batch.rows.len() > service::BATCH_ROWS_MAX {
        let message = format!("每批应有 1–{} 行，收到 {} 行", service::BATCH_ROWS_MAX, batch.rows.len());
        return Err(Problem::unacceptable("batch_size", message).field("rows", "1–500 行").advice("请拆成几批"));
    }
    let summary = service::import_rows(&app, "integration", batch.into_rows()).await?;
    if let Some(id) = &request_id {
        keep_answer(&app, id, &request_hash, &summary).await?;
    }
    Ok(Json(summary))
}

/// How an import stands.
#[utoipa::path(get, path = "/integration/v1/imports/{id}", tag = "integration", params(("id" = ImportId, Path, description = "import"), SignatureHeaders), responses((status = 200, body = ImportSummary), (status = 401, description = "signature"), (status = 404, description = "no such import")))]
async fn get_import(
    State(app): State<SharedApp>,
    Path(id): Path<ImportId>,
    _request: SignedRequest,
) -> Result<Json<ImportSummary>, Problem> {
    service::find_import(&app, &id).await?.map(Json).ok_or_else(import_not_found)
}

/// The rows that were not taken, as CSV: line, reason, and the row as it came.
#[utoipa::path(get, path = "/integration/v1/imports/{id}/errors.csv", tag = "integration", params(("id" = ImportId, Path, description = "import"), SignatureHeaders), responses((status = 200, content_type = "text/csv", body = String), (status = 401, description = "signature"), (status = 404, description = "no such import, or no row was refused")))]
async fn get_error_file(
    State(app): State<SharedApp>,
    Path(id): Path<ImportId>,
    _request: SignedRequest,
) -> Result<Response, Problem> {
    let key = service::error_file_key(&app, &id).await?.ok_or_else(import_not_found)?;
    let content = app.files.stream(&key).await?;
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{id}-errors.csv\"")),
    ];
    Ok((headers, Body::from_stream(content)).into_response())
}

/// A report file that was kept.
#[derive(Debug, Serialize, ToSchema)]
struct KeptFile {
    /// The report, by our id.
    report_id: String,
    /// Size.
    bytes: i64,
    /// SHA-256, hex.
    sha256: String,
}

/// Keeps the PDF of a report, replacing an earlier one. At most 30 MB; the type is told by the content.
#[utoipa::path(put, path = "/integration/v1/reports/{external_id}/file", tag = "integration", params(("external_id" = String, Path, description = "the report's key in the core system", max_length = 64), SignatureHeaders), request_body(content = Vec<u8>, content_type = "application/pdf"), responses((status = 200, body = KeptFile), (status = 401, description = "signature"), (status = 404, description = "no such report"), (status = 409, description = "a newer file came meanwhile"), (status = 413, description = "over 30 MB"), (status = 422, description = "not a PDF")))]
async fn put_report_file(
    State(app): State<SharedApp>,
    Path(external_id): Path<String>,
    request: SignedRequest,
) -> Result<Json<KeptFile>, Problem> {
    let asked_at = app.now_ms();
    if request.body.len() as u64 > REPORT_FILE_BYTES_MAX {
        return Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "file_too_large", "报告文件超过 30 MB")
            .advice("请压缩后重新上传"));
    }
    if !is_pdf(&request.body) {
        return Err(Problem::unacceptable("not_a_pdf", "上传的内容不是 PDF").advice("请上传 PDF 格式的报告"));
    }
    let known = reports_by_external_id(app.database.reader(), &[external_id].into()).await?;
    let report = known.into_values().next().ok_or_else(report_not_found)?;
    let stored = service::store_report_file(&app, &report.id, request.body).await?;
    let answer = KeptFile { report_id: report.id.to_string(), bytes: stored.bytes, sha256: stored.sha256.clone() };
    match service::attach(&app, NewFile { report: report.id, stored, asked_at }).await? {
        Attached::Kept => Ok(Json(answer)),
        // Somebody handed in another one while this one was stored, or the clocks of two nodes differ.
        Attached::Newer => Err(Problem::conflict("newer_report_file", "这份报告刚收到了更新的文件，这一份没有采用")
            .advice("请确认哪一份是最新的；如果是这一份，请稍后重新上传")),
        Attached::NoReport => Err(report_not_found()),
    }
}

fn report_not_found() -> Problem {
    Problem::not_found("report_not_found", "没有这份报告").advice("请先导入报告和费用，再上传文件")
}

fn import_not_found() -> Problem {
    Problem::not_found("import_not_found", "没有找到这次导入，或它没有错误行")
}

fn request_id(app: &App, headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(key) = headers.get(IDEMPOTENCY_HEADER) else { return Ok(None) };
    let key = key.to_str().unwrap_or("");
    let fits =
        (8..=64).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    if !fits {
        return Err(Problem::bad_request("idempotency_key_malformed", "Idempotency-Key 应为 8–64 个字母、数字或 -_"));
    }
    Ok(Some(format!("{}:{key}", app.config.integration.client_id)))
}

fn same_answer((hash, answer): (String, String), request_hash: &str) -> Result<Json<ImportSummary>, Problem> {
    if hash != request_hash {
        return Err(Problem::conflict("idempotency_key_reused", "这个 Idempotency-Key 已用于另一批数据")
            .advice("请为每批数据使用新的 Idempotency-Key"));
    }
    serde_json::from_str(&answer).map(Json).map_err(Problem::internal)
}

async fn keep_answer(app: &App, id: &str, request_hash: &str, summary: &ImportSummary) -> Result<(), Problem> {
    let answer = serde_json::to_string(summary).map_err(Problem::internal)?;
    let transaction = app.database.begin_write().await?;
    store::keep_answer(&*transaction, id, request_hash, answer, app.now_ms()).await?;
    transaction.commit().await?;
    Ok(())
}
