//! OAuth2 网页授权 (mp §6): who is the person that opens our page inside WeChat?

use secrecy::ExposeSecret;
use serde::Deserialize;
use url::form_urlencoded::byte_serialize;

use super::client::MpClient;
use crate::api::ApiError;

const STATE_CHARACTERS_MAX: usize = 128;

/// What the person is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OauthScope {
    /// Only the openid; silent.
    #[default]
    Base,
    /// Nickname and picture; asks the person.
    UserInfo,
}

/// Who the person is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OauthIdentity {
    /// openid under this AppID.
    pub openid: String,
    /// unionid, when the account is bound to an Open Platform account.
    pub unionid: Option<String>,
    /// A visitor of a snapshot page: the openid is virtual and must not be bound to an account.
    pub is_snapshot_user: bool,
    /// What was granted.
    pub scope: String,
}

#[derive(Deserialize)]
struct Exchanged {
    openid: String,
    #[serde(default)]
    unionid: Option<String>,
    #[serde(default)]
    is_snapshotuser: Option<i64>,
    #[serde(default)]
    scope: String,
}

impl MpClient {
    /// The address to send the browser to. The parameters stand in the order WeChat wants; `connect_redirect=1` keeps
    /// WeChat from opening the answer twice (pitfalls F8). Errors when `state` is longer than 128 characters or has
    /// others than letters and digits.
    pub fn oauth_authorize_url(&self, redirect_uri: &str, state: &str, scope: OauthScope) -> Result<String, ApiError> {
        if state.len() > STATE_CHARACTERS_MAX || !state.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err(ApiError::Invalid("state must be at most 128 letters and digits".to_owned()));
        }
        let scope = match scope {
            OauthScope::Base => "snsapi_base",
            OauthScope::UserInfo => "snsapi_userinfo",
        };
        let redirect: String = byte_serialize(redirect_uri.as_bytes()).collect();
        Ok(format!(
            "{}/connect/oauth2/authorize?appid={}&redirect_uri={redirect}&response_type=code&scope={scope}\
             &state={state}&connect_redirect=1#wechat_redirect",
            self.open_base_url.as_str().trim_end_matches('/'),
            self.app_id,
        ))
    }

    /// Exchanges the code of the redirect. A code is good once and for 5 minutes: `code_invalid_or_used()` on the
    /// error means to start again, or to use the session that the first redirect made.
    pub async fn oauth_exchange(&self, code: &str) -> Result<OauthIdentity, ApiError> {
        if code.is_empty() {
            return Err(ApiError::Invalid("code must not be empty".to_owned()));
        }
        let query = [
            ("appid", &*self.app_id),
            ("secret", self.app_secret.expose_secret()),
            ("code", code),
            ("grant_type", "authorization_code"),
        ];
        let found: Exchanged = self.api.transport().json("/sns/oauth2/access_token", &query, None).await?;
        Ok(OauthIdentity {
            openid: found.openid,
            unionid: found.unionid.filter(|unionid| !unionid.is_empty()),
            is_snapshot_user: found.is_snapshotuser == Some(1),
            scope: found.scope,
        })
    }
}
