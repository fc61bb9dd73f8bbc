//! Receipts: VAT invoices and fiscal e-receipts, and the titles they are made out to.

use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create_table(
            manager,
            "invoice_titles",
            1,
            vec![
                text("id"),
                text("unit_id"),
                maybe_text("applicant_phone"),
                text("kind"),
                text("name"),
                maybe_text("tax_no"),
                maybe_text("address"),
                maybe_text("phone"),
                maybe_text("bank_name"),
                maybe_text("bank_account"),
                maybe_text("email"),
                number("last_used_at"),
                number("created_at"),
                number("updated_at"),
            ],
        )
        .await?;
        create_table(
            manager,
            "invoices",
            1,
            vec![
                text("id"),
                text("order_id"),
                text("receipt_class"),
                text("kind"),
                text("title"),
                number("amount_fen"),
                text("state"),
                counter("issue_round"),
                maybe_text("apply_id"),
                maybe_text("invoice_code"),
                maybe_text("invoice_number"),
                maybe_text("check_code"),
                maybe_text("file_key"),
                maybe_text("failure"),
                number("requested_at"),
                maybe_number("issued_at"),
                number("updated_at"),
            ],
        )
        .await?;
        run(
            manager,
            &[
                "CREATE INDEX ix_invoice_titles_unit ON invoice_titles (unit_id, last_used_at)",
                "CREATE UNIQUE INDEX uq_invoices_order ON invoices (order_id)",
                "CREATE INDEX ix_invoices_apply ON invoices (apply_id)",
            ],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["invoices", "invoice_titles"]).await
    }
}
