//! Every day by itself: yesterday is compared when its bill is there, then the next day is put on the list. Days that were
//! left out since the first one ever compared, because no node ran or something failed for long, are compared as well, as
//! far back as WeChat has their bills.

use std::sync::Arc;

use async_trait::async_trait;
use foundation::calendar::{beijing_date, parse_date, print_date, start_of_beijing_day_ms};
use foundation::jobs::{Handler, Handlers, LONG_WORK, NewJob, Outcome, enqueue, enqueue_all};
use sea_orm::ConnectionTrait;
use serde::{Deserialize, Serialize};
use time::{Date, Duration};

use super::run::{RunProblem, run};
use super::store;
use crate::app::{App, SharedApp};

/// Compares one day.
const JOB_RECONCILE: &str = "reconciliation.day";
/// Bills are there from 10:00 of the next day on; a little later is safer.
const RUN_AFTER_MIDNIGHT_MS: i64 = (10 * 60 + 15) * 60_000;
/// A bill that is being made is asked for again after this (pay v3 §8).
const ASK_AGAIN_MS: i64 = 30 * 60_000;
/// WeChat gives bills of three months (pay v3 §8); what is further back is not asked for.
const CATCH_UP_DAYS: i64 = 90;
/// Between the days that were left out, so that their bills are not all asked for at once.
const CATCH_UP_PAUSE_MS: i64 = 60_000;

#[derive(Serialize, Deserialize)]
struct ReconcileJob {
    day: String,
}

/// Registers this capability's jobs.
pub fn add_job_handlers(app: &Arc<App>, handlers: &mut Handlers) {
    handlers.add(JOB_RECONCILE, Arc::new(Reconcile(app.clone())));
}

/// Puts yesterday and every day that was left out on the list; called at every start and from time to time, by every node,
/// and harmless to repeat.
///
/// # Errors
/// When the database does not answer.
pub async fn schedule(app: &App) -> anyhow::Result<()> {
    let now = app.now_ms();
    let yesterday = beijing_date(now) - Duration::days(1);
    let mut jobs = vec![job(yesterday, 0)];
    for (day, position) in left_out(app, yesterday).await?.into_iter().zip(1..) {
        jobs.push(job(day, now + position * CATCH_UP_PAUSE_MS));
    }
    let transaction = app.database.begin_write().await?;
    enqueue_all(&*transaction, jobs).await?;
    transaction.commit().await?;
    Ok(())
}

/// Days before `yesterday` that were not compared, the newest first. Where no day was ever compared there is nothing to go on
/// from: a new installation, and one whose merchant account is older than it.
async fn left_out(app: &App, yesterday: Date) -> anyhow::Result<Vec<Date>> {
    let reader = app.database.reader();
    let Some(first) = store::first_compared(reader).await? else { return Ok(Vec::new()) };
    let from = Ord::max(parse_date(&first)?, yesterday - Duration::days(CATCH_UP_DAYS - 1));
    let compared = store::compared_between(reader, from, yesterday).await?;
    let days = (1..CATCH_UP_DAYS).map(|back| yesterday - Duration::days(back)).take_while(|day| *day >= from);
    Ok(days.filter(|day| !compared.contains(&print_date(*day))).collect())
}

/// Compares a day when its bill is there, and not before `not_before` (epoch milliseconds).
fn job(day: Date, not_before: i64) -> NewJob {
    let text = print_date(day);
    let bill_at = start_of_beijing_day_ms(day + Duration::days(1)) + RUN_AFTER_MIDNIGHT_MS;
    let run_at = Ord::max(bill_at, not_before);
    NewJob::new(JOB_RECONCILE, &ReconcileJob { day: text.clone() }, run_at).once(format!("reconcile:{text}")).untraced()
}

/// How long ago the last day ended that was compared, in milliseconds at `now` (epoch milliseconds); nothing before there is
/// one. Where every day is compared it lies between 10 and 35 hours.
///
/// # Errors
/// When the database does not answer.
pub async fn last_compared_age_ms<C: ConnectionTrait>(connection: &C, now: i64) -> anyhow::Result<Option<i64>> {
    let Some(last) = store::last_compared(connection).await? else { return Ok(None) };
    Ok(Some(now - start_of_beijing_day_ms(parse_date(&last)? + Duration::days(1))))
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
            Err(problem @ (RunProblem::NotReady | RunProblem::Channel(_))) => {
                if day < beijing_date(app.now_ms()) - Duration::days(CATCH_UP_DAYS) {
                    tracing::error!(day = job_payload.day, %problem, "a day stays without its bill: it is too long ago");
                    return Ok(Outcome::Done);
                }
                // Coming again is no failure of the job: nobody else tells why.
                tracing::warn!(day = job_payload.day, %problem, "a day is not compared yet: its bill is asked for again");
                return Ok(Outcome::AgainAt(app.now_ms() + ASK_AGAIN_MS));
            }
            Err(RunProblem::Ours(problem)) => return Err(problem.into()),
        }
        let transaction = app.database.begin_write().await?;
        enqueue(&*transaction, job(day + Duration::days(1), 0)).await?;
        transaction.commit().await?;
        Ok(Outcome::Done)
    }

    fn time_limit(&self) -> std::time::Duration {
        LONG_WORK
    }

    /// A day that is given up would keep its key for longer than days are caught up on, and never be compared.
    fn goes_on(&self) -> bool {
        true
    }
}
