//! A cache shared by all nodes (Redis) or living in the process (moka). It may lose everything at any moment: that
//! costs speed, never truth. A Redis that does not answer is replaced by the process's own memory until it does.

mod fallback;
mod kept;
mod process;
mod redis;
mod servers;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use crate::config::RedisConfig;
use fallback::FallbackCache;

pub use process::ProcessCache;
pub use redis::RedisCache;

/// Short-lived values by key.
#[async_trait]
pub trait Cache: Send + Sync {
    /// The value, if it is still there.
    async fn get(&self, key: &str) -> anyhow::Result<Option<String>>;
    /// Keeps `value` for `ttl`.
    async fn set(&self, key: &str, value: &str, ttl: Duration) -> anyhow::Result<()>;
    /// Replaces `expected` (or nothing) by `value`; false if another was there.
    async fn compare_and_set(
        &self,
        key: &str,
        expected: Option<&str>,
        value: &str,
        ttl: Duration,
    ) -> anyhow::Result<bool>;
    /// Forgets the key.
    async fn remove(&self, key: &str) -> anyhow::Result<()>;
    /// Counts up and returns the new value; the first count starts the `window`.
    async fn count_up(&self, key: &str, window: Duration) -> anyhow::Result<u64>;
    /// What [`Cache::count_up`] has come to; 0 when nothing was counted or the window is over.
    async fn count_of(&self, key: &str) -> anyhow::Result<u64>;
    /// Answers if the cache answers.
    async fn ping(&self) -> anyhow::Result<()>;
}

/// A cache shared by all parts of a process.
pub type SharedCache = Arc<dyn Cache>;

/// Redis when `redis.url` is given, the process's own memory otherwise. A Redis that cannot be reached now may come later.
pub async fn connect(config: &RedisConfig) -> anyhow::Result<SharedCache> {
    match config.url.expose() {
        "" => Ok(Arc::new(ProcessCache::new())),
        url => Ok(Arc::new(FallbackCache::over(RedisCache::connect(url, &config.prefix)?))),
    }
}
