//! Taking a list away over HTTP.

use std::sync::Arc;

use anyhow::Context;
use axum::body::Body;
use axum::extract::State;
use axum::http::{Response, Uri, header};
use bytes::Bytes;
use foundation::calendar::{beijing_date, print_date};
use foundation::paging::PageRequest;
use foundation::problem::{ErrorAnswer, Problem};
use futures_util::stream::{self, StreamExt, TryStreamExt};
use serde_json::json;
use tokio::sync::{Semaphore, mpsc};
use tokio_util::io::ReaderStream;
use url::form_urlencoded::byte_serialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::list::{Cell, ExportList};
use super::{filter, workbook};
use crate::app::{App, SharedApp};
use crate::audit::{self, Action};
use crate::staff::{May, Officer, may};
use crate::web::{Path, telling_breaks};

const MEDIA_TYPE: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
/// Rows of one query.
const PAGE_ROWS: u32 = 100;
/// Pages that wait between the database and the writer.
const PAGES_WAITING: usize = 4;

/// Spreadsheets in the making at one time; each holds a thread and a temporary file.
static WRITERS: Semaphore = Semaphore::const_new(4);

/// Routes of this capability.
pub fn router() -> OpenApiRouter<SharedApp> {
    OpenApiRouter::new().routes(routes!(export))
}

/// A list as XLSX, with the same filter as the list itself. `list`: orders, fees, invoices, refunds, bank-transactions,
/// differences, reviews, messages, audit.
#[utoipa::path(get, path = "/staff/v1/exports/{list}", tag = "staff", params(("list" = String, Path, description = "name of the list and .xlsx")), responses((status = 200, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", body = String), (status = 404, description = "list_not_found", body = ErrorAnswer)))]
async fn export(
    State(app): State<SharedApp>,
    officer: May<may::Export>,
    Path(name): Path<String>,
    address: Uri,
) -> Result<Response<Body>, Problem> {
    let list = name.strip_suffix(".xlsx").and_then(|code| app.exports.of(code));
    let list = list.ok_or_else(|| Problem::not_found("list_not_found", "没有可以导出的这个清单"))?;
    officer.demand(list.permission())?;
    // The filter is checked, and the first rows are there, before anything is promised.
    let first = page(&app, &officer, list.as_ref(), &address, None).await?;
    note(&app, &officer, list.as_ref(), &address).await?;
    let file_name = format!("{}_{}.xlsx", list.title(), print_date(beijing_date(app.now_ms())));
    let encoded: String = byte_serialize(file_name.as_bytes()).collect::<String>().replace('+', "%20");
    let body = stream::once(make(app, officer.into_officer(), list, address, first)).try_flatten();
    Response::builder()
        .header(header::CONTENT_TYPE, MEDIA_TYPE)
        .header(
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"export.xlsx\"; filename*=UTF-8''{encoded}"),
        )
        .header(header::CACHE_CONTROL, "private, no-store")
        .body(Body::from_stream(telling_breaks(body)))
        .map_err(Problem::internal)
}

async fn note(app: &App, officer: &Officer, list: &dyn ExportList, address: &Uri) -> Result<(), Problem> {
    let transaction = app.database.begin_write().await?;
    let detail = json!({ "list": list.code(), "filter": filter::told(address) });
    audit::record(&*transaction, app, officer.entry(Action::Exported, officer.id.as_str(), detail)).await?;
    Ok(transaction.commit().await?)
}

type Rows = (Vec<Vec<Cell>>, Option<String>);

async fn page(
    app: &App,
    officer: &Officer,
    list: &dyn ExportList,
    address: &Uri,
    after: Option<String>,
) -> Result<Rows, Problem> {
    let after = after.map(|next| serde_json::from_value(next.into())).transpose().map_err(Problem::internal)?;
    let wanted = PageRequest { after, limit: Some(PAGE_ROWS) };
    app.database.behind(app.now_ms(), || list.rows_for(app, officer, address, &wanted)).await
}

/// Writes all rows into a file and gives it piece by piece.
async fn make(
    app: SharedApp,
    officer: Officer,
    list: Arc<dyn ExportList>,
    address: Uri,
    first: Rows,
) -> anyhow::Result<impl stream::Stream<Item = anyhow::Result<Bytes>>> {
    let _turn = WRITERS.acquire().await.context("the writers are never closed")?;
    let (sender, receiver) = mpsc::channel(PAGES_WAITING);
    let (title, header) = (list.title(), list.header());
    let writing = tokio::task::spawn_blocking(move || workbook::write(title, header, receiver));
    let (mut rows, mut next) = first;
    let rows_max = app.config.staff.export_rows_max;
    let mut left = rows_max;
    loop {
        let is_cut = rows.len() > left || (rows.len() == left && next.is_some());
        rows.truncate(left);
        left -= rows.len();
        if is_cut {
            let told = format!(
                "到此为止：一张表格最多 {rows_max} 行，后面还有没列出的；请缩小筛选范围（例如按日期）分几次导出"
            );
            rows.push(vec![Cell::Text(told)]);
        }
        if sender.send(rows).await.is_err() || is_cut {
            break;
        }
        let Some(after) = next else { break };
        (rows, next) = page(&app, &officer, list.as_ref(), &address, Some(after)).await?;
    }
    drop(sender);
    let file = writing.await.context("the writer stopped")??;
    let file = tokio::fs::File::from_std(file);
    Ok(ReaderStream::new(file).map(|piece| piece.context("the file of an export")))
}
