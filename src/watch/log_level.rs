//! Louder or quieter logs without a restart: `curl -X PUT --data 'info,tejian=debug' http://127.0.0.1:9464/log-level`.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use foundation::telemetry;

/// What is logged now, in the language of `service.log_level`.
pub(super) async fn show() -> String {
    format!("{}\n", telemetry::log_level())
}

/// Changes it for this process until it ends.
pub(super) async fn change(wanted: String) -> Response {
    let wanted = wanted.trim();
    // Said before: `off` would keep the line from being written that tells of it.
    tracing::warn!(level = wanted, "the log level is being changed");
    match telemetry::set_log_level(wanted) {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(error) => (StatusCode::UNPROCESSABLE_ENTITY, format!("日志级别没有改变：{error:#}\n")).into_response(),
    }
}
