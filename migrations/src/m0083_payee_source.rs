//! Where the account of a refund by bank is known from, and who wrote it down: two people look at it, too.

use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(
            manager,
            &[
                // proposal, later or line; nothing where it was typed before this was kept.
                "ALTER TABLE refunds ADD COLUMN payee_source text",
                // The member of staff.
                "ALTER TABLE refunds ADD COLUMN payee_set_by text",
            ],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, &["ALTER TABLE refunds DROP COLUMN payee_set_by", "ALTER TABLE refunds DROP COLUMN payee_source"])
            .await
    }
}
