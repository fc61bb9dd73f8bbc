//! Subscription messages of both apps: one message per consent, 43101 without.

use super::messages::{Message, sent};
use super::{ApiAnswer, ApiError, ApiRequest, App, ok};
use crate::shared::Shared;
use crate::world::chat::{Chat, MessageKind};
use crate::world::outbox::QueuedPush;
use crate::xml;

/// Key of the consent counter.
fn consent_key(openid: &str, template_id: &str) -> String {
    format!("{openid} {template_id}")
}

/// Counts the taps on 允许 (`times`), or books one on 取消 (0), and queues the events.
pub(crate) fn consent(shared: &Shared, openid: &str, template_id: &str, times: u32) {
    let due_at = shared.now();
    shared.change(|world| {
        let mini = world.person_or_stranger(openid).mini_openid == openid;
        let app = if mini { App::Mini } else { App::Mp };
        let consents = &mut app.state(world).consents;
        *consents.entry(consent_key(openid, template_id)).or_default() += times;
        let status = if times > 0 { "accept" } else { "reject" };
        let list = xml::text("TemplateId", template_id)
            + &xml::text("SubscribeStatusString", status)
            + &xml::number("PopupScene", 1);
        for _ in 0..times.max(1) {
            let inner_xml = event("subscribe_msg_popup_event", "SubscribeMsgPopupEvent", &list);
            world.pushes.push(QueuedPush { openid: openid.to_owned(), due_at, mini, inner_xml });
        }
    });
}

/// The three events of subscriptions share one form: `<Name><List>…</List></Name>`.
fn event(event: &str, element: &str, list: &str) -> String {
    format!("{}{}<{element}><List>{list}</List></{element}>", xml::text("MsgType", "event"), xml::text("Event", event),)
}

/// POST /cgi-bin/message/subscribe/bizsend (service account) and …/send (mini-program).
pub(super) fn send(shared: &Shared, app: App, request: &ApiRequest) -> Result<ApiAnswer, ApiError> {
    let body = request.json()?;
    let openid = body["touser"].as_str().unwrap_or_default();
    let template_id = body["template_id"].as_str().unwrap_or_default();
    let text = |name: &str| body[name].as_str().filter(|text| !text.is_empty()).map(str::to_owned);
    let page = text("page");
    let (url, page, kind) = match app {
        // `page` of a service account's notice is a web page, unless a mini-program is named.
        App::Mp => {
            let mini = body["miniprogram"]["pagepath"].as_str().map(str::to_owned);
            (page, mini, MessageKind::Subscription)
        }
        App::Mini => {
            if page.as_deref().is_some_and(|page| page.starts_with('/')) {
                return Err(ApiError::new(41030, "invalid page"));
            }
            let state = body["miniprogram_state"].as_str().unwrap_or("formal");
            if !matches!(state, "developer" | "trial" | "formal") {
                return Err(ApiError::new(47003, "argument invalid! miniprogram_state"));
            }
            (None, page, MessageKind::MiniSubscription)
        }
    };
    let message = Message::read(shared, &body)?.with_target(url, page);
    let now = shared.now();
    shared.change(|world| {
        let follows = world
            .people
            .iter()
            .find(|person| match app {
                App::Mp => person.mp_openid == openid,
                App::Mini => person.mini_openid == openid,
            })
            .map(|person| person.follows)
            .ok_or(ApiError::new(40003, "invalid openid"))?;
        let consents = &mut app.state(world).consents;
        match consents.get_mut(&consent_key(openid, template_id)) {
            Some(left) if *left > 0 => *left -= 1,
            _ => return Err(ApiError::new(43101, "user refuse to accept the msg")),
        }
        let chat = if app == App::Mp && follows { Chat::Account } else { Chat::ServiceNotices };
        let msgid = message.deliver(world, now, openid, kind, chat);
        let blocked = shared.faults.take(|faults| &mut faults.delivery_failed_next);
        let list = xml::text("TemplateId", template_id)
            + &xml::text("MsgID", &msgid.to_string())
            + &xml::text("ErrorCode", if blocked { "1" } else { "0" })
            + &xml::text("ErrorStatus", if blocked { "user block" } else { "success" });
        world.pushes.push(QueuedPush {
            openid: openid.to_owned(),
            due_at: shared.settles_at(),
            mini: app == App::Mini,
            inner_xml: event("subscribe_msg_sent_event", "SubscribeMsgSentEvent", &list),
        });
        Ok(if app == App::Mp { ok() } else { sent(msgid) })
    })
}
