//! A cache in Redis.

use std::time::Duration;

use ::redis::AsyncCommands;
use anyhow::Context;
use async_trait::async_trait;

use super::Cache;

/// Shared by all nodes.
pub struct RedisCache {
    connection: ::redis::aio::ConnectionManager,
    prefix: String,
}

impl RedisCache {
    /// For `redis://` or `rediss://`; connects when it is first asked, and again after a loss. Every key begins with
    /// `prefix`.
    ///
    /// # Errors
    /// When the address is none.
    pub fn connect(url: &str, prefix: &str) -> anyhow::Result<Self> {
        let client = ::redis::Client::open(url).context("redis.url 写法不对")?;
        let connection = client
            .get_connection_manager_lazy(::redis::aio::ConnectionManagerConfig::new())
            .context("redis.url 写法不对")?;
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
        let script = ::redis::Script::new(
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
        let script = ::redis::Script::new(
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
        let _: String = ::redis::cmd("PING").query_async(&mut self.connection.clone()).await?;
        Ok(())
    }
}
