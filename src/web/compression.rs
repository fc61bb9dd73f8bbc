//! Which answers are compressed: texts worth it, and nothing that WeChat's servers read (their clients want plain bytes
//! with a length).

use axum::http::{Extensions, HeaderMap, StatusCode, Version, header};
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{Predicate, SizeAbove};

/// Marks an answer that must go out as it is.
#[derive(Debug, Clone, Copy)]
pub struct Uncompressed;

/// Smaller answers grow when compressed.
const SMALLEST_BYTES: u64 = 860;

/// The layer.
pub fn layer() -> CompressionLayer<impl Predicate> {
    let predicate: fn(StatusCode, Version, &HeaderMap, &Extensions) -> bool = is_worth_it;
    CompressionLayer::new().compress_when(SizeAbove::new(SMALLEST_BYTES).and(predicate))
}

fn is_worth_it(_: StatusCode, _: Version, headers: &HeaderMap, extensions: &Extensions) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let is_text = ["text/", "application/json", "application/javascript", "image/svg+xml", "font/ttf"]
        .iter()
        .any(|start| kind.starts_with(start));
    is_text && extensions.get::<Uncompressed>().is_none()
}
