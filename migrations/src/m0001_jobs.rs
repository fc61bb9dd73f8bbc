//! Work that must happen after a commit.

use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create_table(
            manager,
            "jobs",
            1,
            vec![
                text("id"),
                text("kind"),
                text("payload"),
                number("run_at"),
                maybe_text("dedup_key"),
                counter("attempts"),
                text("state"),
                maybe_text("locked_by"),
                maybe_text("last_error"),
                number("created_at"),
            ],
        )
        .await?;
        run(
            manager,
            &[
                "CREATE UNIQUE INDEX uq_jobs_dedup_key ON jobs (dedup_key)",
                "CREATE INDEX ix_jobs_due ON jobs (run_at) WHERE state = 'waiting'",
            ],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["jobs"]).await
    }
}
