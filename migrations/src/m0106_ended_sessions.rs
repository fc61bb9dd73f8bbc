//! The sign-ins that ended longest ago are found, and forgotten, without reading the others.

use sea_orm_migration::prelude::*;

use crate::columns::*;

/// When it ended, in the words that ask for it.
const ENDED_AT: &str = "CASE WHEN revoked_at < expires_at THEN revoked_at ELSE expires_at END";
const PAYERS: &str = "ix_sessions_ended";
const OFFICERS: &str = "ix_staff_sessions_ended";

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(false)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        build_index(manager, PAYERS, &format!("ON sessions (({ENDED_AT}))")).await?;
        build_index(manager, OFFICERS, &format!("ON staff_sessions (({ENDED_AT}))")).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_index_beside(manager, OFFICERS).await?;
        drop_index_beside(manager, PAYERS).await
    }
}
