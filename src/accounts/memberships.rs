//! Who may act for which unit, in what role and within which limits.

use foundation::paging::{Page, PageRequest};
use foundation::problem::Problem;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, JoinType, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect, RelationDef,
};

use super::entity::{accounts, membership_removals, memberships, sessions, units};
use super::limits::Limits;
use super::model::{Account, AccountId, Role, UnitAccess, UnitId};
use super::store::{account_of_row, unit_of_row};
use super::view::View;

pub(super) fn access_of_rows(membership: &memberships::Model, unit: units::Model) -> Result<UnitAccess, Problem> {
    Ok(UnitAccess {
        invited: membership.invited_by.is_some(),
        role: membership.role.parse()?,
        limits: Limits::from_stored(membership.limits.as_deref())?,
        unit: unit_of_row(unit)?,
    })
}

/// Units the account may act for, by name.
pub async fn units_of<C: ConnectionTrait>(connection: &C, account: &AccountId) -> Result<Vec<UnitAccess>, Problem> {
    let rows =
        memberships::Entity::find().filter(memberships::Column::AccountId.eq(account.as_str())).all(connection).await?;
    let ids: Vec<&str> = rows.iter().map(|membership| membership.unit_id.as_str()).collect();
    let named = units::Entity::find()
        .filter(units::Column::Id.is_in(ids))
        .order_by_asc(units::Column::Name)
        .order_by_asc(units::Column::Id)
        .all(connection)
        .await?;
    let accesses = named.into_iter().filter_map(|unit| {
        let membership = rows.iter().find(|membership| membership.unit_id == unit.id)?;
        Some(access_of_rows(membership, unit))
    });
    accesses.collect()
}

/// The account's access to one unit, if it is a member.
pub async fn unit_access<C: ConnectionTrait>(
    connection: &C,
    account: &AccountId,
    unit: &UnitId,
) -> Result<Option<UnitAccess>, Problem> {
    let to_unit: RelationDef =
        memberships::Entity::belongs_to(units::Entity).from(memberships::Column::UnitId).to(units::Column::Id).into();
    let found = memberships::Entity::find_by_id((account.to_string(), unit.to_string()))
        .join(JoinType::InnerJoin, to_unit)
        .select_also(units::Entity)
        .one(connection)
        .await?;
    let Some((membership, joined)) = found else { return Ok(None) };
    // A joined row that cannot be read is taken for none; read alone, it says why.
    let row = match joined {
        Some(row) => Some(row),
        None => units::Entity::find_by_id(unit.as_str()).one(connection).await?,
    };
    row.map(|row| access_of_rows(&membership, row)).transpose()
}

/// Somebody who hears about something of a unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listener {
    /// Who.
    pub account: AccountId,
    /// What he may do for the unit; nothing where no unit is concerned.
    pub role: Option<Role>,
    /// How much of the unit he sees, and may therefore hear of; nothing where no unit is concerned.
    pub view: Option<View>,
}

/// Accounts that should hear about something of a unit: those who see the whole unit, and the applicant with this phone.
/// Whoever has limits ([`Limits`]) hears only of what lies within them: ask [`View::select`] before telling him.
pub async fn accounts_to_tell<C: ConnectionTrait>(
    connection: &C,
    unit: &UnitId,
    applicant_phone: Option<&str>,
) -> Result<Vec<Listener>, Problem> {
    let rows =
        memberships::Entity::find().filter(memberships::Column::UnitId.eq(unit.as_str())).all(connection).await?;
    let everybody = listeners(connection, unit, rows, applicant_phone.is_some()).await?;
    let concerned =
        |listener: &Listener| listener.view.as_ref().is_some_and(|view| view.is_of_applicant(applicant_phone));
    Ok(everybody.into_iter().filter(concerned).collect())
}

/// Members of a unit with one of these roles.
pub async fn members_with_roles<C: ConnectionTrait>(
    connection: &C,
    unit: &UnitId,
    roles: &[Role],
) -> Result<Vec<Listener>, Problem> {
    let rows = memberships::Entity::find()
        .filter(memberships::Column::UnitId.eq(unit.as_str()))
        .filter(memberships::Column::Role.is_in(roles.iter().map(|role| role.as_str())))
        .all(connection)
        .await?;
    listeners(connection, unit, rows, true).await
}

/// The active accounts behind memberships, with what they see.
async fn listeners<C: ConnectionTrait>(
    connection: &C,
    unit: &UnitId,
    rows: Vec<memberships::Model>,
    with_applicants: bool,
) -> Result<Vec<Listener>, Problem> {
    let Some(named) = units::Entity::find_by_id(unit.as_str()).one(connection).await? else { return Ok(Vec::new()) };
    let people = accounts::Entity::find()
        .filter(accounts::Column::Id.is_in(rows.iter().map(|row| row.account_id.as_str())))
        .filter(accounts::Column::State.eq("active"))
        .all(connection)
        .await?;
    let mut listeners = Vec::with_capacity(people.len());
    for person in people {
        let Some(membership) = rows.iter().find(|row| row.account_id == person.id) else { continue };
        let access = access_of_rows(membership, named.clone())?;
        let account = account_of_row(person)?;
        if !access.role.sees_whole_unit() && (account.phone.is_none() || !with_applicants) {
            continue;
        }
        let view = Some(View::of(connection, &account, &access).await?);
        listeners.push(Listener { account: account.id, role: Some(access.role), view });
    }
    Ok(listeners)
}

/// A member of a unit.
#[derive(Debug, Clone)]
pub struct Member {
    /// Who.
    pub account: Account,
    /// The role.
    pub role: Role,
    /// What part of the unit.
    pub limits: Limits,
    /// Epoch milliseconds.
    pub joined_at: i64,
}

/// One page of a unit's members, those of longest standing first. `roles`: only those.
pub async fn member_page<C: ConnectionTrait>(
    connection: &C,
    unit: &UnitId,
    roles: Option<&[Role]>,
    wanted: &PageRequest,
) -> Result<Page<Member>, Problem> {
    let mut select = memberships::Entity::find()
        .filter(memberships::Column::UnitId.eq(unit.as_str()))
        .order_by_asc(memberships::Column::AccountId)
        .limit(wanted.limit() + 1);
    if let Some(roles) = roles {
        select = select.filter(memberships::Column::Role.is_in(roles.iter().map(|role| role.as_str())));
    }
    if let Some(after) = wanted.after_key() {
        select = select.filter(memberships::Column::AccountId.gt(after));
    }
    let page = Page::from_rows(select.all(connection).await?, wanted.limit(), |row| row.account_id.clone());
    let people = accounts::Entity::find()
        .filter(accounts::Column::Id.is_in(page.items.iter().map(|row| row.account_id.as_str())))
        .all(connection)
        .await?;
    let items = page.items.iter().filter_map(|row| {
        let person = people.iter().find(|person| person.id == row.account_id && person.state == "active")?;
        Some(member_of_rows(row, person.clone()))
    });
    Ok(Page { items: items.collect::<Result<_, _>>()?, next: page.next })
}

/// One member, also a disabled one.
pub async fn member<C: ConnectionTrait>(
    connection: &C,
    unit: &UnitId,
    account: &AccountId,
) -> Result<Option<Member>, Problem> {
    let row = memberships::Entity::find_by_id((account.to_string(), unit.to_string())).one(connection).await?;
    let person = accounts::Entity::find_by_id(account.as_str()).one(connection).await?;
    row.zip(person).map(|(row, person)| member_of_rows(&row, person)).transpose()
}

fn member_of_rows(row: &memberships::Model, person: accounts::Model) -> Result<Member, Problem> {
    Ok(Member {
        account: account_of_row(person)?,
        role: row.role.parse()?,
        limits: Limits::from_stored(row.limits.as_deref())?,
        joined_at: row.created_at,
    })
}

/// Makes everybody who changes members of this unit wait for the end of this transaction, so that rules over several
/// members (somebody must stay the owner) hold. False if there is no such unit.
pub async fn hold_unit<C: ConnectionTrait>(connection: &C, unit: &UnitId) -> Result<bool, DbErr> {
    let held = units::Entity::update_many()
        .col_expr(units::Column::UpdatedAt, Expr::col(units::Column::UpdatedAt))
        .filter(units::Column::Id.eq(unit.as_str()))
        .exec(connection)
        .await?;
    Ok(held.rows_affected == 1)
}

/// Members of a unit in this role.
pub async fn count_members<C: ConnectionTrait>(
    connection: &C,
    unit: &UnitId,
    role: Option<Role>,
) -> Result<u64, DbErr> {
    let mut select = memberships::Entity::find().filter(memberships::Column::UnitId.eq(unit.as_str()));
    if let Some(role) = role {
        select = select.filter(memberships::Column::Role.eq(role.as_str()));
    }
    select.count(connection).await
}

/// Changes role and limits of a member; false if there is none.
pub async fn change_member<C: ConnectionTrait>(
    connection: &C,
    unit: &UnitId,
    account: &AccountId,
    role: Role,
    limits: &Limits,
) -> Result<bool, DbErr> {
    let changed = memberships::Entity::update_many()
        .col_expr(memberships::Column::Role, Expr::value(role.as_str()))
        .col_expr(memberships::Column::Limits, Expr::value(limits.to_stored()))
        .filter(memberships::Column::UnitId.eq(unit.as_str()))
        .filter(memberships::Column::AccountId.eq(account.as_str()))
        .exec(connection)
        .await?;
    Ok(changed.rows_affected == 1)
}

/// Ends a membership; sessions that act for the unit act for none from now on, and no import brings it back. False if
/// there is none.
pub async fn remove_member<C: ConnectionTrait>(
    connection: &C,
    unit: &UnitId,
    account: &AccountId,
    now_ms: i64,
) -> Result<bool, DbErr> {
    let removed = memberships::Entity::delete_by_id((account.to_string(), unit.to_string())).exec(connection).await?;
    remember_removal(connection, unit, account, now_ms).await?;
    sessions::Entity::update_many()
        .col_expr(sessions::Column::UnitId, Expr::value(None::<String>))
        .filter(sessions::Column::AccountId.eq(account.as_str()))
        .filter(sessions::Column::UnitId.eq(unit.as_str()))
        .exec(connection)
        .await?;
    accounts::Entity::update_many()
        .col_expr(accounts::Column::LastUnitId, Expr::value(None::<String>))
        .filter(accounts::Column::Id.eq(account.as_str()))
        .filter(accounts::Column::LastUnitId.eq(unit.as_str()))
        .exec(connection)
        .await?;
    Ok(removed.rows_affected == 1)
}

async fn remember_removal<C: ConnectionTrait>(
    connection: &C,
    unit: &UnitId,
    account: &AccountId,
    now_ms: i64,
) -> Result<(), DbErr> {
    use membership_removals::{ActiveModel, Column, Entity};
    let row =
        ActiveModel { account_id: Set(account.to_string()), unit_id: Set(unit.to_string()), removed_at: Set(now_ms) };
    let latest = OnConflict::columns([Column::AccountId, Column::UnitId]).update_column(Column::RemovedAt).to_owned();
    Entity::insert(row).on_conflict(latest).exec_without_returning(connection).await?;
    Ok(())
}

/// Somebody decided that he belongs to the unit again.
pub(super) async fn forget_removal<C: ConnectionTrait>(
    connection: &C,
    unit: &UnitId,
    account: &AccountId,
) -> Result<(), DbErr> {
    let key = (account.to_string(), unit.to_string());
    membership_removals::Entity::delete_by_id(key).exec(connection).await?;
    Ok(())
}

/// A membership that somebody was invited to.
#[derive(Debug, Clone)]
pub struct NewMember<'a> {
    /// Who.
    pub account: &'a AccountId,
    /// Of which unit.
    pub unit: &'a UnitId,
    /// In what role.
    pub role: Role,
    /// What part of it.
    pub limits: &'a Limits,
    /// Who invited.
    pub invited_by: &'a AccountId,
}

/// Adds a member; false if he is one already.
pub async fn add_member<C: ConnectionTrait>(connection: &C, new: NewMember<'_>, now_ms: i64) -> Result<bool, DbErr> {
    forget_removal(connection, new.unit, new.account).await?;
    let row = memberships::ActiveModel {
        account_id: Set(new.account.to_string()),
        unit_id: Set(new.unit.to_string()),
        role: Set(new.role.as_str().to_owned()),
        created_at: Set(now_ms),
        limits: Set(new.limits.to_stored()),
        invited_by: Set(Some(new.invited_by.to_string())),
    };
    insert(connection, row).await
}

async fn insert<C: ConnectionTrait>(connection: &C, row: memberships::ActiveModel) -> Result<bool, DbErr> {
    let keep =
        OnConflict::columns([memberships::Column::AccountId, memberships::Column::UnitId]).do_nothing().to_owned();
    let inserted = memberships::Entity::insert(row).on_conflict(keep).exec_without_returning(connection).await?;
    Ok(inserted == 1)
}
