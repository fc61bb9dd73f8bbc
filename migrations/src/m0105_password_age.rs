//! Since when a member of staff has had his password. For those who are here it counts from now: an upgrade asks nobody for
//! another one.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DatabaseBackend;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let now_ms = match manager.get_database_backend() {
            DatabaseBackend::Postgres => "CAST(EXTRACT(EPOCH FROM now()) * 1000 AS bigint)",
            _ => "CAST(strftime('%s', 'now') AS integer) * 1000",
        };
        run(
            manager,
            &[
                "ALTER TABLE staff_accounts ADD COLUMN password_changed_at bigint",
                &format!("UPDATE staff_accounts SET password_changed_at = {now_ms} WHERE password_changed_at IS NULL"),
            ],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, &["ALTER TABLE staff_accounts DROP COLUMN password_changed_at"]).await
    }
}
