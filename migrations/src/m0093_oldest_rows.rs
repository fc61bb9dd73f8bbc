//! The oldest rows of what is moved into files are found without reading the others.

use sea_orm_migration::prelude::*;

use crate::columns::*;

const INDEXES: [(&str, &str); 3] = [
    ("ix_channel_events_applied", "ON channel_events (received_at, id) WHERE state = 'applied'"),
    ("ix_inbound_messages_at", "ON inbound_messages (received_at, dedup_key)"),
    ("ix_integration_requests_at", "ON integration_requests (created_at, request_id)"),
];

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(false)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (name, definition) in INDEXES {
            build_index(manager, name, definition).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (name, _) in INDEXES {
            drop_index_beside(manager, name).await?;
        }
        Ok(())
    }
}
