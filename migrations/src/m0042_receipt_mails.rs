//! Receipts sent by e-mail, and the second form of fiscal receipts (OFD).

use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create_table(
            manager,
            "receipt_mails",
            1,
            vec![
                text("id"),
                text("invoice_id"),
                text("order_id"),
                text("unit_id"),
                text("account_id"),
                counter("issue_round"),
                text("address"),
                text("state"),
                counter("tries"),
                maybe_text("failure"),
                number("created_at"),
                maybe_number("sent_at"),
                number("updated_at"),
            ],
        )
        .await?;
        manager
            .alter_table(Table::alter().table(Alias::new("invoices")).add_column(maybe_text("ofd_key")).to_owned())
            .await?;
        run(
            manager,
            &[
                "CREATE INDEX ix_receipt_mails_invoice ON receipt_mails (invoice_id, id)",
                "CREATE INDEX ix_receipt_mails_unit ON receipt_mails (unit_id, created_at)",
            ],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["receipt_mails"]).await?;
        manager
            .alter_table(Table::alter().table(Alias::new("invoices")).drop_column(Alias::new("ofd_key")).to_owned())
            .await
    }
}
