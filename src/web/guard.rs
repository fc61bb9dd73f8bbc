//! Nothing a request does may take the process down, hang it, or answer in another form than ours.

use std::any::Any;
use std::time::Duration;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use foundation::problem::{Problem, Sentences, current_trace_id, money_of_failure};

use super::pages;
use super::wording;
use crate::accounts::refuse_cross_site;
use crate::app::SharedApp;

/// Paths that programs call; everything else is opened by people.
const PROGRAM_PATHS: [&str; 6] = ["/api/", "/integration/", "/staff/", "/wechat/", FILES_PATH, SHARED_PATH];
/// Signed links.
const FILES_PATH: &str = "/files/";
/// Reports that somebody was given a link to.
const SHARED_PATH: &str = "/shared/";
/// The way through WeChat.
const OAUTH_PATH: &str = "/wechat/oauth/";

/// Where the institute sends what takes longer than a page: the proxy gives these the same time (deploy/nginx/tejian.conf).
/// Payers' uploads are not among them.
pub(super) const LARGE: [(Method, &str); 5] = [
    (Method::POST, "/integration/v1/fee-batches"),
    (Method::PUT, "/integration/v1/reports/{external_id}/file"),
    (Method::PUT, "/integration/v1/ledgers/{on}"),
    (Method::POST, "/staff/v1/bank/statements"),
    (Method::POST, "/staff/v1/uploads/whole"),
];

/// A panic in a handler is our fault: 500, logged, and the process goes on.
pub fn answer_panic(panic: Box<dyn Any + Send + 'static>) -> Response {
    let text = panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "a panic without words".to_owned());
    Problem::internal(format!("panic: {text}")).into_response()
}

/// Gives up after `http.request_timeout_ms`, or after `http.large_request_timeout_ms` where large files are sent.
pub async fn limit_time(State(app): State<SharedApp>, request: Request, next: Next) -> Response {
    let http = &app.config.http;
    let limit = if takes_large_files(&request) { http.large_request_timeout_ms } else { http.request_timeout_ms };
    let limit = Duration::from_millis(limit);
    match tokio::time::timeout(limit, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Problem::new(StatusCode::SERVICE_UNAVAILABLE, "timeout", "处理时间太长，这一步还没有结果")
            .money(money_of_failure())
            .advice("请稍后查看结果再决定是否重试；同一笔缴费不会重复扣款")
            .retry_after_s(5)
            .into_response(),
    }
}

fn takes_large_files(request: &Request) -> bool {
    let route = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str);
    LARGE.iter().any(|(method, large)| request.method() == method && route == Some(*large))
}

/// Whatever changes something at `/staff/v1` carries the header that another site's page cannot send; here for every route
/// at once, also for those that nobody is signed in for yet.
pub async fn refuse_other_sites(request: Request, next: Next) -> Response {
    if request.uri().path().starts_with("/staff/")
        && let Err(problem) = refuse_cross_site(request.method(), request.headers())
    {
        return problem.into_response();
    }
    next.run(request).await
}

/// `%00` in an address: no text of ours holds it, and PostgreSQL refuses it.
pub async fn refuse_nul(request: Request, next: Next) -> Response {
    let uri = request.uri();
    if uri.path().contains("%00") || uri.query().is_some_and(|query| query.contains("%00")) {
        return Problem::bad_request("malformed_address", "地址中有不允许的字符").into_response();
    }
    next.run(request).await
}

/// Errors that were not made by us (no such route, wrong method, a body refused by the framework) are put into our
/// form: a [`Problem`] for programs, a page for people who opened the address in a browser.
pub async fn speak_plainly(State(app): State<SharedApp>, request: Request, next: Next) -> Response {
    let for_programs = is_for_programs(&request);
    // Nobody pays by opening a file.
    let concerns_money = ![FILES_PATH, SHARED_PATH].iter().any(|start| request.uri().path().starts_with(start));
    let response = next.run(request).await;
    let status = response.status();
    if !(status.is_client_error() || status.is_server_error()) {
        return response;
    }
    let answer = if is_ours(&response) { response } else { in_our_form(response) };
    match answer.extensions().get::<Sentences>() {
        Some(told) if !for_programs => {
            let page = pages::error_page(&app.config.service, status, told, concerns_money, &current_trace_id());
            with_headers_of(&answer, (status, page).into_response())
        }
        _ => answer,
    }
}

/// A link to a file, or the way through WeChat, is opened by people and fetched by programs; what is asked for decides.
fn is_for_programs(request: &Request) -> bool {
    let path = request.uri().path();
    let accepted = request.headers().get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    match PROGRAM_PATHS.iter().any(|start| path.starts_with(start)) {
        true if [FILES_PATH, SHARED_PATH, OAUTH_PATH].iter().any(|start| path.starts_with(start)) => {
            !accepted.contains("text/html")
        }
        for_programs => for_programs,
    }
}

fn in_our_form(response: Response) -> Response {
    let answer = problem_for(response.status()).into_response();
    with_headers_of(&response, answer)
}

/// Headers that an error keeps whatever its form.
fn with_headers_of(response: &Response, mut answer: Response) -> Response {
    for name in [header::ALLOW, header::RETRY_AFTER] {
        if let Some(value) = response.headers().get(&name) {
            answer.headers_mut().insert(name, value.clone());
        }
    }
    answer
}

/// Ours is JSON, a page, or a text that a capability chose on purpose ([`Chosen`]).
fn is_ours(response: &Response) -> bool {
    let starts_with = |kind: &str| {
        response.headers().get(header::CONTENT_TYPE).is_some_and(|value| value.as_bytes().starts_with(kind.as_bytes()))
    };
    response.extensions().get::<Chosen>().is_some() || starts_with("application/json") || starts_with("text/html")
}

/// Put into the extensions of an error answer whose plain text is meant as it is (for example towards WeChat).
#[derive(Debug, Clone, Copy)]
pub struct Chosen;

fn problem_for(status: StatusCode) -> Problem {
    match status {
        StatusCode::NOT_FOUND => Problem::not_found("not_found", "没有找到您要的内容"),
        StatusCode::METHOD_NOT_ALLOWED => Problem::new(status, "method_not_allowed", "这个地址不支持这种请求方式")
            .advice("请更新小程序或刷新页面后重试"),
        StatusCode::PAYLOAD_TOO_LARGE => wording::too_large(),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => {
            Problem::new(status, "unsupported_media_type", "请求内容的格式不对").advice("请更新小程序或刷新页面后重试")
        }
        _ if status.is_client_error() => {
            Problem::new(status, "bad_request", "请求的内容不对，没有执行").advice("请检查后重试")
        }
        _ => Problem::internal(format!("an answer {status} without words")),
    }
}
