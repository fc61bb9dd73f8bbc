//! The two front ends, served as static files: the payers' pages below `/h5/` (`http.h5_directory`) and the institute's
//! console below `/console/` (`http.console_directory`).

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
use tower_http::services::{ServeDir, ServeFile};

use super::headers::CONTENT_SECURITY_POLICY;
use crate::app::SharedApp;

/// One front end.
struct Site {
    /// Without the slash at the end.
    path: &'static str,
    /// Whether every address below it that is no file is a page of the front end's own.
    has_own_addresses: bool,
    /// Said while nothing has been built.
    not_built: &'static str,
}

const H5: Site = Site {
    path: "/h5",
    has_own_addresses: false,
    not_built: "<!doctype html><meta charset=utf-8><p>网页版还没有构建：请运行 <code>make run</code>。</p>",
};
const CONSOLE: Site = Site {
    path: "/console",
    has_own_addresses: true,
    not_built: "<!doctype html><meta charset=utf-8><p>业务台还没有构建：请运行 <code>make run</code>。</p>",
};

/// Both.
pub fn router(app: &SharedApp) -> Router<SharedApp> {
    site(&H5, &app.config.http.h5_directory).merge(site(&CONSOLE, &app.config.http.console_directory))
}

/// The files of one; when nothing has been built, a page that says how.
fn site(site: &'static Site, directory: &str) -> Router<SharedApp> {
    let directory = Path::new(directory);
    let root = format!("{}/", site.path);
    let to_root = root.clone();
    let router = Router::new().route(site.path, get(|| async move { Redirect::permanent(&to_root) }));
    let index_file = directory.join("index.html");
    match std::fs::read_to_string(&index_file) {
        Ok(index) => {
            let policy = policy_with_inline_scripts(&index);
            let files = ServeDir::new(directory).precompressed_br().precompressed_gzip();
            let files = if site.has_own_addresses {
                Router::new().fallback_service(files.fallback(ServeFile::new(index_file)))
            } else {
                Router::new().fallback_service(files)
            };
            let files = files
                .layer(middleware::from_fn(move |request: Request, next: Next| serve(policy.clone(), request, next)));
            router.nest(&root, files)
        }
        Err(_) => {
            let answer = move || async move { not_built(site) };
            router.route(&root, get(answer)).route(&format!("{root}{{*path}}"), get(answer))
        }
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

fn not_built(site: &Site) -> Response {
    (StatusCode::SERVICE_UNAVAILABLE, Html(site.not_built)).into_response()
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
        let policy = policy.to_str().unwrap();
        assert!(policy.contains("script-src 'self' 'sha256-"));
        for policy in [policy, CONTENT_SECURITY_POLICY] {
            let scripts =
                policy.split(';').find(|part| part.trim().starts_with("script-src ")).expect("scripts are named");
            for anything in ["'unsafe-inline'", "'unsafe-eval'", "data:", "*"] {
                assert!(!scripts.contains(anything), "{scripts}");
            }
        }
    }
}
