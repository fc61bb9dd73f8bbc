//! Many rows in few statements: IN lists and multi-row inserts of a size that both databases plan well.

use std::collections::BTreeSet;

/// Keys in one IN list and rows in one INSERT.
pub const BATCH_ROWS: usize = 500;

/// The keys in lists of at most [`BATCH_ROWS`].
pub fn key_batches(keys: &BTreeSet<String>) -> Vec<Vec<&str>> {
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    keys.chunks(BATCH_ROWS).map(<[&str]>::to_vec).collect()
}

/// The rows in groups of at most [`BATCH_ROWS`].
pub fn row_batches<T>(rows: impl IntoIterator<Item = T>) -> Vec<Vec<T>> {
    let mut batches: Vec<Vec<T>> = Vec::new();
    for row in rows {
        match batches.last_mut() {
            Some(batch) if batch.len() < BATCH_ROWS => batch.push(row),
            _ => batches.push(vec![row]),
        }
    }
    batches
}
