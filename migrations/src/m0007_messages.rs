//! To people and from people.

use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create_table(
            manager,
            "messages",
            1,
            vec![
                text("id"),
                text("account_id"),
                maybe_text("unit_id"),
                text("kind"),
                text("dedup_key"),
                text("title"),
                text("body"),
                text("link"),
                number("created_at"),
                maybe_number("read_at"),
            ],
        )
        .await?;
        create_table(
            manager,
            "message_deliveries",
            1,
            vec![
                text("id"),
                text("message_id"),
                text("channel"),
                text("app_id"),
                text("openid"),
                text("template_id"),
                text("state"),
                maybe_text("channel_message_id"),
                maybe_text("failure"),
                number("created_at"),
                number("updated_at"),
            ],
        )
        .await?;
        create_table(
            manager,
            "subscription_grants",
            3,
            vec![text("app_id"), text("openid"), text("template_id"), counter("remaining"), number("updated_at")],
        )
        .await?;
        create_table(
            manager,
            "inbound_messages",
            1,
            vec![text("dedup_key"), text("openid"), text("kind"), maybe_text("content"), number("received_at")],
        )
        .await?;
        run(
            manager,
            &[
                "CREATE UNIQUE INDEX uq_messages_dedup_key ON messages (dedup_key)",
                "CREATE INDEX ix_messages_account ON messages (account_id, id)",
                "CREATE INDEX ix_message_deliveries_message ON message_deliveries (message_id)",
                "CREATE INDEX ix_message_deliveries_channel_id ON message_deliveries (channel_message_id)",
            ],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["inbound_messages", "subscription_grants", "message_deliveries", "messages"]).await
    }
}
