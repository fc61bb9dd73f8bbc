//! The H5 front end: static files from `http.h5_directory`, below `/h5/`.

use std::path::Path;

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::get;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};
use tower_http::services::ServeDir;

use super::headers::CONTENT_SECURITY_POLICY;
use crate::app::SharedApp;

/// `/h5/…`; when nothing has been built, a page that says how.
pub fn router(app: &SharedApp) -> Router<SharedApp> {
    let directory = Path::new(&app.config.http.h5_directory);
    let router = Router::new().route("/h5", get(|| async { Redirect::permanent("/h5/") }));
    match std::fs::read_to_string(directory.join("index.html")) {
        Ok(index) => {
            let policy = policy_with_inline_scripts(&index);
            let files = Router::new()
                .fallback_service(ServeDir::new(directory))
                .layer(middleware::from_fn(move |request: Request, next: Next| serve(policy.clone(), request, next)));
            router.nest("/h5/", files)
        }
        Err(_) => router.route("/h5/", get(not_built)).route("/h5/{*path}", get(not_built)),
    }
}

async fn serve(policy: HeaderValue, request: Request, next: Next) -> Response {
    // Names below assets/ carry a hash of their content; everything else is asked for again.
    let is_hashed = request.uri().path().starts_with("/assets/");
    let mut response = next.run(request).await;
    if response.status().is_success() || response.status() == StatusCode::NOT_MODIFIED {
        let caching = if is_hashed { "public, max-age=31536000, immutable" } else { "no-cache" };
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

async fn not_built() -> Response {
    (
        StatusCode::SERVICE_UNAVAILABLE,
        Html("<!doctype html><meta charset=utf-8><p>网页版还没有构建：请运行 <code>make run</code>。</p>"),
    )
        .into_response()
}

/// The build writes a short script into `index.html`; it alone is allowed by its hash, other inline scripts stay
/// forbidden.
fn policy_with_inline_scripts(index: &str) -> HeaderValue {
    let hashes: String = inline_scripts(index)
        .map(|script| format!(" 'sha256-{}'", STANDARD.encode(Sha256::digest(script.as_bytes()))))
        .collect();
    let policy = CONTENT_SECURITY_POLICY.replace("script-src 'self'", &format!("script-src 'self'{hashes}"));
    HeaderValue::from_str(&policy).unwrap_or(HeaderValue::from_static(CONTENT_SECURITY_POLICY))
}

fn inline_scripts(html: &str) -> impl Iterator<Item = &str> {
    html.split("<script").skip(1).filter_map(|part| {
        let (attributes, rest) = part.split_once('>')?;
        let (content, _) = rest.split_once("</script>")?;
        (!attributes.contains("src=") && !content.trim().is_empty()).then_some(content)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_scripts_of_the_page_itself_are_allowed_inline() {
        let page = "<script>var a = 1</script><script type=module src=\"./x.js\"></script>";
        assert_eq!(inline_scripts(page).collect::<Vec<_>>(), ["var a = 1"]);
        let policy = policy_with_inline_scripts(page);
        assert!(policy.to_str().unwrap().contains("script-src 'self' 'sha256-"));
    }
}
