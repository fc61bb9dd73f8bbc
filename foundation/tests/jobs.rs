//! Jobs whose handlers do not come to an end, or come to it when others have taken over; who waits for whom, and what a stop
//! leaves behind; jobs that were given up, and what stays of those that are finished.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use foundation::clock::{ManualClock, SharedClock};
use foundation::database::Database;
use foundation::jobs::{
    FINISHED_KEPT_DAYS, GivenUp, Handler, Handlers, JobFilter, JobState, LONG_PLACES, LONG_WORK, NewJob, Outcome,
    PLACES, Workers, enqueue, enqueue_all, forget_finished, list, plan_forgetting, queue_figures, revive,
};
use foundation::scratch::ScratchDatabase;
use sea_orm::{ConnectionTrait, Statement};
use tokio::sync::{Notify, Semaphore, watch};
use tokio::task::JoinHandle;

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

/// Fails until somebody mends it, and counts how often it went well.
#[derive(Default)]
struct Mendable {
    mended: AtomicBool,
    went_well: AtomicUsize,
    remembers: bool,
}

#[async_trait]
impl Handler for Mendable {
    async fn run(&self, _payload: &str) -> anyhow::Result<Outcome> {
        anyhow::ensure!(self.mended.load(Ordering::SeqCst), "no route to 13900000001");
        self.went_well.fetch_add(1, Ordering::SeqCst);
        Ok(Outcome::Done)
    }

    fn remembers_keys(&self) -> bool {
        self.remembers
    }
}

const DAY_MS: i64 = 86_400_000;

/// A database of its own, and workers that do two kinds: the keys of `lasting` are remembered.
struct Ground {
    _scratch: ScratchDatabase,
    database: Database,
    clock: Arc<ManualClock>,
    passing: Arc<Mendable>,
    lasting: Arc<Mendable>,
    workers: Workers,
}

impl Ground {
    async fn new() -> Self {
        let scratch = ScratchDatabase::create().await.unwrap();
        let database = Database::connect(scratch.url(), 4).await.unwrap();
        database.migrate().await.unwrap();
        let clock = ManualClock::at(NOW);
        let shared: SharedClock = clock.clone();
        let passing = Arc::new(Mendable::default());
        let lasting = Arc::new(Mendable { remembers: true, ..Mendable::default() });
        let mut handlers = Handlers::default();
        handlers.add("passing", passing.clone());
        handlers.add("lasting", lasting.clone());
        handlers.add_forgetting(&database, &shared);
        let workers = Workers::new(database.clone(), shared, handlers, Arc::default());
        Self { _scratch: scratch, database, clock, passing, lasting, workers }
    }

    fn mend(&self) {
        self.passing.mended.store(true, Ordering::SeqCst);
        self.lasting.mended.store(true, Ordering::SeqCst);
    }

    fn went_well(&self) -> (usize, usize) {
        (self.passing.went_well.load(Ordering::SeqCst), self.lasting.went_well.load(Ordering::SeqCst))
    }

    async fn write(&self, jobs: Vec<NewJob>) {
        let transaction = self.database.begin_write().await.unwrap();
        enqueue_all(&*transaction, jobs).await.unwrap();
        transaction.commit().await.unwrap();
    }

    /// Lets everything fail until it is given up.
    async fn give_up(&self) {
        for _ in 0..25 {
            self.workers.run_due().await.unwrap();
            self.clock.advance_ms(3_600_000);
        }
    }

    async fn in_state(&self, state: &str) -> i64 {
        number(&self.database, &format!("SELECT COUNT(*) FROM jobs WHERE state = '{state}'")).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_job_is_set_going_once_and_from_its_first_attempt() {
    let ground = Ground::new().await;
    ground.write(vec![NewJob::new("passing", &(), NOW)]).await;
    ground.give_up().await;
    let dead = JobFilter { state: Some(JobState::Dead), kind: None };
    let found = list(ground.database.reader(), &dead, None, 10).await.unwrap();
    let [job] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!((job.kind.as_str(), job.attempts, job.created_at), ("passing", 20, NOW));
    assert!(job.at > NOW && job.at < NOW + DAY_MS, "since when it is dead: {job:?}");
    assert_eq!(job.last_error.as_deref(), Some("no route to 139****0001"), "nobody's phone is shown");

    let transaction = ground.database.begin_write().await.unwrap();
    let now = NOW + 2 * DAY_MS;
    ground.clock.advance_ms(DAY_MS);
    assert!(revive(&*transaction, &job.id, now).await.unwrap());
    assert!(!revive(&*transaction, &job.id, now).await.unwrap(), "it is not dead any more");
    transaction.commit().await.unwrap();
    ground.clock.advance_ms(DAY_MS);
    ground.workers.run_due().await.unwrap();
    let attempts = number(&ground.database, "SELECT attempts FROM jobs WHERE state = 'waiting'").await;
    assert_eq!(attempts, 1, "it has as many attempts as a new one");
    ground.mend();
    ground.clock.advance_ms(3_600_000);
    ground.workers.run_due().await.unwrap();
    assert_eq!(ground.went_well(), (1, 0));
    assert_eq!(number(&ground.database, "SELECT COUNT(*) FROM jobs").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_writes_a_job_in_the_place_of_a_dead_one_sets_it_going() {
    let ground = Ground::new().await;
    ground.write(vec![NewJob::new("passing", &"old", NOW).once("the one")]).await;
    ground.give_up().await;
    assert_eq!(ground.in_state("dead").await, 1);
    ground.mend();
    let job = || NewJob::new("passing", &"new", NOW).once("the one");
    ground.write(vec![job(), NewJob::new("passing", &(), NOW + 100 * DAY_MS), job()]).await;
    assert_eq!((ground.in_state("dead").await, ground.in_state("waiting").await), (0, 2), "still one with this key");
    let set_back = "SELECT COUNT(*) FROM jobs WHERE payload = '\"new\"' AND attempts = 0 AND last_error IS NULL";
    assert_eq!(number(&ground.database, set_back).await, 1);
    ground.write(vec![job()]).await;
    ground.workers.run_due().await.unwrap();
    assert_eq!(ground.went_well().0, 1);
    ground.write(vec![job()]).await;
    ground.workers.run_due().await.unwrap();
    assert_eq!(ground.went_well().0, 1, "one that is done keeps others out");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_finished_is_forgotten_when_nobody_relies_on_it_any_more() {
    let ground = Ground::new().await;
    ground.mend();
    let passing = |number: usize| NewJob::new("passing", &(), NOW).once(format!("passing:{number}"));
    let lasting = || NewJob::new("lasting", &(), NOW).once("lasting");
    ground.write((0..1_200).map(passing).chain([lasting()]).collect()).await;
    let transaction = ground.database.begin_write().await.unwrap();
    plan_forgetting(&*transaction, NOW).await.unwrap();
    plan_forgetting(&*transaction, NOW).await.unwrap();
    transaction.commit().await.unwrap();
    ground.workers.run_due().await.unwrap();
    assert_eq!(ground.went_well(), (1_200, 1));

    ground.clock.advance_ms((FINISHED_KEPT_DAYS - 1) * DAY_MS);
    ground.write(vec![passing(7), lasting()]).await;
    ground.workers.run_due().await.unwrap();
    assert_eq!(ground.in_state("done").await, 1_201, "until then every key keeps others out");
    assert_eq!(ground.went_well(), (1_200, 1));

    ground.clock.advance_ms(2 * DAY_MS);
    ground.workers.run_due().await.unwrap();
    assert_eq!((ground.in_state("done").await, ground.in_state("remembered").await), (0, 1));
    assert_eq!(ground.in_state("waiting").await, 1, "and the next night");
    ground.write(vec![passing(7), lasting()]).await;
    ground.workers.run_due().await.unwrap();
    assert_eq!(ground.went_well(), (1_201, 1), "a key that is remembered keeps others out for ever");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_who_forget_at_the_same_time_forget_different_rows() {
    let ground = Ground::new().await;
    ground.mend();
    ground.write((0..60).map(|number| NewJob::new("passing", &(), NOW).once(format!("{number}"))).collect()).await;
    let waiting = NewJob::new("passing", &(), NOW + DAY_MS).once("waiting");
    let transaction = ground.database.begin_write().await.unwrap();
    enqueue(&*transaction, waiting).await.unwrap();
    transaction.commit().await.unwrap();
    ground.workers.run_due().await.unwrap();
    let forget = || forget_finished(&ground.database, NOW + 1, &[], 40);
    let (one, other) = tokio::join!(forget(), forget());
    assert_eq!(one.unwrap() + other.unwrap(), 60);
    assert_eq!(forget().await.unwrap(), 0);
    assert_eq!(number(&ground.database, "SELECT COUNT(*) FROM jobs").await, 1, "what waits stays");
}

/// Counts who began and who is through; waits in between until somebody opens the door.
struct Doors {
    began: Semaphore,
    ended: Semaphore,
    open: watch::Sender<bool>,
    time_limit: Duration,
}

impl Doors {
    fn new(is_open: bool, time_limit: Duration) -> Arc<Self> {
        let (began, ended) = (Semaphore::new(0), Semaphore::new(0));
        Arc::new(Self { began, ended, open: watch::Sender::new(is_open), time_limit })
    }

    /// Comes back as soon as so many have begun; they are not counted again.
    async fn begun(&self, count: usize) {
        taken(&self.began, count).await;
    }

    /// Comes back as soon as so many are through; they are not counted again.
    async fn through(&self, count: usize) {
        taken(&self.ended, count).await;
    }
}

/// A test that would wait for ever fails instead.
async fn taken(count: &Semaphore, wanted: usize) {
    let all = count.acquire_many(u32::try_from(wanted).unwrap());
    let waited = tokio::time::timeout(Duration::from_secs(60), all).await;
    waited.unwrap_or_else(|_| panic!("{} of {wanted}", count.available_permits())).unwrap().forget();
}

#[async_trait]
impl Handler for Doors {
    async fn run(&self, _payload: &str) -> anyhow::Result<Outcome> {
        self.began.add_permits(1);
        self.open.subscribe().wait_for(|is_open| *is_open).await?;
        self.ended.add_permits(1);
        Ok(Outcome::Done)
    }

    fn time_limit(&self) -> Duration {
        self.time_limit
    }
}

const MINUTE: Duration = Duration::from_secs(60);

/// A database and workers that go on until they are told to stop.
struct House {
    _scratch: ScratchDatabase,
    database: Database,
    workers: Workers,
    wake: Arc<Notify>,
    stop: watch::Sender<bool>,
}

impl House {
    async fn new(handlers: Vec<(&'static str, Arc<dyn Handler>)>) -> Self {
        Self::hearing(handlers, |_, _| ()).await
    }

    /// As [`House::new`]; `hear` is told of every statement, and can stop the workers.
    async fn hearing(
        handlers: Vec<(&'static str, Arc<dyn Handler>)>,
        hear: impl Fn(&Statement, &watch::Sender<bool>) + Send + Sync + 'static,
    ) -> Self {
        let scratch = ScratchDatabase::create().await.unwrap();
        let mut database = Database::connect(scratch.url(), 4).await.unwrap();
        database.migrate().await.unwrap();
        let (stop, wake) = (watch::Sender::new(false), Arc::<Notify>::default());
        let told = stop.clone();
        database.on_statement(move |statement| hear(statement, &told));
        let mut known = Handlers::default();
        for (kind, handler) in handlers {
            known.add(kind, handler);
        }
        let clock: SharedClock = ManualClock::at(NOW);
        let workers = Workers::new(database.clone(), clock, known, wake.clone());
        Self { _scratch: scratch, database, workers, wake, stop }
    }

    async fn write(&self, kind: &'static str, count: usize) {
        self.write_due_at(NOW, kind, count).await;
    }

    async fn write_due_at(&self, run_at: i64, kind: &'static str, count: usize) {
        let jobs = (0..count).map(|number| NewJob::new(kind, &number, run_at)).collect();
        let transaction = self.database.begin_write().await.unwrap();
        enqueue_all(&*transaction, jobs).await.unwrap();
        transaction.commit().await.unwrap();
        self.wake.notify_one();
    }

    fn open(&self) -> JoinHandle<()> {
        let (workers, stop) = (self.workers.clone(), self.stop.subscribe());
        tokio::spawn(async move { workers.run_until(stop).await })
    }

    /// Jobs that nobody has, and that nobody has begun.
    async fn untouched(&self) -> i64 {
        let untouched =
            format!("SELECT COUNT(*) FROM jobs WHERE state = 'waiting' AND attempts = 0 AND run_at = {NOW}");
        number(&self.database, &untouched).await
    }

    async fn left(&self) -> i64 {
        number(&self.database, "SELECT COUNT(*) FROM jobs").await
    }
}

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

#[tokio::test(flavor = "multi_thread")]
async fn what_a_person_gives_up_is_forgotten_like_what_was_done() {
    let ground = Ground::new().await;
    let keyed = || NewJob::new("passing", &(), NOW).once("the one");
    ground.write(vec![NewJob::new("passing", &(), NOW), keyed(), NewJob::new("of_tomorrow", &(), NOW)]).await;
    ground.give_up().await;
    let dead = JobFilter { state: Some(JobState::Dead), kind: None };
    let found = list(ground.database.reader(), &dead, None, 10).await.unwrap();
    assert_eq!(found.len(), 2);
    let give_up = async |id: &str| {
        let transaction = ground.database.begin_write().await.unwrap();
        let given_up = ground.workers.give_up(&*transaction, id, "已由银行退回").await.unwrap();
        transaction.commit().await.unwrap();
        given_up
    };
    for job in &found {
        assert_eq!(give_up(&job.id).await, GivenUp::Settled { kind: "passing".to_owned() });
        assert_eq!(give_up(&job.id).await, GivenUp::NotDead, "once");
    }
    assert_eq!(give_up("job_of_nobody").await, GivenUp::NotDead);
    assert_eq!((ground.in_state("dead").await, ground.in_state("done").await), (0, 1), "the one with a key stays");
    let waits = "SELECT COUNT(*) FROM jobs WHERE kind = 'of_tomorrow' AND state = 'waiting'";
    assert_eq!(number(&ground.database, waits).await, 1);
    ground.mend();
    ground.write(vec![keyed()]).await;
    ground.workers.run_due().await.unwrap();
    assert_eq!(ground.went_well(), (0, 0), "its key keeps others out");
    let forgotten = forget_finished(&ground.database, NOW + 100 * DAY_MS, &[], 10).await.unwrap();
    assert_eq!((forgotten, ground.in_state("done").await), (1, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_goes_on_for_ever_cannot_be_given_up() {
    let ground = Ground::new().await;
    let transaction = ground.database.begin_write().await.unwrap();
    plan_forgetting(&*transaction, NOW).await.unwrap();
    transaction.execute_unprepared("UPDATE jobs SET state = 'dead', attempts = 20").await.unwrap();
    let dead = JobFilter { state: Some(JobState::Dead), kind: None };
    let found = list(&*transaction, &dead, None, 10).await.unwrap();
    assert_eq!(ground.workers.give_up(&*transaction, &found[0].id, "不用了").await.unwrap(), GivenUp::GoesOn);
    transaction.commit().await.unwrap();
    assert_eq!(ground.in_state("dead").await, 1);
}
