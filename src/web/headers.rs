//! Headers that keep browsers careful, and caches honest.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;

use super::compression::Uncompressed;
use crate::app::SharedApp;

/// What pages of ours may load: only from us, plus WeChat's JS-SDK.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; script-src 'self' https://res.wx.qq.com; \
     style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; \
     object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'self'";

/// Adds what the handler did not say itself.
pub async fn secure(State(app): State<SharedApp>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let for_wechat = path.starts_with("/wechat/");
    let private = ["/api/", "/integration/", "/staff/", "/wechat/", "/files/", "/personal-files/", "/shared/"]
        .iter()
        .any(|start| path.starts_with(start));
    let over_tls = app.config.service.public_base_url.starts_with("https://");
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    add(headers, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    add(headers, header::REFERRER_POLICY, "strict-origin-when-cross-origin");
    add(headers, header::X_FRAME_OPTIONS, "SAMEORIGIN");
    add(headers, header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY);
    add(headers, HeaderName::from_static("permissions-policy"), "geolocation=(), microphone=(), camera=(self)");
    if over_tls {
        add(headers, header::STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
    if private {
        // Personal data: no proxy and no browser keeps it.
        add(headers, header::CACHE_CONTROL, "no-store");
    }
    if for_wechat {
        response.extensions_mut().insert(Uncompressed);
    }
    response
}

fn add(headers: &mut HeaderMap, name: HeaderName, value: &'static str) {
    headers.entry(name).or_insert(HeaderValue::from_static(value));
}
