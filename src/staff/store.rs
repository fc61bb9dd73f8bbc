//! Rows of staff accounts.

use foundation::paging::{Page, PageRequest};
use foundation::problem::Problem;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect, Select, UpdateMany,
};

use super::confirmation::is_grave;
use super::entity::staff_accounts::{ActiveModel, Column, Entity, Model};
use super::model::{StaffId, roles_to_stored};
use super::roles::Role;

/// An account as stored.
pub type StaffRow = Model;

/// As stored while the account may be used.
pub const ACTIVE: &str = "active";
/// As stored while it may not.
pub const DISABLED: &str = "disabled";

/// What a new account is made of.
#[derive(Debug, Clone)]
pub struct NewStaff<'a> {
    /// Which.
    pub id: &'a StaffId,
    /// What he types to sign in.
    pub login: &'a str,
    /// His name.
    pub display_name: &'a str,
    /// What he does.
    pub roles: &'a [Role],
    /// Argon2id text.
    pub password_hash: &'a str,
    /// Until when the password is good that somebody else knows, epoch milliseconds; nothing if it is his own.
    pub first_password_until: Option<i64>,
    /// Which officer alone gave him what he may do; nobody for those who were made at the command line.
    pub granted_by: Option<&'a StaffId>,
    /// The second factor, if it is known already.
    pub totp_secret: Option<&'a str>,
}

/// Makes an account; false if the login is taken.
pub async fn insert<C: ConnectionTrait>(connection: &C, new: NewStaff<'_>, now_ms: i64) -> Result<bool, DbErr> {
    let row = ActiveModel {
        id: Set(new.id.to_string()),
        login: Set(new.login.to_owned()),
        display_name: Set(new.display_name.to_owned()),
        roles: Set(roles_to_stored(new.roles)),
        password_hash: Set(new.password_hash.to_owned()),
        must_change_password: Set(new.first_password_until.is_some()),
        first_password_until: Set(new.first_password_until),
        password_changed_at: Set(Some(now_ms)),
        granted_by: Set(new.granted_by.map(ToString::to_string).unwrap_or_default()),
        totp_secret: Set(new.totp_secret.map(str::to_owned)),
        totp_last_step: Set(None),
        recovery_hashes: Set(String::new()),
        failed_count: Set(0),
        locked_until: Set(None),
        state: Set(ACTIVE.to_owned()),
        last_signed_in_at: Set(None),
        created_at: Set(now_ms),
        updated_at: Set(now_ms),
    };
    let inserted = Entity::insert(row)
        .on_conflict(sea_orm::sea_query::OnConflict::column(Column::Login).do_nothing().to_owned())
        .exec_without_returning(connection)
        .await?;
    Ok(inserted == 1)
}

/// An account by login, whatever its state.
pub async fn by_login<C: ConnectionTrait>(connection: &C, login: &str) -> Result<Option<StaffRow>, DbErr> {
    Entity::find().filter(Column::Login.eq(login)).one(connection).await
}

/// An account by id, whatever its state.
pub async fn find<C: ConnectionTrait>(connection: &C, id: &str) -> Result<Option<StaffRow>, DbErr> {
    Entity::find_by_id(id).one(connection).await
}

/// Names of accounts by id.
pub async fn names_of<C: ConnectionTrait>(
    connection: &C,
    ids: impl IntoIterator<Item = &str>,
) -> Result<std::collections::HashMap<String, String>, DbErr> {
    let ids: std::collections::BTreeSet<&str> = ids.into_iter().collect();
    if ids.is_empty() {
        return Ok(std::collections::HashMap::new());
    }
    let rows = Entity::find().filter(Column::Id.is_in(ids)).all(connection).await?;
    Ok(rows.into_iter().map(|row| (row.id, row.display_name)).collect())
}

/// Accounts that may be used, by login.
pub(super) async fn active<C: ConnectionTrait>(connection: &C) -> Result<Vec<StaffRow>, DbErr> {
    Entity::find().filter(Column::State.eq(ACTIVE)).order_by_asc(Column::Login).all(connection).await
}

/// Accounts that wait for a second person. One that may not be used waits for nobody.
fn resting() -> Select<Entity> {
    let grave = Role::ALL.into_iter().filter(|role| is_grave(&[*role]));
    // No code of a role is a part of another one's.
    let may_do_something_grave =
        grave.fold(Condition::any(), |any, role| any.add(Column::Roles.contains(role.as_str())));
    Entity::find().filter(Column::GrantedBy.ne("")).filter(Column::State.eq(ACTIVE)).filter(may_do_something_grave)
}

/// Those among them that `officer` may confirm: neither his own nor one that he gave.
fn resting_before(officer: &StaffId) -> Select<Entity> {
    // Ids have one length: none is a part of another.
    resting().filter(Column::Id.ne(officer.as_str())).filter(Column::GrantedBy.contains(officer.as_str()).not())
}

/// How many accounts wait for this officer, or somebody else who may.
pub async fn resting_count<C: ConnectionTrait>(connection: &C, officer: &StaffId) -> Result<u64, DbErr> {
    resting_before(officer).count(connection).await
}

/// One page of them, the oldest first.
pub async fn resting_page<C: ConnectionTrait>(
    connection: &C,
    officer: &StaffId,
    wanted: &PageRequest,
) -> Result<Page<StaffRow>, Problem> {
    let mut select = resting_before(officer).order_by_asc(Column::Id).limit(wanted.limit() + 1);
    if let Some(after) = wanted.after_key() {
        select = select.filter(Column::Id.gt(after));
    }
    Ok(Page::from_rows(select.all(connection).await?, wanted.limit(), |row| row.id.clone()))
}

/// One page of all accounts, or only of those that wait for a second person; newest first.
pub async fn page<C: ConnectionTrait>(
    connection: &C,
    only_resting: bool,
    wanted: &PageRequest,
) -> Result<Page<StaffRow>, Problem> {
    let select = if only_resting { resting() } else { Entity::find() };
    let mut select = select.order_by_desc(Column::Id).limit(wanted.limit() + 1);
    if let Some(after) = wanted.after_key() {
        select = select.filter(Column::Id.lt(after));
    }
    Ok(Page::from_rows(select.all(connection).await?, wanted.limit(), |row| row.id.clone()))
}

/// Keeps a password and forgets failures. `first_until` is the end of one that somebody else knows, epoch milliseconds.
pub async fn set_password<C: ConnectionTrait>(
    connection: &C,
    id: &str,
    hash: &str,
    first_until: Option<i64>,
    now_ms: i64,
) -> Result<(), DbErr> {
    Entity::update_many()
        .col_expr(Column::PasswordHash, Expr::value(hash))
        .col_expr(Column::MustChangePassword, Expr::value(first_until.is_some()))
        .col_expr(Column::FirstPasswordUntil, Expr::value(first_until))
        .col_expr(Column::PasswordChangedAt, Expr::value(now_ms))
        .col_expr(Column::FailedCount, Expr::value(0i64))
        .col_expr(Column::LockedUntil, Expr::value(None::<i64>))
        .col_expr(Column::UpdatedAt, Expr::value(now_ms))
        .filter(Column::Id.eq(id))
        .exec(connection)
        .await?;
    Ok(())
}

/// Keeps the second factor of an account that has none, with its recovery codes; false if it has one (by now).
pub async fn set_second_factor<C: ConnectionTrait>(
    connection: &C,
    id: &str,
    secret: &str,
    recovery_hashes: &str,
    now_ms: i64,
) -> Result<bool, DbErr> {
    let update = second_factor(id, Some(secret), recovery_hashes, now_ms).filter(Column::TotpSecret.is_null());
    Ok(update.exec(connection).await?.rows_affected == 1)
}

/// Forgets the second factor with its recovery codes.
pub async fn forget_second_factor<C: ConnectionTrait>(connection: &C, id: &str, now_ms: i64) -> Result<(), DbErr> {
    second_factor(id, None, "", now_ms).exec(connection).await?;
    Ok(())
}

fn second_factor(id: &str, secret: Option<&str>, recovery_hashes: &str, now_ms: i64) -> UpdateMany<Entity> {
    Entity::update_many()
        .col_expr(Column::TotpSecret, Expr::value(secret))
        .col_expr(Column::TotpLastStep, Expr::value(None::<i64>))
        .col_expr(Column::RecoveryHashes, Expr::value(recovery_hashes))
        .col_expr(Column::UpdatedAt, Expr::value(now_ms))
        .filter(Column::Id.eq(id))
}

/// Spends a step; false if it, or a later one, was spent before.
pub async fn spend_step<C: ConnectionTrait>(connection: &C, id: &str, step: i64) -> Result<bool, DbErr> {
    let spent = Entity::update_many()
        .col_expr(Column::TotpLastStep, Expr::value(step))
        .filter(Column::Id.eq(id))
        .filter(Column::TotpLastStep.is_null().or(Column::TotpLastStep.lt(step)))
        .exec(connection)
        .await?;
    Ok(spent.rows_affected == 1)
}

/// Spends a recovery code: `left` are those that remain of `known`. False if somebody was faster.
pub async fn spend_recovery<C: ConnectionTrait>(
    connection: &C,
    id: &str,
    known: &str,
    left: &str,
) -> Result<bool, DbErr> {
    let spent = Entity::update_many()
        .col_expr(Column::RecoveryHashes, Expr::value(left))
        .filter(Column::Id.eq(id))
        .filter(Column::RecoveryHashes.eq(known))
        .exec(connection)
        .await?;
    Ok(spent.rows_affected == 1)
}

/// Changes roles and whether the account may be used; false if either was changed since `before` was read: whether a second
/// person is needed was judged by what he had then.
pub async fn set_roles<C: ConnectionTrait>(
    connection: &C,
    before: &StaffRow,
    roles: &[Role],
    state: &str,
    now_ms: i64,
) -> Result<bool, DbErr> {
    let changed = Entity::update_many()
        .col_expr(Column::Roles, Expr::value(roles_to_stored(roles)))
        .col_expr(Column::State, Expr::value(state))
        .col_expr(Column::UpdatedAt, Expr::value(now_ms))
        .filter(Column::Id.eq(&before.id))
        .filter(Column::Roles.eq(&before.roles))
        .filter(Column::State.eq(&before.state))
        .exec(connection)
        .await?;
    Ok(changed.rows_affected == 1)
}

/// Writes who has given him something that nobody has confirmed yet; false if that, what he may do or his password was
/// changed since `before` was read: what is confirmed is what was looked at.
pub async fn set_granted_by<C: ConnectionTrait>(
    connection: &C,
    before: &StaffRow,
    granted_by: &str,
    now_ms: i64,
) -> Result<bool, DbErr> {
    let changed = Entity::update_many()
        .col_expr(Column::GrantedBy, Expr::value(granted_by))
        .col_expr(Column::UpdatedAt, Expr::value(now_ms))
        .filter(Column::Id.eq(&before.id))
        .filter(Column::GrantedBy.eq(&before.granted_by))
        .filter(Column::Roles.eq(&before.roles))
        .filter(Column::PasswordHash.eq(&before.password_hash))
        .exec(connection)
        .await?;
    Ok(changed.rows_affected == 1)
}
