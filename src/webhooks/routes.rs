//! The routes: receivers, the monitor, and the feed for the core system.

use axum::extract::State;
use foundation::paging::{Page, PageRequest};
use foundation::problem::{ErrorAnswer, Problem};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::model::DeliveryId;
use super::monitor::{self, DeliverySearch, WebhookDelivery, WebhookDeliveryDetail};
use super::replay::{self, ReplayRequest, Replayed};
use super::{endpoint_routes, feed};
use crate::app::SharedApp;
use crate::staff::{May, may};
use crate::web::{Json, Path, Query};

/// Routes of this capability.
pub fn router() -> OpenApiRouter<SharedApp> {
    OpenApiRouter::new()
        .merge(endpoint_routes::router())
        .routes(routes!(list))
        .routes(routes!(replay_range))
        .routes(routes!(show))
        .routes(routes!(replay_one))
        .merge(feed::router())
}

/// What other systems were told, newest first.
#[utoipa::path(get, path = "/staff/v1/webhooks", tag = "staff", params(DeliverySearch, PageRequest), responses((status = 200, body = Page<WebhookDelivery>)))]
async fn list(
    State(app): State<SharedApp>,
    _officer: May<may::IntegrationRead>,
    Query(search): Query<DeliverySearch>,
    Query(page): Query<PageRequest>,
) -> Result<Json<Page<WebhookDelivery>>, Problem> {
    Ok(Json(monitor::page(&app, &search, &page).await?))
}

/// One of them, with what was sent and every try.
#[utoipa::path(get, path = "/staff/v1/webhooks/{id}", tag = "staff", params(("id" = DeliveryId, Path, description = "delivery")), responses((status = 200, body = WebhookDeliveryDetail)))]
async fn show(
    State(app): State<SharedApp>,
    _officer: May<may::IntegrationRead>,
    Path(id): Path<DeliveryId>,
) -> Result<Json<WebhookDeliveryDetail>, Problem> {
    Ok(Json(monitor::detail(&app, &id).await?))
}

/// Tells it once more, whether it arrived or not; the receiver knows it by the same id.
#[utoipa::path(post, path = "/staff/v1/webhooks/{id}/replay", tag = "staff", params(("id" = DeliveryId, Path, description = "delivery")), responses(
    (status = 200, body = WebhookDelivery),
    (status = 409, description = "webhook_endpoint_disabled", body = ErrorAnswer),
))]
async fn replay_one(
    State(app): State<SharedApp>,
    officer: May<may::IntegrationReplay>,
    Path(id): Path<DeliveryId>,
) -> Result<Json<WebhookDelivery>, Problem> {
    let row = replay::one(&app, &officer, &id).await?;
    Ok(Json(monitor::one(&app, row).await?))
}

/// Tells a receiver again what happened in a stretch of time; at most 5,000 events.
#[utoipa::path(post, path = "/staff/v1/webhooks/replay", tag = "staff", request_body = ReplayRequest, responses(
    (status = 200, body = Replayed),
    (status = 409, description = "webhook_endpoint_disabled", body = ErrorAnswer),
    (status = 422, description = "replay_range, replay_too_many", body = ErrorAnswer),
))]
async fn replay_range(
    State(app): State<SharedApp>,
    officer: May<may::IntegrationReplay>,
    Json(request): Json<ReplayRequest>,
) -> Result<Json<Replayed>, Problem> {
    Ok(Json(replay::range(&app, &officer, &request).await?))
}
