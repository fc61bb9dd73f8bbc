//! Everything kept of one unit: for its own people and for the institute's.

use foundation::paging::{Page, PageRequest};
use foundation::problem::Problem;
use foundation::sealed::Sealed;
use foundation::text::{fold_width, like_pattern, mask_phone};
use sea_orm::sea_query::{Expr, ExprTrait, LikeExpr};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};

use super::entity::{accounts, memberships, units};
use super::level::UnitLevel;
use super::model::{AccountId, Role, UnitId};

/// A unit with all that is kept of it.
#[derive(Debug, Clone)]
pub struct UnitCard {
    /// Which.
    pub id: UnitId,
    /// 单位名称.
    pub name: String,
    /// 统一社会信用代码.
    pub uscc: Option<String>,
    /// What it is certified as.
    pub level: UnitLevel,
    /// 单位类型.
    pub unit_kind: Option<String>,
    /// 注册地.
    pub district_code: Option<String>,
    /// Address of record.
    pub address: Option<String>,
    /// 法定代表人.
    pub legal_rep: Option<String>,
    /// 所属行业.
    pub industry_code: Option<String>,
    /// Phone of the unit.
    pub phone: Option<String>,
    /// E-mail of the unit.
    pub email: Option<String>,
    /// Whether the core system knows it.
    pub from_core: bool,
    /// Epoch milliseconds.
    pub created_at: i64,
}

fn card_of_row(row: units::Model) -> Result<UnitCard, Problem> {
    Ok(UnitCard {
        level: row.level.parse()?,
        from_core: !row.external_id.starts_with(super::SELF_REGISTERED),
        id: UnitId::from_stored(row.id),
        name: row.name,
        uscc: row.uscc,
        unit_kind: row.unit_kind,
        district_code: row.district_code,
        address: row.address,
        legal_rep: row.legal_rep,
        industry_code: row.industry_code,
        phone: row.phone.map(String::from),
        email: row.email.map(String::from),
        created_at: row.created_at,
    })
}

/// One unit.
pub async fn unit_card<C: ConnectionTrait>(connection: &C, id: &UnitId) -> Result<Option<UnitCard>, Problem> {
    units::Entity::find_by_id(id.as_str()).one(connection).await?.map(card_of_row).transpose()
}

/// Units by part of the name or by the whole credit code, and by level; the newest first.
pub async fn unit_cards<C: ConnectionTrait>(
    connection: &C,
    words: Option<&str>,
    level: Option<UnitLevel>,
    request: &PageRequest,
) -> Result<Page<UnitCard>, Problem> {
    let mut select = units::Entity::find().filter(units::Column::State.eq("active"));
    if let Some(words) = words.map(str::trim).filter(|words| !words.is_empty()) {
        let like = LikeExpr::new(like_pattern(&fold_width(words))).escape('\\');
        let code = fold_width(words).to_uppercase();
        select = select.filter(Expr::col(units::Column::Name).like(like).or(units::Column::Uscc.eq(code)));
    }
    if let Some(level) = level {
        select = select.filter(units::Column::Level.eq(level.as_str()));
    }
    if let Some(after) = request.after_key() {
        select = select.filter(units::Column::Id.lt(after));
    }
    let rows = select.order_by_desc(units::Column::Id).limit(request.limit() + 1).all(connection).await?;
    let page = Page::from_rows(rows, request.limit(), |row| row.id.clone());
    let items = page.items.into_iter().map(card_of_row).collect::<Result<_, _>>()?;
    Ok(Page { items, next: page.next })
}

/// Somebody who acts for a unit.
#[derive(Debug, Clone)]
pub struct MemberLine {
    /// Which account.
    pub account: AccountId,
    /// His name.
    pub display_name: String,
    /// Phone with its middle hidden, or the name he signs in with.
    pub login_masked: String,
    /// What he may do.
    pub role: Role,
    /// Epoch milliseconds.
    pub since: i64,
}

/// Who acts for a unit; at most 200, the owners first.
pub async fn member_lines<C: ConnectionTrait>(connection: &C, unit: &UnitId) -> Result<Vec<MemberLine>, Problem> {
    let members = memberships::Entity::find()
        .filter(memberships::Column::UnitId.eq(unit.as_str()))
        .order_by_asc(memberships::Column::CreatedAt)
        .limit(200)
        .all(connection)
        .await?;
    let ids: Vec<String> = members.iter().map(|member| member.account_id.clone()).collect();
    let people = accounts::Entity::find().filter(accounts::Column::Id.is_in(ids)).all(connection).await?;
    let mut lines = members
        .into_iter()
        .filter_map(|member| {
            let person = people.iter().find(|person| person.id == member.account_id)?;
            let phone = person.phone.as_deref().map(mask_phone);
            Some(member.role.parse().map_err(Problem::from).map(|role: Role| MemberLine {
                account: AccountId::from_stored(person.id.clone()),
                display_name: person.display_name.clone(),
                login_masked: phone.or_else(|| person.login_name.clone()).unwrap_or_default(),
                role,
                since: member.created_at,
            }))
        })
        .collect::<Result<Vec<_>, Problem>>()?;
    lines.sort_by_key(|line| line.role != Role::Owner);
    Ok(lines)
}

/// What a unit keeps of itself without a review.
#[derive(Debug, Clone)]
pub struct OwnFields {
    /// 单位类型.
    pub unit_kind: Option<String>,
    /// 注册地.
    pub district_code: Option<String>,
    /// 所属行业.
    pub industry_code: Option<String>,
    /// Phone of the unit.
    pub phone: Option<String>,
    /// E-mail of the unit.
    pub email: Option<String>,
}

/// Writes what a unit keeps of itself.
pub async fn set_own_fields<C: ConnectionTrait>(
    connection: &C,
    unit: &UnitId,
    fields: OwnFields,
    now_ms: i64,
) -> Result<(), DbErr> {
    let changed = units::ActiveModel {
        unit_kind: Set(fields.unit_kind),
        district_code: Set(fields.district_code),
        industry_code: Set(fields.industry_code),
        phone: Set(fields.phone.map(Sealed::from)),
        email: Set(fields.email.map(Sealed::from)),
        updated_at: Set(now_ms),
        ..Default::default()
    };
    units::Entity::update_many().set(changed).filter(units::Column::Id.eq(unit.as_str())).exec(connection).await?;
    Ok(())
}

/// What changes only by review (S1-57).
#[derive(Debug, Clone)]
pub struct KeyFields {
    /// 单位名称.
    pub name: String,
    /// 统一社会信用代码.
    pub uscc: Option<String>,
    /// 法定代表人.
    pub legal_rep: Option<String>,
    /// Address of record.
    pub address: Option<String>,
}

/// Writes what was reviewed.
pub async fn set_key_fields<C: ConnectionTrait>(
    connection: &C,
    unit: &UnitId,
    fields: KeyFields,
    now_ms: i64,
) -> Result<(), DbErr> {
    let changed = units::ActiveModel {
        name: Set(fields.name),
        uscc: Set(fields.uscc),
        legal_rep: Set(fields.legal_rep),
        address: Set(fields.address),
        updated_at: Set(now_ms),
        ..Default::default()
    };
    units::Entity::update_many().set(changed).filter(units::Column::Id.eq(unit.as_str())).exec(connection).await?;
    Ok(())
}
