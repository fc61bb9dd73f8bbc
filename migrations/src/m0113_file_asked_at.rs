//! When the file that a report has was handed in, or its address told: one that was asked for earlier, and comes later, does
//! not take its place. 0 for what came before this.

use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // Repeatable: SQLite may have stopped half-way.
        if !manager.has_column("reports", "file_asked_at").await? {
            run(manager, &["ALTER TABLE reports ADD COLUMN file_asked_at bigint NOT NULL DEFAULT 0"]).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, &["ALTER TABLE reports DROP COLUMN file_asked_at"]).await
    }
}
