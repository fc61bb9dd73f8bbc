//! The way from an order to its fees and reports: most of them have none, and an index that holds those too makes the
//! planner of SQLite read the whole table once its statistics say that all keys are alike.

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
                "CREATE INDEX ix_fees_of_order ON fees (order_id) WHERE order_id IS NOT NULL",
                "CREATE INDEX ix_reports_of_order ON reports (order_id) WHERE order_id IS NOT NULL",
                "DROP INDEX ix_fees_order",
                "DROP INDEX ix_reports_order",
            ],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(
            manager,
            &[
                "CREATE INDEX ix_fees_order ON fees (order_id)",
                "CREATE INDEX ix_reports_order ON reports (order_id)",
                "DROP INDEX ix_fees_of_order",
                "DROP INDEX ix_reports_of_order",
            ],
        )
        .await
    }
}
