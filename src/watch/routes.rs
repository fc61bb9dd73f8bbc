//! `/healthz`, `/readyz`, `/metrics`; and on a listener of its own, which only the operator's network reaches,
//! `/log-level` as well.

use std::net::SocketAddr;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use foundation::problem::Problem;
use tokio::net::TcpListener;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::health::{Readiness, readiness};
use super::{figures, log_level};
use crate::app::SharedApp;
use crate::web::Json;

/// Routes on the public listener.
pub fn router() -> OpenApiRouter<SharedApp> {
    OpenApiRouter::new().routes(routes!(healthz)).routes(routes!(readyz)).routes(routes!(metrics))
}

/// Answers on the operator's listener (`http.metrics_listen`) for as long as the process lives.
///
/// # Errors
/// When no connection can be accepted any more.
pub async fn serve_operators(app: SharedApp, listener: TcpListener) -> std::io::Result<()> {
    axum::serve(listener, operators_router(app).into_make_service_with_connect_info::<SocketAddr>()).await
}

/// Its routes.
pub(super) fn operators_router(app: SharedApp) -> Router {
    Router::new()
        .route("/metrics", get(measured))
        .route("/log-level", get(log_level::show).put(log_level::change))
        .with_state(app)
}

/// Whether the process lives; it says nothing about the parts it needs.
#[utoipa::path(get, path = "/healthz", tag = "operations", responses((status = 200, description = "The process lives", body = String, content_type = "text/plain")))]
async fn healthz() -> &'static str {
    "ok\n"
}

/// Whether the parts this process needs answer.
#[utoipa::path(get, path = "/readyz", tag = "operations", responses(
    (status = 200, description = "Ready", body = Readiness),
    (status = 503, description = "Not ready; `parts` says which part", body = Readiness),
))]
async fn readyz(State(app): State<SharedApp>) -> Response {
    let readiness = readiness(&app).await;
    let status = if readiness.ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(readiness)).into_response()
}

/// What this process measures, in Prometheus text form; answered here only while `http.metrics_listen` is not set.
#[utoipa::path(get, path = "/metrics", tag = "operations", responses((status = 200, description = "Prometheus text", body = String, content_type = "text/plain")))]
async fn metrics(State(app): State<SharedApp>) -> Response {
    if !app.config.http.metrics_listen.is_empty() {
        return Problem::not_found("not_found", "没有找到您要的内容").into_response();
    }
    measured(State(app)).await
}

async fn measured(State(app): State<SharedApp>) -> Response {
    figures::refresh(&app).await;
    let text = foundation::telemetry::metrics_handle().render();
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response()
}
