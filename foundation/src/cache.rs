//! A cache shared by all nodes (Redis) or living in the process (moka). It may lose everything at any moment: that
//! costs speed, never truth.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use async_trait::async_trait;
use redis::AsyncCommands;

use crate::config::RedisConfig;

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

/// Redis when `redis.url` is given, the process's own memory otherwise.
pub async fn connect(config: &RedisConfig) -> anyhow::Result<SharedCache> {
    match config.url.expose() {
        "" => Ok(Arc::new(ProcessCache::new())),
        url => Ok(Arc::new(RedisCache::connect(url, &config.prefix).await?)),
    }
}

/// Lives in this process only: right for one node.
pub struct ProcessCache {
    entries: moka::future::Cache<String, Entry>,
}

#[derive(Clone)]
struct Entry {
    value: String,
    ttl: Duration,
}

struct OwnTtl;

impl moka::Expiry<String, Entry> for OwnTtl {
    fn expire_after_create(&self, _: &String, entry: &Entry, _: std::time::Instant) -> Option<Duration> {
        Some(entry.ttl)
    }
    fn expire_after_update(
        &self,
        _: &String,
        entry: &Entry,
        _: std::time::Instant,
        _: Option<Duration>,
    ) -> Option<Duration> {
        Some(entry.ttl)
    }
}

impl ProcessCache {
    /// An empty cache of bounded size.
    pub fn new() -> Self {
        Self { entries: moka::future::Cache::builder().max_capacity(100_000).expire_after(OwnTtl).build() }
    }
}

impl Default for ProcessCache {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait]
impl Cache for ProcessCache {
    async fn get(&self, key: &str) -> anyhow::Result<Option<String>> {
        Ok(self.entries.get(key).await.map(|entry| entry.value))
    }

    async fn set(&self, key: &str, value: &str, ttl: Duration) -> anyhow::Result<()> {
        self.entries.insert(key.to_owned(), Entry { value: value.to_owned(), ttl }).await;
        Ok(())
    }

    async fn compare_and_set(
        &self,
        key: &str,
        expected: Option<&str>,
        value: &str,
        ttl: Duration,
    ) -> anyhow::Result<bool> {
        let outcome = self
            .entries
            .entry_by_ref(key)
            .and_compute_with(|current| {
                let found = current.map(|entry| entry.into_value().value);
                let fits = found.as_deref() == expected;
                let operation = if fits {
                    moka::ops::compute::Op::Put(Entry { value: value.to_owned(), ttl })
                } else {
                    moka::ops::compute::Op::Nop
                };
                std::future::ready(operation)
            })
            .await;
        Ok(matches!(
            outcome,
            moka::ops::compute::CompResult::Inserted(_) | moka::ops::compute::CompResult::ReplacedWith(_)
        ))
    }

    async fn remove(&self, key: &str) -> anyhow::Result<()> {
        self.entries.invalidate(key).await;
        Ok(())
    }

    async fn count_of(&self, key: &str) -> anyhow::Result<u64> {
        Ok(self.entries.get(key).await.map_or(0, |entry| parse_count(&entry.value).0))
    }

    async fn count_up(&self, key: &str, window: Duration) -> anyhow::Result<u64> {
        let deadline_window = window;
        let outcome = self
            .entries
            .entry_by_ref(key)
            .and_upsert_with(|current| {
                // The window starts with the first count: later counts keep what is left of it.
                let (count, started) =
                    current.map_or((0, std::time::Instant::now()), |entry| parse_count(&entry.into_value().value));
                let left = deadline_window.saturating_sub(started.elapsed());
                std::future::ready(Entry {
                    value: print_count(count + 1, started),
                    ttl: left.max(Duration::from_millis(1)),
                })
            })
            .await;
        Ok(parse_count(&outcome.into_value().value).0)
    }

    async fn ping(&self) -> anyhow::Result<()> {
        Ok(())
    }
}

/// Milliseconds since this process first counted, because `Instant` cannot be printed.
fn process_epoch() -> std::time::Instant {
    static EPOCH: std::sync::OnceLock<std::time::Instant> = std::sync::OnceLock::new();
    *EPOCH.get_or_init(std::time::Instant::now)
}

fn print_count(count: u64, started: std::time::Instant) -> String {
    format!("{count} {}", started.saturating_duration_since(process_epoch()).as_millis())
}

fn parse_count(text: &str) -> (u64, std::time::Instant) {
    let mut parts = text.split(' ').map(|part| part.parse::<u64>().unwrap_or(0));
    let count = parts.next().unwrap_or(0);
    (count, process_epoch() + Duration::from_millis(parts.next().unwrap_or(0)))
}

/// Shared by all nodes.
pub struct RedisCache {
    connection: redis::aio::ConnectionManager,
    prefix: String,
}

impl RedisCache {
    /// Connects to `redis://` or `rediss://`; every key begins with `prefix`.
    pub async fn connect(url: &str, prefix: &str) -> anyhow::Result<Self> {
        let client = redis::Client::open(url).context("redis.url 写法不对")?;
        let connection = client.get_connection_manager().await.context("无法连接 Redis")?;
        Ok(Self { connection, prefix: prefix.to_owned() })
    }

    fn key(&self, key: &str) -> String {
        format!("{}{key}", self.prefix)
    }
}

#[async_trait]
impl Cache for RedisCache {
    async fn get(&self, key: &str) -> anyhow::Result<Option<String>> {
        Ok(self.connection.clone().get(self.key(key)).await?)
    }

    async fn set(&self, key: &str, value: &str, ttl: Duration) -> anyhow::Result<()> {
        let milliseconds = ttl.as_millis().max(1) as u64;
        Ok(self.connection.clone().pset_ex(self.key(key), value, milliseconds).await?)
    }

    async fn compare_and_set(
        &self,
        key: &str,
        expected: Option<&str>,
        value: &str,
        ttl: Duration,
    ) -> anyhow::Result<bool> {
        // An absent key and an empty text differ, so presence is an argument of its own.
        let script = redis::Script::new(
            "local current = redis.call('GET', KEYS[1]) \
             local fits = (ARGV[1] == '0' and not current) or (ARGV[1] == '1' and current == ARGV[2]) \
             if fits then redis.call('SET', KEYS[1], ARGV[3], 'PX', ARGV[4]) return 1 end \
             return 0",
        );
        let replaced: i64 = script
            .key(self.key(key))
            .arg(if expected.is_some() { "1" } else { "0" })
            .arg(expected.unwrap_or(""))
            .arg(value)
            .arg(ttl.as_millis().max(1) as u64)
            .invoke_async(&mut self.connection.clone())
            .await?;
        Ok(replaced == 1)
    }

    async fn remove(&self, key: &str) -> anyhow::Result<()> {
        Ok(self.connection.clone().del::<_, ()>(self.key(key)).await?)
    }

    async fn count_of(&self, key: &str) -> anyhow::Result<u64> {
        let count: Option<u64> = self.connection.clone().get(self.key(key)).await?;
        Ok(count.unwrap_or(0))
    }

    async fn count_up(&self, key: &str, window: Duration) -> anyhow::Result<u64> {
        let script = redis::Script::new(
            "local count = redis.call('INCR', KEYS[1]) \
             if count == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end \
             return count",
        );
        let count: u64 = script
            .key(self.key(key))
            .arg(window.as_millis().max(1) as u64)
            .invoke_async(&mut self.connection.clone())
            .await?;
        Ok(count)
    }

    async fn ping(&self) -> anyhow::Result<()> {
        let _: String = redis::cmd("PING").query_async(&mut self.connection.clone()).await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_holder_of_the_current_value_replaces_it() {
        let cache = ProcessCache::new();
        let minute = Duration::from_secs(60);
        assert!(cache.compare_and_set("token", None, "first", minute).await.unwrap());
        assert!(!cache.compare_and_set("token", None, "second", minute).await.unwrap());
        assert!(!cache.compare_and_set("token", Some("other"), "second", minute).await.unwrap());
        assert!(cache.compare_and_set("token", Some("first"), "second", minute).await.unwrap());
        assert_eq!(cache.get("token").await.unwrap().as_deref(), Some("second"));
    }

    #[tokio::test]
    async fn counting_starts_at_one_and_goes_on() {
        let cache = ProcessCache::new();
        for expected in 1..=3 {
            assert_eq!(cache.count_of("sms:1").await.unwrap(), expected - 1);
            assert_eq!(cache.count_up("sms:1", Duration::from_secs(60)).await.unwrap(), expected);
        }
    }
}
