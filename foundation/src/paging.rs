//! Keyset paging: a page is what comes after the last row seen, never an offset.

use serde::{Deserialize, Deserializer, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::problem::Problem;

/// What is said of a cursor that is none of ours.
const UNREADABLE: &str = "翻页标记不对，请从第一页重新打开";
/// Keys are identifiers, or a few of them together.
const KEY_BYTES_MAX: usize = 200;

/// What a list is asked with: `?after=…&limit=20`.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PageRequest {
    /// Where the previous page ended: its `next`.
    #[param(value_type = Option<String>)]
    pub after: Option<Cursor>,
    /// Rows wanted, 1–100; 20 when absent.
    pub limit: Option<u32>,
}

impl PageRequest {
    /// Rows to fetch, kept within 1–100.
    pub fn limit(&self) -> u64 {
        u64::from(self.limit.unwrap_or(20).clamp(1, 100))
    }

    /// The key of the last row seen, or nothing for the first page.
    pub fn after_key(&self) -> Option<String> {
        self.after.as_ref().map(|cursor| cursor.0.clone())
    }

    /// The same for lists whose key is a number.
    pub fn after_number(&self) -> Result<Option<i64>, Problem> {
        let number = self.after.as_ref().map(|cursor| cursor.0.parse::<i64>()).transpose();
        number.map_err(|_| Problem::unacceptable("invalid_fields", "有内容填写得不对").field("after", UNREADABLE))
    }
}

/// Where a page ended, read back: the key of its last row. What cannot be read is refused (422 at the field `after`)
/// instead of answered with the first page once more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor(String);

impl Cursor {
    /// The cursor after the row with this key, as `next` gives it out: hex, so that nobody mistakes it for a row number.
    fn text_for(key: &str) -> String {
        hex::encode(key)
    }

    fn read(text: &str) -> Option<Self> {
        let key = String::from_utf8(hex::decode(text).ok()?).ok()?;
        let fits = !key.is_empty() && key.len() <= KEY_BYTES_MAX && !key.contains(char::is_control);
        fits.then_some(Self(key))
    }
}

impl<'de> Deserialize<'de> for Cursor {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        Self::read(&text).ok_or_else(|| serde::de::Error::custom(UNREADABLE))
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
        let next = if more { rows.last().map(|row| Cursor::text_for(&key(row))) } else { None };
        Self { items: rows, next }
    }

    /// The same page with every row turned into something else.
    pub fn map<U>(self, convert: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(convert).collect(), next: self.next }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_leads_back_to_its_key_and_junk_is_refused() {
        let page = Page::from_rows(vec!["ord_1", "ord_2"], 1, |row| (*row).to_owned());
        assert_eq!(Cursor::read(&page.next.unwrap()), Some(Cursor("ord_1".to_owned())));
        for junk in ["zzz", "", "ab", "0061", "6162 ", &"61".repeat(KEY_BYTES_MAX + 1)] {
            assert_eq!(Cursor::read(junk), None, "{junk}");
        }
    }
}
