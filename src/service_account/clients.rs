//! The clients for WeChat's service-account and mini-program servers, and the shared place for their tokens.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use async_trait::async_trait;
use foundation::cache::SharedCache;
use foundation::config::{Config, Secret, WechatConfig};
use foundation::problem::Problem;
use secrecy::SecretString;
use wechat::clock::UnixClock;
use wechat::mini::{MiniClient, MiniConfig};
use wechat::mp::server::MessageServer;
use wechat::mp::{MessageMode, MpClient, MpConfig};
use wechat::token::{StoreError, TokenStore};

/// People wait for most of these calls.
const TIMEOUT_MS: u64 = 8_000;

/// Clients for the service account and the mini-program. What is not configured is off, and nothing else suffers.
#[derive(Clone)]
pub struct WechatClients {
    mp: Option<MpClient>,
    mini: Option<MiniClient>,
    pushes: Option<MessageServer>,
    mini_pushes: Option<MessageServer>,
}

impl WechatClients {
    /// Builds the clients that the configuration names. Errors name the key that cannot work.
    pub fn new(config: &Config, cache: SharedCache, clock: UnixClock) -> anyhow::Result<Self> {
        let store: Arc<dyn TokenStore> = Arc::new(CachedTokens { cache });
        let wechat = &config.wechat;
        let mp_config = mp_config(wechat);
        let mp = if wechat.mp.app_id.is_empty() {
            None
        } else {
            Some(MpClient::new(&mp_config, store.clone(), clock.clone()).context("服务号配置不对（wechat.mp）")?)
        };
        let takes_pushes = mp.is_some() && !wechat.mp.token.is_empty() && !wechat.mp.encoding_aes_key.is_empty();
        let pushes = if takes_pushes {
            Some(
                MessageServer::new(&mp_config)
                    .context("服务号消息配置不对（wechat.mp.token、encoding_aes_key 或它们的 _old）")?,
            )
        } else {
            None
        };
        let mini = if wechat.mini.app_id.is_empty() {
            None
        } else {
            let mini_config = MiniConfig {
                base_url: wechat.api_base.clone(),
                app_id: wechat.mini.app_id.clone(),
                app_secret: SecretString::from(wechat.mini.app_secret.expose()),
                timeout_ms: TIMEOUT_MS,
            };
            Some(MiniClient::new(&mini_config, store, clock).context("小程序配置不对（wechat.mini）")?)
        };
        let keys_of_mini = !wechat.mini.token.is_empty() && !wechat.mini.encoding_aes_key.is_empty();
        let mini_pushes = if mini.is_some() && keys_of_mini {
            let server = MessageServer::new(&mini_push_config(wechat));
            Some(server.context("小程序消息推送配置不对（wechat.mini.token、encoding_aes_key 或它们的 _old）")?)
        } else {
            None
        };
        Ok(Self { mp, mini, pushes, mini_pushes })
    }

    /// The service account, when there is one.
    pub fn mp(&self) -> Option<&MpClient> {
        self.mp.as_ref()
    }

    /// The mini-program, when there is one.
    pub fn mini(&self) -> Option<&MiniClient> {
        self.mini.as_ref()
    }

    /// Opens what WeChat pushes to `/wechat/mp`, when token and key are set.
    pub fn pushes(&self) -> Option<&MessageServer> {
        self.pushes.as_ref()
    }

    /// Opens what WeChat pushes to `/wechat/mini`, when token and key are set.
    pub fn mini_pushes(&self) -> Option<&MessageServer> {
        self.mini_pushes.as_ref()
    }

    /// The service account, or a problem for the person who wanted to use it.
    pub fn demand_mp(&self) -> Result<&MpClient, Problem> {
        self.mp().ok_or_else(|| channel_off("服务号还没有配置"))
    }

    /// The mini-program, or a problem for the person who wanted to use it.
    pub fn demand_mini(&self) -> Result<&MiniClient, Problem> {
        self.mini().ok_or_else(|| channel_off("小程序还没有配置"))
    }
}

fn channel_off(message: &str) -> Problem {
    Problem::new(axum::http::StatusCode::SERVICE_UNAVAILABLE, "channel_unavailable", message)
        .advice("请改用短信验证码或密码登录")
}

/// The mini-program's pushes are opened like the service account's.
fn mini_push_config(wechat: &WechatConfig) -> MpConfig {
    MpConfig {
        base_url: wechat.api_base.clone(),
        open_base_url: wechat.open_base.clone(),
        app_id: wechat.mini.app_id.clone(),
        app_secret: SecretString::from(wechat.mini.app_secret.expose()),
        token: SecretString::from(wechat.mini.token.expose()),
        token_old: given(&wechat.mini.token_old),
        encoding_aes_keys: newest_first(&wechat.mini.encoding_aes_key, &wechat.mini.encoding_aes_key_old),
        message_mode: MessageMode::Secure,
        timeout_ms: TIMEOUT_MS,
    }
}

fn mp_config(wechat: &WechatConfig) -> MpConfig {
    MpConfig {
        base_url: wechat.api_base.clone(),
        open_base_url: wechat.open_base.clone(),
        app_id: wechat.mp.app_id.clone(),
        app_secret: SecretString::from(wechat.mp.app_secret.expose()),
        token: SecretString::from(wechat.mp.token.expose()),
        token_old: given(&wechat.mp.token_old),
        encoding_aes_keys: newest_first(&wechat.mp.encoding_aes_key, &wechat.mp.encoding_aes_key_old),
        message_mode: MessageMode::Secure,
        timeout_ms: TIMEOUT_MS,
    }
}

/// An empty secret is none.
fn given(secret: &Secret) -> Option<SecretString> {
    (!secret.is_empty()).then(|| SecretString::from(secret.expose()))
}

fn newest_first(key: &Secret, old: &Secret) -> Vec<SecretString> {
    [key, old].into_iter().filter_map(given).collect()
}

/// Keys of access tokens; leases and tickets begin otherwise.
const TOKEN_KEYS: &str = "wechat:token:";

/// Access tokens in the cache that all nodes share: one owner, compare and set (pitfalls F1, F2).
struct CachedTokens {
    cache: SharedCache,
}

#[async_trait]
impl TokenStore for CachedTokens {
    async fn get(&self, key: &str) -> Result<Option<String>, StoreError> {
        self.cache.get(key).await.map_err(|error| StoreError(format!("{error:#}")))
    }

    async fn compare_and_swap(
        &self,
        key: &str,
        old: Option<&str>,
        new: &str,
        ttl_seconds: u64,
    ) -> Result<bool, StoreError> {
        let ttl = Duration::from_secs(ttl_seconds);
        let stored = self.cache.compare_and_set(key, old, new, ttl).await;
        let stored = stored.map_err(|error| StoreError(format!("{error:#}")))?;
        if stored && key.starts_with(TOKEN_KEYS) {
            metrics::counter!("tejian_token_refreshes_total").increment(1);
        }
        Ok(stored)
    }
}
