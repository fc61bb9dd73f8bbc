//! Texts that people agree to, written in the console: a draft per purpose, and published versions that are kept for good.

use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create_table(
            manager,
            "agreement_versions",
            1,
            vec![
                text("id"),
                text("purpose"),
                text("title"),
                text("body"),
                // Nothing while it is a draft; then the name of the version, and the Beijing day from which it holds.
                maybe_text("version"),
                maybe_text("effective_on"),
                text("note"),
                text("made_by_name"),
                number("made_at"),
                maybe_number("published_at"),
            ],
        )
        .await?;
        run(
            manager,
            &[
                "CREATE UNIQUE INDEX uq_agreement_versions_draft ON agreement_versions (purpose) WHERE published_at IS NULL",
                "CREATE UNIQUE INDEX uq_agreement_versions_version ON agreement_versions (purpose, version)",
                "CREATE INDEX ix_agreement_versions_purpose ON agreement_versions (purpose, effective_on)",
            ],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["agreement_versions"]).await
    }
}
