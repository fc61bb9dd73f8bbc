//! A decided return of money of a line of the bank whose sender cannot take it: another account, or none, by two people.

use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create_table(
            manager,
            "line_return_changes",
            1,
            vec![
                text("id"),
                text("refund_id"),
                // payee or call_off.
                text("kind"),
                maybe_text("payee_name"),
                maybe_text("payee_account"),
                maybe_text("payee_bank"),
                text("reason"),
                // The member of staff.
                text("asked_by"),
                // open, applied or declined.
                text("state"),
                number("created_at"),
            ],
        )
        .await?;
        run(
            manager,
            &[
                "CREATE UNIQUE INDEX line_return_changes_open ON line_return_changes (refund_id) WHERE state = 'open'",
                "CREATE INDEX line_return_changes_refund ON line_return_changes (refund_id)",
                // Declined after it had been decided on: when.
                "ALTER TABLE refunds ADD COLUMN called_off_at bigint",
            ],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, &["ALTER TABLE refunds DROP COLUMN called_off_at", "DROP TABLE line_return_changes"]).await
    }
}
