//! On PostgreSQL, the index of payable fees carries what each of them costs: count and sum above a unit's list are read from
//! the index alone, and not from two thousand rows wherever they lie. SQLite reads them along another index.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DatabaseBackend;

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
        replace(manager, WITHOUT, WITH_AMOUNTS, definition).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        replace(manager, WITH_AMOUNTS, WITHOUT, "ON fees (unit_id, id DESC) WHERE state = 'payable'").await
    }
}

/// The new one is there before the old one goes: nobody reads without either.
async fn replace(manager: &SchemaManager<'_>, old: &str, new: &str, definition: &str) -> Result<(), DbErr> {
    if manager.get_database_backend() != DatabaseBackend::Postgres {
        return Ok(());
    }
    build_index(manager, new, definition).await?;
    drop_index_beside(manager, old).await
}
