//! The WeChat browser: a proxy to the application on a port of its own, so that cookies and
//! absolute paths work. Every HTML page gets one script before all others: the user agent, the
//! bridge `WeixinJSBridge`, and news of title and address for the phone around it.

mod headers;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use tokio::net::TcpListener;

use crate::control;
use crate::shared::Shared;

/// Pages may take longer than pushes.
const TIMEOUT: Duration = Duration::from_secs(60);
/// Uploads through the proxy.
const BODY_MAX: usize = 64 * 1024 * 1024;
/// An HTML page larger than this passes without the script.
const HTML_MAX: usize = 8 * 1024 * 1024;

const SCRIPT: &str = include_str!("bridge.js");

#[derive(Clone)]
struct Proxy {
    shared: Arc<Shared>,
    client: reqwest::Client,
}

/// Serves until the runtime stops.
pub(crate) async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    let client = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .no_gzip()
        .timeout(TIMEOUT)
        .build()
        .expect("a plain HTTP client can be made");
    let router = Router::new()
        .route("/__forget", get(forget))
        .fallback(pass)
        .with_state(Proxy { shared: Arc::clone(&shared), client })
        .nest("/_sim", control::router().with_state(shared));
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    if let Err(error) = axum::serve(listener, service).await {
        tracing::error!(%error, "the simulated WeChat browser stopped");
    }
}

/// Another person takes the phone: cookies and stored data of the one before go.
async fn forget(headers: HeaderMap) -> Response {
    let mut response = Html(
        "<!doctype html><meta charset=utf-8><script>localStorage.clear();sessionStorage.clear();parent.postMessage({sim:'forgotten'},'*')</script>",
    )
    .into_response();
    let answer = response.headers_mut();
    answer.insert("clear-site-data", header::HeaderValue::from_static("\"cookies\", \"storage\""));
    for name in headers::cookie_names(&headers) {
        let expired = format!("{name}=; Path=/; Max-Age=0");
        if let Ok(value) = header::HeaderValue::from_str(&expired) {
            answer.append(header::SET_COOKIE, value);
        }
    }
    response
}

async fn pass(State(proxy): State<Proxy>, request: Request) -> Response {
    let base = proxy.shared.app().web_base_url;
    if base.is_empty() {
        return unreachable_page("应用地址尚未设置");
    }
    let (parts, body) = request.into_parts();
    let target = parts.uri.path_and_query().map_or("/", |target| target.as_str());
    let url = format!("{}{target}", base.trim_end_matches('/'));
    let Ok(body) = to_bytes(body, BODY_MAX).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let answer = proxy
        .client
        .request(parts.method, url)
        .headers(headers::towards_application(&parts.headers))
        .body(body)
        .send()
        .await;
    match answer {
        Ok(answer) => give_back(answer).await,
        Err(_) => unreachable_page("应用没有应答"),
    }
}

async fn give_back(answer: reqwest::Response) -> Response {
    let status = answer.status();
    let mut response_headers = headers::towards_phone(answer.headers());
    let html = response_headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|kind| kind.starts_with("text/html"));
    let small = answer.content_length().is_none_or(|length| length <= HTML_MAX as u64);
    let body = if html && small {
        // The script changes the length.
        response_headers.remove(header::CONTENT_LENGTH);
        match answer.bytes().await {
            Ok(bytes) => Body::from(with_script(&String::from_utf8_lossy(&bytes))),
            Err(_) => return unreachable_page("应用的应答中断"),
        }
    } else {
        Body::from_stream(answer.bytes_stream())
    };
    let mut response = Response::new(body);
    *response.status_mut() = status;
    *response.headers_mut() = response_headers;
    response
}

/// Puts the script right behind `<head>`, else in front of everything.
fn with_script(page: &str) -> String {
    let script = format!("<script>{SCRIPT}</script>");
    // ASCII case folding keeps every byte in its place.
    let lower = page.to_ascii_lowercase();
    let behind_head = lower.find("<head").and_then(|start| {
        let rest = lower.get(start + 5..)?;
        let own_tag = rest.starts_with(['>', ' ', '\n', '\t', '\r']);
        own_tag.then(|| rest.find('>').map(|end| start + 5 + end + 1)).flatten()
    });
    match behind_head {
        Some(place) => format!("{}{script}{}", &page[..place], &page[place..]),
        None => format!("{script}{page}"),
    }
}

fn unreachable_page(reason: &str) -> Response {
    let page = format!(
        "<!doctype html><html lang=zh-CN><head><meta charset=utf-8><meta name=viewport content='width=device-width'><title>无法打开网页</title></head><body style='font:16px sans-serif;color:#888;text-align:center;padding-top:30vh'><p>无法打开网页</p><p>{reason}</p><button style='font:inherit;padding:8px 24px' onclick='location.reload()'>重试</button></body></html>"
    );
    (StatusCode::BAD_GATEWAY, Html(with_script(&page))).into_response()
}

#[cfg(test)]
mod tests {
    use super::{SCRIPT, with_script};

    #[test]
    fn the_script_is_the_first_thing_in_the_head() {
        let page = with_script("<!DOCTYPE html><html><HEAD lang='zh'><title>缴费</title></HEAD></html>");
        let script = format!("<script>{SCRIPT}</script>");
        assert!(page.contains(&format!("<HEAD lang='zh'>{script}<title>")));
    }

    #[test]
    fn a_page_with_a_header_but_no_head_gets_it_in_front() {
        assert!(with_script("<header>x</header>").starts_with("<script>"));
    }
}
