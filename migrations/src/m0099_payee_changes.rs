//! Where the payers' money goes is changed by two people.

use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create_table(
            manager,
            "payee_changes",
            1,
            vec![
                text("id"),
                text("payee_id"),
                text("name"),
                text("account_name"),
                text("bank_name"),
                text("bank_account"),
                text("name_before"),
                text("account_name_before"),
                text("bank_name_before"),
                text("bank_account_before"),
                text("state"),
                number("created_at"),
            ],
        )
        .await?;
        run(manager, &["CREATE UNIQUE INDEX payee_changes_open ON payee_changes (payee_id) WHERE state = 'open'"]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, &["DROP TABLE payee_changes"]).await
    }
}
