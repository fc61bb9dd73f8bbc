//! Red letters that the issuer refused are found without reading the others.

use sea_orm_migration::prelude::*;

use crate::columns::*;

const INDEX: &str = "ix_red_letters_failed";

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(false)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        build_index(manager, INDEX, "ON red_letters (invoice_id) WHERE state = 'failed'").await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_index_beside(manager, INDEX).await
    }
}
