//! What one administrator gives to an account alone rests until a second person has confirmed it: whoever resets a
//! colleague's password could otherwise sign in as him and be the second pair of eyes over himself.
//!
//! Rules: a new account with grave permissions ([`Permission::is_grave`]), a grave permission more, and a reset of such an
//! account rest; everything else goes on at once. Whoever made or reset an account is one of its givers even where it had
//! nothing grave then: he could be whoever signs in with it, and have a colleague give it something grave later. Whoever
//! confirms holds the permission to, is neither the one whose account it is nor one of those who gave it, does not rest
//! himself, and comes after the account has become somebody's own: a password that its giver does not know, and a second
//! factor. The command line of the server needs no second person: whoever holds it holds the database as well.

use foundation::problem::Problem;
use sea_orm::ConnectionTrait;
use serde_json::json;

use super::administration::{By, not_found};
use super::model::{StaffId, roles_of_stored};
use super::officer::Officer;
use super::permissions::Permission;
use super::roles::Role;
use super::store::{self, StaffRow};
use crate::app::App;
use crate::audit::{self, Action};

/// Whether something that this account may do waits for a second person.
pub(super) fn awaits(row: &StaffRow) -> bool {
    !row.granted_by.is_empty() && is_grave(&roles_of_stored(&row.roles))
}

/// Whether somebody has made the account his own: a password that nobody else knows, and a second factor.
pub(super) fn is_his_own(row: &StaffRow) -> bool {
    !row.must_change_password && row.totp_secret.is_some()
}

/// Whether any of these roles may do something grave.
pub(super) fn is_grave(roles: &[Role]) -> bool {
    roles.iter().any(|role| role.permissions().iter().any(|permission| permission.is_grave()))
}

/// Whether `after` may do something grave that `before` may not.
pub(super) fn is_more_grave(before: &[Role], after: &[Role]) -> bool {
    let held = |permission: &Permission| before.iter().any(|role| role.permissions().contains(permission));
    after.iter().flat_map(|role| role.permissions()).any(|permission| permission.is_grave() && !held(permission))
}

/// Remembers who gave an account what it now is; what is grave of it rests.
pub(super) async fn note_giver<C: ConnectionTrait>(
    connection: &C,
    before: &StaffRow,
    by: By<'_>,
    now_ms: i64,
) -> Result<(), Problem> {
    let By::Officer(officer) = by else { return Ok(()) };
    let mut givers: Vec<&str> = givers(before).collect();
    if !givers.contains(&officer.id.as_str()) {
        givers.push(officer.id.as_str());
    }
    demand_unchanged(store::set_granted_by(connection, before, &givers.join(","), now_ms).await?)
}

/// A second person says that it is right.
pub(super) async fn confirm(app: &App, by: By<'_>, id: &StaffId) -> Result<StaffRow, Problem> {
    let now = app.now_ms();
    let transaction = app.database.begin_write().await?;
    let row = store::find(&*transaction, id.as_str()).await?.ok_or_else(not_found)?;
    if !awaits(&row) {
        return Err(Problem::conflict("nothing_to_confirm", "这个账号没有待确认的变更").advice("请刷新列表"));
    }
    if let By::Officer(officer) = by {
        demand_second_person(officer, &row)?;
    }
    demand_unchanged(store::set_granted_by(&*transaction, &row, "", now).await?)?;
    let roles: Vec<&str> = roles_of_stored(&row.roles).iter().map(|role| role.as_str()).collect();
    let detail = json!({ "login": row.login, "roles": roles, "given_by": givers(&row).collect::<Vec<_>>() });
    audit::record(&*transaction, app, by.entry(Action::StaffConfirmed, id.as_str(), detail)).await?;
    let row = store::find(&*transaction, id.as_str()).await?.ok_or_else(not_found)?;
    transaction.commit().await?;
    Ok(row)
}

/// The same on the command line.
pub async fn confirm_by_login(app: &App, login: &str) -> Result<(), Problem> {
    let row = store::by_login(app.database.reader(), login.trim()).await?.ok_or_else(not_found)?;
    confirm(app, By::Command, &StaffId::from_stored(row.id)).await?;
    Ok(())
}

fn demand_second_person(officer: &Officer, row: &StaffRow) -> Result<(), Problem> {
    let own = officer.id.as_str() == row.id;
    if !own && givers(row).all(|giver| giver != officer.id.as_str()) {
        if is_his_own(row) {
            return Ok(());
        }
        return Err(Problem::conflict("not_yet_his_own", "本人还没有登录绑定验证器并改成自己的密码，还不能确认")
            .advice("请让本人先登录，再当面核实后确认"));
    }
    Err(Problem::conflict("second_person_needed", "开通或重置的人和账号本人都不能确认，没有改变")
        .advice("请由另一位系统管理员或财务主管确认"))
}

/// Ids of those who gave the account what nobody has confirmed.
pub(super) fn givers(row: &StaffRow) -> impl Iterator<Item = &str> {
    row.granted_by.split(',').filter(|id| !id.is_empty())
}

/// 409 for an account that somebody else changed since it was read.
pub(super) fn demand_unchanged(changed: bool) -> Result<(), Problem> {
    if changed {
        return Ok(());
    }
    Err(Problem::conflict("staff_changed", "这个账号刚刚被别人修改过，没有改变").advice("请刷新后再试"))
}
