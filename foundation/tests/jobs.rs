//! Jobs whose handlers do not come to an end, or come to it when others have taken over.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use foundation::clock::{ManualClock, SharedClock};
use foundation::database::Database;
use foundation::jobs::{Handler, Handlers, NewJob, Outcome, Workers, enqueue};
use foundation::scratch::ScratchDatabase;
use sea_orm::{ConnectionTrait, Statement};
use tokio::sync::Notify;

const NOW: i64 = 1_785_722_400_000;

/// Waits for an answer that never comes, until somebody mends it.
struct Stuck {
    mended: Arc<AtomicBool>,
}

#[async_trait]
impl Handler for Stuck {
    async fn run(&self, _payload: &str) -> anyhow::Result<Outcome> {
        if !self.mended.load(Ordering::SeqCst) {
            std::future::pending::<()>().await;
        }
        Ok(Outcome::Done)
    }

    fn time_limit(&self) -> Duration {
        Duration::from_millis(20)
    }
}

async fn number(database: &Database, query: &str) -> i64 {
    let statement = Statement::from_string(database.reader().get_database_backend(), query);
    database.reader().query_one_raw(statement).await.unwrap().unwrap().try_get_by_index(0).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn work_that_waits_for_ever_is_given_up_and_done_later() {
    let scratch = ScratchDatabase::create().await.unwrap();
    let database = Database::connect(scratch.url(), 4).await.unwrap();
    database.migrate().await.unwrap();
    let clock = ManualClock::at(NOW);
    let shared: SharedClock = clock.clone();
    let mended = Arc::new(AtomicBool::new(false));
    let mut handlers = Handlers::default();
    handlers.add("stuck", Arc::new(Stuck { mended: mended.clone() }));
    let workers = Workers::new(database.clone(), shared, handlers, Arc::default());
    let transaction = database.begin_write().await.unwrap();
    enqueue(&*transaction, NewJob::new("stuck", &(), NOW)).await.unwrap();
    transaction.commit().await.unwrap();
    assert_eq!(workers.run_due().await.unwrap(), 1, "the worker comes back from it");
    let told = "SELECT COUNT(*) FROM jobs WHERE state = 'waiting' AND last_error LIKE 'given up after%'";
    assert_eq!(number(&database, told).await, 1);
    mended.store(true, Ordering::SeqCst);
    clock.advance_ms(60_000);
    assert_eq!(workers.run_due().await.unwrap(), 1);
    assert_eq!(number(&database, "SELECT COUNT(*) FROM jobs").await, 0);
}

/// Stands still in the middle of its work, and then believes that it is done.
#[derive(Default)]
struct StandsStill {
    began: Notify,
    woken: Notify,
}

#[async_trait]
impl Handler for StandsStill {
    async fn run(&self, _payload: &str) -> anyhow::Result<Outcome> {
        self.began.notify_one();
        self.woken.notified().await;
        Ok(Outcome::Done)
    }
}

/// Has seen that there is more to do later.
struct KnowsBetter;

#[async_trait]
impl Handler for KnowsBetter {
    async fn run(&self, _payload: &str) -> anyhow::Result<Outcome> {
        Ok(Outcome::AgainAt(NOW + 3_600_000))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_stood_still_leaves_a_job_to_whoever_has_it_since() {
    let scratch = ScratchDatabase::create().await.unwrap();
    let database = Database::connect(scratch.url(), 4).await.unwrap();
    database.migrate().await.unwrap();
    let clock = ManualClock::at(NOW);
    let standing = Arc::new(StandsStill::default());
    let workers = |handler: Arc<dyn Handler>| {
        let mut handlers = Handlers::default();
        handlers.add("shared", handler);
        let shared: SharedClock = clock.clone();
        Workers::new(database.clone(), shared, handlers, Arc::default())
    };
    let (slow, other) = (workers(standing.clone()), workers(Arc::new(KnowsBetter)));
    let transaction = database.begin_write().await.unwrap();
    enqueue(&*transaction, NewJob::new("shared", &(), NOW)).await.unwrap();
    transaction.commit().await.unwrap();
    let running = tokio::spawn(async move { slow.run_due().await });
    standing.began.notified().await;
    clock.advance_ms(61_000);
    assert_eq!(other.run_due().await.unwrap(), 1, "its lease is over");
    standing.woken.notify_one();
    running.await.unwrap().unwrap();
    let left = format!("SELECT COUNT(*) FROM jobs WHERE state = 'waiting' AND run_at = {}", NOW + 3_600_000);
    assert_eq!(number(&database, &left).await, 1);
}
