//! Changing and ending memberships.

use foundation::problem::Problem;
use sea_orm::ConnectionTrait;

use super::events::{EventKind, record};
use super::roles::{checked_limits, demand_may_change};
use crate::accounts::{self, AccountId, AccountKind, Limits, Member, Role, Scope, UnitId};
use crate::app::App;

pub(super) fn not_found() -> Problem {
    Problem::not_found("member_not_found", "没有找到这位成员").advice("请返回成员列表刷新后再试")
}

/// Holds the unit and reads who acts as he is now: what his request began with may be over.
pub(super) async fn hold_actor<C: ConnectionTrait>(connection: &C, scope: &Scope) -> Result<Member, Problem> {
    let unit = scope.unit_id();
    accounts::hold_unit(connection, unit).await?;
    let actor = accounts::member(connection, unit, scope.account_id()).await?.ok_or_else(not_found)?;
    if actor.role.may_manage() { Ok(actor) } else { Err(accounts::role_may_not_manage()) }
}

/// Holds the unit and reads who acts and upon whom, as they are now.
pub(super) async fn hold<C: ConnectionTrait>(
    connection: &C,
    scope: &Scope,
    account: &AccountId,
) -> Result<(Member, Member), Problem> {
    let unit = scope.unit_id();
    accounts::hold_unit(connection, unit).await?;
    let actor = accounts::member(connection, unit, scope.account_id()).await?.ok_or_else(not_found)?;
    let member = accounts::member(connection, unit, account).await?.ok_or_else(not_found)?;
    Ok((actor, member))
}

/// `财务（电梯）`.
pub(super) fn described(role: Role, limits: &Limits) -> String {
    match limits.text() {
        Some(limits) => format!("{}（{limits}）", role.text()),
        None => role.text().to_owned(),
    }
}

/// Gives a member another role or other limits, from his next request on.
pub(super) async fn change(
    app: &App,
    scope: &Scope,
    account: &AccountId,
    role: Role,
    limits: Option<Limits>,
) -> Result<(), Problem> {
    scope.demand_manager()?;
    let limits = checked_limits(role, limits)?;
    let now = app.now_ms();
    let transaction = app.database.begin_write().await?;
    let (actor, member) = hold(&*transaction, scope, account).await?;
    demand_may_change(actor.role, Some(member.role), Some(role))?;
    refuse_applicant_without_phone(role, member.account.phone.is_some())?;
    accounts::change_member(&*transaction, scope.unit_id(), account, role, &limits).await?;
    let detail = format!("{} → {}", described(member.role, &member.limits), described(role, &limits));
    let whom = (member.account.display_name.as_str(), Some(detail));
    record(&*transaction, scope.unit_id(), EventKind::Changed, &actor.account, whom, now).await?;
    Ok(transaction.commit().await?)
}

pub(super) fn refuse_applicant_without_phone(role: Role, has_phone: bool) -> Result<(), Problem> {
    if role != Role::Applicant || has_phone {
        return Ok(());
    }
    Err(Problem::unacceptable("applicant_needs_phone", "报检人按手机号查看自己的报检，这个账号没有手机号")
        .field("role", "请选择财务或只查看")
        .advice("请选择财务或只查看"))
}

/// Ends a membership: one's own (leaving), or a colleague's (removing).
pub(super) async fn remove(app: &App, scope: &Scope, account: &AccountId) -> Result<(), Problem> {
    let leaves = scope.account_id() == account;
    let now = app.now_ms();
    let transaction = app.database.begin_write().await?;
    let (actor, member) = hold(&*transaction, scope, account).await?;
    if leaves {
        refuse_last_owner(&*transaction, scope.unit_id(), &member).await?;
    } else {
        scope.demand_manager()?;
        demand_may_change(actor.role, Some(member.role), None)?;
    }
    accounts::remove_member(&*transaction, scope.unit_id(), account, now).await?;
    let kind = if leaves { EventKind::Left } else { EventKind::Removed };
    let whom = (member.account.display_name.as_str(), Some(described(member.role, &member.limits)));
    record(&*transaction, scope.unit_id(), kind, &actor.account, whom, now).await?;
    Ok(transaction.commit().await?)
}

async fn refuse_last_owner<C: ConnectionTrait>(connection: &C, unit: &UnitId, member: &Member) -> Result<(), Problem> {
    if member.account.kind == AccountKind::Unit && member.account.home_unit_id.is_none() {
        return Err(
            Problem::conflict("unit_account_stays", "单位账号不能退出自己的单位").advice("如不再使用，请致电客服停用")
        );
    }
    if member.role == Role::Owner && accounts::count_members(connection, unit, Some(Role::Owner)).await? <= 1 {
        return Err(
            Problem::conflict("last_owner", "您是本单位唯一的负责人，不能退出").advice("请先把负责人移交给其他成员")
        );
    }
    Ok(())
}
