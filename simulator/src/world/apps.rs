//! What the servers remember about one app: tokens, codes, menu, consents, quotas.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// State of the service account or of the mini-program.
#[derive(Default, Serialize, Deserialize)]
pub(crate) struct AppState {
    /// Tokens of /cgi-bin/token.
    pub plain_tokens: TokenFamily,
    /// Tokens of /cgi-bin/stable_token.
    pub stable_tokens: TokenFamily,
    /// Codes of OAuth, login and phone buttons.
    pub codes: BTreeMap<String, Code>,
    /// Web access tokens of OAuth by token.
    pub web_tokens: BTreeMap<String, WebToken>,
    /// session_key by openid: the newest counts.
    pub session_keys: BTreeMap<String, String>,
    /// jsapi tickets by type.
    pub tickets: BTreeMap<String, Ticket>,
    /// The menu as created.
    pub menu: Option<Value>,
    /// Messages still allowed, by openid and template id.
    pub consents: BTreeMap<String, u32>,
    /// Customer-service messages still allowed, by openid.
    pub service_windows: BTreeMap<String, ServiceWindow>,
    /// Calls made today, by path.
    pub calls_today: BTreeMap<String, u32>,
    /// The Beijing day they belong to.
    pub calls_day: String,
    /// Scene of QR tickets.
    pub qr_scenes: BTreeMap<String, QrScene>,
    /// Template messages seen with a client_msg_id: msgid and unix second.
    pub client_messages: BTreeMap<String, (u64, i64)>,
    /// Pictures by media id.
    #[serde(default)]
    pub media: BTreeMap<String, Media>,
    /// URL links: target and first opener.
    pub url_links: BTreeMap<String, UrlLink>,
}

/// One family of access tokens.
#[derive(Default, Serialize, Deserialize)]
pub(crate) struct TokenFamily {
    /// The newest.
    pub current: Option<Token>,
    /// Those before, valid until their own end.
    pub previous: Vec<Token>,
    /// Unix seconds of forced refreshes.
    pub forced_at: Vec<i64>,
}

/// An access token.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Token {
    pub value: String,
    pub expires_at: i64,
}

/// What a one-time code stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum CodePurpose {
    /// OAuth, silent.
    OAuthBase,
    /// OAuth with profile.
    OAuthUserInfo,
    /// wx.login.
    Login,
    /// getPhoneNumber.
    Phone,
}

/// A code: once, five minutes.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Code {
    pub openid: String,
    pub purpose: CodePurpose,
    pub made_at: i64,
    pub used: bool,
    pub snapshot: bool,
}

/// A web access token of OAuth.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct WebToken {
    pub openid: String,
    pub scope: String,
    pub expires_at: i64,
    pub refresh_token: String,
}

/// A ticket for the JS-SDK.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Ticket {
    pub value: String,
    pub expires_at: i64,
}

/// How many customer-service messages a user's last action allows.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct ServiceWindow {
    pub until: i64,
    pub left: u32,
}

/// A QR code with a scene.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct QrScene {
    pub scene: String,
    pub url: String,
    pub expires_at: Option<i64>,
}

/// A temporary file.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Media {
    pub content_type: String,
    pub content_base64: String,
    pub expires_at: i64,
}

/// A link into the mini-program, bound to its first opener.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct UrlLink {
    pub path: String,
    pub query: String,
    pub expires_at: i64,
    pub opened_by: Option<String>,
}
