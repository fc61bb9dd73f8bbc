//! Customer-service messages: only within the window that the user's last action opened.

use serde_json::Value;

use super::{ApiAnswer, ApiError, ApiRequest, App, ok};
use crate::shared::Shared;
use crate::world::chat::{Chat, ChatEntry, Content, MessageKind, PushedMessage};

/// A text may have so many bytes.
const TEXT_MAX: usize = 2048;

/// POST /cgi-bin/message/custom/send
pub(super) fn send(shared: &Shared, app: App, request: &ApiRequest) -> Result<ApiAnswer, ApiError> {
    let body = request.json()?;
    let openid = body["touser"].as_str().unwrap_or_default();
    let content = read_content(&body)?;
    let now = shared.now();
    shared.change(|world| {
        let owner = world
            .person(openid)
            .map(|person| person.mp_openid.clone())
            .ok_or(ApiError::new(40003, "invalid openid"))?;
        let late = || ApiError::new(45015, "response out of time limit or subscription is canceled");
        let window = app.state(world).service_windows.get(openid).cloned().ok_or_else(late)?;
        if now > window.until {
            return Err(late());
        }
        if window.left == 0 {
            return Err(ApiError::new(45047, "out of response count limit"));
        }
        if let Content::Image { media_id } = &content
            && !app.state(world).media.contains_key(media_id)
        {
            return Err(ApiError::new(40007, "invalid media_id"));
        }
        if let Some(window) = app.state(world).service_windows.get_mut(openid) {
            window.left -= 1;
        }
        let id = world.next_number();
        let chat = if app == App::Mp { Chat::Account } else { Chat::ServiceNotices };
        world.chat.push(ChatEntry { id, at: now, openid: owner, chat, mine: false, content });
        let msgid = world.next_number();
        world.pushed.push(PushedMessage {
            msgid,
            at: now,
            openid: openid.to_owned(),
            kind: MessageKind::Custom,
            template_id: None,
            url: None,
            page: body["miniprogrampage"]["pagepath"].as_str().map(str::to_owned),
            data: body.clone(),
        });
        Ok(ok())
    })
}

fn read_content(body: &Value) -> Result<Content, ApiError> {
    match body["msgtype"].as_str() {
        Some("text") => {
            let text = body["text"]["content"].as_str().unwrap_or_default();
            if text.is_empty() {
                return Err(ApiError::new(44004, "empty content"));
            }
            if text.len() > TEXT_MAX {
                return Err(ApiError::new(45002, "content size out of limit"));
            }
            Ok(Content::Text { text: text.to_owned() })
        }
        Some("news") => {
            let text = |article: &Value, name: &str| article[name].as_str().unwrap_or_default().to_owned();
            let articles = body["news"]["articles"].as_array().map_or_else(Vec::new, |articles| {
                let read = |article| ["title", "description", "url", "picurl"].map(|name| text(article, name));
                articles.iter().map(read).collect()
            });
            // One article only since 2018.
            if articles.len() != 1 {
                return Err(ApiError::new(45008, "article size out of limit"));
            }
            Ok(Content::News { articles })
        }
        Some("miniprogrampage") => Ok(Content::Card {
            title: body["miniprogrampage"]["title"].as_str().unwrap_or("小程序").to_owned(),
            fields: Vec::new(),
            url: None,
            page: body["miniprogrampage"]["pagepath"].as_str().map(str::to_owned),
        }),
        Some("image") => {
            let media_id = body["image"]["media_id"].as_str().unwrap_or_default();
            if media_id.is_empty() {
                return Err(ApiError::new(41006, "media_id missing"));
            }
            Ok(Content::Image { media_id: media_id.to_owned() })
        }
        Some("msgmenu") => Ok(Content::Text { text: "[消息]".into() }),
        _ => Err(ApiError::new(40008, "invalid message type")),
    }
}
