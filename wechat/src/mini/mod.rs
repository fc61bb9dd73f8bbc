//! The mini-program (小程序): login, phone number, subscription messages, codes and links.

mod client;
mod codes;
mod session;

pub use client::{MiniClient, MiniConfig};
pub use codes::{EnvironmentVersion, MiniCode, UrlLink};
pub use session::{
    DataError, MiniSession, PhoneNumber, check_session_signature, decrypt_user_data, user_data_signature,
};

use std::collections::BTreeMap;

use serde::Serialize;

use crate::api::ApiError;
use crate::mp::SubscribeMessage;

#[derive(Serialize)]
struct SubscribeBody<'a> {
    touser: &'a str,
    template_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    page: Option<&'a str>,
    data: BTreeMap<&'a str, crate::mp::FieldValue<'a>>,
    miniprogram_state: &'static str,
    lang: &'static str,
}

#[derive(serde::Deserialize)]
struct Sent {
    #[serde(default)]
    msgid: Option<i64>,
}

impl MiniClient {
    /// Sends a subscription message; `page` is a page of this mini-program. Gives its number, under which
    /// subscribe_msg_sent_event tells of its delivery, when WeChat names one. `consent_missing()` on the error when there
    /// is no consent left.
    pub async fn subscribe_send(
        &self,
        message: &SubscribeMessage,
        environment: EnvironmentVersion,
    ) -> Result<Option<i64>, ApiError> {
        let body = SubscribeBody {
            touser: &message.to_user,
            template_id: &message.template_id,
            page: message.page.as_deref(),
            data: crate::mp::field_values(&message.data),
            miniprogram_state: environment.message_state(),
            lang: "zh_CN",
        };
        let sent: Sent = self.api.post("/cgi-bin/message/subscribe/send", &body).await?;
        Ok(sent.msgid)
    }
}
