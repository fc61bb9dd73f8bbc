//! A copy of the database that follows it at some distance, for reads to which a few seconds do not matter: the search box
//! of the console, spreadsheets, figures, the feed of events. Never for a payer, never for what decides about money.
//!
//! The distance is measured, not believed: a row is written into the database once a second at most and read from the copy.
//! What is read there was written no earlier than `now − distance`. A copy that is too far behind, does not answer or fails
//! is left alone, and the database itself is read.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;

use anyhow::bail;
use log::LevelFilter;
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Query};
use sea_orm::{ConnectOptions, ConnectionTrait, DbErr};
use tokio::sync::Mutex;

use crate::database::Database;
use crate::reader::Reader;

/// How often the distance is measured while somebody reads.
const LOOK_EVERY_MS: i64 = 1_000;
/// How long a copy that failed is left alone.
const LEFT_ALONE_MS: i64 = 10_000;
/// Longer than this nobody waits for the copy to say where it is.
const LOOK_TIMEOUT: Duration = Duration::from_millis(500);
/// Clocks of nodes are this far apart at most. What was written later than that after now was written by a clock that was
/// wrong, and says nothing about the distance.
const CLOCKS_APART_MS: i64 = 1_000;

tokio::task_local! {
    /// Whether this task reads from the copy.
    static BEHIND: bool;
}

/// Whether the present task reads from the copy.
pub(crate) fn is_behind() -> bool {
    BEHIND.try_with(|behind| *behind).unwrap_or(false)
}

/// The copy.
pub(crate) struct Replica {
    pub(crate) connection: Reader,
    lag_max_ms: i64,
    usable: AtomicBool,
    look_again_at: AtomicI64,
    looked_at: AtomicI64,
    looking: Mutex<()>,
}

impl Replica {
    /// Connects when it is first needed: a copy that is gone keeps nobody from starting. Writing is refused there.
    pub(crate) async fn connect(url: &str, max_connections: u32, lag_max_ms: i64) -> anyhow::Result<Option<Self>> {
        let sqlite = url.starts_with("sqlite:");
        if !sqlite && !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
            bail!("database.replica_url 应以 postgres:// 开头");
        }
        let mut options = ConnectOptions::new(url.to_owned());
        options
            .max_connections(Ord::max(max_connections, 1))
            .min_connections(0)
            .connect_lazy(true)
            .acquire_timeout(Duration::from_secs(2))
            .sqlx_logging_level(LevelFilter::Off);
        if sqlite {
            options.map_sqlx_sqlite_opts(|options| options.read_only(true).create_if_missing(false));
        } else {
            options.map_sqlx_postgres_opts(|options| options.options([("default_transaction_read_only", "on")]));
        }
        // A file is opened at once, whatever was said above.
        let Ok(connection) = sea_orm::Database::connect(options).await else { return Ok(None) };
        Ok(Some(Self {
            connection: Reader::plain(connection),
            lag_max_ms,
            usable: AtomicBool::new(false),
            look_again_at: AtomicI64::new(i64::MIN),
            looked_at: AtomicI64::new(i64::MIN),
            looking: Mutex::new(()),
        }))
    }

    /// Whether the copy is near enough; measured when the last measurement is too old, by one task for all. Who comes
    /// while it is being measured goes by the last measurement, unless that is older than it may be.
    async fn is_usable(&self, database: &Database, now_ms: i64) -> bool {
        let is_put_back = now_ms < self.looked_at.load(Ordering::Acquire).saturating_sub(CLOCKS_APART_MS);
        if (is_put_back || now_ms >= self.look_again_at.load(Ordering::Acquire))
            && let Ok(_looking) = self.looking.try_lock()
        {
            let lag_ms = tokio::time::timeout(LOOK_TIMEOUT, self.lag_ms(database, now_ms)).await;
            let (usable, again_after_ms) = match lag_ms {
                Ok(Ok(lag_ms)) => {
                    metrics::gauge!("tejian_replica_lag_ms").set(Ord::max(lag_ms, 0) as f64);
                    ((-CLOCKS_APART_MS..=self.lag_max_ms).contains(&lag_ms), LOOK_EVERY_MS)
                }
                Ok(Err(error)) => {
                    tracing::warn!(%error, "the replica does not answer; the database itself is read");
                    (false, LEFT_ALONE_MS)
                }
                Err(_) => {
                    tracing::warn!("the replica takes too long; the database itself is read");
                    (false, LEFT_ALONE_MS)
                }
            };
            self.usable.store(usable, Ordering::Release);
            self.looked_at.store(now_ms, Ordering::Release);
            self.look_again_at.store(now_ms + again_after_ms, Ordering::Release);
        }
        let age_ms = now_ms.saturating_sub(self.looked_at.load(Ordering::Acquire)).saturating_abs();
        self.usable.load(Ordering::Acquire) && age_ms <= LOOK_EVERY_MS + LOOK_TIMEOUT.as_millis() as i64
    }

    async fn lag_ms(&self, database: &Database, now_ms: i64) -> Result<i64, DbErr> {
        let read = Query::select().column(Alias::new("at")).from(Alias::new("replica_heartbeats")).to_owned();
        let row = self.connection.query_one(&read).await?;
        let at: i64 = row.map(|row| row.try_get("", "at")).transpose()?.unwrap_or_default();
        // For the next measurement, by whichever node measures first.
        let beat = Query::update()
            .table(Alias::new("replica_heartbeats"))
            .value(Alias::new("at"), now_ms)
            .and_where(
                Expr::col(Alias::new("at"))
                    .lte(now_ms - LOOK_EVERY_MS)
                    .or(Expr::col(Alias::new("at")).gt(now_ms + CLOCKS_APART_MS)),
            )
            .to_owned();
        let transaction = database.begin_write().await?;
        transaction.execute(&beat).await?;
        transaction.commit().await?;
        Ok(now_ms - at)
    }

    fn distrust(&self, now_ms: i64) {
        self.usable.store(false, Ordering::Release);
        self.look_again_at.store(now_ms + LOOK_EVERY_MS, Ordering::Release);
    }
}

impl Database {
    /// The same database, with a copy that follows it.
    ///
    /// # Errors
    /// When the address of the copy cannot be read.
    pub async fn with_replica(mut self, url: &str, max_connections: u32, lag_max_ms: i64) -> anyhow::Result<Self> {
        match Replica::connect(url, max_connections, lag_max_ms).await? {
            Some(replica) => self.replica = Some(replica.into()),
            None => tracing::warn!("the replica cannot be opened; the database itself is read"),
        }
        Ok(self)
    }

    /// Reads where a few seconds do not matter: while `read` runs, [`Database::reader`] is the copy, if there is one that
    /// is near enough. What fails there is read once more from the database itself. `read` writes nothing.
    ///
    /// # Errors
    /// Those of `read` on the database itself.
    pub async fn behind<T, E, F, Fut>(&self, now_ms: i64, read: F) -> Result<T, E>
    where
        E: std::error::Error + 'static,
        F: Fn() -> Fut,
        Fut: Future<Output = Result<T, E>>,
    {
        if let Some(replica) = &self.replica
            && replica.is_usable(self, now_ms).await
        {
            match BEHIND.scope(true, read()).await {
                Ok(found) => {
                    metrics::counter!("tejian_replica_reads_total", "outcome" => "read").increment(1);
                    return Ok(found);
                }
                // It may be right, or because of what has not arrived there yet; others go on reading there.
                Err(error) if is_refusal(&error) => {
                    metrics::counter!("tejian_replica_reads_total", "outcome" => "refused").increment(1);
                }
                Err(_) => {
                    metrics::counter!("tejian_replica_reads_total", "outcome" => "failed").increment(1);
                    replica.distrust(now_ms);
                }
            }
        }
        read().await
    }
}

/// Whether a person was refused something, and nothing failed.
fn is_refusal(error: &(dyn std::error::Error + 'static)) -> bool {
    error.downcast_ref::<crate::problem::Problem>().is_some_and(|problem| problem.status().is_client_error())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::ScratchDatabase;

    const NOW: i64 = 1_785_722_400_000;

    async fn database(scratch: &ScratchDatabase) -> Database {
        let database = Database::connect(scratch.url(), 4).await.unwrap();
        database.migrate().await.unwrap();
        database
    }

    /// Which of the two was read, in the order of the tries.
    async fn tries(database: &Database, now_ms: i64, fails_behind: bool) -> Vec<bool> {
        let tried = std::sync::Mutex::new(Vec::new());
        let read = || async {
            tried.lock().unwrap().push(is_behind());
            let statement = if is_behind() && fails_behind { "DELETE FROM replica_heartbeats" } else { "SELECT 1" };
            database.reader().execute_unprepared(statement).await.map(|_| ())
        };
        database.behind(now_ms, read).await.unwrap();
        tried.into_inner().unwrap()
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_near_copy_is_read_refuses_writes_and_is_left_when_it_fails() {
        let scratch = ScratchDatabase::create().await.unwrap();
        let database = database(&scratch).await.with_replica(scratch.url(), 2, 5_000).await.unwrap();
        assert_eq!(tries(&database, NOW, false).await, [false], "nobody knows yet how far behind it is");
        assert_eq!(tries(&database, NOW + 1_000, false).await, [true]);
        assert_eq!(tries(&database, NOW + 1_100, true).await, [true, false], "a write there fails");
        assert_eq!(tries(&database, NOW + 1_200, false).await, [false], "it is not asked again at once");
        assert_eq!(tries(&database, NOW + 2_200, false).await, [true]);
        let beats = database.reader().query_all_raw(sea_orm::Statement::from_string(
            database.reader().get_database_backend(),
            "SELECT at FROM replica_heartbeats",
        ));
        assert_eq!(beats.await.unwrap().len(), 1, "nothing was written there");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn who_is_refused_something_keeps_nobody_from_the_copy() {
        let scratch = ScratchDatabase::create().await.unwrap();
        let database = database(&scratch).await.with_replica(scratch.url(), 2, 5_000).await.unwrap();
        tries(&database, NOW, false).await;
        let refused = database
            .behind(NOW + 1_000, || async {
                Err::<(), _>(crate::problem::Problem::bad_request("cursor_odd", "翻页的位置看不懂"))
            })
            .await;
        assert_eq!(refused.unwrap_err().code(), "cursor_odd");
        assert_eq!(tries(&database, NOW + 1_100, false).await, [true]);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn an_old_measurement_is_not_believed_while_somebody_measures() {
        let scratch = ScratchDatabase::create().await.unwrap();
        let database = database(&scratch).await.with_replica(scratch.url(), 2, 5_000).await.unwrap();
        tries(&database, NOW, false).await;
        assert_eq!(tries(&database, NOW + 1_000, false).await, [true]);
        let replica = database.replica.clone().unwrap();
        let _measuring = replica.looking.lock().await;
        assert_eq!(tries(&database, NOW + 2_400, false).await, [true], "a moment ago it was near");
        assert_eq!(tries(&database, NOW + 60_000, false).await, [false], "who knows how far it is now");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_clock_that_was_ahead_makes_no_copy_that_stands_still_look_near() {
        let (scratch, other) = (ScratchDatabase::create().await.unwrap(), ScratchDatabase::create().await.unwrap());
        let ahead = format!("UPDATE replica_heartbeats SET at = {}", NOW + 3_600_000);
        let still = database(&other).await;
        still.reader().execute_unprepared(&ahead).await.unwrap();
        let followed = database(&scratch).await.with_replica(other.url(), 2, 5_000).await.unwrap();
        assert_eq!(tries(&followed, NOW, false).await, [false], "written an hour from now");
        assert_eq!(tries(&followed, NOW + 11_000, false).await, [false]);
        // One that follows is soon believed again.
        let (near, itself) = (database(&scratch).await, scratch.url());
        near.reader().execute_unprepared(&ahead).await.unwrap();
        let near = near.with_replica(itself, 2, 5_000).await.unwrap();
        assert_eq!(tries(&near, NOW, false).await, [false]);
        assert_eq!(tries(&near, NOW + 1_000, false).await, [true]);
        // And so is one whose own clock was put back.
        assert_eq!(tries(&near, NOW + 1_800, false).await, [true]);
        assert_eq!(tries(&near, NOW - 3_600_000, false).await, [false]);
        assert_eq!(tries(&near, NOW - 3_599_000, false).await, [true]);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_copy_that_is_behind_or_gone_is_not_read() {
        let (scratch, other) = (ScratchDatabase::create().await.unwrap(), ScratchDatabase::create().await.unwrap());
        // It stands still: nothing reaches it any more.
        let still = database(&other).await;
        still.reader().execute_unprepared(&format!("UPDATE replica_heartbeats SET at = {NOW}")).await.unwrap();
        let followed = database(&scratch).await.with_replica(other.url(), 2, 5_000).await.unwrap();
        assert_eq!(tries(&followed, NOW + 5_000, false).await, [true], "five seconds are allowed");
        assert_eq!(tries(&followed, NOW + 6_001, false).await, [false]);
        let gone = scratch.url().replace("tejian", "nowhere");
        let alone = database(&scratch).await.with_replica(&gone, 2, 5_000).await.unwrap();
        assert_eq!(tries(&alone, NOW, false).await, [false]);
        assert_eq!(tries(&alone, NOW + 60_000, false).await, [false]);
    }
}
