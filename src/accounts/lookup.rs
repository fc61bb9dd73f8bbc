//! Finding units and people for the institute's people.

use std::collections::{BTreeSet, HashMap};

use foundation::paging::{Page, PageRequest};
use foundation::problem::Problem;
use foundation::sealed;
use foundation::text::{fold_width, like_pattern, mask_phone};
use sea_orm::sea_query::{Expr, ExprTrait, LikeExpr, Query};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::entity::{accounts, memberships, units};
use super::model::{Account, AccountId, Unit};
use super::store::{account_of_row, unit_of_row};

/// A unit or a person that was found.
#[derive(Debug, Clone)]
pub struct PayerFound {
    /// Which.
    pub id: String,
    /// 单位名称 or name.
    pub name: String,
    /// Numbers, phones with their middle hidden.
    pub detail: String,
    /// What finds the orders of a unit, or the account of a person.
    pub search_word: String,
}

fn like(words: &str) -> LikeExpr {
    LikeExpr::new(like_pattern(&fold_width(words))).escape('\\')
}

/// Name, and phone with its middle hidden or 单位账号, of accounts by id.
pub async fn labels_of<C: ConnectionTrait>(
    connection: &C,
    ids: impl IntoIterator<Item = &str>,
) -> Result<HashMap<String, (String, String)>, Problem> {
    let ids: BTreeSet<&str> = ids.into_iter().collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = accounts::Entity::find().filter(accounts::Column::Id.is_in(ids)).all(connection).await?;
    let label = |row: accounts::Model| {
        let shown = row.phone.as_deref().map(mask_phone).or(row.login_name).unwrap_or_default();
        (row.id, (row.display_name, shown))
    };
    Ok(rows.into_iter().map(label).collect())
}

/// Units by part of the name, or by 统一社会信用代码 or the core system's key as a whole.
pub async fn find_units<C: ConnectionTrait>(
    connection: &C,
    words: &str,
    limit: u64,
) -> Result<Vec<PayerFound>, Problem> {
    let number = fold_width(words).to_uppercase();
    let named = Expr::col(units::Column::Name).like(like(words));
    let rows = units::Entity::find()
        .filter(named.or(units::Column::Uscc.eq(&number)).or(units::Column::ExternalId.eq(words)))
        .order_by_asc(units::Column::Name)
        .limit(limit)
        .all(connection)
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| PayerFound {
            detail: [row.uscc.as_deref(), row.address.as_deref()].into_iter().flatten().collect::<Vec<_>>().join("　"),
            search_word: row.name.clone(),
            id: row.id,
            name: row.name,
        })
        .collect())
}

/// The unit with this 统一社会信用代码.
pub async fn unit_by_uscc<C: ConnectionTrait>(connection: &C, uscc: &str) -> Result<Option<Unit>, Problem> {
    let uscc = fold_width(uscc.trim()).to_uppercase();
    if uscc.is_empty() {
        return Ok(None);
    }
    let row = units::Entity::find()
        .filter(units::Column::Uscc.eq(uscc))
        .order_by_asc(units::Column::Id)
        .one(connection)
        .await?;
    row.map(unit_of_row).transpose()
}

/// Accounts by part of the name, or by phone or 单位账号 as a whole.
pub async fn find_accounts<C: ConnectionTrait>(
    connection: &C,
    words: &str,
    limit: u64,
) -> Result<Vec<PayerFound>, Problem> {
    let login = fold_width(words);
    let named = Expr::col(accounts::Column::DisplayName).like(like(words));
    let rows = accounts::Entity::find()
        .filter(named.or(sealed::is(accounts::Column::Phone, &login)).or(accounts::Column::LoginName.eq(&login)))
        .order_by_asc(accounts::Column::DisplayName)
        .limit(limit)
        .all(connection)
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| PayerFound {
            detail: row.phone.as_deref().map(mask_phone).or(row.login_name).unwrap_or_default(),
            search_word: row.display_name.clone(),
            id: row.id,
            name: row.display_name,
        })
        .collect())
}

/// An account as the service desk sees it.
#[derive(Debug, Clone)]
pub struct AccountOverview {
    /// The account.
    pub account: Account,
    /// `active`, or why it is not.
    pub state: String,
    /// Until when wrong passwords lock it, epoch milliseconds.
    pub locked_until: Option<i64>,
    /// Epoch milliseconds.
    pub created_at: i64,
}

fn overview_of_row(row: accounts::Model) -> Result<AccountOverview, Problem> {
    let (state, locked_until, created_at) = (row.state.clone(), row.locked_until, row.created_at);
    Ok(AccountOverview { account: account_of_row(row)?, state, locked_until, created_at })
}

/// An account by id, whatever its state.
pub async fn overview<C: ConnectionTrait>(connection: &C, id: &AccountId) -> Result<Option<AccountOverview>, Problem> {
    let row = accounts::Entity::find_by_id(id.as_str()).one(connection).await?;
    row.map(overview_of_row).transpose()
}

/// One page of accounts, newest first: by phone or login name as a whole, by part of the name, or members of a unit by part
/// of its name. Without words all of them.
pub async fn overview_page<C: ConnectionTrait>(
    connection: &C,
    words: &str,
    wanted: &PageRequest,
) -> Result<Page<AccountOverview>, Problem> {
    let mut select = accounts::Entity::find().order_by_desc(accounts::Column::Id).limit(wanted.limit() + 1);
    let login = fold_width(words.trim());
    if !login.is_empty() {
        let of_units = Query::select()
            .expr(Expr::col((memberships::Entity, memberships::Column::AccountId)))
            .from(memberships::Entity)
            .inner_join(
                units::Entity,
                Expr::col((units::Entity, units::Column::Id))
                    .equals((memberships::Entity, memberships::Column::UnitId)),
            )
            .and_where(Expr::col((units::Entity, units::Column::Name)).like(like(&login)))
            .to_owned();
        let named = Expr::col((accounts::Entity, accounts::Column::DisplayName)).like(like(&login));
        select = select.filter(
            named
                .or(sealed::is(accounts::Column::Phone, &login))
                .or(accounts::Column::LoginName.eq(&login))
                .or(accounts::Column::Id.in_subquery(of_units)),
        );
    }
    if let Some(after) = wanted.after_key() {
        select = select.filter(accounts::Column::Id.lt(after));
    }
    let page = Page::from_rows(select.all(connection).await?, wanted.limit(), |row| row.id.clone());
    let items = page.items.into_iter().map(overview_of_row).collect::<Result<_, _>>()?;
    Ok(Page { items, next: page.next })
}
