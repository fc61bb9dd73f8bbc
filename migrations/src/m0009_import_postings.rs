//! Which fees an import brought, per unit and applicant, until people have been told: an import that is cut short is
//! told by a job instead of being forgotten.

use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create_table(
            manager,
            "import_postings",
            3,
            vec![
                text("import_id"),
                text("unit_id"),
                text("applicant_phone"),
                counter("fee_count"),
                counter("amount_fen"),
            ],
        )
        .await?;
        run(manager, &["ALTER TABLE imports ADD COLUMN last_batch_at bigint"]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, &["ALTER TABLE imports DROP COLUMN last_batch_at"]).await?;
        drop_tables(manager, &["import_postings"]).await
    }
}
