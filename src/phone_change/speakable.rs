//! For whom the administrators of a unit may speak. Anybody can make a unit of his own and bring others into it; a phone is
//! the key to everything an account has, so the word of a unit counts only where it cannot be used against others.

use axum::http::StatusCode;
use foundation::clock::DAY_MS;
use foundation::problem::Problem;
use sea_orm::ConnectionTrait;

use super::entity::phone_changes::Model;
use crate::accounts::{self, AccountId, Member, UnitId, UnitLevel};
use crate::app::App;

/// The member whom a request is about, as he is now. 403 `unit_may_not_confirm` where the unit is not known to the
/// institute, he belongs to another unit as well, or has not belonged to this one for `members.phone_change_member_days`;
/// 409 `phone_changed_already`.
pub(super) async fn colleague<C: ConnectionTrait>(app: &App, connection: &C, row: &Model) -> Result<Member, Problem> {
    let account = AccountId::from_stored(row.account_id.clone());
    let unit = UnitId::from_stored(row.unit_id.clone().unwrap_or_default());
    let member = accounts::member(connection, &unit, &account).await?;
    let member = member.ok_or_else(|| Problem::not_found("member_not_found", "他已经不是本单位的成员"))?;
    if member.account.phone.as_deref() != row.old_phone.as_deref() {
        return Err(
            Problem::conflict("phone_changed_already", "他的手机号已经改过，没有再次修改").advice("请刷新后查看")
        );
    }
    let units = accounts::units_of(connection, &account).await?;
    let known = units.iter().any(|access| access.unit.id == unit && access.unit.level != UnitLevel::Uncertified);
    if !known {
        return Err(refused("这个单位还没有认证，不能替成员确认新手机号"));
    }
    if units.len() > 1 {
        return Err(refused("这个账号还属于别的单位，不能由一个单位确认新手机号"));
    }
    let days = app.config.members.phone_change_member_days;
    if app.now_ms() - member.joined_at < days * DAY_MS {
        return Err(refused(&format!("加入单位满 {days} 天后，才能由单位确认新手机号")));
    }
    Ok(member)
}

fn refused(message: &str) -> Problem {
    Problem::new(StatusCode::FORBIDDEN, "unit_may_not_confirm", format!("{message}，没有修改"))
        .advice("请用旧手机收验证码更换，或上传证明由客服审核")
}
