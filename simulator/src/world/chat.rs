//! What people see: chat bubbles, cards, and the messages as data for assertions.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Which chat of the phone an entry belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Chat {
    /// The service account.
    Account,
    /// 服务通知: messages of mini-programs and for people who do not follow.
    ServiceNotices,
    /// 微信支付.
    Pay,
}

/// One line in a chat.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ChatEntry {
    /// Rising number.
    pub id: u64,
    /// Unix second.
    pub at: i64,
    /// Service-account openid of the owner of the phone.
    pub openid: String,
    /// Which chat.
    pub chat: Chat,
    /// Written by the phone's owner.
    pub mine: bool,
    /// The content.
    pub content: Content,
}

/// What an entry shows.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Content {
    /// A bubble.
    Text {
        /// Its text.
        text: String,
    },
    /// A picture.
    Image {
        /// Under which it is kept.
        media_id: String,
    },
    /// A grey line in the middle.
    System {
        /// Its text.
        text: String,
    },
    /// A template or subscription message.
    Card {
        /// Headline.
        title: String,
        /// Label and value pairs.
        fields: Vec<(String, String)>,
        /// Page that opens on a tap.
        url: Option<String>,
        /// Mini-program page that opens on a tap.
        page: Option<String>,
    },
    /// Articles.
    News {
        /// Title, description, URL, picture URL of each.
        articles: Vec<[String; 4]>,
    },
}

/// How a message came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MessageKind {
    /// Template message of the service account.
    Template,
    /// Subscription notice of the service account.
    Subscription,
    /// Subscription message of the mini-program.
    MiniSubscription,
    /// Customer-service message.
    Custom,
    /// Answer to a message or event.
    PassiveReply,
}

/// A message that reached a person, as data.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PushedMessage {
    /// Message id.
    pub msgid: u64,
    /// Unix second.
    pub at: i64,
    /// openid it was sent to (of either app).
    pub openid: String,
    /// How it came.
    pub kind: MessageKind,
    /// Template, where there is one.
    pub template_id: Option<String>,
    /// Link, where there is one.
    pub url: Option<String>,
    /// Mini-program page, where there is one.
    pub page: Option<String>,
    /// The `data` object of templates, or the whole body of others.
    pub data: Value,
}
