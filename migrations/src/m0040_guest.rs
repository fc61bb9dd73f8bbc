//! Payments by somebody who is not of the unit: which attempts were his, and the links by which he was asked.

use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create_table(
            manager,
            "payment_asks",
            1,
            vec![
                text("id"),
                text("order_id"),
                text("account_id"),
                text("asked_by"),
                text("token_hash"),
                number("created_at"),
                number("expires_at"),
                maybe_number("revoked_at"),
            ],
        )
        .await?;
        run(
            manager,
            &[
                "CREATE UNIQUE INDEX uq_payment_asks_token ON payment_asks (token_hash)",
                "CREATE INDEX ix_payment_asks_order ON payment_asks (order_id)",
                "ALTER TABLE payment_attempts ADD COLUMN guest text",
            ],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, &["ALTER TABLE payment_attempts DROP COLUMN guest"]).await?;
        drop_tables(manager, &["payment_asks"]).await
    }
}
