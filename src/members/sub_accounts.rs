//! Sub-accounts (S1-60): for colleagues without a phone of their own, made by the unit, in at once, and managed by it alone.

use foundation::problem::Problem;
use foundation::text::{fold_width, plain_line};

use super::change::{described, hold, hold_actor};
use super::events::{EventKind, record};
use super::roles::{checked_limits, demand_may_change};
use crate::accounts::{self, AccountId, Limits, NewMember, NewSubAccount, Role, Scope};
use crate::app::App;
use crate::recovery;
use crate::sign_in::{first_password, first_password_expires_at, give_first_password, hash_password};

/// What is asked for.
pub(super) struct Wanted {
    pub(super) login_name: String,
    pub(super) display_name: String,
    pub(super) role: Role,
    pub(super) limits: Option<Limits>,
}

/// Name and first password, told once.
pub(super) struct Made {
    pub(super) id: AccountId,
    pub(super) login_name: String,
    pub(super) password: String,
}

/// Makes a sub-account; its login name is what was asked for and `@` and a number of the unit, so that it meets no other
/// unit's and no 单位账号.
pub(super) async fn make(app: &App, scope: &Scope, wanted: Wanted) -> Result<Made, Problem> {
    scope.demand_manager()?;
    demand_may_change(scope.role(), None, Some(wanted.role))?;
    super::change::refuse_applicant_without_phone(wanted.role, false)?;
    if wanted.role.may_manage() {
        return Err(Problem::unacceptable("sub_account_may_not_manage", "子账号不能当管理员")
            .field("role", "请选择财务或只查看")
            .advice("管理员请用手机号邀请"));
    }
    let limits = checked_limits(wanted.role, wanted.limits)?;
    let (login_name, display_name) = checked_names(scope, &wanted.login_name, &wanted.display_name)?;
    let password = first_password();
    let hash = hash_password(&app.config, &password).await?;
    let now = app.now_ms();
    let transaction = app.database.begin_write().await?;
    let actor = hold_actor(&*transaction, scope).await?;
    demand_may_change(actor.role, None, Some(wanted.role))?;
    if accounts::count_members(&*transaction, scope.unit_id(), None).await? >= app.config.members.members_max {
        return Err(
            Problem::conflict("members_too_many", "本单位的成员已经很多，没有新建").advice("请先移出用不到的成员")
        );
    }
    let new = NewSubAccount {
        login_name: &login_name,
        display_name: &display_name,
        password_hash: &hash,
        home_unit: scope.unit_id(),
        password_expires_at: first_password_expires_at(app),
    };
    let id = accounts::add_sub_account(&*transaction, new, now).await?.ok_or_else(|| {
        Problem::conflict("login_name_taken", "这个登录名已经有人用了，没有新建")
            .field("login_name", "请换一个登录名")
            .advice("请换一个登录名")
    })?;
    let member = NewMember {
        account: &id,
        unit: scope.unit_id(),
        role: wanted.role,
        limits: &limits,
        invited_by: scope.account_id(),
    };
    accounts::add_member(&*transaction, member, now).await?;
    let whom = (display_name.as_str(), Some(format!("{login_name}，{}", described(wanted.role, &limits))));
    record(&*transaction, scope.unit_id(), EventKind::SubAccountMade, &actor.account, whom, now).await?;
    transaction.commit().await?;
    Ok(Made { id, login_name, password })
}

fn checked_names(scope: &Scope, login_name: &str, display_name: &str) -> Result<(String, String), Problem> {
    let login: String = fold_width(login_name.trim()).to_lowercase();
    if !(2..=20).contains(&login.len()) || !login.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    {
        return Err(Problem::unacceptable("bad_login_name", "登录名不对，没有新建")
            .field("login_name", "请用 2–20 个小写字母或数字")
            .advice("请用 2–20 个小写字母或数字"));
    }
    let name = plain_line(display_name);
    if !(1..=20).contains(&name.chars().count()) {
        return Err(Problem::unacceptable("bad_name", "姓名不对，没有新建")
            .field("display_name", "请填写 1–20 个字的姓名")
            .advice("请填写 1–20 个字的姓名"));
    }
    let unit = scope.unit_id().as_str();
    Ok((format!("{login}@{}", &unit[unit.len().saturating_sub(6)..]), name))
}

/// A new first password for a sub-account of this unit; it is signed out everywhere. Whoever came by himself resets his
/// password by SMS: an administrator of one unit must not get into his other units.
pub(super) async fn reset_password(app: &App, scope: &Scope, account: &AccountId) -> Result<Made, Problem> {
    scope.demand_manager()?;
    let password = first_password();
    let hash = hash_password(&app.config, &password).await?;
    let now = app.now_ms();
    let transaction = app.database.begin_write().await?;
    let (actor, member) = hold(&*transaction, scope, account).await?;
    demand_may_change(actor.role, Some(member.role), None)?;
    if member.account.home_unit_id.as_ref() != Some(scope.unit_id()) {
        return Err(Problem::conflict("not_a_sub_account", "这位成员用自己的手机号登录，不能替他重置密码")
            .advice("请他在登录页点“忘记密码”，用短信验证码重设"));
    }
    give_first_password(app, &*transaction, account, &hash).await?;
    // Whoever had the password before could have set the question by it.
    recovery::forget_questions(&*transaction, &member.account).await?;
    let whom = (member.account.display_name.as_str(), member.account.login_name.clone());
    record(&*transaction, scope.unit_id(), EventKind::PasswordReset, &actor.account, whom, now).await?;
    transaction.commit().await?;
    Ok(Made { id: account.clone(), login_name: member.account.login_name.unwrap_or_default(), password })
}
