//! The mailbox in JSON, and its files.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::shared::Shared;

#[derive(Deserialize)]
pub(super) struct Turned {
    #[serde(default)]
    page: usize,
}

/// A page of mails, newest first, and what time it is.
pub(super) async fn page(State(shared): State<Arc<Shared>>, Query(turned): Query<Turned>) -> Json<Value> {
    let page = shared.mails.page(turned.page);
    let (total, page, pages, items) = (page.total, page.page, page.pages, page.items);
    Json(json!({ "now": shared.now(), "total": total, "page": page, "pages": pages, "items": items }))
}

/// A file, to be kept and never to be shown in place: it came from outside.
pub(super) async fn attachment(
    State(shared): State<Arc<Shared>>,
    Path((mail, number)): Path<(u64, usize)>,
) -> Response {
    let Some(file) = shared.mails.attachment(mail, number) else { return StatusCode::NOT_FOUND.into_response() };
    let headers = [
        (header::CONTENT_TYPE, "application/octet-stream".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename*=UTF-8''{}", percent_encoded(&file.file_name))),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
    ];
    (headers, file.content.as_ref().clone()).into_response()
}

fn percent_encoded(name: &str) -> String {
    name.bytes()
        .map(|byte| match byte {
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect()
}
