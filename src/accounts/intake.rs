//! Units, people and memberships in bulk, for imports: few statements for many rows, on both databases.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use foundation::batches::{key_batches, row_batches};
use foundation::sealed::{self, Findable, Sealed};
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict, SimpleExpr};
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QuerySelect};

use super::entity::{accounts, membership_removals, memberships, units};
use super::level::UnitLevel;
use super::model::{AccountId, AccountKind, Role, UnitId};

/// A unit as the core system knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitRecord {
    /// Its key over there.
    pub external_id: String,
    /// 单位名称.
    pub name: String,
    /// 统一社会信用代码.
    pub uscc: Option<String>,
    /// GB/T 2260, or the name of a district that has no code yet.
    pub district_code: Option<String>,
    /// Address.
    pub address: Option<String>,
    /// Phone of the unit.
    pub phone: Option<String>,
}

/// Gives units that registered here before the core system knew them ([`super::SELF_REGISTERED`]) their key over there,
/// found by 统一社会信用代码; from then on they are the same unit on both sides.
pub async fn adopt_registered_units<C: ConnectionTrait>(
    connection: &C,
    external_id_by_uscc: &BTreeMap<String, String>,
    now_ms: i64,
) -> Result<(), DbErr> {
    let codes: BTreeSet<String> = external_id_by_uscc.keys().cloned().collect();
    for chunk in key_batches(&codes) {
        let registered = units::Entity::find()
            .filter(units::Column::Uscc.is_in(chunk))
            .filter(units::Column::ExternalId.starts_with(super::SELF_REGISTERED))
            .all(connection)
            .await?;
        for unit in registered {
            let Some(external_id) = unit.uscc.as_ref().and_then(|uscc| external_id_by_uscc.get(uscc)) else { continue };
            let taken = units::Entity::find().filter(units::Column::ExternalId.eq(external_id)).one(connection).await?;
            if taken.is_some() {
                continue;
            }
            units::Entity::update_many()
                .col_expr(units::Column::ExternalId, Expr::value(external_id.as_str()))
                .col_expr(units::Column::UpdatedAt, Expr::value(now_ms))
                .filter(units::Column::Id.eq(&unit.id))
                .exec(connection)
                .await?;
        }
    }
    Ok(())
}

/// Units by their external id.
pub async fn units_by_external_id<C: ConnectionTrait>(
    connection: &C,
    external_ids: &BTreeSet<String>,
) -> Result<HashMap<String, (UnitId, UnitRecord)>, DbErr> {
    let mut found = HashMap::new();
    for chunk in key_batches(external_ids) {
        let rows = units::Entity::find().filter(units::Column::ExternalId.is_in(chunk)).all(connection).await?;
        for row in rows {
            let record = UnitRecord {
                external_id: row.external_id,
                name: row.name,
                uscc: row.uscc,
                district_code: row.district_code,
                address: row.address,
                phone: row.phone.map(String::from),
            };
            found.insert(record.external_id.clone(), (UnitId::from_stored(row.id), record));
        }
    }
    Ok(found)
}

/// Makes or updates units by their id; the state of a known unit stays.
pub async fn save_units<C: ConnectionTrait>(
    connection: &C,
    saved: Vec<(UnitId, UnitRecord)>,
    now_ms: i64,
) -> Result<(), DbErr> {
    use units::Column::{Address, DistrictCode, Id, Name, Phone, UpdatedAt, Uscc};
    let rows = saved.into_iter().map(|(id, record)| units::ActiveModel {
        id: Set(id.into()),
        external_id: Set(record.external_id),
        name: Set(record.name),
        uscc: Set(record.uscc),
        district_code: Set(record.district_code),
        address: Set(record.address),
        phone: Set(record.phone.map(Sealed::from)),
        level: Set(UnitLevel::Imported.as_str().to_owned()),
        unit_kind: Set(None),
        legal_rep: Set(None),
        industry_code: Set(None),
        email: Set(None),
        state: Set("active".to_owned()),
        created_at: Set(now_ms),
        updated_at: Set(now_ms),
    });
    let update =
        OnConflict::column(Id).update_columns([Name, Uscc, DistrictCode, Address, Phone, UpdatedAt]).to_owned();
    for chunk in row_batches(rows) {
        units::Entity::insert_many(chunk).on_conflict(update.clone()).exec_without_returning(connection).await?;
    }
    Ok(())
}

/// Person accounts by phone, made where missing; names of known people stay as they are.
pub async fn ensure_people<C: ConnectionTrait>(
    connection: &C,
    names_by_phone: &BTreeMap<String, String>,
    now_ms: i64,
) -> Result<HashMap<String, AccountId>, DbErr> {
    ensure_accounts(connection, AccountKind::Person, names_by_phone, now_ms).await
}

/// Unit accounts by login name, made where missing.
pub async fn ensure_unit_accounts<C: ConnectionTrait>(
    connection: &C,
    names_by_login: &BTreeMap<String, String>,
    now_ms: i64,
) -> Result<HashMap<String, AccountId>, DbErr> {
    ensure_accounts(connection, AccountKind::Unit, names_by_login, now_ms).await
}

async fn ensure_accounts<C: ConnectionTrait>(
    connection: &C,
    kind: AccountKind,
    names_by_key: &BTreeMap<String, String>,
    now_ms: i64,
) -> Result<HashMap<String, AccountId>, DbErr> {
    let keys: BTreeSet<String> = names_by_key.keys().cloned().collect();
    let mut found = account_ids(connection, kind, &keys).await?;
    let missing: BTreeSet<String> = keys.into_iter().filter(|key| !found.contains_key(key)).collect();
    if missing.is_empty() {
        return Ok(found);
    }
    let rows = missing.iter().map(|key| {
        let is_person = kind == AccountKind::Person;
        accounts::ActiveModel {
            id: Set(AccountId::new().into()),
            kind: Set(kind.as_str().to_owned()),
            login_name: Set((!is_person).then(|| key.clone())),
            phone: Set(is_person.then(|| Findable::from(key))),
            display_name: Set(names_by_key.get(key).cloned().unwrap_or_default()),
            password_hash: Set(None),
            failed_count: Set(0),
            locked_until: Set(None),
            state: Set("active".to_owned()),
            elder_mode: Set(false),
            last_unit_id: Set(None),
            created_at: Set(now_ms),
            updated_at: Set(now_ms),
            ..Default::default()
        }
    });
    // Somebody may sign up by SMS at the same moment: his row stays, and its id is read below.
    let keep = OnConflict::new().do_nothing().to_owned();
    for chunk in row_batches(rows) {
        accounts::Entity::insert_many(chunk).on_conflict(keep.clone()).exec_without_returning(connection).await?;
    }
    found.extend(account_ids(connection, kind, &missing).await?);
    Ok(found)
}

/// Only accounts of the kind itself: a person who chose the name of a unit, or a sub-account, is not that unit.
fn of_kind(kind: AccountKind) -> SimpleExpr {
    let same = accounts::Column::Kind.eq(kind.as_str());
    match kind {
        AccountKind::Person => same,
        AccountKind::Unit => same.and(accounts::Column::HomeUnitId.is_null()),
    }
}

/// Which of these 单位账号 somebody else signs in with: a person who once chose such a name, or a sub-account. What comes
/// under such a name must not be joined to him.
pub async fn login_names_of_others<C: ConnectionTrait>(
    connection: &C,
    names: &BTreeSet<String>,
) -> Result<HashSet<String>, DbErr> {
    let mut found = HashSet::new();
    for chunk in key_batches(names) {
        let rows: Vec<String> = accounts::Entity::find()
            .select_only()
            .column(accounts::Column::LoginName)
            .filter(accounts::Column::LoginName.is_in(chunk))
            .filter(of_kind(AccountKind::Unit).not())
            .into_tuple()
            .all(connection)
            .await?;
        found.extend(rows);
    }
    Ok(found)
}

async fn account_ids<C: ConnectionTrait>(
    connection: &C,
    kind: AccountKind,
    keys: &BTreeSet<String>,
) -> Result<HashMap<String, AccountId>, DbErr> {
    let mut found = HashMap::new();
    for chunk in key_batches(keys) {
        let select = accounts::Entity::find().select_only().filter(of_kind(kind));
        let rows: Vec<(String, String)> = match kind {
            AccountKind::Person => {
                let select = select.column(accounts::Column::Phone).column(accounts::Column::Id);
                let named = sealed::is_one_of(accounts::Column::Phone, chunk);
                let rows: Vec<(Findable, String)> = select.filter(named).into_tuple().all(connection).await?;
                rows.into_iter().map(|(phone, id)| (phone.into(), id)).collect()
            }
            AccountKind::Unit => {
                let select = select.column(accounts::Column::LoginName).column(accounts::Column::Id);
                select.filter(accounts::Column::LoginName.is_in(chunk)).into_tuple().all(connection).await?
            }
        };
        found.extend(rows.into_iter().map(|(key, id)| (key, AccountId::from_stored(id))));
    }
    Ok(found)
}

/// Lets accounts act for units. Roles and limits that are there stay; whoever was taken out or left does not come back; and
/// a unit that has an owner gets no other one.
pub async fn ensure_members<C: ConnectionTrait>(
    connection: &C,
    members: BTreeMap<(AccountId, UnitId), Role>,
    now_ms: i64,
) -> Result<(), DbErr> {
    let units: BTreeSet<String> = members.keys().map(|(_, unit)| unit.to_string()).collect();
    let (owned, removed) = (owned_units(connection, &units).await?, removals(connection, &units).await?);
    let wanted = members.into_iter().filter(|((account, unit), role)| {
        let second_owner = *role == Role::Owner && owned.contains(unit.as_str());
        !second_owner && !removed.contains(&(account.to_string(), unit.to_string()))
    });
    let rows = wanted.map(|((account, unit), role)| memberships::ActiveModel {
        account_id: Set(account.into()),
        unit_id: Set(unit.into()),
        role: Set(role.as_str().to_owned()),
        created_at: Set(now_ms),
        ..Default::default()
    });
    let keep =
        OnConflict::columns([memberships::Column::AccountId, memberships::Column::UnitId]).do_nothing().to_owned();
    for chunk in row_batches(rows) {
        memberships::Entity::insert_many(chunk).on_conflict(keep.clone()).exec_without_returning(connection).await?;
    }
    Ok(())
}

/// Which of the units have an owner.
pub async fn owned_units<C: ConnectionTrait>(
    connection: &C,
    units: &BTreeSet<String>,
) -> Result<HashSet<String>, DbErr> {
    let mut owned = HashSet::new();
    for chunk in key_batches(units) {
        let rows: Vec<String> = memberships::Entity::find()
            .select_only()
            .column(memberships::Column::UnitId)
            .filter(memberships::Column::UnitId.is_in(chunk))
            .filter(memberships::Column::Role.eq(Role::Owner.as_str()))
            .into_tuple()
            .all(connection)
            .await?;
        owned.extend(rows);
    }
    Ok(owned)
}

async fn removals<C: ConnectionTrait>(
    connection: &C,
    units: &BTreeSet<String>,
) -> Result<HashSet<(String, String)>, DbErr> {
    let mut removed = HashSet::new();
    for chunk in key_batches(units) {
        let rows = membership_removals::Entity::find()
            .filter(membership_removals::Column::UnitId.is_in(chunk))
            .all(connection)
            .await?;
        removed.extend(rows.into_iter().map(|row| (row.account_id, row.unit_id)));
    }
    Ok(removed)
}
