//! The same events to be fetched, for a core system that was down or wants no calls from outside.

use axum::Json;
use axum::extract::State;
use foundation::problem::Problem;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::entity::events::{Column, Entity};
use super::model::EventId;
use crate::app::{App, SharedApp};
use crate::imports::{SignatureHeaders, SignedRequest};
use crate::web::Query;

const LIMIT_MAX: u64 = 200;

/// The route of the feed.
pub(super) fn router() -> OpenApiRouter<SharedApp> {
    OpenApiRouter::new().routes(routes!(events))
}

/// From where on.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct FeedQuery {
    /// Id of the last event that was read; nothing for the beginning.
    after: Option<EventId>,
    /// Events wanted, 1–200; 50 when absent.
    limit: Option<u64>,
}

/// Events in the order in which they became known.
#[derive(Debug, Serialize, ToSchema)]
struct EventFeed {
    /// As they are sent to receivers.
    items: Vec<serde_json::Value>,
    /// Pass as `after` the next time, also when nothing new is there; null only while nothing ever happened.
    next: Option<String>,
    /// Whether more is there already.
    more: bool,
}

/// What happened after an event, oldest first. Keep `next`, and ask again with it whenever you like.
#[utoipa::path(get, path = "/integration/v1/events", tag = "integration", params(FeedQuery, SignatureHeaders), responses((status = 200, body = EventFeed), (status = 401, description = "signature"), (status = 422, description = "event_unknown")))]
async fn events(
    State(app): State<SharedApp>,
    Query(query): Query<FeedQuery>,
    _request: SignedRequest,
) -> Result<Json<EventFeed>, Problem> {
    app.database.behind(app.now_ms(), || page(&app, &query)).await.map(Json)
}

async fn page(app: &App, query: &FeedQuery) -> Result<EventFeed, Problem> {
    let reader = app.database.reader();
    let after = match &query.after {
        None => 0,
        Some(id) => {
            let known = Entity::find_by_id(id.as_str()).one(reader).await?;
            known.map(|event| event.seq).ok_or_else(|| {
                Problem::unacceptable("event_unknown", "没有这个事件").field("after", "请使用上一次返回的 next")
            })?
        }
    };
    let limit = query.limit.unwrap_or(50).clamp(1, LIMIT_MAX);
    let mut rows =
        Entity::find().filter(Column::Seq.gt(after)).order_by_asc(Column::Seq).limit(limit + 1).all(reader).await?;
    let more = rows.len() as u64 > limit;
    rows.truncate(limit as usize);
    let next = rows.last().map(|row| row.id.clone()).or(query.after.clone().map(String::from));
    let items = rows.iter().map(|row| serde_json::from_str(&row.body)).collect::<Result<_, _>>();
    Ok(EventFeed { items: items.map_err(Problem::internal)?, next, more })
}
