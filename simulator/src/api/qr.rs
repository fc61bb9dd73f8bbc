//! QR codes with a scene.

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{ApiAnswer, ApiError, ApiRequest};
use crate::picture;
use crate::random;
use crate::shared::Shared;
use crate::world::apps::QrScene;

/// A temporary code lives at most 30 days.
const EXPIRE_MAX_S: i64 = 2_592_000;
/// And 30 seconds when nothing is said.
const EXPIRE_DEFAULT_S: i64 = 30;

/// POST /cgi-bin/qrcode/create
pub(super) fn create(shared: &Shared, request: &ApiRequest) -> Result<ApiAnswer, ApiError> {
    let body = request.json()?;
    let scene = &body["action_info"]["scene"];
    let action = body["action_name"].as_str().unwrap_or_default();
    let wrong = || ApiError::new(40053, "invalid action info");
    let scene = match action {
        "QR_SCENE" => scene["scene_id"].as_u64().filter(|id| (1..=u64::from(u32::MAX)).contains(id)),
        "QR_LIMIT_SCENE" => scene["scene_id"].as_u64().filter(|id| (1..=100_000).contains(id)),
        "QR_STR_SCENE" | "QR_LIMIT_STR_SCENE" => None,
        _ => return Err(ApiError::new(40052, "invalid action name")),
    }
    .map(|id| id.to_string())
    .or_else(|| {
        scene["scene_str"]
            .as_str()
            .filter(|text| action.ends_with("STR_SCENE") && (1..=64).contains(&text.chars().count()))
            .map(str::to_owned)
    })
    .ok_or_else(wrong)?;
    let seconds = (!action.contains("LIMIT"))
        .then(|| body["expire_seconds"].as_i64().unwrap_or(EXPIRE_DEFAULT_S).clamp(1, EXPIRE_MAX_S));
    let ticket = format!("gQ{}==", random::letters(90));
    let url = format!("http://weixin.qq.com/q/{}", random::letters(22));
    let now = shared.now();
    shared.change(|world| {
        let code = QrScene { scene, url: url.clone(), expires_at: seconds.map(|seconds| now + seconds) };
        world.mp.qr_scenes.insert(ticket.clone(), code);
    });
    let mut answer = json!({"ticket": ticket, "url": url});
    if let Some(seconds) = seconds {
        answer["expire_seconds"] = Value::from(seconds);
    }
    Ok(ApiAnswer::Json(answer))
}

#[derive(Deserialize)]
pub(crate) struct ShowQuery {
    ticket: String,
}

/// GET /cgi-bin/showqrcode (host mp.weixin.qq.com): the picture.
pub(crate) async fn show(State(shared): State<Arc<Shared>>, Query(query): Query<ShowQuery>) -> Response {
    let url = shared.read(|world| world.mp.qr_scenes.get(&query.ticket).map(|code| code.url.clone()));
    match url.and_then(|url| picture::qr_png(&url, 430)) {
        Some(png) => ([(header::CONTENT_TYPE, "image/png")], png).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
