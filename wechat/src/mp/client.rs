//! The client of a service account.

use std::sync::Arc;

use secrecy::SecretString;
use url::Url;

use super::config::MpConfig;
use crate::api::{Api, Transport};
use crate::clock::UnixClock;
use crate::config::ConfigError;
use crate::http;
use crate::token::{TokenService, TokenStore};

/// Calls as one service account. Cloning is cheap.
#[derive(Clone)]
pub struct MpClient {
    pub(super) api: Api,
    pub(super) app_id: Arc<str>,
    pub(super) app_secret: SecretString,
    pub(super) open_base_url: Url,
    pub(super) clock: UnixClock,
}

impl MpClient {
    /// Checks the addresses; nothing is sent. `store` is shared by all nodes that use this account.
    pub fn new(config: &MpConfig, store: Arc<dyn TokenStore>, clock: UnixClock) -> Result<Self, ConfigError> {
        if config.app_id.is_empty() {
            return Err(ConfigError::new("app_id", "must not be empty"));
        }
        let open_base_url =
            http::base_url(&config.open_base_url).map_err(|reason| ConfigError::new("open_base_url", reason))?;
        let transport = Transport::new(&config.base_url, config.timeout_ms)?;
        let secret = config.app_secret.clone();
        let tokens = TokenService::new(transport.clone(), &config.app_id, secret.clone(), store, Arc::clone(&clock));
        Ok(Self {
            api: Api::new(transport, tokens),
            app_id: config.app_id.as_str().into(),
            app_secret: secret,
            open_base_url,
            clock,
        })
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

impl std::fmt::Debug for MpClient {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("MpClient").field("app_id", &self.app_id).finish_non_exhaustive()
    }
}
