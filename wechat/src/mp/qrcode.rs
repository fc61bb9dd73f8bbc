//! QR codes with a scene (mp §12): the follower who scans one is told apart.

use serde::Deserialize;
use serde_json::json;
use url::form_urlencoded::byte_serialize;

use super::client::MpClient;
use crate::api::ApiError;

/// 30 days.
const EXPIRE_SECONDS_MAX: u32 = 2_592_000;
const SCENE_CHARACTERS_MAX: usize = 64;

/// What a QR code means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum QrScene {
    /// Ends after at most 30 days.
    Temporary {
        /// 1–64 characters.
        scene: String,
        /// Lifetime in seconds.
        expire_seconds: u32,
    },
    /// For ever; an account has 100,000 in all.
    Permanent {
        /// 1–64 characters.
        scene: String,
    },
}

/// A created QR code.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct QrCode {
    /// Exchange it for a picture at [`QrCode::image_path`] of mp.weixin.qq.com.
    pub ticket: String,
    /// What the code contains: draw it yourself.
    pub url: String,
    /// Lifetime in seconds; absent for permanent ones.
    #[serde(default)]
    pub expire_seconds: Option<u32>,
}

impl QrCode {
    /// Path and query of the picture on the host mp.weixin.qq.com.
    pub fn image_path(&self) -> String {
        format!("/cgi-bin/showqrcode?ticket={}", byte_serialize(self.ticket.as_bytes()).collect::<String>())
    }
}

impl MpClient {
    /// Makes a QR code. Errors when scene or lifetime are out of bounds.
    pub async fn qrcode_create(&self, scene: &QrScene) -> Result<QrCode, ApiError> {
        let (QrScene::Temporary { scene: text, .. } | QrScene::Permanent { scene: text }) = scene;
        if !(1..=SCENE_CHARACTERS_MAX).contains(&text.chars().count()) {
            return Err(ApiError::Invalid("a scene has 1 to 64 characters".to_owned()));
        }
        let info = json!({ "scene": { "scene_str": text } });
        let body = match scene {
            QrScene::Temporary { expire_seconds, .. } if (1..=EXPIRE_SECONDS_MAX).contains(expire_seconds) => {
                json!({ "expire_seconds": expire_seconds, "action_name": "QR_STR_SCENE", "action_info": info })
            }
            QrScene::Temporary { .. } => {
                return Err(ApiError::Invalid("a temporary code lives 1 second to 30 days".to_owned()));
            }
            QrScene::Permanent { .. } => json!({ "action_name": "QR_LIMIT_STR_SCENE", "action_info": info }),
        };
        self.api.post("/cgi-bin/qrcode/create", &body).await
    }
}
