//! A file as an HTTP answer.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use foundation::problem::Problem;
use foundation::secret_hash::sha256_hex;
use tokio_util::io::ReaderStream;

use super::archive;
use super::found::{Content, Found};
use super::names::content_disposition;
use super::range::{Wanted, wanted};
use crate::app::App;
use crate::documents::{device_label, payment_order, year_statement};
use crate::statements;
use crate::web::telling_breaks;

/// A downloaded file runs and loads nothing, whatever is in it.
const POLICY_OF_DOWNLOADS: &str = "default-src 'none'; sandbox";
/// Browsers refuse to show a sandboxed PDF; their viewer needs these two.
const POLICY_OF_PDF_PAGES: &str =
    "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'self'";
/// Letters of a mark.
const MARK_CHARACTERS: usize = 32;

/// Sends the file, for saving or (PDF and pictures only) for looking at in the browser. What lies in the store is sent from
/// where an earlier download broke off, if the request says so.
pub(super) async fn send(
    app: &App,
    found: Found,
    headers: &HeaderMap,
    inline: bool,
) -> Result<Response<Body>, Problem> {
    let media_type = found.content.media_type();
    let inline = inline && ["application/pdf", "image/jpeg"].contains(&media_type);
    let disposition = content_disposition(&found.file_name, inline);
    let mut answer = match found.content {
        Content::Stored { key, .. } => stored(app, &key, None, headers).await?,
        Content::Archive(files) => {
            let mark = archive::key_of(&files);
            let key = archive::ensure(app, files).await?;
            stored(app, &key, Some(mark), headers).await?
        }
        Content::Made(document) => made(app, move |typeface| payment_order(&typeface, &document)).await?,
        Content::Statement(statement) => made(app, move |typeface| year_statement(&typeface, &statement)).await?,
        Content::Sheet(statement) => {
            let file = statements::sheet(app, *statement).await?;
            let bytes = file.metadata().map_err(Problem::internal)?.len();
            let pieces = ReaderStream::new(tokio::fs::File::from_std(file));
            let mut answer = Response::new(Body::from_stream(telling_breaks(pieces)));
            answer.headers_mut().insert(header::CONTENT_LENGTH, bytes.into());
            answer
        }
        Content::Label(label) => made(app, move |typeface| device_label(&typeface, &label)).await?,
    };
    let policy = if inline { POLICY_OF_PDF_PAGES } else { POLICY_OF_DOWNLOADS };
    let described = answer.headers_mut();
    for (name, value) in [
        (header::CONTENT_TYPE, media_type),
        (header::CONTENT_DISPOSITION, disposition.as_str()),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::CACHE_CONTROL, "private, no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
    ] {
        described.insert(name, HeaderValue::from_str(value).map_err(Problem::internal)?);
    }
    Ok(answer)
}

/// A paper made now, on a thread of its own.
async fn made(
    app: &App,
    make: impl FnOnce(crate::documents::Typeface) -> anyhow::Result<Vec<u8>> + Send + 'static,
) -> Result<Response<Body>, Problem> {
    let typeface = app.typeface.clone();
    let content = tokio::task::spawn_blocking(move || make(typeface)).await.map_err(Problem::internal)??;
    Ok(Response::new(Body::from(content)))
}

/// A file of the store, whole or the part that is asked for. `version` says what its content depends on, where the store's
/// own word would change with every packing.
async fn stored(app: &App, key: &str, version: Option<String>, headers: &HeaderMap) -> Result<Response<Body>, Problem> {
    let facts = app.files.facts(key).await?;
    let facts = facts.ok_or_else(|| Problem::internal(format!("the file {key} is not in the store")))?;
    let content = version.unwrap_or_else(|| format!("{key} {}", facts.version));
    let mark = format!("\"{}\"", &sha256_hex(content.as_bytes())[..MARK_CHARACTERS]);
    let mark = HeaderValue::from_str(&mark).map_err(Problem::internal)?;
    let size = facts.bytes;
    let mut answer = match wanted(headers, size, &mark) {
        Wanted::Whole => {
            let mut answer = Response::new(Body::from_stream(telling_breaks(app.files.stream(key).await?)));
            answer.headers_mut().insert(header::CONTENT_LENGTH, size.into());
            answer
        }
        Wanted::Part(range) => {
            let told = format!("bytes {}-{}/{size}", range.start, range.end - 1);
            let length = range.end - range.start;
            let mut answer =
                Response::new(Body::from_stream(telling_breaks(app.files.stream_range(key, range).await?)));
            *answer.status_mut() = StatusCode::PARTIAL_CONTENT;
            let told = HeaderValue::from_str(&told).map_err(Problem::internal)?;
            answer.headers_mut().insert(header::CONTENT_RANGE, told);
            answer.headers_mut().insert(header::CONTENT_LENGTH, length.into());
            answer
        }
        Wanted::Beyond => {
            let problem =
                Problem::new(StatusCode::RANGE_NOT_SATISFIABLE, "range_beyond", "文件没有这么长，不能继续下载")
                    .advice("请重新下载整个文件");
            return Err(problem);
        }
    };
    answer.headers_mut().insert(header::ETAG, mark);
    answer.headers_mut().insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    Ok(answer)
}
