//! The client of a mini-program.

use std::fmt;
use std::sync::Arc;

use secrecy::SecretString;

use crate::api::{Api, Transport};
use crate::clock::UnixClock;
use crate::config::ConfigError;
use crate::token::{TokenService, TokenStore};

/// The settings of one mini-program.
#[derive(Clone)]
pub struct MiniConfig {
    /// Base address of the calls: `https://api.weixin.qq.com`, or a stand-in.
    pub base_url: String,
    /// AppID.
    pub app_id: String,
    /// AppSecret.
    pub app_secret: SecretString,
    /// Time limit of one call in milliseconds.
    pub timeout_ms: u64,
}

impl fmt::Debug for MiniConfig {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("MiniConfig")
            .field("base_url", &self.base_url)
            .field("app_id", &self.app_id)
            .field("timeout_ms", &self.timeout_ms)
            .finish_non_exhaustive()
    }
}

/// Calls as one mini-program. Cloning is cheap.
#[derive(Clone)]
pub struct MiniClient {
    pub(super) api: Api,
    pub(super) app_id: Arc<str>,
    pub(super) app_secret: SecretString,
}

impl MiniClient {
    /// Checks the address; nothing is sent. `store` is shared by all nodes that use this account.
    pub fn new(config: &MiniConfig, store: Arc<dyn TokenStore>, clock: UnixClock) -> Result<Self, ConfigError> {
        if config.app_id.is_empty() {
            return Err(ConfigError::new("app_id", "must not be empty"));
        }
        let transport = Transport::new(&config.base_url, config.timeout_ms)?;
        let secret = config.app_secret.clone();
        let tokens = TokenService::new(transport.clone(), &config.app_id, secret.clone(), store, clock);
        Ok(Self { api: Api::new(transport, tokens), app_id: config.app_id.as_str().into(), app_secret: secret })
    }

    /// AppID.
    pub fn app_id(&self) -> &str {
        &self.app_id
    }

    /// The account's token service.
    pub fn tokens(&self) -> &TokenService {
        self.api.tokens()
    }
}

impl fmt::Debug for MiniClient {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("MiniClient").field("app_id", &self.app_id).finish_non_exhaustive()
    }
}
