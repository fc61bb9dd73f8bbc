//! Where tokens live. One process can keep them in memory; several nodes share a store with compare-and-swap.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;

use crate::clock::UnixClock;

/// Why a store failed; must not contain the value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct StoreError(pub String);

/// A shared store of short-lived texts.
#[async_trait]
pub trait TokenStore: Send + Sync {
    /// The value of `key`, unless it has expired.
    async fn get(&self, key: &str) -> Result<Option<String>, StoreError>;

    /// Stores `new` for `ttl_seconds` if the present value is `old` (`None`: there is none or it has expired).
    /// Atomic. Returns whether it was stored.
    async fn compare_and_swap(
        &self,
        key: &str,
        old: Option<&str>,
        new: &str,
        ttl_seconds: u64,
    ) -> Result<bool, StoreError>;
}

/// A store for one process.
pub struct MemoryTokenStore {
    clock: UnixClock,
    values: Mutex<HashMap<String, (String, i64)>>,
}

impl MemoryTokenStore {
    /// An empty store that expires values by `clock`.
    pub fn new(clock: UnixClock) -> Self {
        Self { clock, values: Mutex::new(HashMap::new()) }
    }
}

#[async_trait]
impl TokenStore for MemoryTokenStore {
    async fn get(&self, key: &str) -> Result<Option<String>, StoreError> {
        let now = (self.clock)();
        let values = self.values.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(values.get(key).filter(|(_, until)| now < *until).map(|(value, _)| value.clone()))
    }

    async fn compare_and_swap(
        &self,
        key: &str,
        old: Option<&str>,
        new: &str,
        ttl_seconds: u64,
    ) -> Result<bool, StoreError> {
        let now = (self.clock)();
        let mut values = self.values.lock().unwrap_or_else(PoisonError::into_inner);
        let present = values.get(key).filter(|(_, until)| now < *until).map(|(value, _)| value.as_str());
        if present != old {
            return Ok(false);
        }
        let until = now.saturating_add(i64::try_from(ttl_seconds).unwrap_or(i64::MAX));
        values.insert(key.to_owned(), (new.to_owned(), until));
        Ok(true)
    }
}
