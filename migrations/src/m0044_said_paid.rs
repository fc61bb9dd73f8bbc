//! Orders that were paid on somebody's word are found by their amount when the line of the bank comes later.

use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(
            manager,
            &["CREATE INDEX orders_said_paid ON orders (amount_fen) \
               WHERE paid_by IN ('remittance', 'transfer') AND received_fen = 0"],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, &["DROP INDEX orders_said_paid"]).await
    }
}
