//! Daily reconciliation: days, differences, what bills named, what the core system booked.

use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create_table(
            manager,
            "reconciliation_days",
            1,
            vec![
                text("day"),
                text("state"),
                counter("channel_count"),
                counter("channel_fen"),
                counter("channel_refund_fen"),
                counter("charge_fen"),
                counter("books_count"),
                counter("books_fen"),
                counter("books_refund_fen"),
                maybe_number("core_fen"),
                maybe_text("trade_bill_sha1"),
                maybe_text("fund_flow_sha1"),
                number("run_at"),
                maybe_number("closed_at"),
                maybe_text("closed_by"),
            ],
        )
        .await?;
        create_table(manager, "billed_refunds", 1, vec![text("out_refund_no"), text("day")]).await?;
        create_table(
            manager,
            "reconciliation_differences",
            1,
            vec![
                text("id"),
                text("day"),
                text("kind"),
                text("reference"),
                maybe_number("channel_fen"),
                maybe_number("books_fen"),
                text("state"),
                maybe_text("settled_by"),
                maybe_number("settled_at"),
                maybe_text("note"),
                number("created_at"),
            ],
        )
        .await?;
        create_table(
            manager,
            "core_ledger_days",
            1,
            vec![text("day"), number("entry_count"), number("amount_fen"), number("received_at")],
        )
        .await?;
        create_table(manager, "core_ledger_entries", 2, vec![text("day"), text("order_no"), number("amount_fen")])
            .await?;
        run(
            manager,
            &[
                "CREATE UNIQUE INDEX uq_reconciliation_differences ON reconciliation_differences (day, kind, reference)",
                "CREATE INDEX ix_reconciliation_differences_open ON reconciliation_differences (id) WHERE state = 'open'",
                "CREATE INDEX ix_payment_attempts_paid_at ON payment_attempts (paid_at) WHERE paid_at IS NOT NULL",
                "CREATE INDEX ix_orders_paid_at ON orders (paid_at) WHERE paid_at IS NOT NULL",
                "ALTER TABLE refunds ADD COLUMN accepted_at bigint",
                "UPDATE refunds SET accepted_at = updated_at WHERE refund_id IS NOT NULL",
                "CREATE INDEX ix_refunds_accepted_at ON refunds (accepted_at) WHERE accepted_at IS NOT NULL",
            ],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(
            manager,
            &[
                "DROP INDEX ix_payment_attempts_paid_at",
                "DROP INDEX ix_orders_paid_at",
                "DROP INDEX ix_refunds_accepted_at",
                "ALTER TABLE refunds DROP COLUMN accepted_at",
            ],
        )
        .await?;
        drop_tables(
            manager,
            &[
                "core_ledger_entries",
                "core_ledger_days",
                "reconciliation_differences",
                "billed_refunds",
                "reconciliation_days",
            ],
        )
        .await
    }
}
