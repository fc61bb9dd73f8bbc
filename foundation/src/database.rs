//! One database, SQLite or PostgreSQL, behind the same calls. Writers pass through [`Database::begin_write`]: on SQLite a
//! deferred transaction that reads first and writes later fails at once when another writer was faster, so every
//! writing transaction is `IMMEDIATE` and queues fairly in the process.

use std::collections::HashSet;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use log::LevelFilter;
use migrations::{MigratorTrait, SchemaManager};
use sea_orm::sqlx::{self, Connection as _, Executor as _};
use sea_orm::{
    ConnectOptions, ConnectionTrait, DatabaseBackend, DatabaseTransaction, DbErr, SqliteTransactionMode, Statement,
    TransactionOptions, TransactionTrait,
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::reader::{IDLE, Reader};
use crate::replica::{self, Replica};
use crate::upgrade;

/// A statement that takes longer is told in the log.
const SLOW_STATEMENT: Duration = Duration::from_millis(500);
/// How long a PostgreSQL may take to say that a connection is well. A server that froze, or a network that swallows
/// everything, closes nothing: a connection that was left in the middle of a statement would wait for its answer for ever,
/// and keep its place in the pool.
const ANSWER_LIMIT: Duration = Duration::from_millis(if cfg!(test) { 500 } else { 5_000 });
/// What a connection asks of PostgreSQL: a node that vanished in the middle of a transaction does not hold its rows for long,
/// and meanwhile whoever wants them hears so before WeChat loses its patience (five seconds), and does not hold what others
/// want. Every transaction of ours is over long before.
const ON_CONNECT: &str = "SET idle_in_transaction_session_timeout = '60s'; SET lock_timeout = '3s'";
/// What it asks besides: whoever gave up waiting for a row is gone at the server too, where otherwise all places would be
/// taken by and by. A server on another system than Linux refuses it, and works without.
const ON_CONNECT_IF_KNOWN: &str = if cfg!(test) {
    "SET client_connection_check_interval = '500ms'"
} else {
    "SET client_connection_check_interval = '10s'"
};
/// Whoever waits longer for a connection is told that the database is away: a page must not hang on a server that is gone.
const SERVER_PATIENCE: Duration = Duration::from_secs(5);
/// A file is never gone; its one writer may be at work for a while.
const FILE_PATIENCE: Duration = Duration::from_secs(15);

/// A pool of connections; cheap to clone.
#[derive(Clone)]
pub struct Database {
    connection: Reader,
    /// How the pool was connected.
    options: ConnectOptions,
    /// A copy that follows it, for reads that may be a little behind.
    pub(crate) replica: Option<Arc<Replica>>,
    /// One writer at a time on SQLite; not used on PostgreSQL.
    writer: Option<Arc<Semaphore>>,
}

impl Database {
    /// Connects to `sqlite://file.db?mode=rwc`, `sqlite::memory:` or `postgres://…`.
    pub async fn connect(url: &str, max_connections: u32) -> anyhow::Result<Self> {
        let sqlite = url.starts_with("sqlite:");
        if !sqlite && !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
            bail!("database.url 应以 sqlite: 或 postgres:// 开头");
        }
        let mut options = ConnectOptions::new(url.to_owned());
        // An in-memory database lives in its one connection.
        let connections = if url.contains(":memory:") { 1 } else { max_connections.max(1) };
        options
            .max_connections(connections)
            .min_connections(1)
            .acquire_timeout(if sqlite { FILE_PATIENCE } else { SERVER_PATIENCE })
            // What is slow is told with its text and without its values.
            .sqlx_logging_level(LevelFilter::Off)
            .sqlx_slow_statements_logging_settings(LevelFilter::Warn, SLOW_STATEMENT);
        if sqlite {
            options.test_before_acquire(false);
            // A full disk makes SQLite take a transaction back by itself, of which the pool's count of open transactions
            // hears nothing: what came after on such a connection would be a part of a transaction that never ends, and
            // answered for without being written. It is closed instead.
            options.map_sqlx_sqlite_pool_opts(|pool| {
                pool.after_release(|connection, _| {
                    Box::pin(async move {
                        // What was given up is taken back first.
                        connection.ping().await?;
                        Ok(!connection.is_in_transaction())
                    })
                })
            });
            options.map_sqlx_sqlite_opts(|sqlite_options| {
                sqlite_options
                    .foreign_keys(true)
                    .busy_timeout(FILE_PATIENCE)
                    .pragma("journal_mode", "WAL")
                    // Every commit reaches the disk: a fen that was answered for survives a power failure.
                    .pragma("synchronous", "FULL")
                    .pragma("temp_store", "MEMORY")
                    .pragma("cache_size", "-65536")
            });
        } else {
            // A question before every statement would double the round trips of a page; a connection that was used a
            // moment ago is asked nothing.
            options.test_before_acquire_if_idle_for(IDLE);
            options.map_sqlx_postgres_pool_opts(|pool| {
                pool.after_connect(|connection, _| {
                    Box::pin(async move {
                        connection.execute(ON_CONNECT).await?;
                        match connection.execute(ON_CONNECT_IF_KNOWN).await {
                            Ok(_) => Ok(()),
                            Err(sqlx::Error::Database(refusal)) => {
                                tracing::debug!("PostgreSQL does not look after lost clients: {refusal}");
                                Ok(())
                            }
                            Err(problem) => Err(problem),
                        }
                    })
                })
                .after_release(|connection, _| {
                    Box::pin(async move {
                        match tokio::time::timeout(ANSWER_LIMIT, connection.ping()).await {
                            Ok(answer) => answer.map(|()| true),
                            Err(_) => Err(sqlx::Error::Io(std::io::ErrorKind::TimedOut.into())),
                        }
                    })
                })
            });
        }
        let connection = sea_orm::Database::connect(options.clone()).await.context("无法连接数据库")?;
        let connection = Reader::keeping(connection, connections);
        Ok(Self { connection, options, replica: None, writer: sqlite.then(|| Arc::new(Semaphore::new(1))) })
    }

    /// Brings the schema up to date. Nodes of this version and of the one before may go on working meanwhile, and may do
    /// the same at the same time.
    ///
    /// # Errors
    /// When a change fails, or a table that it needs is held by others for minutes.
    pub async fn migrate(&self) -> anyhow::Result<()> {
        if self.is_sqlite() {
            return upgrade::in_file(&self.connection).await;
        }
        upgrade::on_server(&self.options).await
    }

    /// Changes of this version that are not applied yet. Those of a newer version, which this one does not know, are no
    /// matter: they only add, so that the nodes of the version before go on working. Asking changes nothing: an empty database
    /// stays empty, so that a copy can be restored into it.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn pending_migrations(&self) -> anyhow::Result<usize> {
        // Asked for its rows, the migrator makes the table first.
        let table = migrations::Migrator::migration_table_name().to_string();
        if !SchemaManager::new(&*self.connection).has_table(table).await? {
            return Ok(migrations::Migrator::migrations().len());
        }
        let applied = migrations::Migrator::get_migration_models(&*self.connection).await?;
        let applied: HashSet<String> = applied.into_iter().map(|change| change.version).collect();
        let known = migrations::Migrator::get_migration_files();
        Ok(known.iter().filter(|change| !applied.contains(change.name())).count())
    }

    /// Tells `listener` of every statement that runs from now on, with its values, after it ran: for tests that ask the
    /// database how it goes about the very statements that the product sends. Clones made earlier tell nothing.
    pub fn on_statement(&mut self, listener: impl Fn(&Statement) + Send + Sync + 'static) {
        self.connection.listen(Arc::new(listener));
    }

    /// For reading. Do not write through it: use [`Database::begin_write`].
    pub fn reader(&self) -> &Reader {
        match &self.replica {
            Some(replica) if replica::is_behind() => &replica.connection,
            _ => &self.connection,
        }
    }

    /// Whether this is SQLite.
    pub fn is_sqlite(&self) -> bool {
        self.connection.get_database_backend() == DatabaseBackend::Sqlite
    }

    /// Opens a transaction that may write. Keep it short, and make no network call inside.
    pub async fn begin_write(&self) -> Result<WriteTransaction, DbErr> {
        let permit = match &self.writer {
            Some(writer) => Some(
                Arc::clone(writer)
                    .acquire_owned()
                    .await
                    .map_err(|_| DbErr::Custom("the database is being closed".to_owned()))?,
            ),
            None => None,
        };
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..Default::default()
        };
        self.connection.make_way();
        let transaction = self.connection.begin_with_options(options).await?;
        Ok(WriteTransaction { transaction, _permit: permit })
    }

    /// Answers if the database answers.
    pub async fn ping(&self) -> Result<(), DbErr> {
        let backend = self.connection.get_database_backend();
        self.connection.query_one_raw(Statement::from_string(backend, "SELECT 1")).await.map(|_| ())
    }
}

/// A transaction that may write; dropped without [`WriteTransaction::commit`] it leaves no trace.
pub struct WriteTransaction {
    transaction: DatabaseTransaction,
    _permit: Option<OwnedSemaphorePermit>,
}

impl WriteTransaction {
    /// Makes it durable.
    pub async fn commit(self) -> Result<(), DbErr> {
        self.transaction.commit().await
    }
    /// Waits no longer than this for each row that others hold; then the statement fails, and the transaction with it. (On
    /// SQLite nobody holds rows beside a transaction that writes.)
    ///
    /// # Errors
    /// Of the database.
    pub async fn be_patient_for(&self, patience: Duration) -> Result<(), DbErr> {
        if self.transaction.get_database_backend() == DatabaseBackend::Postgres {
            let limit = format!("SET LOCAL lock_timeout = '{}ms'", patience.as_millis());
            self.transaction.execute_unprepared(&limit).await?;
        }
        Ok(())
    }
    /// Undoes it (dropping does the same).
    pub async fn rollback(self) -> Result<(), DbErr> {
        self.transaction.rollback().await
    }
}

impl Deref for WriteTransaction {
    type Target = DatabaseTransaction;
    fn deref(&self) -> &DatabaseTransaction {
        &self.transaction
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A line to the server whose present connections fall silent when `silence` is told so.
    async fn line_to(server: String, silence: &tokio::sync::watch::Sender<u32>) -> u16 {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let silence = silence.clone();
        tokio::spawn(async move {
            while let Ok((mut near, _)) = listener.accept().await {
                let (mut silenced, server) = (silence.subscribe(), server.clone());
                tokio::spawn(async move {
                    let mut far = tokio::net::TcpStream::connect(server).await.unwrap();
                    tokio::select! {
                        _ = tokio::io::copy_bidirectional(&mut near, &mut far) => {}
                        _ = silenced.changed() => std::future::pending().await,
                    }
                });
            }
        });
        port
    }

    /// A PostgreSQL behind such a line, and what silences it; nothing on SQLite, which has no line.
    async fn at_the_end_of_a_line(
        connections: u32,
    ) -> Option<(crate::scratch::ScratchDatabase, Database, tokio::sync::watch::Sender<u32>)> {
        let scratch = crate::scratch::ScratchDatabase::create().await.unwrap();
        if scratch.url().starts_with("sqlite") {
            return None;
        }
        let (before, after) = scratch.url().split_once('@').unwrap();
        let (server, name) = after.split_once('/').unwrap();
        let silence = tokio::sync::watch::Sender::new(0);
        let port = line_to(server.to_owned(), &silence).await;
        let url = format!("{before}@127.0.0.1:{port}/{name}");
        let database = Database::connect(&url, connections).await.unwrap();
        Some((scratch, database, silence))
    }

    #[tokio::test]
    async fn a_connection_that_hears_nothing_any_more_does_not_keep_its_place() {
        let Some((_scratch, database, silence)) = at_the_end_of_a_line(1).await else { return };
        let write = database.begin_write().await.unwrap();
        silence.send_replace(1);
        // The machine at the other end is gone without a word; whoever waited for an answer gives up.
        let asked = write.execute_unprepared("SELECT 1");
        assert!(tokio::time::timeout(ANSWER_LIMIT, asked).await.is_err(), "nobody answers");
        drop(write);
        // The only place there is goes to a new connection.
        database.ping().await.unwrap();
    }

    #[tokio::test]
    async fn the_lock_of_those_who_change_the_schema_is_not_lost_over_a_long_change() {
        let scratch = crate::scratch::ScratchDatabase::create().await.unwrap();
        let database = Database::connect(scratch.url(), 2).await.unwrap();
        if database.is_sqlite() {
            return;
        }
        let connection = sea_orm::Database::connect(database.options.clone()).await.unwrap();
        let limit = async |asked: &DatabaseTransaction| {
            let show = Statement::from_string(DatabaseBackend::Postgres, "SHOW idle_in_transaction_session_timeout");
            asked.query_one_raw(show).await.unwrap().unwrap().try_get_by_index::<String>(0).unwrap()
        };
        let lock = upgrade::hold_lock(&connection).await.unwrap();
        assert_eq!(limit(&lock).await, "0", "it idles as long as the changes take");
        lock.rollback().await.unwrap();
        assert_eq!(limit(&connection.begin().await.unwrap()).await, "1min", "everything else does not");
    }

    #[tokio::test]
    async fn whoever_gave_up_waiting_for_a_row_takes_no_place_at_the_server() {
        const HOLD: &str = "SELECT pg_advisory_xact_lock(1)";
        let scratch = crate::scratch::ScratchDatabase::create().await.unwrap();
        let database = Database::connect(scratch.url(), 8).await.unwrap();
        if database.is_sqlite() {
            return;
        }
        let holder = database.begin_write().await.unwrap();
        holder.execute_unprepared(HOLD).await.unwrap();
        let others = database.clone();
        let waiter = tokio::spawn(async move {
            let write = others.begin_write().await.unwrap();
            write.be_patient_for(Duration::from_secs(600)).await.unwrap();
            write.execute_unprepared(HOLD).await.unwrap();
        });
        let until_waiting = async |wanted: i64| {
            let ask =
                "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
            loop {
                let ask = Statement::from_string(DatabaseBackend::Postgres, ask);
                let row = database.reader().query_one_raw(ask).await.unwrap().unwrap();
                if row.try_get_by_index::<i64>(0).unwrap() == wanted {
                    return;
                }
                tokio::task::yield_now().await;
            }
        };
        until_waiting(1).await;
        waiter.abort();
        let gone = tokio::time::timeout(Duration::from_secs(30), until_waiting(0)).await;
        assert!(gone.is_ok(), "nobody listens to it any more, and what it waits for is still held");
        drop(holder);
    }

    #[tokio::test]
    async fn after_a_full_disk_what_is_answered_for_is_written() {
        let path = std::env::temp_dir().join(crate::ids::new_id_text("full"));
        let url = format!("sqlite://{}?mode=rwc", path.display());
        let database = Database::connect(&url, 1).await.unwrap();
        let others = Database::connect(&url, 1).await.unwrap();
        let run = async |statement: &str| {
            let transaction = database.begin_write().await?;
            transaction.execute_unprepared(statement).await?;
            transaction.commit().await
        };
        run("CREATE TABLE kept (id integer PRIMARY KEY, text text)").await.unwrap();
        database.reader().execute_unprepared("PRAGMA max_page_count = 8").await.unwrap();
        let full = run("INSERT INTO kept (text) VALUES (zeroblob(100000))").await.unwrap_err();
        assert!(full.to_string().contains("full"), "{full}");
        // Space is there again; one more goes wrong for another reason, and then one is answered for.
        database.reader().execute_unprepared("PRAGMA max_page_count = 100000").await.unwrap();
        run("INSERT INTO nowhere VALUES (1)").await.unwrap_err();
        run("INSERT INTO kept (id) VALUES (7)").await.unwrap();
        let ask = Statement::from_string(DatabaseBackend::Sqlite, "SELECT COUNT(*) FROM kept WHERE id = 7");
        let row = others.reader().query_one_raw(ask).await.unwrap().unwrap();
        assert_eq!(row.try_get_by_index::<i64>(0).unwrap(), 1, "others see it");
        for ending in ["", "-wal", "-shm"] {
            std::fs::remove_file(format!("{}{ending}", path.display())).ok();
        }
    }

    #[tokio::test]
    async fn asking_an_empty_database_what_is_pending_leaves_it_empty() {
        let database = Database::connect("sqlite::memory:", 1).await.unwrap();
        let all = migrations::Migrator::migrations().len();
        for _ in 0..2 {
            assert_eq!(database.pending_migrations().await.unwrap(), all);
        }
        let tables = Statement::from_string(DatabaseBackend::Sqlite, "SELECT COUNT(*) FROM sqlite_master");
        let row = database.reader().query_one_raw(tables).await.unwrap().unwrap();
        assert_eq!(row.try_get_by_index::<i64>(0).unwrap(), 0);
        database.migrate().await.unwrap();
        assert_eq!(database.pending_migrations().await.unwrap(), 0);
    }

    #[tokio::test]
    async fn a_read_from_a_server_that_vanished_ends_and_the_next_one_is_answered() {
        let Some((_scratch, database, silence)) = at_the_end_of_a_line(8).await else { return };
        let read = || database.reader().query_one_raw(Statement::from_string(DatabaseBackend::Postgres, "SELECT 1"));
        read().await.unwrap();
        silence.send_replace(1);
        let error = read().await.expect_err("nobody answers");
        assert!(crate::outage::is_outage(&error), "{error}");
        read().await.unwrap();
    }
}
