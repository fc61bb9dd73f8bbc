//! A database of one's own for the length of a test or a measurement: a SQLite file, or, when `TEJIAN_TEST_POSTGRES` names
//! a server, a PostgreSQL database on it. It is gone when the value is dropped.

use std::path::PathBuf;

use anyhow::Context;
use migrations::MigratorTrait;
use sea_orm::ConnectionTrait;

use crate::database::Database;
use crate::ids::new_id_text;
use crate::secret_hash::sha256_hex;

/// Names a PostgreSQL server on which databases may be made: `postgres://user@host/postgres`.
pub const POSTGRES_VARIABLE: &str = "TEJIAN_TEST_POSTGRES";
/// Names a Redis that may be written to.
pub const REDIS_VARIABLE: &str = "TEJIAN_TEST_REDIS";
/// Only one process at a time makes the template.
const TEMPLATE_LOCK: i64 = 7_346_201_955;

/// An empty database with the current schema.
pub struct ScratchDatabase {
    url: String,
    place: Place,
}

enum Place {
    File(PathBuf),
    Server { address: String, name: String },
}

impl ScratchDatabase {
    /// Makes one.
    pub async fn create() -> anyhow::Result<Self> {
        match std::env::var(POSTGRES_VARIABLE) {
            Ok(address) if !address.is_empty() => Self::on_server(address).await,
            _ => Ok(Self::in_file()),
        }
    }

    /// Makes one in which there is nothing, not even a schema.
    ///
    /// # Errors
    /// When the server does not make it.
    pub async fn create_bare() -> anyhow::Result<Self> {
        match std::env::var(POSTGRES_VARIABLE) {
            Ok(address) if !address.is_empty() => {
                let server = Database::connect(&address, 1).await?;
                Self::of_template(server, address, "template1").await
            }
            _ => Ok(Self::in_file()),
        }
    }

    /// For `database.url`.
    pub fn url(&self) -> &str {
        &self.url
    }

    fn in_file() -> Self {
        // In memory where the system offers it: nothing here must survive a power failure.
        let shared_memory = PathBuf::from("/dev/shm");
        let directory = if shared_memory.is_dir() { shared_memory } else { std::env::temp_dir() };
        let path = directory.join(format!("{}.db", new_id_text("tejian")));
        Self { url: format!("sqlite://{}?mode=rwc", path.display()), place: Place::File(path) }
    }

    async fn on_server(address: String) -> anyhow::Result<Self> {
        let server = Database::connect(&address, 1).await?;
        let template = make_template(&server, &address).await?;
        Self::of_template(server, address, &template).await
    }

    async fn of_template(server: Database, address: String, template: &str) -> anyhow::Result<Self> {
        let name = new_id_text("tejian");
        server
            .reader()
            .execute_unprepared(&format!("CREATE DATABASE {name} TEMPLATE {template}"))
            .await
            .context("the database of a test cannot be made")?;
        server.reader().clone().close().await?;
        let url = on_database(&address, &name)?;
        Ok(Self { url, place: Place::Server { address, name } })
    }
}

/// Copying a database with the schema costs a fraction of building the schema anew.
async fn make_template(server: &Database, address: &str) -> anyhow::Result<String> {
    let names: Vec<String> = migrations::Migrator::migrations().iter().map(|change| change.name().to_owned()).collect();
    let name = format!("tejian_template_{}", &sha256_hex(names.join(",").as_bytes())[..16]);
    let connection = server.reader();
    connection.execute_unprepared(&format!("SELECT pg_advisory_lock({TEMPLATE_LOCK})")).await?;
    let made = make_template_once(connection, address, &name).await;
    connection.execute_unprepared(&format!("SELECT pg_advisory_unlock({TEMPLATE_LOCK})")).await?;
    made.map(|()| name)
}

async fn make_template_once(connection: &sea_orm::DatabaseConnection, address: &str, name: &str) -> anyhow::Result<()> {
    let look = format!("SELECT 1 AS found FROM pg_database WHERE datname = '{name}'");
    let statement = sea_orm::Statement::from_string(connection.get_database_backend(), look);
    if connection.query_one_raw(statement).await?.is_some() {
        return Ok(());
    }
    // Built under another name first: a template that is there is complete.
    let building = format!("{name}_new");
    connection.execute_unprepared(&format!("DROP DATABASE IF EXISTS {building}")).await?;
    connection.execute_unprepared(&format!("CREATE DATABASE {building}")).await?;
    let database = Database::connect(&on_database(address, &building)?, 1).await?;
    database.migrate().await?;
    database.reader().clone().close().await?;
    connection.execute_unprepared(&format!("ALTER DATABASE {building} RENAME TO {name}")).await?;
    Ok(())
}

fn on_database(address: &str, name: &str) -> anyhow::Result<String> {
    let (server, _) = address.rsplit_once('/').context("TEJIAN_TEST_POSTGRES should end with a database name")?;
    Ok(format!("{server}/{name}"))
}

impl Drop for ScratchDatabase {
    fn drop(&mut self) {
        match &self.place {
            Place::File(path) => {
                for ending in ["", "-wal", "-shm"] {
                    // What was never written is not there to be removed.
                    let _absent = std::fs::remove_file(format!("{}{ending}", path.display()));
                }
            }
            Place::Server { address, name } => drop_on_server(address.clone(), name.clone()),
        }
    }
}

/// Dropping is not asynchronous, so it has a thread and a runtime of its own. A failure leaves a database behind on a
/// server that is thrown away as a whole.
fn drop_on_server(address: String, name: String) {
    let work = async move {
        let server = Database::connect(&address, 1).await?;
        server.reader().execute_unprepared(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await?;
        anyhow::Ok(())
    };
    let dropped =
        std::thread::spawn(move || tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(work))
            .join();
    if !matches!(dropped, Ok(Ok(()))) {
        tracing::warn!("a scratch database was left behind");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn a_scratch_database_is_its_owners_alone_and_goes_with_it() {
        let (first, second) = tokio::join!(ScratchDatabase::create(), ScratchDatabase::create());
        let (first, second) = (first.unwrap(), second.unwrap());
        assert_ne!(first.url(), second.url());
        let database = Database::connect(first.url(), 2).await.unwrap();
        database.migrate().await.unwrap();
        assert_eq!(database.pending_migrations().await.unwrap(), 0);
        let url = first.url().to_owned();
        drop(first);
        drop(database);
        let missing = url.replace("?mode=rwc", "?mode=rw");
        assert!(Database::connect(&missing, 1).await.is_err(), "{missing} is still there");
    }
}
