//! Phones rest sealed behind a blind index of 23 characters, which is what they are found and kept unique by. The rows
//! themselves are sealed by the application, which has the keys.

use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(
            manager,
            &[
                "ALTER TABLE import_postings ADD COLUMN applicant_sealed text",
                "CREATE UNIQUE INDEX uq_accounts_phone_index ON accounts (substr(phone, 1, 23))",
                "DROP INDEX uq_accounts_phone",
                "CREATE INDEX ix_member_invitations_phone_index ON member_invitations (substr(phone, 1, 23)) WHERE phone IS NOT NULL",
                "DROP INDEX ix_member_invitations_phone",
                "CREATE UNIQUE INDEX uq_earlier_phones_index ON earlier_phones (account_id, substr(phone, 1, 23))",
                "CREATE INDEX ix_earlier_phones_phone_index ON earlier_phones (substr(phone, 1, 23))",
                "DROP INDEX ix_earlier_phones_phone",
            ],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(
            manager,
            &[
                "CREATE INDEX ix_earlier_phones_phone ON earlier_phones (phone)",
                "DROP INDEX ix_earlier_phones_phone_index",
                "DROP INDEX uq_earlier_phones_index",
                "CREATE INDEX ix_member_invitations_phone ON member_invitations (phone) WHERE phone IS NOT NULL",
                "DROP INDEX ix_member_invitations_phone_index",
                "CREATE UNIQUE INDEX uq_accounts_phone ON accounts (phone)",
                "DROP INDEX uq_accounts_phone_index",
                "ALTER TABLE import_postings DROP COLUMN applicant_sealed",
            ],
        )
        .await
    }
}
