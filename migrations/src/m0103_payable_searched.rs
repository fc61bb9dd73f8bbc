//! On PostgreSQL, the index of payable fees carries the text that is searched, too: what a unit looks for among all it has to
//! pay is found and added up in the index alone. Its longest text (five fields of at most a hundred characters) stays below
//! what an entry of an index may take.

use sea_orm_migration::prelude::*;

use crate::columns::*;

const WITH_TEXTS: &str = "ix_fees_payable_searched";
const WITHOUT: &str = "ix_fees_payable_amounts";

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(false)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let definition = "ON fees (unit_id, id DESC) INCLUDE (amount_fen, search_text) WHERE state = 'payable'";
        replace_server_index(manager, WITHOUT, WITH_TEXTS, definition).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let definition = "ON fees (unit_id, id DESC) INCLUDE (amount_fen) WHERE state = 'payable'";
        replace_server_index(manager, WITH_TEXTS, WITHOUT, definition).await
    }
}
