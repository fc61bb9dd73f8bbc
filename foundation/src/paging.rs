//! Keyset paging: a page is what comes after the last row seen, never an offset.

use cursor as encoding;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// What a list is asked with: `?after=…&limit=20`.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PageRequest {
    /// Where the previous page ended: its `next`.
    pub after: Option<String>,
    /// Rows wanted, 1–100; 20 when absent.
    pub limit: Option<u32>,
}

impl PageRequest {
    /// Rows to fetch, kept within 1–100.
    pub fn limit(&self) -> u64 {
        u64::from(self.limit.unwrap_or(20).clamp(1, 100))
    }

    /// The key of the last row seen, or nothing for the first page or for a cursor that was tampered with.
    pub fn after_key(&self) -> Option<String> {
        self.after.as_deref().and_then(encoding::decode)
    }
}

/// One page of a list.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Page<T> {
    /// The rows, newest first unless the list says otherwise.
    pub items: Vec<T>,
    /// Pass as `after` to get the next page; null at the end.
    pub next: Option<String>,
}

impl<T> Page<T> {
    /// Makes a page of `rows` that were fetched with `limit + 1`, so that the end is known without a second query.
    pub fn from_rows(mut rows: Vec<T>, limit: u64, key: impl Fn(&T) -> String) -> Self {
        let more = rows.len() as u64 > limit;
        rows.truncate(limit as usize);
        let next = if more { rows.last().map(|row| encoding::encode(&key(row))) } else { None };
        Self { items: rows, next }
    }

    /// The same page with every row turned into something else.
    pub fn map<U>(self, convert: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(convert).collect(), next: self.next }
    }
}

/// Cursors are hex, so that nobody mistakes them for a row number.
mod cursor {
    pub fn encode(key: &str) -> String {
        hex::encode(key)
    }
    pub fn decode(cursor: &str) -> Option<String> {
        hex::decode(cursor).ok().and_then(|bytes| String::from_utf8(bytes).ok())
    }
}
