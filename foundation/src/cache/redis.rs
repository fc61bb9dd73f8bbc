//! A cache in Redis.

use std::time::Duration;

use ::redis::{Cmd, FromRedisValue, cmd};
use async_trait::async_trait;

use super::Cache;
use super::servers::Servers;

/// An absent key and an empty text differ, so presence is an argument of its own.
const COMPARE_AND_SET: &str = "local current = redis.call('GET', KEYS[1]) \
     local fits = (ARGV[1] == '0' and not current) or (ARGV[1] == '1' and current == ARGV[2]) \
     if fits then redis.call('SET', KEYS[1], ARGV[3], 'PX', ARGV[4]) return 1 end \
     return 0";
const COUNT_UP: &str = "local count = redis.call('INCR', KEYS[1]) \
     if count == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end \
     return count";

/// Shared by all nodes. Every command names one key, so that it runs in a cluster as well.
pub struct RedisCache {
    servers: Servers,
    prefix: String,
}

impl RedisCache {
    /// For an address as `redis.url` describes it; connects when it is first asked, and again after a loss. Every key
    /// begins with `prefix`.
    ///
    /// # Errors
    /// When the address is none.
    pub fn connect(url: &str, prefix: &str) -> anyhow::Result<Self> {
        Ok(Self { servers: Servers::at(url)?, prefix: prefix.to_owned() })
    }

    fn key(&self, key: &str) -> String {
        format!("{}{key}", self.prefix)
    }

    async fn ask<T: FromRedisValue>(&self, command: &Cmd) -> anyhow::Result<T> {
        let mut connection = self.servers.connection().await?;
        let answer = command.query_async(&mut connection).await;
        if let Err(error) = &answer {
            self.servers.doubt(&connection, error);
        }
        Ok(answer?)
    }
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX).max(1)
}

#[async_trait]
impl Cache for RedisCache {
    async fn get(&self, key: &str) -> anyhow::Result<Option<String>> {
        self.ask(cmd("GET").arg(self.key(key))).await
    }

    async fn set(&self, key: &str, value: &str, ttl: Duration) -> anyhow::Result<()> {
        self.ask(cmd("SET").arg(self.key(key)).arg(value).arg("PX").arg(milliseconds(ttl))).await
    }

    async fn compare_and_set(
        &self,
        key: &str,
        expected: Option<&str>,
        value: &str,
        ttl: Duration,
    ) -> anyhow::Result<bool> {
        let mut command = cmd("EVAL");
        command.arg(COMPARE_AND_SET).arg(1).arg(self.key(key));
        command.arg(u8::from(expected.is_some())).arg(expected.unwrap_or("")).arg(value).arg(milliseconds(ttl));
        let replaced: i64 = self.ask(&command).await?;
        Ok(replaced == 1)
    }

    async fn remove(&self, key: &str) -> anyhow::Result<()> {
        self.ask(cmd("DEL").arg(self.key(key))).await
    }

    async fn count_of(&self, key: &str) -> anyhow::Result<u64> {
        let count: Option<u64> = self.ask(cmd("GET").arg(self.key(key))).await?;
        Ok(count.unwrap_or(0))
    }

    async fn count_up(&self, key: &str, window: Duration) -> anyhow::Result<u64> {
        let mut command = cmd("EVAL");
        command.arg(COUNT_UP).arg(1).arg(self.key(key)).arg(milliseconds(window));
        self.ask(&command).await
    }

    async fn ping(&self) -> anyhow::Result<()> {
        let _: String = self.ask(&cmd("PING")).await?;
        Ok(())
    }
}
