//! What surrounds every request: its id (in the log, in `X-Request-Id` and in every error), one access-log line without
//! personal data, and rate, errors and duration per route.

use std::time::Instant;

use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use foundation::ids::new_trace_id;
use foundation::problem::{ONLY_LOOKS, TRACE_ID};
use tracing::Instrument;

use super::asked_link::with_asker;

/// How the routes end that are asked what became of a payment: whoever gets no answer there does not know it.
const ASKS_FOR_MONEY: &str = "/payment-state";

/// What a request counts as whose caller hung up before its answer, as at proxies.
const GIVEN_UP: u16 = 499;

/// Runs the request under an id of ours. An id sent from outside is not taken over: two requests must never share one.
pub async fn surround(request: Request, next: Next) -> Response {
    let id = new_trace_id();
    let method = known_method(request.method());
    // The template, not the path: a path may hold a link token, a query anything.
    let route = request.extensions().get::<MatchedPath>().map_or("(none)", |path| path.as_str()).to_owned();
    let span = tracing::info_span!("request", id = %id, method, route = %route);
    let header_value = HeaderValue::from_str(&id);
    let only_looks = ["GET", "HEAD", "OPTIONS"].contains(&method) && !route.ends_with(ASKS_FOR_MONEY);
    let answer = TRACE_ID.scope(id, async move {
        let told = Told { method, route, started: Instant::now(), status: GIVEN_UP };
        let mut response = with_asker(ONLY_LOOKS.scope(only_looks, next.run(request))).await;
        told.answered(response.status());
        if let Ok(value) = header_value {
            response.headers_mut().insert("x-request-id", value);
        }
        response
    });
    answer.instrument(span).await
}

/// Writes down how a request ended, at its end: also when whoever asked has hung up and nobody goes on with it. Those are the
/// ones that took too long.
struct Told {
    method: &'static str,
    route: String,
    started: Instant,
    status: u16,
}

impl Told {
    fn answered(mut self, status: StatusCode) {
        self.status = status.as_u16();
    }
}

impl Drop for Told {
    fn drop(&mut self) {
        let (elapsed, status) = (self.started.elapsed(), self.status);
        let labels =
            [("method", self.method.to_owned()), ("route", self.route.clone()), ("status", status.to_string())];
        metrics::counter!("tejian_http_requests_total", &labels).increment(1);
        // For the alarm: few enough to begin at nothing, so that the first failure of a route counts as well.
        metrics::counter!("tejian_http_answers_total", "class" => class(status)).increment(1);
        metrics::histogram!("tejian_http_request_duration_seconds", &labels[..2]).record(elapsed.as_secs_f64());
        let elapsed_ms = elapsed.as_millis() as u64;
        tracing::info!(status, elapsed_ms, "answered");
    }
}

fn class(status: u16) -> &'static str {
    match status / 100 {
        2 => "2xx",
        3 => "3xx",
        4 => "4xx",
        5 => "5xx",
        _ => "1xx",
    }
}

/// Methods become labels of metrics, so an invented one must not make a new series.
fn known_method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::HEAD => "HEAD",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}
