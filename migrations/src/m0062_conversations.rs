//! Talks between followers of the service account and the service desk.

use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create_table(
            manager,
            "conversations",
            1,
            vec![
                text("id"),
                text("app_id"),
                text("openid"),
                text("state"),
                counter("unread"),
                text("last_text"),
                number("last_at"),
                number("window_until"),
                counter("window_left"),
                maybe_text("claimed_by"),
                maybe_text("claimed_name"),
                maybe_number("waiting_since"),
                number("created_at"),
                number("updated_at"),
            ],
        )
        .await?;
        create_table(
            manager,
            "conversation_messages",
            1,
            vec![
                text("id"),
                text("conversation_id"),
                text("direction"),
                text("kind"),
                text("content"),
                maybe_text("media_id"),
                maybe_text("file_key"),
                text("state"),
                maybe_text("failure"),
                maybe_text("staff_id"),
                maybe_text("staff_name"),
                number("created_at"),
            ],
        )
        .await?;
        create_table(
            manager,
            "canned_answers",
            1,
            vec![text("id"), text("title"), text("content"), number("position"), number("updated_at")],
        )
        .await?;
        run(
            manager,
            &[
                "CREATE UNIQUE INDEX uq_conversations_openid ON conversations (app_id, openid)",
                "CREATE INDEX ix_conversations_state ON conversations (state, last_at, id)",
                "CREATE INDEX ix_conversation_messages ON conversation_messages (conversation_id, id)",
            ],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["canned_answers", "conversation_messages", "conversations"]).await
    }
}
