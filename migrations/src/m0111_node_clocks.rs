//! How far the clock of a node is from that of the database, which tells how long ago it was heard of. Older nodes tell
//! nothing of it, and go on writing by their own clock when they were heard of.

use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // Repeatable: it may be there although nobody has noted so.
        if manager.has_column("nodes", "clock_ahead_ms").await? {
            return Ok(());
        }
        run(manager, &["ALTER TABLE nodes ADD COLUMN clock_ahead_ms bigint"]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, &["ALTER TABLE nodes DROP COLUMN clock_ahead_ms"]).await
    }
}
