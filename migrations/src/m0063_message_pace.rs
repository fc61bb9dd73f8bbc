//! Messages at a measured pace: what each channel sends per day and minute, when a delivery is due, what was given up, and
//! what each reader wishes.

use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create_table(
            manager,
            "message_quotas",
            2,
            vec![text("channel"), text("on_day"), counter("used"), counter("minute_at"), counter("in_minute")],
        )
        .await?;
        create_table(
            manager,
            "message_preferences",
            1,
            vec![text("account_id"), flag("digest"), text("muted"), number("updated_at")],
        )
        .await?;
        run(
            manager,
            &[
                "ALTER TABLE message_deliveries ADD COLUMN due_at bigint",
                "ALTER TABLE messages ADD COLUMN tries bigint NOT NULL DEFAULT 0",
                "ALTER TABLE messages ADD COLUMN dead_at bigint",
                "ALTER TABLE messages ADD COLUMN failure text",
                "CREATE INDEX ix_messages_dead ON messages (dead_at) WHERE dead_at IS NOT NULL",
            ],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(
            manager,
            &[
                "DROP INDEX ix_messages_dead",
                "ALTER TABLE messages DROP COLUMN failure",
                "ALTER TABLE messages DROP COLUMN dead_at",
                "ALTER TABLE messages DROP COLUMN tries",
                "ALTER TABLE message_deliveries DROP COLUMN due_at",
            ],
        )
        .await?;
        drop_tables(manager, &["message_preferences", "message_quotas"]).await
    }
}
