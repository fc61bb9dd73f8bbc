//! Events are kept for replay for a configured time, at least ninety days, and then forgotten with their deliveries.

use async_trait::async_trait;
use foundation::clock::DAY_MS;
use foundation::jobs::{Handler, LONG_WORK, NewJob, Outcome};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};

use super::entity::{attempts, deliveries, events};
use crate::app::{App, SharedApp};

/// Forgets old events, once a day.
pub(super) const JOB_PRUNE: &str = "webhooks.prune";
/// Events forgotten in one transaction; the rest follows at once.
const AT_ONCE: u64 = 500;

/// Payload of [`JOB_PRUNE`].
#[derive(Debug, Serialize, Deserialize)]
struct PruneJob {
    day: i64,
}

/// Plans the work of tomorrow, as soon as an event is written: a house that tells nobody anything has nothing to forget.
pub(super) fn job(now_ms: i64) -> NewJob {
    let day = now_ms / DAY_MS + 1;
    NewJob::new(JOB_PRUNE, &PruneJob { day }, day * DAY_MS).once(format!("{JOB_PRUNE}:{day}")).untraced()
}

/// Handler of [`JOB_PRUNE`].
pub(super) struct Prune(pub(super) SharedApp);

#[async_trait]
impl Handler for Prune {
    async fn run(&self, _payload: &str) -> anyhow::Result<Outcome> {
        while prune_some(&self.0).await? == AT_ONCE as usize {}
        Ok(Outcome::Done)
    }

    fn time_limit(&self) -> std::time::Duration {
        LONG_WORK
    }
}

async fn prune_some(app: &App) -> anyhow::Result<usize> {
    let before = app.now_ms() - app.config.webhooks.kept_days * DAY_MS;
    let transaction = app.database.begin_write().await?;
    let old: Vec<String> = events::Entity::find()
        .select_only()
        .column(events::Column::Id)
        .filter(events::Column::At.lt(before))
        .order_by_asc(events::Column::At)
        .limit(AT_ONCE)
        .into_tuple()
        .all(&*transaction)
        .await?;
    let ids = || old.iter().map(String::as_str);
    let deliveries_of_old: Vec<String> = deliveries::Entity::find()
        .select_only()
        .column(deliveries::Column::Id)
        .filter(deliveries::Column::EventId.is_in(ids()))
        .into_tuple()
        .all(&*transaction)
        .await?;
    for chunk in deliveries_of_old.chunks(AT_ONCE as usize) {
        let of_these = attempts::Column::DeliveryId.is_in(chunk.iter().map(String::as_str));
        attempts::Entity::delete_many().filter(of_these).exec(&*transaction).await?;
    }
    deliveries::Entity::delete_many().filter(deliveries::Column::EventId.is_in(ids())).exec(&*transaction).await?;
    events::Entity::delete_many().filter(events::Column::Id.is_in(ids())).exec(&*transaction).await?;
    transaction.commit().await?;
    Ok(old.len())
}
