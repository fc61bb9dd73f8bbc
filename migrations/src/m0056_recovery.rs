//! Security questions, requests to change a phone, devices that an account is known on.

use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create_table(
            manager,
            "security_questions",
            1,
            vec![
                text("account_id"),
                text("question"),
                // Argon2id text.
                text("answer_hash"),
                counter("wrong_count"),
                maybe_number("locked_until"),
                number("updated_at"),
            ],
        )
        .await?;
        create_table(
            manager,
            "phone_changes",
            1,
            vec![
                text("id"),
                text("account_id"),
                text("way"),
                maybe_text("unit_id"),
                maybe_text("old_phone"),
                text("new_phone"),
                text("state"),
                maybe_text("decided_by"),
                number("created_at"),
                number("expires_at"),
                maybe_number("decided_at"),
                // Ids of uploads, separated by commas.
                maybe_text("papers"),
                maybe_text("note"),
                maybe_text("opinion"),
            ],
        )
        .await?;
        run(
            manager,
            &[
                // SHA-256 of the random key that our front end keeps on a phone or in a browser.
                "ALTER TABLE sessions ADD COLUMN device_key text",
                // From where it was made: as much of the address as its owner recognises.
                "ALTER TABLE sessions ADD COLUMN address text",
                "CREATE INDEX ix_phone_changes_account ON phone_changes (account_id, id)",
                "CREATE INDEX ix_phone_changes_unit ON phone_changes (unit_id, id)",
            ],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, &["ALTER TABLE sessions DROP COLUMN address", "ALTER TABLE sessions DROP COLUMN device_key"])
            .await?;
        drop_tables(manager, &["phone_changes", "security_questions"]).await
    }
}
