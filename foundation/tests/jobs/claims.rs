//! Who is claimed, and by whom: as many as there are places, long work apart, known kinds alone, and nobody after a stop.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use foundation::clock::{ManualClock, SharedClock};
use foundation::database::Database;
use foundation::jobs::{
    Handler, Handlers, LONG_PLACES, LONG_WORK, NewJob, Outcome, PLACES, STRANGERS_PLACES, Workers, enqueue,
    queue_figures,
};
use foundation::scratch::ScratchDatabase;
use sea_orm::{ConnectionTrait, Statement};
use tokio::sync::{Notify, watch};

use crate::ground::Ground;
use crate::house::{Doors, House, MINUTE};
use crate::{NOW, number};

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_in_the_middle_of_much_work_finishes_what_was_begun_and_claims_nothing_more() {
    let work = Doors::new(false, MINUTE);
    let house = House::new(vec![("work", work.clone())]).await;
    house.write("work", 300).await;
    let running = house.open();
    work.begun(PLACES).await;
    house.stop.send_replace(true);
    work.open.send_replace(true);
    running.await.unwrap();
    work.through(PLACES).await;
    assert_eq!(work.began.available_permits(), 0, "nobody began after the stop");
    let left = 300 - PLACES as i64;
    assert_eq!((house.left().await, house.untouched().await), (left, left), "no lease is left behind");
    house.workers.run_due().await.unwrap();
    assert_eq!((house.left().await, work.ended.available_permits() as i64), (0, left), "and none ran twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_burst_in_a_table_that_was_known_as_empty_fills_the_places_and_no_more() {
    let work = Doors::new(false, MINUTE);
    let house = House::new(vec![("work", work.clone())]).await;
    // PostgreSQL believes that next to nothing is there, and compares row by row.
    house.write("work", 3_000).await;
    for statement in ["DELETE FROM jobs", "ANALYZE jobs"] {
        let transaction = house.database.begin_write().await.unwrap();
        transaction.execute_unprepared(statement).await.unwrap();
        transaction.commit().await.unwrap();
    }
    house.write("work", 500).await;
    let running = house.open();
    work.begun(PLACES).await;
    assert_eq!(house.untouched().await, 500 - PLACES as i64, "nobody is claimed who has no place");
    work.open.send_replace(true);
    work.through(500).await;
    house.stop.send_replace(true);
    running.await.unwrap();
    assert_eq!(house.left().await, 0);
}

/// Says stop while it works.
struct Stops {
    stop: watch::Sender<bool>,
    ran: AtomicUsize,
}

#[async_trait]
impl Handler for Stops {
    async fn run(&self, _payload: &str) -> anyhow::Result<Outcome> {
        if self.ran.fetch_add(1, Ordering::SeqCst) == 9 {
            self.stop.send_replace(true);
        }
        Ok(Outcome::Done)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn workers_who_always_find_more_to_do_stop_as_well() {
    let (stop, seen) = watch::channel(false);
    let work = Arc::new(Stops { stop, ran: AtomicUsize::new(0) });
    let house = House::new(vec![("work", work.clone())]).await;
    house.write("work", 600).await;
    house.workers.run_until(seen).await;
    let ran = work.ran.load(Ordering::SeqCst) as i64;
    assert!((10..=2 * PLACES as i64).contains(&ran), "{ran} ran");
    assert_eq!((house.left().await, house.untouched().await), (600 - ran, 600 - ran));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_claimed_when_the_stop_comes_is_given_back_as_it_was() {
    let work = Doors::new(true, MINUTE);
    let stop_at_claim = |told: &Statement, stop: &watch::Sender<bool>| {
        if told.sql.contains("locked_by") {
            stop.send_replace(true);
        }
    };
    let house = House::hearing(vec![("work", work.clone())], stop_at_claim).await;
    house.write("work", 300).await;
    house.open().await.unwrap();
    assert_eq!(work.began.available_permits(), 0);
    assert_eq!((house.left().await, house.untouched().await), (300, 300));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_slow_job_holds_up_nobody() {
    let (slow, quick) = (Doors::new(false, MINUTE), Doors::new(true, MINUTE));
    let house = House::new(vec![("slow", slow.clone()), ("quick", quick.clone())]).await;
    house.write("slow", 1).await;
    house.write("quick", 200).await;
    let running = house.open();
    slow.begun(1).await;
    quick.through(200).await;
    house.write("quick", 100).await;
    quick.through(100).await;
    assert_eq!(slow.ended.available_permits(), 0, "it is at work all the while");
    slow.open.send_replace(true);
    slow.through(1).await;
    house.stop.send_replace(true);
    running.await.unwrap();
    assert_eq!(house.left().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn long_work_has_a_few_places_of_its_own_and_takes_no_others() {
    let (long, quick) = (Doors::new(false, LONG_WORK), Doors::new(true, MINUTE));
    let house = House::new(vec![("long", long.clone()), ("quick", quick.clone())]).await;
    house.write("long", 2 * PLACES).await;
    let running = house.open();
    long.begun(LONG_PLACES).await;
    house.write("quick", 100).await;
    quick.through(100).await;
    assert_eq!(long.began.available_permits(), 0, "the others wait for a place");
    assert_eq!(house.untouched().await, (2 * PLACES - LONG_PLACES) as i64, "and any other node can take them");
    long.open.send_replace(true);
    long.through(2 * PLACES).await;
    house.stop.send_replace(true);
    running.await.unwrap();
    assert_eq!(house.left().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn thousands_that_wait_for_a_strangers_system_have_places_of_their_own_and_hold_up_nobody() {
    let (slow, quick) = (Doors::of_strangers(false), Doors::new(true, MINUTE));
    let house = House::new(vec![("slow", slow.clone()), ("quick", quick.clone())]).await;
    house.write("slow", 2 * PLACES).await;
    let running = house.open();
    slow.begun(STRANGERS_PLACES).await;
    house.write("quick", 100).await;
    quick.through(100).await;
    assert_eq!(slow.began.available_permits(), 0, "the others wait for a place");
    assert_eq!(house.untouched().await, (2 * PLACES - STRANGERS_PLACES) as i64, "and any other node can take them");
    slow.open.send_replace(true);
    slow.through(2 * PLACES).await;
    house.stop.send_replace(true);
    running.await.unwrap();
    assert_eq!(house.left().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn ordinary_jobs_that_are_all_slow_keep_long_work_from_nothing() {
    let (slow, long) = (Doors::new(false, MINUTE), Doors::new(true, LONG_WORK));
    let house = House::new(vec![("slow", slow.clone()), ("long", long.clone())]).await;
    house.write("slow", 2 * PLACES).await;
    let running = house.open();
    slow.begun(PLACES).await;
    house.write("long", 3 * LONG_PLACES).await;
    long.through(3 * LONG_PLACES).await;
    assert_eq!(slow.began.available_permits(), 0, "no more of them than there are places");
    slow.open.send_replace(true);
    slow.through(2 * PLACES).await;
    house.stop.send_replace(true);
    running.await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_that_nobody_here_knows_are_left_to_others_and_seen() {
    let ground = Ground::new().await;
    ground.mend();
    let jobs = (0..40).map(|_| NewJob::new("of_tomorrow", &(), NOW)).collect();
    ground.write(jobs).await;
    ground.write(vec![NewJob::new("passing", &(), NOW + 1)]).await;
    ground.clock.advance_ms(3_600_000);
    assert_eq!(ground.workers.run_due().await.unwrap(), 1);
    assert_eq!(ground.went_well(), (1, 0), "who stands behind them is not held up");
    let untouched = format!("SELECT COUNT(*) FROM jobs WHERE attempts = 0 AND last_error IS NULL AND run_at = {NOW}");
    assert_eq!(number(&ground.database, &untouched).await, 40);
    let figures = queue_figures(ground.database.reader(), NOW + 3_600_000).await.unwrap();
    assert_eq!((figures.due, figures.oldest_due_ms, figures.dead), (40, 3_600_000, 0));

    let newer = Doors::new(true, MINUTE);
    let mut handlers = Handlers::default();
    handlers.add("of_tomorrow", newer.clone());
    let clock: SharedClock = ground.clock.clone();
    let others = Workers::new(ground.database.clone(), clock, handlers, Arc::default());
    assert_eq!(others.run_due().await.unwrap(), 40);
    newer.through(40).await;
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
