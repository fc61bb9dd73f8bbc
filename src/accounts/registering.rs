//! Units and logins that begin with a registration here, not with the core system.

use foundation::problem::Problem;
use foundation::sealed::Sealed;
use sea_orm::sea_query::{Expr, ExprTrait, Func, OnConflict};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
};

use super::SELF_REGISTERED;
use super::entity::{accounts, memberships, units};
use super::level::UnitLevel;
use super::model::{AccountId, AccountKind, Role, Unit, UnitId};
use super::store::unit_of_row;

/// What a registration says of a unit.
#[derive(Debug, Clone)]
pub struct NewUnit {
    /// 单位名称, or the name of a person.
    pub name: String,
    /// 统一社会信用代码; only what was reviewed, so that nobody takes another's by typing it.
    pub uscc: Option<String>,
    /// What it is certified as.
    pub level: UnitLevel,
    /// 单位类型; `person` for a person.
    pub unit_kind: Option<String>,
    /// GB/T 2260.
    pub district_code: Option<String>,
    /// Address of record.
    pub address: Option<String>,
    /// 法定代表人.
    pub legal_rep: Option<String>,
    /// Section of GB/T 4754.
    pub industry_code: Option<String>,
    /// E-mail of the unit.
    pub email: Option<String>,
    /// Phone of the unit.
    pub phone: Option<String>,
}

/// The unit with this credit code: the one somebody registered for, else the one that came from the core system.
pub async fn registered_or_known<C: ConnectionTrait>(connection: &C, uscc: &str) -> Result<Option<Unit>, Problem> {
    if uscc.is_empty() {
        return Ok(None);
    }
    let rows =
        units::Entity::find().filter(units::Column::Uscc.eq(uscc)).order_by_asc(units::Column::Id).all(connection);
    let found = rows.await?.into_iter().map(unit_of_row).collect::<Result<Vec<Unit>, Problem>>()?;
    let registered = found.iter().find(|unit| unit.level.is_certified()).cloned();
    Ok(registered.or_else(|| found.into_iter().next()))
}

/// Makes a unit that the core system does not know.
pub async fn insert_unit<C: ConnectionTrait>(connection: &C, new: NewUnit, now_ms: i64) -> Result<UnitId, DbErr> {
    let id = UnitId::new();
    let row = units::ActiveModel {
        id: Set(id.to_string()),
        external_id: Set(format!("{SELF_REGISTERED}{id}")),
        name: Set(new.name),
        uscc: Set(new.uscc),
        district_code: Set(new.district_code),
        address: Set(new.address),
        phone: Set(new.phone.map(Sealed::from)),
        level: Set(new.level.as_str().to_owned()),
        unit_kind: Set(new.unit_kind),
        legal_rep: Set(new.legal_rep),
        industry_code: Set(new.industry_code),
        email: Set(new.email.map(Sealed::from)),
        state: Set("active".to_owned()),
        created_at: Set(now_ms),
        updated_at: Set(now_ms),
    };
    units::Entity::insert(row).exec_without_returning(connection).await?;
    Ok(id)
}

/// Uncertified or imported → certified, with what was reviewed. A unit of the core system keeps its name and address: they
/// come from there. False if it was certified before.
pub async fn certify_unit<C: ConnectionTrait>(
    connection: &C,
    id: &UnitId,
    new: NewUnit,
    now_ms: i64,
) -> Result<bool, DbErr> {
    let Some(row) = units::Entity::find_by_id(id.as_str()).one(connection).await? else { return Ok(false) };
    let from_core = !row.external_id.starts_with(SELF_REGISTERED);
    let kept = |known: Option<String>, new: Option<String>| if from_core { known.or(new) } else { new };
    let changed = units::ActiveModel {
        name: Set(if from_core { row.name } else { new.name }),
        uscc: Set(new.uscc.or(row.uscc)),
        district_code: Set(kept(row.district_code, new.district_code)),
        address: Set(kept(row.address, new.address)),
        phone: Set(kept(row.phone.map(String::from), new.phone).map(Sealed::from)),
        level: Set(new.level.as_str().to_owned()),
        unit_kind: Set(new.unit_kind),
        legal_rep: Set(new.legal_rep),
        industry_code: Set(new.industry_code),
        email: Set(new.email.map(Sealed::from)),
        updated_at: Set(now_ms),
        ..Default::default()
    };
    let updated = units::Entity::update_many()
        .set(changed)
        .filter(units::Column::Id.eq(id.as_str()))
        .filter(units::Column::Level.is_in([UnitLevel::Imported.as_str(), UnitLevel::Uncertified.as_str()]))
        .exec(connection)
        .await?;
    Ok(updated.rows_affected == 1)
}

/// Makes an account the owner of a unit, whatever it was there before; limits of a member end with it.
pub async fn make_owner<C: ConnectionTrait>(
    connection: &C,
    account: &AccountId,
    unit: &UnitId,
    now_ms: i64,
) -> Result<(), DbErr> {
    super::memberships::forget_removal(connection, unit, account).await?;
    let row = memberships::ActiveModel {
        account_id: Set(account.to_string()),
        unit_id: Set(unit.to_string()),
        role: Set(Role::Owner.as_str().to_owned()),
        created_at: Set(now_ms),
        limits: Set(None),
        invited_by: Set(None),
    };
    let raised = OnConflict::columns([memberships::Column::AccountId, memberships::Column::UnitId])
        .update_columns([memberships::Column::Role, memberships::Column::Limits])
        .to_owned();
    memberships::Entity::insert(row).on_conflict(raised).exec_without_returning(connection).await?;
    Ok(())
}

/// The uncertified unit that turned out to be one the core system knows: nobody acts for it any more.
pub async fn leave_merged_unit<C: ConnectionTrait>(
    connection: &C,
    account: &AccountId,
    unit: &UnitId,
    now_ms: i64,
) -> Result<(), DbErr> {
    memberships::Entity::delete_many()
        .filter(memberships::Column::AccountId.eq(account.as_str()))
        .filter(memberships::Column::UnitId.eq(unit.as_str()))
        .exec(connection)
        .await?;
    units::Entity::update_many()
        .col_expr(units::Column::State, Expr::value("merged"))
        .col_expr(units::Column::UpdatedAt, Expr::value(now_ms))
        .filter(units::Column::Id.eq(unit.as_str()))
        .filter(units::Column::Level.eq(UnitLevel::Uncertified.as_str()))
        .exec(connection)
        .await?;
    Ok(())
}

/// Whether a name has the form of those that people choose for themselves: it begins with a letter and has a dot inside.
/// No 单位账号 may look like that (the import refuses it), and no sub-account does (`…@…`), so nobody can choose the name
/// that the core system will give a unit tomorrow.
pub fn is_login_of_person(name: &str) -> bool {
    let characters = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte));
    let begins = name.starts_with(|one: char| one.is_ascii_alphabetic());
    characters && begins && name.trim_end_matches('.').contains('.')
}

/// Whether nobody else signs in with this name, in small letters or capitals.
pub async fn login_name_is_free<C: ConnectionTrait>(
    connection: &C,
    account: &AccountId,
    name: &str,
) -> Result<bool, DbErr> {
    let taken = accounts::Entity::find()
        .filter(Expr::expr(Func::lower(Expr::col(accounts::Column::LoginName))).eq(name.to_ascii_lowercase()))
        .filter(accounts::Column::Id.ne(account.as_str()))
        .count(connection)
        .await?;
    Ok(taken == 0)
}

/// Takes the name to sign in with from a person, who has his phone; false where there is none to take.
pub async fn release_login_name<C: ConnectionTrait>(
    connection: &C,
    account: &AccountId,
    now_ms: i64,
) -> Result<bool, DbErr> {
    let released = accounts::Entity::update_many()
        .col_expr(accounts::Column::LoginName, Expr::value(None::<String>))
        .col_expr(accounts::Column::UpdatedAt, Expr::value(now_ms))
        .filter(accounts::Column::Id.eq(account.as_str()))
        .filter(accounts::Column::Kind.eq(AccountKind::Person.as_str()))
        .filter(accounts::Column::LoginName.is_not_null())
        .exec(connection)
        .await?;
    Ok(released.rows_affected == 1)
}

/// Gives an account a name to sign in with; one that it has already stays.
///
/// # Errors
/// When another account took the name in this very moment.
pub async fn set_login_name<C: ConnectionTrait>(
    connection: &C,
    account: &AccountId,
    name: &str,
    now_ms: i64,
) -> Result<(), DbErr> {
    accounts::Entity::update_many()
        .col_expr(accounts::Column::LoginName, Expr::value(name))
        .col_expr(accounts::Column::UpdatedAt, Expr::value(now_ms))
        .filter(accounts::Column::Id.eq(account.as_str()))
        .filter(accounts::Column::LoginName.is_null())
        .exec(connection)
        .await?;
    Ok(())
}
