//! One listener for all of WeChat's hosts: their paths do not overlap.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::routing::{any, get, post};
use tokio::net::TcpListener;

use crate::shared::Shared;
use crate::{api, control, fiscal, fiscal_codes, pay, phone, sms};

fn router(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/v3/{*rest}", any(pay::gate))
        .route("/connect/oauth2/authorize", get(api::oauth::authorize))
        .route("/cgi-bin/showqrcode", get(api::show_qr))
        .route("/cgi-bin/{*rest}", any(api::gate))
        .route("/nontax/{*rest}", any(api::gate))
        .route("/sns/{*rest}", any(api::gate))
        .route("/wxa/{*rest}", any(api::gate))
        .route("/fiscal/v1/receipts", post(fiscal::create))
        .route("/fiscal/v1/receipts/{request_no}", get(fiscal::query))
        .route("/fiscal/v1/receipts/{request_no}/reversal", post(fiscal::reverse))
        .route("/fiscal/v1/files/{name}", get(fiscal::file))
        .route("/fiscal/v1/payment-codes", post(fiscal_codes::create))
        .route("/fiscal/v1/payment-codes/{request_no}", get(fiscal_codes::query))
        .route("/fiscal/v1/payment-codes/{request_no}/cancel", post(fiscal_codes::cancel))
        .route("/sms/v1/messages", post(sms::send))
        .merge(phone::router())
        .nest("/_sim", control::router())
        .with_state(shared)
}

/// Serves until the runtime stops.
pub(crate) async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    let service = router(shared).into_make_service_with_connect_info::<SocketAddr>();
    if let Err(error) = axum::serve(listener, service).await {
        tracing::error!(%error, "the simulated WeChat stopped");
    }
}
