//! The ways from the inbox to a phone.

use serde::{Deserialize, Serialize};

/// Through what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = MessageChannel)]
pub enum Channel {
    /// Template message of the service account, to followers.
    Template,
    /// Subscription message of the mini-program, while a consent is left.
    Subscription,
    /// Text message.
    Sms,
}

impl Channel {
    /// All channels.
    pub const ALL: [Channel; 3] = [Channel::Template, Channel::Subscription, Channel::Sms];

    /// As stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Channel::Template => "template",
            Channel::Subscription => "subscription",
            Channel::Sms => "sms",
        }
    }

    /// The channel of a stored delivery.
    pub fn from_stored(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|channel| channel.as_str() == text)
    }

    /// For people.
    pub fn text(self) -> &'static str {
        match self {
            Channel::Template => "服务号模板消息",
            Channel::Subscription => "小程序订阅消息",
            Channel::Sms => "短信",
        }
    }
}
