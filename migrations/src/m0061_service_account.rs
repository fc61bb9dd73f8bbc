//! Running the service account from the console: versions of menu and replies, scene codes and what they brought,
//! followers day by day.

use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create_table(
            manager,
            "account_versions",
            2,
            vec![
                text("kind"),
                number("number"),
                text("content"),
                text("note"),
                text("made_by"),
                number("made_at"),
                maybe_number("live_at"),
                maybe_text("live_by"),
            ],
        )
        .await?;
        create_table(
            manager,
            "scene_codes",
            1,
            vec![
                text("id"),
                text("scene"),
                text("kind"),
                text("name"),
                text("page"),
                text("url"),
                text("made_by"),
                number("made_at"),
                maybe_number("retired_at"),
            ],
        )
        .await?;
        create_table(
            manager,
            "scene_days",
            2,
            vec![text("scene"), text("on_day"), counter("scans"), counter("follows")],
        )
        .await?;
        create_table(manager, "follower_days", 1, vec![text("on_day"), counter("joined"), counter("departed")]).await?;
        create_table(
            manager,
            "scene_bindings",
            1,
            vec![text("scene_hash"), text("account_id"), number("expires_at"), maybe_number("used_at")],
        )
        .await?;
        run(manager, &["CREATE UNIQUE INDEX uq_scene_codes_scene ON scene_codes (scene)"]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let tables = ["scene_bindings", "follower_days", "scene_days", "scene_codes", "account_versions"];
        drop_tables(manager, &tables).await
    }
}
