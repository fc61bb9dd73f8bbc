//! From the job row that a change wrote to a place in the feed and one delivery per endpoint.

use async_trait::async_trait;
use foundation::jobs::{Handler, Outcome, enqueue_all};
use foundation::problem::Problem;
use sea_orm::{ActiveValue::Set, ConnectionTrait, EntityTrait};

use super::entity::{deliveries, events};
use super::happened::{Described, Happened, describe};
use super::model::{DeliveryId, DeliveryState};
use super::{deliver, prune, store};
use crate::app::{App, SharedApp};

/// Handler of [`super::happened::JOB_SPREAD`].
pub(super) struct Spread(pub(super) SharedApp);

#[async_trait]
impl Handler for Spread {
    async fn run(&self, payload: &str) -> anyhow::Result<Outcome> {
        let happened: Happened = serde_json::from_str(payload)?;
        spread(&self.0, &happened).await?;
        Ok(Outcome::Done)
    }
}

async fn spread(app: &App, happened: &Happened) -> Result<(), Problem> {
    let Some(described) = describe(app, happened).await? else { return Ok(()) };
    let now = app.now_ms();
    let transaction = app.database.begin_write().await?;
    let Some(event) = keep(&*transaction, happened, described).await? else { return Ok(()) };
    let endpoints = store::listening(&*transaction, &event.kind).await?;
    let mut jobs = Vec::new();
    for endpoint in endpoints {
        let row = new_delivery(&event, &endpoint.id, now);
        jobs.push(deliver::job(&row.id, row.round, now));
        deliveries::Entity::insert(deliveries::ActiveModel::from(row)).exec_without_returning(&*transaction).await?;
    }
    let any = !jobs.is_empty();
    jobs.push(prune::job(now));
    enqueue_all(&*transaction, jobs).await?;
    transaction.commit().await?;
    if any {
        app.wake_workers.notify_one();
    }
    Ok(())
}

/// The row of a delivery that begins now.
pub(super) fn new_delivery(event: &events::Model, endpoint_id: &str, now: i64) -> deliveries::Model {
    deliveries::Model {
        id: DeliveryId::new().into(),
        event_id: event.id.clone(),
        endpoint_id: endpoint_id.to_owned(),
        kind: event.kind.clone(),
        object_id: event.object_id.clone(),
        state: DeliveryState::Waiting.as_str().to_owned(),
        attempts: 0,
        round: 1,
        round_started_at: now,
        next_at: Some(now),
        last_status: None,
        last_error: None,
        delivered_at: None,
        created_at: now,
        updated_at: now,
    }
}

/// Writes the event at the end of the feed; nothing if an earlier run of the job did. The head of the feed is held until
/// the transaction ends, so that nobody sees a number before a smaller one.
async fn keep<C: ConnectionTrait>(
    connection: &C,
    happened: &Happened,
    described: Described,
) -> Result<Option<events::Model>, Problem> {
    let seq = store::next_number(connection).await?;
    if events::Entity::find_by_id(&happened.event_id).one(connection).await?.is_some() {
        return Ok(None);
    }
    let event = events::Model {
        id: happened.event_id.clone(),
        seq,
        kind: described.kind.as_str().to_owned(),
        object_id: described.object_id,
        body: described.body,
        at: happened.at,
    };
    let row = events::ActiveModel {
        id: Set(event.id.clone()),
        seq: Set(event.seq),
        kind: Set(event.kind.clone()),
        object_id: Set(event.object_id.clone()),
        body: Set(event.body.clone()),
        at: Set(event.at),
    };
    events::Entity::insert(row).exec_without_returning(connection).await?;
    metrics::counter!("tejian_webhook_events_total", "type" => event.kind.clone()).increment(1);
    Ok(Some(event))
}
