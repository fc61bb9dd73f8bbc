//! What one administrator gave to a member of staff alone, until a second person has confirmed it; and until when a first
//! password is good.

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
                "ALTER TABLE staff_accounts ADD COLUMN granted_by text NOT NULL DEFAULT ''",
                "ALTER TABLE staff_accounts ADD COLUMN first_password_until bigint",
            ],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(
            manager,
            &[
                "ALTER TABLE staff_accounts DROP COLUMN first_password_until",
                "ALTER TABLE staff_accounts DROP COLUMN granted_by",
            ],
        )
        .await
    }
}
