//! On PostgreSQL, the index of payable fees carries what each of them costs: count and sum above a unit's list are read from
//! the index alone, and not from two thousand rows wherever they lie. SQLite reads them along another index.

use sea_orm_migration::prelude::*;

use crate::columns::*;

const WITH_AMOUNTS: &str = "ix_fees_payable_amounts";
const WITHOUT: &str = "ix_fees_payable";

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(false)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let definition = "ON fees (unit_id, id DESC) INCLUDE (amount_fen) WHERE state = 'payable'";
        replace_server_index(manager, WITHOUT, WITH_AMOUNTS, definition).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        replace_server_index(manager, WITH_AMOUNTS, WITHOUT, "ON fees (unit_id, id DESC) WHERE state = 'payable'").await
    }
}
