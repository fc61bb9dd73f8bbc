//! Threads of before are looked at as well, so that what was said in them ends.

use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let plan = "INSERT INTO jobs (id, kind, payload, run_at, dedup_key, attempts, state, created_at) \
                    SELECT 'job_forget_' || id, 'conversations.forget', '{\"conversation_id\":\"' || id || '\"}', 0, \
                    'conversations.forget:' || id, 0, 'waiting', 0 FROM conversations";
        run(manager, &[plan]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, &["DELETE FROM jobs WHERE kind = 'conversations.forget'"]).await
    }
}
