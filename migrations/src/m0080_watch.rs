//! What an alarm is set on is found without reading what is finished.

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
                "CREATE INDEX ix_jobs_dead ON jobs (created_at) WHERE state = 'dead'",
                "CREATE INDEX ix_payment_attempts_open ON payment_attempts (expires_at) \
                 WHERE state IN ('created', 'pending', 'closing')",
            ],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, &["DROP INDEX ix_payment_attempts_open", "DROP INDEX ix_jobs_dead"]).await
    }
}
