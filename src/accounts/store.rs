//! Finding and keeping accounts, units, memberships and WeChat identities.

use foundation::problem::Problem;
use foundation::sealed::{self, Findable};
use foundation::text::mask_phone;
use sea_orm::sea_query::{Expr, ExprTrait, Func, OnConflict};
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder};

use super::entity::{accounts, units};
use super::model::{Account, AccountId, AccountKind, Unit, UnitId};

pub(super) fn account_of_row(row: accounts::Model) -> Result<Account, Problem> {
    Ok(Account {
        id: AccountId::from_stored(row.id),
        kind: row.kind.parse()?,
        phone: row.phone.map(String::from),
        login_name: row.login_name,
        display_name: row.display_name,
        has_password: row.password_hash.is_some(),
        elder_mode: row.elder_mode,
        last_unit_id: row.last_unit_id.map(UnitId::from_stored),
        home_unit_id: row.home_unit_id.map(UnitId::from_stored),
        password_temporary: row.password_temporary,
        deletion_due_at: row.deletion_due_at,
        password_expires_at: row.password_expires_at,
    })
}

pub(super) fn unit_of_row(row: units::Model) -> Result<Unit, Problem> {
    Ok(Unit { id: UnitId::from_stored(row.id), name: row.name, uscc: row.uscc, level: row.level.parse()? })
}

/// An active account by id.
pub async fn account<C: ConnectionTrait>(connection: &C, id: &AccountId) -> Result<Option<Account>, Problem> {
    let row =
        accounts::Entity::find_by_id(id.as_str()).filter(accounts::Column::State.eq("active")).one(connection).await?;
    row.map(account_of_row).transpose()
}

/// An active account by 报检人电话, 单位账号 or a name chosen at registration, in small letters or capitals.
pub async fn account_by_login<C: ConnectionTrait>(connection: &C, login: &str) -> Result<Option<Account>, Problem> {
    let named = Expr::expr(Func::lower(Expr::col(accounts::Column::LoginName))).eq(login.to_ascii_lowercase());
    let rows = accounts::Entity::find()
        .filter(accounts::Column::State.eq("active"))
        .filter(sealed::is(accounts::Column::Phone, login).or(named))
        .order_by_asc(accounts::Column::Id)
        .all(connection)
        .await?;
    let is_exact =
        |row: &accounts::Model| row.phone.as_deref() == Some(login) || row.login_name.as_deref() == Some(login);
    let exact = rows.iter().position(is_exact).unwrap_or(0);
    rows.into_iter().nth(exact).map(account_of_row).transpose()
}

/// The active account of a phone.
pub async fn account_by_phone<C: ConnectionTrait>(connection: &C, phone: &str) -> Result<Option<Account>, Problem> {
    let row = accounts::Entity::find()
        .filter(accounts::Column::State.eq("active"))
        .filter(sealed::is(accounts::Column::Phone, phone))
        .one(connection)
        .await?;
    row.map(account_of_row).transpose()
}

/// The account of a phone, made if it is not there yet. Safe against two at once.
pub async fn ensure_person<C: ConnectionTrait>(
    connection: &C,
    phone: &str,
    display_name: &str,
    now_ms: i64,
) -> Result<Account, Problem> {
    if let Some(known) = account_by_phone(connection, phone).await? {
        return Ok(known);
    }
    let row = accounts::ActiveModel {
        id: Set(AccountId::new().into()),
        kind: Set(AccountKind::Person.as_str().to_owned()),
        login_name: Set(None),
        phone: Set(Some(phone.into())),
        display_name: Set(display_name.to_owned()),
        password_hash: Set(None),
        failed_count: Set(0),
        locked_until: Set(None),
        state: Set("active".to_owned()),
        elder_mode: Set(false),
        last_unit_id: Set(None),
        created_at: Set(now_ms),
        updated_at: Set(now_ms),
        ..Default::default()
    };
    insert_account(connection, row).await?;
    // By phone only: a 单位账号 that happens to look like this phone is somebody else's.
    account_by_phone(connection, phone).await?.ok_or_else(|| {
        Problem::new(axum::http::StatusCode::FORBIDDEN, "account_disabled", "该账号已停用").advice("请致电客服")
    })
}

/// A sub-account that a unit makes (S1-60).
#[derive(Debug, Clone)]
pub struct NewSubAccount<'a> {
    /// What it signs in with.
    pub login_name: &'a str,
    /// 姓名.
    pub display_name: &'a str,
    /// Of its first password.
    pub password_hash: &'a str,
    /// The unit that may reset it.
    pub home_unit: &'a UnitId,
    /// Until when its first password is good, epoch milliseconds.
    pub password_expires_at: i64,
}

/// Makes a sub-account with a first password; nothing if the login name is taken.
pub async fn add_sub_account<C: ConnectionTrait>(
    connection: &C,
    new: NewSubAccount<'_>,
    now_ms: i64,
) -> Result<Option<AccountId>, DbErr> {
    let id = AccountId::new();
    let row = accounts::ActiveModel {
        id: Set(id.to_string()),
        kind: Set(AccountKind::Unit.as_str().to_owned()),
        login_name: Set(Some(new.login_name.to_owned())),
        phone: Set(None),
        display_name: Set(new.display_name.to_owned()),
        password_hash: Set(Some(new.password_hash.to_owned())),
        failed_count: Set(0),
        locked_until: Set(None),
        state: Set("active".to_owned()),
        elder_mode: Set(false),
        last_unit_id: Set(None),
        created_at: Set(now_ms),
        updated_at: Set(now_ms),
        home_unit_id: Set(Some(new.home_unit.to_string())),
        password_temporary: Set(true),
        password_expires_at: Set(Some(new.password_expires_at)),
        ..Default::default()
    };
    let keep = OnConflict::column(accounts::Column::LoginName).do_nothing().to_owned();
    let inserted = accounts::Entity::insert(row).on_conflict(keep).exec_without_returning(connection).await?;
    Ok((inserted == 1).then_some(id))
}

/// As [`set_password_hash`], chosen by somebody else: the account has to change it, and signs in with it only until
/// `expires_at`, epoch milliseconds.
pub async fn set_temporary_password<C: ConnectionTrait>(
    connection: &C,
    account: &AccountId,
    hash: &str,
    expires_at: i64,
    now_ms: i64,
) -> Result<(), DbErr> {
    set_password_hash(connection, account, hash, now_ms).await?;
    accounts::Entity::update_many()
        .col_expr(accounts::Column::PasswordTemporary, Expr::value(true))
        .col_expr(accounts::Column::PasswordExpiresAt, Expr::value(expires_at))
        .filter(accounts::Column::Id.eq(account.as_str()))
        .exec(connection)
        .await?;
    Ok(())
}

async fn insert_account<C: ConnectionTrait>(connection: &C, row: accounts::ActiveModel) -> Result<(), DbErr> {
    // A taken phone is a conflict on an expression, which no column names.
    accounts::Entity::insert(row)
        .on_conflict(OnConflict::new().do_nothing().to_owned())
        .exec_without_returning(connection)
        .await?;
    Ok(())
}

/// Keeps a password hash (Argon2id text) and forgets earlier failures.
pub async fn set_password_hash<C: ConnectionTrait>(
    connection: &C,
    account: &AccountId,
    hash: &str,
    now_ms: i64,
) -> Result<(), DbErr> {
    accounts::Entity::update_many()
        .col_expr(accounts::Column::PasswordHash, Expr::value(hash))
        .col_expr(accounts::Column::PasswordTemporary, Expr::value(false))
        .col_expr(accounts::Column::PasswordExpiresAt, Expr::value(None::<i64>))
        .col_expr(accounts::Column::FailedCount, Expr::value(0i64))
        .col_expr(accounts::Column::LockedUntil, Expr::value(None::<i64>))
        .col_expr(accounts::Column::UpdatedAt, Expr::value(now_ms))
        .filter(accounts::Column::Id.eq(account.as_str()))
        .exec(connection)
        .await?;
    Ok(())
}

/// Gives a person another phone; false when his phone is not what it was.
pub async fn change_phone<C: ConnectionTrait>(
    connection: &C,
    account: &Account,
    phone: &str,
    now_ms: i64,
) -> Result<bool, DbErr> {
    let unchanged = match &account.phone {
        Some(old) => sealed::is(accounts::Column::Phone, old),
        None => accounts::Column::Phone.is_null(),
    };
    // A name that is nothing but the hidden phone changes with it.
    let was_named_by_phone = account.phone.as_deref().is_some_and(|old| account.display_name == mask_phone(old));
    let mut update = accounts::Entity::update_many()
        .col_expr(accounts::Column::Phone, Expr::value(Findable::from(phone)))
        .col_expr(accounts::Column::UpdatedAt, Expr::value(now_ms))
        .filter(accounts::Column::Id.eq(account.id.as_str()))
        .filter(unchanged);
    if was_named_by_phone {
        update = update.col_expr(accounts::Column::DisplayName, Expr::value(mask_phone(phone)));
    }
    Ok(update.exec(connection).await?.rows_affected == 1)
}

/// Gives a person the name he writes of himself, while he has none but his hidden phone.
pub async fn name_person<C: ConnectionTrait>(
    connection: &C,
    account: &Account,
    name: &str,
    now_ms: i64,
) -> Result<(), DbErr> {
    let nameless = account.phone.as_deref().is_some_and(|phone| account.display_name == mask_phone(phone));
    if !nameless || name.is_empty() {
        return Ok(());
    }
    accounts::Entity::update_many()
        .col_expr(accounts::Column::DisplayName, Expr::value(name))
        .col_expr(accounts::Column::UpdatedAt, Expr::value(now_ms))
        .filter(accounts::Column::Id.eq(account.id.as_str()))
        .filter(accounts::Column::DisplayName.eq(account.display_name.as_str()))
        .exec(connection)
        .await?;
    Ok(())
}

/// Closes an account that was never used for anything, so that its phone is free.
pub async fn retire<C: ConnectionTrait>(connection: &C, account: &AccountId, now_ms: i64) -> Result<(), DbErr> {
    accounts::Entity::update_many()
        .col_expr(accounts::Column::Phone, Expr::value(None::<String>))
        .col_expr(accounts::Column::State, Expr::value("retired"))
        .col_expr(accounts::Column::UpdatedAt, Expr::value(now_ms))
        .filter(accounts::Column::Id.eq(account.as_str()))
        .exec(connection)
        .await?;
    Ok(())
}

/// Sets or calls off (`due_at` is nothing) the end of an account.
pub async fn plan_deletion<C: ConnectionTrait>(
    connection: &C,
    account: &AccountId,
    due_at: Option<i64>,
) -> Result<(), DbErr> {
    accounts::Entity::update_many()
        .col_expr(accounts::Column::DeletionDueAt, Expr::value(due_at))
        .filter(accounts::Column::Id.eq(account.as_str()))
        .exec(connection)
        .await?;
    Ok(())
}

/// Takes everything from an account that says whose it was; the row stays for what refers to it.
pub async fn erase<C: ConnectionTrait>(connection: &C, account: &AccountId, now_ms: i64) -> Result<(), DbErr> {
    accounts::Entity::update_many()
        .col_expr(accounts::Column::Phone, Expr::value(None::<String>))
        .col_expr(accounts::Column::LoginName, Expr::value(None::<String>))
        .col_expr(accounts::Column::DisplayName, Expr::value("已注销用户"))
        .col_expr(accounts::Column::PasswordHash, Expr::value(None::<String>))
        .col_expr(accounts::Column::LastUnitId, Expr::value(None::<String>))
        .col_expr(accounts::Column::DeletionDueAt, Expr::value(None::<i64>))
        .col_expr(accounts::Column::State, Expr::value("deleted"))
        .col_expr(accounts::Column::UpdatedAt, Expr::value(now_ms))
        .filter(accounts::Column::Id.eq(account.as_str()))
        .exec(connection)
        .await?;
    Ok(())
}

/// Large type on or off.
pub async fn set_elder_mode<C: ConnectionTrait>(connection: &C, account: &AccountId, on: bool) -> Result<(), DbErr> {
    accounts::Entity::update_many()
        .col_expr(accounts::Column::ElderMode, Expr::value(on))
        .filter(accounts::Column::Id.eq(account.as_str()))
        .exec(connection)
        .await?;
    Ok(())
}

/// How a try to sign in by password begins.
pub enum PasswordTry {
    /// Compare with this hash; the try is already counted.
    Compare(Option<String>),
    /// Locked until then (epoch milliseconds).
    Locked(i64),
}

/// Counts a try before the password is looked at, in one statement, so that parallel guesses cannot outrun the limit
/// (S1-16). The try that reaches the limit locks; success clears ([`clear_failures`]).
pub async fn count_password_try<C: ConnectionTrait>(
    connection: &C,
    account: &AccountId,
    failures_max: i64,
    lock_ms: i64,
    now_ms: i64,
) -> Result<PasswordTry, DbErr> {
    let this_account = || accounts::Column::Id.eq(account.as_str());
    accounts::Entity::update_many()
        .col_expr(accounts::Column::FailedCount, Expr::value(0i64))
        .col_expr(accounts::Column::LockedUntil, Expr::value(None::<i64>))
        .filter(this_account())
        .filter(accounts::Column::LockedUntil.lte(now_ms))
        .exec(connection)
        .await?;
    let counted = accounts::Entity::update_many()
        .col_expr(accounts::Column::FailedCount, Expr::col(accounts::Column::FailedCount).add(1))
        .filter(this_account())
        .filter(accounts::Column::LockedUntil.is_null())
        .exec(connection)
        .await?;
    let row = accounts::Entity::find_by_id(account.as_str()).one(connection).await?;
    let Some(row) = row else { return Ok(PasswordTry::Compare(None)) };
    if counted.rows_affected == 0 {
        return Ok(PasswordTry::Locked(row.locked_until.unwrap_or(now_ms + lock_ms)));
    }
    if row.failed_count >= failures_max {
        accounts::Entity::update_many()
            .col_expr(accounts::Column::LockedUntil, Expr::value(now_ms + lock_ms))
            .filter(this_account())
            .exec(connection)
            .await?;
    }
    Ok(PasswordTry::Compare(row.password_hash))
}

/// Forgets failures and unlocks: after a right password or a right SMS code.
pub async fn clear_failures<C: ConnectionTrait>(connection: &C, account: &AccountId) -> Result<(), DbErr> {
    accounts::Entity::update_many()
        .col_expr(accounts::Column::FailedCount, Expr::value(0i64))
        .col_expr(accounts::Column::LockedUntil, Expr::value(None::<i64>))
        .filter(accounts::Column::Id.eq(account.as_str()))
        .exec(connection)
        .await?;
    Ok(())
}

/// A unit by id.
pub async fn unit<C: ConnectionTrait>(connection: &C, id: &UnitId) -> Result<Option<Unit>, Problem> {
    units::Entity::find_by_id(id.as_str()).one(connection).await?.map(unit_of_row).transpose()
}

/// The key of a unit in the core system.
pub async fn external_id<C: ConnectionTrait>(connection: &C, id: &UnitId) -> Result<Option<String>, DbErr> {
    Ok(units::Entity::find_by_id(id.as_str()).one(connection).await?.map(|row| row.external_id))
}
