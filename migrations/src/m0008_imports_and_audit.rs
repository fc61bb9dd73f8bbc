//! What was taken in from the core system, and who did what.

use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create_table(
            manager,
            "imports",
            1,
            vec![
                text("id"),
                text("source"),
                text("state"),
                counter("rows_total"),
                counter("rows_new"),
                counter("rows_changed"),
                counter("rows_unchanged"),
                counter("rows_rejected"),
                maybe_text("error_file_key"),
                number("started_at"),
                maybe_number("finished_at"),
            ],
        )
        .await?;
        create_table(
            manager,
            "integration_requests",
            1,
            vec![text("request_id"), text("request_hash"), text("answer"), number("created_at")],
        )
        .await?;
        create_table(
            manager,
            "audit_entries",
            1,
            vec![text("id"), number("at"), text("actor"), text("action"), text("object"), maybe_text("detail")],
        )
        .await?;
        run(manager, &["CREATE INDEX ix_audit_entries_object ON audit_entries (object, id)"]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["audit_entries", "integration_requests", "imports"]).await
    }
}
