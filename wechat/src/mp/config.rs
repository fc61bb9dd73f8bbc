//! What a service account configures.

use std::fmt;

use secrecy::SecretString;

/// The settings of one service account.
#[derive(Clone)]
pub struct MpConfig {
    /// Base address of the calls: `https://api.weixin.qq.com`, or a stand-in.
    pub base_url: String,
    /// Base address of the pages people are sent to: `https://open.weixin.qq.com`, or a stand-in.
    pub open_base_url: String,
    /// AppID.
    pub app_id: String,
    /// AppSecret.
    pub app_secret: SecretString,
    /// Token of the server configuration (服务器配置).
    pub token: SecretString,
    /// The token before, while it is being changed in the console: either signs pushes.
    pub token_old: Option<SecretString>,
    /// EncodingAESKey: 43 characters each, the newest first; while it is changed the old one stays for a while.
    pub encoding_aes_keys: Vec<SecretString>,
    /// 消息加解密方式 of the console.
    pub message_mode: MessageMode,
    /// Time limit of one call in milliseconds.
    pub timeout_ms: u64,
}

/// How WeChat sends messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MessageMode {
    /// 明文模式. The signature does not cover the body: use it in development only.
    Plain,
    /// 兼容模式: both forms in one body; the encrypted one is read. Plain messages are accepted too.
    Compatible,
    /// 安全模式: only encrypted messages are accepted.
    #[default]
    Secure,
}

impl fmt::Debug for MpConfig {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("MpConfig")
            .field("base_url", &self.base_url)
            .field("open_base_url", &self.open_base_url)
            .field("app_id", &self.app_id)
            .field("message_mode", &self.message_mode)
            .field("timeout_ms", &self.timeout_ms)
            .finish_non_exhaustive()
    }
}
