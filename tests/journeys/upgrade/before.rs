//! The database as the release before left it.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use foundation::database::Database;
use foundation::scratch::ScratchDatabase;
use migrations::{Migrator, MigratorTrait};
use sea_orm::{ConnectionTrait, DatabaseConnection, Statement};
use serde::Deserialize;
use serde_json::Value;

use super::rules::schema_of;

/// Changes of the schema that the release before had.
const MIGRATIONS: u32 = 34;
const LAST_MIGRATION: &str = "m0071_guard";
const ROWS: &str = include_str!("rows.jsonl");
const SCHEMA: &str = include_str!("schema.txt");
/// Rows of one statement.
const AT_ONCE: usize = 100;

#[derive(Deserialize)]
struct Table {
    table: String,
    columns: Vec<String>,
    rows: Vec<Vec<Value>>,
}

fn tables() -> Vec<Table> {
    ROWS.lines().map(|line| serde_json::from_str(line).expect("a table a line")).collect()
}

/// The columns that the release before knew of a table that had rows.
pub fn columns_of(table: &str) -> Vec<String> {
    static KNOWN: LazyLock<BTreeMap<String, Vec<String>>> =
        LazyLock::new(|| tables().into_iter().map(|table| (table.table, table.columns)).collect());
    KNOWN.get(table).cloned().expect("a table of before")
}

/// How many rows each table had.
pub fn counts() -> Vec<(String, i64)> {
    let moving = ["jobs", "webhook_feed", "audit_chain"];
    let kept = tables().into_iter().filter(|table| !moving.contains(&table.table.as_str()));
    kept.map(|table| (table.table, i64::try_from(table.rows.len()).expect("few"))).collect()
}

/// Connects to it.
pub async fn connect(database: &ScratchDatabase) -> Database {
    Database::connect(database.url(), 4).await.expect("a database")
}

/// The schema of the release before, and its rows.
pub async fn database() -> ScratchDatabase {
    let scratch = ScratchDatabase::create_bare().await.expect("a database of its own");
    let database = connect(&scratch).await;
    Migrator::up(&**database.reader(), Some(MIGRATIONS)).await.expect("the schema of the release before");
    let last = Migrator::get_applied_migrations(database.reader()).await.expect("an answer");
    assert!(
        last.iter().any(|change| change.name() == LAST_MIGRATION),
        "{LAST_MIGRATION} is among the first {MIGRATIONS}"
    );
    let known = schema_of(database.reader()).await.columns_text();
    assert_eq!(known, SCHEMA, "a change that was released is never edited");
    let booleans = booleans(database.reader()).await;
    for table in tables() {
        let name = &table.table;
        execute(database.reader(), &format!("DELETE FROM {name}")).await;
        insert(database.reader(), &table, booleans.get(name)).await;
    }
    database.reader().clone().close().await.expect("closed");
    scratch
}

/// Reads, writes and inserts anew every column that the release before knew, and no other. Tables that had rows.
pub async fn rewrite_everything(connection: &DatabaseConnection) -> usize {
    let booleans = booleans(connection).await;
    let tables = tables();
    for table in &tables {
        let (name, columns) = (&table.table, table.columns.join(", "));
        let read = format!("SELECT {columns} FROM {name}");
        let found = connection.query_all_raw(Statement::from_string(connection.get_database_backend(), read)).await;
        assert!(found.expect("an answer").len() >= table.rows.len(), "{name}");
        let same: Vec<String> = table.columns.iter().map(|column| format!("{column} = {column}")).collect();
        execute(connection, &format!("UPDATE {name} SET {}", same.join(", "))).await;
        execute(connection, &format!("DELETE FROM {name}")).await;
        insert(connection, table, booleans.get(name)).await;
    }
    tables.len()
}

async fn insert(connection: &DatabaseConnection, table: &Table, booleans: Option<&Vec<String>>) {
    let is_boolean: Vec<bool> =
        table.columns.iter().map(|column| booleans.is_some_and(|known| known.contains(column))).collect();
    let is_server = connection.get_database_backend() == sea_orm::DatabaseBackend::Postgres;
    for rows in table.rows.chunks(AT_ONCE) {
        let rows: Vec<String> = rows
            .iter()
            .map(|row| {
                let cells: Vec<String> =
                    row.iter().zip(&is_boolean).map(|(cell, boolean)| literal(cell, *boolean, is_server)).collect();
                format!("({})", cells.join(", "))
            })
            .collect();
        let (name, columns) = (&table.table, table.columns.join(", "));
        execute(connection, &format!("INSERT INTO {name} ({columns}) VALUES {}", rows.join(", "))).await;
    }
}

fn literal(cell: &Value, is_boolean: bool, is_server: bool) -> String {
    match cell {
        Value::Null => "NULL".to_owned(),
        Value::Number(number) if is_boolean => (number.as_i64() != Some(0)).to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => format!("'{}'", text.replace('\'', "''")),
        other => {
            let hex = other["hex"].as_str().expect("bytes");
            if is_server { format!("'\\x{hex}'") } else { format!("x'{hex}'") }
        }
    }
}

/// Which columns are yes or no, by table; SQLite takes 0 and 1 for them.
async fn booleans(connection: &DatabaseConnection) -> BTreeMap<String, Vec<String>> {
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    if connection.get_database_backend() == sea_orm::DatabaseBackend::Postgres {
        let question = "SELECT table_name::text AS t, column_name::text AS c FROM information_schema.columns \
                        WHERE table_schema = 'public' AND data_type = 'boolean'";
        let rows = connection.query_all_raw(Statement::from_string(connection.get_database_backend(), question)).await;
        for row in rows.expect("an answer") {
            found.entry(row.try_get("", "t").expect("a name")).or_default().push(row.try_get("", "c").expect("a name"));
        }
    }
    found
}

async fn execute(connection: &DatabaseConnection, statement: &str) {
    if let Err(error) = connection.execute_unprepared(statement).await {
        panic!("{error}: {}", statement.chars().take(300).collect::<String>());
    }
}
