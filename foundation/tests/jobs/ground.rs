//! Work that can be mended, and workers who do what is due when they are told to.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use async_trait::async_trait;
use foundation::clock::{ManualClock, SharedClock};
use foundation::database::Database;
use foundation::jobs::{Handler, Handlers, NewJob, Outcome, Workers, enqueue_all};
use foundation::scratch::ScratchDatabase;

use crate::{NOW, number};

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

/// A database of its own, and workers that do two kinds: the keys of `lasting` are remembered.
pub struct Ground {
    _scratch: ScratchDatabase,
    pub database: Database,
    pub clock: Arc<ManualClock>,
    passing: Arc<Mendable>,
    lasting: Arc<Mendable>,
    pub workers: Workers,
}

impl Ground {
    pub async fn new() -> Self {
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

    pub fn mend(&self) {
        self.passing.mended.store(true, Ordering::SeqCst);
        self.lasting.mended.store(true, Ordering::SeqCst);
    }

    pub fn went_well(&self) -> (usize, usize) {
        (self.passing.went_well.load(Ordering::SeqCst), self.lasting.went_well.load(Ordering::SeqCst))
    }

    pub async fn write(&self, jobs: Vec<NewJob>) {
        let transaction = self.database.begin_write().await.unwrap();
        enqueue_all(&*transaction, jobs).await.unwrap();
        transaction.commit().await.unwrap();
    }

    /// Lets everything fail until it is given up.
    pub async fn give_up(&self) {
        for _ in 0..25 {
            self.workers.run_due().await.unwrap();
            self.clock.advance_ms(3_600_000);
        }
    }

    pub async fn in_state(&self, state: &str) -> i64 {
        number(&self.database, &format!("SELECT COUNT(*) FROM jobs WHERE state = '{state}'")).await
    }
}
