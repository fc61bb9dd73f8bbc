//! Files to which rows went that nobody looks at any more.

use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create_table(
            manager,
            "archives",
            1,
            vec![
                text("id"),
                text("source"),
                text("state"),
                number("first_at"),
                number("last_at"),
                number("row_count"),
                text("file_key"),
                text("sha256"),
                number("bytes"),
                number("created_at"),
                // Until when rows that were brought back stay.
                maybe_number("back_until"),
            ],
        )
        .await?;
        run(manager, &["CREATE INDEX ix_archives_source ON archives (source, first_at)"]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["archives"]).await
    }
}
