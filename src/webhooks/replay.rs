//! Telling again, by decision of a person: one delivery, or what happened in a stretch of time.

use std::collections::HashSet;

use foundation::batches::row_batches;
use foundation::jobs::enqueue_all;
use foundation::problem::Problem;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::entity::{deliveries, endpoints, events};
use super::model::{DeliveryId, DeliveryState, EndpointId, EventKind};
use super::{deliver, spread, store};
use crate::app::App;
use crate::audit::{self, Action};
use crate::orders;
use crate::staff::Officer;

/// Events of one replay.
const EVENTS_MAX: usize = 5_000;
/// Ids in one IN list.
const CHUNK: usize = 500;

/// Which events are told again.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ReplayRequest {
    /// To whom.
    pub(super) endpoint_id: EndpointId,
    /// From when on, epoch milliseconds.
    pub(super) from: i64,
    /// Before when, epoch milliseconds.
    pub(super) to: i64,
    /// Only what has not arrived.
    #[serde(default)]
    pub(super) only_undelivered: bool,
}

/// What a replay came to.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct Replayed {
    /// Events that are told again, or for the first time.
    count: i64,
}

/// Begins one delivery anew.
pub(super) async fn one(app: &App, officer: &Officer, id: &DeliveryId) -> Result<deliveries::Model, Problem> {
    let now = app.now_ms();
    let transaction = app.database.begin_write().await?;
    let before = store::delivery(&*transaction, id).await?;
    let endpoint = store::endpoint(&*transaction, &EndpointId::from_stored(before.endpoint_id.clone())).await?;
    demand_enabled(&endpoint)?;
    store::forget_trouble(&*transaction, &endpoint.id, now).await?;
    store::begin_again(now).filter(deliveries::Column::Id.eq(id.as_str())).exec(&*transaction).await?;
    let after = store::delivery(&*transaction, id).await?;
    enqueue_all(&*transaction, vec![deliver::job(&after.id, after.round, now)]).await?;
    let detail = json!({ "event": after.event_id, "type": after.kind, "state_before": before.state });
    audit::record(&*transaction, app, officer.entry(Action::WebhookReplayed, &after.object_id, detail)).await?;
    transaction.commit().await?;
    app.wake_workers.notify_one();
    Ok(after)
}

/// Tells a receiver again what happened in a stretch of time, also what happened before it was written down.
pub(super) async fn range(app: &App, officer: &Officer, request: &ReplayRequest) -> Result<Replayed, Problem> {
    if request.from >= request.to {
        return Err(
            Problem::unacceptable("replay_range", "时间范围不对，没有重放").field("to", "结束时间应晚于开始时间")
        );
    }
    let now = app.now_ms();
    let transaction = app.database.begin_write().await?;
    let endpoint = store::endpoint(&*transaction, &request.endpoint_id).await?;
    demand_enabled(&endpoint)?;
    let events = events_between(&*transaction, &endpoint, request).await?;
    store::forget_trouble(&*transaction, &endpoint.id, now).await?;
    let mut count = 0;
    for chunk in events.chunks(CHUNK) {
        count += again(&*transaction, &endpoint, chunk, request.only_undelivered, now).await?;
    }
    let detail = json!({ "url": endpoint.url, "from": request.from, "to": request.to, "count": count });
    audit::record(&*transaction, app, officer.entry(Action::WebhookReplayed, &endpoint.id, detail)).await?;
    transaction.commit().await?;
    app.wake_workers.notify_one();
    Ok(Replayed { count })
}

/// What telling once more came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ToldAgain {
    /// Somebody is told.
    Told,
    /// Nobody listens to this.
    NobodyListens,
    /// The event is so old that it is kept no more.
    Forgotten,
}

/// Tells every receiver once more that an order was paid. Where there is nobody or nothing to tell, nothing happened, and the
/// trail says nothing of it. 409 if the order is not paid any more: what was told of that later would be overtaken.
pub async fn tell_paid_again(app: &App, officer: &Officer, order_id: &str) -> Result<ToldAgain, Problem> {
    let now = app.now_ms();
    let transaction = app.database.begin_write().await?;
    let paid = EventKind::OrderPaid.as_str();
    let order = orders::lock_row(&*transaction, order_id, now).await?;
    let order = order.ok_or_else(|| Problem::not_found("order_not_found", "没有找到这个订单"))?;
    let state = order.state()?;
    if !state.has_money() {
        let what = format!("订单 {} 现在{}，没有向业务系统补推", order.order_no, state.text());
        return Err(
            Problem::conflict("order_not_paid", what).advice("请重新对账，差异会自动消除；仍在的，请核对后登记说明")
        );
    }
    let events = events::Entity::find()
        .filter(events::Column::ObjectId.eq(order_id))
        .filter(events::Column::Kind.eq(paid))
        .order_by_desc(events::Column::Seq)
        .limit(1)
        .all(&*transaction)
        .await?;
    let endpoints = store::listening(&*transaction, paid).await?;
    if endpoints.is_empty() {
        return Ok(ToldAgain::NobodyListens);
    }
    if events.is_empty() {
        return Ok(ToldAgain::Forgotten);
    }
    let mut count = 0;
    for endpoint in endpoints {
        count += again(&*transaction, &endpoint, &events, false, now).await?;
    }
    let detail = json!({ "type": paid, "count": count });
    audit::record(&*transaction, app, officer.entry(Action::WebhookReplayed, order_id, detail)).await?;
    transaction.commit().await?;
    app.wake_workers.notify_one();
    Ok(ToldAgain::Told)
}

fn demand_enabled(endpoint: &endpoints::Model) -> Result<(), Problem> {
    if endpoint.state == store::ENABLED {
        return Ok(());
    }
    Err(Problem::conflict("webhook_endpoint_disabled", "这个接收地址已停用，没有重放").advice("请先启用接收地址"))
}

async fn events_between<C: ConnectionTrait>(
    connection: &C,
    endpoint: &endpoints::Model,
    request: &ReplayRequest,
) -> Result<Vec<events::Model>, Problem> {
    let mut select = events::Entity::find()
        .filter(events::Column::At.gte(request.from))
        .filter(events::Column::At.lt(request.to))
        .order_by_asc(events::Column::Seq)
        .limit(EVENTS_MAX as u64 + 1);
    if !endpoint.event_types.is_empty() {
        select = select.filter(events::Column::Kind.is_in(endpoint.event_types.split(',')));
    }
    let found = select.all(connection).await?;
    if found.len() <= EVENTS_MAX {
        return Ok(found);
    }
    Err(Problem::unacceptable("replay_too_many", format!("这段时间超过 {EVENTS_MAX} 个事件，没有重放"))
        .field("from", "请缩短时间范围")
        .advice("请分几段重放"))
}

/// Begins the deliveries of these events anew, and makes those that are missing; how many there are.
async fn again<C: ConnectionTrait>(
    connection: &C,
    endpoint: &endpoints::Model,
    events: &[events::Model],
    only_undelivered: bool,
    now: i64,
) -> Result<i64, Problem> {
    use deliveries::Column as C;
    let of_these = || {
        deliveries::Entity::find()
            .filter(C::EndpointId.eq(&endpoint.id))
            .filter(C::EventId.is_in(events.iter().map(|event| event.id.as_str())))
    };
    let known: HashSet<String> = of_these().all(connection).await?.into_iter().map(|row| row.event_id).collect();
    let mut update = store::begin_again(now)
        .filter(C::EndpointId.eq(&endpoint.id))
        .filter(C::EventId.is_in(events.iter().map(|event| event.id.as_str())));
    if only_undelivered {
        update = update.filter(C::State.ne(DeliveryState::Delivered.as_str()));
    }
    update.exec(connection).await?;
    let missing = events.iter().filter(|event| !known.contains(&event.id));
    let new: Vec<deliveries::Model> = missing.map(|event| spread::new_delivery(event, &endpoint.id, now)).collect();
    for batch in row_batches(new.into_iter().map(deliveries::ActiveModel::from)) {
        deliveries::Entity::insert_many(batch).exec_without_returning(connection).await?;
    }
    let begun = of_these()
        .filter(C::State.eq(DeliveryState::Waiting.as_str()))
        .filter(C::RoundStartedAt.eq(now))
        .filter(C::Attempts.eq(0))
        .all(connection)
        .await?;
    let jobs: Vec<_> = begun.iter().map(|row| deliver::job(&row.id, row.round, now)).collect();
    let count = jobs.len() as i64;
    enqueue_all(connection, jobs).await?;
    Ok(count)
}
