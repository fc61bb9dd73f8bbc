//! The decision to pay.

use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create_table(
            manager,
            "checkouts",
            1,
            vec![
                text("id"),
                text("account_id"),
                text("client_key"),
                text("unit_id"),
                text("request_hash"),
                number("created_at"),
            ],
        )
        .await?;
        create_table(
            manager,
            "orders",
            1,
            vec![
                text("id"),
                text("order_no"),
                text("checkout_id"),
                text("account_id"),
                text("unit_id"),
                text("unit_name"),
                maybe_text("applicant_phone"),
                text("receipt_class"),
                text("payee_id"),
                text("payee_name"),
                text("method"),
                text("state"),
                number("amount_fen"),
                number("fee_count"),
                text("title"),
                text("invoice_kind"),
                text("invoice_title"),
                text("delivery"),
                number("year"),
                text("search_text"),
                maybe_text("paid_attempt_id"),
                maybe_text("void_reason"),
                number("created_at"),
                number("expires_at"),
                maybe_number("paid_at"),
                maybe_number("completed_at"),
                maybe_number("voided_at"),
                number("updated_at"),
            ],
        )
        .await?;
        create_table(
            manager,
            "order_lines",
            2,
            vec![
                text("order_id"),
                number("position"),
                text("fee_id"),
                text("report_id"),
                text("report_no"),
                text("device_name"),
                text("registration_code"),
                maybe_text("factory_serial_no"),
                number("amount_fen"),
            ],
        )
        .await?;
        create_table(
            manager,
            "order_events",
            1,
            vec![text("id"), text("order_id"), text("kind"), text("actor"), maybe_text("detail"), number("at")],
        )
        .await?;
        create_table(manager, "order_numbers", 1, vec![text("day"), counter("last")]).await?;
        run(
            manager,
            &[
                "CREATE UNIQUE INDEX uq_checkouts_client_key ON checkouts (account_id, client_key)",
                "CREATE UNIQUE INDEX uq_orders_order_no ON orders (order_no)",
                "CREATE INDEX ix_orders_checkout ON orders (checkout_id)",
                "CREATE INDEX ix_orders_unit ON orders (unit_id, state, id)",
                "CREATE INDEX ix_order_lines_fee ON order_lines (fee_id)",
                "CREATE INDEX ix_order_events_order ON order_events (order_id, id)",
            ],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["order_numbers", "order_events", "order_lines", "orders", "checkouts"]).await
    }
}
