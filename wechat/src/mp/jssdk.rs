//! The signature that lets a page use WeChat's JS-SDK (mp §7).

use serde::{Deserialize, Serialize};

use super::client::MpClient;
use crate::api::ApiError;
use crate::crypto::digest::sha1_hex;
use crate::random;

/// The parameters of `wx.config`, with its spelling.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct JsSdkConfig {
    /// AppID.
    pub app_id: String,
    /// Unix seconds.
    pub timestamp: i64,
    /// Random text.
    pub nonce_str: String,
    /// Lower-case hexadecimal SHA-1.
    pub signature: String,
}

/// The page address as it is signed: byte for byte what the browser shows, without `#` and what follows.
pub fn url_to_sign(page_url: &str) -> &str {
    page_url.split('#').next().unwrap_or_default()
}

/// The text that is signed.
pub fn message(ticket: &str, nonce: &str, timestamp: &str, page_url: &str) -> String {
    let url = url_to_sign(page_url);
    format!("jsapi_ticket={ticket}&noncestr={nonce}&timestamp={timestamp}&url={url}")
}

/// The signature over [`message`].
pub fn sign(ticket: &str, nonce: &str, timestamp: &str, page_url: &str) -> String {
    sha1_hex(message(ticket, nonce, timestamp, page_url).as_bytes())
}

impl MpClient {
    /// The current ticket of the JS-SDK.
    pub async fn jsapi_ticket(&self) -> Result<String, ApiError> {
        self.api.tokens().jsapi_ticket().await
    }

    /// Signs `page_url`, which must be `location.href` of the very page. The caller checks its host against a list.
    pub async fn jssdk_signature(&self, page_url: &str) -> Result<JsSdkConfig, ApiError> {
        let ticket = self.jsapi_ticket().await?;
        let timestamp = (self.clock)();
        let nonce_str = random::alphanumeric(16);
        let signature = sign(&ticket, &nonce_str, &timestamp.to_string(), page_url);
        Ok(JsSdkConfig { app_id: self.app_id.to_string(), timestamp, nonce_str, signature })
    }
}
