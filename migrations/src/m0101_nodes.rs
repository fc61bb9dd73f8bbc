//! Processes that serve make themselves known: which keys each can open with, which version it is, when it was last heard of.

use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create_table(
            manager,
            "nodes",
            1,
            vec![
                text("id"),
                text("host"),
                text("address"),
                text("version"),
                text("key_marks"),
                flag("works_on_jobs"),
                number("started_at"),
                number("seen_at"),
            ],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["nodes"]).await
    }
}
