//! Links to files of people: made for who may see the file, good for minutes.

use axum::body::Body;
use axum::extract::State;
use axum::http::{Response, StatusCode, header};
use foundation::problem::Problem;
use foundation::signed_token::TokenRefused;
use serde::{Deserialize, Serialize};

use super::model::UploadState;
use super::store;
use crate::app::{App, SharedApp};
use crate::web::Path;

/// A picture or a PDF in a page of ours; it runs and loads nothing.
const POLICY: &str = "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'self'";

/// What a link is for; other tokens of ours have another form.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileOfPerson {
    upload: String,
    preview: bool,
}

/// The address of a file or of its small picture.
pub(super) fn address(app: &App, upload_id: &str, preview: bool) -> String {
    let link = FileOfPerson { upload: upload_id.to_owned(), preview };
    let payload = serde_json::to_string(&link).expect("a link is plain data");
    let expires_at = app.now_ms() + app.config.links.ttl_minutes * 60_000;
    format!("/files/uploads/{}", app.links.sign(&payload, expires_at))
}

/// The file behind a link.
pub(super) async fn fetch(State(app): State<SharedApp>, Path(token): Path<String>) -> Result<Response<Body>, Problem> {
    let invalid = || Problem::not_found("link_invalid", "文件链接无效").advice("请返回页面刷新后重试");
    let payload = app.links.open(&token, app.now_ms()).map_err(|refused| match refused {
        TokenRefused::Expired => {
            Problem::new(StatusCode::GONE, "link_expired", "文件链接已过期").advice("请返回页面刷新后重试")
        }
        TokenRefused::Forged => invalid(),
    })?;
    let link: FileOfPerson = serde_json::from_str(&payload).map_err(|_| invalid())?;
    let row = store::find(app.database.reader(), &link.upload).await?.ok_or_else(invalid)?;
    if row.state()? != UploadState::Ready {
        return Err(invalid());
    }
    let (key, content_type) =
        if link.preview { (row.preview_key, "image/jpeg".to_owned()) } else { (row.file_key, row.content_type) };
    let content = app.files.stream(&key.ok_or_else(invalid)?).await?;
    Response::builder()
        .header(header::CONTENT_TYPE, content_type)
        .header(header::CONTENT_DISPOSITION, "inline")
        .header(header::X_CONTENT_TYPE_OPTIONS, "nosniff")
        .header(header::CONTENT_SECURITY_POLICY, POLICY)
        .header(header::CACHE_CONTROL, "private, max-age=300")
        .header(header::REFERRER_POLICY, "no-referrer")
        .body(Body::from_stream(content))
        .map_err(Problem::internal)
}
