//! Whether an error means that something we stand on is away for a while (database, file store, disk, a key that other nodes
//! have already), or that we are wrong ourselves. The first is answered with 503 and passes by itself; the second is an alarm.

use std::error::Error;
use std::io;

use axum::http::StatusCode;
use sea_orm::sqlx;
use sea_orm::{DbErr, RuntimeErr, SqlxSqliteError};

use crate::problem::Problem;
use crate::vault::UnknownKey;

/// Classes and codes of PostgreSQL: connections, want of room or memory, a server that stops, starts or is a standby,
/// trouble of its machine, rows that others hold for too long, and conflicts that the next try does not have.
const POSTGRES: [&str; 8] = ["08", "53", "55P03", "57P", "58", "25006", "40001", "40P01"];
/// Busy, locked, trouble of the disk, full, not to be opened (<https://www.sqlite.org/rescode.html>).
const SQLITE: [u32; 5] = [5, 6, 10, 13, 14];

/// Whether this error or one that caused it is an outage.
pub fn is_outage(error: &(dyn Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        let away = error.downcast_ref::<DbErr>().is_some_and(of_database)
            || error.downcast_ref::<sqlx::Error>().is_some_and(of_driver)
            || error.downcast_ref::<object_store::Error>().is_some_and(of_store)
            || error.downcast_ref::<Problem>().is_some_and(told_already)
            || error.is::<UnknownKey>()
            || error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::StorageFull);
        if away {
            return true;
        }
        cause = error.source();
    }
    false
}

fn of_database(error: &DbErr) -> bool {
    match error {
        DbErr::ConnectionAcquire(_) | DbErr::Conn(_) => true,
        // The conversion of a sealed column cannot say it otherwise.
        DbErr::TryIntoErr { source, .. } => source.is::<UnknownKey>(),
        DbErr::Exec(RuntimeErr::SqlxError(error)) | DbErr::Query(RuntimeErr::SqlxError(error)) => of_driver(error),
        _ => false,
    }
}

fn of_driver(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::Protocol(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed => true,
        sqlx::Error::Database(error) => {
            let code = error.code().unwrap_or_default();
            if error.try_downcast_ref::<SqlxSqliteError>().is_some() {
                // The lowest byte is the kind, the others say more.
                code.parse::<u32>().is_ok_and(|code| SQLITE.contains(&(code & 0xFF)))
            } else {
                POSTGRES.iter().any(|away| code.starts_with(away))
            }
        }
        _ => false,
    }
}

/// The store was asked in vain; that something is not there, or is there already, is an answer.
fn of_store(error: &object_store::Error) -> bool {
    matches!(error, object_store::Error::Generic { .. })
}

/// What was answered as an outage further down stays one.
fn told_already(problem: &Problem) -> bool {
    problem.status() == StatusCode::SERVICE_UNAVAILABLE
}

#[cfg(test)]
mod tests {
    use anyhow::Context;
    use sea_orm::{ConnectOptions, ConnectionTrait, Database};

    use super::*;
    use crate::files::FileStore;

    #[tokio::test]
    async fn a_database_that_is_away_is_an_outage_and_a_wrong_statement_is_not() {
        let mut options = ConnectOptions::new("sqlite::memory:");
        options.max_connections(1);
        let database = Database::connect(options).await.unwrap();
        let wrong = database.execute_unprepared("SELECT nothing FROM nowhere").await.unwrap_err();
        assert!(!is_outage(&wrong), "{wrong}");
        assert_eq!(Problem::from(wrong).status().as_u16(), 500);
        database.execute_unprepared("CREATE TABLE small (content TEXT)").await.unwrap();
        database.execute_unprepared("PRAGMA max_page_count = 2").await.unwrap();
        let full = database.execute_unprepared("INSERT INTO small VALUES (hex(randomblob(100000)))").await.unwrap_err();
        assert!(is_outage(&full), "{full}");
        database.clone().close().await.unwrap();
        let closed = database.execute_unprepared("SELECT 1").await.unwrap_err();
        let problem = Problem::from(closed);
        assert_eq!(problem.status().as_u16(), 503);
        let through_a_room = anyhow::Error::from(problem).context("in the middle of an import");
        assert_eq!(Problem::from(through_a_room).status().as_u16(), 503, "it stays what it was");
    }

    #[tokio::test]
    async fn a_store_that_does_not_answer_is_an_outage_and_a_file_that_is_not_there_is_not() {
        let mut config = crate::config::Config::load_from(None, []).unwrap().files;
        let directory = std::env::temp_dir().join(crate::ids::new_id_text("tejian-outage"));
        config.directory = directory.display().to_string();
        let absent = FileStore::open(&config).unwrap().get("reports/nobody.pdf").await.unwrap_err();
        assert!(!is_outage(absent.as_ref()), "{absent:#}");
        std::fs::remove_dir_all(directory).unwrap();
        // Nobody listens on port 1.
        config.s3_endpoint = "http://127.0.0.1:1".to_owned();
        config.s3_bucket = "somewhere".to_owned();
        config.s3_region = "us-east-1".to_owned();
        let store = FileStore::open(&config).unwrap();
        let away = store.get("reports/nobody.pdf").await.context("of a person").unwrap_err();
        assert!(is_outage(away.as_ref()), "{away:#}");
        assert!(format!("{away:#}").contains("refused"), "it was asked: {away:#}");
        assert_eq!(Problem::from(away).status().as_u16(), 503);
    }
}
