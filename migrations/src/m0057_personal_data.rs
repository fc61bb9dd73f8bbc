//! A person's own data: files he asked for, and when his account is to be deleted.

use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create_table(
            manager,
            "personal_exports",
            1,
            vec![
                text("id"),
                text("account_id"),
                text("state"),
                maybe_text("file_key"),
                number("created_at"),
                maybe_number("ready_at"),
                number("expires_at"),
            ],
        )
        .await?;
        run(
            manager,
            &[
                "CREATE INDEX ix_personal_exports_account ON personal_exports (account_id, id)",
                // When the account is deleted, unless somebody signs in before.
                "ALTER TABLE accounts ADD COLUMN deletion_due_at bigint",
            ],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, &["ALTER TABLE accounts DROP COLUMN deletion_due_at"]).await?;
        drop_tables(manager, &["personal_exports"]).await
    }
}
