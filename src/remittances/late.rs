//! A review that is not done in the promised time: the payer is told, with whom to call, instead of waiting in silence.

use std::sync::Arc;

use async_trait::async_trait;
use foundation::jobs::{Handler, Handlers, NewJob, Outcome, enqueue};
use sea_orm::{ConnectionTrait, DbErr};
use serde::{Deserialize, Serialize};

use super::model::RemittanceState;
use super::store::{self, RemittanceRow};
use crate::app::{App, SharedApp};
use crate::happenings::{Happening, publish};

/// Looks at a remittance when the promised time is over.
const JOB_LATE: &str = "remittances.late";

/// Payload of [`JOB_LATE`].
#[derive(Debug, Serialize, Deserialize)]
struct LateJob {
    remittance_id: String,
}

/// Registers this capability's jobs.
pub fn add_job_handlers(app: &Arc<App>, handlers: &mut Handlers) {
    handlers.add(JOB_LATE, Arc::new(TellLate(app.clone())));
}

/// Has the remittance looked at when `due_at` (epoch milliseconds) is over.
pub(super) async fn watch<C: ConnectionTrait>(connection: &C, remittance_id: &str, due_at: i64) -> Result<(), DbErr> {
    let job = LateJob { remittance_id: remittance_id.to_owned() };
    enqueue(connection, NewJob::new(JOB_LATE, &job, due_at + 1)).await
}

struct TellLate(SharedApp);

#[async_trait]
impl Handler for TellLate {
    async fn run(&self, payload: &str) -> anyhow::Result<Outcome> {
        let job: LateJob = serde_json::from_str(payload)?;
        let app = &self.0;
        let transaction = app.database.begin_write().await?;
        let row = store::find(&*transaction, &job.remittance_id).await?;
        // Taken back and handed in again, it has another day, and another look then.
        let due = |row: &RemittanceRow| row.due_at.is_some_and(|due_at| due_at < app.now_ms());
        let row = row.filter(|row| row.state == RemittanceState::Submitted.as_str() && due(row));
        if let Some((row, due_at)) = row.and_then(|row| row.due_at.map(|due_at| (row, due_at))) {
            // Told once: the message is unique per remittance.
            let happening = Happening::ReviewLate { order_id: row.order_id, remittance_id: row.id, due_at };
            publish(&*transaction, &happening, app.now_ms()).await?;
        }
        transaction.commit().await?;
        app.wake_workers.notify_one();
        Ok(Outcome::Done)
    }
}
