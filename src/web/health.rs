//! For operators: is the process alive, can it serve, and what does it measure.

use std::collections::BTreeMap;
use std::future::Future;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use foundation::problem::Problem;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Json;
use crate::app::{App, SharedApp};

/// A part that takes longer than this to answer is not ready.
const PATIENCE: Duration = Duration::from_secs(3);

/// Routes for operators.
pub fn router() -> OpenApiRouter<SharedApp> {
    OpenApiRouter::new().routes(routes!(healthz)).routes(routes!(readyz)).routes(routes!(metrics))
}

/// Whether the process lives; it says nothing about the parts it needs.
#[utoipa::path(get, path = "/healthz", tag = "operations", responses((status = 200, description = "The process lives", body = String, content_type = "text/plain")))]
async fn healthz() -> &'static str {
    "ok\n"
}

/// Whether the process can serve, part by part.
#[derive(Debug, Serialize, ToSchema)]
pub struct Readiness {
    /// All parts are ready.
    pub ready: bool,
    /// `ok`, or what is wrong, by part: database, migrations, cache, files.
    pub parts: BTreeMap<&'static str, String>,
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

/// Asks every part; also used by `tejian doctor`.
pub async fn readiness(app: &App) -> Readiness {
    let (database, migrations, cache, files) = tokio::join!(
        verdict(async { app.database.ping().await.map_err(anyhow::Error::from) }),
        verdict(async {
            match app.database.pending_migrations().await? {
                0 => Ok(()),
                pending => anyhow::bail!("有 {pending} 项数据库升级尚未执行，请运行 tejian migrate"),
            }
        }),
        verdict(app.cache.ping()),
        verdict(async { app.files.exists("readiness/probe").await.map(|_| ()) }),
    );
    let parts =
        BTreeMap::from([("database", database), ("migrations", migrations), ("cache", cache), ("files", files)]);
    Readiness { ready: parts.values().all(|part| part == "ok"), parts }
}

async fn verdict(answer: impl Future<Output = anyhow::Result<()>>) -> String {
    match tokio::time::timeout(PATIENCE, answer).await {
        Ok(Ok(())) => "ok".to_owned(),
        Ok(Err(error)) => {
            // Addresses and passwords of back ends may stand in the cause: to the log only.
            tracing::error!(error = %format!("{error:#}"), "a part is not ready");
            error.to_string().lines().next().unwrap_or_default().chars().take(120).collect()
        }
        Err(_) => "没有在 3 秒内回答".to_owned(),
    }
}

/// What this process measures, in Prometheus text form; answered here only while `http.metrics_listen` is not set.
#[utoipa::path(get, path = "/metrics", tag = "operations", responses((status = 200, description = "Prometheus text", body = String, content_type = "text/plain")))]
async fn metrics(State(app): State<SharedApp>) -> Response {
    if !app.config.http.metrics_listen.is_empty() {
        return Problem::not_found("not_found", "没有找到您要的内容").into_response();
    }
    measured()
}

/// `/metrics` alone, for a listener of its own that is reached by the operator's network only.
pub fn metrics_router() -> Router {
    Router::new().route("/metrics", get(|| async { measured() }))
}

fn measured() -> Response {
    let text = foundation::telemetry::metrics_handle().render();
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response()
}
