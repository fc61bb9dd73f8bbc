//! A cache in the memory of the process.

use std::time::Duration;

use async_trait::async_trait;

use super::Cache;

const ENTRIES_MAX: u64 = 100_000;

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
        Self::of_at_most(ENTRIES_MAX)
    }

    fn of_at_most(entries_max: u64) -> Self {
        // Whoever comes last is let in: by how often a key was asked for, as is usual, a new picture to read would be turned
        // away at the door of a full cache.
        let entries = moka::future::Cache::builder()
            .max_capacity(entries_max)
            .eviction_policy(moka::policy::EvictionPolicy::lru())
            .expire_after(OwnTtl)
            .build();
        Self { entries }
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
    async fn a_full_cache_takes_what_is_new() {
        let (cache, minute) = (ProcessCache::of_at_most(100), Duration::from_secs(60));
        for number in 0..1_000 {
            let key = format!("picture:{number}");
            cache.set(&key, "answer", minute).await.unwrap();
            cache.entries.run_pending_tasks().await;
            assert_eq!(cache.get(&key).await.unwrap().as_deref(), Some("answer"), "{key}");
        }
        assert!(cache.entries.entry_count() <= 100);
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
