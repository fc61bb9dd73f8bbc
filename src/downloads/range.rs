//! Resuming a download (RFC 9110 §14): one range of bytes, and only of the very file that the rest belongs to.

use std::ops::Range;

use axum::http::{HeaderMap, HeaderValue, header};

/// What of a file is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Wanted {
    /// All of it.
    Whole,
    /// These bytes.
    Part(Range<u64>),
    /// Nothing: it ends before.
    Beyond,
}

/// What a request wants of a file of `size` bytes that bears this mark. What is not understood, several ranges, and a range
/// of a file that has changed since, mean the whole.
pub(super) fn wanted(headers: &HeaderMap, size: u64, mark: &HeaderValue) -> Wanted {
    let Some(asked) = headers.get(header::RANGE).and_then(|value| value.to_str().ok()) else { return Wanted::Whole };
    if headers.get(header::IF_RANGE).is_some_and(|known| known != mark) {
        return Wanted::Whole;
    }
    let Some((first, last)) = asked.strip_prefix("bytes=").and_then(|range| range.trim().split_once('-')) else {
        return Wanted::Whole;
    };
    let number = |text: &str| text.trim().parse::<u64>().ok();
    match (number(first), number(last)) {
        (Some(first), _) if first >= size => Wanted::Beyond,
        (Some(first), None) if last.trim().is_empty() => Wanted::Part(first..size),
        (Some(first), Some(last)) if last >= first => Wanted::Part(first..size.min(last.saturating_add(1))),
        (None, Some(0)) if first.trim().is_empty() => Wanted::Beyond,
        (None, Some(_)) if first.trim().is_empty() && size == 0 => Wanted::Beyond,
        (None, Some(count)) if first.trim().is_empty() => Wanted::Part(size - count.min(size)..size),
        _ => Wanted::Whole,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(range: &'static str, if_range: Option<&'static str>) -> Wanted {
        let mut headers = HeaderMap::new();
        headers.insert(header::RANGE, HeaderValue::from_static(range));
        if let Some(mark) = if_range {
            headers.insert(header::IF_RANGE, HeaderValue::from_static(mark));
        }
        wanted(&headers, 100, &HeaderValue::from_static("\"a\""))
    }

    #[test]
    fn one_range_of_the_same_file_is_honoured() {
        assert_eq!(wanted(&HeaderMap::new(), 100, &HeaderValue::from_static("\"a\"")), Wanted::Whole);
        assert_eq!(of("bytes=40-", None), Wanted::Part(40..100));
        assert_eq!(of("bytes=0-0", None), Wanted::Part(0..1));
        assert_eq!(of("bytes=90-400", Some("\"a\"")), Wanted::Part(90..100));
        assert_eq!(of("bytes=-30", None), Wanted::Part(70..100));
        assert_eq!(of("bytes=-300", None), Wanted::Part(0..100));
    }

    #[test]
    fn what_ends_before_is_refused_and_what_is_not_understood_is_sent_whole() {
        assert_eq!(of("bytes=100-", None), Wanted::Beyond);
        assert_eq!(of("bytes=-0", None), Wanted::Beyond);
        for odd in ["bytes=9-3", "bytes=a-", "bytes=-", "bytes=0-1,5-6", "lines=1-2", "bytes=99999999999999999999-"] {
            assert_eq!(of(odd, None), Wanted::Whole, "{odd}");
        }
        assert_eq!(of("bytes=40-", Some("\"b\"")), Wanted::Whole, "the file has changed since");
    }
}
