//! A file as an HTTP answer.

use axum::body::Body;
use axum::http::{HeaderValue, Response, header};
use foundation::problem::Problem;

use super::found::{Content, Found};
use super::names::content_disposition;
use super::zip;
use crate::app::App;
use crate::documents::{Typeface, device_label, payment_order};

/// A downloaded file runs and loads nothing, whatever is in it.
const POLICY_OF_DOWNLOADS: &str = "default-src 'none'; sandbox";
/// Browsers refuse to show a sandboxed PDF; their viewer needs these two.
const POLICY_OF_PDF_PAGES: &str =
    "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'self'";

/// Sends the file, for saving or (PDF only) for reading in the browser.
pub(super) async fn send(app: &App, found: Found, inline: bool) -> Result<Response<Body>, Problem> {
    let media_type = found.content.media_type();
    let inline = inline && media_type == "application/pdf";
    let disposition = content_disposition(&found.file_name, inline);
    let body = match found.content {
        Content::Stored(key) => Body::from_stream(app.files.stream(&key).await?),
        Content::Packed(files) => zip::body(app.files.clone(), files)?,
        Content::Made(document) => {
            let typeface: Typeface = app.typeface.clone();
            let pdf = tokio::task::spawn_blocking(move || payment_order(&typeface, &document)).await;
            Body::from(pdf.map_err(Problem::internal)??)
        }
        Content::Label(label) => {
            let typeface: Typeface = app.typeface.clone();
            let pdf = tokio::task::spawn_blocking(move || device_label(&typeface, &label)).await;
            Body::from(pdf.map_err(Problem::internal)??)
        }
    };
    let policy = if inline { POLICY_OF_PDF_PAGES } else { POLICY_OF_DOWNLOADS };
    Response::builder()
        .header(header::CONTENT_TYPE, media_type)
        .header(header::CONTENT_DISPOSITION, HeaderValue::from_str(&disposition).map_err(Problem::internal)?)
        .header(header::X_CONTENT_TYPE_OPTIONS, "nosniff")
        .header(header::CONTENT_SECURITY_POLICY, policy)
        .header(header::CACHE_CONTROL, "private, no-store")
        .header(header::REFERRER_POLICY, "no-referrer")
        .body(body)
        .map_err(Problem::internal)
}
