//! Money that is taken back or given back outside WeChat: a payment at the window can be undone, a partly paid order can be
//! voided with its money going back, a line of the bank can go back, and a refund by bank knows the account it goes to.

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
                // live or undone.
                "ALTER TABLE counter_payments ADD COLUMN state text NOT NULL DEFAULT 'live'",
                "ALTER TABLE counter_payments ADD COLUMN undo_reason text",
                "ALTER TABLE counter_payments ADD COLUMN undone_by text",
                "ALTER TABLE counter_payments ADD COLUMN undone_at bigint",
                // The money of a partly paid order, which is voided with it.
                "ALTER TABLE refunds ADD COLUMN voids_order boolean NOT NULL DEFAULT false",
                // The line of the bank whose money had nothing to pay for; order_id is the order that it names.
                "ALTER TABLE refunds ADD COLUMN line_id text",
                // Where money goes by bank, as somebody typed it.
                "ALTER TABLE refunds ADD COLUMN payee_name text",
                "ALTER TABLE refunds ADD COLUMN payee_account text",
                "ALTER TABLE refunds ADD COLUMN payee_bank text",
                "CREATE INDEX ix_refunds_line ON refunds (line_id) WHERE line_id IS NOT NULL",
            ],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(
            manager,
            &[
                "DROP INDEX ix_refunds_line",
                "ALTER TABLE refunds DROP COLUMN payee_bank",
                "ALTER TABLE refunds DROP COLUMN payee_account",
                "ALTER TABLE refunds DROP COLUMN payee_name",
                "ALTER TABLE refunds DROP COLUMN line_id",
                "ALTER TABLE refunds DROP COLUMN voids_order",
                "ALTER TABLE counter_payments DROP COLUMN undone_at",
                "ALTER TABLE counter_payments DROP COLUMN undone_by",
                "ALTER TABLE counter_payments DROP COLUMN undo_reason",
                "ALTER TABLE counter_payments DROP COLUMN state",
            ],
        )
        .await
    }
}
