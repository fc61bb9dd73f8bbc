//! Jobs over a database of their own: who has them and when, how they end, and what stays of them.

use foundation::database::Database;
use sea_orm::{ConnectionTrait, Statement};

mod claims;
mod dead;
mod endings;
mod finished;
mod ground;
mod house;

const NOW: i64 = 1_785_722_400_000;
const DAY_MS: i64 = 86_400_000;

/// The first figure that a query answers.
async fn number(database: &Database, query: &str) -> i64 {
    let statement = Statement::from_string(database.reader().get_database_backend(), query);
    database.reader().query_one_raw(statement).await.unwrap().unwrap().try_get_by_index(0).unwrap()
}
