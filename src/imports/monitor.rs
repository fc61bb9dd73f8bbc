//! Imports as the interface operator sees them (desk D13).

use axum::body::Body;
use axum::extract::State;
use axum::http::{Response, header};
use foundation::paging::{Page, PageRequest};
use foundation::problem::Problem;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::entity::imports::{Column, Entity, Model};
use super::model::{ImportId, ImportState};
use crate::app::{App, SharedApp};
use crate::staff::{May, may};
use crate::web::{Json, Path, Query};

/// Rows shown without the file.
const ERRORS_SHOWN_MAX: usize = 100;

/// Routes of the institute's side of this capability.
pub fn staff_router() -> OpenApiRouter<SharedApp> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(show)).routes(routes!(errors))
}

/// An import.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct StaffImport {
    /// Which.
    id: String,
    /// Where it came from: `file:…` or `integration:…`.
    source: String,
    /// How it stands.
    state: ImportState,
    /// The same for people.
    state_text: String,
    /// Rows looked at.
    rows: i64,
    /// Of these, taken.
    accepted: i64,
    /// Of these, with something new in them.
    changed: i64,
    /// Of these, not taken.
    rejected: i64,
    /// Whether the refused rows can be downloaded.
    has_error_file: bool,
    /// Epoch milliseconds.
    created_at: i64,
    /// Epoch milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    finished_at: Option<i64>,
}

impl From<Model> for StaffImport {
    fn from(row: Model) -> Self {
        // What is not known was written by a newer version: it did not end here.
        let state = row.state.parse().unwrap_or(ImportState::Interrupted);
        let state_text = match state {
            ImportState::Running => "导入中",
            ImportState::Finished if row.rows_rejected > 0 => "完成，有未接收的行",
            ImportState::Finished => "完成",
            ImportState::Interrupted => "中断，请重新导入同一文件",
        };
        Self {
            state_text: state_text.to_owned(),
            rows: row.rows_total,
            accepted: row.rows_total - row.rows_rejected,
            changed: row.rows_new + row.rows_changed,
            rejected: row.rows_rejected,
            has_error_file: row.error_file_key.is_some(),
            id: row.id,
            source: row.source,
            state,
            created_at: row.started_at,
            finished_at: row.finished_at,
        }
    }
}

/// An import with the first rows that were not taken.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct StaffImportDetail {
    /// The import.
    #[serde(flatten)]
    import: StaffImport,
    /// At most 100; all of them are in the file.
    errors: Vec<ImportError>,
}

/// A row that was not taken.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ImportError {
    /// Line of the file, from 1.
    row: u64,
    /// Why, for people.
    message: String,
}

/// The first rows of an error file: line and reason stand in front.
async fn first_errors(app: &App, key: &str) -> Result<Vec<ImportError>, Problem> {
    let content = app.files.get(key).await?;
    let text = content.strip_prefix("\u{feff}".as_bytes()).unwrap_or(&content);
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text);
    let records = reader.records().take(ERRORS_SHOWN_MAX).filter_map(Result::ok);
    Ok(records
        .filter_map(|record| {
            Some(ImportError { row: record.get(0)?.parse().ok()?, message: record.get(1)?.to_owned() })
        })
        .collect())
}

async fn find(app: &App, id: &ImportId) -> Result<Model, Problem> {
    let row = Entity::find_by_id(id.as_str()).one(app.database.reader()).await?;
    row.ok_or_else(|| Problem::not_found("import_not_found", "没有找到这次导入"))
}

/// Imports, newest first.
#[utoipa::path(get, path = "/staff/v1/imports", tag = "staff", params(PageRequest), responses((status = 200, body = Page<StaffImport>)))]
async fn list(
    State(app): State<SharedApp>,
    _officer: May<may::IntegrationRead>,
    Query(page): Query<PageRequest>,
) -> Result<Json<Page<StaffImport>>, Problem> {
    let mut select = Entity::find().order_by_desc(Column::Id).limit(page.limit() + 1);
    if let Some(after) = page.after_key() {
        select = select.filter(Column::Id.lt(after));
    }
    let rows = select.all(app.database.reader()).await?;
    Ok(Json(Page::from_rows(rows, page.limit(), |row| row.id.clone()).map(StaffImport::from)))
}

/// One import.
#[utoipa::path(get, path = "/staff/v1/imports/{id}", tag = "staff", params(("id" = ImportId, Path, description = "import")), responses((status = 200, body = StaffImportDetail)))]
async fn show(
    State(app): State<SharedApp>,
    _officer: May<may::IntegrationRead>,
    Path(id): Path<ImportId>,
) -> Result<Json<StaffImportDetail>, Problem> {
    let row = find(&app, &id).await?;
    let errors = match &row.error_file_key {
        Some(key) => first_errors(&app, key).await?,
        None => Vec::new(),
    };
    Ok(Json(StaffImportDetail { import: row.into(), errors }))
}

/// The rows that were not taken, each with its reason, to be mended and imported again.
#[utoipa::path(get, path = "/staff/v1/imports/{id}/errors", tag = "staff", params(("id" = ImportId, Path, description = "import")), responses((status = 200, content_type = "text/csv", body = String)))]
async fn errors(
    State(app): State<SharedApp>,
    _officer: May<may::IntegrationRead>,
    Path(id): Path<ImportId>,
) -> Result<Response<Body>, Problem> {
    let key = find(&app, &id).await?.error_file_key;
    let key = key.ok_or_else(|| Problem::not_found("no_error_file", "这次导入没有未接收的行"))?;
    let content = app.files.stream(&key).await?;
    Response::builder()
        .header(header::CONTENT_TYPE, "text/csv; charset=utf-8")
        .header(header::CONTENT_DISPOSITION, format!("attachment; filename=\"{id}-errors.csv\""))
        .body(Body::from_stream(content))
        .map_err(Problem::internal)
}
