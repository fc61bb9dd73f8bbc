//! Bringing the schema up to date beside nodes that go on working: one process at a time, and without making others wait
//! behind a change that itself has to wait (docs/decisions/0009).

use std::time::Duration;

use anyhow::Context;
use migrations::MigratorTrait;
use sea_orm::{
    ConnectOptions, ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbErr, Statement, TransactionTrait,
};

/// Whoever holds this lock of PostgreSQL changes the schema.
const SCHEMA_LOCK: i64 = 7_346_201_956;
/// How long a change waits for a table before it steps back and lets those through who wait behind it.
const LOCK_TIMEOUT: &str = "3s";
/// PostgreSQL's words for a lock that was not had in time, and for two who would wait for each other for ever.
const NOT_HAD: [&str; 2] = ["55P03", "40P01"];
/// Steps back this often before it is an error: a table is held for minutes.
const TRIES_MAX: u32 = 60;
const PAUSE: Duration = Duration::from_millis(500);

/// Applies what is pending on PostgreSQL, through connections of its own.
pub(crate) async fn on_server(options: &ConnectOptions) -> anyhow::Result<()> {
    let mut options = options.clone();
    options
        .max_connections(2)
        .min_connections(0)
        // A change may take as long as it needs once it runs.
        .sqlx_slow_statements_logging_settings(log::LevelFilter::Off, Duration::ZERO)
        .map_sqlx_postgres_opts(|options| options.options([("lock_timeout", LOCK_TIMEOUT)]));
    let connection = sea_orm::Database::connect(options).await.context("无法连接数据库")?;
    let applied = alone(&connection).await;
    connection.close().await?;
    applied
}

/// Applies what is pending on SQLite, where a change of the schema is a write like any other.
pub(crate) async fn in_file(connection: &DatabaseConnection) -> anyhow::Result<()> {
    migrations::Migrator::up(connection, None).await.context("数据库升级失败")
}

async fn alone(connection: &DatabaseConnection) -> anyhow::Result<()> {
    let lock = hold_lock(connection).await?;
    let mut tries = 0;
    loop {
        match migrations::Migrator::up(connection, None).await {
            Ok(()) => break,
            // What was applied so far stays; the change that had to wait is tried again as a whole.
            Err(error) if tries < TRIES_MAX && waits_for_a_table(&error) => {
                tries += 1;
                tracing::warn!(tries, "a change of the schema waits for a table that others use");
                tokio::time::sleep(PAUSE).await;
            }
            Err(error) => return Err(error).context("数据库升级失败"),
        }
    }
    Ok(lock.rollback().await?)
}

/// The lock lives as long as the transaction. It is asked for again and again instead of waited for: an index that is
/// built beside writers waits for every statement that began before it, also for one that waits for this lock.
pub(crate) async fn hold_lock(connection: &DatabaseConnection) -> anyhow::Result<DatabaseTransaction> {
    let backend = connection.get_database_backend();
    loop {
        let transaction = connection.begin().await?;
        let ask = Statement::from_string(backend, format!("SELECT pg_try_advisory_xact_lock({SCHEMA_LOCK}) AS held"));
        let row = transaction.query_one_raw(ask).await?.context("PostgreSQL 没有回答")?;
        if row.try_get::<bool>("", "held")? {
            // It says nothing while another connection makes the changes, for as long as they take; PostgreSQL would take it
            // for one that was left alone, and with it the lock.
            transaction.execute_unprepared("SET LOCAL idle_in_transaction_session_timeout = 0").await?;
            return Ok(transaction);
        }
        transaction.rollback().await?;
        tokio::time::sleep(PAUSE).await;
    }
}

fn waits_for_a_table(error: &DbErr) -> bool {
    let (DbErr::Exec(cause) | DbErr::Query(cause)) = error else { return false };
    let sea_orm::RuntimeErr::SqlxError(cause) = cause else { return false };
    cause.as_database_error().and_then(|told| told.code()).is_some_and(|code| NOT_HAD.contains(&code.as_ref()))
}
