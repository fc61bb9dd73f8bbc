//! How many jobs of one process run side by side, and who keeps out of whose way: work that is long by its nature has a few
//! places of its own, work that waits for systems of strangers has some, and neither takes those of the rest.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, watch};
use tokio::task::{JoinError, JoinSet};

use super::{DATABASE_LIMIT, Handler, TIME_LIMIT, Workers, within};

/// Ordinary jobs that one process runs at the same time: one slow answer from outside holds up nobody. More than so many at
/// once do; whoever asks those that may be slow together says so ([`Handler::asks_strangers`]).
pub const PLACES: usize = 64;
/// Jobs that one process runs at the same time of handlers that ask strangers.
pub const STRANGERS_PLACES: usize = 16;
/// Jobs of handlers with a longer time limit that one process runs at the same time.
pub const LONG_PLACES: usize = 4;
/// How often ordinary jobs are looked for when nobody wakes the workers.
const LOOK_EVERY: Duration = Duration::from_millis(1_000);
/// How often other work is looked for: it is rare, and in a long queue of ordinary jobs looking for it is dear.
const RARE_LOOK_EVERY: Duration = Duration::from_millis(2_000);

impl Workers {
    /// Works until `stop` is true, or nobody is left to say so. From then on nothing is claimed; what is claimed at that very
    /// moment is given back, what was begun is finished.
    pub async fn run_until(&self, stop: watch::Receiver<bool>) {
        let workers = Arc::new(self.clone());
        let ordinary = Lane {
            kinds: self.handlers.kinds(|handler| !is_long(handler) && !handler.asks_strangers()),
            places: PLACES,
            wake: Arc::clone(&self.wake),
            look_every: LOOK_EVERY,
            running: JoinSet::new(),
            workers: Arc::clone(&workers),
        };
        let long = Lane {
            kinds: self.handlers.kinds(is_long),
            places: LONG_PLACES,
            // Of them all, whoever is woken must be the one who has people waiting.
            wake: Arc::default(),
            look_every: RARE_LOOK_EVERY,
            running: JoinSet::new(),
            workers: Arc::clone(&workers),
        };
        let strangers = Lane {
            kinds: self.handlers.kinds(|handler| !is_long(handler) && handler.asks_strangers()),
            places: STRANGERS_PLACES,
            wake: Arc::default(),
            look_every: RARE_LOOK_EVERY,
            running: JoinSet::new(),
            workers,
        };
        tokio::join!(ordinary.run_until(stop.clone()), long.run_until(stop.clone()), strangers.run_until(stop));
    }
}

/// Jobs of some kinds, and the places where they run.
struct Lane {
    workers: Arc<Workers>,
    kinds: Vec<&'static str>,
    places: usize,
    wake: Arc<Notify>,
    look_every: Duration,
    running: JoinSet<()>,
}

impl Lane {
    async fn run_until(mut self, mut stop: watch::Receiver<bool>) {
        while !is_over(&stop) {
            self.fill(&stop).await;
            // Now it is full, or nothing more was due.
            tokio::select! {
                () = until_over(&mut stop) => {}
                Some(ended) = self.running.join_next() => self.note(ended),
                () = self.wake.notified() => {}
                () = tokio::time::sleep(self.look_every) => {}
            }
            while let Some(ended) = self.running.try_join_next() {
                self.note(ended);
            }
        }
        while let Some(ended) = self.running.join_next().await {
            self.note(ended);
        }
    }

    /// Claims as many as there are places free, and begins them at once: nobody is claimed who waits for a place.
    async fn fill(&mut self, stop: &watch::Receiver<bool>) {
        let free = self.places.saturating_sub(self.running.len());
        if free == 0 {
            return;
        }
        let claimed = match within(DATABASE_LIMIT, self.workers.claim(&self.kinds, free as u64)).await {
            Ok(claimed) => claimed,
            Err(error) => {
                tracing::error!(%error, "jobs cannot be claimed");
                return;
            }
        };
        if is_over(stop) {
            if let Err(error) = within(DATABASE_LIMIT, self.workers.give_back(&claimed)).await {
                tracing::warn!(%error, "claimed jobs could not be given back; they come back by their lease");
            }
            return;
        }
        for job in claimed {
            let workers = Arc::clone(&self.workers);
            self.running.spawn(async move { workers.run_one(job).await });
        }
    }

    /// A handler that breaks off has failed and nothing else; this is what broke off around it.
    fn note(&self, ended: Result<(), JoinError>) {
        if let Err(error) = ended {
            tracing::error!(%error, "a job broke off; it comes back by its lease");
        }
        self.workers.ran.notify_waiters();
    }
}

fn is_long(handler: &dyn Handler) -> bool {
    handler.time_limit() > TIME_LIMIT
}

fn is_over(stop: &watch::Receiver<bool>) -> bool {
    *stop.borrow() || stop.has_changed().is_err()
}

async fn until_over(stop: &mut watch::Receiver<bool>) {
    let _nobody_left = stop.wait_for(|is_over| *is_over).await;
}
