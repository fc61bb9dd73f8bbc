//! Files that were never sent to their end are forgotten after a day.

use std::sync::Arc;

use async_trait::async_trait;
use foundation::jobs::{Handler, Handlers, Outcome};
use serde::{Deserialize, Serialize};

use super::store;
use crate::app::{App, SharedApp};

pub(super) const JOB_SWEEP: &str = "uploads.sweep";
/// An unfinished file is kept so long.
pub(super) const UNFINISHED_KEPT_MS: i64 = 24 * 3_600_000;

/// Payload of [`JOB_SWEEP`].
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct SweepJob {
    pub(super) upload_id: String,
}

/// Registers this capability's jobs.
pub fn add_job_handlers(app: &Arc<App>, handlers: &mut Handlers) {
    handlers.add(JOB_SWEEP, Arc::new(Sweep(app.clone())));
}

struct Sweep(SharedApp);

#[async_trait]
impl Handler for Sweep {
    async fn run(&self, payload: &str) -> anyhow::Result<Outcome> {
        let job: SweepJob = serde_json::from_str(payload)?;
        let transaction = self.0.database.begin_write().await?;
        store::delete(&*transaction, &job.upload_id, true).await?;
        transaction.commit().await?;
        Ok(Outcome::Done)
    }
}
