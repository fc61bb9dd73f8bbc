//! What other systems are told: events in the order in which they became known, who is told, and how telling went.

use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create_table(
            manager,
            "webhook_endpoints",
            1,
            vec![
                text("id"),
                text("url"),
                text("description"),
                // Codes of event types, separated by commas; empty = all.
                text("event_types"),
                text("state"),
                maybe_text("disabled_reason"),
                // Sealed.
                text("secret"),
                maybe_text("previous_secret"),
                maybe_number("previous_secret_until"),
                // Since when nothing arrives there, and until when nobody tries.
                maybe_number("failing_since"),
                maybe_number("resume_at"),
                text("created_by"),
                number("created_at"),
                number("updated_at"),
            ],
        )
        .await?;
        create_table(
            manager,
            "webhook_events",
            1,
            vec![text("id"), number("seq"), text("kind"), text("object_id"), text("body"), number("at")],
        )
        .await?;
        // One row: the number of the newest event, held while the next one is written.
        create_table(manager, "webhook_feed", 1, vec![text("id"), counter("seq")]).await?;
        create_table(
            manager,
            "webhook_deliveries",
            1,
            vec![
                text("id"),
                text("event_id"),
                text("endpoint_id"),
                text("kind"),
                text("object_id"),
                text("state"),
                counter("attempts"),
                // Counts replays: a job of an earlier round does nothing.
                counter("round"),
                number("round_started_at"),
                maybe_number("next_at"),
                maybe_number("last_status"),
                maybe_text("last_error"),
                maybe_number("delivered_at"),
                number("created_at"),
                number("updated_at"),
            ],
        )
        .await?;
        create_table(
            manager,
            "webhook_attempts",
            1,
            vec![
                text("id"),
                text("delivery_id"),
                number("at"),
                maybe_number("status"),
                maybe_text("error"),
                number("duration_ms"),
            ],
        )
        .await?;
        run(
            manager,
            &[
                "INSERT INTO webhook_feed (id, seq) VALUES ('head', 0)",
                "CREATE UNIQUE INDEX uq_webhook_events_seq ON webhook_events (seq)",
                "CREATE INDEX ix_webhook_events_at ON webhook_events (at)",
                "CREATE UNIQUE INDEX uq_webhook_deliveries_event ON webhook_deliveries (event_id, endpoint_id)",
                "CREATE INDEX ix_webhook_deliveries_state ON webhook_deliveries (state, id)",
                "CREATE INDEX ix_webhook_deliveries_endpoint ON webhook_deliveries (endpoint_id, id)",
                "CREATE INDEX ix_webhook_attempts_delivery ON webhook_attempts (delivery_id, id)",
            ],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(
            manager,
            &["webhook_attempts", "webhook_deliveries", "webhook_feed", "webhook_events", "webhook_endpoints"],
        )
        .await
    }
}
