//! Work that waits until a door is opened, and workers who go on until they are told to stop.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use foundation::clock::{ManualClock, SharedClock};
use foundation::database::Database;
use foundation::jobs::{Handler, Handlers, NewJob, Outcome, Workers, enqueue_all};
use foundation::scratch::ScratchDatabase;
use sea_orm::Statement;
use tokio::sync::{Notify, Semaphore, watch};
use tokio::task::JoinHandle;

use crate::{NOW, number};

/// Counts who began and who is through; waits in between until somebody opens the door.
pub struct Doors {
    pub began: Semaphore,
    pub ended: Semaphore,
    pub open: watch::Sender<bool>,
    time_limit: Duration,
    asks_strangers: bool,
}

impl Doors {
    pub fn new(is_open: bool, time_limit: Duration) -> Arc<Self> {
        Arc::new(Self::of(is_open, time_limit, false))
    }

    /// Work of the usual length that waits for somebody else's system.
    pub fn of_strangers(is_open: bool) -> Arc<Self> {
        Arc::new(Self::of(is_open, MINUTE, true))
    }

    fn of(is_open: bool, time_limit: Duration, asks_strangers: bool) -> Self {
        let (began, ended) = (Semaphore::new(0), Semaphore::new(0));
        Self { began, ended, open: watch::Sender::new(is_open), time_limit, asks_strangers }
    }

    /// Comes back as soon as so many have begun; they are not counted again.
    pub async fn begun(&self, count: usize) {
        taken(&self.began, count).await;
    }

    /// Comes back as soon as so many are through; they are not counted again.
    pub async fn through(&self, count: usize) {
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

    fn asks_strangers(&self) -> bool {
        self.asks_strangers
    }
}

/// How long ordinary work may take.
pub const MINUTE: Duration = Duration::from_secs(60);

/// A database and workers that go on until they are told to stop.
pub struct House {
    _scratch: ScratchDatabase,
    pub database: Database,
    pub workers: Workers,
    wake: Arc<Notify>,
    pub stop: watch::Sender<bool>,
}

impl House {
    pub async fn new(handlers: Vec<(&'static str, Arc<dyn Handler>)>) -> Self {
        Self::hearing(handlers, |_, _| ()).await
    }

    /// As [`House::new`]; `hear` is told of every statement, and can stop the workers.
    pub async fn hearing(
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

    pub async fn write(&self, kind: &'static str, count: usize) {
        self.write_due_at(NOW, kind, count).await;
    }

    pub async fn write_due_at(&self, run_at: i64, kind: &'static str, count: usize) {
        let jobs = (0..count).map(|number| NewJob::new(kind, &number, run_at)).collect();
        let transaction = self.database.begin_write().await.unwrap();
        enqueue_all(&*transaction, jobs).await.unwrap();
        transaction.commit().await.unwrap();
        self.wake.notify_one();
    }

    pub fn open(&self) -> JoinHandle<()> {
        let (workers, stop) = (self.workers.clone(), self.stop.subscribe());
        tokio::spawn(async move { workers.run_until(stop).await })
    }

    /// Jobs that nobody has, and that nobody has begun.
    pub async fn untouched(&self) -> i64 {
        let untouched =
            format!("SELECT COUNT(*) FROM jobs WHERE state = 'waiting' AND attempts = 0 AND run_at = {NOW}");
        number(&self.database, &untouched).await
    }

    pub async fn left(&self) -> i64 {
        number(&self.database, "SELECT COUNT(*) FROM jobs").await
    }
}
