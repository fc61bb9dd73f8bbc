//! Every day by itself: yesterday is compared when its bill is there, then the next day is put on the list.

use std::sync::Arc;

use async_trait::async_trait;
use foundation::calendar::{beijing_date, parse_date, print_date, start_of_beijing_day_ms};
use foundation::jobs::{Handler, Handlers, LONG_WORK, NewJob, Outcome, enqueue};
use serde::{Deserialize, Serialize};
use time::{Date, Duration};

use super::run::{RunProblem, run};
use crate::app::{App, SharedApp};

/// Compares one day.
const JOB_RECONCILE: &str = "reconciliation.day";
/// Bills are there from 10:00 of the next day on; a little later is safer.
const RUN_AFTER_MIDNIGHT_MS: i64 = (10 * 60 + 15) * 60_000;
/// A bill that is being made is asked for again after this (pay v3 §8).
const ASK_AGAIN_MS: i64 = 30 * 60_000;

#[derive(Serialize, Deserialize)]
struct ReconcileJob {
    day: String,
}

/// Registers this capability's jobs.
pub fn add_job_handlers(app: &Arc<App>, handlers: &mut Handlers) {
    handlers.add(JOB_RECONCILE, Arc::new(Reconcile(app.clone())));
}

/// Puts yesterday on the list; called at every start, by every node, and harmless to repeat.
pub async fn schedule(app: &App) -> anyhow::Result<()> {
    let yesterday = beijing_date(app.now_ms()) - Duration::days(1);
    let transaction = app.database.begin_write().await?;
    enqueue(&*transaction, job(yesterday)).await?;
    transaction.commit().await?;
    Ok(())
}

fn job(day: Date) -> NewJob {
    let text = print_date(day);
    let run_at = start_of_beijing_day_ms(day + Duration::days(1)) + RUN_AFTER_MIDNIGHT_MS;
    NewJob::new(JOB_RECONCILE, &ReconcileJob { day: text.clone() }, run_at).once(format!("reconcile:{text}")).untraced()
}

struct Reconcile(SharedApp);

#[async_trait]
impl Handler for Reconcile {
    async fn run(&self, payload: &str) -> anyhow::Result<Outcome> {
        let app = &self.0;
        let job_payload: ReconcileJob = serde_json::from_str(payload)?;
        let day = parse_date(&job_payload.day)?;
        match run(app, day).await {
            Ok(_) | Err(RunProblem::Closed) => {}
            Err(RunProblem::NotReady | RunProblem::Channel(_)) => {
                return Ok(Outcome::AgainAt(app.now_ms() + ASK_AGAIN_MS));
            }
            Err(RunProblem::Ours(problem)) => return Err(problem.into()),
        }
        let transaction = app.database.begin_write().await?;
        enqueue(&*transaction, job(day + Duration::days(1))).await?;
        transaction.commit().await?;
        Ok(Outcome::Done)
    }

    fn time_limit(&self) -> std::time::Duration {
        LONG_WORK
    }
}
