//! A receipt whose red letter the issuer refused may stand, by the word of a clerk: why, who said so, and when.

use sea_orm_migration::prelude::*;

use crate::columns::*;

/// Column and kind of it.
const COLUMNS: [(&str, &str); 3] = [("stands_reason", "text"), ("stands_by", "text"), ("stands_at", "bigint")];

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (name, kind) in COLUMNS {
            // Repeatable: SQLite may have stopped half-way.
            if !manager.has_column("red_letters", name).await? {
                run(manager, &[format!("ALTER TABLE red_letters ADD COLUMN {name} {kind}").as_str()]).await?;
            }
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (name, _) in COLUMNS {
            run(manager, &[format!("ALTER TABLE red_letters DROP COLUMN {name}").as_str()]).await?;
        }
        Ok(())
    }
}
