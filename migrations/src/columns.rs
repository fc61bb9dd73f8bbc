//! Short ways to say the few kinds of columns we use, and a table builder that creates table and indexes together.

use sea_orm_migration::prelude::*;

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
