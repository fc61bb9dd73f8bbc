//! Work that does not end as it should: it waits for ever, breaks off, or takes its node with it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use foundation::clock::{ManualClock, SharedClock};
use foundation::database::Database;
use foundation::jobs::{
    Handler, Handlers, JobFilter, JobState, LONG_WORK, NewJob, Outcome, PLACES, Workers, enqueue, list, queue_figures,
};
use foundation::scratch::ScratchDatabase;

use crate::house::{Doors, House, MINUTE};
use crate::{DAY_MS, NOW, number};

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

/// Breaks off as no handler should.
struct Breaks;

#[async_trait]
impl Handler for Breaks {
    async fn run(&self, _payload: &str) -> anyhow::Result<Outcome> {
        panic!("a mistake of ours")
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_breaks_off_takes_no_other_with_it() {
    let quick = Doors::new(true, MINUTE);
    let house = House::new(vec![("breaks", Arc::new(Breaks)), ("quick", quick.clone())]).await;
    house.write_due_at(NOW - 1, "breaks", 2 * PLACES).await;
    house.write("quick", 20).await;
    let running = house.open();
    quick.through(20).await;
    house.stop.send_replace(true);
    running.await.unwrap();
    let waiting = "SELECT COUNT(*) FROM jobs WHERE kind = 'breaks' AND state = 'waiting' AND attempts = 1 \
                   AND last_error = 'breaks broke off by a mistake in the program'";
    assert_eq!(number(&house.database, waiting).await, 2 * PLACES as i64, "they come back like any that failed");
}

/// One job for this handler, and workers who do it by a clock that can be moved.
async fn one_job(handler: Arc<dyn Handler>) -> (ScratchDatabase, Database, Arc<ManualClock>, Workers) {
    let scratch = ScratchDatabase::create().await.unwrap();
    let database = Database::connect(scratch.url(), 4).await.unwrap();
    database.migrate().await.unwrap();
    let clock = ManualClock::at(NOW);
    let shared: SharedClock = clock.clone();
    let mut handlers = Handlers::default();
    handlers.add("alone", handler);
    let transaction = database.begin_write().await.unwrap();
    enqueue(&*transaction, NewJob::new("alone", &(), NOW)).await.unwrap();
    transaction.commit().await.unwrap();
    let workers = Workers::new(database.clone(), shared, handlers, Arc::default());
    (scratch, database, clock, workers)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_breaks_off_each_time_is_dead_in_the_end() {
    let (_scratch, database, clock, workers) = one_job(Arc::new(Breaks)).await;
    for _ in 0..25 {
        workers.run_due().await.unwrap();
        clock.advance_ms(3_600_000);
    }
    assert_eq!(number(&database, "SELECT COUNT(*) FROM jobs WHERE state = 'dead' AND attempts = 20").await, 1);
    let told = list(database.reader(), &JobFilter { state: Some(JobState::Dead), kind: None }, None, 1).await.unwrap();
    let error = told[0].last_error.as_deref();
    assert_eq!(error, Some("alone broke off by a mistake in the program"), "without what it said of itself");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_takes_its_node_with_it_each_time_is_dead_in_the_end() {
    let work = Doors::new(false, LONG_WORK);
    let (_scratch, database, clock, workers) = one_job(work.clone()).await;
    for _ in 0..20 {
        let node = workers.clone();
        let running = tokio::spawn(async move { node.run_due().await });
        work.begun(1).await;
        running.abort();
        assert!(running.await.unwrap_err().is_cancelled());
        clock.advance_ms(61_000);
    }
    let last = tokio::time::timeout(Duration::from_secs(60), workers.run_due()).await;
    last.expect("it is not begun again").unwrap();
    assert_eq!(work.began.available_permits(), 0);
    assert_eq!(number(&database, "SELECT COUNT(*) FROM jobs WHERE state = 'dead'").await, 1);
    let figures = queue_figures(database.reader(), NOW + DAY_MS).await.unwrap();
    assert_eq!((figures.due, figures.dead), (0, 1), "and whoever watches is told");
}
