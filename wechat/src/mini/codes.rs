//! Mini-program codes and links (miniprogram §4).

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::client::MiniClient;
use crate::api::ApiError;

const SCENE_CHARACTERS_MAX: usize = 32;
const LINK_DAYS_MAX: u8 = 30;

/// Which version of the mini-program a code or message opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EnvironmentVersion {
    /// The published one.
    #[default]
    Release,
    /// The one for testers.
    Trial,
    /// The one for developers.
    Develop,
}

impl EnvironmentVersion {
    /// The spelling of subscription messages, which differs.
    pub(super) fn message_state(self) -> &'static str {
        match self {
            Self::Release => "formal",
            Self::Trial => "trial",
            Self::Develop => "developer",
        }
    }
}

/// A mini-program code to be drawn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MiniCode {
    /// 1–32 characters of `0-9A-Za-z!#$&'()*+,/:;=?@-._~`: an opaque token, resolved on the server.
    pub scene: String,
    /// Page without leading slash and without query.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page: Option<String>,
    /// Whether the page must be published already.
    pub check_path: bool,
    /// Version that opens.
    pub env_version: EnvironmentVersion,
    /// 280–1280 pixels.
    pub width: u32,
}

/// A link that opens the mini-program from outside WeChat. It belongs to the first person who opens it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UrlLink {
    /// Page.
    pub path: String,
    /// Query without `?`, at most 1,024 characters.
    pub query: String,
    /// 1–30 days.
    pub expire_days: u8,
    /// Version that opens.
    pub env_version: EnvironmentVersion,
}

#[derive(Deserialize)]
struct LinkAnswer {
    url_link: String,
}

impl MiniClient {
    /// Draws a code and returns the picture. Errors when scene, page or width are out of bounds.
    pub async fn wxacode_unlimited(&self, code: &MiniCode) -> Result<Bytes, ApiError> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$&'()*+,/:;=?@-._~".contains(&byte);
        if !(1..=SCENE_CHARACTERS_MAX).contains(&code.scene.len()) || !code.scene.bytes().all(allowed) {
            return Err(ApiError::Invalid(
                "scene must be 1 to 32 visible characters, without % and Chinese".to_owned(),
            ));
        }
        if code.page.as_ref().is_some_and(|page| page.starts_with('/') || page.contains('?')) {
            return Err(ApiError::Invalid("page must have no leading slash and no query".to_owned()));
        }
        if !(280..=1280).contains(&code.width) {
            return Err(ApiError::Invalid("width must be 280 to 1280 pixels".to_owned()));
        }
        self.api.post_for_image("/wxa/getwxacodeunlimit", code).await
    }

    /// Makes a link `https://wxaurl.cn/…`.
    pub async fn url_link(&self, link: &UrlLink) -> Result<String, ApiError> {
        if !(1..=LINK_DAYS_MAX).contains(&link.expire_days) || link.query.chars().count() > 1024 {
            return Err(ApiError::Invalid(
                "a link lives 1 to 30 days; its query has at most 1,024 characters".to_owned(),
            ));
        }
        let body = serde_json::json!({
            "path": link.path,
            "query": link.query,
            "expire_type": 1,
            "expire_interval": link.expire_days,
            "env_version": link.env_version,
        });
        let answer: LinkAnswer = self.api.post("/wxa/generate_urllink", &body).await?;
        Ok(answer.url_link)
    }
}
