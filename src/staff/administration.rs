//! Making, changing and resetting accounts: by an administrator, or on the command line for the first one.

use foundation::problem::Problem;
use foundation::secret_hash::new_token;
use foundation::text::{fold_width, plain_line};
use sea_orm::{ConnectionTrait, DbErr};
use serde_json::json;

use super::confirmation::{demand_unchanged, is_more_grave, note_giver};
use super::model::{StaffId, roles_of_stored};
use super::officer::Officer;
use super::roles::{Role, prepares_and_reviews};
use super::sessions;
use super::store::{self, NewStaff, StaffRow};
use crate::app::App;
use crate::audit::{self, Action, Entry};
use crate::sign_in::hash_password;

/// What a new account is made of.
#[derive(Debug, Clone)]
pub struct NewOfficer {
    /// What he types to sign in: 2–32 of a–z, 0–9, `.`, `_`, `-`.
    pub login: String,
    /// His name.
    pub display_name: String,
    /// What he does.
    pub roles: Vec<Role>,
}

/// Who makes or changes an account.
#[derive(Debug, Clone, Copy)]
pub enum By<'a> {
    /// An administrator in the console.
    Officer(&'a Officer),
    /// Somebody at the command line of the server.
    Command,
}

impl By<'_> {
    pub(super) fn entry(self, action: Action, object: &str, detail: serde_json::Value) -> Entry {
        match self {
            By::Officer(officer) => officer.entry(action, object, detail),
            By::Command => Entry {
                actor: "command".to_owned(),
                actor_name: "命令行".to_owned(),
                action,
                object: object.to_owned(),
                detail,
            },
        }
    }
}

/// Adds an account on the command line; returns its first password.
pub async fn add(app: &App, new: NewOfficer) -> Result<String, Problem> {
    Ok(add_by(app, By::Command, new).await?.1)
}

/// Adds an account; returns it with its first password, which he changes and which is shown once.
pub(super) async fn add_by(app: &App, by: By<'_>, new: NewOfficer) -> Result<(StaffRow, String), Problem> {
    let login = fold_width(new.login.trim()).to_lowercase();
    let name = plain_line(&new.display_name);
    check(&login, &name)?;
    let password = first_password();
    let hash = hash_password(&app.config, &password).await?;
    let id = StaffId::new();
    let transaction = app.database.begin_write().await?;
    let granted_by = match by {
        By::Officer(officer) => Some(&officer.id),
        By::Command => None,
    };
    let row = NewStaff {
        id: &id,
        login: &login,
        display_name: &name,
        roles: &new.roles,
        password_hash: &hash,
        first_password_until: Some(first_password_until(app)),
        granted_by,
        totp_secret: None,
    };
    if !store::insert(&*transaction, row, app.now_ms()).await? {
        return Err(Problem::conflict("login_taken", "这个登录名已经有人使用，没有新增")
            .field("login", "请换一个登录名")
            .advice("请换一个登录名"));
    }
    let detail = json!({ "login": login, "display_name": name, "roles": codes(&new.roles) });
    audit::record(&*transaction, app, by.entry(Action::StaffAdded, id.as_str(), detail)).await?;
    let made = store::find(&*transaction, id.as_str()).await?.ok_or_else(not_found)?;
    transaction.commit().await?;
    Ok((made, password))
}

/// Changes roles, or whether the account may be used. Sessions end at once: what was allowed a moment ago may not be any
/// more.
pub(super) async fn change(
    app: &App,
    officer: &Officer,
    id: &StaffId,
    roles: &[Role],
    disabled: bool,
) -> Result<StaffRow, Problem> {
    if *id == officer.id {
        return Err(Problem::conflict("not_oneself", "不能修改自己的角色或停用自己，没有修改")
            .advice("请由另一位系统管理员操作"));
    }
    let now = app.now_ms();
    let transaction = app.database.begin_write().await?;
    let before = store::find(&*transaction, id.as_str()).await?.ok_or_else(not_found)?;
    let state = if disabled { store::DISABLED } else { store::ACTIVE };
    let roles_before = roles_of_stored(&before.roles);
    if is_more_grave(&roles_before, roles) {
        note_giver(&*transaction, &before, By::Officer(officer), now).await?;
    }
    demand_unchanged(store::set_roles(&*transaction, &before, roles, state, now).await?)?;
    let ended = sessions::end_all(&*transaction, id.as_str(), None, now).await?;
    let detail = json!({
        "login": before.login,
        "roles_before": codes(&roles_before),
        "roles": codes(roles),
        "disabled": disabled,
        "sessions_ended": ended,
    });
    audit::record(&*transaction, app, officer.entry(Action::StaffChanged, id.as_str(), detail)).await?;
    let changed = store::find(&*transaction, id.as_str()).await?.ok_or_else(not_found)?;
    transaction.commit().await?;
    Ok(changed)
}

/// A new first password, no second factor, no sessions; for people who forgot or lost everything.
pub(super) async fn reset(app: &App, by: By<'_>, id: &StaffId) -> Result<String, Problem> {
    let password = first_password();
    let hash = hash_password(&app.config, &password).await?;
    let now = app.now_ms();
    let transaction = app.database.begin_write().await?;
    let row = store::find(&*transaction, id.as_str()).await?.ok_or_else(not_found)?;
    note_giver(&*transaction, &row, by, now).await?;
    store::set_password(&*transaction, id.as_str(), &hash, Some(first_password_until(app)), now).await?;
    store::forget_second_factor(&*transaction, id.as_str(), now).await?;
    let ended = sessions::end_all(&*transaction, id.as_str(), None, now).await?;
    let detail = json!({ "login": row.login, "sessions_ended": ended });
    audit::record(&*transaction, app, by.entry(Action::StaffReset, id.as_str(), detail)).await?;
    transaction.commit().await?;
    Ok(password)
}

/// Who prepares and reviews as well, as name and login: accounts that may be used alone.
///
/// # Errors
/// When the database does not answer.
pub async fn in_one_hand<C: ConnectionTrait>(connection: &C) -> Result<Vec<String>, DbErr> {
    let rows = store::active(connection).await?;
    let both = rows.iter().filter(|row| prepares_and_reviews(&roles_of_stored(&row.roles)));
    Ok(both.map(|row| format!("{}（{}）", row.display_name, row.login)).collect())
}

/// The same on the command line.
pub async fn reset_by_login(app: &App, login: &str) -> Result<String, Problem> {
    let row = store::by_login(app.database.reader(), login.trim()).await?.ok_or_else(not_found)?;
    reset(app, By::Command, &StaffId::from_stored(row.id)).await
}

fn check(login: &str, name: &str) -> Result<(), Problem> {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-".contains(&byte);
    let mut problem = Problem::unacceptable("staff_wrong", "账号信息不完整，没有新增").advice("请按提示修改后重试");
    let login_fits = (2..=32).contains(&login.len()) && login.bytes().all(fits);
    let name_fits = (1..=30).contains(&name.chars().count());
    if !login_fits {
        problem = problem.field("login", "2–32 位小写字母、数字或 . _ -");
    }
    if !name_fits {
        problem = problem.field("display_name", "请填写姓名（30 字以内）");
    }
    if login_fits && name_fits { Ok(()) } else { Err(problem) }
}

/// Until when a password that is made now can be used, epoch milliseconds.
pub(super) fn first_password_until(app: &App) -> i64 {
    app.now_ms() + app.config.staff.first_password_hours * 3_600_000
}

/// Letters and digits, so that it passes our own rule; 72 bits.
fn first_password() -> String {
    let token = new_token();
    format!("Tj{}", &token[..18])
}

fn codes(roles: &[Role]) -> Vec<&'static str> {
    roles.iter().map(|role| role.as_str()).collect()
}

/// 404 for an account that is not there.
pub(super) fn not_found() -> Problem {
    Problem::not_found("staff_not_found", "没有找到这个员工账号")
}
