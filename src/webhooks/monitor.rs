//! How telling goes, as the interface operator sees it.

use std::collections::{HashMap, HashSet};

use foundation::paging::{Page, PageRequest};
use foundation::problem::Problem;
use sea_orm::sea_query::ExprTrait;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::entity::{attempts, deliveries, endpoints};
use super::model::{DeliveryId, DeliveryState, EndpointId, EventKind};
use super::store;
use crate::app::App;

/// Tries shown of one delivery.
const TRIES_SHOWN_MAX: u64 = 100;

/// What is looked for.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct DeliverySearch {
    /// Where it stands.
    #[param(inline)]
    state: Option<DeliveryState>,
    /// Which receiver.
    endpoint: Option<EndpointId>,
    /// Code of an event type.
    event_type: Option<String>,
    /// Id of an order, a credit request, or the event itself.
    object: Option<String>,
}

/// One event for one receiver.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct WebhookDelivery {
    /// Which.
    pub(super) id: DeliveryId,
    /// What `webhook-id` says.
    event_id: String,
    /// `order.paid` …
    event_type: String,
    /// The same for people.
    event_text: String,
    /// Id of what it is about.
    object_id: String,
    /// The receiver.
    endpoint_id: String,
    /// Where it stands.
    endpoint_url: String,
    /// `waiting`, `delivered`, `dead`.
    state: DeliveryState,
    /// The same for people.
    state_text: String,
    /// Tries since it was last begun.
    attempts: i64,
    /// When it is tried next, epoch milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_at: Option<i64>,
    /// HTTP status of the last try.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_status: Option<i64>,
    /// What went wrong last, for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_error: Option<String>,
    /// Epoch milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    delivered_at: Option<i64>,
    /// Epoch milliseconds.
    created_at: i64,
}

/// One event for one receiver, with what was sent and how it went.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct WebhookDeliveryDetail {
    #[serde(flatten)]
    delivery: WebhookDelivery,
    /// The event as it is sent.
    body: serde_json::Value,
    /// Tries, newest first; at most 100.
    tries: Vec<WebhookTry>,
}

/// One try.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct WebhookTry {
    /// Epoch milliseconds.
    at: i64,
    /// HTTP status, when there was an answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<i64>,
    /// What went wrong, for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    /// How long it took.
    duration_ms: i64,
}

/// Deliveries, newest first.
pub(super) async fn page(
    app: &App,
    search: &DeliverySearch,
    wanted: &PageRequest,
) -> Result<Page<WebhookDelivery>, Problem> {
    use deliveries::Column as C;
    let mut select = deliveries::Entity::find().order_by_desc(C::Id).limit(wanted.limit() + 1);
    if let Some(state) = search.state {
        select = select.filter(C::State.eq(state.as_str()));
    }
    if let Some(endpoint) = &search.endpoint {
        select = select.filter(C::EndpointId.eq(endpoint.as_str()));
    }
    if let Some(kind) = search.event_type.as_deref().filter(|kind| !kind.is_empty()) {
        select = select.filter(C::Kind.eq(kind));
    }
    if let Some(object) = search.object.as_deref().map(str::trim).filter(|object| !object.is_empty()) {
        select = select.filter(C::ObjectId.eq(object).or(C::EventId.eq(object)));
    }
    if let Some(after) = wanted.after_key() {
        select = select.filter(C::Id.lt(after));
    }
    let rows = select.all(app.database.reader()).await?;
    let found = Page::from_rows(rows, wanted.limit(), |row| row.id.clone());
    Ok(Page { items: answers(app, found.items).await?, next: found.next })
}

/// One delivery whole.
pub(super) async fn detail(app: &App, id: &DeliveryId) -> Result<WebhookDeliveryDetail, Problem> {
    let reader = app.database.reader();
    let row = store::delivery(reader, id).await?;
    let event = store::event(reader, &row.event_id).await?;
    let tries = attempts::Entity::find()
        .filter(attempts::Column::DeliveryId.eq(id.as_str()))
        .order_by_desc(attempts::Column::Id)
        .limit(TRIES_SHOWN_MAX)
        .all(reader)
        .await?;
    let tries = tries.into_iter().map(|row| WebhookTry {
        at: row.at,
        status: row.status,
        error: row.error,
        duration_ms: row.duration_ms,
    });
    Ok(WebhookDeliveryDetail {
        delivery: one(app, row).await?,
        body: serde_json::from_str(&event.body).map_err(Problem::internal)?,
        tries: tries.collect(),
    })
}

/// One delivery as it stands in the list.
pub(super) async fn one(app: &App, row: deliveries::Model) -> Result<WebhookDelivery, Problem> {
    answers(app, vec![row]).await?.pop().ok_or_else(|| Problem::internal("a delivery without an answer"))
}

async fn answers(app: &App, rows: Vec<deliveries::Model>) -> Result<Vec<WebhookDelivery>, Problem> {
    let ids: HashSet<&str> = rows.iter().map(|row| row.endpoint_id.as_str()).collect();
    let known = endpoints::Entity::find().filter(endpoints::Column::Id.is_in(ids)).all(app.database.reader()).await?;
    let urls: HashMap<String, String> = known.into_iter().map(|row| (row.id, row.url)).collect();
    rows.into_iter()
        .map(|row| {
            let state: DeliveryState = row.state.parse()?;
            Ok(WebhookDelivery {
                event_text: EventKind::text_of(&row.kind),
                state_text: state.text().to_owned(),
                endpoint_url: urls.get(&row.endpoint_id).cloned().unwrap_or_default(),
                id: DeliveryId::from_stored(row.id),
                event_id: row.event_id,
                event_type: row.kind,
                object_id: row.object_id,
                endpoint_id: row.endpoint_id,
                state,
                attempts: row.attempts,
                next_at: row.next_at,
                last_status: row.last_status,
                last_error: row.last_error,
                delivered_at: row.delivered_at,
                created_at: row.created_at,
            })
        })
        .collect()
}
