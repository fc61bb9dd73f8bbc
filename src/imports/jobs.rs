//! Work after an import: fetching report files, and ending imports whose process died.

use std::sync::Arc;

use anyhow::{Context, bail};
use async_trait::async_trait;
use foundation::jobs::{Handler, Handlers, Outcome};
use serde::{Deserialize, Serialize};

use super::model::{ImportId, ImportState};
use super::report_file::FileRules;
use super::{fetching, service, store, telling};
use crate::app::App;
use crate::reports::intake::{Attached, NewFile, ReportId};

/// Fetches the file of a report from an allowed host.
pub const JOB_FETCH: &str = "imports.fetch_report";
/// Ends an import that has been silent for too long.
pub const JOB_WATCH: &str = "imports.watch";
/// An import that has not moved for so long has died.
pub const SILENCE_MS: i64 = 10 * 60 * 1_000;

/// Payload of [`JOB_FETCH`].
#[derive(Debug, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Fetch {
    pub report_id: String,
    pub url: String,
    /// When the address was told for the first time, epoch milliseconds; earlier releases did not say.
    #[serde(default)]
    pub asked_at: i64,
}

/// Payload of [`JOB_WATCH`].
#[derive(Debug, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Watch {
    pub import_id: String,
}

/// Registers this capability's jobs.
pub fn add_job_handlers(app: &Arc<App>, handlers: &mut Handlers) {
    handlers.add(JOB_FETCH, Arc::new(FetchReport(app.clone())));
    handlers.add(JOB_WATCH, Arc::new(WatchImport(app.clone())));
}

struct FetchReport(Arc<App>);

#[async_trait]
impl Handler for FetchReport {
    async fn run(&self, payload: &str) -> anyhow::Result<Outcome> {
        let app = &self.0;
        let job: Fetch = serde_json::from_str(payload).context("payload")?;
        // The list of hosts may have changed since the row came in.
        let rules = FileRules::new(None, &app.config.imports.allowed_url_hosts);
        let url = rules.allowed_url(&job.url).map_err(anyhow::Error::msg)?;
        let content = fetching::fetch_pdf(&url, app.config.service.environment).await?;
        let report = ReportId::from_stored(job.report_id);
        let stored = service::store_report_file(app, &report, content).await?;
        let new = NewFile { report: report.clone(), stored, asked_at: job.asked_at };
        match service::attach(app, new).await? {
            Attached::Kept => Ok(Outcome::Done),
            Attached::Newer => {
                tracing::info!(%report, "a file came that was asked for before the one that the report has: left out");
                Ok(Outcome::Done)
            }
            Attached::NoReport => bail!("report {report} is gone"),
        }
    }

    /// A core system that sends its rows of years ago once more names links that may be over: what was fetched once is not
    /// fetched again from the same place.
    fn remembers_keys(&self) -> bool {
        true
    }
}

struct WatchImport(Arc<App>);

#[async_trait]
impl Handler for WatchImport {
    async fn run(&self, payload: &str) -> anyhow::Result<Outcome> {
        let app = &self.0;
        let job: Watch = serde_json::from_str(payload).context("payload")?;
        let id = ImportId::from_stored(job.import_id);
        let Some(import) = store::find(app.database.reader(), &id).await? else { return Ok(Outcome::Done) };
        if import.state != ImportState::Running {
            return Ok(Outcome::Done);
        }
        let dead_at = import.last_batch_at + SILENCE_MS;
        if app.now_ms() < dead_at {
            return Ok(Outcome::AgainAt(dead_at));
        }
        telling::tell(app, &id).await?;
        let transaction = app.database.begin_write().await?;
        store::finish(&*transaction, &id, ImportState::Interrupted, None, app.now_ms()).await?;
        transaction.commit().await?;
        app.wake_workers.notify_one();
        Ok(Outcome::Done)
    }
}
