//! The HTTP client as WeChat's servers need it, and the raw form of headers.

use std::time::Duration;

use url::{Host, Url};

/// Header pairs in wire order, names as received, values as bytes: nothing is merged or dropped.
pub type RawHeaders = Vec<(String, Vec<u8>)>;

/// WeChat closes idle connections after some 8 s; a pooled one must be gone before (pitfalls B12).
const IDLE_TIMEOUT: Duration = Duration::from_secs(6);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// An endpoint without User-Agent answers 400 (pay v3 §2).
const USER_AGENT: &str = concat!("wechat-rust/", env!("CARGO_PKG_VERSION"));

/// A client without redirects, without automatic retries and without decompression: answers are verified over the
/// bytes that were sent, and only the caller knows what may be repeated.
pub(crate) fn client(base_url: &Url, timeout_ms: u64) -> Result<reqwest::Client, String> {
    let mut builder = reqwest::Client::builder()
        .user_agent(USER_AGENT)
        .connect_timeout(CONNECT_TIMEOUT)
        .timeout(Duration::from_millis(timeout_ms))
        .pool_idle_timeout(IDLE_TIMEOUT)
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .no_gzip();
    if is_loopback(base_url) {
        // A proxy of the environment cannot reach a stand-in on this machine.
        builder = builder.no_proxy();
    }
    builder.build().map_err(|error| error.without_url().to_string())
}

/// Parses a base address and takes its trailing slash away.
pub(crate) fn base_url(text: &str) -> Result<Url, String> {
    let url = Url::parse(text.trim_end_matches('/')).map_err(|error| error.to_string())?;
    if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
        return Err("an address with http:// or https:// is needed".to_owned());
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err("a base address has neither query nor fragment".to_owned());
    }
    Ok(url)
}

/// `base` with path segments and query pairs appended, percent-encoded once. What this returns is what is sent.
pub(crate) fn join(base: &Url, segments: &[&str], query: &[(&str, &str)]) -> Url {
    let mut url = base.clone();
    if let Ok(mut path) = url.path_segments_mut() {
        path.pop_if_empty().extend(segments);
    }
    if !query.is_empty() {
        url.query_pairs_mut().extend_pairs(query);
    }
    url
}

/// The span of a call, for traces: where it goes, as a template, because the values of a path belong to somebody.
pub(crate) fn call_span(kind: &'static str, method: &str, template: &str) -> tracing::Span {
    tracing::info_span!("wechat", kind, method, template, otel.kind = "client")
}

/// A path with every segment left out that may be a number of somebody's.
pub(crate) fn template_of(path: &str) -> String {
    let shown = |segment: &str| match segment {
        "v2" | "v3" => segment.to_owned(),
        _ if segment.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-' || byte == b'_') => {
            segment.to_owned()
        }
        _ => "{}".to_owned(),
    };
    path.split('/').map(shown).collect::<Vec<_>>().join("/")
}

/// The headers of an answer as raw pairs.
pub(crate) fn raw_headers(headers: &reqwest::header::HeaderMap) -> RawHeaders {
    headers.iter().map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_vec())).collect()
}

/// The innermost cause of a transport error, without the address (which may carry an access token).
pub(crate) fn transport_cause(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut cause: &dyn std::error::Error = &error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_shows_no_number() {
        let path = "/v3/pay/transactions/out-trade-no/20260803ABC";
        assert_eq!(template_of(path), "/v3/pay/transactions/out-trade-no/{}");
        assert_eq!(template_of("/v3/bill/tradebill"), "/v3/bill/tradebill");
    }
}
