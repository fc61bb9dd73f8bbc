//! One row that is written now and then and read from a copy of the database: how far it is behind.

use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create_table(manager, "replica_heartbeats", 1, vec![text("id"), counter("at")]).await?;
        run(manager, &["INSERT INTO replica_heartbeats (id, at) VALUES ('head', 0)"]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["replica_heartbeats"]).await
    }
}
