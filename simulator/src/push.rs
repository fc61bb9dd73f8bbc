//! Encrypted pushes to the application (secure mode 安全模式) and its passive replies.
//!
//! Five seconds, three tries; every try has a new timestamp, nonce and ciphertext.

use std::sync::Arc;

use wechat::crypto::message::{MessageCrypto, url_signature};

use crate::identities::AppIdentity;
use crate::push_json;
use crate::random;
use crate::shared::{Shared, WireLine};
use crate::world::chat::{Chat, ChatEntry, Content, MessageKind, PushedMessage};
use crate::xml;

/// Tries of one push in all.
const TRIES: usize = 3;
/// What the user sees when the application gives no proper answer.
const OUT_OF_ORDER: &str = "该公众号提供的服务出现故障，请稍后再试";

/// What came of a push.
#[derive(Debug)]
enum Outcome {
    /// Empty or `success`.
    Silent,
    /// A passive reply: decrypted XML.
    Reply(String),
    /// Something else, or nothing at all after three tries.
    OutOfOrder,
}

/// A message or event by its inner elements (after the common four).
pub(crate) struct Push<'a> {
    pub openid: &'a str,
    pub mini: bool,
    /// Whether the user waits for an answer: then silence or nonsense is shown to them.
    pub awaited: bool,
    pub inner_xml: String,
}

/// Sends at once and books the reply in the chat; gives the text of a reply.
pub(crate) async fn send(shared: &Arc<Shared>, push: Push<'_>) -> Option<String> {
    let app = shared.app();
    let url = if push.mini { app.mini_push_url } else { app.mp_push_url };
    if url.is_empty() {
        return None;
    }
    let copies = 1 + shared.faults.settings().push_duplicates;
    let mut outcome = Outcome::Silent;
    for _ in 0..copies {
        outcome = send_with_retries(shared, &push, &url).await;
    }
    match outcome {
        Outcome::Silent => None,
        Outcome::Reply(document) => book_reply(shared, push.openid, &document),
        Outcome::OutOfOrder => {
            if push.awaited {
                book(shared, push.openid, Content::System { text: OUT_OF_ORDER.into() });
            }
            None
        }
    }
}

/// Sends the queued pushes that are due; gives their number.
pub(crate) async fn deliver_queued(shared: &Arc<Shared>) -> usize {
    let now = shared.now();
    if shared.read(|world| world.pushes.iter().all(|push| push.due_at > now)) {
        return 0;
    }
    let due = shared.change(|world| {
        let (due, later) = std::mem::take(&mut world.pushes).into_iter().partition(|push| push.due_at <= now);
        world.pushes = later;
        let due: Vec<crate::world::outbox::QueuedPush> = due;
        due
    });
    for push in &due {
        let inner_xml = push.inner_xml.clone();
        send(shared, Push { openid: &push.openid, mini: push.mini, awaited: false, inner_xml }).await;
    }
    due.len()
}

async fn send_with_retries(shared: &Arc<Shared>, push: &Push<'_>, url: &str) -> Outcome {
    // CreateTime belongs to the message, not to the try.
    let created_at = shared.now();
    for _ in 0..TRIES {
        match try_once(shared, push, url, created_at).await {
            Ok(outcome) => return outcome,
            Err(note) => shared.log(WireLine {
                at: shared.now(),
                direction: "out",
                method: "POST".into(),
                path: url.to_owned(),
                status: 0,
                note,
            }),
        }
    }
    Outcome::OutOfOrder
}

fn keys(shared: &Shared, mini: bool) -> (&AppIdentity, &MessageCrypto) {
    if mini { (&shared.identities.mini, &shared.keys.mini) } else { (&shared.identities.mp, &shared.keys.mp) }
}

async fn try_once(shared: &Arc<Shared>, push: &Push<'_>, url: &str, created_at: i64) -> Result<Outcome, String> {
    let (identity, crypto) = keys(shared, push.mini);
    let plain = format!(
        "<xml>{}{}{}{}</xml>",
        xml::text("ToUserName", &identity.original_id),
        xml::text("FromUserName", push.openid),
        xml::number("CreateTime", created_at),
        push.inner_xml
    );
    let is_json = push.mini && shared.faults.settings().mini_push_json;
    let plain = if is_json { push_json::of_xml(&plain) } else { plain };
    let (timestamp, nonce) = (shared.now().to_string(), random::digits(10));
    let ciphertext = crypto.encrypt(&plain);
    let mut target = url::Url::parse(url).map_err(|error| error.to_string())?;
    target
        .query_pairs_mut()
        .append_pair("signature", &url_signature(&identity.token, &timestamp, &nonce))
        .append_pair("timestamp", &timestamp)
        .append_pair("nonce", &nonce)
        .append_pair("openid", push.openid)
        .append_pair("encrypt_type", "aes")
        .append_pair("msg_signature", &crypto.signature(&timestamp, &nonce, &ciphertext));
    let (content_type, body) = if is_json {
        ("application/json", push_json::envelope(&identity.original_id, &ciphertext))
    } else {
        let parts = [xml::text("ToUserName", &identity.original_id), xml::text("Encrypt", &ciphertext)];
        ("text/xml", format!("<xml>{}</xml>", parts.concat()))
    };
    let answer = shared
        .http
        .post(target)
        .header("Content-Type", content_type)
        .header("User-Agent", "Mozilla/4.0")
        .body(body)
        .send()
        .await
        .map_err(|error| if error.is_timeout() { "5秒内没有应答" } else { "无法连接" }.to_owned())?;
    let status = answer.status().as_u16();
    let text = answer.text().await.map_err(|_| "应答中断".to_owned())?;
    shared.log(WireLine {
        at: shared.now(),
        direction: "out",
        method: "POST".into(),
        path: url.to_owned(),
        status,
        note: summary(&push.inner_xml),
    });
    if status != 200 {
        return Ok(Outcome::OutOfOrder);
    }
    Ok(read_reply(crypto, text.trim()))
}

fn summary(inner_xml: &str) -> String {
    let texts = xml::texts(&format!("<xml>{inner_xml}</xml>")).unwrap_or_default();
    let first = |name: &str| texts.get(name).and_then(|values| values.first()).cloned();
    let kind = first("Event").or_else(|| first("MsgType")).unwrap_or_default();
    format!("推送 {kind} {}", first("EventKey").unwrap_or_default()).trim_end().to_owned()
}

fn read_reply(crypto: &MessageCrypto, text: &str) -> Outcome {
    if text.is_empty() || text == "success" {
        return Outcome::Silent;
    }
    let opened = xml::texts(text).and_then(|texts| {
        let first = |name: &str| texts.get(name)?.first().cloned();
        crypto.open(&first("MsgSignature")?, &first("TimeStamp")?, &first("Nonce")?, &first("Encrypt")?).ok()
    });
    opened.map_or(Outcome::OutOfOrder, Outcome::Reply)
}

/// Books a decrypted reply; a reply of an unknown kind counts as out of order.
fn book_reply(shared: &Shared, openid: &str, document: &str) -> Option<String> {
    let texts = xml::texts(document).unwrap_or_default();
    let first = |name: &str| texts.get(name).and_then(|values| values.first()).cloned().unwrap_or_default();
    // Sender and receiver are swapped in a proper reply.
    let addressed = first("ToUserName") == openid;
    let (content, text) = match (addressed, first("MsgType").as_str()) {
        (true, "text") => {
            let text = first("Content");
            (Content::Text { text: text.clone() }, text)
        }
        (true, "news") => {
            let list = |name: &str| texts.get(name).cloned().unwrap_or_default();
            let (titles, descriptions) = (list("Articles/item/Title"), list("Articles/item/Description"));
            let (urls, pictures) = (list("Articles/item/Url"), list("Articles/item/PicUrl"));
            let at = |values: &[String], index: usize| values.get(index).cloned().unwrap_or_default();
            let articles = (0..titles.len())
                .map(|index| [at(&titles, index), at(&descriptions, index), at(&urls, index), at(&pictures, index)])
                .collect();
            (Content::News { articles }, titles.join("\n"))
        }
        _ => (Content::System { text: OUT_OF_ORDER.into() }, String::new()),
    };
    let answered = !matches!(content, Content::System { .. });
    book(shared, openid, content);
    if !answered {
        return None;
    }
    shared.change(|world| {
        let msgid = world.next_number();
        world.pushed.push(PushedMessage {
            msgid,
            at: shared.now(),
            openid: openid.to_owned(),
            kind: MessageKind::PassiveReply,
            template_id: None,
            url: None,
            page: None,
            data: serde_json::json!({ "text": text }),
        });
    });
    Some(text)
}

fn book(shared: &Shared, openid: &str, content: Content) {
    shared.change(|world| {
        let id = world.next_number();
        world.chat.push(ChatEntry {
            id,
            at: shared.now(),
            openid: openid.to_owned(),
            chat: Chat::Account,
            mine: false,
            content,
        });
    });
}

/// The console's check of the server URL: GET with echostr.
pub(crate) async fn verify_server_url(shared: &Shared) -> bool {
    let Ok(mut target) = url::Url::parse(&shared.app().mp_push_url) else {
        return false;
    };
    let (timestamp, nonce) = (shared.now().to_string(), random::digits(10));
    let echostr = random::digits(19);
    let token = &shared.identities.mp.token;
    target
        .query_pairs_mut()
        .append_pair("signature", &url_signature(token, &timestamp, &nonce))
        .append_pair("echostr", &echostr)
        .append_pair("timestamp", &timestamp)
        .append_pair("nonce", &nonce);
    match shared.http.get(target).send().await {
        Ok(answer) if answer.status() == 200 => answer.text().await.is_ok_and(|text| text == echostr),
        Ok(_) | Err(_) => false,
    }
}
