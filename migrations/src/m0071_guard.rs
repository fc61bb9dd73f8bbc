//! Who was taken out of a unit, until when a password chosen by somebody else is good, and changes of a phone that wait
//! until the old phone had time to object.

use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create_table(
            manager,
            "membership_removals",
            2,
            vec![text("account_id"), text("unit_id"), number("removed_at")],
        )
        .await?;
        run(
            manager,
            &[
                // Only of a temporary password; nothing: it is good until it is changed.
                "ALTER TABLE accounts ADD COLUMN password_expires_at bigint",
                // Whose phone was changed, where somebody else had asked for it.
                "ALTER TABLE phone_changes ADD COLUMN changed_account_id text",
                // When a confirmed change happens.
                "ALTER TABLE phone_changes ADD COLUMN due_at bigint",
                // Names to sign in with are found in small letters and in capitals.
                "CREATE INDEX ix_accounts_login_name_lower ON accounts (lower(login_name))",
                "CREATE INDEX ix_membership_removals_unit ON membership_removals (unit_id)",
            ],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(
            manager,
            &[
                "DROP INDEX ix_accounts_login_name_lower",
                "ALTER TABLE phone_changes DROP COLUMN due_at",
                "ALTER TABLE phone_changes DROP COLUMN changed_account_id",
                "ALTER TABLE accounts DROP COLUMN password_expires_at",
            ],
        )
        .await?;
        drop_tables(manager, &["membership_removals"]).await
    }
}
