//! A key for money taken at a window, made by the form: sent again, it is the same money. What was taken before has none.

use sea_orm_migration::prelude::*;

use crate::columns::*;

const INDEX: &str = "uq_counter_payments_key";

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(false)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // Repeatable: a change outside a transaction may have stopped half-way.
        if !manager.has_column("counter_payments", "client_key").await? {
            run(manager, &["ALTER TABLE counter_payments ADD COLUMN client_key text"]).await?;
        }
        build_unique_index(manager, INDEX, "ON counter_payments (order_id, client_key)").await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_index_beside(manager, INDEX).await?;
        run(manager, &["ALTER TABLE counter_payments DROP COLUMN client_key"]).await
    }
}
