//! Members of a unit: their limits, invitations, what was changed by whom; sub-accounts that a unit made itself; phones
//! that an account had before.

use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create_table(
            manager,
            "member_invitations",
            1,
            vec![
                text("id"),
                text("unit_id"),
                text("role"),
                // As in memberships.
                maybe_text("limits"),
                // Only this phone may accept; nothing for a link to whoever gets it.
                maybe_text("phone"),
                text("token_hash"),
                text("invited_by"),
                text("invited_by_name"),
                number("created_at"),
                number("expires_at"),
                maybe_number("accepted_at"),
                maybe_text("accepted_by"),
                maybe_number("revoked_at"),
            ],
        )
        .await?;
        create_table(
            manager,
            "member_events",
            1,
            vec![
                text("id"),
                text("unit_id"),
                text("kind"),
                text("actor_id"),
                text("actor_name"),
                text("member_name"),
                maybe_text("detail"),
                number("at"),
            ],
        )
        .await?;
        create_table(
            manager,
            "earlier_phones",
            2,
            vec![text("account_id"), text("phone"), text("approved_by"), number("approved_at")],
        )
        .await?;
        run(
            manager,
            &[
                // What part of the unit a member may see, as JSON; nothing for all of it.
                "ALTER TABLE memberships ADD COLUMN limits text",
                "ALTER TABLE memberships ADD COLUMN invited_by text",
                // The unit that made this account and may reset its password.
                "ALTER TABLE accounts ADD COLUMN home_unit_id text",
                // Somebody else chose the password.
                "ALTER TABLE accounts ADD COLUMN password_temporary boolean NOT NULL DEFAULT false",
                "CREATE UNIQUE INDEX uq_member_invitations_token ON member_invitations (token_hash)",
                "CREATE INDEX ix_member_invitations_unit ON member_invitations (unit_id, id)",
                "CREATE INDEX ix_member_invitations_phone ON member_invitations (phone) WHERE phone IS NOT NULL",
                "CREATE INDEX ix_member_events_unit ON member_events (unit_id, id)",
                "CREATE INDEX ix_earlier_phones_phone ON earlier_phones (phone)",
            ],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(
            manager,
            &[
                "ALTER TABLE accounts DROP COLUMN password_temporary",
                "ALTER TABLE accounts DROP COLUMN home_unit_id",
                "ALTER TABLE memberships DROP COLUMN invited_by",
                "ALTER TABLE memberships DROP COLUMN limits",
            ],
        )
        .await?;
        drop_tables(manager, &["earlier_phones", "member_events", "member_invitations"]).await
    }
}
