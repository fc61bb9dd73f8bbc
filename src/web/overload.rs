//! Beyond what this process can serve at once, a request is refused quickly instead of waiting with all others until none
//! is answered. Notices of the channel have places of their own: money that has moved is never kept out by people who look
//! at lists. Whoever asks whether the process is well is always answered.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use foundation::problem::Problem;
use tokio::sync::Semaphore;

use crate::app::App;

/// After so long there is most likely a place again.
const RETRY_AFTER_S: u64 = 2;
/// Where WeChat speaks to us; people come through `/wechat/oauth/` as well.
const NOTICES: [&str; 3] = ["/wechat/pay/", "/wechat/mp", "/wechat/mini"];
const ALWAYS: [&str; 3] = ["/healthz", "/readyz", "/metrics"];

/// Places for requests of each kind.
#[derive(Debug, Clone)]
pub(super) struct Places {
    people: Arc<Semaphore>,
    notices: Arc<Semaphore>,
}

impl Places {
    /// As many as `http.in_flight_max` and `http.notices_in_flight_max` say.
    pub(super) fn of(app: &App) -> Self {
        let http = &app.config.http;
        Self {
            people: Arc::new(Semaphore::new(http.in_flight_max)),
            notices: Arc::new(Semaphore::new(http.notices_in_flight_max)),
        }
    }
}

/// Answers the request if there is a place for it.
pub(super) async fn refuse_beyond(State(places): State<Places>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    if ALWAYS.contains(&path) {
        return next.run(request).await;
    }
    let is_notice = NOTICES.iter().any(|start| path.starts_with(start));
    let (kind, places) = if is_notice { ("notices", &places.notices) } else { ("people", &places.people) };
    let Ok(_place) = places.try_acquire() else {
        metrics::counter!("tejian_http_refused_total", "kind" => kind).increment(1);
        let (code, told, advice) = if is_notice {
            ("too_many_notices", "同时到来的通知太多，这一条没有处理", "请按通知规则重发")
        } else {
            ("too_busy", "现在使用的人太多，这一步没有执行，没有扣款", "请过几秒再试一次")
        };
        return Problem::new(StatusCode::SERVICE_UNAVAILABLE, code, told)
            .advice(advice)
            .retry_after_s(RETRY_AFTER_S)
            .into_response();
    };
    next.run(request).await
}
