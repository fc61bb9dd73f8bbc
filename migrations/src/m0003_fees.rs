//! What is inspected and what is owed for it.

use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create_table(
            manager,
            "payees",
            1,
            vec![
                text("id"),
                text("code"),
                text("name"),
                text("account_name"),
                text("bank_name"),
                text("bank_account"),
                text("receipt_class"),
                number("created_at"),
                number("updated_at"),
            ],
        )
        .await?;
        create_table(
            manager,
            "devices",
            1,
            vec![
                text("id"),
                text("external_id"),
                text("unit_id"),
                text("name"),
                text("kind_code"),
                text("kind"),
                text("registration_code"),
                maybe_text("device_code"),
                maybe_text("use_cert_no"),
                maybe_text("factory_serial_no"),
                maybe_text("internal_no"),
                maybe_text("district_code"),
                maybe_text("place"),
                maybe_text("next_inspection_on"),
                text("status"),
                number("created_at"),
                number("updated_at"),
            ],
        )
        .await?;
        create_table(
            manager,
            "reports",
            1,
            vec![
                text("id"),
                text("external_id"),
                text("report_no"),
                text("unit_id"),
                text("device_id"),
                maybe_text("applicant_phone"),
                text("unit_name"),
                text("device_name"),
                text("device_kind"),
                text("registration_code"),
                maybe_text("factory_serial_no"),
                maybe_text("conclusion"),
                maybe_text("inspected_on"),
                text("issued_on"),
                maybe_text("file_key"),
                maybe_text("file_sha256"),
                maybe_number("file_bytes"),
                maybe_text("order_id"),
                maybe_number("released_at"),
                text("search_text"),
                number("created_at"),
                number("updated_at"),
            ],
        )
        .await?;
        create_table(
            manager,
            "fees",
            1,
            vec![
                text("id"),
                text("external_id"),
                text("report_id"),
                text("unit_id"),
                maybe_text("applicant_phone"),
                text("payee_id"),
                text("receipt_class"),
                number("amount_fen"),
                text("state"),
                maybe_text("order_id"),
                text("report_no"),
                text("unit_name"),
                text("device_name"),
                text("device_kind"),
                text("registration_code"),
                maybe_text("factory_serial_no"),
                maybe_text("place"),
                maybe_text("inspected_on"),
                text("search_text"),
                number("posted_at"),
                maybe_number("paid_at"),
                number("updated_at"),
            ],
        )
        .await?;
        run(
            manager,
            &[
                "CREATE UNIQUE INDEX uq_payees_code ON payees (code)",
                "CREATE UNIQUE INDEX uq_devices_external_id ON devices (external_id)",
                "CREATE INDEX ix_devices_unit ON devices (unit_id)",
                "CREATE UNIQUE INDEX uq_reports_external_id ON reports (external_id)",
                "CREATE UNIQUE INDEX uq_reports_report_no ON reports (report_no)",
                "CREATE INDEX ix_reports_unit ON reports (unit_id, id)",
                "CREATE INDEX ix_reports_order ON reports (order_id)",
                "CREATE UNIQUE INDEX uq_fees_external_id ON fees (external_id)",
                "CREATE INDEX ix_fees_report ON fees (report_id)",
                "CREATE INDEX ix_fees_order ON fees (order_id)",
                "CREATE INDEX ix_fees_payable ON fees (unit_id, id DESC) WHERE state = 'payable'",
            ],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["fees", "reports", "devices", "payees"]).await
    }
}
