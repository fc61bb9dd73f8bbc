//! 欠费申请: requests with their lines and their way through the offices, limits of units, what a decider grants, and fees
//! and reports that are on credit.

use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create_table(
            manager,
            "credit_requests",
            1,
            vec![
                text("id"),
                text("request_no"),
                text("unit_id"),
                text("unit_name"),
                text("account_id"),
                maybe_text("applicant_phone"),
                text("state"),
                number("amount_fen"),
                number("fee_count"),
                text("reason"),
                text("proposed_due_on"),
                maybe_text("due_on"),
                maybe_text("opinion"),
                maybe_text("review_id"),
                // The last reminder that was sent: so many days before the day of payment, negative after it.
                maybe_number("reminded_days"),
                text("search_text"),
                number("created_at"),
                maybe_number("decided_at"),
                maybe_number("settled_at"),
                number("updated_at"),
            ],
        )
        .await?;
        create_table(
            manager,
            "credit_lines",
            2,
            vec![
                text("credit_id"),
                number("position"),
                text("fee_id"),
                text("report_id"),
                text("report_no"),
                text("device_name"),
                number("amount_fen"),
            ],
        )
        .await?;
        create_table(
            manager,
            "credit_events",
            1,
            vec![text("id"), text("credit_id"), text("kind"), text("actor"), maybe_text("detail"), number("at")],
        )
        .await?;
        create_table(
            manager,
            "credit_limits",
            1,
            vec![text("unit_id"), number("limit_fen"), maybe_text("note"), text("set_by"), number("updated_at")],
        )
        .await?;
        run(
            manager,
            &[
                "CREATE UNIQUE INDEX uq_credit_requests_no ON credit_requests (request_no)",
                "CREATE INDEX ix_credit_requests_unit ON credit_requests (unit_id, id)",
                "CREATE INDEX ix_credit_requests_due ON credit_requests (state, due_on, id)",
                "CREATE INDEX ix_credit_lines_fee ON credit_lines (fee_id)",
                "CREATE INDEX ix_credit_events_credit ON credit_events (credit_id, id)",
                "ALTER TABLE fees ADD COLUMN credit_id text",
                // Set when the credit was granted.
                "ALTER TABLE fees ADD COLUMN credit_due_on text",
                "CREATE INDEX ix_fees_of_credit ON fees (credit_id) WHERE credit_id IS NOT NULL",
                "CREATE INDEX ix_fees_on_credit ON fees (unit_id, credit_due_on) WHERE credit_id IS NOT NULL",
                // When a report was opened before its fee was paid.
                "ALTER TABLE reports ADD COLUMN credit_at bigint",
                // What the decider granted, as JSON of the kind's own form.
                "ALTER TABLE reviews ADD COLUMN terms text",
            ],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(
            manager,
            &[
                "ALTER TABLE reviews DROP COLUMN terms",
                "ALTER TABLE reports DROP COLUMN credit_at",
                "DROP INDEX ix_fees_on_credit",
                "DROP INDEX ix_fees_of_credit",
                "ALTER TABLE fees DROP COLUMN credit_due_on",
                "ALTER TABLE fees DROP COLUMN credit_id",
            ],
        )
        .await?;
        drop_tables(manager, &["credit_limits", "credit_events", "credit_lines", "credit_requests"]).await
    }
}
