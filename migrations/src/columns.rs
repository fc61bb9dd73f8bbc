//! Short ways to say the few kinds of columns we use, and a table builder that creates table and indexes together.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{DatabaseBackend, Statement};

/// A text that must be there.
pub fn text(name: &str) -> ColumnDef {
    ColumnDef::new(Alias::new(name)).text().not_null().to_owned()
}
/// A text that may be missing.
pub fn maybe_text(name: &str) -> ColumnDef {
    ColumnDef::new(Alias::new(name)).text().null().to_owned()
}
/// A 64-bit number: fen, milliseconds, counts.
pub fn number(name: &str) -> ColumnDef {
    ColumnDef::new(Alias::new(name)).big_integer().not_null().to_owned()
}
/// A 64-bit number that may be missing.
pub fn maybe_number(name: &str) -> ColumnDef {
    ColumnDef::new(Alias::new(name)).big_integer().null().to_owned()
}
/// A 64-bit number that starts at zero.
pub fn counter(name: &str) -> ColumnDef {
    ColumnDef::new(Alias::new(name)).big_integer().not_null().default(0).to_owned()
}
/// Yes or no.
pub fn flag(name: &str) -> ColumnDef {
    ColumnDef::new(Alias::new(name)).boolean().not_null().default(false).to_owned()
}
/// Raw bytes.
pub fn bytes(name: &str) -> ColumnDef {
    ColumnDef::new(Alias::new(name)).blob().not_null().to_owned()
}

/// Creates `name` with `columns`; the first `key_length` columns are the primary key.
pub async fn create_table(
    manager: &SchemaManager<'_>,
    name: &str,
    key_length: usize,
    columns: Vec<ColumnDef>,
) -> Result<(), DbErr> {
    let mut table = Table::create().table(Alias::new(name)).to_owned();
    let mut key = Index::create().primary().name(format!("pk_{name}")).to_owned();
    for (position, mut column) in columns.into_iter().enumerate() {
        if position < key_length {
            key.col(Alias::new(column.get_column_name()));
        }
        table.col(&mut column);
    }
    table.primary_key(&mut key);
    manager.create_table(table).await
}

/// Runs statements that read the same on both databases (named, partial and descending indexes).
pub async fn run(manager: &SchemaManager<'_>, statements: &[&str]) -> Result<(), DbErr> {
    for statement in statements {
        manager.get_connection().execute_unprepared(statement).await?;
    }
    Ok(())
}

/// Drops tables, newest first.
pub async fn drop_tables(manager: &SchemaManager<'_>, names: &[&str]) -> Result<(), DbErr> {
    for name in names {
        manager.drop_table(Table::drop().table(Alias::new(*name)).if_exists().to_owned()).await?;
    }
    Ok(())
}

/// Builds an index on a table that may hold years of rows. On PostgreSQL beside its writers, which a change may only do
/// outside a transaction: it says `use_transaction() -> Some(false)`, and does nothing that it could not do once more.
/// `definition` goes on after the name: `ON orders (id)`.
pub async fn build_index(manager: &SchemaManager<'_>, name: &str, definition: &str) -> Result<(), DbErr> {
    build(manager, "INDEX", name, definition).await
}

/// The same for an index that refuses equal keys. Of those that are there already, none may be equal.
pub async fn build_unique_index(manager: &SchemaManager<'_>, name: &str, definition: &str) -> Result<(), DbErr> {
    build(manager, "UNIQUE INDEX", name, definition).await
}

async fn build(manager: &SchemaManager<'_>, kind: &str, name: &str, definition: &str) -> Result<(), DbErr> {
    if manager.get_database_backend() != DatabaseBackend::Postgres {
        return run(manager, &[&format!("CREATE {kind} IF NOT EXISTS {name} {definition}")]).await;
    }
    // One that was cut short is there and good for nothing.
    let broken = format!(
        "SELECT 1 AS found FROM pg_index x JOIN pg_class c ON c.oid = x.indexrelid WHERE c.relname = '{name}' AND NOT x.indisvalid"
    );
    let broken = Statement::from_string(DatabaseBackend::Postgres, broken);
    if manager.get_connection().query_one_raw(broken).await?.is_some() {
        drop_index_beside(manager, name).await?;
    }
    // It waits for statements that began earlier, and nobody waits for it.
    run(manager, &["SET lock_timeout = 0", &format!("CREATE {kind} CONCURRENTLY IF NOT EXISTS {name} {definition}")])
        .await?;
    run(manager, &["RESET lock_timeout"]).await
}

/// Drops an index of such a table, on the same terms.
pub async fn drop_index_beside(manager: &SchemaManager<'_>, name: &str) -> Result<(), DbErr> {
    let beside = if manager.get_database_backend() == DatabaseBackend::Postgres { "CONCURRENTLY " } else { "" };
    run(manager, &[&format!("DROP INDEX {beside}IF EXISTS {name}")]).await
}

/// Puts another index in the place of one of PostgreSQL's, on the same terms: the new one is there before the old one goes, so
/// that nobody reads without either. SQLite has neither.
pub async fn replace_server_index(
    manager: &SchemaManager<'_>,
    old: &str,
    new: &str,
    definition: &str,
) -> Result<(), DbErr> {
    if manager.get_database_backend() != DatabaseBackend::Postgres {
        return Ok(());
    }
    build_index(manager, new, definition).await?;
    drop_index_beside(manager, old).await
}
