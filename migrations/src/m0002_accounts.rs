//! Who signs in, for which unit, from where.

use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create_table(
            manager,
            "accounts",
            1,
            vec![
                text("id"),
                text("kind"),
                maybe_text("login_name"),
                maybe_text("phone"),
                text("display_name"),
                maybe_text("password_hash"),
                counter("failed_count"),
                maybe_number("locked_until"),
                text("state"),
                flag("elder_mode"),
                maybe_text("last_unit_id"),
                number("created_at"),
                number("updated_at"),
            ],
        )
        .await?;
        create_table(
            manager,
            "units",
            1,
            vec![
                text("id"),
                text("external_id"),
                text("name"),
                maybe_text("uscc"),
                maybe_text("district_code"),
                maybe_text("address"),
                maybe_text("phone"),
                text("state"),
                number("created_at"),
                number("updated_at"),
            ],
        )
        .await?;
        create_table(
            manager,
            "memberships",
            2,
            vec![text("account_id"), text("unit_id"), text("role"), number("created_at")],
        )
        .await?;
        create_table(
            manager,
            "sessions",
            1,
            vec![
                text("id"),
                text("token_hash"),
                text("account_id"),
                maybe_text("unit_id"),
                text("client"),
                text("device"),
                maybe_text("app_id"),
                maybe_text("openid"),
                number("created_at"),
                number("last_seen_at"),
                number("expires_at"),
                maybe_number("revoked_at"),
            ],
        )
        .await?;
        create_table(
            manager,
            "wechat_users",
            2,
            vec![
                text("app_id"),
                text("openid"),
                maybe_text("unionid"),
                maybe_text("account_id"),
                flag("following"),
                number("created_at"),
                number("updated_at"),
            ],
        )
        .await?;
        create_table(
            manager,
            "bind_tickets",
            1,
            vec![
                text("ticket_hash"),
                text("app_id"),
                text("openid"),
                maybe_text("unionid"),
                number("created_at"),
                number("expires_at"),
            ],
        )
        .await?;
        create_table(
            manager,
            "oauth_states",
            1,
            vec![
                text("state_hash"),
                text("browser_hash"),
                text("return_to"),
                number("created_at"),
                number("expires_at"),
                counter("uses"),
            ],
        )
        .await?;
        create_table(
            manager,
            "sms_codes",
            1,
            vec![
                text("id"),
                text("phone"),
                text("code_hash"),
                text("purpose"),
                counter("wrong_count"),
                number("created_at"),
                number("expires_at"),
                maybe_number("used_at"),
            ],
        )
        .await?;
        run(
            manager,
            &[
                "CREATE UNIQUE INDEX uq_accounts_login_name ON accounts (login_name)",
                "CREATE UNIQUE INDEX uq_accounts_phone ON accounts (phone)",
                "CREATE UNIQUE INDEX uq_units_external_id ON units (external_id)",
                "CREATE INDEX ix_memberships_unit ON memberships (unit_id)",
                "CREATE UNIQUE INDEX uq_sessions_token_hash ON sessions (token_hash)",
                "CREATE INDEX ix_sessions_account ON sessions (account_id)",
                "CREATE INDEX ix_wechat_users_account ON wechat_users (account_id)",
                "CREATE INDEX ix_wechat_users_unionid ON wechat_users (unionid)",
                "CREATE INDEX ix_sms_codes_phone ON sms_codes (phone, created_at)",
            ],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(
            manager,
            &[
                "sms_codes",
                "oauth_states",
                "bind_tickets",
                "wechat_users",
                "sessions",
                "memberships",
                "units",
                "accounts",
            ],
        )
        .await
    }
}
