//! Papers: links to reports for others, vouchers for printed reports, parcels.

use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create_table(
            manager,
            "report_shares",
            1,
            vec![
                text("id"),
                text("report_id"),
                text("unit_id"),
                maybe_text("applicant_phone"),
                text("account_id"),
                text("shared_by"),
                text("token_hash"),
                number("created_at"),
                number("expires_at"),
                maybe_number("revoked_at"),
                counter("opened_count"),
                maybe_number("last_opened_at"),
            ],
        )
        .await?;
        create_table(
            manager,
            "report_share_openings",
            1,
            vec![text("id"), text("share_id"), text("what"), text("device"), number("at")],
        )
        .await?;
        create_table(
            manager,
            "pickup_vouchers",
            1,
            vec![
                text("id"),
                text("voucher_no"),
                text("code"),
                text("unit_id"),
                text("unit_name"),
                maybe_text("applicant_phone"),
                text("account_id"),
                text("state"),
                number("report_count"),
                text("search_text"),
                number("created_at"),
                maybe_number("handed_over_at"),
                maybe_text("handed_over_by"),
                maybe_text("received_by"),
                maybe_text("id_last4"),
                number("updated_at"),
            ],
        )
        .await?;
        create_table(
            manager,
            "pickup_voucher_reports",
            2,
            vec![
                text("voucher_id"),
                number("position"),
                text("report_id"),
                text("report_no"),
                text("device_name"),
                flag("open"),
            ],
        )
        .await?;
        create_table(
            manager,
            "order_postings",
            1,
            vec![
                text("order_id"),
                text("state"),
                maybe_text("carrier"),
                maybe_text("tracking_no"),
                maybe_number("posted_at"),
                maybe_text("posted_by"),
                number("created_at"),
                number("updated_at"),
            ],
        )
        .await?;
        run(
            manager,
            &[
                "CREATE UNIQUE INDEX uq_report_shares_token ON report_shares (token_hash)",
                "CREATE INDEX ix_report_shares_report ON report_shares (report_id, id)",
                "CREATE INDEX ix_report_share_openings ON report_share_openings (share_id)",
                "CREATE UNIQUE INDEX uq_pickup_vouchers_number ON pickup_vouchers (voucher_no)",
                "CREATE UNIQUE INDEX uq_pickup_vouchers_code ON pickup_vouchers (code)",
                "CREATE INDEX ix_pickup_vouchers_unit ON pickup_vouchers (unit_id, id)",
                "CREATE INDEX ix_pickup_vouchers_open ON pickup_vouchers (id) WHERE state = 'open'",
                "CREATE INDEX ix_pickup_voucher_reports ON pickup_voucher_reports (report_id)",
                "CREATE UNIQUE INDEX uq_pickup_voucher_reports_open ON pickup_voucher_reports (report_id) WHERE open",
                "CREATE INDEX ix_order_postings_waiting ON order_postings (order_id) WHERE state = 'waiting'",
                "INSERT INTO order_postings (order_id, state, created_at, updated_at) \
                 SELECT id, 'waiting', created_at, updated_at FROM orders WHERE delivery LIKE '%\"kind\":\"post\"%'",
            ],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(
            manager,
            &["order_postings", "pickup_voucher_reports", "pickup_vouchers", "report_share_openings", "report_shares"],
        )
        .await
    }
}
