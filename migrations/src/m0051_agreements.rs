//! Who agreed to what: every consent with the version that was read, when, and from where.

use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create_table(
            manager,
            "consents",
            1,
            vec![
                text("id"),
                text("account_id"),
                text("purpose"),
                text("version"),
                // SHA-256 of the text that was shown: proves which words were agreed to.
                text("text_sha256"),
                text("client"),
                text("address"),
                number("opened_at"),
                number("agreed_at"),
                maybe_number("withdrawn_at"),
            ],
        )
        .await?;
        run(
            manager,
            &[
                "CREATE UNIQUE INDEX uq_consents_live ON consents (account_id, purpose, version) WHERE withdrawn_at IS NULL",
                "CREATE INDEX ix_consents_account ON consents (account_id, id)",
            ],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["consents"]).await
    }
}
