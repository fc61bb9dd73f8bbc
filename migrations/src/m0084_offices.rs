//! Where people go and whom they call.

use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create_table(
            manager,
            "offices",
            1,
            vec![
                text("id"),
                text("name"),
                text("kind"),
                text("district"),
                text("address"),
                text("phone"),
                text("hours"),
                flag("hands_out_papers"),
                number("position"),
                number("updated_at"),
                maybe_number("removed_at"),
            ],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, &["DROP TABLE offices"]).await
    }
}
