//! Mini-program codes and links.

use serde_json::json;

use super::{ApiAnswer, ApiError, ApiRequest};
use crate::instants::DAY_S;
use crate::picture;
use crate::random;
use crate::shared::Shared;
use crate::world::apps::UrlLink;

/// A link lives at most so long.
const LINK_DAYS_MAX: i64 = 30;

/// POST /wxa/getwxacodeunlimit: bytes of a picture, or JSON when something is wrong.
pub(super) fn unlimited(_: &Shared, request: &ApiRequest) -> Result<ApiAnswer, ApiError> {
    let body = request.json()?;
    let scene = body["scene"].as_str().unwrap_or_default();
    let permitted = |letter: char| letter.is_ascii_alphanumeric() || "!#$&'()*+,/:;=?@-._~".contains(letter);
    if scene.is_empty() || scene.len() > 32 || !scene.chars().all(permitted) {
        return Err(ApiError::new(40169, "invalid length for scene, or the data is not json string"));
    }
    let page = body["page"].as_str().unwrap_or_default();
    if page.starts_with('/') || page.contains('?') {
        return Err(ApiError::new(41030, "invalid page"));
    }
    let width = body["width"].as_u64().unwrap_or(430);
    if !(280..=1280).contains(&width) {
        return Err(ApiError::new(40097, "invalid args"));
    }
    let text = format!("https://wxaurl.cn/code?page={page}&scene={scene}");
    picture::qr_png(&text, u32::try_from(width).unwrap_or(430))
        .map(|png| ApiAnswer::File("image/png", png))
        .ok_or(ApiError::new(-1, "system error"))
}

/// Opens a link: page and query, unless it is over or another user's.
pub(crate) fn open_url_link(shared: &Shared, openid: &str, url_link: &str) -> Option<String> {
    let now = shared.now();
    shared.change(|world| {
        let owner = world.person_or_stranger(openid).mini_openid.clone();
        let link = world.mini.url_links.get_mut(url_link).filter(|link| now < link.expires_at)?;
        let first = link.opened_by.get_or_insert_with(|| owner.clone());
        let separator = if link.query.is_empty() { "" } else { "?" };
        (*first == owner).then(|| format!("{}{separator}{}", link.path, link.query))
    })
}

/// POST /wxa/generate_urllink
pub(super) fn url_link(shared: &Shared, request: &ApiRequest) -> Result<ApiAnswer, ApiError> {
    let body = request.json()?;
    let path = body["path"].as_str().unwrap_or_default().trim_start_matches('/').to_owned();
    let query = body["query"].as_str().unwrap_or_default().to_owned();
    if query.len() > 1024 || path.contains('?') {
        return Err(ApiError::new(40165, "invalid weapp pagepath"));
    }
    let now = shared.now();
    let latest = now + LINK_DAYS_MAX * DAY_S;
    let expires_at = match body["expire_type"].as_i64().unwrap_or(0) {
        0 => body["expire_time"].as_i64().unwrap_or(latest),
        _ => now + body["expire_interval"].as_i64().unwrap_or(LINK_DAYS_MAX) * DAY_S,
    };
    if expires_at <= now || expires_at > latest {
        return Err(ApiError::new(85401, "time limit between 1min and 30 days"));
    }
    let url_link = format!("https://wxaurl.cn/{}", random::letters(11));
    shared.change(|world| {
        let link = UrlLink { path, query, expires_at, opened_by: None };
        world.mini.url_links.insert(url_link.clone(), link);
    });
    Ok(ApiAnswer::Json(json!({"errcode": 0, "errmsg": "ok", "url_link": url_link})))
}
