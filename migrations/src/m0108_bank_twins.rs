//! Lines of the bank that are perhaps known already, what tells them apart, and the day on which the bank had the money of an
//! order.

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
                // Orders first, as everybody holds them who books a line beside this change.
                // The latest day of its money as bank or window booked it, YYYY-MM-DD; nothing for money through WeChat.
                "ALTER TABLE orders ADD COLUMN came_on text",
                // The line that it perhaps is; nothing for a line of its own.
                "ALTER TABLE bank_transactions ADD COLUMN twin_of text",
                // The balance after it, fen, as far as the file told it.
                "ALTER TABLE bank_transactions ADD COLUMN balance_fen bigint",
                // What file, in which layout: the same one again brings nothing new.
                "ALTER TABLE bank_statements ADD COLUMN content_key text",
                "ALTER TABLE bank_statements ADD COLUMN perhaps_count bigint NOT NULL DEFAULT 0",
            ],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(
            manager,
            &[
                "ALTER TABLE orders DROP COLUMN came_on",
                "ALTER TABLE bank_statements DROP COLUMN perhaps_count",
                "ALTER TABLE bank_statements DROP COLUMN content_key",
                "ALTER TABLE bank_transactions DROP COLUMN balance_fen",
                "ALTER TABLE bank_transactions DROP COLUMN twin_of",
            ],
        )
        .await
    }
}
