//! Receivers over HTTP.

use axum::extract::State;
use axum::http::StatusCode;
use foundation::paging::{Page, PageRequest};
use foundation::problem::{ErrorAnswer, Problem};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::endpoints::{self, EndpointRequest, EndpointWithSecret, WebhookEndpoint};
use super::entity::endpoints::{Column, Entity};
use super::model::{EndpointId, EventKind};
use crate::app::SharedApp;
use crate::staff::{May, may};
use crate::web::{Json, Path, Query};

/// Routes for receivers.
pub(super) fn router() -> OpenApiRouter<SharedApp> {
    OpenApiRouter::new()
        .routes(routes!(list, add))
        .routes(routes!(change))
        .routes(routes!(rotate))
        .routes(routes!(event_types))
}

/// Receivers, newest first.
#[utoipa::path(get, path = "/staff/v1/webhooks/endpoints", tag = "staff", params(PageRequest), responses((status = 200, body = Page<WebhookEndpoint>)))]
async fn list(
    State(app): State<SharedApp>,
    _officer: May<may::IntegrationRead>,
    Query(page): Query<PageRequest>,
) -> Result<Json<Page<WebhookEndpoint>>, Problem> {
    let mut select = Entity::find().order_by_desc(Column::Id).limit(page.limit() + 1);
    if let Some(after) = page.after_key() {
        select = select.filter(Column::Id.lt(after));
    }
    let rows = select.all(app.database.reader()).await?;
    Ok(Json(Page::from_rows(rows, page.limit(), |row| row.id.clone()).map(WebhookEndpoint::from)))
}

/// Writes a receiver down; its secret is shown once. Needs a step-up.
#[utoipa::path(post, path = "/staff/v1/webhooks/endpoints", tag = "staff", request_body = EndpointRequest, responses(
    (status = 201, body = EndpointWithSecret),
    (status = 403, description = "step_up_needed, not_permitted", body = ErrorAnswer),
    (status = 422, description = "webhook_url, webhook_endpoint_wrong", body = ErrorAnswer),
))]
async fn add(
    State(app): State<SharedApp>,
    officer: May<may::IntegrationManage>,
    Json(request): Json<EndpointRequest>,
) -> Result<(StatusCode, Json<EndpointWithSecret>), Problem> {
    officer.demand_step_up(app.now_ms())?;
    Ok((StatusCode::CREATED, Json(endpoints::create(&app, &officer, request).await?)))
}

/// Changes, disables or enables a receiver. Needs a step-up.
#[utoipa::path(put, path = "/staff/v1/webhooks/endpoints/{id}", tag = "staff", params(("id" = EndpointId, Path, description = "receiver")), request_body = EndpointRequest, responses(
    (status = 200, body = WebhookEndpoint),
    (status = 403, description = "step_up_needed, not_permitted", body = ErrorAnswer),
    (status = 422, description = "webhook_url, webhook_endpoint_wrong", body = ErrorAnswer),
))]
async fn change(
    State(app): State<SharedApp>,
    officer: May<may::IntegrationManage>,
    Path(id): Path<EndpointId>,
    Json(request): Json<EndpointRequest>,
) -> Result<Json<WebhookEndpoint>, Problem> {
    officer.demand_step_up(app.now_ms())?;
    Ok(Json(endpoints::change(&app, &officer, &id, request).await?))
}

/// A new secret, shown once; for a day the old one signs as well. Needs a step-up.
#[utoipa::path(post, path = "/staff/v1/webhooks/endpoints/{id}/rotate", tag = "staff", params(("id" = EndpointId, Path, description = "receiver")), responses(
    (status = 200, body = EndpointWithSecret),
    (status = 403, description = "step_up_needed, not_permitted", body = ErrorAnswer),
))]
async fn rotate(
    State(app): State<SharedApp>,
    officer: May<may::IntegrationManage>,
    Path(id): Path<EndpointId>,
) -> Result<Json<EndpointWithSecret>, Problem> {
    officer.demand_step_up(app.now_ms())?;
    Ok(Json(endpoints::rotate(&app, &officer, &id).await?))
}

/// Types of events.
#[derive(Debug, Serialize, ToSchema)]
struct EventTypes {
    items: Vec<EventType>,
}

/// A type of events.
#[derive(Debug, Serialize, ToSchema)]
struct EventType {
    /// `order.paid` …
    code: &'static str,
    /// The same for people.
    text: &'static str,
}

/// What other systems can be told.
#[utoipa::path(get, path = "/staff/v1/webhooks/event-types", tag = "staff", responses((status = 200, body = EventTypes)))]
async fn event_types(_officer: May<may::IntegrationRead>) -> Json<EventTypes> {
    let items = EventKind::ALL.iter().map(|kind| EventType { code: kind.as_str(), text: kind.text() }).collect();
    Json(EventTypes { items })
}
