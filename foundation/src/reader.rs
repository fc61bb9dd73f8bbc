//! The connection that reads go through.
//!
//! The driver's pool asks a connection whether it still lives whenever it is given back, and only then lends it to the
//! next: a round trip for every statement, on SQLite two changes of thread, and a page needs several statements. So a few
//! of the pool's connections are kept at hand between statements and lent on without a word. Whatever went wrong on the
//! way, or was given up half-way, goes back to the pool and through its questions; so does what was kept for a while.

use std::ops::Deref;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use sea_orm::sea_query::Values;
use sea_orm::sqlx::pool::PoolConnection;
use sea_orm::sqlx::{self, AssertSqlSafe, Executor, IntoArguments, Pool};
use sea_orm::{
    ConnAcquireErr, ConnectionTrait, DatabaseBackend, DatabaseConnection, DbErr, ExecResult, QueryResult, RuntimeErr,
    Statement,
};
use sea_query_sqlx::SqlxValues;
use tokio::sync::Semaphore;

/// A connection that nobody used for so long may have been closed by the server meanwhile: the pool asks it.
pub(crate) const IDLE: Duration = Duration::from_secs(1);
/// So long a connection stays out of the pool, which decides about its age.
const KEPT_FOR: Duration = Duration::from_secs(60);
/// A server that vanished without a word closes nothing. Whoever asks within a request or a job is given up by its limit;
/// nobody else shall wait for ever either. No statement that reads takes nearly as long.
const ANSWER_LIMIT: Duration = Duration::from_secs(if cfg!(test) { 2 } else { 60 });
/// Smaller pools keep nothing at hand: there, every connection is somebody's whole database.
const SMALLEST_POOL: u32 = 4;

/// Codes of PostgreSQL: it stops, or was told to end this connection.
const SHUT_DOWN: &str = "57P";

/// Told of every statement after it ran.
pub(crate) type Listener = Arc<dyn Fn(&Statement) + Send + Sync>;

/// For reading; writes go through [`crate::database::Database::begin_write`]. Cheap to clone.
#[derive(Clone)]
pub struct Reader {
    pool: DatabaseConnection,
    at_hand: Option<AtHand>,
    listener: Option<Listener>,
}

#[derive(Clone)]
enum AtHand {
    Postgres(Arc<Shelf<sqlx::Postgres>>),
    Sqlite(Arc<Shelf<sqlx::Sqlite>>),
}

impl Reader {
    /// Everything through the pool.
    pub(crate) fn plain(pool: DatabaseConnection) -> Self {
        Self { pool, at_hand: None, listener: None }
    }

    /// Keeps up to half of the pool's connections at hand.
    pub(crate) fn keeping(pool: DatabaseConnection, connections: u32) -> Self {
        let places = (connections / 2) as usize;
        let at_hand = match pool.get_database_backend() {
            _ if connections < SMALLEST_POOL => None,
            DatabaseBackend::Sqlite => {
                Some(AtHand::Sqlite(Arc::new(Shelf::new(pool.get_sqlite_connection_pool().clone(), places))))
            }
            _ => Some(AtHand::Postgres(Arc::new(Shelf::new(pool.get_postgres_connection_pool().clone(), places)))),
        };
        Self { pool, at_hand, listener: None }
    }

    pub(crate) fn listen(&mut self, listener: Listener) {
        let told = Arc::clone(&listener);
        self.pool.set_metric_callback(move |run| told(run.statement));
        self.listener = Some(listener);
    }

    /// Gives a connection back when somebody else may be waiting for one.
    pub(crate) fn make_way(&self) {
        match &self.at_hand {
            Some(AtHand::Postgres(shelf)) => shelf.make_way(),
            Some(AtHand::Sqlite(shelf)) => shelf.make_way(),
            None => {}
        }
    }

    /// Closes the pool; what is under way is finished first.
    ///
    /// # Errors
    /// As the driver.
    pub async fn close(self) -> Result<(), DbErr> {
        match &self.at_hand {
            Some(AtHand::Postgres(shelf)) => shelf.clear(),
            Some(AtHand::Sqlite(shelf)) => shelf.clear(),
            None => {}
        }
        self.pool.close_by_ref().await
    }

    fn told(&self, statement: &Statement) -> Option<Statement> {
        self.listener.as_ref().map(|_| statement.clone())
    }

    fn tell(&self, statement: Option<Statement>) {
        if let (Some(listener), Some(statement)) = (&self.listener, statement) {
            listener(&statement);
        }
    }
}

impl Deref for Reader {
    type Target = DatabaseConnection;
    fn deref(&self) -> &DatabaseConnection {
        &self.pool
    }
}

#[async_trait]
impl ConnectionTrait for Reader {
    fn get_database_backend(&self) -> DatabaseBackend {
        self.pool.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.pool.execute_raw(statement).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.pool.execute_unprepared(sql).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        let told = self.told(&statement);
        let row = match &self.at_hand {
            None => return self.pool.query_one_raw(statement).await,
            Some(AtHand::Postgres(shelf)) => shelf.one(statement).await,
            Some(AtHand::Sqlite(shelf)) => shelf.one(statement).await,
        };
        self.tell(told);
        row
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let told = self.told(&statement);
        let rows = match &self.at_hand {
            None => return self.pool.query_all_raw(statement).await,
            Some(AtHand::Postgres(shelf)) => shelf.all(statement).await,
            Some(AtHand::Sqlite(shelf)) => shelf.all(statement).await,
        };
        self.tell(told);
        rows
    }
}

/// Connections kept at hand.
struct Shelf<D: sqlx::Database> {
    pool: Pool<D>,
    /// How many statements run at once.
    places: Semaphore,
    /// The one used last is used next: it is warm.
    kept: Mutex<Vec<Kept<D>>>,
}

struct Kept<D: sqlx::Database> {
    connection: PoolConnection<D>,
    taken_at: Instant,
    used_at: Instant,
}

impl<D: sqlx::Database> Shelf<D> {
    fn new(pool: Pool<D>, places: usize) -> Self {
        Self { pool, places: Semaphore::new(places), kept: Mutex::new(Vec::with_capacity(places)) }
    }

    fn clear(&self) {
        // Dropped after the lock: giving back is the pool's business.
        let _kept = std::mem::take(&mut *self.kept.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Whether others may be waiting for a connection of the pool.
    fn is_wanted(&self) -> bool {
        self.pool.num_idle() == 0 && self.pool.size() >= self.pool.options().get_max_connections()
    }

    fn make_way(&self) {
        if self.is_wanted() {
            drop(self.pop());
        }
    }

    fn pop(&self) -> Option<Kept<D>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    async fn take(&self) -> Result<Kept<D>, DbErr> {
        let now = Instant::now();
        if let Some(kept) = self.pop() {
            if now.duration_since(kept.used_at) < IDLE {
                return Ok(kept);
            }
            // Going back to the pool it is asked whether it lives; before another is waited for, or that wait may be for
            // this one.
            drop(kept);
        }
        let connection = self.pool.acquire().await.map_err(not_acquired)?;
        Ok(Kept { connection, taken_at: now, used_at: now })
    }

    fn put_back(&self, kept: Kept<D>) {
        let now = Instant::now();
        if now.duration_since(kept.taken_at) < KEPT_FOR && !self.pool.is_closed() && !self.is_wanted() {
            self.kept.lock().unwrap_or_else(PoisonError::into_inner).push(Kept { used_at: now, ..kept });
        }
    }

    /// What a statement that went wrong leaves behind: a server that is gone has closed all of them.
    fn failed(&self, error: sqlx::Error) -> DbErr {
        let is_gone = match &error {
            sqlx::Error::Database(told) => told.code().unwrap_or_default().starts_with(SHUT_DOWN),
            sqlx::Error::RowNotFound => false,
            _ => true,
        };
        if is_gone {
            self.clear();
        }
        DbErr::Query(RuntimeErr::SqlxError(error.into()))
    }
}

impl<D> Shelf<D>
where
    D: sqlx::Database,
    for<'connection> &'connection mut D::Connection: Executor<'connection, Database = D>,
    SqlxValues: IntoArguments<D>,
    QueryResult: From<D::Row>,
{
    async fn one(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        let _place = self.place().await?;
        let mut taken = self.take().await?;
        let Statement { sql, values, .. } = statement;
        let query = sqlx::query_with(AssertSqlSafe(sql), values_of(values));
        let row = in_time(query.fetch_optional(&mut *taken.connection)).await.map_err(|error| self.failed(error))?;
        self.put_back(taken);
        Ok(row.map(QueryResult::from))
    }

    async fn all(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let _place = self.place().await?;
        let mut taken = self.take().await?;
        let Statement { sql, values, .. } = statement;
        let query = sqlx::query_with(AssertSqlSafe(sql), values_of(values));
        let rows = in_time(query.fetch_all(&mut *taken.connection)).await.map_err(|error| self.failed(error))?;
        self.put_back(taken);
        Ok(rows.into_iter().map(QueryResult::from).collect())
    }

    /// Nobody waits for ever; the pool's patience counts here as well.
    async fn place(&self) -> Result<tokio::sync::SemaphorePermit<'_>, DbErr> {
        if let Ok(place) = self.places.try_acquire() {
            return Ok(place);
        }
        let patience = self.pool.options().get_acquire_timeout();
        match tokio::time::timeout(patience, self.places.acquire()).await {
            Ok(Ok(place)) => Ok(place),
            Ok(Err(_)) => Err(not_acquired(sqlx::Error::PoolClosed)),
            Err(_) => Err(not_acquired(sqlx::Error::PoolTimedOut)),
        }
    }
}

/// What was given up leaves a connection in the middle of an answer; the pool's questions find that out.
async fn in_time<T>(answer: impl Future<Output = Result<T, sqlx::Error>>) -> Result<T, sqlx::Error> {
    match tokio::time::timeout(ANSWER_LIMIT, answer).await {
        Ok(answer) => answer,
        Err(_) => Err(sqlx::Error::Io(std::io::ErrorKind::TimedOut.into())),
    }
}

/// As sea-orm names it.
fn not_acquired(error: sqlx::Error) -> DbErr {
    match error {
        sqlx::Error::PoolTimedOut => DbErr::ConnectionAcquire(ConnAcquireErr::Timeout),
        sqlx::Error::PoolClosed => DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed),
        error => DbErr::Conn(RuntimeErr::SqlxError(error.into())),
    }
}

fn values_of(values: Option<Values>) -> SqlxValues {
    SqlxValues(values.unwrap_or_else(|| Values(Vec::new())))
}

impl<D: sqlx::Database> Drop for Shelf<D> {
    fn drop(&mut self) {
        let kept = std::mem::take(&mut *self.kept.lock().unwrap_or_else(PoisonError::into_inner));
        // Giving back needs a runtime; without one the process is ending, and the system closes them.
        if tokio::runtime::Handle::try_current().is_err() {
            std::mem::forget(kept);
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use crate::database::Database;
    use crate::scratch::ScratchDatabase;
    use sea_orm::{ConnectionTrait as _, Statement};

    async fn number(database: &Database, query: &str) -> i64 {
        let reader = database.reader();
        let row = reader.query_one_raw(Statement::from_string(reader.get_database_backend(), query)).await;
        row.expect("answered").expect("a row").try_get_by_index(0).expect("a number")
    }

    const COUNT: &str = "SELECT COUNT(*) FROM kept";

    async fn scratch() -> (ScratchDatabase, Database) {
        let scratch = ScratchDatabase::create_bare().await.unwrap();
        let database = Database::connect(scratch.url(), 8).await.unwrap();
        let transaction = database.begin_write().await.unwrap();
        transaction.execute_unprepared("CREATE TABLE kept (id integer PRIMARY KEY)").await.unwrap();
        transaction.commit().await.unwrap();
        (scratch, database)
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn what_was_just_committed_is_read() {
        let (_scratch, database) = scratch().await;
        for count in 1..=20 {
            let transaction = database.begin_write().await.unwrap();
            transaction.execute_unprepared(&format!("INSERT INTO kept VALUES ({count})")).await.unwrap();
            assert_eq!(number(&database, COUNT).await, count - 1, "nothing is read before it is committed");
            transaction.commit().await.unwrap();
            assert_eq!(number(&database, COUNT).await, count);
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_read_given_up_half_way_harms_none_of_those_after_it() {
        let (_scratch, database) = scratch().await;
        assert_eq!(number(&database, COUNT).await, 0);
        for round in 0..50 {
            // Polled a few times only, then dropped.
            let mut given_up = Box::pin(number(&database, "SELECT 7777 + COUNT(*) FROM kept"));
            for _ in 0..round % 5 {
                if (&mut given_up).now_or_never().is_some() {
                    given_up = Box::pin(number(&database, COUNT));
                }
                tokio::task::yield_now().await;
            }
            drop(given_up);
            assert_eq!(number(&database, COUNT).await, 0);
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_statement_that_is_wrong_harms_none_of_those_after_it() {
        let (_scratch, database) = scratch().await;
        let reader = database.reader();
        for _ in 0..20 {
            let wrong = Statement::from_string(reader.get_database_backend(), "SELECT id FROM nowhere");
            assert!(reader.query_all_raw(wrong).await.is_err());
            assert_eq!(number(&database, COUNT).await, 0);
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn readers_keep_no_writer_waiting_and_writers_no_reader() {
        let (_scratch, database) = scratch().await;
        let reads = (0..64).map(|_| number(&database, COUNT));
        futures_util::future::join_all(reads).await;
        // As many writers as the pool has connections; SQLite takes one after the other.
        let write = async |id: usize| {
            let transaction = database.begin_write().await.unwrap();
            transaction.execute_unprepared(&format!("INSERT INTO kept VALUES ({id})")).await.unwrap();
            transaction.commit().await.unwrap();
        };
        futures_util::future::join_all((0..32).map(write)).await;
        let reads = (0..64).map(|_| number(&database, COUNT));
        assert!(futures_util::future::join_all(reads).await.into_iter().all(|count| count == 32));
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_server_that_closed_every_connection_is_asked_again() {
        let (scratch, database) = scratch().await;
        if database.is_sqlite() {
            return; // no server
        }
        futures_util::future::join_all((0..16).map(|_| number(&database, COUNT))).await;
        let others = Database::connect(scratch.url(), 1).await.unwrap();
        let close = "SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity \
                     WHERE datname = current_database() AND pid <> pg_backend_pid()";
        assert!(number(&others, close).await > 0);
        let reader = database.reader();
        let ask = || reader.query_one_raw(Statement::from_string(reader.get_database_backend(), COUNT));
        // The first may meet a connection that has just been closed; then nobody meets another one.
        let mut refused = 0;
        while ask().await.is_err() {
            refused += 1;
            assert!(refused <= 8, "as many as there are connections at most");
        }
        assert_eq!(number(&database, COUNT).await, 0);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn every_statement_is_told_once() {
        let (_scratch, mut database) = scratch().await;
        let told = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
        let list = told.clone();
        database.on_statement(move |statement| list.lock().unwrap().push(statement.sql.clone()));
        assert_eq!(number(&database, COUNT).await, 0);
        assert_eq!(*told.lock().unwrap(), [COUNT]);
    }
}
