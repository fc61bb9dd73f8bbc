//! Messages to followers: template (mp §9), subscription notice (§10), customer service (§11).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::client::MpClient;
use crate::api::ApiError;

/// A text message to a person may have this many bytes.
const TEXT_BYTES_MAX: usize = 2048;

/// A mini-program page behind a message. Service account and mini-program must be associated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MiniProgramTarget {
    /// AppID of the mini-program.
    #[serde(rename = "appid")]
    pub app_id: String,
    /// Page with query.
    #[serde(rename = "pagepath")]
    pub page_path: String,
}

/// 模板消息. Only followers get it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateMessage {
    /// openid.
    pub to_user: String,
    /// Template id of this account.
    pub template_id: String,
    /// Web page behind the message.
    pub url: Option<String>,
    /// Mini-program page behind the message; wins over `url`.
    pub mini_program: Option<MiniProgramTarget>,
    /// At most 32 characters; WeChat drops repeats for some minutes.
    pub client_message_id: Option<String>,
    /// Field name (`thing2`) → value, fitting [`super::fields`].
    pub data: BTreeMap<String, String>,
}

/// 订阅通知. Each one-time consent allows one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubscribeMessage {
    /// openid.
    pub to_user: String,
    /// Template id of this account.
    pub template_id: String,
    /// Page behind the message.
    pub page: Option<String>,
    /// Mini-program page behind the message.
    pub mini_program: Option<MiniProgramTarget>,
    /// Field name → value, fitting [`super::fields`].
    pub data: BTreeMap<String, String>,
}

#[derive(Serialize)]
pub(crate) struct FieldValue<'a> {
    value: &'a str,
}

/// `{"thing2":{"value":"…"}}`.
pub(crate) fn field_values(data: &BTreeMap<String, String>) -> BTreeMap<&str, FieldValue<'_>> {
    data.iter().map(|(name, value)| (name.as_str(), FieldValue { value })).collect()
}

#[derive(Serialize)]
struct TemplateBody<'a> {
    touser: &'a str,
    template_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    miniprogram: Option<&'a MiniProgramTarget>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_msg_id: Option<&'a str>,
    data: BTreeMap<&'a str, FieldValue<'a>>,
}

#[derive(Serialize)]
struct SubscribeBody<'a> {
    touser: &'a str,
    template_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    page: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    miniprogram: Option<&'a MiniProgramTarget>,
    data: BTreeMap<&'a str, FieldValue<'a>>,
}

#[derive(Deserialize)]
struct Sent {
    msgid: i64,
}

impl MpClient {
    /// Sends a template message and returns its number. The result arrives later as TEMPLATESENDJOBFINISH.
    /// `not_following()` on the error when the person does not follow.
    pub async fn template_send(&self, message: &TemplateMessage) -> Result<i64, ApiError> {
        let body = TemplateBody {
            touser: &message.to_user,
            template_id: &message.template_id,
            url: message.url.as_deref(),
            miniprogram: message.mini_program.as_ref(),
            client_msg_id: message.client_message_id.as_deref(),
            data: field_values(&message.data),
        };
        let sent: Sent = self.api.post("/cgi-bin/message/template/send", &body).await?;
        Ok(sent.msgid)
    }

    /// Sends a subscription notice. `consent_missing()` on the error when there is no consent left.
    pub async fn subscribe_send(&self, message: &SubscribeMessage) -> Result<(), ApiError> {
        let body = SubscribeBody {
            touser: &message.to_user,
            template_id: &message.template_id,
            page: message.page.as_deref(),
            miniprogram: message.mini_program.as_ref(),
            data: field_values(&message.data),
        };
        self.api.post::<serde_json::Value>("/cgi-bin/message/subscribe/bizsend", &body).await.map(drop)
    }

    /// Sends a customer-service text. Allowed for a while after the person did something;
    /// `reply_window_closed()` on the error afterwards.
    pub async fn custom_send(&self, to_user: &str, text: &str) -> Result<(), ApiError> {
        if text.is_empty() || text.len() > TEXT_BYTES_MAX {
            return Err(ApiError::Invalid(format!("the text must have 1 to {TEXT_BYTES_MAX} bytes")));
        }
        let body = serde_json::json!({ "touser": to_user, "msgtype": "text", "text": { "content": text } });
        self.api.post::<serde_json::Value>("/cgi-bin/message/custom/send", &body).await.map(drop)
    }
}
