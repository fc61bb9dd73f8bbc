//! Files of reports for the printer at the window: by links that an officer was given, good for minutes.

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderValue, Response, StatusCode, header};
use axum::routing::get;
use foundation::problem::Problem;
use foundation::signed_token::TokenRefused;
use serde::{Deserialize, Serialize};

use super::store;
use crate::app::{App, SharedApp};
use crate::web::Path;
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

/// The address of a report on a voucher.
pub(super) fn address(app: &App, voucher_id: &str, report_id: &str) -> String {
    let link = Print { voucher: voucher_id.to_owned(), report: report_id.to_owned() };
    let payload = serde_json::to_string(&link).expect("a link is plain data");
    let expires_at = app.now_ms() + app.config.links.ttl_minutes * 60_000;
    format!("/files/vouchers/{}", app.links.sign(&payload, expires_at))
}

async fn fetch(State(app): State<SharedApp>, Path(token): Path<String>) -> Result<Response<Body>, Problem> {
    let invalid = || Problem::not_found("link_invalid", "打印链接无效").advice("请重新扫描凭证");
    let payload = app.links.open(&token, app.now_ms()).map_err(|refused| match refused {
        TokenRefused::Expired => {
            Problem::new(StatusCode::GONE, "link_expired", "打印链接已过期").advice("请重新扫描凭证")
        }
        TokenRefused::Forged => invalid(),
    })?;
    let link: Print = serde_json::from_str(&payload).map_err(|_| invalid())?;
    if !store::has_report(&app, &link.voucher, &link.report).await? {
        return Err(invalid());
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
