//! What WeChat tells about a follower (mp §14).

use serde::Deserialize;

use super::client::MpClient;
use crate::api::ApiError;

/// A person as the account sees them. Nickname and picture are no longer told.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct UserInfo {
    /// 1 follower, 0 not.
    #[serde(default)]
    subscribe: i64,
    /// openid.
    pub openid: String,
    /// unionid, when the account is bound to an Open Platform account.
    #[serde(default)]
    pub unionid: Option<String>,
    /// Since when they follow, unix seconds.
    #[serde(default)]
    pub subscribe_time: Option<i64>,
    /// The scene of the QR code they came by.
    #[serde(default)]
    pub qr_scene_str: Option<String>,
}

impl UserInfo {
    /// Whether the person follows the account.
    pub fn is_follower(&self) -> bool {
        self.subscribe == 1
    }
}

#[derive(Deserialize)]
struct Followers {
    total: i64,
}

impl MpClient {
    /// How many people follow the account.
    pub async fn follower_count(&self) -> Result<i64, ApiError> {
        let followers: Followers = self.api.get("/cgi-bin/user/get", &[]).await?;
        Ok(followers.total)
    }

    /// Asks about one openid.
    pub async fn user_info(&self, openid: &str) -> Result<UserInfo, ApiError> {
        self.api.get("/cgi-bin/user/info", &[("openid", openid), ("lang", "zh_CN")]).await
    }
}
