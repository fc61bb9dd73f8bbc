//! Links to the pictures of pages: made for one session, good for minutes, checked again when they are used.

use axum::body::Body;
use axum::extract::State;
use axum::http::{Response, StatusCode, header};
use bytes::Bytes;
use foundation::problem::Problem;
use foundation::signed_token::TokenRefused;
use serde::{Deserialize, Serialize};

use crate::accounts::{Scope, SessionId, UnitId};
use crate::app::{App, SharedApp};
use crate::reports;
use crate::web::Path;

/// What a link is for; other tokens of ours have another form.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PageOfReport {
    report: String,
    page: usize,
    session: SessionId,
    unit: UnitId,
}

/// The address of a page's picture.
pub(super) fn address(app: &App, scope: &Scope, report_id: &str, page: usize) -> String {
    let link = PageOfReport {
        report: report_id.to_owned(),
        page,
        session: scope.session().id.clone(),
        unit: scope.unit_id().clone(),
    };
    let payload = serde_json::to_string(&link).expect("a link is plain data");
    let expires_at = app.now_ms() + app.config.links.ttl_minutes * 60_000;
    format!("/files/report-pages/{}", app.links.sign(&payload, expires_at))
}

/// The picture behind a link.
pub(super) async fn fetch(State(app): State<SharedApp>, Path(token): Path<String>) -> Result<Response<Body>, Problem> {
    let invalid = || Problem::not_found("link_invalid", "预览链接无效").advice("请返回页面刷新后重试");
    let payload = app.links.open(&token, app.now_ms()).map_err(|refused| match refused {
        TokenRefused::Expired => {
            Problem::new(StatusCode::GONE, "link_expired", "预览链接已过期").advice("请返回页面刷新后重试")
        }
        TokenRefused::Forged => invalid(),
    })?;
    let link: PageOfReport = serde_json::from_str(&payload).map_err(|_| invalid())?;
    let scope = Scope::of_link(&app, &link.session, &link.unit).await?.ok_or_else(|| {
        Problem::new(StatusCode::FORBIDDEN, "link_revoked", "登录已失效，链接不能再使用").advice("请重新登录后再看")
    })?;
    let file = reports::file_for(app.database.reader(), &app.policy, &scope, &link.report).await?;
    let key = format!("{}/{}/{}", link.report, file.sha256, link.page);
    let content = async { app.files.get(&file.key).await.map_err(Problem::from) };
    picture_answer(app.previews.picture(&key, link.page, content).await?)
}

/// A picture as an answer.
pub(super) fn picture_answer(picture: Bytes) -> Result<Response<Body>, Problem> {
    Response::builder()
        .header(header::CONTENT_TYPE, "image/png")
        .header(header::CONTENT_DISPOSITION, "inline")
        .header(header::X_CONTENT_TYPE_OPTIONS, "nosniff")
        .header(header::CONTENT_SECURITY_POLICY, "default-src 'none'")
        .header(header::CACHE_CONTROL, "private, max-age=300")
        .header(header::REFERRER_POLICY, "no-referrer")
        .body(Body::from(picture))
        .map_err(Problem::internal)
}
