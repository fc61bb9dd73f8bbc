//! Template messages, and what template and subscription messages have in common.

use serde_json::{Value, json};

use super::{ApiAnswer, ApiError, ApiRequest, fields};
use crate::shared::Shared;
use crate::world::World;
use crate::world::chat::{Chat, ChatEntry, Content, MessageKind, PushedMessage};
use crate::world::outbox::QueuedPush;
use crate::xml;

/// client_msg_id is remembered so long.
const CLIENT_MESSAGE_S: i64 = 600;

/// POST /cgi-bin/message/template/send: only followers, 43004 otherwise.
pub(super) fn template(shared: &Shared, request: &ApiRequest) -> Result<ApiAnswer, ApiError> {
    let body = request.json()?;
    let openid = body["touser"].as_str().unwrap_or_default();
    let message = Message::read(shared, &body)?;
    let client_id = body["client_msg_id"].as_str().unwrap_or_default();
    if client_id.len() > 32 {
        return Err(ApiError::new(47003, "argument invalid! client_msg_id too long"));
    }
    let now = shared.now();
    shared.change(|world| {
        let person = world
            .people
            .iter()
            .find(|person| person.mp_openid == openid)
            .ok_or(ApiError::new(40003, "invalid openid"))?;
        if !person.follows {
            return Err(ApiError::new(43004, "require subscribe"));
        }
        world.mp.client_messages.retain(|_, (_, at)| now - *at < CLIENT_MESSAGE_S);
        if let Some((msgid, _)) = world.mp.client_messages.get(client_id) {
            return Ok(sent(*msgid));
        }
        let msgid = message.deliver(world, now, openid, MessageKind::Template, Chat::Account);
        if !client_id.is_empty() {
            world.mp.client_messages.insert(client_id.to_owned(), (msgid, now));
        }
        let blocked = shared.faults.take(|faults| &mut faults.delivery_failed_next);
        let status = if blocked { "failed:user block" } else { "success" };
        world.pushes.push(QueuedPush {
            openid: openid.to_owned(),
            due_at: shared.settles_at(),
            mini: false,
            inner_xml: format!(
                "{}{}{}{}",
                xml::text("MsgType", "event"),
                xml::text("Event", "TEMPLATESENDJOBFINISH"),
                xml::number("MsgID", msgid),
                xml::text("Status", status),
            ),
        });
        Ok(sent(msgid))
    })
}

pub(super) fn sent(msgid: u64) -> ApiAnswer {
    ApiAnswer::Json(json!({"errcode": 0, "errmsg": "ok", "msgid": msgid}))
}

/// A checked message, ready for the phone.
pub(super) struct Message {
    template_id: String,
    title: String,
    fields: Vec<(String, String)>,
    url: Option<String>,
    page: Option<String>,
    data: Value,
}

impl Message {
    /// Checks template id and values and finds the labels.
    pub fn read(shared: &Shared, body: &Value) -> Result<Self, ApiError> {
        let template_id = body["template_id"].as_str().unwrap_or_default();
        let definition = shared.templates.iter().find(|known| known.template_id == template_id);
        if template_id.is_empty() || (definition.is_none() && !shared.templates.is_empty()) {
            return Err(ApiError::new(40037, "invalid template_id"));
        }
        let values = fields::check(&body["data"])?;
        let fields = match definition {
            None => values,
            Some(definition) => definition
                .fields
                .iter()
                .map(|(label, key)| {
                    let value = values.iter().find(|(known, _)| known == key);
                    let missing = || ApiError::new(47003, format!("argument invalid! data.{key}.value is empty"));
                    value.map(|(_, value)| (label.clone(), value.clone())).ok_or_else(missing)
                })
                .collect::<Result<_, _>>()?,
        };
        let text = |value: &Value| value.as_str().filter(|text| !text.is_empty()).map(str::to_owned);
        Ok(Self {
            template_id: template_id.to_owned(),
            title: definition.map_or_else(|| "服务提醒".to_owned(), |known| known.title.clone()),
            fields,
            url: text(&body["url"]),
            page: text(&body["miniprogram"]["pagepath"]),
            data: body["data"].clone(),
        })
    }

    /// Where a tap on a subscription message leads.
    pub fn with_target(mut self, url: Option<String>, page: Option<String>) -> Self {
        self.url = url;
        self.page = page;
        self
    }

    /// Puts the message into the chat of the person; gives the message id.
    pub fn deliver(self, world: &mut World, now: i64, openid: &str, kind: MessageKind, chat: Chat) -> u64 {
        // Real ids are 64 bits wide and pass 2^53.
        let msgid = (1 << 61) + world.next_number();
        let owner = world.person(openid).map_or_else(|| openid.to_owned(), |person| person.mp_openid.clone());
        let id = world.next_number();
        world.chat.push(ChatEntry {
            id,
            at: now,
            openid: owner,
            chat,
            mine: false,
            content: Content::Card {
                title: self.title,
                fields: self.fields,
                url: self.url.clone(),
                page: self.page.clone(),
            },
        });
        world.pushed.push(PushedMessage {
            msgid,
            at: now,
            openid: openid.to_owned(),
            kind,
            template_id: Some(self.template_id),
            url: self.url,
            page: self.page,
            data: self.data,
        });
        msgid
    }
}
