//! Redis, and while it does not answer the process's own memory. A value lives where it was put and nowhere else: what was
//! put into Redis is not found meanwhile, so that nothing that may be used once is used twice. People answer a captcha
//! again, limits are counted per node, WeChat's token is asked for again; no order and no payment depends on it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use async_trait::async_trait;

use super::{Cache, ProcessCache, RedisCache};

/// Longer than Redis ever takes; somebody waits for a page meanwhile.
const PATIENCE: Duration = Duration::from_millis(500);
/// After a failure Redis is left alone for so long.
const REST: Duration = Duration::from_secs(2);

/// Redis with the process's memory behind it.
pub(super) struct FallbackCache {
    redis: RedisCache,
    own: ProcessCache,
    began: Instant,
    /// Milliseconds since `began`.
    rests_until: AtomicU64,
}

impl FallbackCache {
    pub(super) fn over(redis: RedisCache) -> Self {
        Self { redis, own: ProcessCache::new(), began: Instant::now(), rests_until: AtomicU64::new(0) }
    }

    fn now_ms(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// What Redis says, or nothing when it does not answer.
    async fn ask<T>(&self, question: impl Future<Output = anyhow::Result<T>>) -> Option<T> {
        if self.now_ms() < self.rests_until.load(Ordering::Acquire) {
            return None;
        }
        let failure = match tokio::time::timeout(PATIENCE, question).await {
            Ok(Ok(answer)) => return Some(answer),
            Ok(Err(error)) => format!("{error:#}"),
            Err(_) => "no answer in time".to_owned(),
        };
        let rest_ms = u64::try_from(REST.as_millis()).unwrap_or(u64::MAX);
        self.rests_until.store(self.now_ms().saturating_add(rest_ms), Ordering::Release);
        metrics::counter!("tejian_cache_failures_total").increment(1);
        tracing::warn!(failure, "Redis does not answer; this node uses its own memory for a while");
        None
    }
}

#[async_trait]
impl Cache for FallbackCache {
    async fn get(&self, key: &str) -> anyhow::Result<Option<String>> {
        match self.ask(self.redis.get(key)).await {
            Some(found) => Ok(found),
            None => self.own.get(key).await,
        }
    }

    async fn set(&self, key: &str, value: &str, ttl: Duration) -> anyhow::Result<()> {
        match self.ask(self.redis.set(key, value, ttl)).await {
            Some(()) => Ok(()),
            None => self.own.set(key, value, ttl).await,
        }
    }

    async fn compare_and_set(
        &self,
        key: &str,
        expected: Option<&str>,
        value: &str,
        ttl: Duration,
    ) -> anyhow::Result<bool> {
        match self.ask(self.redis.compare_and_set(key, expected, value, ttl)).await {
            Some(replaced) => Ok(replaced),
            None => self.own.compare_and_set(key, expected, value, ttl).await,
        }
    }

    async fn remove(&self, key: &str) -> anyhow::Result<()> {
        // Wherever it is.
        self.own.remove(key).await?;
        self.ask(self.redis.remove(key)).await;
        Ok(())
    }

    async fn count_up(&self, key: &str, window: Duration) -> anyhow::Result<u64> {
        match self.ask(self.redis.count_up(key, window)).await {
            Some(count) => Ok(count),
            None => self.own.count_up(key, window).await,
        }
    }

    async fn count_of(&self, key: &str) -> anyhow::Result<u64> {
        match self.ask(self.redis.count_of(key)).await {
            Some(count) => Ok(count),
            None => self.own.count_of(key).await,
        }
    }

    async fn ping(&self) -> anyhow::Result<()> {
        self.redis.ping().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_redis_that_is_not_there_costs_memory_of_the_process_and_no_error() {
        // Nobody listens on port 1.
        let redis = RedisCache::connect("redis://127.0.0.1:1/", "tejian:").unwrap();
        let cache = FallbackCache::over(redis);
        let minute = Duration::from_secs(60);
        cache.set("key", "value", minute).await.unwrap();
        assert_eq!(cache.get("key").await.unwrap().as_deref(), Some("value"));
        assert_eq!(cache.count_up("count", minute).await.unwrap(), 1);
        assert_eq!(cache.count_of("count").await.unwrap(), 1);
        assert!(cache.compare_and_set("once", None, "taken", minute).await.unwrap());
        assert!(!cache.compare_and_set("once", None, "taken", minute).await.unwrap());
        cache.remove("key").await.unwrap();
        assert_eq!(cache.get("key").await.unwrap(), None);
        assert!(cache.ping().await.is_err(), "whoever asks is told");
    }
}
