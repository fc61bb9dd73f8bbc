//! Money in and back, and what WeChat told us.

use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create_table(
            manager,
            "payment_attempts",
            1,
            vec![
                text("id"),
                text("order_id"),
                text("client_key"),
                text("out_trade_no"),
                text("channel"),
                text("app_id"),
                text("mch_id"),
                maybe_text("openid"),
                number("amount_fen"),
                text("state"),
                maybe_text("prepay_id"),
                maybe_text("code_url"),
                maybe_text("transaction_id"),
                maybe_number("paid_at"),
                maybe_text("failure"),
                maybe_number("asked_at"),
                number("created_at"),
                number("expires_at"),
                number("updated_at"),
            ],
        )
        .await?;
        create_table(
            manager,
            "channel_events",
            1,
            vec![
                text("id"),
                text("kind"),
                text("envelope_id"),
                text("headers"),
                bytes("body"),
                maybe_text("plaintext"),
                maybe_text("out_trade_no"),
                text("state"),
                maybe_text("note"),
                number("seen_count"),
                number("received_at"),
                maybe_number("applied_at"),
            ],
        )
        .await?;
        create_table(
            manager,
            "refunds",
            1,
            vec![
                text("id"),
                text("order_id"),
                text("attempt_id"),
                text("out_refund_no"),
                maybe_text("refund_id"),
                text("transaction_id"),
                number("amount_fen"),
                number("total_fen"),
                text("reason"),
                text("state"),
                maybe_text("failure"),
                number("created_at"),
                maybe_number("succeeded_at"),
                number("updated_at"),
            ],
        )
        .await?;
        run(
            manager,
            &[
                "CREATE UNIQUE INDEX uq_payment_attempts_out_trade_no ON payment_attempts (out_trade_no)",
                "CREATE UNIQUE INDEX uq_payment_attempts_transaction_id ON payment_attempts (transaction_id)",
                "CREATE UNIQUE INDEX uq_payment_attempts_client_key ON payment_attempts (order_id, client_key)",
                "CREATE UNIQUE INDEX uq_channel_events_envelope ON channel_events (kind, envelope_id)",
                "CREATE INDEX ix_channel_events_waiting ON channel_events (received_at) WHERE state <> 'applied'",
                "CREATE UNIQUE INDEX uq_refunds_out_refund_no ON refunds (out_refund_no)",
                "CREATE INDEX ix_refunds_attempt ON refunds (attempt_id)",
                "CREATE INDEX ix_refunds_order ON refunds (order_id)",
            ],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["refunds", "channel_events", "payment_attempts"]).await
    }
}
