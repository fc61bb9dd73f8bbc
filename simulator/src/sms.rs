//! The SMS provider. Its wire form is our own:
//!
//! `POST /sms/v1/messages` with `{phone, template, params: {code, minutes}, text, request_id?}` → 200
//! `{message_id}`; the same request_id again gives the same message_id and no second message. Signed as the fiscal system is: `X-Timestamp` and `X-Signature`, lower-case
//! hexadecimal HMAC-SHA256 of `timestamp LF body` by the shared secret, five minutes.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::provider_auth::{ProviderError, verify};
use crate::random;
use crate::shared::{Shared, WireLine};
use crate::world::providers::SmsMessage;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewMessage {
    phone: String,
    template: String,
    #[serde(default)]
    params: Map<String, Value>,
    text: String,
    #[serde(default)]
    request_id: String,
}

/// POST /sms/v1/messages
pub(crate) async fn send(State(shared): State<Arc<Shared>>, headers: HeaderMap, body: Bytes) -> Response {
    let result = accept(&shared, &headers, &body);
    let (status, note, response) = match result {
        Ok(message_id) => {
            let body = axum::Json(json!({ "message_id": message_id }));
            (200, "签名正确".to_owned(), body.into_response())
        }
        Err(error) => (error.status, format!("{} {}", error.code, error.message), error.into_response()),
    };
    shared.log(WireLine {
        at: shared.now(),
        direction: "in",
        method: "POST".into(),
        path: "/sms/v1/messages".into(),
        status,
        note,
    });
    response
}

fn accept(shared: &Shared, headers: &HeaderMap, body: &[u8]) -> Result<String, ProviderError> {
    verify(headers, body, &shared.identities.sms_secret, shared.now())?;
    let message: NewMessage =
        serde_json::from_slice(body).map_err(|error| ProviderError::new(400, "PARAMETER_WRONG", error.to_string()))?;
    if shared.faults.settings().sms_refused {
        return Err(ProviderError::new(429, "TOO_MANY", "短信发送过于频繁"));
    }
    let digits = message.phone.bytes().all(|byte| byte.is_ascii_digit());
    if message.phone.len() != 11 || !digits || !message.phone.starts_with('1') {
        return Err(ProviderError::new(400, "PHONE_WRONG", "手机号格式不正确"));
    }
    if message.text.trim().is_empty() || message.text.chars().count() > 500 {
        return Err(ProviderError::new(400, "TEXT_WRONG", "短信内容须为 1–500 个字"));
    }
    Ok(shared.change(|world| {
        let known = world.sms.iter().find(|sms| !message.request_id.is_empty() && sms.request_id == message.request_id);
        if let Some(known) = known {
            return known.message_id.clone();
        }
        let message_id = format!("sms_{}", random::letters(20));
        world.sms.push(SmsMessage {
            message_id: message_id.clone(),
            at: shared.now(),
            phone: message.phone,
            template: message.template,
            params: Value::Object(message.params),
            text: message.text,
            request_id: message.request_id,
        });
        message_id
    }))
}
