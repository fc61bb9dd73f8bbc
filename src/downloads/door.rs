//! What asks for a part of a file, for tests that throw bytes at it (`crate::doors`).

use std::ops::Range;

use axum::http::{HeaderMap, HeaderValue, header};

use super::range::{Wanted, wanted};

/// The part of a file of `size` bytes that a `Range` header asks for; nothing for the whole and for what lies beyond.
pub fn part_of(range: &HeaderValue, size: u64) -> Option<Range<u64>> {
    let mut headers = HeaderMap::new();
    headers.insert(header::RANGE, range.clone());
    match wanted(&headers, size, &HeaderValue::from_static("\"a\"")) {
        Wanted::Part(part) => Some(part),
        Wanted::Whole | Wanted::Beyond => None,
    }
}
