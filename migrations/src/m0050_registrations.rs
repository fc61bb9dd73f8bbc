//! 注册: what a unit is certified as, and the requests that lead there with their documents.

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
                "ALTER TABLE units ADD COLUMN level text NOT NULL DEFAULT 'imported'",
                "ALTER TABLE units ADD COLUMN unit_kind text",
                "ALTER TABLE units ADD COLUMN legal_rep text",
                "ALTER TABLE units ADD COLUMN industry_code text",
                "ALTER TABLE units ADD COLUMN email text",
                "CREATE INDEX ix_units_uscc ON units (uscc)",
                "CREATE INDEX ix_units_level ON units (level, id)",
            ],
        )
        .await?;
        create_table(
            manager,
            "registrations",
            1,
            vec![
                text("id"),
                text("registration_no"),
                // The person who becomes owner; his phone was proved by a code, or stands on the sealed paper.
                text("account_id"),
                text("source"),
                text("kind"),
                text("state"),
                maybe_text("upgrade_unit_id"),
                text("uscc"),
                text("unit_name"),
                text("unit_kind"),
                text("district_code"),
                text("address"),
                text("legal_rep"),
                text("industry_code"),
                text("registrant_name"),
                text("email"),
                text("login_name"),
                text("safety_manager_name"),
                text("safety_manager_phone"),
                // Of a paper: how it came, and who entered it.
                maybe_text("received_by"),
                maybe_text("entered_by"),
                maybe_text("review_id"),
                maybe_text("opinion"),
                maybe_text("unit_id"),
                text("search_text"),
                maybe_number("submitted_at"),
                maybe_number("due_at"),
                maybe_number("decided_at"),
                number("created_at"),
                number("updated_at"),
            ],
        )
        .await?;
        create_table(
            manager,
            "registration_files",
            3,
            vec![text("registration_id"), text("purpose"), number("position"), text("upload_id")],
        )
        .await?;
        run(
            manager,
            &[
                "CREATE UNIQUE INDEX uq_registrations_no ON registrations (registration_no)",
                // One at a time is being written; however often the start is tapped.
                "CREATE UNIQUE INDEX uq_registrations_draft ON registrations (account_id) WHERE state = 'draft'",
                "CREATE INDEX ix_registrations_account ON registrations (account_id, id)",
                "CREATE INDEX ix_registrations_uscc ON registrations (uscc, state)",
                "CREATE INDEX ix_registrations_unit ON registrations (unit_id)",
                "CREATE INDEX ix_registrations_state ON registrations (state, id)",
                "CREATE INDEX ix_registration_files_upload ON registration_files (upload_id)",
            ],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["registration_files", "registrations"]).await?;
        run(
            manager,
            &[
                "DROP INDEX ix_units_level",
                "DROP INDEX ix_units_uscc",
                "ALTER TABLE units DROP COLUMN email",
                "ALTER TABLE units DROP COLUMN industry_code",
                "ALTER TABLE units DROP COLUMN legal_rep",
                "ALTER TABLE units DROP COLUMN unit_kind",
                "ALTER TABLE units DROP COLUMN level",
            ],
        )
        .await
    }
}
