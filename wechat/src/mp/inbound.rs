//! What a person or WeChat says to the account: messages and events (mp §3).

use super::document;
use super::xml::{Element, XmlError};
use crate::crypto::digest::sha256_hex;

/// A received message or event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inbound {
    /// The account's original id (gh_…): the sender of the answer.
    pub to_user: String,
    /// The person's openid.
    pub from_user: String,
    /// Unix seconds.
    pub create_time: i64,
    /// MsgId of messages; above 2^53 possible.
    pub message_id: Option<u64>,
    /// What it is.
    pub kind: InboundKind,
    /// The XML or JSON as received, decrypted.
    pub text: String,
}

/// Messages by type.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum InboundKind {
    /// Words.
    Text {
        /// What was written.
        content: String,
    },
    /// A picture.
    Image {
        /// Address of the picture.
        picture_url: String,
        /// Media id, good for 3 days.
        media_id: String,
    },
    /// A recording.
    Voice {
        /// Media id.
        media_id: String,
        /// What WeChat understood, when recognition is on.
        recognition: Option<String>,
    },
    /// A place. Coordinates stay texts.
    Location {
        /// Latitude.
        latitude: String,
        /// Longitude.
        longitude: String,
        /// Name of the place.
        label: String,
    },
    /// Something that happened.
    Event(Event),
    /// A type this crate has no fields for; what was pushed is in [`Inbound::text`].
    Other(String),
}

/// Events by name; names are compared without regard to case.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// The person follows the account now.
    Subscribe {
        /// Scene of the QR code they came by, without `qrscene_`. Other keys (`last_trade_no_…`) are no scenes.
        scene: Option<String>,
        /// Ticket of that QR code.
        ticket: Option<String>,
    },
    /// The person no longer follows.
    Unsubscribe,
    /// A follower scanned a QR code.
    Scan {
        /// The scene.
        scene: String,
        /// Ticket of the QR code.
        ticket: Option<String>,
    },
    /// A menu button of type click.
    Click {
        /// The button's key.
        key: String,
    },
    /// A menu button that opens a page.
    View {
        /// The page.
        url: String,
    },
    /// A menu button that opens a mini-program.
    ViewMiniProgram {
        /// The page in it.
        page_path: String,
    },
    /// A template message was delivered, or not.
    TemplateSendJobFinish {
        /// Number that sending returned.
        message_id: i64,
        /// `success`, `failed:user block`, `failed: system failed`.
        status: String,
    },
    /// The person answered a question for consent.
    SubscribePopup(Vec<SubscribeChoice>),
    /// The person changed consents in the settings.
    SubscribeChange(Vec<SubscribeChoice>),
    /// Subscription notices were delivered, or not.
    SubscribeSent(Vec<SubscribeSent>),
    /// Any other event, by its name.
    Other(String),
}

/// One consent given or refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubscribeChoice {
    /// Template.
    pub template_id: String,
    /// `accept`, otherwise `reject`.
    pub accepted: bool,
}

/// The delivery of one subscription notice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubscribeSent {
    /// Template.
    pub template_id: String,
    /// Number of the message.
    pub message_id: String,
    /// 0 when it was delivered.
    pub error_code: i64,
    /// In words.
    pub error_status: String,
}

impl Inbound {
    /// Reads the (decrypted) XML or JSON of a push. Errors when it is no push: a sender, a time or a type is missing.
    pub fn parse(text: &str) -> Result<Self, XmlError> {
        let root = document::parse(text)?;
        let required = |name| root.child_text(name).map(str::trim).filter(|text| !text.is_empty());
        let message_type = required("MsgType").ok_or(XmlError::Malformed)?;
        Ok(Self {
            to_user: required("ToUserName").ok_or(XmlError::Malformed)?.to_owned(),
            from_user: required("FromUserName").ok_or(XmlError::Malformed)?.to_owned(),
            create_time: required("CreateTime").and_then(|text| text.parse().ok()).ok_or(XmlError::Malformed)?,
            message_id: required("MsgId").and_then(|text| text.parse().ok()),
            kind: kind(&root, message_type),
            text: text.to_owned(),
        })
    }

    /// The same push again has the same key. Messages: MsgId with sender and time, because numbers repeat between
    /// people; events: a hash of the whole text, because two can differ in one detail only (mp §4, pitfalls F4).
    pub fn dedup_key(&self) -> String {
        match (self.message_id, &self.kind) {
            (Some(message_id), kind) if !matches!(kind, InboundKind::Event(_)) => {
                format!("message:{message_id}:{}:{}", self.from_user, self.create_time)
            }
            _ => format!("event:{}", sha256_hex(self.text.as_bytes())),
        }
    }
}

fn kind(root: &Element, message_type: &str) -> InboundKind {
    let text = |name| root.child_text(name).unwrap_or_default().to_owned();
    match message_type.to_ascii_lowercase().as_str() {
        "text" => InboundKind::Text { content: text("Content") },
        "image" => InboundKind::Image { picture_url: text("PicUrl"), media_id: text("MediaId") },
        "voice" => InboundKind::Voice {
            media_id: text("MediaId"),
            recognition: root.child_text("Recognition").filter(|text| !text.is_empty()).map(str::to_owned),
        },
        "location" => {
            InboundKind::Location { latitude: text("Location_X"), longitude: text("Location_Y"), label: text("Label") }
        }
        "event" => InboundKind::Event(event(root)),
        _ => InboundKind::Other(message_type.to_owned()),
    }
}

fn event(root: &Element) -> Event {
    let text = |name| root.child_text(name).unwrap_or_default().to_owned();
    let optional = |name| root.child_text(name).filter(|text| !text.is_empty()).map(str::to_owned);
    let name = text("Event");
    match name.trim().to_ascii_lowercase().as_str() {
        "subscribe" => Event::Subscribe {
            // Stripped once only: a scene may begin with the prefix itself.
            scene: text("EventKey").strip_prefix("qrscene_").map(str::to_owned),
            ticket: optional("Ticket"),
        },
        "unsubscribe" => Event::Unsubscribe,
        "scan" => Event::Scan { scene: text("EventKey"), ticket: optional("Ticket") },
        "click" => Event::Click { key: text("EventKey") },
        "view" => Event::View { url: text("EventKey") },
        "view_miniprogram" => Event::ViewMiniProgram { page_path: text("EventKey") },
        "templatesendjobfinish" => Event::TemplateSendJobFinish {
            message_id: root
                .child_text("MsgID")
                .or_else(|| root.child_text("MsgId"))
                .and_then(|text| text.trim().parse().ok())
                .unwrap_or_default(),
            status: text("Status"),
        },
        "subscribe_msg_popup_event" => Event::SubscribePopup(choices(root, "SubscribeMsgPopupEvent")),
        "subscribe_msg_change_event" => Event::SubscribeChange(choices(root, "SubscribeMsgChangeEvent")),
        "subscribe_msg_sent_event" => Event::SubscribeSent(sent(root)),
        _ => Event::Other(name),
    }
}

/// In JSON the list stands beside the name of the event instead of below an element of its own.
fn list<'a>(root: &'a Element, name: &str) -> impl Iterator<Item = &'a Element> {
    root.child(name).unwrap_or(root).children_named("List")
}

fn choices(root: &Element, name: &str) -> Vec<SubscribeChoice> {
    let choice = |item: &Element| {
        Some(SubscribeChoice {
            template_id: item.child_text("TemplateId")?.to_owned(),
            accepted: item.child_text("SubscribeStatusString")? == "accept",
        })
    };
    list(root, name).filter_map(choice).collect()
}

fn sent(root: &Element) -> Vec<SubscribeSent> {
    let delivery = |item: &Element| {
        Some(SubscribeSent {
            template_id: item.child_text("TemplateId")?.to_owned(),
            message_id: item.child_text("MsgID").unwrap_or_default().to_owned(),
            error_code: item.child_text("ErrorCode")?.trim().parse().ok()?,
            error_status: item.child_text("ErrorStatus").unwrap_or_default().to_owned(),
        })
    };
    list(root, "SubscribeMsgSentEvent").filter_map(delivery).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn push(body: &str) -> Inbound {
        let text = format!(
            "<xml><ToUserName>gh_1</ToUserName><FromUserName>o1</FromUserName><CreateTime>1785500000</CreateTime>{body}</xml>"
        );
        Inbound::parse(&text).expect("a push")
    }

    fn follow(key: &str) -> Option<String> {
        let body = format!("<MsgType>event</MsgType><Event>subscribe</Event><EventKey>{key}</EventKey>");
        match push(&body).kind {
            InboundKind::Event(Event::Subscribe { scene, .. }) => scene,
            other => panic!("not a subscription: {other:?}"),
        }
    }

    #[test]
    fn only_keys_with_the_prefix_are_scenes_and_it_is_stripped_once() {
        assert_eq!(follow("qrscene_unit-7").as_deref(), Some("unit-7"));
        assert_eq!(follow("qrscene_qrscene_x").as_deref(), Some("qrscene_x"));
        assert_eq!(follow("last_trade_no_4200002500"), None);
        assert_eq!(follow(""), None);
    }

    #[test]
    fn one_and_two_consents_are_lists_alike() {
        let item = "<List><TemplateId>t1</TemplateId><SubscribeStatusString>accept</SubscribeStatusString></List>";
        for count in 1..=2 {
            let body = format!(
                "<MsgType>event</MsgType><Event>subscribe_msg_popup_event</Event><SubscribeMsgPopupEvent>{}</SubscribeMsgPopupEvent>",
                item.repeat(count)
            );
            let InboundKind::Event(Event::SubscribePopup(choices)) = push(&body).kind else { panic!("another event") };
            assert_eq!(choices.len(), count);
            assert!(choices.iter().all(|choice| choice.accepted));
        }
    }

    #[test]
    fn consents_and_receipts_are_read_from_json_one_alone_or_many() {
        let json = |event: &str, list: &str| {
            let head = r#""ToUserName":"gh_1","FromUserName":"o1","CreateTime":1785500000,"MsgType":"event""#;
            let text = format!(r#"{{{head},"Event":"{event}","List":{list}}}"#);
            match Inbound::parse(&text).expect("a push").kind {
                InboundKind::Event(event) => event,
                other => panic!("no event: {other:?}"),
            }
        };
        let item = r#"{"TemplateId":"t1","SubscribeStatusString":"reject","PopupScene":"0"}"#;
        let choice = SubscribeChoice { template_id: "t1".to_owned(), accepted: false };
        let two = json("subscribe_msg_popup_event", &format!("[{item},{item}]"));
        assert_eq!(two, Event::SubscribePopup(vec![choice.clone(), choice.clone()]));
        for one in [format!("[{item}]"), item.to_owned()] {
            assert_eq!(json("subscribe_msg_change_event", &one), Event::SubscribeChange(vec![choice.clone()]));
        }
        let sent = r#"{"TemplateId":"t1","MsgID":"1864323726461255680","ErrorCode":"0","ErrorStatus":"success"}"#;
        let delivered = SubscribeSent {
            template_id: "t1".to_owned(),
            message_id: "1864323726461255680".to_owned(),
            error_code: 0,
            error_status: "success".to_owned(),
        };
        for written in
            [sent.to_owned(), sent.replace(r#""0""#, "0").replace(r#""1864323726461255680""#, "1864323726461255680")]
        {
            assert_eq!(json("subscribe_msg_sent_event", &written), Event::SubscribeSent(vec![delivered.clone()]));
        }
    }

    #[test]
    fn the_same_number_from_two_people_is_two_messages() {
        let first = push("<MsgType>text</MsgType><Content>电梯</Content><MsgId>18446744073709551615</MsgId>");
        let mut second = first.clone();
        second.from_user = "o2".to_owned();
        assert_ne!(first.dedup_key(), second.dedup_key());
        assert_eq!(first.message_id, Some(u64::MAX));
    }
}
