//! Temporary media: what people send and what the account sends them, for three days.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::{ApiAnswer, ApiError, ApiRequest, App};
use crate::random;
use crate::shared::Shared;
use crate::world::World;
use crate::world::apps::Media;

/// Three days.
const KEPT_S: i64 = 3 * 86_400;
const IMAGE_BYTES_MAX: usize = 10 * 1024 * 1024;

/// POST /cgi-bin/media/upload?type=image
pub(super) fn upload(shared: &Shared, app: App, request: &ApiRequest) -> Result<ApiAnswer, ApiError> {
    if request.parameter("type") != "image" {
        return Err(ApiError::new(40004, "invalid media type"));
    }
    let content = form_file(&request.body).ok_or(ApiError::new(41005, "media data missing"))?;
    if content.len() > IMAGE_BYTES_MAX {
        return Err(ApiError::new(40009, "invalid image size"));
    }
    let content_type = image_type(content).ok_or(ApiError::new(40005, "invalid file type"))?;
    let now = shared.now();
    let media_id = shared.change(|world| keep(world, app, content_type, content, now));
    Ok(ApiAnswer::Json(json!({"type": "image", "media_id": media_id, "created_at": now, "item": []})))
}

/// GET /cgi-bin/media/get: the file, or JSON.
pub(super) fn get(shared: &Shared, app: App, request: &ApiRequest) -> Result<ApiAnswer, ApiError> {
    let now = shared.now();
    let found = shared.change(|world| app.state(world).media.get(request.parameter("media_id")).cloned());
    let gone = || ApiError::new(40007, "invalid media_id");
    let media = found.filter(|media| now <= media.expires_at).ok_or_else(gone)?;
    let content = STANDARD.decode(&media.content_base64).map_err(|_| gone())?;
    let content_type = if media.content_type == "image/png" { "image/png" } else { "image/jpeg" };
    Ok(ApiAnswer::File(content_type, content))
}

/// Keeps a file; gives its media id.
pub(crate) fn keep(world: &mut World, app: App, content_type: &str, content: &[u8], now: i64) -> String {
    let media_id = random::letters(64);
    let media = Media {
        content_type: content_type.to_owned(),
        content_base64: STANDARD.encode(content),
        expires_at: now + KEPT_S,
    };
    app.state(world).media.insert(media_id.clone(), media);
    media_id
}

/// By its first bytes.
pub(crate) fn image_type(content: &[u8]) -> Option<&'static str> {
    match content {
        [0xff, 0xd8, 0xff, ..] => Some("image/jpeg"),
        [0x89, b'P', b'N', b'G', ..] => Some("image/png"),
        _ => None,
    }
}

/// The content of the only part of a multipart form named `media`.
fn form_file(body: &[u8]) -> Option<&[u8]> {
    let line_end = find(body, b"\r\n")?;
    let boundary = body.get(..line_end).filter(|line| line.starts_with(b"--"))?;
    let head_end = find(body, b"\r\n\r\n")? + 4;
    let head = std::str::from_utf8(&body[..head_end]).ok()?;
    if !head.contains("name=\"media\"") {
        return None;
    }
    let mut end = vec![b'\r', b'\n'];
    end.extend_from_slice(boundary);
    let content = &body[head_end..];
    find(content, &end).map(|at| &content[..at]).filter(|content| !content.is_empty())
}

fn find(text: &[u8], part: &[u8]) -> Option<usize> {
    text.windows(part.len()).position(|window| window == part)
}
