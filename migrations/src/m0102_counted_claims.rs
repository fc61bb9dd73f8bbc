//! Which claims a reviewer counted on when he approved a remittance: written with the approval.

use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // Nothing where no approval was written since this is kept: told by the moments of claim and payment.
        run(manager, &["ALTER TABLE bank_claims ADD COLUMN counted_on boolean"]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, &["ALTER TABLE bank_claims DROP COLUMN counted_on"]).await
    }
}
