//! Pictures to and from people (mp §13): temporary media, good for three days.

use bytes::Bytes;
use serde::Deserialize;

use super::client::MpClient;
use crate::api::ApiError;

const IMAGE_BYTES_MAX: usize = 10 * 1024 * 1024;

#[derive(Deserialize)]
struct Uploaded {
    media_id: String,
}

impl MpClient {
    /// Uploads a JPEG; gives the media id to send it by.
    pub async fn media_upload_jpeg(&self, content: &[u8]) -> Result<String, ApiError> {
        if content.is_empty() || content.len() > IMAGE_BYTES_MAX {
            return Err(ApiError::Invalid(format!("a picture has 1 to {IMAGE_BYTES_MAX} bytes")));
        }
        let query = [("type", "image")];
        let uploaded: Uploaded =
            self.api.post_media("/cgi-bin/media/upload", &query, "picture.jpg", "image/jpeg", content).await?;
        Ok(uploaded.media_id)
    }

    /// Fetches what a person sent. Errors (40007) when the three days are over.
    pub async fn media_get(&self, media_id: &str) -> Result<Bytes, ApiError> {
        self.api.get_for_file("/cgi-bin/media/get", &[("media_id", media_id)]).await
    }

    /// Sends a picture as a customer-service message; `reply_window_closed()` on the error when it is too late.
    pub async fn custom_send_image(&self, to_user: &str, media_id: &str) -> Result<(), ApiError> {
        let body = serde_json::json!({ "touser": to_user, "msgtype": "image", "image": { "media_id": media_id } });
        self.api.post::<serde_json::Value>("/cgi-bin/message/custom/send", &body).await.map(drop)
    }
}
