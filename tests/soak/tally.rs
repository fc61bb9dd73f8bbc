//! What was injected and what was survived, counted.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// Counts by name.
#[derive(Default)]
pub struct Tally {
    counts: Mutex<BTreeMap<String, u64>>,
}

impl Tally {
    /// One more.
    pub fn count(&self, name: &str) {
        self.add(name, 1);
    }

    /// So many more.
    pub fn add(&self, name: &str, times: u64) {
        *self.counts.lock().unwrap_or_else(PoisonError::into_inner).entry(name.to_owned()).or_default() += times;
    }

    /// How many so far.
    pub fn of(&self, name: &str) -> u64 {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner).get(name).copied().unwrap_or_default()
    }

    /// A line of progress.
    pub fn line(&self) -> String {
        let of = |name| self.of(name);
        format!("{} orders, {} payments, {} kills", of("orders made"), of("payments made"), of("nodes killed"))
    }

    /// Everything, a line each.
    pub fn print(&self) {
        for (name, count) in self.counts.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            println!("  {count:>8}  {name}");
        }
    }
}
