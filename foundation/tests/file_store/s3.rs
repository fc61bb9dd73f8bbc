//! An S3 store in memory, as far as `foundation::files` speaks with one: signatures are checked (version 4), lists come in
//! pages, large files in parts.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use foundation::config::{FilesConfig, Secret};
use foundation::ids::new_id_text;
use foundation::secret_hash::sha256_hex;
use hmac::{Hmac, KeyInit, Mac};
use percent_encoding::percent_decode_str;
use sha2::Sha256;
use tokio::net::TcpListener;
use tokio::sync::Barrier;

const BUCKET: &str = "tejian";
const KEY_ID: &str = "key-of-a-test";
const SECRET: &str = "secret-of-a-test";
/// So few that a list has several pages.
const KEYS_OF_A_PAGE: usize = 2;
/// What S3 wants of every part but the last.
const PART_BYTES_MIN: usize = 5 * 1024 * 1024;

#[derive(Default)]
struct Content {
    files: BTreeMap<String, Bytes>,
    /// Parts by their number, by upload.
    uploads: BTreeMap<String, BTreeMap<u32, Bytes>>,
    stumbles: u32,
    lost: BTreeSet<String>,
    /// A part with this number is refused.
    refused_part: Option<u32>,
    held: Option<Arc<Barrier>>,
}

/// The store; it runs until the runtime ends.
pub struct S3Store {
    content: Arc<Mutex<Content>>,
    port: u16,
}

impl S3Store {
    /// Starts an empty one on a free port.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("a bound address").port();
        let content = Arc::<Mutex<Content>>::default();
        let router = Router::new().fallback(answer).layer(DefaultBodyLimit::disable()).with_state(content.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { content, port }
    }

    /// Makes `[files]` lead here.
    pub fn lead(&self, config: &mut FilesConfig) {
        config.s3_endpoint = format!("http://127.0.0.1:{}", self.port);
        config.s3_bucket = BUCKET.to_owned();
        config.s3_region = "us-east-1".to_owned();
        config.s3_access_key = KEY_ID.to_owned();
        config.s3_secret_key = Secret::new(SECRET);
    }

    /// The keys of everything it keeps.
    pub fn keys(&self) -> Vec<String> {
        lock(&self.content).files.keys().cloned().collect()
    }

    /// A file that is removed the moment somebody asks for it.
    pub fn lose(&self, key: &str) {
        lock(&self.content).lost.insert(key.to_owned());
    }

    /// So many of the next requests are answered with 503.
    pub fn stumble(&self, times: u32) {
        lock(&self.content).stumbles = times;
    }

    /// The next file that is put comes to the returned barrier twice: before the second time it is not stored.
    #[allow(dead_code, reason = "for journeys alone")]
    pub fn hold_next_file(&self) -> Arc<Barrier> {
        let held = Arc::new(Barrier::new(2));
        lock(&self.content).held = Some(held.clone());
        held
    }

    /// Parts with this number are refused for good.
    #[allow(dead_code, reason = "not for journeys")]
    pub fn refuse_part(&self, number: u32) {
        lock(&self.content).refused_part = Some(number);
    }

    /// How many files were begun in parts, and neither completed nor aborted.
    #[allow(dead_code, reason = "not for journeys")]
    pub fn unfinished(&self) -> usize {
        lock(&self.content).uploads.len()
    }

    /// How many of those are still to come.
    pub fn stumbles_left(&self) -> u32 {
        lock(&self.content).stumbles
    }
}

fn lock(content: &Mutex<Content>) -> MutexGuard<'_, Content> {
    content.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn answer(
    State(content): State<Arc<Mutex<Content>>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let held = if method == Method::PUT { lock(&content).held.take() } else { None };
    if let Some(held) = held {
        held.wait().await;
        held.wait().await;
    }
    let mut content = lock(&content);
    if content.stumbles > 0 {
        content.stumbles -= 1;
        return refusal(StatusCode::SERVICE_UNAVAILABLE, "SlowDown");
    }
    if is_signed(&method, &uri, &headers, &body) != Some(true) {
        return refusal(StatusCode::FORBIDDEN, "SignatureDoesNotMatch");
    }
    let path = uri.path().trim_start_matches('/');
    let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
    if bucket != BUCKET {
        return refusal(StatusCode::NOT_FOUND, "NoSuchBucket");
    }
    let query: BTreeMap<String, String> = pairs(&uri)
        .map(|(name, value)| (name.to_owned(), percent_decode_str(value).decode_utf8_lossy().into_owned()))
        .collect();
    let upload = query.get("uploadId");
    match (method.as_str(), upload) {
        ("GET", None) if key.is_empty() => list(&content, query.get("continuation-token")),
        ("POST", None) if query.contains_key("delete") => delete(&mut content, &body),
        ("POST", None) if query.contains_key("uploads") => {
            let id = new_id_text("upload");
            content.uploads.insert(id.clone(), BTreeMap::new());
            format!("<InitiateMultipartUploadResult><UploadId>{id}</UploadId></InitiateMultipartUploadResult>")
                .into_response()
        }
        ("PUT", Some(upload)) => {
            let number = query.get("partNumber").and_then(|number| number.parse::<u32>().ok());
            if number.is_some() && number == content.refused_part {
                return refusal(StatusCode::FORBIDDEN, "AccessDenied");
            }
            let (Some(number), Some(parts)) = (number, content.uploads.get_mut(upload)) else {
                return refusal(StatusCode::NOT_FOUND, "NoSuchUpload");
            };
            let tag = tag(&body);
            parts.insert(number, body);
            [(header::ETAG, tag)].into_response()
        }
        ("DELETE", Some(upload)) => match content.uploads.remove(upload) {
            Some(_) => StatusCode::NO_CONTENT.into_response(),
            None => refusal(StatusCode::NOT_FOUND, "NoSuchUpload"),
        },
        ("POST", Some(upload)) => complete(&mut content, upload, key, &body),
        ("PUT", None) => {
            let tag = tag(&body);
            content.files.insert(key.to_owned(), body);
            [(header::ETAG, tag)].into_response()
        }
        ("GET" | "HEAD", None) => {
            if content.lost.remove(key) {
                content.files.remove(key);
            }
            get(&content, key, headers.get(header::RANGE).and_then(|range| range.to_str().ok()))
        }
        _ => refusal(StatusCode::NOT_IMPLEMENTED, "NotImplemented"),
    }
}

fn pairs(uri: &Uri) -> impl Iterator<Item = (&str, &str)> {
    let pairs = uri.query().unwrap_or_default().split('&').filter(|pair| !pair.is_empty());
    pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")))
}

fn refusal(status: StatusCode, code: &str) -> Response {
    (status, format!("<Error><Code>{code}</Code><Message>{code}</Message></Error>")).into_response()
}

fn tag(content: &[u8]) -> String {
    format!("\"{}\"", &sha256_hex(content)[..32])
}

fn get(content: &Content, key: &str, range: Option<&str>) -> Response {
    let Some(file) = content.files.get(key) else { return refusal(StatusCode::NOT_FOUND, "NoSuchKey") };
    let facts = [(header::ETAG, tag(file)), (header::LAST_MODIFIED, "Mon, 03 Aug 2026 02:00:00 GMT".to_owned())];
    let span = range.and_then(|range| range.strip_prefix("bytes=")?.split_once('-'));
    let span = span.and_then(|(first, last)| Some((first.parse::<usize>().ok()?, last.parse::<usize>().ok()?)));
    match span {
        Some((first, last)) if first <= last && last < file.len() => {
            let told = [(header::CONTENT_RANGE, format!("bytes {first}-{last}/{}", file.len()))];
            (StatusCode::PARTIAL_CONTENT, facts, told, file.slice(first..=last)).into_response()
        }
        Some(_) => refusal(StatusCode::RANGE_NOT_SATISFIABLE, "InvalidRange"),
        None => (facts, file.clone()).into_response(),
    }
}

fn list(content: &Content, after: Option<&String>) -> Response {
    let after = after.map(String::as_str).unwrap_or_default();
    let rest: Vec<_> = content.files.iter().filter(|(key, _)| key.as_str() > after).collect();
    let page = &rest[..rest.len().min(KEYS_OF_A_PAGE)];
    let mut told = String::from("<ListBucketResult>");
    for (key, file) in page {
        let (bytes, tag) = (file.len(), tag(file));
        told += &format!(
            "<Contents><Key>{key}</Key><LastModified>2026-08-03T02:00:00.000Z</LastModified><ETag>{tag}</ETag>\
             <Size>{bytes}</Size></Contents>"
        );
    }
    if let Some((last, _)) = page.last().filter(|_| rest.len() > KEYS_OF_A_PAGE) {
        told += &format!("<NextContinuationToken>{last}</NextContinuationToken>");
    }
    (told + "</ListBucketResult>").into_response()
}

fn delete(content: &mut Content, body: &[u8]) -> Response {
    let mut told = String::from("<DeleteResult>");
    for rest in String::from_utf8_lossy(body).split("<Key>").skip(1) {
        let key = rest.split('<').next().unwrap_or_default();
        content.files.remove(key);
        told += &format!("<Deleted><Key>{key}</Key></Deleted>");
    }
    (told + "</DeleteResult>").into_response()
}

fn complete(content: &mut Content, upload: &str, key: &str, body: &[u8]) -> Response {
    let Some(parts) = content.uploads.remove(upload) else { return refusal(StatusCode::NOT_FOUND, "NoSuchUpload") };
    let named = String::from_utf8_lossy(body).matches("<PartNumber>").count();
    let too_small = parts.values().rev().skip(1).any(|part| part.len() < PART_BYTES_MIN);
    if named != parts.len() || too_small {
        return refusal(StatusCode::BAD_REQUEST, if too_small { "EntityTooSmall" } else { "InvalidPart" });
    }
    let whole = Bytes::from(parts.values().flat_map(|part| part.to_vec()).collect::<Vec<u8>>());
    let tag = tag(&whole);
    content.files.insert(key.to_owned(), whole);
    format!("<CompleteMultipartUploadResult><ETag>{tag}</ETag></CompleteMultipartUploadResult>").into_response()
}

/// Whether somebody who has our secret sent this; nothing when something that belongs to it is missing.
fn is_signed(method: &Method, uri: &Uri, headers: &HeaderMap, body: &[u8]) -> Option<bool> {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let told = header("authorization")?.strip_prefix("AWS4-HMAC-SHA256 ")?;
    let part = |name: &str| told.split(", ").find_map(|part| part.strip_prefix(name));
    let (key_id, scope) = part("Credential=")?.split_once('/')?;
    let (names, hash) = (part("SignedHeaders=")?, header("x-amz-content-sha256")?);
    let mut query: Vec<String> = pairs(uri).map(|(name, value)| format!("{name}={value}")).collect();
    query.sort_unstable();
    let mut request = format!("{method}\n{}\n{}\n", uri.path(), query.join("&"));
    for name in names.split(';') {
        request += &format!("{name}:{}\n", header(name)?.trim());
    }
    request += &format!("\n{names}\n{hash}");
    let text = format!("AWS4-HMAC-SHA256\n{}\n{scope}\n{}", header("x-amz-date")?, sha256_hex(request.as_bytes()));
    // Day, region, service and the word that ends it, one after the other.
    let key = scope.split('/').fold(format!("AWS4{SECRET}").into_bytes(), |key, part| hmac(&key, part));
    Some(key_id == KEY_ID && hash == sha256_hex(body) && part("Signature=")? == hex::encode(hmac(&key, &text)))
}

fn hmac(key: &[u8], text: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("a key of any length");
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}
