//! From people: the service account's messages, events and menu, and the clients for WeChat's service-account and
//! mini-program servers.

use foundation::cache::SharedCache;
use foundation::config::Config;
use wechat::clock::UnixClock;

/// Clients for the service account and the mini-program.
pub struct WechatClients {}

impl WechatClients {
    /// Builds the clients that the configuration names.
    pub fn new(_config: &Config, _cache: SharedCache, _clock: UnixClock) -> anyhow::Result<Self> {
        Ok(Self {})
    }
}
