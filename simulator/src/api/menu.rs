//! The service account's menu and its rules.

use serde_json::{Value, json};

use super::{ApiAnswer, ApiError, ApiRequest, ok};
use crate::shared::Shared;

/// POST /cgi-bin/menu/create
pub(super) fn create(shared: &Shared, request: &ApiRequest) -> Result<ApiAnswer, ApiError> {
    // Chinese written as \u escapes is refused, as the real server does.
    if request.body.windows(2).any(|pair| pair == b"\\u") {
        return Err(ApiError::new(
            40033,
            "invalid charset. please check your request, if include \\uxxxx will create fail!",
        ));
    }
    let menu = request.json()?;
    let buttons = menu["button"].as_array().ok_or(ApiError::new(40016, "invalid button size"))?;
    if buttons.is_empty() || buttons.len() > 3 {
        return Err(ApiError::new(40016, "invalid button size"));
    }
    for button in buttons {
        check_name(button, 16)?;
        match button["sub_button"].as_array().filter(|list| !list.is_empty()) {
            Some(list) if list.len() > 5 => {
                return Err(ApiError::new(40023, "invalid sub button size"));
            }
            Some(list) => {
                for button in list {
                    check_name(button, 60)?;
                    check_action(button)?;
                }
            }
            None => check_action(button)?,
        }
    }
    shared.change(|world| world.mp.menu = Some(menu.clone()));
    Ok(ok())
}

fn check_name(button: &Value, bytes_max: usize) -> Result<(), ApiError> {
    let name = button["name"].as_str().unwrap_or_default();
    if name.is_empty() || name.len() > bytes_max {
        return Err(ApiError::new(40018, "invalid button name size"));
    }
    Ok(())
}

fn check_action(button: &Value) -> Result<(), ApiError> {
    let text = |name: &str| button[name].as_str().unwrap_or_default();
    let url_good = |url: &str| (url.starts_with("http://") || url.starts_with("https://")) && url.len() <= 1024;
    match text("type") {
        "view" if url_good(text("url")) => Ok(()),
        "view" => Err(ApiError::new(40020, "invalid button url size")),
        "miniprogram" => {
            if text("appid").is_empty() || text("pagepath").is_empty() {
                return Err(ApiError::new(40020, "invalid button url size"));
            }
            if url_good(text("url")) { Ok(()) } else { Err(ApiError::new(40020, "invalid button url size")) }
        }
        "click" | "scancode_push" | "scancode_waitmsg" | "pic_sysphoto" | "pic_photo_or_album" | "pic_weixin"
        | "location_select" => {
            let key = text("key");
            if key.is_empty() || key.len() > 128 {
                return Err(ApiError::new(40019, "invalid button key size"));
            }
            Ok(())
        }
        "media_id" | "view_limited" if !text("media_id").is_empty() => Ok(()),
        "article_id" | "article_view_limited" if !text("article_id").is_empty() => Ok(()),
        _ => Err(ApiError::new(40017, "invalid button type")),
    }
}

/// GET /cgi-bin/menu/get
pub(super) fn get(shared: &Shared) -> Result<ApiAnswer, ApiError> {
    shared
        .read(|world| world.mp.menu.clone())
        .map(|menu| ApiAnswer::Json(json!({ "menu": menu })))
        .ok_or(ApiError::new(46003, "menu no exist"))
}

/// GET /cgi-bin/menu/delete
pub(super) fn delete(shared: &Shared) -> Result<ApiAnswer, ApiError> {
    shared.change(|world| world.mp.menu = None);
    Ok(ok())
}
