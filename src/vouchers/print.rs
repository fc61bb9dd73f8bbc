//! Files of reports for the printer at the window: by links that an officer was given, good for minutes.

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderValue, Response, header};
use axum::routing::get;
use foundation::problem::Problem;
use serde::{Deserialize, Serialize};

use super::store;
use crate::app::{App, SharedApp};
use crate::web::{Path, invalid_link, link_for_asker, open_asked_link};
use crate::{downloads, reports};

/// Browsers refuse to show a sandboxed PDF; their viewer needs these two.
const POLICY: &str = "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'self'";

/// What a link is for; other tokens of ours have another form.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Print {
    voucher: String,
    report: String,
}

/// Where links lead; not documented, because nobody makes such an address himself.
pub fn files_router() -> Router<SharedApp> {
    Router::new().route("/files/vouchers/{token}", get(fetch))
}

/// The address of a report on a voucher, for the officer who asks.
pub(super) fn address(app: &App, voucher_id: &str, report_id: &str) -> Result<String, Problem> {
    link_for_asker(app, "vouchers", Print { voucher: voucher_id.to_owned(), report: report_id.to_owned() })
}

async fn fetch(State(app): State<SharedApp>, Path(token): Path<String>) -> Result<Response<Body>, Problem> {
    let link: Print = open_asked_link(&app, &token).await?;
    if !store::has_report(&app, &link.voucher, &link.report).await? {
        return Err(invalid_link());
    }
    let file = reports::shared_file(app.database.reader(), &link.report).await?;
    let name = downloads::content_disposition(&downloads::pdf_name(&file.title), true);
    let content = app.files.stream(&file.key).await?;
    Response::builder()
        .header(header::CONTENT_TYPE, "application/pdf")
        .header(header::CONTENT_DISPOSITION, HeaderValue::from_str(&name).map_err(Problem::internal)?)
        .header(header::X_CONTENT_TYPE_OPTIONS, "nosniff")
        .header(header::CONTENT_SECURITY_POLICY, POLICY)
        .header(header::CACHE_CONTROL, "private, no-store")
        .header(header::REFERRER_POLICY, "no-referrer")
        .body(Body::from_stream(content))
        .map_err(Problem::internal)
}
