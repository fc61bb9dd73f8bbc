//! What the holder of a link sees: a page with the report's pages, and the file; both with the watermark. Not documented,
//! because nobody makes such an address himself.

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, header};
use axum::response::{Html, IntoResponse};
use axum::routing::get;
use bytes::Bytes;
use foundation::calendar::beijing_minute_text;
use foundation::problem::Problem;

use super::entity::report_shares::Model;
use super::store;
use crate::accounts::Client;
use crate::app::{App, SharedApp};
use crate::reports::{self, ReportFile};
use crate::sign_in::device_of;
use crate::web::{self, ClientAddress, Path, wait_after_hourly};
use crate::{downloads, previews};

/// Where links lead.
pub fn public_router() -> Router<SharedApp> {
    Router::new()
        .route("/shared/{token}", get(show))
        .route("/shared/{token}/pages/{number}", get(picture))
        .route("/shared/{token}/file", get(save))
}

async fn opened(app: &App, token: &str, address: &ClientAddress) -> Result<(Model, ReportFile), Problem> {
    let limits = &app.config.shares;
    // Before anything is looked up: guessing links is counted as well.
    demand_few(app, "shared:address", &address.network(), limits.fetches_per_address_per_hour).await?;
    let share = store::open(app, token).await?;
    demand_few(app, "shared:link", &share.id, limits.fetches_per_link_per_hour).await?;
    let file = reports::shared_file(app.database.reader(), &share.report_id).await?;
    Ok((share, file))
}

async fn demand_few(app: &App, what: &str, whom: &str, max: u64) -> Result<(), Problem> {
    match wait_after_hourly(app, what, whom, max).await? {
        None => Ok(()),
        Some(wait_s) => Err(Problem::too_often("share_too_often", "看这个链接的人太多，暂时打不开", wait_s)
            .advice("请一小时后再打开，或向分享的人要原件")),
    }
}

fn device(headers: &HeaderMap) -> String {
    device_of(headers, Client::of_headers(headers))
}

/// The file with the watermark, made once for all pages that are looked at in a row.
async fn stamped(app: &App, share: &Model, file: &ReportFile) -> Result<Bytes, Problem> {
    let make = async {
        let original = app.files.get(&file.key).await?;
        let typeface = app.typeface.clone();
        let text = format!("由{}分享，{} 前有效", share.shared_by, beijing_minute_text(share.expires_at));
        let stamped = app.previews.run(move || previews::stamp(&typeface, &original, &text)).await?;
        Ok(Bytes::from(stamped))
    };
    app.previews.kept(&format!("{}/{}", share.id, file.sha256), make).await
}

async fn show(
    State(app): State<SharedApp>,
    Path(token): Path<String>,
    address: ClientAddress,
    headers: HeaderMap,
) -> Result<Response<Body>, Problem> {
    let (share, file) = opened(&app, &token, &address).await?;
    store::note_opening(&app, &share, "page", &device(&headers)).await?;
    // The watermark changes nothing in the number and the sizes of pages.
    let sizes = app.previews.sizes(app.files.get(&file.key).await?).await.unwrap_or_default();
    let mut pages = String::new();
    for (position, size) in sizes.iter().enumerate() {
        let number = position + 1;
        pages.push_str(&format!(
            "<img src=\"/shared/{token}/pages/{number}\" alt=\"第 {number} 页\" width=\"{}\" height=\"{}\" \
             loading=\"lazy\" style=\"display:block;width:100%;height:auto;margin:12px 0;border:1px solid #dde1e6\">",
            size.width, size.height
        ));
    }
    if pages.is_empty() {
        pages.push_str("<p>这份报告不能在页面上显示，请下载后查看。</p>");
    }
    let title = format!("检验报告 {}", web::escape(&file.report_no));
    let body = format!(
        "<h1>{title}</h1><p>{}</p><p><small>由{}分享，{} 前有效。这是带水印的副本，数字签名以原件为准。</small></p>\
         <a class=go href=\"/shared/{token}/file\">下载副本</a>{pages}",
        web::escape(&file.device_name),
        web::escape(&share.shared_by),
        beijing_minute_text(share.expires_at),
    );
    let mut response = Html(web::page(&title, &body)).into_response();
    careful(response.headers_mut());
    Ok(response)
}

async fn picture(
    State(app): State<SharedApp>,
    Path((token, number)): Path<(String, usize)>,
    address: ClientAddress,
) -> Result<Response<Body>, Problem> {
    let (share, file) = opened(&app, &token, &address).await?;
    let key = format!("{}/{}/{number}", share.id, file.sha256);
    let picture = app.previews.picture(&key, number, stamped(&app, &share, &file)).await?;
    answer("image/png", "inline", picture)
}

async fn save(
    State(app): State<SharedApp>,
    Path(token): Path<String>,
    address: ClientAddress,
    headers: HeaderMap,
) -> Result<Response<Body>, Problem> {
    let (share, file) = opened(&app, &token, &address).await?;
    store::note_opening(&app, &share, "file", &device(&headers)).await?;
    let copy = stamped(&app, &share, &file).await?;
    let name = downloads::pdf_name(&format!("{}_副本", file.title));
    answer("application/pdf", &downloads::content_disposition(&name, false), copy)
}

fn answer(media_type: &'static str, disposition: &str, content: Bytes) -> Result<Response<Body>, Problem> {
    let mut response = Response::new(Body::from(content));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    let disposition = HeaderValue::from_str(disposition).map_err(Problem::internal)?;
    headers.insert(header::CONTENT_DISPOSITION, disposition);
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; sandbox"));
    careful(headers);
    Ok(response)
}

/// Kept nowhere, found by no search engine, and the address goes nowhere else.
fn careful(headers: &mut HeaderMap) {
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(HeaderName::from_static("x-robots-tag"), HeaderValue::from_static("noindex, nofollow"));
}
