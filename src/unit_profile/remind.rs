//! The end of a qualification is told of beforehand, and happens by itself on its day (S1-58).

use std::sync::Arc;

use async_trait::async_trait;
use foundation::calendar::start_of_beijing_day_ms;
use foundation::jobs::{Handler, Handlers, NewJob, Outcome, enqueue_all};
use foundation::problem::Problem;
use sea_orm::DatabaseTransaction;
use serde::{Deserialize, Serialize};
use time::{Date, Duration};

use super::qualification;
use crate::app::{App, SharedApp};
use crate::happenings::{Happening, publish};

const JOB: &str = "unit_profile.qualification_end";
/// So many days before the last one; -1 is the day after it.
const DAYS: [i64; 5] = [60, 30, 7, 0, -1];
/// Nobody is reminded at night.
const AT_MS: i64 = 9 * 3_600_000;

/// Payload of the job.
#[derive(Debug, Serialize, Deserialize)]
struct Reminder {
    qualification_id: String,
    days: i64,
}

/// Registers this capability's jobs.
pub fn add_job_handlers(app: &Arc<App>, handlers: &mut Handlers) {
    handlers.add(JOB, Arc::new(End(app.clone())));
}

/// Sets the reminders that are not over yet, and the end.
pub(super) async fn begin(
    app: &App,
    transaction: &DatabaseTransaction,
    id: &str,
    valid_until: Date,
) -> Result<(), Problem> {
    let jobs = DAYS
        .into_iter()
        .filter_map(|days| {
            let at = start_of_beijing_day_ms(valid_until - Duration::days(days)) + AT_MS;
            let reminder = Reminder { qualification_id: id.to_owned(), days };
            (at > app.now_ms() || days < 0).then(|| NewJob::new(JOB, &reminder, at))
        })
        .collect();
    Ok(enqueue_all(transaction, jobs).await?)
}

struct End(SharedApp);

#[async_trait]
impl Handler for End {
    async fn run(&self, payload: &str) -> anyhow::Result<Outcome> {
        let Reminder { qualification_id, days } = serde_json::from_str(payload)?;
        let app = &self.0;
        let transaction = app.database.begin_write().await?;
        let row = qualification::find(&*transaction, &qualification_id)
            .await
            .map_err(|problem| anyhow::anyhow!("{problem}"))?;
        let still = row.state == "approved"
            && (days >= 0 || qualification::expire(&*transaction, &qualification_id, app.now_ms()).await?);
        if still && !qualification::is_renewed(&*transaction, &row).await? {
            let happening = Happening::QualificationExpiring { qualification_id, days };
            publish(&*transaction, &happening, app.now_ms()).await?;
        }
        transaction.commit().await?;
        app.wake_workers.notify_one();
        Ok(Outcome::Done)
    }
}
