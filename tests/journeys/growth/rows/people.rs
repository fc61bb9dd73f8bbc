//! Units with their accounts, sessions and followers.

use super::{Filling, TOLD, UNITS, id_of};

pub(super) async fn people(filling: &Filling<'_>) {
    let at = filling.at(UNITS);
    let (unit, account) = (id_of("unt", "i"), id_of("acc", "i"));
    let unit_columns = [
        ("id", unit.as_str()),
        ("external_id", "'U' || i"),
        ("name", "'示例物业' || i || '有限公司'"),
        ("uscc", "'91500000DEM' || (1000000 + i)"),
        ("state", "'active'"),
        ("created_at", &at),
        ("updated_at", &at),
    ];
    filling.table("units", UNITS, &unit_columns).await;
    let account_columns = [
        ("id", account.as_str()),
        ("kind", "'unit'"),
        ("login_name", "'U' || i"),
        ("display_name", "'示例物业' || i || '有限公司'"),
        ("state", "'active'"),
        ("created_at", &at),
        ("updated_at", &at),
    ];
    filling.table("accounts", UNITS, &account_columns).await;
    let member_columns =
        [("account_id", account.as_str()), ("unit_id", unit.as_str()), ("role", "'owner'"), ("created_at", &at)];
    filling.table("memberships", UNITS, &member_columns).await;
    let at = filling.at(TOLD);
    let session_account = id_of("acc", &format!("i % {UNITS}"));
    let session_columns = [
        ("id", "'ses_' || i"),
        ("token_hash", "'hash of ' || i"),
        ("account_id", session_account.as_str()),
        ("client", "'h5-browser'"),
        ("device", "'phone'"),
        ("created_at", &at),
        ("last_seen_at", &at),
        ("expires_at", &at),
    ];
    filling.table("sessions", TOLD, &session_columns).await;
    let follower_columns = [
        ("app_id", "'wx0000000000000001'"),
        ("openid", "'o' || i"),
        ("account_id", session_account.as_str()),
        ("created_at", &at),
        ("updated_at", &at),
    ];
    filling.table("wechat_users", TOLD, &follower_columns).await;
}
