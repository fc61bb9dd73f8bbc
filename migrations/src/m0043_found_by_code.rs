//! Orders are found by the payment codes, notice numbers and numbers of transfers that came to them; a compared day keeps
//! what the merchant account moved by.

use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

/// Adds the newest text of a column of another table to what orders are found by.
fn found_by(column: &str, table: &str) -> String {
    let of_order = format!("FROM {table} told WHERE told.order_id = orders.id AND told.{column} IS NOT NULL");
    format!(
        "UPDATE orders SET search_text = search_text || '|' || lower((SELECT max(told.{column}) {of_order})) \
         WHERE EXISTS (SELECT 1 {of_order})"
    )
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, &["ALTER TABLE reconciliation_days ADD COLUMN flow_net_fen bigint"]).await?;
        let sources = [
            ("notice_no", "payment_notices"),
            ("payment_code", "payment_notices"),
            ("reference_no", "remittances"),
            ("serial_no", "remittances"),
        ];
        for (column, table) in sources {
            run(manager, &[&found_by(column, table)]).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, &["ALTER TABLE reconciliation_days DROP COLUMN flow_net_fen"]).await
    }
}
