//! Files that were never sent to their end are forgotten after a day, and whole ones that nothing refers to after a week.

use std::sync::Arc;

use async_trait::async_trait;
use foundation::clock::HOUR_MS;
use foundation::jobs::{Handler, Handlers, LONG_WORK, Outcome};
use serde::{Deserialize, Serialize};

use super::model::UploadState;
use super::removal::{self, Forget, JOB_FORGET_FILES};
use super::store;
use super::used::where_used;
use crate::app::{App, SharedApp};

pub(super) const JOB_SWEEP: &str = "uploads.sweep";
/// An unfinished file is kept so long.
pub(super) const UNFINISHED_KEPT_MS: i64 = 24 * HOUR_MS;
/// A whole file waits so long for what it was sent for.
const UNUSED_KEPT_MS: i64 = 7 * 24 * HOUR_MS;

/// One that is used may be dropped later, as when a draft is given up.
const USED_LOOKED_AT_MS: i64 = 90 * 24 * HOUR_MS;

/// Payload of [`JOB_SWEEP`].
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct SweepJob {
    pub(super) upload_id: String,
}

/// Registers this capability's jobs.
pub fn add_job_handlers(app: &Arc<App>, handlers: &mut Handlers) {
    handlers.add(JOB_SWEEP, Arc::new(Sweep(app.clone())));
    handlers.add(JOB_FORGET_FILES, Arc::new(Forget(app.clone())));
}

struct Sweep(SharedApp);

#[async_trait]
impl Handler for Sweep {
    async fn run(&self, payload: &str) -> anyhow::Result<Outcome> {
        let app = &self.0;
        let job: SweepJob = serde_json::from_str(payload)?;
        let transaction = app.database.begin_write().await?;
        let Some(row) = store::hold(&*transaction, &job.upload_id).await? else { return Ok(Outcome::Done) };
        let whole = row.state.as_str() == UploadState::Ready.as_str();
        let unused_until = row.created_at + UNUSED_KEPT_MS;
        if whole && app.now_ms() < unused_until {
            return Ok(Outcome::AgainAt(unused_until));
        }
        if whole && where_used(&*transaction, &row.id).await?.is_some() {
            return Ok(Outcome::AgainAt(app.now_ms() + USED_LOOKED_AT_MS));
        }
        removal::remove(&*transaction, &row, app.now_ms()).await?;
        transaction.commit().await?;
        app.wake_workers.notify_one();
        Ok(Outcome::Done)
    }

    fn time_limit(&self) -> std::time::Duration {
        LONG_WORK
    }

    fn goes_on(&self) -> bool {
        true
    }
}
